#include "cambium/layers/normalization/group_norm.h"

#include <cstdlib>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

// Of the numbers of groups that these channels can be divided into, with more than one value in each, the nearest.
std::string nearest(const Shape& in, int groups) {
  int best = 0;
  for (int g = 1; g <= in.channels(); ++g)
    if (in.channels() % g == 0 && in.size() > g && (best == 0 || std::abs(g - groups) < std::abs(best - groups))) best = g;
  const std::string across = "BatchNorm() or OnlineNorm(), which compare samples";
  return best == 0 ? across : "GroupNorm(" + std::to_string(best) + "), or " + across;
}

}  // namespace

GroupNorm::GroupNorm(int groups, GroupNormOptions options) : GroupedNorm(groups, options) {
  if (groups < 1) throw Error("group_norm with " + std::to_string(groups) + " groups: it needs at least 1", "GroupNorm(8)");
  check_epsilon("group_norm", options.epsilon);
}

LayerSpec GroupNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  if (in.channels() % groups_ != 0)
    throw Error("an input of " + in.str() + " has " + std::to_string(in.channels()) + " channels, which cannot be divided into " +
                    std::to_string(groups_) + " groups",
                nearest(in, groups_));
  return spec_for(in, nearest(in, groups_));
}

Description GroupNorm::describe() const {
  Description description = describe_options("group_norm", options_);
  description.fields.insert(description.fields.begin(), {"groups", text_of(groups_)});
  return description;
}

}  // namespace cambium
