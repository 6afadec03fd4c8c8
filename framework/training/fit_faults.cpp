// What fit does about numbers that are not finite.
#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/parts/bad_row.h"
#include "cambium/framework/training/parts/fit_impl.h"
#include "cambium/framework/training/parts/not_finite.h"
#include "cambium/framework/training/parts/replay.h"

namespace cambium {

// The step's loss, when the training goes on without it: NaN. `left`: batches of the step that are still to come.
double Trainer::Fit::not_finite(const Batch& batch, double loss, double share, int left) {
  const Fault fault = fault_of(batch, loss, share);
  impl_.weights.mark_gradients_used();  // what is in them must not be added to
  skipped_ = true, ++history_.steps_not_finite;
  if (options_.on_nan == OnNan::skip && !fault.moved && ++in_a_row_ <= most_in_a_row) {
    while (left-- > 0) stream_->next();
    if (history_.steps_not_finite == 1) warn(Error(fault.what + "; the step is left out, and so will others be", fault.remedy));
    return std::nan("");
  }
  if (options_.on_nan == OnNan::rollback && !keeper_->last().empty() && ++in_a_row_ <= most_in_a_row) {
    roll_back(fault);
    return std::nan("");
  }
  give_up(fault);
}

Trainer::Fit::Fault Trainer::Fit::fault_of(const Batch& batch, double loss, double share) {
  const bool in_loss = !std::isfinite(loss);
  Fault fault;
  const std::string what =
      in_loss ? fmt::format("the loss is {}", std::abs(loss)) : what_is_not_finite(*plan_, impl_.weights, *impl_.optimizer);
  fault.moved = what.ends_with(after_the_step) ? Fault::all : in_loss || options_.on_nan != OnNan::stop ? Fault::none : Fault::some;
  fault.what = where() + what;
  if (const std::string bad = bad_row(batch, data_); !bad.empty()) {
    fault.what += ", because in the training set " + bad;
    fault.remedy = "leaving such rows out, or writing 0 there";
    return fault;
  }
  fault.remedy = wild_remedy;
  if (fault.moved == Fault::none || (fault.moved == Fault::some && impl_.optimizer->needs_whole_gradient()))
    if (const std::string first = first_in_replay(batch, share); !first.empty()) fault.what += ": " + first;
  fault.what += fmt::format(", at a rate of {}", text_of(impl_.optimizer->rate()));
  if (impl_.watch->has_grown(impl_.weights)) fault.what += "; " + impl_.watch->growth(impl_.weights);
  return fault;
}

std::string Trainer::Fit::first_in_replay(const Batch& batch, double share) try {
  std::vector<double> each(losses_.size());
  return first_not_finite({.graph = impl_.graph,
                           .weights = impl_.weights,
                           .batch = batch,
                           .data = data_,
                           .number = impl_.passes - 1,
                           .pool = impl_.pool,
                           .loss = [&](Plan& plan) { return impl_.loss_of(plan, batch, data_, share, true, each.data()); }});
} catch (const std::exception&) {  // as where there is no memory for it: then the name is missing, and nothing else
  return "";
}

void Trainer::Fit::give_up(const Fault& fault) {
  std::string problem = fault.what, remedy = fault.remedy;
  if (keeper_ && !keeper_->last().empty()) problem += "; the last checkpoint is " + keeper_->last();
  if (in_a_row_ > most_in_a_row) problem += fmt::format("; {} times in a row", in_a_row_);
  if (history_.best_epoch > 0)
    problem += fmt::format("; the weights are those of epoch {} again, the best so far", history_.best_epoch);
  else if (fault.moved == Fault::none)
    problem += "; the weights are as they were before it";
  else if (fault.moved == Fault::some)
    problem += "; layers between it and the output may have taken the step";
  if (fault.moved == Fault::all) remedy += "; the moments begin again with set_optimizer";
  bring_best_back();
  throw Error(problem, remedy);
}

// Back to the last checkpoint, and on with half the rate of there; with a quarter when that does not do either.
void Trainer::Fit::roll_back(const Fault& fault) {
  const std::string from = keeper_->last();
  const CheckpointFile file(from);
  const auto kept = std::pair{in_a_row_, history_.steps_not_finite};  // these go on
  take_state(file);
  std::tie(in_a_row_, history_.steps_not_finite) = kept;
  const double factor = std::ldexp(1, -++halved_);
  for (const Graph::Entry& entry : impl_.graph.entries())
    if (entry.layer) impl_.weights.set(entry.name, {.rate = impl_.weights.settings(entry.name).rate * factor});
  std::erase_if(history_.epochs, [&](const EpochReport& report) { return report.epoch >= at_.epoch + (within_ ? 0 : 1); });
  rolled_back_ = true;
  warn(Error(fmt::format("{}; back to {}, and on at {} times its rate", fault.what, from, factor), fault.remedy));
}

}  // namespace cambium
