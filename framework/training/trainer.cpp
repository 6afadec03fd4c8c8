#include "cambium/framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

// Enough samples for long matrix products, few enough that their activations stay near the processor.
constexpr int evaluation_batch = 128;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

int best_class(const real* y, int classes) noexcept {
  int best = 0;
  for (int c = 1; c < classes; ++c)
    if (y[c] > y[best]) best = c;
  return best;
}

void append_labels(const ConstView& y, std::vector<int>& labels) {
  for (int i = 0; i < y.batch; ++i) labels.push_back(best_class(y.row(i), y.shape.size()));
}

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void require(bool good, const char* option, int value, const char* need, const char* remedy) {
  if (!good) throw Error(fmt::format("trainer: {} = {}, which must be {}", option, value, need), remedy);
}

int lanes_for(int threads) {
  require(threads >= 0 && threads <= 64, ".threads", threads, "from 1 to 64, or 0 for one per processor", ".threads = 0");
  return threads > 0 ? threads : std::min(available_processors(), 64);
}

const TrainerOptions& checked(const TrainerOptions& options) {
  require(options.batch >= 1, ".batch", options.batch, "at least 1", ".batch = 64");
  require(options.accumulate >= 1, ".accumulate", options.accumulate, "at least 1", ".accumulate = 1");
  return options;
}

}  // namespace

struct Trainer::Impl {
  Impl(Graph g, Losses l, std::unique_ptr<Optimizer> o, TrainerOptions t);

  const Shape& output_shape(int i) const { return graph.entries()[index(graph.outputs()[index(i)])].shape; }
  void check_data(const Dataset& data, const std::string& who) const;
  void check_inputs(const std::vector<Shape>& shapes, const std::string& who) const;
  Plan& evaluator();
  // The loss of what the plan computed last, each output's beside it, and with `gradient` its gradients.
  double loss_of(Plan& plan, const Batch& batch, double scale, bool gradient, double* each = nullptr) const noexcept;
  // Calls visit(first sample, first output) batch by batch.
  template <class Visit>
  void predict(const ConstView& x, Visit visit);

  Graph graph;
  Losses losses;
  std::unique_ptr<Optimizer> optimizer;
  TrainerOptions options;
  std::shared_ptr<Lanes> lanes;
  Weights weights;
  std::unique_ptr<Plan> evaluating;  // made when it is first needed
  int epochs = 0;                    // begun so far
  long steps = 0;
  std::uint64_t passes = 0;  // forward passes in training
};

Trainer::Impl::Impl(Graph g, Losses l, std::unique_ptr<Optimizer> o, TrainerOptions t)
    : graph(std::move(g)),
      losses(std::move(l)),
      optimizer(std::move(o)),
      options(checked(t)),
      lanes(std::make_shared<Lanes>(lanes_for(t.threads))),
      weights(graph, t.seed) {
  const std::size_t outputs = graph.outputs().size();
  if (losses.size() != outputs)
    throw Error(fmt::format("trainer: {} losses for a model of {} outputs", losses.size(), outputs),
                outputs == 1 ? "one loss" : "Losses(first, second, ...) in the order of graph.output(...)");
  if (!optimizer) throw Error("trainer: no optimizer", "Adam()");
}

void Trainer::Impl::check_inputs(const std::vector<Shape>& shapes, const std::string& who) const {
  const std::vector<int> inputs = graph.inputs();
  if (shapes.size() != inputs.size())
    throw Error(fmt::format("{} has {} inputs per sample, and the model takes {}", who, shapes.size(), inputs.size()),
                "as many in both, in the same order");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Graph::Entry& entry = graph.entries()[index(inputs[i])];
    if (shapes[i] != entry.shape)
      throw Error(
          fmt::format("{} has samples of {}, and the model's {} takes {}", who, shapes[i].str(), entry.name, entry.shape.str()),
          "samples of that shape, or a model that is built for " + shapes[i].str());
  }
}

void Trainer::Impl::check_data(const Dataset& data, const std::string& who) const {
  if (data.size() < 1) throw Error(who + " is empty", "adding samples first");
  check_inputs(data.input_shapes(), who);
  const std::vector<Dataset::TargetKind> kinds = data.target_kinds();
  const std::vector<int> outputs = graph.outputs();
  if (kinds.size() != outputs.size())
    throw Error(fmt::format("{} has {} targets per sample, and the model has {} outputs", who, kinds.size(), outputs.size()),
                "one target for each output, in the same order");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Graph::Entry& entry = graph.entries()[index(outputs[i])];
    try {
      losses[i].check(entry.shape, kinds[i]);
    } catch (const Error& error) {
      throw Error(fmt::format("{} does not fit the output of '{}': {}", who, entry.name, error.problem()), error.remedy());
    }
  }
}

Plan& Trainer::Impl::evaluator() {
  if (!evaluating)
    evaluating =
        std::make_unique<Plan>(graph, weights, PlanOptions{.batch = evaluation_batch, .mode = Mode::evaluate, .lanes = lanes});
  return *evaluating;
}

double Trainer::Impl::loss_of(Plan& plan, const Batch& batch, double scale, bool gradient, double* each) const noexcept {
  double sum = 0;
  for (int i = 0; i < plan.outputs(); ++i) {
    const View dy = gradient ? plan.output_gradient(i) : View{};
    const double loss = losses[index(i)].evaluate(plan.output(i), batch.targets[index(i)], dy, scale);
    if (each) each[i] = loss;
    sum += loss;
  }
  return sum;
}

