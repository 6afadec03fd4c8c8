// Folding for inference: what becomes one pass, that nothing but rounding changes, and when it is done anew.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/cambium.h"
#include "cambium/framework/planning/build_timetable.h"
#include "tests/data/temp_folder.h"
#include "tests/support/count_allocations.h"
#include "tests/support/random_graph.h"

using namespace cambium;

namespace {

constexpr double tolerance = sizeof(real) == 4 ? 1e-5 : 1e-12;

std::vector<std::string> passes_of(const Graph& graph, PlanOptions options = {}) {
  options.fold = true;
  Weights weights(graph);
  std::vector<std::string> names;
  for (const ScheduledOp& pass : make_timetable(graph, weights, options, best_isa()).ops)
    names.push_back(pass.name + (pass.folded ? ", folded" : ""));
  return names;
}

using Names = std::vector<std::string>;

// Statistics of order 1, as if there had been a training of five samples.
void shake_state(Weights& weights, std::uint64_t seed) {
  const Random random(seed);
  std::uint64_t drawn = 0;
  for (const Weights::StateTensor& tensor : weights.state_tensors())
    for (double& value : weights.state(tensor.name)) {
      const double normal = random.normal(drawn++);
      value = tensor.name.ends_with(".count") ? 5 : tensor.name.find("var") != std::string::npos ? 0.1 + std::exp(normal) : normal;
    }
}

void train_a_few_steps(RandomCase& c, int batch, int steps) {
  Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train});
  Adam adam({.rate = 1e-2});
  for (int step = 0; step < steps; ++step) {
    const MadeBatch data(c.graph, batch, 70 + static_cast<std::uint64_t>(step));
    plan.forward(data.inputs), c.loss.evaluate(plan), plan.backward(&adam);
    REQUIRE(plan.finite());
  }
}

// Of all outputs, relative to the largest value of each. NaN counts as infinitely far.
double difference(Plan& a, Plan& b, std::span<const ConstView> x) {
  a.forward(x), b.forward(x);
  double worst = 0;
  for (int i = 0; i < a.outputs(); ++i) {
    double apart = 0, largest = 0;
    for (std::size_t k = 0; k < a.output(i).size(); ++k) {
      const auto p = static_cast<double>(a.output(i).data[k]), q = static_cast<double>(b.output(i).data[k]);
      apart = std::isfinite(p) && std::isfinite(q) ? std::max(apart, std::fabs(p - q)) : HUGE_VAL;
      largest = std::max(largest, std::fabs(p));
    }
    worst = std::max(worst, largest > 0 ? apart / largest : apart);
  }
  return worst;
}

double folded_apart(RandomCase& c, int batch) {
  Plan plain(c.graph, c.weights, {.batch = batch}), folded(c.graph, c.weights, {.batch = batch, .fold = true});
  return difference(plain, folded, c.data.inputs);
}

struct Folds {
  Sequential net;
  Names passes;
};

}  // namespace

