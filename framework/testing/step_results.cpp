#include "cambium/framework/testing/step_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <set>

namespace cambium::testing {

namespace {

template <class Values>
NamedValues named(std::string name, const Values& values) {
  return {std::move(name), {values.begin(), values.end()}};
}

}  // namespace

std::vector<NamedValues> results_of(LayerBench& bench, bool with_backward) {
  const LayerSpec& spec = bench.spec();
  std::vector<NamedValues> results = {named("y", bench.y())};
  for (int i = 0; with_backward && i < bench.inputs(); ++i)
    if (bench.wants_dx(i)) results.push_back(named(bench.inputs() > 1 ? "dx " + std::to_string(i) : "dx", bench.dx(i)));
  for (std::size_t i = 0; with_backward && i < spec.params.size(); ++i)
    if (const int param = static_cast<int>(i); !bench.frozen(param))
      results.push_back(named("gradient of " + spec.params[i].name, bench.gradient(param)));
  for (std::size_t i = 0; bench.options().mode != Mode::evaluate && i < spec.state.size(); ++i)
    results.push_back(named("next " + spec.state[i].name, bench.next(static_cast<int>(i))));
  return results;
}

std::string bits_apart(const NamedValues& expected, const NamedValues& got) {
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    if (std::bit_cast<std::uint64_t>(expected.values[i]) != std::bit_cast<std::uint64_t>(got.values[i]))
      return fmt::format("{}[{}] is {}, expected the same bits as {}", got.name, i, got.values[i], expected.values[i]);
  return "";
}

std::string values_apart(const NamedValues& expected, const NamedValues& got, double tolerance) {
  double error = 0, size = 0, worst = -1;
  std::size_t worst_at = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double apart = std::fabs(expected.values[i] - got.values[i]);
    error += apart * apart, size += expected.values[i] * expected.values[i];
    if (!(apart <= worst)) worst = apart, worst_at = i;
  }
  // Where values nearly cancel, what remains is rounding of numbers of order 1.
  size = std::max(size, 1e-4 * static_cast<double>(expected.values.size()));
  if (std::sqrt(error) <= tolerance * std::sqrt(size)) return "";
  return fmt::format("{} is off by {:.2g} (L2-relative, allowed {:.0g}), most at [{}]: {} instead of {}", got.name,
                     std::sqrt(error / size), tolerance, worst_at, got.values[worst_at], expected.values[worst_at]);
}

std::string not_finite(const NamedValues& named) {
  for (std::size_t i = 0; i < named.values.size(); ++i)
    if (!std::isfinite(named.values[i])) return fmt::format("{}[{}] is {}", named.name, i, named.values[i]);
  return "";
}

std::string weights_text(const LayerSpec& spec) {
  std::string text;
  for (const Param& param : spec.params)
    text += fmt::format("{} ({}) {} fans {} {} decay {}; ", param.name, fmt::join(param.sizes, "x"), param.init.str(), param.fan_in,
                        param.fan_out, param.decay);
  for (const State& state : spec.state)
    text += fmt::format("state {} ({}) {}; ", state.name, fmt::join(state.sizes, "x"), state.initial);
  return text;
}

std::string spec_text(const LayerSpec& spec) {
  std::string text = weights_text(spec);
  for (const Saved& each : spec.saved)
    text += fmt::format("saved {} {} {}; ", static_cast<int>(each.type), each.shared, each.per_sample);
  text += fmt::format("workspace {} out {} reads {} {} aliases {} {}; ", spec.workspace, spec.out.str(), spec.reads_x, spec.reads_y,
                      spec.in_place, spec.backward_in_place);
  text += fmt::format("gradient {} outputs {}; ", static_cast<int>(spec.gradient), spec.param_outputs);
  text += fmt::format("statistics {} {} {} {}; ", spec.statistics.ability != nullptr, spec.statistics.per_sample,
                      spec.statistics.partial, spec.statistics.partial_back);
  text += fmt::format("recurrence {} {}, packing {}, output split {}; ", spec.recurrence.ability != nullptr,
                      spec.recurrence.channels, spec.packing != nullptr, spec.output_split != nullptr);
  return text + fmt::format("min_batch {} flops {} form {}", spec.min_batch, spec.flops, spec.form.index());
}

std::vector<std::string> spec_faults(const LayerSpec& spec, const Shape& in) {
  std::vector<std::string> faults;
  const auto fault = [&](const std::string& what) { faults.push_back(what); };
  std::set<std::string> names;
  const auto name_once = [&](const std::string& name, const std::vector<int>& sizes) {
    if (name.empty() || !names.insert(name).second) fault("the name '" + name + "' is empty or used twice");
    if (std::ranges::any_of(sizes, [](int size) { return size < 1; })) fault(name + " has a size below 1");
  };
  for (const Param& param : spec.params) {
    name_once(param.name, param.sizes);
    if (param.fan_in < 1 || param.fan_out < 1) fault(param.name + " has a fan below 1");
  }
  for (const State& state : spec.state) name_once(state.name, state.sizes);
  if (spec.param_outputs < 0) fault("param_outputs is " + std::to_string(spec.param_outputs));
  if (spec.output_split && (spec.params.empty() || spec.param_outputs < 1))
    fault("it splits its outputs, but param_outputs is " + std::to_string(spec.param_outputs));
  if (!spec.state.empty() && !spec.statistics.ability && !spec.recurrence.ability)
    fault("there is a state, but neither statistics nor a recurrence that move it");
  if (spec.recurrence.ability && spec.recurrence.channels < 1)
    fault("it recurs, but recurrence.channels is " + std::to_string(spec.recurrence.channels));
  if (spec.out.size() != in.size() && (spec.in_place || spec.backward_in_place))
    fault("works in place, but x has " + in.str() + " values and y " + spec.out.str());
  if (!(spec.flops >= 0)) fault("flops is " + std::to_string(spec.flops));
  return faults;
}

}  // namespace cambium::testing
