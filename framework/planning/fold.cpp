#include "cambium/framework/planning/fold.h"

#include <algorithm>

#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

enum Kept { weight_room, bias_room, own_rooms };  // then those of the linear layer, and those of the normalizer

struct Linear {
  int outputs = 0;  // 0: not linear
  bool bias = false;
};

Linear linear_of(const Form& form) {
  if (const auto* dense = std::get_if<form::Dense>(&form)) return {dense->outputs, dense->bias};
  if (const auto* conv = std::get_if<form::Conv>(&form)) return {conv->filters, conv->bias};
  return {};
}

// One weight and at most one bias, by output, and nothing else that could decide about y.
bool plain(const Needs& needs, const Linear& linear) {
  if (needs.params.size() != 1u + linear.bias || !needs.state.empty() || needs.keep.empty() == needs.prepares) return false;
  if (needs.coupling.per != Coupling::Per::none) return false;
  if (needs.params[0].sizes.empty() || needs.params[0].sizes[0] != linear.outputs) return false;
  return !linear.bias || needs.params[1].values() == static_cast<std::size_t>(linear.outputs);
}

bool normalizes(const Needs& needs, int channels) {
  const auto* normalize = std::get_if<form::Normalize>(&needs.form);
  return normalize && normalize->channels == channels && !normalize->per_sample && needs.params.empty() && !needs.keep.empty();
}

bool maps(const Needs& needs, int channels) {
  const auto* map = std::get_if<form::ChannelMap>(&needs.form);
  return map && needs.params.size() == 0u + map->gamma + map->beta &&
         std::all_of(needs.params.begin(), needs.params.end(),
                     [&](const Param& param) { return param.values() == static_cast<std::size_t>(channels); });
}

}  // namespace

int foldable(const std::vector<Needs>& needs) {
  if (needs.empty()) return 1;
  const Linear linear = linear_of(needs[0].form);
  if (linear.outputs == 0 || !plain(needs[0], linear)) return 1;
  std::size_t taken = 1;
  if (taken < needs.size() && normalizes(needs[taken], linear.outputs)) ++taken;
  if (taken < needs.size() && maps(needs[taken], linear.outputs)) ++taken;
  return static_cast<int>(taken);
}

FoldedLinear::FoldedLinear(std::vector<std::shared_ptr<const Layer>> layers, std::vector<Needs> needs) : linear_(layers[0]) {
  bias_ = linear_of(needs[0].form).bias;
  outputs_ = static_cast<std::size_t>(linear_of(needs[0].form).outputs);
  depth_ = needs[0].params[0].values() / outputs_;

  needs_ = needs[0];
  linear_rooms_ = needs[0].keep.size();
  needs_.keep.insert(needs_.keep.begin(), {{Room::Type::reals, outputs_ * depth_, 0}, {Room::Type::reals, outputs_, 0}});
  needs_.prepares = true;
  needs_.form = form::Opaque{};
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (const auto* map = std::get_if<form::ChannelMap>(&needs[i].form)) {
      gamma_ = map->gamma, beta_ = map->beta;
    } else {
      normalize_ = layers[i];
      needs_.keep.insert(needs_.keep.end(), needs[i].keep.begin(), needs[i].keep.end());
    }
    needs_.params.insert(needs_.params.end(), needs[i].params.begin(), needs[i].params.end());
    needs_.state.insert(needs_.state.end(), needs[i].state.begin(), needs[i].state.end());
    needs_.min_batch = std::max(needs_.min_batch, needs[i].min_batch);
  }
}

Needs FoldedLinear::plan(const Setting&) const { return needs_; }

void FoldedLinear::prepare(const Pass& pass) const noexcept {
  const real* map = nullptr;
  if (normalize_) {
    const ConstView between = pass.y;  // of this shape; in evaluate mode nobody looks at the values
    Pass inner = pass;
    inner.x = {&between, 1};
    inner.params = {};
    inner.keep = pass.keep.subspan(own_rooms + linear_rooms_);
    normalize_->settle(inner, {});
    map = inner.kept<const real>(0);
  }
  std::size_t next = 0;
  const auto param = [&](bool there) { return there ? pass.params[next++] : nullptr; };
  const real *const weight = param(true), *const bias = param(bias_), *const gamma = param(gamma_), *const beta = param(beta_);
  const auto at = [](const real* values, std::size_t i, double none) { return values ? static_cast<double>(values[i]) : none; };
  for (std::size_t o = 0; o < outputs_; ++o) {
    const double mean = at(map, o, 0) + at(map, outputs_ + o, 0), rstd = at(map, 2 * outputs_ + o, 1);
    const double scale = at(gamma, o, 1) * rstd;
    real* const to = pass.kept<real>(weight_room) + o * depth_;
    for (std::size_t i = 0; i < depth_; ++i) to[i] = static_cast<real>(scale * static_cast<double>(weight[o * depth_ + i]));
    pass.kept<real>(bias_room)[o] = static_cast<real>(at(beta, o, 0) + scale * (at(bias, o, 0) - mean));
  }
  with_folded(pass, [&](const Pass& inner) { linear_->prepare(inner); });
}

void FoldedLinear::forward(const Pass& pass, Rows rows) const noexcept {
  with_folded(pass, [&](const Pass& inner) { linear_->forward(inner, rows); });
}

void FoldedLinear::forward_part(const Pass& pass, Rows rows, Rows part) const noexcept {
  with_folded(pass, [&](const Pass& inner) { linear_->forward_part(inner, rows, part); });
}

// The linear layer's own view of things, with the folded weights for its own. It has a bias now, if it had none before.
template <class Use>
void FoldedLinear::with_folded(const Pass& pass, Use use) const noexcept {
  const real* const folded[] = {pass.kept<const real>(weight_room), pass.kept<const real>(bias_room)};
  Pass inner = pass;
  inner.params = folded;
  inner.state = {};
  inner.keep = pass.keep.subspan(own_rooms, linear_rooms_);
  use(inner);
}

void FoldedLinear::backward(const Back&, Rows) const noexcept {}  // there is none: the plan refuses to fold where one is wanted

Description FoldedLinear::describe() const {
  Description description = linear_->describe();
  description.kind += normalize_ ? "+" + normalize_->describe().kind : "";
  description.kind += gamma_ || beta_ ? "+affine" : "";
  return description;
}

}  // namespace cambium
