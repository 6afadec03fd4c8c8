#include "cambium/framework/planning/summary.h"

#include <fmt/format.h>

#include <algorithm>

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
  const auto value_of = [&](int t) { return timetable.tensors[static_cast<std::size_t>(t)].value; };
  if (op.folded) say("folded");
  if (op.is_reshape)
    say("the same values");
  else if (value_of(op.out) == value_of(op.in[0]))
    say("in place");
  if (!timetable.tensors[static_cast<std::size_t>(op.out)].recompute.empty()) say("recomputed on the way back");
  if (timetable.has_backward && !op.goes_back) say("forward only");
  if (!op.params.empty() && timetable.has_backward && !op.trainable) say("frozen");
  if (op.held) say("statistics held");
  if (op.observed) say("observed");
  return text;
}

}  // namespace

std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes) {
  std::size_t width = 4, layers = 0;
  double flops = 0;
  for (const ScheduledOp& op : timetable.ops) width = std::max(width, op.name.size());
  const auto line = [&](auto number, const std::string& name, const std::string& output, const std::string& cost,
                        const std::string& bytes, auto stage, const std::string& notes) {
    std::string text =
        fmt::format("{:>3}  {:<{}}  {:<14}{:>12}{:>12}{:>7}  {}", number, name, width, output, cost, bytes, stage, notes);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::string text = line("", "op", "output", "FLOPs", "output", "stage", "");
  for (std::size_t p = 0; p < timetable.ops.size(); ++p) {
    const ScheduledOp& op = timetable.ops[p];
    const double cost = op.spec.flops * batch;
    const std::size_t bytes = static_cast<std::size_t>(batch) * static_cast<std::size_t>(op.spec.out.size()) * sizeof(real);
    text += line(p + 1, op.name, op.spec.out.str(), fmt::format("{:.3g}", cost), bytes_str(bytes),
                 timetable.stages.forward_of[p] + 1, notes_on(timetable, op));
    layers += op.entries.size(), flops += cost;
  }
  return text + fmt::format("{} ops for {} layers; {:.3g} FLOPs forward for a batch of {}; {} of memory\n", timetable.ops.size(),
                            layers, flops, batch, bytes_str(arena_bytes));
}

}  // namespace cambium
