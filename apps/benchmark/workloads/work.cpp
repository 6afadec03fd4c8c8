#include "apps/benchmark/workloads/work.h"

#include <variant>
#include <vector>

namespace benchmark {

using namespace cambium;

namespace {

double forward_of(const LayerSpec& spec, const Shape& in) {
  if (const auto* dense = std::get_if<form::Dense>(&spec.form)) return 2.0 * dense->inputs * dense->outputs;
  if (const auto* conv = std::get_if<form::Conv>(&spec.form))
    return 2.0 * spec.out.size() * in.channels() * conv->kernel_height * conv->kernel_width;
  return 0;
}

template <class Takes>
Work sum_over(const Graph& graph, Takes takes) {
  Work work;
  const std::vector<Graph::Entry>& entries = graph.entries();
  std::vector<bool> moves(entries.size(), false);  // depends on some weights, so its gradient is computed
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].layer == nullptr) continue;
    const LayerSpec spec = graph.spec(static_cast<int>(i), 2, Mode::train);  // 2: a batch that every norm can take
    const auto input = static_cast<std::size_t>(entries[i].inputs[0]);
    const double forward = takes(entries[i].name) ? forward_of(spec, entries[input].shape) : 0;
    work.forward += forward;
    work.training += forward * (moves[input] ? 3 : 2);
    moves[i] = !spec.params.empty();
    for (const int from : entries[i].inputs) moves[i] = moves[i] || moves[static_cast<std::size_t>(from)];
  }
  return work;
}

}  // namespace

Work work_of(const Graph& graph) {
  return sum_over(graph, [](const std::string&) { return true; });
}

Work work_of(const Graph& graph, const std::string& pass) {
  const std::string among = " + " + pass + " + ";
  return sum_over(graph, [&](const std::string& layer) { return among.find(" + " + layer + " + ") != std::string::npos; });
}

}  // namespace benchmark