TEST_CASE("fold: a linear layer takes in the normalization and the channel map behind it, and the result is the same") {
  const Shape image{3, 7, 5};
  for (const Folds& folds : {
           Folds{Sequential(image, Conv2d(4), BatchNorm(), Affine()), {"conv2d_1 + batch_norm_1 + affine_1, folded"}},
           Folds{Sequential(image, Conv2d(4, {.bias = false}), BatchNorm(), Affine({.beta = false}), Relu()),
                 {"conv2d_1 + batch_norm_1 + affine_1, folded", "relu_1"}},
           Folds{Sequential(image, Conv2d(4, {.kernel = {3, 2}, .stride = 2, .pad = 1, .bias = false}), OnlineNorm(),
                            Affine({.gamma = false})),
                 {"conv2d_1 + online_norm_1 + affine_1, folded"}},
           Folds{Sequential(image, Conv2d(4), BatchNorm(), Relu()), {"conv2d_1 + batch_norm_1, folded", "relu_1"}},
           Folds{Sequential(image, Conv2d(1, {.bias = false}), BatchNorm(for_input)), {"conv2d_1", "batch_norm_1"}},  // no map
           Folds{Sequential(image, Conv2d(4, {.bias = false}), Affine()), {"conv2d_1 + affine_1, folded"}},
           Folds{Sequential(Shape{6}, Dense(5), OnlineNorm(), Affine(), Tanh(), Dense(3, {.bias = false}), Affine()),
                 {"dense_1 + online_norm_1 + affine_1, folded", "tanh_1", "dense_2 + affine_2, folded"}},
           Folds{Sequential(Shape{6}, Dense(5, {.bias = false}), BatchNorm({.per = Per::element}), Affine({.per = Per::element})),
                 {"dense_1 + batch_norm_1, folded", "affine_1"}},  // a map per element says that it is Opaque
           Folds{Sequential(Shape{6}, Dense(5), Affine(), BatchNorm(), Affine(), Dense(4), Dense(3), BatchNorm(), BatchNorm()),
                 {"dense_1 + affine_1, folded", "batch_norm_1 + affine_2", "dense_2", "dense_3 + batch_norm_2, folded",
                  "batch_norm_3"}},
       }) {
    INFO(folds.passes[0]);
    CHECK(passes_of(folds.net) == folds.passes);
    RandomCase c(static_cast<Graph>(folds.net), 3, 6);
    shake_state(c.weights, 4);
    CHECK(folded_apart(c, 6) <= tolerance);
  }
}

TEST_CASE("fold: what has another number of channels, nothing before it, or somebody looking on is left alone") {
  const Shape image{3, 7, 5};
  CHECK(passes_of(Sequential(image, Conv2d(4), BatchNorm({.per = Per::element}))) == Names{"conv2d_1", "batch_norm_1"});
  CHECK(passes_of(Sequential(image, BatchNorm(), Affine(), Conv2d(4))) == Names{"batch_norm_1 + affine_1", "conv2d_1"});
  CHECK(passes_of(Sequential(image, Conv2d(4), Flatten(), BatchNorm())) == Names{"conv2d_1", "flatten_1", "batch_norm_1"});
  CHECK(passes_of(Sequential(image, Conv2d(4), Relu(), BatchNorm())) == Names{"conv2d_1", "relu_1", "batch_norm_1"});

  const Sequential net(image, Conv2d(4), BatchNorm(), Affine());
  CHECK(passes_of(net, {.observe = {"conv2d_1"}}) == Names{"conv2d_1", "batch_norm_1 + affine_1"});
  CHECK(passes_of(net, {.observe = {"batch_norm_1"}}) == Names{"conv2d_1", "batch_norm_1", "affine_1"});
  CHECK(passes_of(net, {.observe = {"affine_1"}}) == Names{"conv2d_1 + batch_norm_1, folded", "affine_1"});
  CHECK(passes_of(net, {.start = "batch_norm_1"}) == Names{"batch_norm_1 + affine_1"});
  CHECK(passes_of(net, {.stop = "batch_norm_1"}) == Names{"conv2d_1 + batch_norm_1, folded"});
  CHECK(passes_of(net, {.fuse = false}) == Names{"conv2d_1 + batch_norm_1 + affine_1, folded"});

  Graph two(image);
  const Node conv = two.then(Node{0}, Conv2d(4));
  two.join(Add(), {two.then(conv, BatchNorm()), conv});
  CHECK(passes_of(two) == Names{"conv2d_1", "batch_norm_1", "add_1"});

  Graph inside(image);
  const Node x = inside.then(Node{0}, Conv2d(4)), y = inside.then(x, BatchNorm());
  inside.output(y), inside.output(x);
  CHECK(passes_of(inside) == Names{"conv2d_1", "batch_norm_1"});
}

