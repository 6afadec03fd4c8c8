// What is computed again on the way back: which values go, that nothing is kept for their sake, and that no bit shows it.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/planning/build_timetable.h"
#include "cambium/framework/planning/recompute.h"
#include "tests/support/odd_layers.h"
#include "tests/support/random_graph.h"
#include "tests/support/values.h"

using namespace cambium;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

void check_same(const StepValues& a, const StepValues& b) {
  for (std::size_t i = 0; i < a.outputs.size(); ++i) CHECK(same(a.outputs[i], b.outputs[i]));
  for (std::size_t i = 0; i < a.input_gradients.size(); ++i) CHECK(same(a.input_gradients[i], b.input_gradients[i]));
  CHECK(same(a.weight_gradients, b.weight_gradients));
  CHECK(a.state == b.state);
}

constexpr int channels = 8, side = 12;

Node normalized(Graph& g, Node x) { return g.then(x, Conv2d(channels, {.pad = 1, .bias = false}), BatchNorm(), Affine()); }

// A convolution, and blocks y = relu(norm(conv(relu(norm(conv(x))))) + x).
Graph blocks(int count) {
  Graph g;
  Node x = g.then(normalized(g, g.input(Shape{3, side, side})), Relu());
  for (; count > 0; --count) {
    const Node y = normalized(g, g.then(normalized(g, x), Relu()));
    x = g.then(g.join(Add(), {y, x}), Relu());
  }
  g.then(x, GlobalAvgPool(), Dense(3));
  return g;
}
// The relu at the end of each block.
std::vector<std::string> ends(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back("relu_" + std::to_string(2 * i + 1));
  return names;
}

// A quarter of x^2, the values of a sample from last to first, and noise: whatever a pass may look at shows in it.
class Parabola final : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    spec.reads_x = spec.recomputable = true;
    return spec;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const int n = pass.y.shape.size();
    for (int row = rows.begin; row < rows.end; ++row)
      for (int i = 0; i < n; ++i) {
        const real x = pass.x[0].row(row)[n - 1 - i];
        const double noise = pass.random.normal(at(row * n + i)) / (pass.batch + 2 * pass.x[0].batch + 4 * pass.y.batch);
        pass.y.row(row)[i] = x * x / 4 + static_cast<real>(noise);
      }
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    const int n = back.dy.shape.size();
    for (int row = rows.begin; row < rows.end; ++row) {
      const real* const x = back.x[0].row(row);
      real *const dx = back.dx[0].row(row), *const end = dx + n;
      std::reverse_copy(back.dy.row(row), back.dy.row(row) + n, dx);
      for (real* to = dx; to < end; ++to) *to *= x[to - dx] / 2;
    }
  }
  Description describe() const override { return {"parabola", {}}; }
};

// Mostly layers that may run again, with values of several readers, beside some that keep what they read, or what they made.
Graph drawn(std::uint64_t seed) {
  const Random random(seed);
  Graph g;
  std::vector<Node> nodes{g.input(Shape{4, 6, 6})};
  const auto any = [&](std::uint64_t k) {  // mostly one of the last
    return nodes[nodes.size() - 1 - random.below(k, std::min<std::size_t>(nodes.size(), 4))];
  };
  for (std::uint64_t k = 0; k < 14; ++k) {
    const Node x = any(3 * k), y = any(3 * k + 1);
    switch (random.below(3 * k + 2, 10)) {
      case 0:
      case 1: nodes.push_back(g.then(x, Conv2d(4, {.pad = 1}))); break;
      case 2: nodes.push_back(g.then(x, Square())); break;
      case 3: nodes.push_back(g.then(x, Parabola())); break;
      case 4: nodes.push_back(g.then(x, Relu())); break;
      case 5: nodes.push_back(g.join(Add(), {x, y})); break;
      case 6: nodes.push_back(g.join(Difference(), {x, y})); break;
      case 7: nodes.push_back(g.then(x, BatchNorm())); break;
      case 8: nodes.push_back(g.then(x, Parabola(), Parabola(), Parabola())); break;
      default: nodes.push_back(g.then(x, Tanh()));
    }
  }
  std::vector<Node> ends;
  for (const Node& node : nodes) ends.push_back(g.then(node, GlobalAvgPool(), Dense(2)));
  g.join(Add(), ends);
  return g;
}

Timetable timetable_of(const Graph& graph, PlanOptions options) {
  Weights weights(graph);
  options.mode = options.backward ? Mode::evaluate : Mode::train;
  return make_timetable(graph, weights, options, best_isa());
}

// The value of each chain's end, by the name of the pass that makes it, with the length of the chain.
std::vector<std::string> computed_again(const Timetable& timetable) {
  std::vector<std::string> names;
  for (const ScheduledTensor& x : timetable.tensors)
    if (!x.recompute.empty()) names.push_back(std::to_string(x.recompute.size()) + " " + timetable.ops[at(x.producer)].name);
  return names;
}
std::vector<std::string> again_in(const Graph& graph, PlanOptions options = {.batch = 16}) {
  return computed_again(timetable_of(graph, std::move(options)));
}
using Names = std::vector<std::string>;

