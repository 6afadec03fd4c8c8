#include "apps/benchmark/workloads.h"

#include <initializer_list>

#include "cambium/layers/dense.h"
#include "cambium/layers/relu.h"
#include "cambium/models/recipe.h"

namespace benchmark {
namespace {

using namespace cambium;

// Dense layers of these widths, each normalized before its relu, and one for the classes.
Graph mlp(const Workload& of, const Norm& norm, std::initializer_list<int> widths) {
  Graph g;
  Node x = g.input(of.input);
  for (const int width : widths) {
    x = norm.add(g, g.then(x, Dense(width, {.bias = norm.bias})));
    x = g.then(x, Relu());
  }
  g.then(x, Dense(of.classes));
  return g;
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      {"W1", "784-256-128-10, relu", Shape{784}, 10, [](auto& of, auto& norm) { return mlp(of, norm, {256, 128}); }},
      {"W7", "784-500-300-10, relu", Shape{784}, 10, [](auto& of, auto& norm) { return mlp(of, norm, {500, 300}); }},
  };
  return all;
}

const Workload& workload(const std::string& name) {
  std::vector<std::string> names;
  for (const Workload& one : workloads()) names.push_back(one.name);
  models::check_name("workload", name, names);
  for (const Workload& one : workloads())
    if (one.name == name) return one;
  return workloads()[0];
}

}  // namespace benchmark
