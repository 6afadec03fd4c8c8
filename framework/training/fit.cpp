#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/parts/not_finite.h"
#include "cambium/framework/training/parts/trainer_impl.h"

namespace cambium {

namespace {

int correct_in(const ConstView& y, const Target& target) noexcept {
  int correct = 0;
  for (int i = 0; i < y.batch; ++i) correct += best_class(y.row(i), y.shape.size()) == target.labels[index(i)];
  return correct;
}

struct Tally {
  double loss = 0;  // times samples
  int samples = 0, correct = 0;
};

}  // namespace

// One call of fit. The constructor checks everything and takes all memory; after that only numbers can go wrong.
class Trainer::Fit {
 public:
  Fit(Trainer& owner, const Dataset& data, FitOptions options);
  History run();

 private:
  void check_options() const;
  void check_last_batch() const;
  bool train_epoch(EpochReport& report);  // false when a callback stopped it on the way
  double step(int batches, int samples);
  [[noreturn]] void not_finite(double loss);
  bool validate(EpochReport& report, History& history);  // true: time to stop early
  bool restores() const { return options_.patience > 0 || options_.restore_best; }

  Trainer& owner_;
  Impl& impl_;
  const Dataset& data_;
  FitOptions options_;
  bool labels_;  // the first target is one
  int used_;     // samples of an epoch
  int last_;     // samples of its last batch
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Stream> stream_;
  Weights::Snapshot best_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  Clock clock_;
  StepReport at_;      // where the training is
  long steps_before_;  // by earlier calls
  Tally tally_;        // of this epoch's training batches
};

Trainer::Fit::Fit(Trainer& owner, const Dataset& data, FitOptions options)
    : owner_(owner), impl_(*owner.impl_), data_(data), options_(std::move(options)), steps_before_(impl_.steps) {
  const TrainerOptions& t = impl_.options;
  impl_.weights.mark_gradients_used();  // an earlier call may have ended between two accumulated batches
  check_options();
  impl_.check_data(data, "the training set");
  if (options_.validate) impl_.check_data(*options_.validate, "the validation set");
  if (t.batch > data.size())
    throw Error(fmt::format("a batch of {} is larger than the training set of {} samples", t.batch, data.size()),
                fmt::format(".batch = {} or less", data.size()));
  labels_ = data.target_kinds()[0].classes > 0;
  last_ = t.drop_last || data.size() % t.batch == 0 ? t.batch : data.size() % t.batch;
  used_ = t.drop_last ? data.size() / t.batch * t.batch : data.size();
  impl_.graph.check(t.batch, Mode::train);
  check_last_batch();

  const int batches = (used_ + t.batch - 1) / t.batch;
  at_.epochs = options_.epochs;
  at_.steps = (batches + t.accumulate - 1) / t.accumulate;
  impl_.optimizer->plan_steps(impl_.optimizer->steps() + static_cast<long>(at_.steps) * options_.epochs);
  impl_.optimizer->prepare(impl_.weights);
  stream_ = std::make_unique<Stream>(
      data, StreamOptions{.batch = t.batch, .seed = t.seed, .drop_last = t.drop_last, .augment = options_.augment});
  plan_ =
      std::make_unique<Plan>(impl_.graph, impl_.weights, PlanOptions{.batch = t.batch, .mode = Mode::train, .lanes = impl_.lanes});
  plan_->set_pass_number(impl_.passes);
}

void Trainer::Fit::check_options() const {
  const FitOptions& o = options_;
  if (o.epochs < 1) throw Error(fmt::format("fit: .epochs = {}, which must be at least 1", o.epochs), ".epochs = 1");
  if (o.patience < 0)
    throw Error(fmt::format("fit: .patience = {}, which must be at least 0 (0: never stop early)", o.patience), ".patience = 3");
  if (!o.validate && restores())
    throw Error(fmt::format("fit: {} needs a validation set to tell which weights are best",
                            o.patience > 0 ? ".patience" : ".restore_best"),
                ".validate = &some_set");
}

void Trainer::Fit::check_last_batch() const {
  try {
    impl_.graph.check(last_, Mode::train);
  } catch (const Error& error) {
    throw Error(fmt::format("the last batch of an epoch has {} sample{} ({} in batches of {}): {}", last_, last_ == 1 ? "" : "s",
                            data_.size(), impl_.options.batch, error.problem()),
                ".drop_last = true, or another .batch, or " + error.remedy());
  }
}

History Trainer::Fit::run() {
  History history;
  for (int epoch = 1; epoch <= options_.epochs && !history.interrupted && !history.stopped_early; ++epoch) {
    const Clock clock;
    EpochReport report;
    report.epoch = at_.epoch = epoch;
    report.epochs = options_.epochs;
    if (!train_epoch(report)) {
      history.interrupted = true;
      break;
    }
    if (options_.validate) history.stopped_early = validate(report, history);
    report.seconds = clock.seconds();
    if (options_.on_epoch) options_.on_epoch(report);
    history.interrupted = report.stop;
    history.epochs.push_back(std::move(report));
  }
  if (restores() && history.best_epoch > 0) impl_.weights.restore(best_);
  history.steps = impl_.steps - steps_before_;
  history.seconds = clock_.seconds();
  return history;
}

bool Trainer::Fit::train_epoch(EpochReport& report) {
  const TrainerOptions& t = impl_.options;
  const Clock clock;
  stream_->start_epoch(impl_.epochs++);
  tally_ = {};
  at_.stop = false;
  for (at_.step = 1; at_.step <= at_.steps; ++at_.step) {
    const int samples = static_cast<int>(std::min<long>(static_cast<long>(t.accumulate) * t.batch, used_ - tally_.samples));
    at_.loss = step((samples + t.batch - 1) / t.batch, samples);
    at_.total_steps = ++impl_.steps;
    at_.mean_loss = tally_.loss / tally_.samples;
    at_.mean_accuracy = labels_ ? static_cast<double>(tally_.correct) / tally_.samples : -1;
    at_.rate = impl_.optimizer->rate();
    at_.seconds = clock_.seconds();
    at_.samples_per_second = tally_.samples / std::max(clock.seconds(), 1e-9);
    if (options_.on_step) options_.on_step(at_);
    if (at_.stop) break;
  }
  report.loss = at_.mean_loss, report.accuracy = at_.mean_accuracy;
  report.rate = at_.rate;
  report.samples_per_second = at_.samples_per_second;
  return !at_.stop;
}

// Gathers the gradient of the mean loss over `samples` samples, which come in so many batches, and moves the weights with the last.
double Trainer::Fit::step(int batches, int samples) {
  double loss = 0;
  for (int i = 0; i < batches; ++i) {
    const Batch& batch = *stream_->next();
    plan_->forward(batch.inputs);
    ++impl_.passes;
    for (int k = 0; k < plan_->outputs(); ++k) impl_.losses[index(k)].check(plan_->output(k), batch.targets[index(k)]);
    // A mean over the samples of the step, and not of means: then a short batch weighs what its samples weigh.
    const double share = static_cast<double>(batch.size()) / samples;
    loss += impl_.loss_of(*plan_, batch, share, true);
    if (!std::isfinite(loss)) not_finite(loss);
    plan_->backward(i + 1 == batches ? impl_.optimizer.get() : nullptr);
    if (!plan_->finite()) not_finite(loss);
    if (labels_) tally_.correct += correct_in(plan_->output(0), batch.targets[0]);
    tally_.samples += batch.size();
  }
  tally_.loss += loss * samples;
  return loss;
}

void Trainer::Fit::not_finite(double loss) {
  impl_.weights.mark_gradients_used();  // what is in them must not be added to
  const std::string where = fmt::format("epoch {}, step {} of {}: ", at_.epoch, at_.step, at_.steps);
  const std::string what =
      std::isfinite(loss) ? what_is_not_finite(impl_.weights, *impl_.optimizer) : fmt::format("the loss is {}", std::abs(loss));
  const double rate = impl_.optimizer->rate();
  throw Error(
      where + what + fmt::format(", at a rate of {}", text_of(rate)),
      "a smaller rate, .clip_norm = 1 in the optimizer, or BatchNorm(for_input) as the first layer if the inputs are not scaled");
}

bool Trainer::Fit::validate(EpochReport& report, History& history) {
  report.validation = owner_.evaluate(*options_.validate);
  report.validated = true;
  report.best = report.validation.loss < best_loss_;
  if (report.best) {
    best_loss_ = report.validation.loss;
    history.best_epoch = report.epoch;
    if (restores()) best_ = impl_.weights.snapshot();
  }
  return options_.patience > 0 && report.epoch - history.best_epoch >= options_.patience;
}

History Trainer::fit(const Dataset& train, FitOptions options) { return Fit(*this, train, std::move(options)).run(); }

}  // namespace cambium
