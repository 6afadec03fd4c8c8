// Random graphs: gradients against central differences, and every tensor against a computation without a plan.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "cambium/cambium.h"
#include "tests/support/gradient_table.h"
#include "tests/support/random_graph.h"
#include "tests/support/reference_run.h"

using namespace cambium;

namespace {

constexpr bool single = sizeof(real) == 4;

struct Found {
  int checks = 0, again = 0, curved = 0, given_up = 0, tensors = 0, tiny = 0;
  double worst = 0;
};

// Compares the gradient of the summed losses with central differences, tensor by tensor.
class GradientCheck {
 public:
  GradientCheck(RandomCase& c, std::uint64_t seed, Mode mode, bool fuse)
      : case_(c),
        random_(Random(seed).of(77)),
        plan_(c.graph, c.weights,
              {.batch = c.data.inputs[0].batch, .mode = mode, .input_gradient = true, .backward = true, .fuse = fuse}) {
    analytic_ = c.step(plan_);
  }

  Found run(int coordinates) {
    for (std::size_t i = 0; i < case_.weights.ranges().size(); ++i) {
      const Range& range = case_.weights.ranges()[i];
      tensor({range.weight, range.size}, analytic_.weight_gradients.data() + range.offset, coordinates);
    }
    for (std::size_t i = 0; i < case_.data.values.size(); ++i)
      tensor(case_.data.values[i], analytic_.input_gradients[i].data(), coordinates);
    return found_;
  }

 private:
  static constexpr double step = 1e-5;

  double loss() {
    plan_.set_pass_number(0);
    plan_.forward(case_.data.inputs);
    return case_.loss.value(plan_);
  }

  double slope(std::span<real> x, const std::vector<double>& direction, double h) {
    const std::vector<real> saved(x.begin(), x.end());
    const auto at = [&](double by) {
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(static_cast<double>(saved[i]) + by * direction[i]);
      const double value = loss();
      std::copy(saved.begin(), saved.end(), x.begin());
      return value;
    };
    return (at(h) - at(-h)) / (2 * h);
  }

  std::vector<double> draw_direction(std::size_t n, bool one) {
    std::vector<double> direction(n, 0);
    if (one)
      direction[random_.below(drawn_++, n)] = 1;
    else
      for (double& d : direction) d = (random_.bits(drawn_++) & 1 ? 1 : -1) / std::sqrt(static_cast<double>(n));
    return direction;
  }

  void tensor(std::span<real> x, const real* gradient, int coordinates) {
    // Below this, what a loss of order 1 loses by rounding is more than the tolerance.
    const double floor = std::max(1e-8, 4e-15 * std::max(std::fabs(analytic_.loss), 1.0) / step / 1e-6);
    double largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::fabs(static_cast<double>(gradient[i])));
    ++found_.tensors, found_.tiny += largest < floor;
    largest = std::max(largest, floor);
    for (int k = 0; k <= coordinates; ++k) {
      int tries = 0;
      for (; tries < 20; ++tries) {
        const std::vector<double> direction = draw_direction(x.size(), k > 0);
        double whole = slope(x, direction, step);
        const double half = slope(x, direction, step / 2);
        if (std::fabs(whole - half) > 5e-7 * largest) {
          const double quarter = slope(x, direction, step / 4);
          if (std::fabs((whole - half) - 4 * (half - quarter)) > 5e-7 * largest) {  // a kink within the step
            ++found_.again;
            continue;
          }
          whole += (half - whole) * 4 / 3;  // smooth, but curved: the error falls with the square of the step (Richardson)
          ++found_.curved;
        }
        double expected = 0;
        for (std::size_t i = 0; i < x.size(); ++i) expected += static_cast<double>(gradient[i]) * direction[i];
        const double error = std::fabs(whole - expected) / largest;
        found_.worst = std::isnan(error) ? HUGE_VAL : std::max(found_.worst, error);
        break;
      }
      ++found_.checks, found_.given_up += tries == 20;
    }
  }

  RandomCase& case_;
  Random random_;
  std::uint64_t drawn_ = 0;
  Plan plan_;
  StepValues analytic_;
  Found found_;
};

void move_statistics(RandomCase& c) {
  Plan plan(c.graph, c.weights, {.batch = c.data.inputs[0].batch, .mode = Mode::train});
  for (int pass = 0; pass < 3; ++pass) plan.forward(c.data.inputs), c.loss.evaluate(plan), plan.backward();
}

