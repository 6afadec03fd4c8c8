#include "cambium/framework/planning/stages.h"

#include <algorithm>
#include <climits>

#include "cambium/framework/planning/timetable.h"

namespace cambium {

namespace {

constexpr double worth = 2e6;                // FLOPs for a piece: some ten microseconds, well above what handing it out costs
constexpr std::size_t in_cache = 640 << 10;  // bytes of a chunk: most of a second-level cache of 1 MB, which holds weights too

constexpr std::size_t enough_to_cut = 65536;  // weights: to read them takes some microseconds, to share them out less than one

std::size_t weights_of(const Needs& needs) {
  std::size_t values = 0;
  for (const Param& param : needs.params) values += param.values();
  return values;
}

int rounded_up(std::size_t a, std::size_t b) { return static_cast<int>((a + b - 1) / b); }

// Enough samples that fetching the weights is little beside the rest.
int least_rows_of(const Needs& needs, std::size_t values) { return std::max(1, rounded_up(weights_of(needs), 8 * values)); }

class Builder {
 public:
  Builder(const std::vector<ScheduledPass>& passes, const std::vector<std::size_t>& values_read)
      : passes_(passes), values_read_(values_read) {
    stages_.forward_of.assign(passes.size(), 0);
    stages_.backward_of.assign(passes.size(), 0);
  }

  Stages run(bool backward) {
    for (int p = 0; p < count(); ++p) go_forward(p);
    close(stages_.forward);
    for (int p = count(); backward && p-- > 0;) go_back(p);
    close(stages_.backward);
    return std::move(stages_);
  }

 private:
  int count() const { return static_cast<int>(passes_.size()); }
  const ScheduledPass& pass(int p) const { return passes_[static_cast<std::size_t>(p)]; }
  std::size_t values(int p) const {
    return values_read_[static_cast<std::size_t>(p)] + static_cast<std::size_t>(pass(p).needs.out.size());
  }

  void close(std::vector<Stage>& stages) {
    if (open_) stages.push_back(std::move(stage_));
    stage_ = {}, open_ = false;
  }

  void add(Call::Kind kind, int p, double times) {
    const Needs& needs = pass(p).needs;
    const std::size_t moved = values(p) * sizeof(real);
    stage_.calls.push_back({kind, p});
    stage_.flops += times * std::max(needs.flops, 8.0 * needs.out.size());
    stage_.bytes += static_cast<std::size_t>(times) * moved;
    stage_.least_rows = std::max(stage_.least_rows, least_rows_of(needs, values(p)));
    open_ = true;
  }

  // Together they would no longer stay in cache.
  bool too_large(int p, std::size_t times) const {
    if (stage_.calls.empty()) return false;
    const auto rows = static_cast<std::size_t>(std::max(stage_.least_rows, least_rows_of(pass(p).needs, values(p))));
    return rows > 1 && rows * (stage_.bytes + times * values(p) * sizeof(real)) > in_cache;
  }

  void go_forward(int p) {
    const Coupling& coupling = pass(p).needs.coupling;
    if (coupling.per != Coupling::Per::none && pass(p).mode != Mode::evaluate) {
      if (coupling.forward > 0) add(Call::Kind::gather, p, 0);
      close(stages_.forward);
      stage_.settles = p, open_ = true;
    } else if (too_large(p, 1)) {
      close(stages_.forward);
    }
    stages_.forward_of[static_cast<std::size_t>(p)] = static_cast<int>(stages_.forward.size());
    if (!pass(p).is_reshape) add(Call::Kind::forward, p, 1);
  }

  void go_back(int p) {
    const ScheduledPass& s = pass(p);
    if (s.goes_back) {
      const bool coupled = s.needs.coupling.per != Coupling::Per::none;
      const bool by_rows = s.needs.cut == GradientCut::rows;
      const bool before = s.trainable && !by_rows && s.needs.dx_may_be_dy;
      if (coupled && s.mode != Mode::evaluate && s.needs.coupling.backward > 0) add(Call::Kind::gather_back, p, 0);
      if (coupled || before || too_large(p, 2)) close(stages_.backward);
      if (coupled) stage_.settles = p, open_ = true;
      if (before) stage_.gradient_first = p, open_ = true;
      if (s.trainable && by_rows) add(Call::Kind::gradient, p, 1);
      add(Call::Kind::backward, p, 1);
      if (s.trainable) {
        stage_.finish.push_back(p);
        stage_.weights += weights_of(s.needs);
      }
    }
    stages_.backward_of[static_cast<std::size_t>(p)] = static_cast<int>(stages_.backward.size());
  }

  const std::vector<ScheduledPass>& passes_;
  const std::vector<std::size_t>& values_read_;
  Stages stages_;
  Stage stage_;
  bool open_ = false;
};

}  // namespace

int Stage::rows_in_cache() const {
  return bytes == 0 ? INT_MAX : std::max(least_rows, static_cast<int>(std::max<std::size_t>(in_cache / bytes, 1)));
}

Cut Stage::cut(int batch) const {
  Cut cut{batch};
  const double most = std::clamp(batch / least_rows, 1, most_pieces);
  cut.pieces = static_cast<int>(std::clamp(flops * batch / worth, 1.0, most));
  const int share = batch / cut.pieces;  // at least so many samples in every piece
  cut.chunks = 1 + (share - 1) / rows_in_cache();
  return cut;
}

int Stage::most_chunks(int batch) const { return most_pieces + batch / rows_in_cache(); }

int Stage::most_rows(int batch) const { return rows_in_cache() < batch ? rows_in_cache() + 1 : batch; }

bool Stage::worth_sharing(int batch) const { return 2.0 * static_cast<double>(weights) * batch >= worth; }

Stages make_stages(const std::vector<ScheduledPass>& passes, const std::vector<std::size_t>& values_read, bool backward) {
  return Builder(passes, values_read).run(backward);
}

OutputCut cut_of_outputs(const Needs& needs) {
  if (!needs.parts || weights_of(needs) < enough_to_cut) return {1, needs.gradient_units};
  const auto units = static_cast<std::size_t>(needs.gradient_units);
  const int outputs = rounded_up(units, 8 * most_pieces) * 8;  // eight are computed at once
  return {rounded_up(units, static_cast<std::size_t>(outputs)), outputs};
}

int samples_of_a_sum(const Needs& needs, int batch) {
  const double terms = std::max(1.0, needs.flops / 2 / static_cast<double>(std::max<std::size_t>(weights_of(needs), 1)));
  return terms * batch <= 1 << 18 ? 0 : std::max(1, static_cast<int>(1024 / terms));
}

int gradient_strip(const Needs& needs, int batch) {
  // Values: with weights and moments well within the second-level cache. One sample's gradient is made quickly, and the stretch of
  // weights and moments that it moves should be long; its bits do not depend on where it is cut, as those of sums may.
  const std::size_t values = batch == 1 ? 65536 : 8192;
  const std::size_t least = 32;  // outputs: x is read once for each strip
  const auto units = static_cast<std::size_t>(std::max(needs.gradient_units, 1)), each = weights_of(needs) / units;
  return static_cast<int>(std::min(units, std::max(least, values / std::max<std::size_t>(each, 1) / 8 * 8)));
}

}  // namespace cambium
