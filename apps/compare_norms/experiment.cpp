#include "apps/compare_norms/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"

namespace compare_norms {
namespace {

bool is_wished(const std::string& name, const std::string& wish) { return wish == name || wish == name.substr(0, name.find(' ')); }

// Which of `names` are among the wishes, by number.
std::vector<int> picked(const std::vector<std::string>& names, const std::vector<std::string>& wished, const std::string& option,
                        const std::string& experiment) {
  std::vector<int> picked;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (wished.empty() || std::ranges::any_of(wished, [&](const std::string& wish) { return is_wished(names[i], wish); }))
      picked.push_back(static_cast<int>(i));
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

// Each wish is for something in one of these.
void check(const std::vector<Experiment>& all, const std::vector<std::string>& wished, const std::string& option,
           std::vector<std::string> Experiment::*names) {
  for (const std::string& wish : wished) {
    const auto has = [&](const Experiment& one) {
      return std::ranges::any_of(one.*names, [&](const std::string& name) { return is_wished(name, wish); });
    };
    if (std::ranges::any_of(all, has)) continue;
    const std::vector<std::string>& some = all[0].*names;
    const std::string who = all.size() > 1    ? "none of these experiments has anything"
                            : some[0].empty() ? all[0].name + " has one column, and nothing"
                                              : fmt::format("{} has {}, and nothing", all[0].name, fmt::join(some, ", "));
    throw cambium::Error(fmt::format("{} that {} {} names", who, option, cambium::shown(wish)),
                         some[0].empty() ? "leaving " + option + " out" : option + ' ' + some[0]);
  }
}

}  // namespace

void check_wishes(const std::vector<Experiment>& all, const Wish& wish) {
  check(all, wish.only, "--only", &Experiment::rows), check(all, wish.at, "--at", &Experiment::columns);
}

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

void set_columns(Experiment& experiment, const std::string& are, const std::vector<double>& numbers) {
  experiment.columns_are = are, experiment.x = numbers, experiment.columns.clear();
  for (const double number : numbers) experiment.columns.push_back(fmt::format("{}", number));
}

}  // namespace compare_norms
