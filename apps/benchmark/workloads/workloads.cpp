#include "apps/benchmark/workloads/workloads.h"

#include "apps/benchmark/workloads/networks.h"
#include "apps/common/named.h"

namespace benchmark {

using namespace cambium;

const std::vector<Workload>& workloads() {
  const auto small_mlp = [](const Workload& of, const Norm& norm) { return mlp(of, norm, {256, 128}); };
  const auto large_mlp = [](const Workload& of, const Norm& norm) { return mlp(of, norm, {500, 300}); };
  static const std::vector<Workload> all = {
      {"W1", "784-256-128-10, relu", Shape{784}, 10, "none", false, small_mlp},
      {"W2", "the same with batch norm and affine before each relu", Shape{784}, 10, "batch_norm", true, small_mlp},
      {"W3", "LeNet: two 5x5 convolutions of 8 and 16 filters, relu, max pool, dense", Shape{1, 28, 28}, 10, "none", false, lenet},
      {"W4", "four 3x3 convolutions of 32 and 64 filters with batch norm, two dense layers", Shape{1, 28, 28}, 10, "batch_norm",
       true, four_convolutions},
      {"W5", "ResNet-20 for 32x32 images, shortcuts without weights", Shape{3, 32, 32}, 10, "batch_norm", false, resnet20},
      {"W6", "W2 with online norm in place of batch norm", Shape{784}, 10, "online_norm", true, small_mlp},
      {"W7", "784-500-300-10, relu; for the comparison of norms", Shape{784}, 10, "none", false, large_mlp},
  };
  return all;
}

const Workload& workload(const std::string& name) { return apps::named("workload", name, workloads()); }

}  // namespace benchmark
