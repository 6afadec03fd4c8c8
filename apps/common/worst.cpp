#include "apps/common/worst.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "apps/common/each_sample.h"
#include "cambium/framework/base/text.h"

namespace apps {
namespace {

using namespace cambium;

std::string class_of(const std::vector<std::string>& names, int c) {
  return static_cast<std::size_t>(c) < names.size() ? names[static_cast<std::size_t>(c)] : std::to_string(c);
}

// The worst is the one of which the model was surest.
bool wrong_class(const real* y, int classes, int truth, const std::vector<std::string>& names, Mistake& mistake) {
  const int taken = static_cast<int>(std::max_element(y, y + classes) - y);
  if (taken == truth) return false;
  double sum = 0;
  for (int c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(y[c]) - static_cast<double>(y[taken]));
  mistake.size = mistake.probability = 1 / sum;
  mistake.of_class = true, mistake.truth = class_of(names, truth), mistake.taken = class_of(names, taken);
  return true;
}

void wrong_value(const real* y, const ConstView& target, int i, const Scale& scale, Mistake& mistake) {
  const real* t = target.row(i);
  int worst = 0;
  for (int k = 1; k < target.shape.size(); ++k)
    if (std::abs(y[k] - t[k]) > std::abs(y[worst] - t[worst])) worst = k;
  const auto own = [&](real v) { return static_cast<double>(v) * scale.deviation + scale.mean; };
  mistake.size = static_cast<double>(std::abs(y[worst] - t[worst]));
  mistake.value = own(t[worst]), mistake.predicted = own(y[worst]);
}

}  // namespace

std::vector<Mistake> worst_mistakes(Trainer& trainer, const Dataset& test, int most, const Scale& scale) {
  const Dataset::TargetKind kind = test.target_kinds()[0];
  const std::vector<std::string> names = test.class_names();
  std::vector<Mistake> all;
  each_sample(trainer, test, [&](std::int64_t row, const real* y, const Target& target, int i) {
    Mistake mistake{.row = row};
    if (kind.classes == 0)
      wrong_value(y, target.values, i, scale, mistake);
    else if (!wrong_class(y, kind.classes, target.labels[static_cast<std::size_t>(i)], names, mistake))
      return;
    all.push_back(std::move(mistake));
    std::ranges::push_heap(all, std::greater(), &Mistake::size);
    if (static_cast<int>(all.size()) <= most) return;
    std::ranges::pop_heap(all, std::greater(), &Mistake::size);
    all.pop_back();
  });
  std::ranges::sort(all, std::greater(), &Mistake::size);
  for (Mistake& mistake : all) mistake.sample = test.name_of_row(mistake.row);
  return all;
}

std::string line_of(const Mistake& m) {
  if (m.of_class)
    return fmt::format("  {}: {}, taken for {} ({:.1f} %)\n", shown(m.sample), shown(m.truth), shown(m.taken), 100 * m.probability);
  return fmt::format("  {}: {:.6g}, predicted {:.6g}\n", shown(m.sample), m.value, m.predicted);
}

}  // namespace apps
