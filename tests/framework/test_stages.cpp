// Passes that run in stages, chunk by chunk: how a batch is cut, what is remembered from chunk to chunk, and who does which part.
// None of it may show in a bit of what comes out.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "cambium/cambium.h"
#include "cambium/framework/planning/build_timetable.h"
#include "cambium/framework/planning/output_cut.h"
#include "cambium/framework/planning/profile.h"
#include "tests/support/count_allocations.h"
#include "tests/support/odd_layers.h"
#include "tests/support/random_graph.h"
#include "tests/support/reference_run.h"
#include "tests/support/values.h"

using namespace cambium;

namespace {

constexpr bool single = sizeof(real) == 4;

// Enough work for a batch of 90 to be cut into pieces, and enough memory for these to be cut into chunks.
Graph tower() {
  return Sequential(Shape{3, 20, 20}, BatchNorm(for_input), Conv2d(8, {.kernel = 3, .pad = 1, .bias = false}), Square(),
                    Conv2d(8, {.kernel = 3, .pad = 1}), BatchNorm(), Affine(), Relu(), Conv2d(12, {.kernel = 3}), Relu(),
                    MaxPool2d(2), OnlineNorm({.start = OnlineNormOptions::Start::warm}), Affine(), Flatten(), Dense(400),
                    OnlineNorm(), Tanh(), Dropout(0.3), Square(), Dense(10));
}

// Values with several readers in several stages, two inputs, four outputs, joins of one thing with itself, frozen layers.
Graph branches() {
  Graph g;
  const Node a = g.input(Shape{4, 18, 18}), b = g.input(Shape(50));
  const Node x = g.then(a, Conv2d(8, {.kernel = 3, .pad = 1}), BatchNorm(), Affine(), Relu());
  const Node y = g.then(x, Conv2d(8, {.kernel = 3, .pad = 1}), With({.freeze = true}, Affine()), Relu());
  const Node twice = g.join(Add(), {y, y}), square = g.then(twice, Square());
  const Node deep = g.then(square, Conv2d(8, {.kernel = 1}), Tanh(), Conv2d(8, {.kernel = 3, .pad = 1}));
  const Node sum = g.join(Add(), {x, deep, g.then(square, Conv2d(8, {.kernel = 1}))});
  const Node z = g.then(sum, Relu(), MaxPool2d(3), BatchNorm(), Relu());
  g.output(z);
  const Node flat = g.then(z, Flatten());
  const Node left = g.then(flat, With({.freeze = true}, Dense(60))), right = g.then(flat, Dense(60), Tanh());
  const Node both = g.join(Bilinear(33), {left, right}), self = g.join(Bilinear(20), {right, right});
  g.output(g.join(Concat(), {both, self, g.then(b, Dense(40), Affine(), Relu()), self}));
  g.output(g.then(sum, GlobalAvgPool(), Dense(3)));
  const Node wide = g.then(b, Dense(400), Tanh(), Dense(400));
  g.output(g.then(g.join(Add(), {g.then(wide, OnlineNorm()), wide, g.then(wide, OnlineNorm(), Affine(), Relu())}), Dense(5)));
  return g;
}

struct Seen {
  int slices = 0, chunks = 0, local = 0, recomputed = 0, before = 0, blocks = 0;
};

Seen look(const Timetable& timetable, int batch) {
  Seen seen;
  for (const std::vector<Stage>* stages : {&timetable.stages.forward, &timetable.stages.backward})
    for (const Stage& stage : *stages) {
      seen.slices += stage.cut(batch).slices > 1, seen.chunks += stage.cut(batch).chunks > 1;
      for (const Step& step : stage.first) seen.before += step.kind == CallKind::backward_params;
      for (const Step& step : stage.calls) seen.recomputed += step.recompute >= 0;
    }
  for (const Buffer& buffer : timetable.buffers) seen.local += buffer.local;
  seen.blocks = timetable.block_per_thread > 0;
  return seen;
}

// A step on NaN, which leaves NaN in whatever the plan remembers.
void poison(Plan& plan, const Graph& graph) {
  const MadeBatch nothing(graph, plan.batch(), 0);
  for (const std::vector<real>& values : nothing.values) std::fill_n(const_cast<real*>(values.data()), values.size(), not_a_number);
  plan.forward(nothing.inputs);
  for (int i = 0; i < plan.outputs(); ++i) std::fill(plan.output_gradient(i).begin(), plan.output_gradient(i).end(), not_a_number);
  plan.backward();
  CHECK(!plan.finite());
}

// A step by a plan, unfused, against every layer by itself.
void check_against_reference(RandomCase& c, Mode mode, PlanOptions options) {
  const int batch = c.data.inputs[0].batch;
  std::vector<std::vector<real>> dy;
  for (int output : c.graph.outputs()) {
    dy.emplace_back(as_size(batch) * as_size(c.graph.entries()[as_size(output)].shape.size()));
    for (std::size_t k = 0; k < dy.back().size(); ++k) dy.back()[k] = static_cast<real>(Random(3).of(as_size(output)).normal(k));
  }
  options.batch = batch, options.mode = mode, options.input_gradient = options.backward = true, options.fuse = false;
  Plan plan(c.graph, c.weights, options);  // before the other run: plans have BLAS use one thread, and its bits depend on that
  const Weights::Snapshot before = c.weights.snapshot();
  const Timetable timetable = make_timetable(
      c.graph, c.weights, {.batch = batch, .mode = mode, .input_gradient = true, .backward = true, .fuse = false}, best_isa());
  ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, dy, mode, cuts_of(timetable, batch));
  // Where the schedule itself is wrong, other cuts lead elsewhere.
  for (const ReferenceCuts& cuts : {all_at_once(batch), drawn_cuts(batch, as_size(batch))})
    CHECK(apart(expected, run_reference(c.graph, c.weights, c.data.inputs, dy, mode, cuts)) <= (single ? 1e-3 : 1e-9));
  for (const Range& range : c.weights.ranges())
    if (range.settings.freeze) std::fill_n(expected.weight_gradients.data() + range.offset, range.size, real(0));
  poison(plan, c.graph);
  c.weights.mark_gradients_used();
  plan.set_pass_number(0);
  plan.forward(c.data.inputs);
  for (int i = 0; i < plan.outputs(); ++i) {
    CHECK(same(expected.values[as_size(c.graph.outputs()[as_size(i)])], copy_of(plan.output(i))));
    std::copy(dy[as_size(i)].begin(), dy[as_size(i)].end(), plan.output_gradient(i).begin());
  }
  plan.backward();
  CHECK(plan.finite());
  for (std::size_t i = 0; i < c.graph.inputs().size(); ++i)
    CHECK(same(expected.gradients[as_size(c.graph.inputs()[i])], copy_of(plan.input_gradient(static_cast<int>(i)))));
  CHECK(copy_of(c.weights.gradient_block()) == expected.weight_gradients);
  CHECK(c.weights.snapshot().state == (mode == Mode::train ? expected.next_state : before.state));
  for (const std::string& name : options.observe) {
    const std::size_t i = as_size(c.graph.find(name));
    INFO("layer ", name);
    CHECK(same(expected.values[i], copy_of(plan.output_of(name))));
    CHECK(same(expected.gradients[i], copy_of(plan.output_gradient_of(name))));
    for (int k = 0; k < static_cast<int>(c.graph.entries()[i].inputs.size()); ++k)
      CHECK(same(expected.dx[i][as_size(k)], copy_of(plan.input_gradient_of(name, k))));
  }
  c.weights.restore(before);
}

}  // namespace