TEST_CASE("fold: models after some training, with running statistics, give the same but for rounding") {
  for (const char* name : {"conv_bn", "online_conv", "online_mlp", "residual"}) {
    INFO(name);
    RandomCase c(models::recipe(name).model(Shape{1, 14, 14}, 5), 2, 8);
    train_a_few_steps(c, 8, 4);
    Plan plain(c.graph, c.weights, {.batch = 8}), folded(c.graph, c.weights, {.batch = 8, .fold = true});
    CHECK(folded.summary().find("folded") != std::string::npos);
    CHECK(plain.summary().find("folded") == std::string::npos);
    const double apart = difference(plain, folded, c.data.inputs);
    MESSAGE(std::string(name), ": ", apart);
    CHECK(apart <= tolerance);
    const MadeBatch few(c.graph, 3, 9);
    CHECK(difference(plain, folded, few.inputs) <= tolerance);
  }
}

TEST_CASE("fold: any normalizer with running statistics is folded, and none that looks at each sample") {
  const auto net = [](const Item& norm) { return Sequential(Shape{2, 6, 5}, Conv2d(4, {.bias = false}), norm, Affine(), Tanh()); };
  for (const Item& norm : {Item(BatchNorm()), Item(BatchRenorm()), Item(StreamingNorm()), Item(OnlineNorm())}) {
    INFO(norm.layer->describe().kind);
    CHECK(passes_of(net(norm)).size() == 2);
    RandomCase c(static_cast<Graph>(net(norm)), 2, 6);
    train_a_few_steps(c, 6, 5);
    CHECK(folded_apart(c, 6) <= tolerance);
  }
  for (const Item& norm : {Item(LayerNorm()), Item(GroupNorm(2)), Item(InstanceNorm()), Item(LayerScaling())}) {
    INFO(norm.layer->describe().kind);
    CHECK(passes_of(net(norm))[0] == "conv2d_1");
    RandomCase c(static_cast<Graph>(net(norm)), 2, 6);
    CHECK(folded_apart(c, 6) <= tolerance);
  }
}

TEST_CASE("fold: random graphs give the same but for rounding") {
  int folded = 0;
  double worst = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 6);
    shake_state(c.weights, seed);
    const Names passes = passes_of(c.graph, {.batch = 6});
    folded += std::any_of(passes.begin(), passes.end(), [](const auto& p) { return p.find(", folded") != std::string::npos; });
    const double apart = folded_apart(c, 6);
    CHECK(apart <= tolerance);
    worst = std::max(worst, apart);
  }
  MESSAGE(folded, " of 300 graphs folded; largest difference: ", worst);
  CHECK(folded > 30);
}

TEST_CASE("fold: the passes are folded anew whenever weights or state have moved") {
  const Sequential net(Shape{2, 6, 5}, Conv2d(3, {.bias = false}), BatchNorm(), Affine(), Relu(), Flatten(), Dense(4), OnlineNorm(),
                       Affine(), Dense(3));
  RandomCase c(static_cast<Graph>(net), 2, 6);
  Plan plain(c.graph, c.weights, {.batch = 6}), folded(c.graph, c.weights, {.batch = 6, .fold = true});
  Plan train(c.graph, c.weights, {.batch = 6, .mode = Mode::train}), adapt(c.graph, c.weights, {.batch = 6, .mode = Mode::adapt});
  Adam adam({.rate = 0.05});
  std::vector<real> before;
  const auto follows = [&](const char* what) {
    INFO(what);
    CHECK(difference(plain, folded, c.data.inputs) <= tolerance);
    const std::vector<real> now(folded.output().begin(), folded.output().end());
    CHECK(now != before);
    before = now;
  };
  const auto step = [&](Optimizer* inside) { train.forward(c.data.inputs), c.loss.evaluate(train), train.backward(inside); };
  follows("at first");
  const Weights::Snapshot start = c.weights.snapshot();
  for (int i = 0; i < 3; ++i) step(&adam), follows("a step inside the backward pass");
  step(nullptr), follows("statistics alone");
  adam.step(c.weights), follows("a step alone");
  adapt.forward(c.data.inputs), follows("statistics that adapt");
  c.weights.restore(start), follows("a snapshot");
  c.weights.value("affine_1.gamma")[1] = 2, follows("a value");
  c.weights.state("batch_norm_1.running_mean")[0] = 1, follows("a state");
  c.weights.block()[0] += 1, follows("the block of values");
  for (double& s : c.weights.state_block()) s += 1;
  follows("the block of state");
  const cambium_tests::TempFolder folder;
  save_weights(c.weights, folder.file("weights.safetensors"));
  c.weights.restore(start), follows("a snapshot again");
  load_weights(c.weights, folder.file("weights.safetensors")), follows("a file");
}

