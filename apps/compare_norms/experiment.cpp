#include "apps/compare_norms/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cambium/framework/base/error.h"

namespace compare_norms {
namespace {

// Which of `names` are among the wishes, by number.
std::vector<int> picked(const std::vector<std::string>& names, const std::vector<std::string>& wished, const std::string& option,
                        const std::string& experiment) {
  std::vector<int> picked;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string first = names[i].substr(0, names[i].find(' '));
    if (wished.empty() || std::ranges::any_of(wished, [&](const std::string& name) { return name == names[i] || name == first; }))
      picked.push_back(static_cast<int>(i));
  }
  if (picked.empty())
    throw cambium::Error(
        fmt::format("{} has {}, and nothing that {} {} names", experiment, fmt::join(names, ", "), option, fmt::join(wished, ",")),
        option + ' ' + names.front());
  return picked;
}

template <class T>
std::vector<T> of(const std::vector<T>& all, const std::vector<int>& numbers) {
  std::vector<T> some;
  for (const int i : numbers)
    if (!all.empty()) some.push_back(all[static_cast<std::size_t>(i)]);
  return some;
}

}  // namespace

int Wish::images_of(int own, const Data& data) const {
  const int all = static_cast<int>(data.train.size());
  return std::min(all, images.value_or(quick ? std::max(500, own / 20) : own));
}

Experiment narrowed(Experiment one, const Wish& wish) {
  const std::vector<int> rows = picked(one.rows, wish.only, "--only", one.name);
  const std::vector<int> columns = picked(one.columns, wish.at, "--at", one.name);
  one.rows = of(one.rows, rows), one.columns = of(one.columns, columns), one.x = of(one.x, columns);
  one.run = [run = std::move(one.run), rows, columns](int row, int column, std::uint64_t seed) {
    return run(rows[static_cast<std::size_t>(row)], columns[static_cast<std::size_t>(column)], seed);
  };
  return one;
}

}  // namespace compare_norms
