#include <algorithm>

#include <fmt/format.h>

#include "cambium/framework/planning/timetable.h"

namespace cambium {
namespace {

std::string bytes_str(std::size_t bytes) {
  return bytes < 10000      ? fmt::format("{} B", bytes)
         : bytes < 10000000 ? fmt::format("{} kB", bytes / 1000)
                            : fmt::format("{} MB", bytes / 1000000);
}

// What is out of the ordinary about a pass.
std::string notes_on(const Timetable& timetable, const ScheduledPass& pass) {
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  const auto value_of = [&](int t) { return timetable.tensors[static_cast<std::size_t>(t)].value; };
  if (pass.folded) say("folded");
  if (pass.is_reshape) say("the same values");
  else if (value_of(pass.out) == value_of(pass.in[0])) say("in place");
  if (!timetable.tensors[static_cast<std::size_t>(pass.out)].again.empty()) say("again on the way back");
  if (timetable.has_backward && !pass.goes_back) say("forward only");
  if (!pass.params.empty() && timetable.has_backward && !pass.trainable) say("frozen");
  if (pass.held) say("statistics held");
  if (pass.observed) say("observed");
  return text;
}

}  // namespace

std::string summary_of(const Timetable& timetable, int batch, std::size_t arena_bytes) {
  std::size_t width = 4, layers = 0;
  double flops = 0;
  for (const ScheduledPass& pass : timetable.passes) width = std::max(width, pass.name.size());
  const auto line = [&](auto number, const std::string& name, const std::string& output, const std::string& cost,
                        const std::string& bytes, auto stage, const std::string& notes) {
    std::string text =
        fmt::format("{:>3}  {:<{}}  {:<14}{:>12}{:>12}{:>7}  {}", number, name, width, output, cost, bytes, stage, notes);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::string text = line("", "pass", "output", "FLOPs", "output", "stage", "");
  for (std::size_t p = 0; p < timetable.passes.size(); ++p) {
    const ScheduledPass& pass = timetable.passes[p];
    const double cost = pass.needs.flops * batch;
    const std::size_t bytes = static_cast<std::size_t>(batch) * static_cast<std::size_t>(pass.needs.out.size()) * sizeof(real);
    text += line(p + 1, pass.name, pass.needs.out.str(), fmt::format("{:.3g}", cost), bytes_str(bytes),
                 timetable.stages.forward_of[p] + 1, notes_on(timetable, pass));
    layers += pass.entries.size(), flops += cost;
  }
  return text + fmt::format("{} passes for {} layers; {:.3g} FLOPs forward for a batch of {}; {} of memory\n",
                            timetable.passes.size(), layers, flops, batch, bytes_str(arena_bytes));
}

}  // namespace cambium
