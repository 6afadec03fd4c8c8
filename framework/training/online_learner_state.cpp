#include <algorithm>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/training/parts/online_learner_impl.h"

namespace cambium {

void OnlineLearner::state_dict(StateDict& dict) { impl_->state_dict(dict); }

void OnlineLearner::Impl::state_dict(StateDict& dict) {
  PartOfState optimizer_part(dict, "optimizer"), metrics_part(dict, "metrics"), waiting(dict, "waiting"), average(dict, "average"),
      followers_part(dict, "followers"), voices_part(dict, "voices");
  optimizer->state_dict(optimizer_part);
  for (const Optimizer::Block& block : optimizer->blocks()) optimizer_part.values(block.name, block.values);
  metrics.state_dict(metrics_part);
  rows->state_dict(waiting);
  if (averaged) averaged->state_dict(average);
  if (followers) followers->state_dict(followers_part);
  if (voices) voices->state_dict(voices_part);
  auto passes = static_cast<std::int64_t>(plan.pass_number());
  dict.value("passes", passes, std::int64_t{0});
  if (dict.way() == StateDict::Way::read) plan.set_pass_number(static_cast<std::uint64_t>(passes));
  dict.value("learnt", learnt, std::int64_t{0}), dict.value("left_out", left_out, std::int64_t{0});
  dict.value("last", last, -1), dict.value("loss_now", loss_now);
  dict.values("last_values", last_values), dict.values("last_errors", last_errors);
}

namespace {

// The first values of each parameter are those of the smaller model, which has fewer rows in its last layer.
void take_smaller(Weights& to, const Weights& from) {
  constexpr real improbable = -4;
  for (std::size_t i = 0; i < to.tensors().size(); ++i) {
    const std::span<real> large = to.value(to.tensors()[i].name);
    const std::span<const real> small = from.value(to.tensors()[i].name);
    std::ranges::copy(small, large.begin());
    std::ranges::fill(large.subspan(small.size()), to.tensors()[i].sizes.size() == 1 ? improbable : real(0));
  }
  std::ranges::copy(from.state_block(), to.state_block().begin());
  to.set_version(from.version());
}

}  // namespace

void OnlineLearner::grow(Graph graph, std::unique_ptr<Optimizer> optimizer) {
  Impl& old = *impl_;
  auto grown = std::make_unique<Impl>(std::move(graph), old.loss, std::move(optimizer), old.options);
  if (grown->classes <= old.classes || grown->input != old.input || !grown->optimizer->blocks().empty())
    throw Error("online_learner: grow needs the same model with more classes, and an optimizer without moments", "Sgd()");
  const int classes = grown->classes;
  take_smaller(grown->weights, old.weights);
  if (old.averaged) take_smaller(grown->averaged->weights(), old.averaged->weights());
  grown->optimizer->resume(old.optimizer->steps());
  grown->metrics = std::move(old.metrics), grown->metrics.grow(classes);
  grown->rows = std::move(old.rows),
  grown->rows->grow(as_size(old.count + (old.voices ? 1 : 0)), as_size(old.classes), as_size(classes));
  grown->followers = std::move(old.followers), grown->voices = std::move(old.voices);
  if (grown->followers) grown->followers->grow(classes);
  if (grown->voices) grown->voices->grow(classes);
  grown->plan.set_pass_number(old.plan.pass_number());
  grown->last = old.last;
  grown->learnt = old.learnt, grown->left_out = old.left_out, grown->loss_now = old.loss_now;
  impl_ = std::move(grown);
}

}  // namespace cambium
