// The inside of an online learner, for the files that implement it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/online_learner.h"
#include "cambium/framework/training/parts/averaged_model.h"
#include "cambium/framework/training/parts/front.h"
#include "cambium/framework/training/parts/voices.h"
#include "cambium/framework/training/parts/waiting_rows.h"

namespace cambium {

struct OnlineLearner::Impl {
  Impl(Graph g, std::shared_ptr<const Loss> l, std::unique_ptr<Optimizer> o, OnlineLearnerOptions opts);

  void check_input(const ConstView& x) const;
  void check_batch(const ConstView& x, const Target& target) const;
  Target target_of(const Target& all, int row) const;
  void voice(const ConstView& y, real* to) const noexcept;
  void speak(const ConstView& x, const ConstView& y);
  void speak(const ConstView& y, const real* of_average);
  ConstView arrive(const ConstView& x);
  void account(real* spoken, const Target& target, int before) noexcept;
  real* answer_of(real* spoken) const noexcept { return spoken + (voices ? as_size(count * output.size()) : 0); }
  void step(Plan& of);
  std::span<const real> keep(int row, int batch);
  void state_dict(StateDict& dict);

  OnlineLearnerOptions options;
  Graph graph;
  std::shared_ptr<const Loss> loss;
  std::unique_ptr<Optimizer> optimizer;
  Weights weights;
  Plan plan;
  Shape input, output, kept;  // kept: what is kept of a row until its target comes
  int classes;                // 0: values
  Prequential metrics;

  std::optional<AveragedModel> averaged;
  std::optional<Followers> followers;
  std::optional<Voices> voices;  // where there is more than one
  int count = 1;                 // of voices
  std::optional<WaitingRows> rows;
  std::optional<Plan> front, behind;  // of rows that wait: the layers that follow them as they come, and those behind (front.h)
  std::optional<Plan> adapting;       // made when it is first needed

  // Of a row: what each voice says of it, the answer made of that where there are several, and of values the last known target.
  std::vector<real> said;
  std::vector<real> answer, answers;  // what the caller gets: of the last row, of several
  int last = -1;                      // the target that was told last: its class, 0 for values; -1: there was none
  std::vector<real> last_values, last_errors;
  std::int64_t learnt = 0, left_out = 0;
  double loss_now = 0;
};

}  // namespace cambium
