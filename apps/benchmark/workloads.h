// The models whose training is timed, by name.
#pragma once

#include <string>
#include <vector>

#include "apps/benchmark/norms.h"
#include "cambium/framework/graph/graph.h"

namespace benchmark {

struct Workload {
  std::string name;   // "W7"
  std::string about;  // one line
  cambium::Shape input;
  int classes;
  cambium::Graph (*model)(const Workload& of, const Norm& norm);
};

const std::vector<Workload>& workloads();
// Throws cambium::Error for an unknown name, with the closest one.
const Workload& workload(const std::string& name);

}  // namespace benchmark
