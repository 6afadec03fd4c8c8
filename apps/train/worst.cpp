#include "apps/train/worst.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "apps/train/each_sample.h"
#include "cambium/framework/base/text.h"

namespace train {
namespace {

using namespace cambium;

struct Mistake {
  double size;  // how bad it is
  std::int64_t row;
  std::string text;
};

std::string class_of(const std::vector<std::string>& names, int c) {
  return static_cast<std::size_t>(c) < names.size() ? names[static_cast<std::size_t>(c)] : std::to_string(c);
}

// The worst is the one of which the model was surest.
bool wrong_class(const real* y, int classes, int truth, const std::vector<std::string>& names, Mistake& mistake) {
  const int taken = static_cast<int>(std::max_element(y, y + classes) - y);
  if (taken == truth) return false;
  double sum = 0;
  for (int c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(y[c]) - static_cast<double>(y[taken]));
  mistake.size = 1 / sum;
  mistake.text =
      fmt::format("{}, taken for {} ({:.1f} %)", shown(class_of(names, truth)), shown(class_of(names, taken)), 100 / sum);
  return true;
}

void wrong_value(const real* y, const ConstView& target, int i, const Scale& scale, Mistake& mistake) {
  const real* t = target.row(i);
  int worst = 0;
  for (int k = 1; k < target.shape.size(); ++k)
    if (std::abs(y[k] - t[k]) > std::abs(y[worst] - t[worst])) worst = k;
  const auto own = [&](real v) { return static_cast<double>(v) * scale.deviation + scale.mean; };
  mistake.size = static_cast<double>(std::abs(y[worst] - t[worst]));
  mistake.text = fmt::format("{:.6g}, predicted {:.6g}", own(t[worst]), own(y[worst]));
}

}  // namespace

std::string worst_mistakes(Trainer& trainer, const Dataset& test, int most, const Scale& scale) {
  const Dataset::TargetKind kind = test.target_kinds()[0];
  const std::vector<std::string> names = test.class_names();
  std::vector<Mistake> all;
  each_sample(trainer, test, [&](std::int64_t row, const real* y, const Target& target, int i) {
    Mistake mistake{0, row, ""};
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
  std::string text;
  for (const Mistake& mistake : all) text += fmt::format("  {}: {}\n", shown(test.name_of_row(mistake.row)), mistake.text);
  return text;
}

}  // namespace train
