#include "cambium/framework/planning/fold.h"

#include <algorithm>

#include "cambium/framework/base/saved_map.h"

namespace cambium {
namespace {

enum Kept { weight_buffer, bias_buffer, own_buffers };  // then those of the linear layer, and those of the normalizer

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
bool plain(const LayerSpec& spec, const Linear& linear) {
  if (spec.params.size() != 1u + linear.bias || !spec.state.empty() || spec.saved.empty() == (spec.packing != nullptr))
    return false;
  if (spec.statistics.ability || spec.recurrence.ability) return false;
  if (spec.params[0].sizes.empty() || spec.params[0].sizes[0] != linear.outputs) return false;
  return !linear.bias || spec.params[1].values() == as_size(linear.outputs);
}

bool normalizes(const LayerSpec& spec, int channels) {
  const auto* normalize = std::get_if<form::Normalize>(&spec.form);
  return normalize && normalize->channels == channels && !normalize->per_sample && spec.params.empty() && !spec.saved.empty();
}

bool maps(const LayerSpec& spec, int channels) {
  const auto* map = std::get_if<form::ChannelMap>(&spec.form);
  return map && spec.params.size() == 0u + map->gamma + map->beta &&
         std::all_of(spec.params.begin(), spec.params.end(),
                     [&](const Param& param) { return param.values() == as_size(channels); });
}

}  // namespace

int foldable(const std::vector<LayerSpec>& specs) {
  if (specs.empty()) return 1;
  const Linear linear = linear_of(specs[0].form);
  if (linear.outputs == 0 || !plain(specs[0], linear)) return 1;
  std::size_t taken = 1;
  if (taken < specs.size() && normalizes(specs[taken], linear.outputs)) ++taken;
  if (taken < specs.size() && maps(specs[taken], linear.outputs)) ++taken;
  return static_cast<int>(taken);
}

FoldedLinear::FoldedLinear(std::vector<std::shared_ptr<const Layer>> layers, std::vector<LayerSpec> specs) : linear_(layers[0]) {
  bias_ = linear_of(specs[0].form).bias;
  outputs_ = as_size(linear_of(specs[0].form).outputs);
  depth_ = specs[0].params[0].values() / outputs_;

  spec_ = specs[0];
  linear_buffers_ = specs[0].saved.size();
  spec_.saved.insert(spec_.saved.begin(), {{Saved::Type::reals, outputs_ * depth_, 0}, {Saved::Type::reals, outputs_, 0}});
  packing_ = spec_.packing, split_ = spec_.output_split;
  spec_.packing = this;
  if (split_) spec_.output_split = this;
  spec_.form = form::Opaque{};
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (const auto* map = std::get_if<form::ChannelMap>(&specs[i].form)) {
      gamma_ = map->gamma, beta_ = map->beta;
    } else {
      normalize_ = layers[i], statistics_ = specs[i].statistics.ability;
      spec_.saved.insert(spec_.saved.end(), specs[i].saved.begin(), specs[i].saved.end());
    }
    spec_.params.insert(spec_.params.end(), specs[i].params.begin(), specs[i].params.end());
    spec_.state.insert(spec_.state.end(), specs[i].state.begin(), specs[i].state.end());
    spec_.min_batch = std::max(spec_.min_batch, specs[i].min_batch);
  }
}

LayerSpec FoldedLinear::plan(const Setting&) const { return spec_; }

void FoldedLinear::pack(const Forward& ctx) const noexcept {
  const real* own_map = nullptr;
  if (normalize_) {
    const ConstView between = ctx.y;  // of this shape; in evaluate mode its values are not read
    Forward inner = ctx;
    inner.x = {&between, 1};
    inner.params = {};
    inner.buffers = ctx.buffers.subspan(own_buffers + linear_buffers_);
    statistics_->merge(inner, {});
    own_map = inner.saved<const real>(form::Normalize::map_buffer);
  }
  std::size_t next = 0;
  const auto param = [&](bool there) { return there ? ctx.params[next++] : nullptr; };
  const real *const weight = param(true), *const bias = param(bias_), *const gamma = param(gamma_), *const beta = param(beta_);
  const auto at = [](const real* values, std::size_t i, double none) { return values ? static_cast<double>(values[i]) : none; };
  for (std::size_t o = 0; o < outputs_; ++o) {
    double mean = 0, scale = at(gamma, o, 1);
    if (own_map) {
      const SavedMap map(own_map, outputs_);
      mean = map.mean(o), scale *= static_cast<double>(map.rstd[o]);
    }
    real* const to = ctx.saved<real>(weight_buffer) + o * depth_;
    for (std::size_t i = 0; i < depth_; ++i) to[i] = static_cast<real>(scale * static_cast<double>(weight[o * depth_ + i]));
    ctx.saved<real>(bias_buffer)[o] = static_cast<real>(at(beta, o, 0) + scale * (at(bias, o, 0) - mean));
  }
  if (packing_) with_folded(ctx, [&](const Forward& inner) { packing_->pack(inner); });
}

void FoldedLinear::forward(const Forward& ctx, Slice samples) const noexcept {
  with_folded(ctx, [&](const Forward& inner) { linear_->forward(inner, samples); });
}

void FoldedLinear::forward_outputs(const Forward& ctx, Slice samples, Slice part) const noexcept {
  with_folded(ctx, [&](const Forward& inner) { split_->forward_outputs(inner, samples, part); });
}

// The linear layer's own view of things, with the folded weights for its own. It has a bias now, if it had none before.
template <class Use>
void FoldedLinear::with_folded(const Forward& ctx, Use use) const noexcept {
  const real* const folded[] = {ctx.saved<const real>(weight_buffer), ctx.saved<const real>(bias_buffer)};
  Forward inner = ctx;
  inner.params = folded;
  inner.state = {};
  inner.buffers = ctx.buffers.subspan(own_buffers, linear_buffers_);
  use(inner);
}

// There is none: the plan refuses to fold where there is a backward pass.
void FoldedLinear::backward_input(const Backward&, Slice) const noexcept {}

Description FoldedLinear::describe() const {
  Description description = linear_->describe();
  description.kind += normalize_ ? "+" + normalize_->describe().kind : "";
  description.kind += gamma_ || beta_ ? "+affine" : "";
  return description;
}

}  // namespace cambium
