// Several plans on the same weights: whose statistics count, and which parameters a step moves.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/cambium.h"

namespace cambium {
namespace {

using Values = std::vector<real>;

// (batch, 2), around (0.5, -3).
Values samples(std::uint64_t seed, int batch) {
  Values x;
  for (int i = 0; i < 2 * batch; ++i)
    x.push_back(static_cast<real>((i % 2 == 0 ? 0.5 : -3) + Random(seed).normal(static_cast<std::uint64_t>(i))));
  return x;
}

// A plan on shared weights with a batch of its own in each step.
struct Side {
  Plan plan;
  std::uint64_t seed;
  int batch;
  Values x{};

  void forward(int step) {
    x = samples(seed + static_cast<std::uint64_t>(step), batch);
    plan.forward({x.data(), Shape(2), batch});
  }
  void backward(Weights& weights, real slope = 1) {
    for (real& g : plan.output_gradient()) g = slope;
    plan.backward();
    weights.mark_gradients_used();
  }
};

Side side(const Graph& graph, Weights& weights, std::uint64_t seed, int batch, Mode mode = Mode::train) {
  return {Plan(graph, weights, {.batch = batch, .mode = mode}), seed, batch};
}

// f and b: forward and backward of the first plan; F and B: of the second; r: all gradients count as used.
std::vector<double> state_after(const Graph& graph, const std::string& order, int steps) {
  Weights weights(graph, 3);
  Side first = side(graph, weights, 10, 4), second = side(graph, weights, 500, 6);
  for (int step = 0; step < steps; ++step) {
    for (const char c : order) {
      if (c == 'f') first.forward(step);
      if (c == 'F') second.forward(step);
      if (c == 'b') first.backward(weights);
      if (c == 'B') second.backward(weights, real(-0.5));
    }
  }
  return {weights.state_block().begin(), weights.state_block().end()};
}

}  // namespace

TEST_CASE("two plans on the same weights: the statistics of both count, in whatever order their passes come") {
  const std::vector<Graph> nets = {Sequential(Shape(2), BatchNorm(), Dense(1)),
                                   Sequential(Shape(2), BatchNorm(for_input), Dense(1)),
                                   Sequential(Shape(2), BatchRenorm(), Dense(1)), Sequential(Shape(2), RangeNorm(), Dense(1)),
                                   Sequential(Shape(2), Dense(2), OnlineNorm(), Dense(1))};
  for (const Graph& net : nets) {
    INFO(net.summary());
    const bool online = net.entries().size() == 4;
    const std::vector<double> expected = state_after(net, "fbFB", 8);
    CHECK(state_after(net, "fFbB", 8) == expected);
    if (!online) CHECK(state_after(net, "fFBb", 8) == expected);  // its controllers go another way, and are looked at below
    CHECK(state_after(net, "fb", 8) != expected);
  }
}

TEST_CASE("two plans on the same weights: online norm counts every sample, and its controllers move with both") {
  const Sequential net(Shape(2), Dense(2), OnlineNorm(), Dense(1));
  std::vector<double> means;
  for (const char* order : {"fbFB", "fFbB", "fFBb"}) {
    INFO(order);
    Weights weights(net, 3);
    Side first = side(net, weights, 10, 4), second = side(net, weights, 500, 6);
    std::vector<double> controllers[3];
    const auto values = [&](const char* name) {
      const std::span<const double> s = std::as_const(weights).state(name);
      return std::vector<double>(s.begin(), s.end());
    };
    const auto u = [&] { return values("online_norm_1.u"); };
    for (int step = 0; step < 8; ++step) {
      controllers[0] = u();
      const bool second_first = std::string(order) == "fFBb";
      if (std::string(order) == "fbFB") {
        first.forward(step), first.backward(weights);
        controllers[1] = u();
        second.forward(step), second.backward(weights);
      } else {
        first.forward(step), second.forward(step);
        (second_first ? second : first).backward(weights);
        controllers[1] = u();
        (second_first ? first : second).backward(weights);
      }
      controllers[2] = u();
      if (step < 2) continue;  // too few samples
      CHECK(controllers[1] != controllers[0]);
      CHECK(controllers[2] != controllers[1]);
    }
    CHECK(weights.state("online_norm_1.count")[0] == 8 * 10);
    if (means.empty()) means = values("online_norm_1.mean");
    CHECK(values("online_norm_1.mean") == means);
  }
}

TEST_CASE("a siamese net knows the mean of all that it has seen") {
  const Sequential net(Shape(2), BatchNorm({.momentum = 0.5}), Dense(1));
  Weights weights(net, 3);
  Side low = side(net, weights, 10, 64), high = side(net, weights, 500, 64);
  for (int step = 0; step < 20; ++step) {
    low.forward(step), high.forward(step);
    low.backward(weights), high.backward(weights);
  }
  CHECK(std::abs(weights.state("batch_norm_1.running_mean")[0] - 0.5) < 0.3);
  CHECK(std::abs(weights.state("batch_norm_1.running_mean")[1] + 3) < 0.3);
}

TEST_CASE("what another plan drops, or may not count, does not stay in the state") {
  const Sequential net(Shape(2), BatchNorm(for_input), Dense(1));
  Weights weights(net, 3);
  Side first = side(net, weights, 10, 4), second = side(net, weights, 500, 6);
  first.forward(0), first.backward(weights, NAN);
  CHECK_FALSE(first.plan.finite());
  second.forward(0), second.backward(weights);
  CHECK(weights.state("batch_norm_1.num_batches_tracked")[0] == 1);

  Values bad = samples(1, 4);
  bad[0] = NAN;
  first.plan.forward({bad.data(), Shape(2), 4});
  second.forward(1);  // between the two passes of one that cannot count
  first.backward(weights);
  CHECK_FALSE(first.plan.finite());
  CHECK(first.plan.bad_state() == "batch_norm_1.running_mean");
  second.backward(weights);
  CHECK(second.plan.finite());
  CHECK(weights.state("batch_norm_1.num_batches_tracked")[0] == 2);
  CHECK(std::isfinite(weights.state("batch_norm_1.running_mean")[0]));
  first.forward(2), first.forward(3), first.backward(weights);  // the one before the last was dropped
  CHECK(weights.state("batch_norm_1.num_batches_tracked")[0] == 3);
}

TEST_CASE("a forward pass that is forgotten is none, for other plans too") {
  const Graph net(Sequential(Shape(2), Dense(2), OnlineNorm(), Dense(1)));
  Weights weights(net, 3);
  Side first = side(net, weights, 10, 4), second = side(net, weights, 500, 6);
  for (int step = 0; step < 8; ++step) {
    first.forward(step), first.plan.forget();
    second.forward(step), second.backward(weights, real(-0.5));
  }
  CHECK(std::vector<double>(weights.state_block().begin(), weights.state_block().end()) == state_after(net, "FB", 8));
  CHECK_THROWS_AS(first.plan.backward(), Error);
}

TEST_CASE("a plan that adapts between the passes of one that trains") {
  const Sequential net(Shape(2), Dense(2), OnlineNorm(), Dense(1));
  Weights weights(net, 3);
  Side trains = side(net, weights, 10, 4), adapts = side(net, weights, 500, 6, Mode::adapt);
  trains.forward(0);
  adapts.forward(0);
  trains.backward(weights);
  CHECK(weights.state("online_norm_1.count")[0] == 10);
}

TEST_CASE("a plan that is gone has no part in the state of the others") {
  const Sequential net(Shape(2), BatchNorm(for_input), Dense(1));
  Weights weights(net, 3);
  Side first = side(net, weights, 10, 4);
  {
    Side second = side(net, weights, 500, 6);
    second.forward(0);
  }
  Weights moved = std::move(weights);
  first.forward(0), first.backward(moved);
  CHECK(moved.state("batch_norm_1.num_batches_tracked")[0] == 1);
}

// ------------------------------------------------------------------------------------------------------ what a step moves

namespace {

Sequential three() { return Sequential(Shape(2), Named("a", Dense(3)), Named("b", Dense(3)), Named("c", Dense(2))); }

struct Taken {
  Values a, b, c;
  explicit Taken(const Weights& weights) : a(of(weights, "a")), b(of(weights, "b")), c(of(weights, "c")) {}
  static Values of(const Weights& weights, const std::string& layer) {
    const auto v = weights.value(layer + ".weight");
    return {v.begin(), v.end()};
  }
};

void pass(Plan& plan, const Values& x, const Shape& shape, Optimizer* optimizer = nullptr) {
  plan.forward({x.data(), shape, static_cast<int>(x.size()) / shape.size()});
  for (real& g : plan.output_gradient()) g = 1;
  plan.backward(optimizer);
}

TEST_CASE("state that is restored or begins again is what the next pass reads, whatever forward passes went nowhere before") {
  const Sequential net(Shape(2), BatchNorm({.momentum = 0.5}));
  const auto trained = [&](Weights& weights) {
    Plan plan(net, weights, {.batch = 8, .mode = Mode::train});
    Side other{std::move(plan), 40, 8};
    other.forward(0), other.backward(weights);
    return std::vector<double>(std::as_const(weights).state_block().begin(), std::as_const(weights).state_block().end());
  };
  Weights fresh(net, 5);
  const std::vector<double> expected = trained(fresh);

  Weights weights(net, 5);
  const Weights::Snapshot start = weights.snapshot();
  Side peeks = side(net, weights, 900, 8);
  for (const bool restores : {false, true}) {
    CAPTURE(restores);
    peeks.forward(1);  // and never back
    if (restores)
      weights.restore(start);
    else
      weights.restart(5);
    CHECK(trained(weights) == expected);
  }
}

TEST_CASE("after a pass that was not finite the next one starts anew, without an optimizer too") {
  const Sequential net(Shape(2), Dense(2));
  Weights weights(net, 1);
  Plan plan(net, weights, {.batch = 1, .mode = Mode::train});
  Sgd sgd({.rate = 0.1});
  Values x = {1, 2};
  const auto step = [&] {
    plan.forward({x.data(), Shape(2), 1});
    for (real& g : plan.output_gradient()) g = 1;
    plan.backward();
    if (plan.finite()) sgd.step(weights);
    return plan.finite();
  };
  CHECK(step());
  x[0] = std::numeric_limits<real>::quiet_NaN();
  CHECK_FALSE(step());
  x[0] = 1;
  CHECK(step());
  CHECK(weights.gradient("dense_1.weight")[0] == 1);
}

TEST_CASE("gradients written by hand move every parameter, whatever passes led to") {
  const Sequential net(Shape(2), Dense(2, {.bias = false}), Tanh(), Dense(2, {.bias = false}));
  Weights weights(net, 1);
  Plan head(net, weights, {.batch = 1, .mode = Mode::train, .stop = "tanh_1"});
  Sgd sgd({.rate = 1});
  pass(head, samples(1, 1), Shape(2));
  for (real& g : weights.gradient_block()) g = 1;
  weights.mark_gradients_used(false);
  const Values before(std::as_const(weights).block().begin(), std::as_const(weights).block().end());
  sgd.step(weights);
  for (const Range& range : weights.ranges())
    for (std::size_t i = 0; i < range.size; ++i) CHECK(range.weight[i] == before[range.offset + i] - 1);
}

TEST_CASE("adam: a parameter that joins late takes first steps of the length of the rate") {
  const Sequential net(Shape(1), Dense(1, {.bias = false}), Dense(1, {.bias = false}));
  Weights weights(net, 1);
  Plan late(net, weights, {.batch = 1, .mode = Mode::train});
  Plan early(net, weights, {.batch = 1, .mode = Mode::train, .start = "dense_2"});
  Adam adam({.rate = 1e-3});
  const real one = 1;
  const auto step = [&](Plan& plan) {
    plan.forward({&one, Shape(1), 1});
    plan.output_gradient().data[0] = 1;
    plan.backward();
    adam.step(weights);
  };
  for (int i = 0; i < 2000; ++i) step(early);
  // The gradient of the first weight is the second one, which moves: but its sign stays, and the first step is the rate.
  const real before = weights.value("dense_1.weight")[0];
  step(late);
  CHECK(std::fabs(static_cast<double>(weights.value("dense_1.weight")[0] - before)) == doctest::Approx(1e-3).epsilon(1e-3));
}

}  // namespace

TEST_CASE("parameters without a gradient in this step stay, and so do their moments") {
  for (const bool inside : {false, true})
    for (const double clip : {0.0, 0.5}) {
      const Graph net = three();
      Weights weights(net, 3);
      Plan whole(net, weights, {.batch = 2, .mode = Mode::train}),
          part(net, weights, {.batch = 2, .mode = Mode::train, .stop = "b"});
      Adam adam({.rate = 0.1, .weight_decay = 0.1, .clip_norm = clip});
      Sgd sgd({.rate = 0.1, .momentum = 0.9, .weight_decay = 0.1, .clip_norm = clip});
      for (Optimizer* optimizer : {static_cast<Optimizer*>(&adam), static_cast<Optimizer*>(&sgd)}) {
        const auto step = [&](Plan& plan) {
          pass(plan, samples(1, 2), Shape(2), inside ? optimizer : nullptr);
          if (!inside) optimizer->step(weights);
        };
        step(whole);
        const Taken before(weights);
        std::vector<Values> moments;
        const std::size_t at_c = weights.ranges()[4].offset;
        const auto of_c = [&] {
          std::vector<Values> found;
          for (const Optimizer::Block& block : optimizer->blocks())
            found.emplace_back(block.values.begin() + static_cast<std::ptrdiff_t>(at_c), block.values.end());
          return found;
        };
        moments = of_c();
        step(part), step(part);
        const Taken after(weights);
        CHECK(after.a != before.a);
        CHECK(after.b != before.b);
        CHECK(after.c == before.c);
        CHECK(of_c() == moments);
        step(whole);
        CHECK(Taken(weights).c != before.c);
      }
    }
}

TEST_CASE("accumulation over plans that each cover a part moves what any of them has led to") {
  const Graph net = three();
  for (const bool inside : {false, true}) {
    Weights weights(net, 3);
    Plan front(net, weights, {.batch = 2, .mode = Mode::train, .stop = "a"}),
        back(net, weights, {.batch = 2, .mode = Mode::train, .start = "c"});
    Sgd sgd({.rate = 0.1, .momentum = 0.9, .weight_decay = 0.1});
    const Taken before(weights);
    pass(front, samples(1, 2), Shape(2));
    CHECK(weights.ranges()[0].has_gradient);
    CHECK_FALSE(weights.ranges()[2].has_gradient);
    pass(back, samples(2, 3), Shape(3), inside ? &sgd : nullptr);
    if (!inside) sgd.step(weights);
    const Taken after(weights);
    CHECK(after.a != before.a);
    CHECK(after.b == before.b);
    CHECK(after.c != before.c);
    pass(front, samples(1, 2), Shape(2), &sgd);
    CHECK(Taken(weights).c == after.c);
  }
}

TEST_CASE("gradients that a step has used up on the way are not handed out") {
  const Graph net = three();
  Weights weights(net, 3);
  Plan plan(net, weights, {.batch = 2, .mode = Mode::train}),
      keeps(net, weights, {.batch = 2, .mode = Mode::train, .retain_gradients = true});
  Sgd sgd({.rate = 0.01});
  pass(plan, samples(1, 2), Shape(2));
  CHECK(weights.gradient("c.bias")[0] == 2);
  sgd.step(weights);
  CHECK(weights.gradient("c.bias")[0] == 2);  // of that step
  pass(plan, samples(1, 2), Shape(2), &sgd);
  CHECK_THROWS_WITH_AS(static_cast<void>(weights.gradient("c.bias")), doctest::Contains(".retain_gradients = true"), Error);
  CHECK_THROWS_WITH_AS(sgd.step(weights), doctest::Contains("step: the step that backward(&optimizer) took"), Error);
  pass(keeps, samples(1, 2), Shape(2), &sgd);
  CHECK(weights.gradient("c.bias")[0] == 2);
  pass(plan, samples(1, 2), Shape(2)), pass(plan, samples(1, 2), Shape(2), &sgd);
  CHECK(weights.gradient("c.bias")[0] == 4);  // added to, and so there
}

TEST_CASE("a callback reads the gradients of its step when fit retains them") {
  Values x = samples(1, 24);
  std::vector<int> labels;
  for (int i = 0; i < 24; ++i) labels.push_back(i % 2);
  const MemoryDataset data(Shape(2), x, labels, 2);
  for (const bool clips : {false, true}) {
    Trainer trainer(three(), SoftmaxCrossEntropy(), Sgd({.rate = 0.1, .clip_norm = clips ? 1000.0 : 0.0}),
                    {.batch = 8, .threads = 1});
    std::vector<Values> before{Taken(trainer.weights()).c}, gradients;
    FitOptions options{.retain_gradients = true, .on_step = [&](StepReport&) {
                         const auto g = trainer.weights().gradient("c.weight");
                         gradients.emplace_back(g.begin(), g.end());
                         before.push_back(Taken(trainer.weights()).c);
                       }};
    trainer.fit(data, options);
    REQUIRE(gradients.size() == 3);
    for (std::size_t step = 0; step < 3; ++step)
      for (std::size_t i = 0; i < gradients[step].size(); ++i)
        CHECK(static_cast<double>(before[step][i] - before[step + 1][i]) ==
              doctest::Approx(0.1 * static_cast<double>(gradients[step][i])).epsilon(1e-3));
    if (clips) continue;
    options.retain_gradients = false;
    CHECK_THROWS_WITH_AS(trainer.fit(data, options), doctest::Contains(".retain_gradients = true, in PlanOptions or FitOptions"),
                         Error);
  }
}

}  // namespace cambium
