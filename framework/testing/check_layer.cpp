#include "cambium/framework/testing/check_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "cambium/framework/base/error.h"
#include "cambium/framework/testing/faults.h"
#include "cambium/framework/testing/gradient_errors.h"
#include "cambium/framework/testing/step_results.h"

namespace cambium::testing {

namespace {

using Results = std::vector<NamedValues>;

constexpr bool in_double = sizeof(real) == 8;
constexpr double close_enough = in_double ? 1e-12 : 1e-5;  // another cut sums in another order
constexpr double same_bits = 0;

std::string where_of(int batch, Mode mode) { return fmt::format("batch {}, {}", batch, name(mode)); }

class Examiner {
 public:
  Examiner(const Layer& layer, const Inputs& inputs, const CheckOptions& options)
      : layer_(layer), in_(inputs.shapes), options_(options), description_(layer.describe()) {}

  void examine();

  std::vector<std::string> faults;
  std::vector<double> gradient_errors;  // one for each tensor

 private:
  void examine_description();
  bool can_run(int batch, Mode mode);
  void examine_spec(const LayerSpec& spec, const std::string& where);
  void examine_passes(int batch, Mode mode);
  void examine_cuts(const BenchOptions& plain, const Results& expected);
  void examine_aliases(const BenchOptions& plain, const Results& expected);
  void examine_adding(const BenchOptions& plain, const Results& expected);
  void examine_missing_targets(const BenchOptions& plain, const Results& expected);
  void examine_gradients(int batch, Mode mode);

  LayerBench bench(BenchOptions options);
  void move_state(int batch);
  Results run(const std::string& what, BenchOptions options, const std::function<void(LayerBench&)>& prepare = {});
  void fault(const std::string& where, const std::string& what);
  void compare(const BenchOptions& plain, const std::string& what, const Results& expected, const Results& got, double tolerance);