TEST_CASE("a cut has every sample once, in order, no empty chunk, and no more than was planned for") {
  for (double flops : {0.0, 1e3, 6e4, 1e6, 1e8})
    for (std::size_t bytes : {0u, 900u, 20000u, 90000u, 700000u})
      for (int least : {1, 3, 40, 1000}) {
        Stage stage;
        stage.flops = flops, stage.bytes = bytes, stage.least_samples = least;
        bool good = true;
        int pieces = 1;
        for (int batch = 1; batch < 3000; batch += 1 + batch / 40) {
          const BatchCut cut = stage.cut(batch);
          good &= cut.slices >= pieces && cut.slices <= sizes::most_slices && cut.chunks >= 1;
          pieces = cut.slices;
          int next = 0;
          for (int piece = 0; piece < cut.slices; ++piece)
            for (int chunk = 0; chunk < cut.chunks; ++chunk) {
              const Slice rows = cut.chunk(piece, chunk);
              good &= rows.begin == next && rows.end > rows.begin && rows.index == piece * cut.chunks + chunk;
              next = rows.end;
              for (int planned : {batch, batch + 1, batch + 7, 2 * batch, 5000})
                good &= rows.count() <= stage.most_samples(planned) && cut.total() <= stage.most_chunks(planned);
            }
          good &= next == batch && cut.total() == cut.slices * cut.chunks;
        }
        INFO(flops, " FLOPs, ", bytes, " bytes, at least ", least, " rows");
        CHECK(good);
      }
}

