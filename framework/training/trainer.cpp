#include "cambium/framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/parts/bad_row.h"
#include "cambium/framework/training/parts/predicting.h"
#include "cambium/framework/training/parts/tally.h"
#include "cambium/framework/training/parts/trainer_impl.h"

namespace cambium {

namespace {

void require(bool good, const char* option, int value, const char* need, const std::string& remedy, const char* who = "trainer") {
  if (!good) throw Error(fmt::format("{}: {} = {}, which must be {}", who, option, value, need), remedy);
}

void check_positions(const Loss& loss, const Shape& output, const Dataset::TargetKind& kind) {
  if (const Shape taken = loss.label_shape(output); kind.classes > 0 && kind.shape.size() != taken.size())
    throw Error(
        fmt::format("{}: the targets are labels at positions of {}, and beside an output of {} it takes {}", loss.describe().kind,
                    kind.shape.str(), output.str(), taken.size() == 1 ? "one for each sample" : "positions of " + taken.str()),
        "SoftmaxCrossEntropy() beside an output of (classes, positions ...)");
}

int checked_threads(int threads) {
  require(threads >= 0 && threads <= 64, ".threads", threads, "from 1 to 64, or 0 for one per processor", ".threads = 0");
  return threads;
}

const TrainerOptions& checked(const TrainerOptions& options) {
  require(options.batch >= 1, ".batch", options.batch, "at least 1", ".batch = 64");
  require(options.accumulate >= 1, ".accumulate", options.accumulate, "at least 1", ".accumulate = 1");
  return options;
}

}  // namespace

Trainer::Impl::Impl(Graph g, Losses l, std::unique_ptr<Optimizer> o, TrainerOptions t)
    : graph(std::move(g)),
      losses(std::move(l)),
      optimizer(std::move(o)),
      options(checked(t)),
      pool(std::make_shared<ThreadPool>(checked_threads(t.threads))),
      weights(graph, t.seed) {
  const std::size_t outputs = graph.outputs().size();
  if (losses.size() != outputs)
    throw Error(fmt::format("trainer: {} losses for a model of {} outputs", losses.size(), outputs),
                outputs == 1 ? "one loss" : "Losses(first, second, ...) in the order of graph.output(...)");
  if (!losses[0].has_target())
    throw Error("trainer: the first output has no target, and metrics are told of it",
                "graph.output(...) of what is learnt first, and NoLoss() for others");
  if (!optimizer) throw Error("trainer: no optimizer", "Adam()");
  optimizer->check_belongs(weights);
}

void check_fit_options(const FitOptions& o) {
  require(o.epochs >= 1, ".epochs", o.epochs, "at least 1", ".epochs = 1", "fit");
  require(o.patience >= 0, ".patience", o.patience, "at least 0 (0: never stop early)", ".patience = 3", "fit");
  if (!o.validate && (o.patience > 0 || o.restore_best))
    throw Error(fmt::format("fit: {} needs a validation set to tell which weights are best",
                            o.patience > 0 ? ".patience" : ".restore_best"),
                ".validate = &some_set");
  if (o.on_nan == OnNan::rollback && o.checkpoints.folder.empty())
    throw Error("fit: .on_nan = OnNan::rollback needs checkpoints to go back to", ".checkpoints = {.folder = \"run\"}");
  require(o.schedule_epochs >= 0, ".schedule_epochs", o.schedule_epochs, "at least 1, or 0 for those of this call",
          fmt::format(".schedule_epochs = {}", o.epochs), "fit");
}

void Trainer::Impl::check_idle(const char* call) const {
  if (fitting) throw Error(fmt::format("{}: called while fit is under way", call), "report.stop = true, and the call after fit");
}

void Trainer::Impl::check_inputs(const std::vector<Shape>& shapes, const std::string& who) const {
  const std::vector<int> inputs = graph.inputs();
  if (shapes.size() != inputs.size())
    throw Error(fmt::format("{} has {} inputs per sample, and the model takes {}", who, shapes.size(), inputs.size()),
                "as many in both, in the same order");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Graph::Entry& entry = graph.entries()[as_size(inputs[i])];
    if (shapes[i] != entry.shape)
      throw Error(
          fmt::format("{} has samples of {}, and the model's {} takes {}", who, shapes[i].str(), entry.name, entry.shape.str()),
          "samples of that shape, or a model that is built for " + shapes[i].str());
  }
}