// In evaluate mode statistics are held, and online norm has an ordinary gradient too.
void check_gradients(std::uint64_t first, int graphs, int coordinates, Mode mode) {
  Found all;
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(graphs); ++seed) {
    RandomCase c(seed, 6, {.online_norm = mode == Mode::evaluate});
    if (mode == Mode::evaluate) move_statistics(c);
    const Found found = GradientCheck(c, seed, mode, /*fuse=*/seed % 2 == 0).run(coordinates);
    INFO("graph of seed ", seed);
    CHECK(found.worst <= 1e-6);
    CHECK(found.given_up == 0);
    all.worst = std::max(all.worst, found.worst);
    all.checks += found.checks, all.again += found.again, all.curved += found.curved, all.tensors += found.tensors,
        all.tiny += found.tiny;
  }
  note_gradient_error(fmt::format("{} random graphs{}", graphs, mode == Mode::evaluate ? ", held" : ""), all.worst, 1e-6);
  MESSAGE(
      fmt::format("{} graphs, {} tensors ({} with a gradient below the noise), {} directions, {} of them drawn again at a kink, {} "
                  "strongly curved: worst error {:.1e}",
                  graphs, all.tensors, all.tiny, all.checks, all.again, all.curved, all.worst));
  CHECK((all.again + all.curved) * 100 < all.checks);
  CHECK(all.tiny * 10 < all.tensors);
}

template <class T>
std::vector<T> copy_of(std::span<T> values) {
  return {values.begin(), values.end()};
}

// Every bit, and NaN equal to NaN.
bool same(const std::vector<real>& a, const ConstView& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data, a.size() * sizeof(real)) == 0;
}

std::vector<std::string> all_layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const Graph::Entry& entry : graph.entries())
    if (entry.layer) names.push_back(entry.name);
  return names;
}

}  // namespace

TEST_CASE("random graphs have every kind of layer, several inputs and outputs, and 3 to 15 layers") {
  std::set<std::string> kinds;
  std::size_t several_inputs = 0, several_outputs = 0, fan_out = 0, twice = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Graph graph = random_graph(seed);
    std::vector<int> readers(graph.entries().size(), 0);
    int layers = 0;
    for (const Graph::Entry& entry : graph.entries()) {
      if (!entry.layer) continue;
      ++layers;
      kinds.insert(entry.layer->describe().kind);
      for (int input : entry.inputs) ++readers[static_cast<std::size_t>(input)];
      twice += entry.inputs.size() > 1 && entry.inputs[0] == entry.inputs[1];
    }
    CHECK(layers >= 3);
    CHECK(layers <= 15);
    several_inputs += graph.inputs().size() > 1;
    several_outputs += graph.outputs().size() > 1;
    fan_out += *std::max_element(readers.begin(), readers.end()) > 1;
    graph.check(2, Mode::train);
  }
  for (const char* kind : {"add", "affine", "batch_norm", "concat", "conv2d", "dense", "difference", "dropout", "flatten",
                           "global_avg_pool", "logistic", "max_pool2d", "online_norm", "relu", "tanh"}) {
    INFO(kind);
    CHECK(kinds.count(kind) == 1);
  }
  CHECK(several_inputs > 20);
  CHECK(several_outputs > 20);
  CHECK(fan_out > 60);
  CHECK(twice > 0);
}

TEST_CASE("gradients of 200 random graphs against central differences" * doctest::skip(single)) {
  check_gradients(0, 200, 8, Mode::train);
}
TEST_CASE("gradients in evaluate mode, statistics held, against central differences" * doctest::skip(single)) {
  check_gradients(200, 100, 4, Mode::evaluate);
}
TEST_CASE("slow: gradients of 2000 more random graphs" * doctest::skip(single)) { check_gradients(1000, 2000, 12, Mode::train); }

TEST_CASE("with statistics held, normalization is an affine map: its gradient is exact for steps of any length" *
          doctest::skip(single)) {
  for (const Sequential& net :
       {Sequential(Shape{3, 4, 3}, OnlineNorm()), Sequential(Shape{3, 4, 3}, OnlineNorm({.per = Per::element})),
        Sequential(Shape{7}, OnlineNorm(for_input), Affine()), Sequential(Shape{3, 4, 3}, BatchNorm(), Affine())}) {
    RandomCase c(static_cast<Graph>(net), 3, 6);
    move_statistics(c);
    Plan plan(c.graph, c.weights, {.batch = 6, .input_gradient = true, .backward = true});
    plan.forward(c.data.inputs);
    const std::size_t n = plan.output().size();
    std::vector<double> dy(n);
    for (std::size_t i = 0; i < n; ++i) dy[i] = Random(6).normal(i), plan.output_gradient().data[i] = static_cast<real>(dy[i]);
    plan.backward();
    const std::vector<real> dx(plan.input_gradient().begin(), plan.input_gradient().end());
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const real saved = c.data.values[0][i];
      const auto at = [&](double by) {
        c.data.values[0][i] = saved + static_cast<real>(by);
        double sum = 0;
        const ConstView y = plan.forward(c.data.inputs);
        for (std::size_t k = 0; k < n; ++k) sum += dy[k] * static_cast<double>(y.data[k]);
        return sum;
      };
      worst = std::max(worst, std::fabs((at(0.5) - at(-0.5)) - static_cast<double>(dx[i])));
      largest = std::max(largest, std::fabs(static_cast<double>(dx[i])));
      c.data.values[0][i] = saved;
    }
    CHECK(worst <= 1e-9 * largest);
  }
}