// What every call of a chain reads was made before it in its chunk, or is still there.
void check_chains(const Timetable& timetable) {
  const int loss = static_cast<int>(timetable.stages.forward.size());
  std::size_t calls = 0;
  for (std::size_t stage = 0; stage < timetable.stages.backward.size(); ++stage) {
    const int now = loss + 1 + static_cast<int>(stage);
    std::vector<int> made;
    for (const Step& step : timetable.stages.backward[stage].calls) {
      if (step.recompute < 0) continue;
      const ScheduledRecompute& again = timetable.recomputes[at(step.recompute)];
      ++calls;
      CHECK(step.kind == CallKind::forward);
      CHECK(again.op == step.op);
      CHECK(timetable.ops[at(step.op)].spec.recomputable);
      for (int x : again.x) {
        if (x < 0) continue;
        const Buffer& buffer = timetable.buffers[at(x)];
        const bool made_here = std::find(made.begin(), made.end(), x) != made.end();
        CHECK((made_here ? buffer.first.stage == now : buffer.first.stage < loss && buffer.last.stage >= now));
      }
      CHECK(timetable.buffers[at(again.y)].local);
      made.push_back(again.y);
    }
  }
  CHECK(calls == timetable.recomputes.size());
}

// Whole images of the batch that wait for the way back while the loss is computed.
int images_kept(const Timetable& timetable, int batch) {
  const std::size_t image = at(batch) * channels * side * side * sizeof(real);
  const int loss = static_cast<int>(timetable.stages.forward.size());
  return static_cast<int>(std::count_if(timetable.buffers.begin(), timetable.buffers.end(), [&](const Buffer& b) {
    return b.bytes == image && b.first.stage < loss && b.last.stage > loss;
  }));
}

// A step after one on other data, whose values lie in the plan's memory and must not be read.
StepValues second_step(RandomCase& c, PlanOptions options) {
  options.mode = Mode::train, options.input_gradient = true;
  options.batch = std::max(options.batch, c.data.inputs[0].batch);
  Plan plan(c.graph, c.weights, options);
  const Weights::Snapshot before = c.weights.snapshot();
  const MadeBatch other(c.graph, plan.batch(), 77);
  plan.forward(other.inputs);
  for (int i = 0; i < plan.outputs(); ++i) std::fill(plan.output_gradient(i).begin(), plan.output_gradient(i).end(), real(0.01));
  plan.backward();
  c.weights.restore(before);
  return c.step(plan);
}

}  // namespace

TEST_CASE("of the ends of residual blocks every second one is computed again, and what that reads is kept anyway") {
  CHECK(again_in(blocks(4)) == Names{"1 batch_norm_1 + affine_1 + relu_1", "1 batch_norm_2 + affine_2 + relu_2", "4 relu_3",
                                     "1 batch_norm_4 + affine_4 + relu_4", "1 batch_norm_6 + affine_6 + relu_6", "3 relu_7",
                                     "1 batch_norm_8 + affine_8 + relu_8"});
  for (int count : {1, 2, 3, 4, 7}) {
    const Timetable timetable = timetable_of(blocks(count), {.batch = 16});
    check_chains(timetable);
    CHECK(images_kept(timetable, 16) == 1 + 2 * count + count / 2);  // what convolutions made, and every second end
    CHECK(images_kept(timetable_of(blocks(count), {.batch = 16, .observe = ends(count)}), 16) >= 1 + 3 * count);
  }
  const auto bytes = [](int count) {
    const Graph graph = blocks(count);
    Weights weights(graph);
    return Plan(graph, weights, {.batch = 64, .mode = Mode::train}).bytes();
  };
  const std::size_t image = 64 * channels * side * side * sizeof(real);
  CHECK(bytes(6) - bytes(4) >= 5 * image);
  CHECK(bytes(6) - bytes(4) < 5 * image + image / 4);  // and little for statistics
}

TEST_CASE("the summary says what is computed again") {
  const Graph graph = blocks(2);
  Weights weights(graph);
  const std::string text = Plan(graph, weights, {.batch = 4, .mode = Mode::train}).summary();
  const std::pair<const char*, bool> expected[] = {{" batch_norm_2 ", true}, {"  relu_3 ", true}, {"  relu_5 ", false}};
  for (const auto& [name, again] : expected) {
    const std::size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at);
    CHECK((line.find("recomputed on the way back") != std::string::npos) == again);
  }
}

TEST_CASE("threads: with the ends of blocks computed again gradients have the bits that they have with all of them kept") {
  RandomCase c(blocks(4), 3, 50);
  const StepValues expected = second_step(c, {.observe = ends(4)});
  for (int threads : {1, 3})
    for (int planned : {50, 70}) {  // a larger plan is cut in other places
      const Timetable timetable = timetable_of(c.graph, {.batch = planned});
      CHECK(timetable.stages.backward[at(timetable.stages.backward_of[1])].cut(50).total() > 1);
      check_same(second_step(c, {.batch = planned, .threads = threads}), expected);
    }
}