std::size_t Trainer::Impl::targets() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) count += losses[i].has_target();
  return count;
}

void Trainer::Impl::check_data(const Dataset& data, const std::string& who, bool mixes) const {
  if (data.size() < 1) throw Error(who + " is empty", "adding samples first");
  check_inputs(data.input_shapes(), who);
  const std::vector<Dataset::TargetKind> kinds = data.target_kinds();
  const std::vector<int> outputs = graph.outputs();
  const std::size_t learnt = targets();
  if (kinds.size() != learnt)
    throw Error(fmt::format("{} has {} targets per sample, and the model has {} outputs{}", who, kinds.size(), learnt,
                            learnt < outputs.size() ? " with a loss" : ""),
                "one target for each output, in the same order");
  for (std::size_t i = 0, t = 0; i < outputs.size(); ++i) {
    if (!losses[i].has_target()) continue;
    const Graph::Entry& entry = graph.entries()[as_size(outputs[i])];
    try {
      const Dataset::TargetKind kind = mixes ? mixed(kinds[t++]) : kinds[t++];
      losses[i].check(entry.shape, kind);
      check_positions(losses[i], entry.shape, kind);
      const int classes = losses[i].classes(entry.shape);
      if (kind.classes > classes)
        throw Error(fmt::format("{}: labels of {} classes beside an output of {}, and it knows what to do with {}",
                                losses[i].describe().kind, kind.classes, entry.shape.str(), classes),
                    "saying otherwise in Loss::classes, or more outputs");
    } catch (const Error& error) {
      const bool made = mixes && kinds[t - 1].classes > 0;
      throw Error(fmt::format("{} does not fit the output of '{}': {}{}", who, entry.name, error.problem(),
                              made ? "; mixup makes probabilities of labels" : ""),
                  made ? "SoftmaxCrossEntropy(), or a training without mixup" : error.remedy());
    }
  }
}

Plan& Trainer::Impl::evaluator() {
  if (!evaluating) evaluating = std::make_unique<Plan>(graph, weights, evaluation());
  return *evaluating;
}

double Trainer::Impl::loss_of(Plan& plan, const Batch& batch, const Dataset& data, double scale, bool gradient,
                              double* each) const {
  double sum = 0;
  std::size_t target = 0;
  try {
    for (int i = 0; i < plan.outputs(); ++i) {
      const View dy = gradient ? plan.output_gradient(i) : View{};
      const Loss& loss = losses[as_size(i)];
      if (loss.has_target())
        sum += each[i] = loss.evaluate(plan.output(i), batch.targets[target++], dy, scale * losses.weight(as_size(i)));
      else if (each[i] = 0; gradient)
        std::fill_n(dy.data, as_size(batch.size()) * as_size(dy.shape.size()), real(0));
    }
  } catch (const Error& error) {
    std::string bad = bad_row(batch, data);
    for (std::size_t i = 0, t = 0; i < losses.size() && bad.empty(); ++i)
      if (losses[i].has_target()) bad = bad_targets(batch, data, losses[i], batch.targets[t++]);
    throw Error(bad.empty() ? error.problem() : bad, error.remedy());
  }
  return sum;
}

void Trainer::Impl::check_names_classes() const {
  const Loss& loss = losses[0];
  if (!names_classes(loss, output_shape(0)))
    throw Error(fmt::format("predict_labels: an output of {} names no class, and {} does not say how it would",
                            output_shape(0).str(), loss.describe().kind),
                "predict, or a loss of your own that says it in Loss::label");
}

// --------------------------------------------------------------------------------------------------------------- trainer

Trainer::Trainer(Graph graph, Losses losses, std::unique_ptr<Optimizer> optimizer, TrainerOptions options) try
    : impl_(std::make_shared<Impl>(std::move(graph), std::move(losses), std::move(optimizer), options)) {
} catch (const std::bad_alloc&) {
  no_memory_for("a trainer");
}

