#include "cambium/framework/training/predictor.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/parts/predicting.h"
#include "cambium/framework/training/softmax_cross_entropy.h"

namespace cambium {
namespace {

// Guards what predictors share out: a few pointers for each call. One for all of them, because fork has to hold it: a child in
// which it is locked, by a thread that the child has not, would wait for ever.
std::mutex& shelf() {
  static std::mutex& mutex = *[] {
    static std::mutex made;
    pthread_atfork([] { made.lock(); }, [] { made.unlock(); }, [] { made.unlock(); });
    return &made;
  }();
  return mutex;
}

}  // namespace

void check_prediction_inputs(const Graph& graph, std::span<const ConstView> inputs) {
  const std::vector<int> taken = graph.inputs();
  if (inputs.size() != taken.size())
    throw Error(
        fmt::format("predict: {} input{} for a model that takes {}", inputs.size(), inputs.size() == 1 ? "" : "s", taken.size()),
        "predict({first, second}), a view for each input of the model, in order");
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const Graph::Entry& entry = graph.entries()[as_size(taken[i])];
    if (!inputs[i].data || inputs[i].batch < 1) throw Error("predict: the input holds no samples", "a view of at least one sample");
    if (inputs[i].shape != entry.shape)
      throw Error(fmt::format("predict: the input has samples of {}, and the model's {} takes {}", inputs[i].shape.str(),
                              entry.name, entry.shape.str()),
                  "samples of that shape, or a model that is built for " + inputs[i].shape.str());
    if (inputs[i].batch != inputs[0].batch)
      throw Error(fmt::format("predict: input {} has {} samples, and input 0 has {}", i, inputs[i].batch, inputs[0].batch),
                  "the same number in each");
  }
}

std::vector<std::vector<real>> all_outputs(Plan& plan, std::span<const ConstView> inputs) {
  std::vector<std::vector<real>> all(as_size(plan.outputs()));
  std::vector<ConstView> part(inputs.begin(), inputs.end());
  const int count = inputs[0].batch;
  for (int first = 0; first < count; first += plan.batch()) {
    for (std::size_t i = 0; i < part.size(); ++i)
      part[i] = {inputs[i].row(first), inputs[i].shape, std::min(plan.batch(), count - first)};
    plan.forward(part);
    for (int k = 0; k < plan.outputs(); ++k) {
      const ConstView y = plan.output(k);
      std::vector<real>& to = all[as_size(k)];
      if (first == 0) to.reserve(as_size(count) * as_size(y.shape.size()));
      to.insert(to.end(), y.begin(), y.end());
    }
  }
  return all;
}

void append_labels(const Loss& loss, const ConstView& y, std::vector<int>& labels) {
  const int positions = loss.label_shape(y.shape).size();
  for (int i = 0; i < y.batch; ++i)
    for (int p = 0; p < positions; ++p) labels.push_back(loss.label_at(y.row(i), y.shape, p));
}

struct Predictor::Impl {
  using Values = std::shared_ptr<const Weights::Snapshot>;
  // What one call needs for itself.
  struct Seat {
    Weights weights;
    Plan plan;
    Values values;  // that the weights hold
    Seat(const Graph& graph, const PredictorOptions& o)
        : weights(graph), plan(graph, weights, {.batch = o.batch, .mode = Mode::evaluate, .threads = o.threads, .fold = o.fold}) {}
  };
  // A seat from the shelf, or a new one, for as long as it lives.
  class Taken {
   public:
    explicit Taken(Impl& of);
    ~Taken() {
      const std::lock_guard lock(shelf());
      of_.free.push_back(std::move(seat_));  // there is room: see the constructor
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    Plan& plan() { return seat_->plan; }

   private:
    Impl& of_;
    std::unique_ptr<Seat> seat_;
  };

  const Graph graph;
  const PredictorOptions options;
  // The shelf's lock guards these.
  Values newest;
  std::vector<std::unique_ptr<Seat>> free;
  std::size_t seats = 0;
};

Predictor::Impl::Taken::Taken(Impl& of) : of_(of) {
  Values values;
  {
    const std::lock_guard lock(shelf());
    values = of.newest;
    if (!of.free.empty()) seat_ = std::move(of.free.back()), of.free.pop_back();
  }
  if (!seat_) {
    seat_ = std::make_unique<Seat>(of.graph, of.options);
    const std::lock_guard lock(shelf());
    of.free.reserve(++of.seats);
  }
  if (seat_->values != values) seat_->weights.restore(*values);
  seat_->values = std::move(values);
}

Predictor::Predictor(const Graph& graph, const Weights& weights, const PredictorOptions& options) try
    : impl_(std::make_shared<Impl>(Impl{graph, options, nullptr, {}, 0})) {
  update(weights);
  Impl::Taken now(*impl_);  // whatever is wrong with graph or options is said here
} catch (const std::bad_alloc&) {
  no_memory_for("a predictor");
}

void Predictor::update(const Weights& weights) const try {
  weights.check_model(impl_->graph);
  auto values = std::make_shared<const Weights::Snapshot>(weights.snapshot());
  const std::lock_guard lock(shelf());
  impl_->newest.swap(values);  // the old ones go after the lock, with the last call that uses them
} catch (const std::bad_alloc&) {
  no_memory_for("the weights of a predictor", weights.bytes());
}

std::vector<std::vector<real>> Predictor::predict_all(std::span<const ConstView> inputs) const try {
  check_prediction_inputs(impl_->graph, inputs);
  return all_outputs(Impl::Taken(*impl_).plan(), inputs);
} catch (const std::bad_alloc&) {
  no_memory_for("predictions", 0, "fewer samples in a call");
}

std::vector<real> Predictor::predict(std::span<const ConstView> inputs) const { return std::move(predict_all(inputs)[0]); }

std::vector<int> Predictor::predict_labels(std::span<const ConstView> inputs) const try {
  const Graph& graph = impl_->graph;
  const Shape& shape = graph.entries()[as_size(graph.outputs()[0])].shape;
  if (shape.channels() < 2)
    throw Error("predict_labels: an output of " + shape.str() + " names no class", "predict, and a threshold of your own");
  const std::vector<real> values = predict(inputs);
  std::vector<int> labels;
  append_labels(SoftmaxCrossEntropy(), {values.data(), shape, inputs[0].batch}, labels);
  return labels;
} catch (const std::bad_alloc&) {
  no_memory_for("labels", 0, "fewer samples in a call");
}

}  // namespace cambium
