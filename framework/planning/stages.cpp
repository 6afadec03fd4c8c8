#include "cambium/framework/planning/stages.h"

#include <algorithm>
#include <climits>

#include "cambium/framework/planning/output_cut.h"
#include "cambium/framework/planning/scheduled_op.h"

namespace cambium {

namespace {

// Enough samples that fetching the weights is little beside the rest.
int least_samples_of(const LayerSpec& spec, std::size_t values) {
  return std::max(1, static_cast<int>(weights_of(spec) / (8 * values)) + (weights_of(spec) % (8 * values) != 0));
}

class Builder {
 public:
  Builder(const std::vector<ScheduledOp>& ops, const std::vector<std::size_t>& values_read) : ops_(ops), values_read_(values_read) {
    stages_.forward_of.assign(ops.size(), 0);
    stages_.backward_of.assign(ops.size(), 0);
  }

  Stages run(bool backward) {
    for (int p = 0; p < count(); ++p) go_forward(p);
    close(stages_.forward);
    for (int p = count(); backward && p-- > 0;) go_back(p);
    close(stages_.backward);
    return std::move(stages_);
  }

 private:
  int count() const { return static_cast<int>(ops_.size()); }
  const ScheduledOp& op(int p) const { return ops_[as_size(p)]; }
  std::size_t values(int p) const { return values_read_[as_size(p)] + as_size(op(p).spec.out.size()); }

  void close(std::vector<Stage>& stages) {
    if (!stage_.first.empty() || !stage_.calls.empty()) stages.push_back(std::move(stage_));
    stage_ = {};
  }

  // In the stage that is open. Those that come first end the one before.
  void add(CallKind kind, int p, std::vector<Stage>& stages) {
    const LayerSpec& spec = op(p).spec;
    if (over(kind, spec) != CallOver::samples) {
      if (!stage_.calls.empty()) close(stages);
      return stage_.first.push_back({kind, p});
    }
    const bool sums = kind == CallKind::partial || kind == CallKind::partial_back;  // their values pass through the cache anyway
    stage_.calls.push_back({kind, p});
    stage_.flops += sums ? 0 : std::max(spec.flops, 8.0 * spec.out.size());
    stage_.bytes += sums ? 0 : values(p) * sizeof(real);
    stage_.least_samples = std::max(stage_.least_samples, least_samples_of(spec, values(p)));
  }

  // Together they would no longer stay in cache.
  bool too_large(int p, std::size_t times) const {
    if (stage_.calls.empty()) return false;
    const auto samples = as_size(std::max(stage_.least_samples, least_samples_of(op(p).spec, values(p))));
    return samples > 1 && samples * (stage_.bytes + times * values(p) * sizeof(real)) > sizes::chunk_in_cache;
  }

  void go_forward(int p) {
    const bool waits = op(p).mode != Mode::evaluate && (op(p).spec.statistics.ability || op(p).spec.recurrence.ability);
    if (!waits && too_large(p, 1)) close(stages_.forward);
    for (const CallKind kind : forward_calls(op(p).spec, op(p).mode)) {
      if (kind == CallKind::pack || (kind == CallKind::merge && !waits)) continue;  // before all stages
      if (kind == CallKind::forward) stages_.forward_of[as_size(p)] = static_cast<int>(stages_.forward.size());
      if (kind != CallKind::forward || !op(p).is_reshape) add(kind, p, stages_.forward);
    }
  }

  void go_back(int p) {
    const ScheduledOp& s = op(p);
    const bool waits = s.spec.statistics.ability || s.spec.recurrence.ability;
    const auto calls = s.goes_back ? backward_calls(s.spec, s.mode, s.trainable, true) : std::vector<CallKind>();
    const bool params_first = s.trainable && s.spec.param_outputs > 0 && s.spec.backward_in_place;
    if (s.goes_back && !waits && !params_first && too_large(p, 2)) close(stages_.backward);
    for (const CallKind kind : calls)
      if (kind != CallKind::backward_params || !s.completes_late()) add(kind, p, stages_.backward);
    if (s.goes_back && recurs(s.spec, s.mode)) add(CallKind::backward_input, p, stages_.backward);  // brings dx to its target
    if (s.goes_back && s.trainable) {
      stage_.updates.push_back(p);
      stage_.weights += weights_of(s.spec);
    }
    stages_.backward_of[as_size(p)] = static_cast<int>(stages_.backward.size());
  }

  const std::vector<ScheduledOp>& ops_;
  const std::vector<std::size_t>& values_read_;
  Stages stages_;
  Stage stage_;
};

}  // namespace

int Stage::samples_in_cache() const {
  return bytes == 0 ? INT_MAX : std::max(least_samples, static_cast<int>(std::max<std::size_t>(sizes::chunk_in_cache / bytes, 1)));
}

BatchCut Stage::cut(int batch) const {
  BatchCut cut{batch};
  if (batch == 1) return cut;
  const double most = std::clamp(batch / least_samples, 1, sizes::most_slices);
  cut.slices = static_cast<int>(std::clamp(flops * batch / sizes::flops_of_slice, 1.0, most));
  const int share = batch / cut.slices;  // at least so many samples in every slice
  cut.chunks = 1 + (share - 1) / samples_in_cache();
  return cut;
}

int Stage::most_chunks(int batch) const { return sizes::most_slices + batch / samples_in_cache(); }

int Stage::most_samples(int batch) const { return samples_in_cache() < batch ? samples_in_cache() + 1 : batch; }

bool Stage::worth_sharing(int batch) const { return 2.0 * static_cast<double>(weights) * batch >= sizes::flops_of_slice; }

bool Stage::comes_first(int op) const {
  return std::any_of(first.begin(), first.end(), [op](const Step& step) { return step.op == op; });
}

Stages make_stages(const std::vector<ScheduledOp>& ops, const std::vector<std::size_t>& values_read, bool backward) {
  return Builder(ops, values_read).run(backward);
}

}  // namespace cambium