Trainer::Impl& Trainer::impl() const {
  if (!impl_) throw Error("this trainer was moved away, and is empty", "the trainer that it was moved to");
  return *impl_;
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

Metrics Trainer::evaluate(const Dataset& data) {
  const InUse::Hold hold = impl().hold();
  return impl().evaluate(data);
}

Metrics Trainer::Impl::evaluate(const Dataset& data) try {
  check_data(data, "the set to evaluate");
  Plan& plan = evaluator();
  Tally tally(losses.size(), losses[0], output_shape(0), data.target_kinds()[0].classes > 0, Tally::Detail::all);
  std::vector<double> sums(losses.size());
  Stream stream(data, in_order(data));
  try {
    while (const Batch* batch = stream.next()) {
      plan.forward(batch->inputs);
      loss_of(plan, *batch, data, batch->size(), false, sums.data());  // times the samples: their sum
      tally.add(sums, plan.output(0), batch->targets[0]);
    }
  } catch (const Error& error) {
    throw Error("the set to evaluate: " + error.problem(), error.remedy());
  }
  return tally.metrics();
} catch (const std::bad_alloc&) {
  no_memory_for("an evaluation");
}

std::vector<std::vector<real>> Trainer::predict_all(std::span<const ConstView> inputs) try {
  const InUse::Hold hold = impl().hold();
  check_prediction_inputs(impl().graph, inputs);
  return all_outputs(impl().evaluator(), inputs);
} catch (const std::bad_alloc&) {
  no_memory_for("predictions", 0, "fewer samples in a call");
}

std::vector<real> Trainer::predict(std::span<const ConstView> inputs) { return std::move(predict_all(inputs)[0]); }

std::vector<int> Trainer::predict_labels(const ConstView& x) try {
  impl().check_names_classes();
  const std::vector<real> all = predict(x);
  const Shape& shape = impl().output_shape(0);
  std::vector<int> labels;
  append_labels(impl().losses[0], {all.data(), shape, static_cast<int>(all.size() / as_size(shape.size()))}, labels);
  return labels;
} catch (const std::bad_alloc&) {
  no_memory_for("labels", 0, "fewer samples in a call");
}

std::vector<int> Trainer::predict_labels(const Dataset& data) try {
  const InUse::Hold hold = impl().hold();
  if (data.size() < 1) throw Error("predict: the set is empty", "adding samples first");
  impl().check_inputs(data.input_shapes(), "predict: the set");
  impl().check_names_classes();
  Plan& plan = impl().evaluator();
  std::vector<int> labels;
  Stream stream(data, Impl::in_order(data));
  while (const Batch* batch = stream.next()) append_labels(impl().losses[0], plan.forward(batch->inputs), labels);
  return labels;
} catch (const std::bad_alloc&) {
  no_memory_for("labels", 0, "a smaller set");
}

Predictor Trainer::predictor(const PredictorOptions& options) {
  const InUse::Hold hold = impl().hold();
  return {impl().graph, impl().weights, options};
}

const Graph& Trainer::graph() const& { return impl().graph; }
TrainerWeights& Trainer::weights() & { return impl().weights; }
Optimizer& Trainer::optimizer() & { return *impl().optimizer; }

void Trainer::restart(std::uint64_t seed) try {
  Impl& trainer = impl();
  const InUse::Hold hold = trainer.hold();
  trainer.check_idle("restart");
  trainer.weights.restart(seed);
  trainer.options.seed = seed;
  trainer.calls = trainer.epochs = 0, trainer.steps = 0, trainer.passes = 0, trainer.schedule_from = 0;
  trainer.watch.reset();
  for (const Optimizer::Block& block : trainer.optimizer->blocks()) std::fill(block.values.begin(), block.values.end(), real(0));
  trainer.optimizer->resume(0);
} catch (const std::bad_alloc&) {
  no_memory_for("a restart");
}

void Trainer::set_optimizer(std::unique_ptr<Optimizer> optimizer) {
  const InUse::Hold hold = impl().hold();
  impl().check_idle("set_optimizer");
  if (!optimizer) throw Error("set_optimizer: no optimizer", "Adam()");
  optimizer->check_belongs(impl().weights);
  impl().schedule_from = optimizer->steps();
  impl().optimizer = std::move(optimizer);
}

std::string Trainer::summary() const {
  std::string text = impl().graph.summary();
  for (std::size_t i = 0; i < impl().losses.size(); ++i) text += "loss " + impl().losses[i].describe().str() + '\n';
  const TrainerOptions& t = impl().options;
  return text + "optimizer " + impl().optimizer->describe().str() +
         fmt::format("\nbatch {}{}{}, seed {}, {} thread{}\n", t.batch, t.accumulate > 1 ? fmt::format(" x {}", t.accumulate) : "",
                     t.drop_last ? " (a short last one dropped)" : "", t.seed, impl().pool->count(),
                     impl().pool->count() == 1 ? "" : "s");
}

}  // namespace cambium