TEST_CASE("in pieces and chunks every tensor has the bits of a computation without a plan") {
  for (const Graph& graph : {tower(), branches()}) {
    RandomCase c(graph, 5, 90);
    const Seen seen = look(make_timetable(c.graph, c.weights, {.batch = 90, .mode = Mode::train, .fuse = false}, best_isa()), 90);
    CHECK(seen.slices > 5);
    CHECK(seen.chunks > 2);
    CHECK(seen.local > 1);
    CHECK(seen.recomputed == 1);
    CHECK(seen.before > 0);
    CHECK(seen.blocks == 1);
    check_against_reference(c, Mode::train, {.threads = 2});
  }
  RandomCase c(branches(), 6, 61);
  check_against_reference(c, Mode::evaluate, {.threads = 3});
  check_against_reference(c, Mode::train,
                          {.observe = {"square_1", "max_pool2d_1", "bilinear_2", "affine_1", "flatten_1", "add_1"}});
}

TEST_CASE("inference in several stages: what is prepared before the first one is there in the last") {
  const Sequential net(Shape(500), Dense(500), Relu(), Dense(500), Tanh(), Dense(500), Relu(), Dense(500), Tanh(), Dense(500),
                       Relu(), BatchNorm(), Dense(10));
  RandomCase c(static_cast<Graph>(net), 2, 64);
  const Timetable timetable = make_timetable(c.graph, c.weights, {.batch = 64, .fuse = false}, best_isa());
  CHECK(timetable.stages.forward.size() > 1);
  Plan plan(c.graph, c.weights, {.batch = 64, .fuse = false});
  const ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, {}, Mode::evaluate, cuts_of(timetable, 64));
  CHECK(same(expected.values.back(), copy_of(plan.forward(c.data.inputs))));
}

TEST_CASE("random graphs in pieces and chunks have the bits of a computation without a plan") {
  int pieces = 0, chunks = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    INFO("graph of seed ", seed);
    RandomCase c(seed, 150, {.most_layers = 9, .large = true});
    const Seen seen = look(make_timetable(c.graph, c.weights, {.batch = 150, .mode = Mode::train, .fuse = false}, best_isa()), 150);
    pieces += seen.slices > 0, chunks += seen.chunks > 0;
    check_against_reference(c, seed % 3 == 2 ? Mode::evaluate : Mode::train, {.threads = 2});
  }
  CHECK(pieces > 4);
  CHECK(chunks > 3);
}

TEST_CASE("threads: fused, in pieces and chunks: the bits of one thread, of other batches before, and of a larger plan") {
  for (const Graph& graph : {tower(), branches()}) {
    RandomCase c(graph, 5, 90);
    const Seen seen = look(make_timetable(c.graph, c.weights, {.batch = 90, .mode = Mode::train}, best_isa()), 90);
    CHECK(seen.recomputed > 0);
    CHECK(seen.before > 0);
    const StepValues expected = c.step({.threads = 1});
    Plan twice(c.graph, c.weights, {.batch = 90, .mode = Mode::train});
    const Weights::Snapshot before = c.weights.snapshot();
    for (int i = 0; i < 2; ++i) {
      c.weights.mark_gradients_used(i == 0);
      twice.set_pass_number(0);
      twice.forward(c.data.inputs), c.loss.evaluate(twice), twice.backward();
      c.weights.restore(before);
    }
    StepValues doubled = expected;
    for (real& g : doubled.weight_gradients) g *= 2;
    StepValues sum = expected;
    sum.weight_gradients = copy_of(c.weights.gradient_block());
    CHECK(apart(doubled, sum) < (sizeof(real) == 4 ? 1e-5 : 1e-13));
    CHECK(apart(c.step({.fuse = false}), expected) < (sizeof(real) == 4 ? 2e-3 : 1e-10));
    for (int threads : {2, 3, 8}) {
      Plan plan(c.graph, c.weights, {.batch = 90 + threads, .mode = Mode::train, .threads = threads, .input_gradient = true});
      poison(plan, c.graph);
      CHECK(c.step(plan) == expected);
    }
    for (int batch : {2, 3, 31, 33, 64}) {  // strips are longer or shorter, and nobody may see it
      RandomCase few(graph, 7, batch);
      const StepValues alone = few.step(PlanOptions{});
      CHECK(few.step({.batch = 90}) == alone);
      CHECK(few.step({.batch = batch + 1, .threads = 2}) == alone);
    }
  }
}