TEST_CASE("weights: the counter of changes goes up with what may move the values, and with nothing else") {
  RandomCase c(static_cast<Graph>(Sequential(Shape{3}, Dense(4), BatchNorm(), Dense(2))), 2, 6);
  Weights& weights = c.weights;
  Plan evaluate(c.graph, weights, {.batch = 6}), train(c.graph, weights, {.batch = 6, .mode = Mode::train});
  std::uint64_t last = weights.changes();
  const auto moved = [&] {
    const std::uint64_t before = std::exchange(last, weights.changes());
    return last != before;
  };
  const Weights& read = weights;
  static_cast<void>(read.block()), static_cast<void>(read.state_block()), static_cast<void>(weights.gradient_block());
  static_cast<void>(read.value("dense_1.weight")), static_cast<void>(read.state("batch_norm_1.running_mean"));
  const Weights::Snapshot snapshot = weights.snapshot();
  evaluate.forward(c.data.inputs), train.forward(c.data.inputs), c.loss.evaluate(train);
  CHECK(!moved());
  train.backward();
  CHECK(moved());
  static_cast<void>(weights.value("dense_1.weight"));
  CHECK(moved());
  static_cast<void>(weights.state("batch_norm_1.running_mean"));
  CHECK(moved());
  static_cast<void>(weights.block());
  CHECK(moved());
  static_cast<void>(weights.state_block());
  CHECK(moved());
  weights.restore(snapshot);
  CHECK(moved());
  weights.set_version(3);
  CHECK(moved());

  // A span that was asked for earlier is written behind its back: not seen until somebody says so.
  Plan folded(c.graph, weights, {.batch = 6, .fold = true});
  const std::span<real> early = weights.value("dense_1.weight");
  folded.forward(c.data.inputs);
  early[0] += 1;
  CHECK(difference(evaluate, folded, c.data.inputs) > 1e-3);
  weights.mark_changed();
  CHECK(difference(evaluate, folded, c.data.inputs) <= tolerance);
}

TEST_CASE("fold: weights, state and their file stay as they are") {
  RandomCase c(models::recipe("conv_bn").model(Shape{1, 14, 14}, 5), 2, 8);
  train_a_few_steps(c, 8, 2);
  const cambium_tests::TempFolder folder;
  save_weights(c.weights, folder.file("before"));
  const Weights::Snapshot before = c.weights.snapshot();
  Plan folded(c.graph, c.weights, {.batch = 8, .fold = true});
  folded.forward(c.data.inputs);
  save_weights(c.weights, folder.file("after"));
  CHECK(cambium_tests::read_bytes(folder.file("before")) == cambium_tests::read_bytes(folder.file("after")));
  CHECK(c.weights.snapshot().values == before.values);
  CHECK(c.weights.snapshot().state == before.state);
}