TEST_CASE("every tensor of a random graph has the bits of a computation without a plan") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    INFO("graph of seed ", seed);
    const Mode mode = seed % 5 == 4 ? Mode::evaluate : Mode::train;
    RandomCase c(seed, 5);
    std::vector<std::vector<real>> dy;
    for (int output : c.graph.outputs()) {
      dy.emplace_back(5 * static_cast<std::size_t>(c.graph.entries()[static_cast<std::size_t>(output)].shape.size()));
      for (std::size_t k = 0; k < dy.back().size(); ++k)
        dy.back()[k] = static_cast<real>(Random(seed).of(static_cast<std::uint64_t>(output)).normal(k));
    }
    c.weights.mark_gradients_used();
    const Weights::Snapshot before = c.weights.snapshot();
    const ReferenceRun expected = run_reference(c.graph, c.weights, c.data.inputs, dy, mode);

    std::vector<std::string> some = all_layers(c.graph);
    some.resize(1 + some.size() / 3);
    for (const std::vector<std::string>& observe : {std::vector<std::string>{}, some, all_layers(c.graph)}) {
      Plan plan(c.graph, c.weights,
                {.batch = 5, .mode = mode, .observe = observe, .input_gradient = true, .backward = true, .fuse = false});
      // Fills whatever the plan remembers with NaN: nothing of an earlier step may be read in this one.
      const MadeBatch nothing(c.graph, 5, 0);
      for (const std::vector<real>& values : nothing.values)
        std::fill(const_cast<real*>(values.data()), const_cast<real*>(values.data()) + values.size(),
                  std::numeric_limits<real>::quiet_NaN());
      plan.forward(nothing.inputs);
      for (int i = 0; i < plan.outputs(); ++i)
        std::fill(plan.output_gradient(i).begin(), plan.output_gradient(i).end(), std::numeric_limits<real>::quiet_NaN());
      plan.backward();
      CHECK(!plan.finite());
      CHECK(copy_of(c.weights.state_block()) == before.state);  // no state has moved

      c.weights.mark_gradients_used();
      plan.set_pass_number(0);
      plan.forward(c.data.inputs);
      for (int i = 0; i < plan.outputs(); ++i) {
        CHECK(same(expected.values[static_cast<std::size_t>(c.graph.outputs()[static_cast<std::size_t>(i)])], plan.output(i)));
        std::copy(dy[static_cast<std::size_t>(i)].begin(), dy[static_cast<std::size_t>(i)].end(), plan.output_gradient(i).begin());
      }
      plan.backward();
      CHECK(plan.finite());
      for (std::size_t i = 0; i < c.graph.inputs().size(); ++i)
        CHECK(same(expected.gradients[static_cast<std::size_t>(c.graph.inputs()[i])], plan.input_gradient(static_cast<int>(i))));
      CHECK(copy_of(c.weights.gradient_block()) == expected.weight_gradients);
      CHECK(copy_of(c.weights.state_block()) == (mode == Mode::train ? expected.next_state : before.state));
      c.weights.restore(before);
      for (const std::string& name : observe) {
        const auto i = static_cast<std::size_t>(c.graph.find(name));
        INFO("layer ", name);
        CHECK(same(expected.values[i], plan.output_of(name)));
        CHECK(same(expected.gradients[i], plan.output_gradient_of(name)));
        for (std::size_t k = 0; k < c.graph.entries()[i].inputs.size(); ++k) {
          CHECK(same(expected.values[static_cast<std::size_t>(c.graph.entries()[i].inputs[k])],
                     plan.input_of(name, static_cast<int>(k))));
          CHECK(same(expected.dx[i][k], plan.input_gradient_of(name, static_cast<int>(k))));
        }
      }
    }
  }
}
