#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/training/parts/bad_row.h"
#include "cambium/framework/training/parts/fit_impl.h"

namespace cambium {

namespace {

bool has_labels(const Dataset& data) {
  const std::vector<Dataset::TargetKind> kinds = data.target_kinds();
  return !kinds.empty() && kinds[0].classes > 0;
}

}  // namespace

std::optional<Error> Trainer::Impl::plan_schedule(const FitOptions& fit, long steps_of_epoch) {
  const long done = optimizer->steps(), steps_of_fit = steps_of_epoch * fit.epochs;
  const long whole = steps_of_epoch * fit.schedule_epochs;
  if (done == 0) schedule_from = 0;
  if (fit.restart_schedule && done > 0) {
    optimizer->restart_schedule(whole > 0 ? whole : steps_of_fit);
    schedule_from = done;
  } else if (whole > 0) {
    optimizer->plan_steps(schedule_from + whole);
  } else if (done == 0 || optimizer->schedule_end() == 0) {
    optimizer->plan_steps(done + steps_of_fit);
  }
  return schedule_fault(done + steps_of_fit);
}

std::optional<Error> Trainer::Impl::schedule_fault(long last) const {
  const long done = optimizer->steps(), end = optimizer->schedule_end(), missing = last - end;
  if (done == 0 || end <= 0 || missing <= 0) return std::nullopt;
  return Error(
      (done >= end ? "the schedule has ended with an earlier part of the training"
                   : fmt::format("the schedule ends {} step{} before this training does", missing, missing == 1 ? "" : "s")) +
          ", and its last rate stays",
      ".restart_schedule = true, or .schedule_epochs with the epochs of all calls in the first one");
}

Trainer::Fit::Fit(Impl& trainer, const Dataset& data, FitOptions options) try
    : impl_(trainer),
      data_(data),
      options_(std::move(options)),
      steps_before_(impl_.steps),
      tally_(impl_.losses.size(), impl_.losses[0], impl_.output_shape(0), has_labels(data), Tally::Detail::means),
      losses_(impl_.losses.size()) {
  const TrainerOptions& t = impl_.options;
  impl_.weights.mark_gradients_used();  // an earlier call may have ended between two accumulated batches
  check_fit_options(options_);
  impl_.check_data(data, "the training set", options_.augment.mixup().has_value());
  if (options_.validate) impl_.check_data(*options_.validate, "the validation set");
  if (t.batch > data.size())
    throw Error(fmt::format("a batch of {} is larger than the training set of {} samples", t.batch, data.size()),
                fmt::format(".batch = {} or less", data.size()));
  last_ = t.drop_last || data.size() % t.batch == 0 ? t.batch : static_cast<int>(data.size() % t.batch);
  used_ = t.drop_last ? data.size() / t.batch * t.batch : data.size();
  impl_.weights.check_batch(impl_.graph, t.batch, Mode::train);
  check_last_batch();
  impl_.check_memory(data, options_);

  const std::int64_t batches = (used_ + t.batch - 1) / t.batch;
  at_.epochs = options_.epochs;
  at_.steps = (batches + t.accumulate - 1) / t.accumulate;
  stream_ = std::make_unique<Stream>(
      data,
      StreamOptions{
          .batch = t.batch, .seed = t.seed, .drop_last = t.drop_last, .augment = options_.augment, .sampling = options_.sampling});
  const PlanOptions plan{.batch = t.batch, .mode = Mode::train, .pool = impl_.pool, .retain_gradients = options_.retain_gradients};
  plan_ = std::make_unique<Plan>(impl_.graph, impl_.weights, plan);
  plan_->set_pass_number(impl_.passes);
  schedule_fault_ = impl_.plan_schedule(options_, at_.steps);  // last: a call that ends in an Error has planned nothing
  impl_.optimizer->prepare(impl_.weights);
  if (!impl_.watch) impl_.watch.emplace(impl_.weights);
  impl_.watch->begin(data, impl_.watch->knows(data) ? 0 : loss_before());
  if (options_.validate && !options_.checkpoints.folder.empty()) impl_.weights.snapshot(best_);  // has a place in each
  count_call();
} catch (const std::bad_alloc&) {
  no_memory_for("the plan of a training");
}

void Trainer::Fit::count_call() {
  ++impl_.calls;
  try {
    if (!options_.checkpoints.folder.empty()) take_up();
  } catch (...) {
    --impl_.calls;  // this was none
    throw;
  }
}

// The mean loss of the first samples with the weights as they are: forward passes alone move nothing. Where a batch is large enough
// the first step says the same, and this says 0; so it does where data are bad, which the training will meet again.
double Trainer::Fit::loss_before() {
  if (impl_.options.batch >= Watch::enough) return 0;
  double sum = 0;
  int samples = 0;
  stream_->start_epoch(impl_.epochs);
  try {
    while (const Batch* batch = samples < Watch::enough ? stream_->next() : nullptr) {
      plan_->forward(batch->inputs);
      sum += impl_.loss_of(*plan_, *batch, data_, batch->size(), false, losses_.data());
      samples += batch->size();
    }
  } catch (const Error&) {
    samples = 0;
  }
  stream_->start_epoch(impl_.epochs);
  plan_->set_pass_number(impl_.passes);
  return samples > 0 ? sum / samples : 0;
}

void Trainer::Fit::check_last_batch() const {
  try {
    impl_.weights.check_batch(impl_.graph, last_, Mode::train);
  } catch (const Error& error) {
    throw Error(fmt::format("the last batch of an epoch has {} sample{} ({} in batches of {}): {}", last_, last_ == 1 ? "" : "s",
                            data_.size(), impl_.options.batch, error.problem()),
                ".drop_last = true, or another .batch, or " + error.remedy());
  }
}

History Trainer::Fit::run() {
  if (passed_) return std::move(history_);
  if (schedule_fault_) warn(*schedule_fault_);
  try {
    while ((within_ || at_.epoch < options_.epochs) && !history_.interrupted && !history_.stopped_early) {
      const Clock clock;
      EpochReport report;
      if (!within_) ++at_.epoch, at_.step = 0;
      report.epoch = at_.epoch;
      report.epochs = options_.epochs;
      const bool done = train_epoch(report);
      if (std::exchange(rolled_back_, false)) continue;
      if (!done) {
        history_.interrupted = true;
        break;
      }
      if (options_.validate) history_.stopped_early = validate(report);
      within_ = false;
      report.seconds = clock.seconds();
      if (options_.on_epoch) options_.on_epoch(report);
      history_.interrupted = report.stop;
      const bool last = report.stop || history_.stopped_early || at_.epoch >= options_.epochs;
      if (keeper_ && (last || report.best || keeper_->due_after_epoch(at_.epoch) || keeper_->due_after_step(impl_.steps)))
        keep(report.best);
      note(std::move(report));
    }
  } catch (...) {  // also what a callback throws
    if (restores()) bring_best_back();
    throw;
  }
  if (const std::string text = impl_.watch->end_of_call(impl_.weights); !text.empty()) warn(Error(where() + text, wild_remedy));
  if (restores()) bring_best_back();
  settle();
  history_.steps = impl_.steps - steps_before_;
  history_.seconds = clock_.seconds();
  return std::move(history_);
}

void Trainer::Fit::note(EpochReport&& report) try { history_.epochs.push_back(std::move(report)); } catch (const std::bad_alloc&) {
  no_memory_for("the history of a training");
}

void Trainer::Fit::bring_best_back() {
  if (history_.best_epoch > 0) impl_.weights.restore(best_);
}

void Trainer::Fit::warn(const Error& warning) {
  history_.warnings.push_back(warning.what());
  if (options_.on_warning) return options_.on_warning(warning);
  std::fputs((std::string("cambium: ") + warning.what() + '\n').c_str(), stderr);
}

std::string Trainer::Fit::where() const { return fmt::format("epoch {}, step {} of {}: ", at_.epoch, at_.step, at_.steps); }

bool Trainer::Fit::train_epoch(EpochReport& report) {
  const TrainerOptions& t = impl_.options;
  const Clock clock;
  if (!std::exchange(within_, true)) stream_->start_epoch(impl_.epochs++), tally_.clear();
  at_.stop = false;
  const std::int64_t before = tally_.samples();  // of an epoch that was cut
  while (at_.step < at_.steps && !at_.stop) {
    ++at_.step;
    const std::int64_t whole = std::int64_t{t.accumulate} * t.batch;
    const int samples = static_cast<int>(std::min(whole, used_ - (at_.step - 1) * whole));
    at_.loss = step((samples + t.batch - 1) / t.batch, samples);
    if (rolled_back_) return false;
    at_.total_steps = ++impl_.steps;
    at_.mean_loss = tally_.loss();
    at_.mean_accuracy = tally_.accuracy();
    at_.rate = impl_.optimizer->rate();
    at_.seconds = clock_.seconds();
    at_.samples_per_second = static_cast<double>(tally_.samples() - before) / std::max(clock.seconds(), 1e-9);
    if (const std::string text = skipped_ ? "" : impl_.watch->step(impl_.weights, at_.loss, samples); !text.empty())
      warn(Error(where() + text, wild_remedy));
    if (options_.on_step) options_.on_step(at_);
    if (keeper_ && (at_.stop || (at_.step < at_.steps && keeper_->due_after_step(impl_.steps)))) keep();
  }
  if (const std::string text = impl_.watch->end_of_epoch(impl_.weights); !text.empty()) warn(Error(where() + text, wild_remedy));
  report.loss = at_.mean_loss, report.accuracy = at_.mean_accuracy;
  report.rate = at_.rate;
  report.samples_per_second = at_.samples_per_second;
  return !at_.stop;
}

// Gathers the gradient of the mean loss over `samples` samples, which come in so many batches, and moves the weights with the last.
double Trainer::Fit::step(int batches, int samples) {
  double loss = 0;
  const bool on_the_way = options_.on_nan == OnNan::stop;
  skipped_ = false;
  for (int i = 0; i < batches; ++i) {
    const Batch& batch = *stream_->next();
    plan_->forward(batch.inputs);
    ++impl_.passes;
    // A mean over the samples of the step, and not of means: then a short batch weighs what its samples weigh.
    const double share = static_cast<double>(batch.size()) / samples;
    loss += loss_of(batch, share);
    if (!std::isfinite(loss)) return not_finite(batch, loss, share, batches - i - 1);
    const bool last = i + 1 == batches;
    plan_->backward(last && on_the_way ? impl_.optimizer.get() : nullptr);
    if (!plan_->finite()) return not_finite(batch, loss, share, batches - i - 1);
    if (last && !on_the_way && !impl_.optimizer->step(impl_.weights)) return not_finite(batch, loss, share, 0);
    for (double& one : losses_) one *= samples;
    tally_.add(losses_, plan_->output(0), batch.targets[0]);
  }
  if (options_.on_nan == OnNan::skip) in_a_row_ = 0;
  return loss;
}

double Trainer::Fit::loss_of(const Batch& batch, double share) {
  try {
    return impl_.loss_of(*plan_, batch, data_, share, true, losses_.data());
  } catch (const Error& error) {
    throw Error(where() + "in the training set, " + error.problem(), error.remedy());
  }
}

bool Trainer::Fit::validate(EpochReport& report) {
  report.validation = impl_.evaluate(*options_.validate);
  report.validated = true;
  report.best = report.validation.loss < best_loss_;
  if (report.best) {
    impl_.weights.snapshot(best_);
    best_loss_ = report.validation.loss;
    history_.best_epoch = report.epoch;
  } else if (!std::isfinite(report.validation.loss) && !told_validation_) {
    told_validation_ = true;
    const std::string bad = bad_row(*options_.validate);
    warn(Error(fmt::format("epoch {}: the validation loss is {}{}", report.epoch, std::abs(report.validation.loss),
                           bad.empty() ? "" : ", because in the validation set " + bad),
               bad.empty() ? wild_remedy : "leaving such rows out"));
  }
  return options_.patience > 0 && report.epoch - history_.best_epoch >= options_.patience;
}

History Trainer::fit(const Dataset& train, FitOptions options) {
  struct Under {
    bool& way;
    ~Under() { way = false; }
  };
  impl();  // throws when there is none
  const std::shared_ptr<Impl> trainer = impl_;
  const InUse::Hold hold = trainer->hold();
  trainer->check_idle("fit");
  const Under under{trainer->fitting = true};
  return Fit(*trainer, train, std::move(options)).run();
}

}  // namespace cambium