TEST_CASE("threads: few samples and many weights: outputs are shared out, with the bits of one thread") {
  const Sequential net(Shape(300), Dense(260), Relu(), Dense(301, {.bias = false}), BatchNorm(), Affine(), Tanh(), Dense(5));
  const Sequential one_sample(Shape(300), Dense(260), Relu(), Dense(301, {.bias = false}), Affine(), Tanh(), Dense(5));
  for (int batch : {1, 3, 20}) {
    INFO("batch ", batch);
    const Graph& graph = batch == 1 ? one_sample : net;
    RandomCase c(graph, 3, batch);
    const Timetable timetable = make_timetable(c.graph, c.weights, {.batch = batch, .mode = Mode::train}, best_isa());
    int cut = 0;
    for (const ScheduledOp& pass : timetable.ops) cut += cut_of_outputs(pass.spec).parts > 1;
    CHECK(cut == 2);
    for (const Stage& stage : timetable.stages.forward) CHECK(stage.cut(batch).slices == 1);
    const Weights::Snapshot start = c.weights.snapshot();
    const auto run = [&](int threads) {
      c.weights.restore(start);
      Sgd sgd({.rate = 0.1, .momentum = 0.9});
      Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train, .threads = threads});
      for (int step = 0; step < 3; ++step) plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&sgd);
      Plan folded(c.graph, c.weights, {.batch = batch, .threads = threads, .fold = true});
      folded.forward(c.data.inputs);
      std::vector<real> all = copy_of(c.weights.block());
      all.insert(all.end(), plan.output().begin(), plan.output().end());
      all.insert(all.end(), folded.output().begin(), folded.output().end());
      return all;
    };
    const std::vector<real> one = run(1);
    for (int threads : {2, 3, 8}) CHECK(same(run(threads), one));
    if (best_isa() == Isa::portable) continue;  // products by BLAS may depend on how many outputs it is asked for
    check_against_reference(c, Mode::train, {.threads = 2});
  }
}

TEST_CASE("a profile has every pass in all its phases, as often as the batch is cut, and takes no memory") {
  Profile profile(1 << 14);
  RandomCase c(tower(), 5, 90);
  const Timetable timetable = make_timetable(c.graph, c.weights, {.batch = 90, .mode = Mode::train}, best_isa());
  Plan plan(c.graph, c.weights, {.batch = 90, .mode = Mode::train, .threads = 2, .profile = &profile});
  Adam adam({.rate = 1e-3});
  const auto step = [&] { plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward(&adam); };
  step(), profile.clear();
  const cambium_tests::AllocationCount count;
  step();
  CHECK(count.since() == 0);
  CHECK(!profile.full());
  std::map<std::string, int> times;
  for (const PassTime& time : profile.times()) {
    ++times[std::string(time.name) + ": " + time.phase];
    CHECK(time.seconds >= 0);
    CHECK((time.thread == 0 || time.thread == 1));
  }
  std::map<std::string, int> expected;
  for (const std::vector<Stage>* stages : {&timetable.stages.forward, &timetable.stages.backward})
    for (const Stage& stage : *stages)
      for (const Step& call : stage.calls) {
        const ScheduledOp& op = timetable.ops[as_size(call.op)];
        const bool made = recurs(op.spec, op.mode);  // dx is there by then
        const bool wanted = call.kind != CallKind::backward_input || (op.dx[0].needed && !op.is_reshape && !made);
        if (wanted) expected[op.name + ": " + (call.recompute < 0 ? name(call.kind) : "recompute")] += stage.cut(90).total();
      }
  for (const auto& often : expected) {
    INFO(often.first);
    CHECK(times[often.first] == often.second);
  }
  for (const char* what :
       {"conv2d_1: pack", "conv2d_2: update", "dense_1: backward_params", "dense_2: update", "batch_norm_1: merge"}) {
    INFO(what);
    CHECK(times[what] > 0);
  }
}

TEST_CASE("max pooling before a relu, or after it: the same values and gradients, with ties, zeros and NaN") {
  const real values[] = {-2, -1, real(-0.0), 0, 1, 2, 2, -3, not_a_number};
  for (const Item& pool :
       {Item(MaxPool2d(2)), Item(MaxPool2d(3, {.stride = 1, .pad = 1})), Item(MaxPool2d({3, 2}, {.stride = {2, 3}}))})
    for (std::uint64_t kinds : {4u, 8u, 9u}) {
      const Sequential net(Shape{3, 11, 9}, Tanh(), Relu(), pool, Dropout(0.2));
      RandomCase c(static_cast<Graph>(net), 8, 50);
      for (std::size_t i = 0; i < c.data.values[0].size(); ++i) c.data.values[0][i] = values[Random(kinds).below(i, kinds)];
      const auto run = [&](bool fuse, int threads) {
        Plan plan(c.graph, c.weights, {.batch = 50, .mode = Mode::train, .threads = threads, .input_gradient = true, .fuse = fuse});
        const std::string text = plan.summary();
        CHECK((text.find("relu") > text.find("max_pool")) == fuse);
        std::vector<real> result = copy_of(plan.forward(c.data.inputs));
        for (std::size_t i = 0; i < plan.output_gradient().size(); ++i)
          plan.output_gradient().data[i] = static_cast<real>(Random(9).normal(i));
        plan.backward();
        result.insert(result.end(), plan.input_gradient().begin(), plan.input_gradient().end());
        return result;
      };
      CHECK(same(run(true, 2), run(false, 1)));
    }
}
