#include "apps/evaluate/known_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"

namespace evaluate {
namespace {

using namespace cambium;

bool are_numbers(const std::vector<std::string>& names) {
  for (std::size_t c = 0; c < names.size(); ++c)
    if (names[c] != std::to_string(c)) return false;
  return true;
}

}  // namespace

KnownClasses::KnownClasses(std::shared_ptr<const Dataset> set, std::vector<std::string> classes, const std::string& who)
    : SameSamples(std::move(set)),
      classes_(std::move(classes)),
      numbers_(static_cast<std::size_t>(set_->target_kinds()[0].classes)) {
  const std::vector<std::string> names = set_->class_names();
  std::iota(numbers_.begin(), numbers_.end(), 0);
  if (are_numbers(names) || are_numbers(classes_)) {
    if (numbers_.size() <= classes_.size()) return;
    throw Error(fmt::format("{}: {} classes, and the model knows {}", who, numbers_.size(), classes_.size()),
                "a set of the classes that it was trained on");
  }
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto found = std::ranges::find(classes_, names[c]);
    if (found == classes_.end())
      throw Error(fmt::format("{}: the model knows no class {}{}", who, in_quotes(names[c]), did_you_mean(names[c], classes_)),
                  "a set of the classes that it was trained on");
    numbers_[c] = static_cast<int>(found - classes_.begin());
  }
}

void KnownClasses::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                         std::span<const View> values) const noexcept {
  set_->fetch(rows, inputs, labels, values);
  for (int& label : labels[0]) label = numbers_[static_cast<std::size_t>(label)];
}

}  // namespace evaluate
