#include "cambium/framework/planning/select.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

bool contains(const std::vector<int>& all, int one) { return std::find(all.begin(), all.end(), one) != all.end(); }

class Selector {
 public:
  Selector(const Graph& graph, const PlanOptions& options) : graph_(graph), options_(options) {}

  Selection run() {
    s_.needed.assign(graph_.entries().size(), false);
    s_.observed = s_.needed;
    s_.outputs = options_.stop.empty() ? graph_.outputs() : std::vector<int>{graph_.find(options_.stop)};
    const int start = input_of_start();
    walk_back(start);
    choose_inputs(start);
    for (int i : s_.outputs)
      if (!entry(i).layer || i == start)
        throw Error(fmt::format("'{}' is an input, not a layer", entry(i).name), "a layer to stop at");
    mark_observed();
    return std::move(s_);
  }

 private:
  const Graph::Entry& entry(int i) const { return graph_.entries()[as_size(i)]; }

  // -1: the plan begins at the inputs of the model.
  int input_of_start() const {
    if (options_.start.empty()) return -1;
    const Graph::Entry& start = entry(graph_.find(options_.start));
    if (start.inputs.size() != 1)
      throw Error(
          fmt::format("start = '{}': it has {} inputs, and a pass can start at a layer with one", start.name, start.inputs.size()),
          "a layer with one input");
    return start.inputs[0];
  }

  void walk_back(int start) {
    bool reached_start = start < 0;
    int other_way = -1;
    std::vector<int> open = s_.outputs;
    while (!open.empty()) {
      const int i = open.back();
      open.pop_back();
      if (s_.needed[as_size(i)]) continue;
      s_.needed[as_size(i)] = true;
      if (i == start) {
        reached_start = true;
        continue;
      }
      if (!entry(i).layer) other_way = i;
      open.insert(open.end(), entry(i).inputs.begin(), entry(i).inputs.end());
    }
    if (!reached_start)
      throw Error(fmt::format("start = '{}', stop = '{}': the one does not lead to the other", options_.start, options_.stop),
                  "a start that comes before the stop");
    if (start >= 0 && other_way >= 0)
      throw Error(fmt::format("start = '{}': the output depends on '{}' by another way too", options_.start, entry(other_way).name),
                  "a later start, or an earlier stop");
  }

  // Without a stop all inputs of the model stay, whether an output depends on them or not.
  void choose_inputs(int start) {
    if (start >= 0) s_.inputs = {start};
    for (int i : graph_.inputs())
      if (start < 0 && (s_.needed[as_size(i)] || options_.stop.empty())) s_.inputs.push_back(i), s_.needed[as_size(i)] = true;
  }

  void mark_observed() {
    for (const std::string& name : options_.observe) {
      const int i = graph_.find(name);
      if (!entry(i).layer || !s_.computes(i))
        throw Error(fmt::format("observe = '{}': that layer does not run in this plan", name), "a layer between start and stop");
      s_.observed[as_size(i)] = true;
    }
  }

  const Graph& graph_;
  const PlanOptions& options_;
  Selection s_;
};

}  // namespace

bool Selection::is_input(int entry) const { return contains(inputs, entry); }
bool Selection::is_output(int entry) const { return contains(outputs, entry); }

Selection select(const Graph& graph, const PlanOptions& options) { return Selector(graph, options).run(); }

}  // namespace cambium
