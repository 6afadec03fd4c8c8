#include "cambium/framework/planning/fuse.h"

#include "cambium/framework/kernels/kernels.h"

namespace cambium {

int fusable(const std::vector<const Form*>& forms, int channels) {
  if (forms.empty() || !std::holds_alternative<form::Normalize>(*forms[0])) return 1;
  const bool per_channel = std::get<form::Normalize>(*forms[0]).channels == channels;
  int taken = 1;
  const auto at = [&](int i) { return i < static_cast<int>(forms.size()) ? forms[static_cast<std::size_t>(i)] : nullptr; };
  if (const Form* next = at(taken); next && per_channel && std::holds_alternative<form::ChannelMap>(*next)) ++taken;
  if (const Form* next = at(taken); next && std::holds_alternative<form::Pointwise>(*next) &&
                                    std::get<form::Pointwise>(*next).function == form::Pointwise::Function::relu)
    ++taken;
  return taken;
}

bool may_swap(const Form& first, const Form& second) {
  const auto* pointwise = std::get_if<form::Pointwise>(&first);
  const auto* pool = std::get_if<form::Pool>(&second);
  return pointwise && pointwise->function == form::Pointwise::Function::relu && pool && pool->kind == form::Pool::Kind::max;
}

FusedNormalize::FusedNormalize(std::shared_ptr<const Layer> normalize, form::Normalize normalize_form,
                               std::shared_ptr<const Layer> channel_map, form::ChannelMap map_form, bool relu)
    : normalize_(std::move(normalize)),
      form_(normalize_form),
      channel_map_(std::move(channel_map)),
      map_form_(map_form),
      relu_(relu) {}

Needs FusedNormalize::plan(const Setting& setting) const {
  Needs needs = normalize_->plan(setting);
  if (channel_map_) {
    const Needs map = channel_map_->plan(setting);
    needs.params = map.params;
    needs.flops += map.flops;
  }
  if (relu_) needs.flops += needs.out.size();
  // One more room: where settle_back or recur_back leaves the sums of g and of g * xhat, which are the gradients of beta and gamma.
  needs.keep.push_back({Room::Type::float64, 2 * static_cast<std::size_t>(form_.channels), 0});
  needs.reads_y = false;
  needs.cheap = true;
  needs.cut = GradientCut::outputs;
  needs.gradient_units = 1;
  needs.form = form::Opaque{};
  return needs;
}

NormMap FusedNormalize::map(const Frame& frame, Rows rows, bool back) const {
  const std::size_t first = form_.per_sample ? static_cast<std::size_t>(rows.begin) * static_cast<std::size_t>(form_.channels) : 0;
  return {frame.kept<const real>(0) + 3 * first, back ? frame.kept<const real>(1) + 2 * first : nullptr, form_.per_sample};
}

NormTail FusedNormalize::tail(const Frame& frame) const {
  NormTail tail{nullptr, nullptr, relu_};
  std::size_t param = 0;
  if (channel_map_ && map_form_.gamma) tail.gamma = frame.params[param++];
  if (channel_map_ && map_form_.beta) tail.beta = frame.params[param];
  return tail;
}

void FusedNormalize::forward(const Pass& pass, Rows rows) const noexcept {
  if (form_.recurs) {
    const auto channels = static_cast<std::size_t>(form_.channels);
    const real* const xhat = pass.kept<const real>(0) + static_cast<std::size_t>(rows.begin) * channels;
    return pass.kernels->normalize.channel_map(xhat, pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()), channels, 1,
                                               tail(pass));
  }
  pass.kernels->normalize.forward(pass.x[0].row(rows.begin), pass.y.row(rows.begin), static_cast<std::size_t>(rows.count()),
                                  static_cast<std::size_t>(form_.channels), static_cast<std::size_t>(form_.spatial),
                                  map(pass, rows, false), tail(pass));
}

void FusedNormalize::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  normalize_->gather(pass, rows, out);
}
void FusedNormalize::settle(const Pass& pass, std::span<double> all) const noexcept { normalize_->settle(pass, all); }

void FusedNormalize::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  const auto channels = static_cast<std::size_t>(form_.channels), spatial = static_cast<std::size_t>(form_.spatial);
  const auto moments = [&](Rows some, double* to) {
    back.kernels->normalize.back_moments(back.x[0].row(some.begin), back.dy.row(some.begin), static_cast<std::size_t>(some.count()),
                                         channels, spatial, map(back, some, false), tail(back), to);
  };
  if (!form_.per_sample) return moments(rows, out.data());
  for (int row = rows.begin; row < rows.end; ++row)
    moments({row, row + 1}, out.data() + static_cast<std::size_t>(row - rows.begin) * 2 * channels);
}

void FusedNormalize::settle_back(const Back& back, std::span<double> all) const noexcept {
  const auto channels = static_cast<std::size_t>(form_.channels);
  back.kernels->normalize.through_gamma(all.data(), all.size() / (2 * channels), channels, tail(back).gamma,
                                        static_cast<double*>(back.keep.back()));
  normalize_->settle_back(back, all);
}

void FusedNormalize::recur(const Pass& pass, Rows channels) const noexcept { normalize_->recur(pass, channels); }
void FusedNormalize::recur_back(const Back& back, Rows channels, const Behind&) const noexcept {
  const NormTail all = tail(back);
  normalize_->recur_back(back, channels, {all, all.gamma || all.beta ? static_cast<double*>(back.keep.back()) : nullptr});
}

void FusedNormalize::backward(const Back& back, Rows rows) const noexcept {
  back.kernels->normalize.backward(back.x[0].row(rows.begin), back.dy.row(rows.begin), back.dx[0].row(rows.begin),
                                   static_cast<std::size_t>(rows.count()), static_cast<std::size_t>(form_.channels),
                                   static_cast<std::size_t>(form_.spatial), map(back, rows, true), tail(back));
}

void FusedNormalize::gradient(const Back& back, Rows, Gradients gradients) const noexcept {
  const auto channels = static_cast<std::size_t>(form_.channels);
  const double* const sums = static_cast<const double*>(back.keep.back());
  const auto write = [&](real* to, const double* from) {
    for (std::size_t c = 0; to && c < channels; ++c) to[c] = static_cast<real>(from[c]) + (gradients.add ? to[c] : real(0));
  };
  std::size_t param = 0;
  if (map_form_.gamma) write(gradients.at[param++], sums + channels);
  if (map_form_.beta) write(gradients.at[param], sums);
}

Description FusedNormalize::describe() const {
  Description description = normalize_->describe();
  description.kind += channel_map_ ? "+affine" : "";
  description.kind += relu_ ? "+relu" : "";
  return description;
}

}  // namespace cambium