TEST_CASE("threads: a folded pass has the same bits for any number of threads, and takes no memory when it is folded anew") {
  const Sequential net(Shape{8, 24, 24}, Conv2d(16, {.bias = false}), BatchNorm(), Affine(), Relu(), Flatten(), Dense(32),
                       OnlineNorm(), Affine());
  RandomCase c(static_cast<Graph>(net), 2, 16);
  shake_state(c.weights, 3);
  std::vector<real> one;
  for (int threads : {1, 2, 3, 8}) {
    Plan plan(c.graph, c.weights, {.batch = 16, .threads = threads, .fold = true});
    plan.forward(c.data.inputs);
    const cambium_tests::AllocationCount count;
    plan.forward(c.data.inputs);
    c.weights.mark_changed();
    plan.forward(c.data.inputs);
    CHECK(count.since() == 0);
    std::vector<real> y(plan.output().begin(), plan.output().end());
    if (one.empty()) one = y;
    CHECK(y == one);
  }
}

TEST_CASE("fold: a channel that never varied stays finite") {
  for (const Sequential& net :
       {Sequential(Shape{2, 6, 5}, Conv2d(3), BatchNorm(), Affine()), Sequential(Shape{2, 6, 5}, Conv2d(3), OnlineNorm(), Affine()),
        Sequential(Shape{2, 6, 5}, Conv2d(3), BatchNorm(for_input)),
        Sequential(Shape{2, 6, 5}, Conv2d(3), OnlineNorm(for_input))}) {
    RandomCase c(static_cast<Graph>(net), 2, 6);
    for (const Weights::StateTensor& tensor : c.weights.state_tensors())
      if (tensor.name.find("var") != std::string::npos) c.weights.state(tensor.name)[1] = 0;
    const auto dead = c.weights.value("conv2d_1.weight").subspan(18, 18);
    std::fill(dead.begin(), dead.end(), real(0));
    c.weights.value("conv2d_1.bias")[1] = 0;
    CHECK(folded_apart(c, 6) <= tolerance);
  }
}

TEST_CASE("fold: a large offset costs digits that the exact form keeps") {
  const Sequential net(Shape{1}, Dense(1, {.bias = false, .init = init::ones()}), BatchNorm());
  Weights weights(net);
  weights.state("batch_norm_1.running_mean")[0] = static_cast<double>(real(200.7));
  Plan plain(net, weights, {}), folded(net, weights, {.fold = true});
  const real x = real(200.7);
  CHECK(*plain.forward({&x, Shape{1}, 1}).data == 0);
  const double left = std::fabs(static_cast<double>(*folded.forward({&x, Shape{1}, 1}).data));
  CHECK(left <= 200.7 * (sizeof(real) == 4 ? 1.2e-7 : 3e-16));
}

TEST_CASE("fold: refused where statistics move, or where there is a way back") {
  const Sequential net(Shape{3}, Dense(4), BatchNorm());
  Weights weights(net);
  const auto refused = [&](PlanOptions options, const char* text) {
    options.batch = 4, options.fold = true;
    CHECK_THROWS_WITH_AS(Plan(net, weights, options), doctest::Contains(text), Error);
  };
  refused({.mode = Mode::train},
          ".fold = true in train mode, and statistics that move cannot be folded; try .mode = Mode::evaluate");
  refused({.mode = Mode::adapt}, ".fold = true in adapt mode");
  refused({.backward = true}, ".fold = true with .backward = true, and a folded pass has no way back; try .fold = false");
}

TEST_CASE("fold: the summary of the plan shows it") {
  const Sequential net(Shape{3, 6, 6}, Conv2d(4), BatchNorm(), Affine(), Relu(), Flatten(), Dense(3));
  Weights weights(net);
  const std::string text = Plan(net, weights, {.batch = 4, .fold = true}).summary();
  const std::size_t at = text.find("conv2d_1 + batch_norm_1 + affine_1 ");
  REQUIRE(at != std::string::npos);
  CHECK(text.substr(at, text.find('\n', at) - at).find("folded") != std::string::npos);
  CHECK(text.find("4 ops for 6 layers") != std::string::npos);
}
