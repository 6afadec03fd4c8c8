#include "cambium/framework/planning/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/planning/output_cut.h"

namespace cambium {
namespace {

std::string bytes_str(std::size_t bytes) {
  return bytes < 10000      ? fmt::format("{} B", bytes)
         : bytes < 10000000 ? fmt::format("{} kB", bytes / 1000)
                            : fmt::format("{} MB", bytes / 1000000);
}

// What is out of the ordinary about an op.
std::string notes_on(const Timetable& timetable, const ScheduledOp& op) {
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  const auto value_of = [&](int t) { return timetable.tensors[as_size(t)].value; };
  if (op.folded) say("folded");
  if (op.is_reshape)
    say("the same values");
  else if (value_of(op.out) == value_of(op.in[0]))
    say("in place");
  if (!timetable.tensors[as_size(op.out)].recompute.empty()) say("recomputed on the way back");
  if (timetable.has_backward && !op.goes_back) say("forward only");
  if (!op.params.empty() && timetable.has_backward && !op.trainable) say("frozen");
  if (op.held) say("statistics held");
  if (op.observed) say("observed");
  return text;
}

// In the first call of each pass. Of a batch that is not cut, threads share the outputs of a large layer.
std::string algorithms_of(const Timetable& timetable, std::size_t p, int batch) {
  const ScheduledOp& op = timetable.ops[p];
  const LayerSpec& spec = op.spec;
  if (!spec.algorithm) return "";
  const OutputCut outputs = cut_of_outputs(spec);
  const auto samples = [&](const Stage& stage) { return stage.cut(batch).chunk(0, 0).count(); };
  const int op_number = static_cast<int>(p);
  const Stage& stage = timetable.stage_at(timetable.forward_time(op_number));
  const bool shared = stage.cut(batch).slices == 1 && outputs.parts > 1;
  const std::string forward = spec.algorithm(Pass::forward, samples(stage), shared ? outputs.outputs : spec.param_outputs);
  if (!timetable.has_backward) return forward;
  std::string input = "-", params = "-";
  if (op.goes_back) {
    const Stage& back = timetable.stage_at(timetable.backward_time(op_number));
    if (op.dx[0].needed) input = spec.algorithm(Pass::backward_input, samples(back), spec.param_outputs);
    const int block = std::min(output_block(spec, batch), batch == 1 ? outputs.outputs : spec.param_outputs);
    if (op.trainable) params = spec.algorithm(Pass::backward_params, spec.param_outputs > 0 ? batch : samples(back), block);
  }
  return input == forward && params == forward ? forward : fmt::format("{} / {} / {}", forward, input, params);
}

}  // namespace

std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes) {
  std::size_t width = 4, algorithm_width = 9, layers = 0;
  double flops = 0;
  std::vector<std::string> algorithms;
  for (std::size_t p = 0; p < timetable.ops.size(); ++p) {
    algorithms.push_back(algorithms_of(timetable, p, batch));
    width = std::max(width, timetable.ops[p].name.size());
    algorithm_width = std::max(algorithm_width, algorithms[p].size());
  }
  const auto line = [&](auto number, const std::string& name, const std::string& output, const std::string& cost,
                        const std::string& bytes, auto stage, const std::string& algorithm, const std::string& notes) {
    std::string text = fmt::format("{:>3}  {:<{}}  {:<14}{:>12}{:>12}{:>7}  {:<{}}  {}", number, name, width, output, cost, bytes,
                                   stage, algorithm, algorithm_width, notes);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::string text = line("", "op", "output", "FLOPs", "output", "stage", "algorithm", "");
  for (std::size_t p = 0; p < timetable.ops.size(); ++p) {
    const ScheduledOp& op = timetable.ops[p];
    const double cost = op.spec.flops * batch;
    const std::size_t bytes = as_size(batch) * as_size(op.spec.out.size()) * sizeof(real);
    text += line(p + 1, op.name, op.spec.out.str(), fmt::format("{:.3g}", cost), bytes_str(bytes),
                 timetable.stages.forward_of[p] + 1, algorithms[p], notes_on(timetable, op));
    layers += op.entries.size(), flops += cost;
  }
  return text + fmt::format("{} ops for {} layers; {:.3g} FLOPs forward for a batch of {}; {} of memory\n", timetable.ops.size(),
                            layers, flops, batch, bytes_str(arena_bytes));
}

}  // namespace cambium
