// The models whose speed is measured, by name.
#pragma once

#include <string>
#include <vector>

#include "apps/benchmark/workloads/norms.h"
#include "cambium/framework/graph/graph.h"

namespace benchmark {

struct Workload {
  std::string name;   // "W4"
  std::string about;  // one line
  cambium::Shape input;
  int classes;
  std::string norm;  // what it normalizes with, unless another norm is put in its place
  bool keeps_bias;   // the layer before a norm has a bias although the shift behind makes it superfluous, as in the peers' models
  cambium::Graph (*build)(const Workload& of, const Norm& norm);

  cambium::Graph model(const Norm& with) const { return build(*this, with); }
  cambium::Graph model() const { return model(benchmark::norm(norm)); }
};

const std::vector<Workload>& workloads();
// Throws cambium::Error for an unknown name, with the closest one.
const Workload& workload(const std::string& name);

// One of them, in batches of one size, on so many threads.
struct Cell {
  std::string workload;
  int batch = 64, threads = 1;
};

}  // namespace benchmark