template <class Visit>
void Trainer::Impl::predict(const ConstView& x, Visit visit) {
  check_inputs({x.shape}, "predict: the input");
  if (!x.data || x.batch < 1) throw Error("predict: the input holds no samples", "a view of at least one sample");
  Plan& plan = evaluator();
  for (int first = 0; first < x.batch; first += evaluation_batch)
    visit(first, plan.forward({x.row(first), x.shape, std::min(evaluation_batch, x.batch - first)}));
}

// ------------------------------------------------------------------------------------------------------------------- fit

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
  std::string first_bad_gradient() const;
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
      std::isfinite(loss) ? first_bad_gradient() + " is not finite" : fmt::format("the loss is {}", std::abs(loss));
  const double rate = impl_.optimizer->rate();
  throw Error(
      where + what + fmt::format(", at a rate of {}", text_of(rate)),
      "a smaller rate, .clip_norm = 1 in the optimizer, or BatchNorm(for_input) as the first layer if the inputs are not scaled");
}

// Of the layer nearest to the loss, from which it spread.
std::string Trainer::Fit::first_bad_gradient() const {
  const auto& tensors = impl_.weights.tensors();
  for (std::size_t i = tensors.size(); i-- > 0;) {
    const Range& range = impl_.weights.ranges()[i];
    const bool bad = std::any_of(range.gradient, range.gradient + range.size, [](real g) { return !std::isfinite(g); });
    if (bad && !range.settings.freeze) return "the gradient of " + tensors[i].name;
  }
  return "a gradient on the way, or a running statistic,";
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

// --------------------------------------------------------------------------------------------------------------- trainer

Trainer::Trainer(Graph graph, Losses losses, std::unique_ptr<Optimizer> optimizer, TrainerOptions options)
    : impl_(std::make_unique<Impl>(std::move(graph), std::move(losses), std::move(optimizer), options)) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

History Trainer::fit(const Dataset& train, FitOptions options) { return Fit(*this, train, std::move(options)).run(); }

Metrics Trainer::evaluate(const Dataset& data) {
  impl_->check_data(data, "the set to evaluate");
  Plan& plan = impl_->evaluator();
  Metrics metrics;
  metrics.samples = data.size();
  metrics.losses.assign(impl_->losses.size(), 0);
  metrics.classes = data.target_kinds()[0].classes > 0 ? impl_->output_shape(0).size() : 0;
  metrics.confusion.assign(index(metrics.classes) * index(metrics.classes), 0);
  std::vector<double> losses(metrics.losses.size());
  Stream stream(data, {.batch = std::min(evaluation_batch, data.size()), .shuffle = false});
  while (const Batch* batch = stream.next()) {
    const ConstView y = plan.forward(batch->inputs);
    for (int k = 0; k < plan.outputs(); ++k) impl_->losses[index(k)].check(plan.output(k), batch->targets[index(k)]);
    impl_->loss_of(plan, *batch, static_cast<double>(batch->size()) / data.size(), false, losses.data());
    for (std::size_t k = 0; k < losses.size(); ++k) metrics.losses[k] += losses[k], metrics.loss += losses[k];
    if (metrics.classes == 0) continue;
    for (int i = 0; i < y.batch; ++i)
      ++metrics.confusion[index(batch->target().labels[index(i)] * metrics.classes + best_class(y.row(i), metrics.classes))];
  }
  return metrics;
}

std::vector<real> Trainer::predict(const ConstView& x) {
  std::vector<real> all(index(std::max(x.batch, 0)) * index(impl_->output_shape(0).size()));
  impl_->predict(
      x, [&](int first, const ConstView& y) { std::copy(y.begin(), y.end(), all.data() + index(first) * index(y.shape.size())); });
  return all;
}

std::vector<int> Trainer::predict_labels(const ConstView& x) {
  std::vector<int> labels;
  impl_->predict(x, [&](int, const ConstView& y) { append_labels(y, labels); });
  return labels;
}

std::vector<int> Trainer::predict_labels(const Dataset& data) {
  if (data.size() < 1) throw Error("predict: the set is empty", "adding samples first");
  impl_->check_inputs(data.input_shapes(), "predict: the set");
  Plan& plan = impl_->evaluator();
  std::vector<int> labels;
  Stream stream(data, {.batch = std::min(evaluation_batch, data.size()), .shuffle = false});
  while (const Batch* batch = stream.next()) append_labels(plan.forward(batch->inputs), labels);
  return labels;
}

const Graph& Trainer::graph() const { return impl_->graph; }
Weights& Trainer::weights() { return impl_->weights; }
Optimizer& Trainer::optimizer() { return *impl_->optimizer; }

std::string Trainer::summary() const {
  std::string text = impl_->graph.summary();
  for (std::size_t i = 0; i < impl_->losses.size(); ++i) text += "loss " + impl_->losses[i].describe().str() + '\n';
  const TrainerOptions& t = impl_->options;
  return text + "optimizer " + impl_->optimizer->describe().str() +
         fmt::format("\nbatch {}{}{}, seed {}, {} thread{}\n", t.batch, t.accumulate > 1 ? fmt::format(" x {}", t.accumulate) : "",
                     t.drop_last ? " (a short last one dropped)" : "", t.seed, impl_->lanes->count(),
                     impl_->lanes->count() == 1 ? "" : "s");
}

}  // namespace cambium
