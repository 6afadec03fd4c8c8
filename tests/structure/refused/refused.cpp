// What must not compile, because it could not work: each line with `says:`, behind which stands what the compiler must show of the
// reason. Without REFUSED, what is left is how it is done instead, and compiles.
#include <memory>
#include <utility>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/files/safetensors.h"

using namespace cambium;

Sequential net() { return Sequential(Shape(2), Dense(3)); }
MemoryDataset set() { return MemoryDataset(Shape(2), std::vector<real>{1, 2, 3, 4}, {0, 2}, 3); }
Trainer make_trainer() { return Trainer(net(), SoftmaxCrossEntropy(), Sgd({.rate = 0.1}), {.batch = 1}); }

void owned_by_a_trainer() {
  Trainer trainer = make_trainer(), other = make_trainer();
#ifdef REFUSED
  trainer.weights() = Weights(net(), 9);                   // says: trainer.restart(seed)
  trainer.weights() = std::move(other.weights());          // says: trainer.restart(seed)
  std::swap(trainer.weights(), other.weights());           // says: swap
  trainer.optimizer() = Sgd({.rate = 0.5});                // says: trainer.set_optimizer(Sgd(
  auto sliced = trainer.optimizer();                       // says: abstract
  const Trainer copied = trainer;                          // says: Trainer(graph, losses, optimizer, options)
  Weights& gone_weights = make_trainer().weights();        // says: they would go with the trainer
  Optimizer& gone_optimizer = make_trainer().optimizer();  // says: it would go with the trainer
  const Graph& gone_graph = make_trainer().graph();        // says: it would go with the trainer
#endif
  trainer.restart(9);
  trainer.set_optimizer(Sgd({.rate = 0.5}));
  trainer.weights().restore(other.weights().snapshot());
  Weights& weights_of_it = trainer.weights();
  const Graph& graph_of_it = trainer.graph();
  trainer = std::move(other);
  static_cast<void>(weights_of_it), static_cast<void>(graph_of_it);
}

void owned_by_plans() {
  const Sequential model = net();
  Weights weights(model, 7), other(model, 8);
  Plan plan(model, weights, {.batch = 1});
  const std::vector<real> x = {1, 2};
  const ConstView sample{x.data(), Shape(2), 1};
#ifdef REFUSED
  Weights copied = weights;  // says: .copy() has numbers of its own, .share() has the same
  other = weights;           // says: = w.copy() or = w.share()
  Plan copied_plan = plan;   // says: Plan(graph, weights, options)
  const ConstView y = Plan(model, weights, {.batch = 1}).forward(sample);  // says: the outputs lie in the plan
  const Weights kept(model, 7);
  Plan trains(model, kept, {.batch = 1});  // says: const
#endif
  other = weights.copy();
  other = weights.share();
  Plan second(model, weights.share(), {.batch = 1});
  static_cast<void>(plan.forward(sample)), static_cast<void>(second.forward(sample));
}

void read_by_streams() {
  const MemoryDataset data = set();
#ifdef REFUSED
  Stream gone_set(set(), {.batch = 1});                                    // says: the set must outlive it
  for (const Batch& batch : set().stream(1, 7)) static_cast<void>(batch);  // says: the set must outlive it
  const FitOptions gone_options{.validate = &set()};                       // says: address
#endif
  Stream stream(data, {.batch = 1});
  for (const Batch& batch : data.stream(1, 7)) static_cast<void>(batch);
  const FitOptions options_of_it{.validate = &data};
  Trainer trainer = make_trainer();
  trainer.fit(set(), options_of_it);  // for the time of the call a temporary will do
}

void kept_by_files() {
#ifdef REFUSED
  for (const auto& tensor : SafetensorsFile::read("x").tensors()) static_cast<void>(tensor);  // says: give it a name
  const auto& gone_metadata = SafetensorsFile::read("x").metadata();                          // says: give it a name
  const auto& gone_tensor = SafetensorsFile::read("x").at("w");                               // says: give it a name
  const auto* gone_place = SafetensorsFile::read("x").find("w");                              // says: give it a name
#endif
  // What belongs to nothing else is handed over.
  const auto set_there = std::make_shared<MemoryDataset>(set());
  for (const std::int64_t row : head(set_there, 1).rows()) static_cast<void>(row);
  for (const Graph::Entry& entry : Graph(net()).entries()) static_cast<void>(entry);
}

int main() {
  kept_by_files();
  owned_by_a_trainer();
  owned_by_plans();
  read_by_streams();
}