TEST_CASE("weights that move on the way back move after the last chain that reads them") {
  const auto train = [](PlanOptions options) {
    RandomCase c(blocks(4), 3, 30);
    options.batch = 30, options.mode = Mode::train;
    Plan plan(c.graph, c.weights, options);
    Sgd sgd({.rate = 0.1, .momentum = 0.9});
    for (int step = 0; step < 3; ++step) plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&sgd);
    return c.weights.snapshot();
  };
  const Weights::Snapshot kept = train({.observe = ends(4)}), again = train({.threads = 2});
  CHECK(kept.values == again.values);
  CHECK(kept.state == again.state);
}

TEST_CASE("nets drawn at random: with every value kept to be looked at, the same bits") {
  int ones = 0, longest = 0, through_others = 0, from_outside = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("net of seed ", seed);
    RandomCase c(drawn(seed), seed, 24);
    const Timetable timetable = timetable_of(c.graph, {.batch = 24, .input_gradient = true, .fuse = false});
    check_chains(timetable);
    for (const ScheduledTensor& x : timetable.tensors) {
      ones += x.recompute.size() == 1, longest += x.recompute.size() == longest_chain;
      through_others += std::any_of(x.recompute.begin(), x.recompute.end(), [&](int p) {
        return p != x.producer && !timetable.tensors[at(timetable.ops[at(p)].out)].recompute.empty();
      });
    }
    for (const ScheduledRecompute& again : timetable.recomputes) from_outside += std::count(again.x.begin(), again.x.end(), -1) > 0;
    std::vector<std::string> all;
    for (const ScheduledOp& pass : timetable.ops) all.push_back(pass.name);
    CHECK(again_in(c.graph, {.batch = 24, .observe = all, .fuse = false}).empty());
    check_same(second_step(c, {.batch = 30, .threads = 2, .fuse = false}), second_step(c, {.observe = all, .fuse = false}));
  }
  CHECK(ones > 20);
  CHECK(longest > 10);
  CHECK(through_others > 10);
  CHECK(from_outside > 10);
}

TEST_CASE("what stays: values that are looked at, read elsewhere, or made of what nobody keeps") {
  const auto names = [](auto make, PlanOptions options = {.batch = 16, .fuse = false}) {
    Graph g;
    const Node x = g.then(g.input(Shape{4, 8, 8}), Named("first", Conv2d(4, {.pad = 1})), Tanh());  // tanh keeps what it made
    make(g, x);
    return again_in(g, std::move(options));
  };
  const Conv2d conv(4, {.pad = 1});
  const auto plain = [&](Graph& g, Node x) { g.then(g.join(Add(), {x, x}), Relu(), conv, GlobalAvgPool(), Dense(2)); };
  CHECK(names(plain) == Names{"2 relu_1"});
  CHECK(again_in(Sequential(Shape{4, 8, 8}, BatchNorm(), Relu(), conv)).empty());  // does not go back, and keeps no statistics
  CHECK(names(plain, {.batch = 16, .observe = {"relu_1"}, .fuse = false}).empty());
  CHECK(names(plain, {.batch = 16, .backward = true}) == Names{"2 relu_1"});
  CHECK(names(plain, {.batch = 16, .start = "tanh_1", .input_gradient = true, .fuse = false}) == Names{"2 relu_1"});
  Graph outside;  // the caller keeps it
  const Node image = outside.input(Shape{4, 8, 8});
  outside.then(outside.join(Add(), {image, image}), Relu(), conv);
  CHECK(again_in(outside, {.batch = 16, .input_gradient = true}) == Names{"2 relu_1"});

  const auto stays = [&](const char* why, auto make) {
    INFO(why);
    CHECK(names(make).empty());
  };
  stays("an output", [&](Graph& g, Node x) {
    const Node y = g.then(g.join(Add(), {x, x}), Relu());
    g.output(y), g.output(g.then(y, conv));
  });
  stays("read under another shape", [&](Graph& g, Node x) { g.then(g.join(Add(), {x, x}), Relu(), Flatten(), Dense(2)); });
  stays("norm reads it in a stage before that of relu", [&](Graph& g, Node x) {
    g.then(g.join(Add(), {x, x}), Relu(), BatchNorm(), conv);
  });
  stays("readers in two stages", [&](Graph& g, Node x) {
    const Node y = g.then(g.join(Add(), {x, x}), Relu());
    g.join(Add(), {g.then(y, conv, BatchNorm()), g.then(g.then(y, conv, BatchNorm()), conv)});
  });
  stays("nobody keeps what the convolution made", [&](Graph& g, Node x) {
    g.then(g.join(Add(), {g.then(x, conv), x}), Relu(), conv);
  });
  stays("a chain of five", [&](Graph& g, Node x) {
    for (int i = 0; i < 4; ++i) x = g.join(Add(), {x, x});
    g.then(x, Relu(), conv);
  });
}