  const Layer& layer_;
  std::vector<Shape> in_;
  CheckOptions options_;
  Description description_;
  std::vector<std::vector<double>> state_;  // what a few training steps left
  std::string weights_, refusal_;
};

void Examiner::examine() {
  examine_description();
  int trained = 0;
  for (const Mode mode : {Mode::train, Mode::evaluate, Mode::adapt})
    for (const int batch : options_.batches) {
      if (!can_run(batch, mode)) continue;
      if (mode == Mode::train) ++trained, move_state(batch);
      examine_passes(batch, mode);
      if (in_double && mode != Mode::adapt) examine_gradients(batch, mode);
    }
  if (trained == 0) fault("", refusal_.empty() ? "no batch of this check is as large as min_batch" : "plan refuses: " + refusal_);
  // What was read undeclared explains the NaNs that were found first.
  const auto unsaid = [](const std::string& text) { return text.find("does not set spec.") != text.npos; };
  std::stable_partition(faults.begin(), faults.end(), unsaid);
}

// ------------------------------------------------------------------------------------------------------ running and comparing

LayerBench Examiner::bench(BenchOptions options) {
  options.isa = options_.isa;
  LayerBench made(layer_, in_, options);
  made.draw(1, options_.distance * options_.step, options_.kinks);
  for (std::size_t i = 0; i < state_.size(); ++i) std::ranges::copy(state_[i], made.state(static_cast<int>(i)).begin());
  return made;
}

void Examiner::move_state(int batch) {
  LayerBench made = bench({.batch = batch});
  for (int step = 0; step < 2; ++step) made.forward(), made.backward(), made.commit();
  state_.clear();
  for (int i = 0; i < static_cast<int>(made.spec().state.size()); ++i)
    state_.emplace_back(made.state(i).begin(), made.state(i).end());
}

Results Examiner::run(const std::string& what, BenchOptions options, const std::function<void(LayerBench&)>& prepare) {
  LayerBench made = bench(options);
  if (prepare) prepare(made);
  made.forward();
  // In place, the x that backward reads is gone.
  const bool back = options.mode != Mode::adapt && !(options.y_is_x && made.spec().reads_x);
  if (back) made.backward();
  for (const std::string& found : made.faults()) fault(where_of(options.batch, options.mode) + what, found);
  return results_of(made, back);
}

void Examiner::fault(const std::string& where, const std::string& what) {
  std::string shapes;
  for (const Shape& shape : in_) shapes += (shapes.empty() ? "" : " and ") + shape.str();
  const std::string text = fmt::format("{} of {}{}{}: {}", description_.str(), shapes, where.empty() ? "" : ", ", where, what);
  if (std::ranges::find(faults, text) == faults.end()) faults.push_back(text);
}

// What only one of the two has is not compared.
void Examiner::compare(const BenchOptions& plain, const std::string& what, const Results& expected, const Results& got,
                       double tolerance) {
  for (const NamedValues& one : expected)
    for (const NamedValues& other : got) {
      if (one.name != other.name) continue;
      const std::string apart = tolerance == same_bits ? bits_apart(one, other) : values_apart(one, other, tolerance);
      if (!apart.empty()) fault(where_of(plain.batch, plain.mode), what + ": " + apart);
    }
}

// ------------------------------------------------------------------------------------------------------ declarations

void Examiner::examine_description() {
  if (description_.kind.empty()) fault("", "describe() names no kind");
  for (const Field& field : description_.fields)
    if (field.name.empty()) fault("", "describe() has an option without a name");
}

bool Examiner::can_run(int batch, Mode mode) {
  const std::string where = where_of(batch, mode);
  try {
    const Setting setting{.in = in_, .batch = batch, .mode = mode, .isa = options_.isa};
    const LayerSpec spec = layer_.plan(setting), again = layer_.plan(setting);
    if (spec_text(spec) != spec_text(again)) fault(where, "plan is not pure: " + spec_text(spec) + " and then " + spec_text(again));
    examine_spec(spec, where);
    return spec.min_batch <= batch;
  } catch (const Error& error) {
    refusal_ = error.what();
    if (batch > 1 || mode != Mode::train) fault(where, "plan refuses: " + refusal_);
    return false;
  }
}

void Examiner::examine_spec(const LayerSpec& spec, const std::string& where) {
  if (weights_.empty()) weights_ = weights_text(spec);
  if (weights_ != weights_text(spec))
    fault(where, "params or state depend on mode or batch: " + weights_text(spec) + " instead of " + weights_);
  for (const std::string& found : spec_faults(spec, in_[0])) fault(where, found);
}

// ------------------------------------------------------------------------------------------------------ passes

void Examiner::examine_passes(int batch, Mode mode) {
  const BenchOptions plain{.mode = mode, .batch = batch};
  const auto changed = [&](auto change) {
    BenchOptions other = plain;
    change(other);
    return run("", other);
  };
  const Results expected = run("", plain);
  for (const NamedValues& result : expected)
    if (const std::string bad = not_finite(result); !bad.empty()) fault(where_of(batch, mode), bad);

  LayerBench twice = bench(plain);
  for (int i = 0; i < 2; ++i) {
    twice.forward();
    if (mode != Mode::adapt) twice.backward();
  }
  compare(plain, "a second run", expected, results_of(twice, mode != Mode::adapt), same_bits);
  compare(plain, "the backward pass reads x, and plan does not set spec.reads_x", changed([](auto& o) { o.show_x = true; }),
          expected, same_bits);
  compare(plain, "the backward pass reads y, and plan does not set spec.reads_y", changed([](auto& o) { o.show_y = true; }),
          expected, same_bits);
  compare(plain, "backward_input before backward_params", expected, changed([](auto& o) { o.input_first = true; }), same_bits);
  compare(plain, "planned for a larger batch", expected, changed([&](auto& o) { o.planned = batch + 4; }), close_enough);
  if (mode != Mode::train) compare(plain, "other random numbers", expected, changed([](auto& o) { o.random = 2; }), same_bits);
  const Isa isa = options_.isa;
  options_.isa = Isa::portable;
  compare(plain, "with the portable kernels", expected, run("", plain), close_enough);
  options_.isa = isa;

  examine_cuts(plain, expected);
  examine_aliases(plain, expected);
  if (mode == Mode::adapt) return;
  examine_adding(plain, expected);
  examine_missing_targets(plain, expected);
}

void Examiner::examine_cuts(const BenchOptions& plain, const Results& expected) {
  for (const int slices : {2, std::max(3, plain.batch)}) {
    const std::string what = "cut into " + std::to_string(slices);
    BenchOptions options = plain;
    options.slices = slices;
    const Results cut = run(", " + what, options);
    compare(plain, what, expected, cut, close_enough);
    options.threads = 3, options.reversed = true;
    compare(plain, what + ", in another order and on other threads", cut, run(", " + what, options), same_bits);
    options.outputs = 3;
    compare(plain, what + ", and by outputs", cut, run(", " + what + ", and by outputs", options), close_enough);
  }
}

void Examiner::examine_aliases(const BenchOptions& plain, const Results& expected) {
  const LayerSpec spec = bench(plain).spec();
  if (spec.out.size() != in_[0].size()) return;
  BenchOptions y_is_x = plain, dx_is_dy = plain;
  y_is_x.y_is_x = dx_is_dy.dx_is_dy = true;
  if (spec.in_place) compare(plain, "y in place of x", expected, run(", y in place of x", y_is_x), same_bits);
  if (spec.backward_in_place && plain.mode != Mode::adapt)
    compare(plain, "dx in place of dy", expected, run(", dx in place of dy", dx_is_dy), same_bits);
}

void Examiner::examine_adding(const BenchOptions& plain, const Results& expected) {
  const auto before = [](std::size_t j) { return 0.25 * static_cast<double>(j % 7) - 0.5; };
  Results sum = expected;
  for (NamedValues& one : sum)
    for (std::size_t j = 0; one.name.starts_with("gradient of ") && j < one.values.size(); ++j) one.values[j] += before(j);
  for (const int slices : {1, 2}) {
    BenchOptions options = plain;
    options.slices = slices;
    LayerBench adding = bench(options);
    for (int i = 0; i < static_cast<int>(adding.spec().params.size()); ++i)
      for (std::size_t j = 0; j < adding.gradient(i).size(); ++j) adding.gradient(i)[j] = static_cast<real>(before(j));
    adding.forward();
    adding.backward(/*add=*/true);
    for (const std::string& found : adding.faults()) fault(where_of(plain.batch, plain.mode) + ", add", found);
    compare(plain, "gradients added to what was there", sum, results_of(adding), close_enough);
  }
}

void Examiner::examine_missing_targets(const BenchOptions& plain, const Results& expected) {
  for (int i = 0; i < static_cast<int>(in_.size()); ++i) {
    const std::string what = "without dx " + std::to_string(i);
    const auto prepare = [&](LayerBench& made) { made.want_dx(i, false); };
    compare(plain, what, expected, run(", " + what, plain, prepare), same_bits);
  }
  const std::vector<Param> params = bench(plain).spec().params;
  for (int i = 0; i < static_cast<int>(params.size()); ++i) {
    const std::string what = params[as_size(i)].name + " frozen";
    const auto prepare = [&](LayerBench& made) { made.freeze(i, true); };
    compare(plain, what, expected, run(", " + what, plain, prepare), same_bits);
  }
}

void Examiner::examine_gradients(int batch, Mode mode) {
  LayerBench bench = this->bench({.mode = mode, .batch = batch, .watch = false});
  // When nothing moves, all of them are fixed maps, and their gradient the derivative of that.
  const GradientKind kind = bench.spec().gradient;
  if (mode == Mode::train && (kind == GradientKind::partly_held || kind == GradientKind::controller)) return;
  bench.forward();
  bench.backward();
  for (const Difference& found : central_differences(bench, options_.step, options_.coordinates)) {
    gradient_errors.push_back(found.error);
    if (found.error > options_.tolerance)
      fault(where_of(batch, mode),
            fmt::format("{} (relative error {:.2g}, allowed {:.0g})", found.text, found.error, options_.tolerance));
  }
}

}  // namespace

std::vector<std::string> layer_faults(const Layer& layer, const Inputs& inputs, const CheckOptions& options) {
  Examiner examiner(layer, inputs, options);
  examiner.examine();
  return examiner.faults;
}

void check_layer(const Layer& layer, const std::vector<Inputs>& cases, const CheckOptions& options) {
  std::vector<std::string> faults;
  for (const Inputs& inputs : cases) {
    Examiner examiner(layer, inputs, options);
    examiner.examine();
    for (const double error : examiner.gradient_errors) note_gradient_error(layer.describe().kind, error, options.tolerance);
    faults.insert(faults.end(), examiner.faults.begin(), examiner.faults.end());
  }
  throw_faults("check_layer", faults);
}

std::vector<double> run_layer_values(const Layer& layer, const Inputs& inputs, std::uint64_t seed, int batch) {
  LayerBench bench(layer, inputs.shapes, {.batch = batch});
  bench.draw(seed);
  bench.forward();
  bench.backward();
  std::vector<double> all;
  for (const NamedValues& one : results_of(bench))
    if (!one.name.starts_with("next ")) all.insert(all.end(), one.values.begin(), one.values.end());
  return all;
}

}  // namespace cambium::testing
