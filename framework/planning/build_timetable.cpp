#include "cambium/framework/planning/build_timetable.h"

#include "cambium/framework/planning/memory_plan.h"
#include "cambium/framework/planning/recompute.h"
#include "cambium/framework/planning/rewrite.h"
#include "cambium/framework/planning/select.h"

namespace cambium {

namespace {

ScheduledTensor& tensor_of(Timetable& s, int i) { return s.tensors[as_size(i)]; }

void make_tensors(Timetable& s, const Graph& graph, const Selection& selection) {
  std::vector<int> made_of(graph.entries().size(), -1);  // by entry
  for (int i : selection.inputs) {
    made_of[as_size(i)] = static_cast<int>(s.tensors.size());
    s.inputs.push_back(static_cast<int>(s.tensors.size()));
    s.tensors.push_back({.shape = graph.entries()[as_size(i)].shape});
  }
  for (int p = 0; p < static_cast<int>(s.ops.size()); ++p) {
    ScheduledOp& op = s.ops[as_size(p)];
    for (int input : op.reads) {
      const int t = made_of[as_size(input)];
      op.in.push_back(t);
      tensor_of(s, t).readers.push_back(p);
      tensor_of(s, t).observed |= op.observed;
    }
    op.out = static_cast<int>(s.tensors.size());
    made_of[as_size(op.makes)] = op.out;
    s.tensors.push_back({.shape = op.spec.out, .producer = p, .source = op.is_reshape ? op.in[0] : -1, .observed = op.observed});
  }
  for (int i : selection.outputs) {
    s.outputs.push_back(made_of[as_size(i)]);
    tensor_of(s, s.outputs.back()).is_output = true;
  }
}

// A gradient is needed where something upstream learns, or is observed.
void choose_gradients(Timetable& s, const PlanOptions& options) {
  if (!s.has_backward) return;
  for (int t : s.inputs) tensor_of(s, t).needs_gradient = options.input_gradient || tensor_of(s, t).observed;
  for (ScheduledOp& op : s.ops) {
    bool upstream = op.observed;
    for (int t : op.in) upstream |= tensor_of(s, t).needs_gradient;
    if (op.observed)
      for (int t : op.in) tensor_of(s, t).needs_gradient = true;
    op.goes_back = upstream || op.trainable;
    tensor_of(s, op.out).needs_gradient = op.goes_back;
  }
}

std::vector<std::size_t> values_read(Timetable& s) {
  std::vector<std::size_t> all;
  for (const ScheduledOp& op : s.ops) {
    std::size_t values = 0;
    for (int t : op.in) values += as_size(tensor_of(s, t).shape.size());
    all.push_back(values);
  }
  return all;
}

}  // namespace

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa) {
  Timetable s;
  s.has_backward = options.mode == Mode::train || options.backward;
  const Selection selection = select(graph, options);
  s.ops = make_ops(graph, weights, options, isa, selection, s.has_backward);
  make_tensors(s, graph, selection);
  choose_gradients(s, options);
  s.stages = make_stages(s.ops, values_read(s), s.has_backward);
  choose_recompute(s);
  plan_memory(s, weights, options);
  return s;
}

}  // namespace cambium
