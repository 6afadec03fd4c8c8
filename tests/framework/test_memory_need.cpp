// What a training takes, as it says before, against what was held at once; and what happens where that is not to be had.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/base/memory_left.h"
#include "cambium/framework/data/digits/digits.h"
#include "tests/data/temp_folder.h"
#include "tests/support/error_text.h"
#include "tests/support/made_system.h"
#include "tests/support/memory_peak.h"

namespace cambium {
namespace {

using cambium_tests::MadeSystem;
using cambium_tests::MemoryPeak;
using cambium_tests::TempFolder;
using cambium_tests::version_1;
using cambium_tests::version_2;

MemoryDataset some_digits(int count) { return digits(Split::train, {.count = count, .threads = 1}); }

Graph dense_net(int layers, int width) {
  Graph graph(Shape{1, 28, 28});
  Node x = graph.then(graph.input_node(), Flatten());
  for (int i = 0; i < layers; ++i) x = graph.then(x, Dense(width), OnlineNorm(), Affine(), Relu());
  graph.then(x, Dense(10));
  return graph;
}

struct Case {
  std::string name;
  Graph graph;
  int batch, threads;
  bool validate;
};

std::vector<Case> cases() {
  const Shape in{1, 28, 28};
  return {{"mlp", models::mlp(in, 10), 1, 1, false},
          {"mlp", models::mlp(in, 10), 64, 2, true},
          {"conv_bn", models::conv_bn(in, 10), 16, 1, false},
          {"conv_bn", models::conv_bn(in, 10), 64, 2, true},
          {"online_conv", models::online_conv(in, 10), 1, 1, true},
          {"online_conv", models::online_conv(in, 10), 64, 1, false},
          {"lenet5", models::lenet5(in, 10), 1, 2, false},
          {"lenet5", models::lenet5(in, 10), 32, 1, true},
          {"residual_net", models::residual_net(in, 10), 8, 2, false},
          {"residual_net", models::residual_net(in, 10), 16, 1, true},
          {"dense, 1 x 16", dense_net(1, 16), 1, 1, false},
          {"dense, 1 x 16", dense_net(1, 16), 64, 2, true},
          {"dense, 3 x 1000", dense_net(3, 1000), 1, 1, true},
          {"dense, 3 x 1000", dense_net(3, 1000), 64, 2, false},
          {"dense, 30 x 64", dense_net(30, 64), 1, 1, true},
          {"dense, 30 x 64", dense_net(30, 64), 64, 2, true}};
}

// The optimizer, 0 to 2, takes no moments, one, or two.
Trainer trainer_of(const Case& c, int optimizer) {
  const TrainerOptions options{.batch = c.batch, .threads = c.threads};
  if (optimizer == 0) return Trainer(c.graph, SoftmaxCrossEntropy(), Sgd({.rate = 1e-4}), options);
  if (optimizer == 1) return Trainer(c.graph, SoftmaxCrossEntropy(), Sgd({.rate = 1e-4, .momentum = 0.9}), options);
  return Trainer(c.graph, SoftmaxCrossEntropy(), Adam({.rate = 1e-5}), options);
}

bool is_counted() {
  if (!MemoryPeak::counted()) fmt::print("SKIPPED what a training holds: malloc cannot be counted here\n");
  return MemoryPeak::counted();
}

TEST_CASE("memory: a training says within a tenth what it will hold at once") {
  if (!is_counted()) return;
  const MemoryDataset train = some_digits(64), validate = some_digits(130);
  trainer_of(cases()[0], 0).fit(train);  // what is made once for the process
  int optimizer = 0;
  for (const Case& c : cases()) {
    optimizer = (optimizer + 1) % 3;
    const MemoryPeak peak;
    MemoryNeed need;
    {
      Trainer trainer = trainer_of(c, optimizer);
      const FitOptions fit{.epochs = 2, .validate = c.validate ? &validate : nullptr, .restore_best = c.validate};
      need = trainer.memory_needed(train, fit);
      trainer.fit(train, fit);
    }
    const auto held = static_cast<double>(peak.bytes()), said = static_cast<double>(need.total());
    CHECK_MESSAGE(std::abs(said / held - 1) < 0.1, c.name, ", batch ", c.batch, ": said ", said, ", held ", held);
  }
}

TEST_CASE("memory: one that goes on from a checkpoint holds that too") {
  if (!is_counted()) return;
  const TempFolder folder;
  const MemoryDataset train = some_digits(64);
  const Graph graph = dense_net(2, 500);
  FitOptions fit{.epochs = 1, .validate = &train};
  fit.checkpoints = {.folder = folder.file("run"), .resume = true};
  const auto run = [&](int epochs) {
    fit.epochs = epochs;
    const MemoryPeak peak;
    Trainer trainer(graph, SoftmaxCrossEntropy(), Adam(), {.batch = 16, .threads = 1});
    const auto said = static_cast<double>(trainer.memory_needed(train, fit).total());
    trainer.fit(train, fit);
    return said / static_cast<double>(peak.bytes());
  };
  run(1);
  CHECK(std::abs(run(2) - 1) < 0.1);
}

TEST_CASE("memory: a limit is kept, with the figures and a batch that would do") {
  const MemoryDataset train = some_digits(512);
  Trainer trainer(models::conv_bn(), SoftmaxCrossEntropy(), Adam(), {.batch = 256, .threads = 1});
  const MemoryNeed need = trainer.memory_needed(train);
  FitOptions fit{.memory_limit = need.total() / 2};
  const std::string said = error_of([&] { trainer.fit(train, fit); });
  CHECK(said.starts_with("fit: it needs " + need.str() + "; "));
  CHECK(said.find(" are allowed; try .batch = ") != said.npos);
  CHECK(trainer.optimizer().steps() == 0);
  fit.memory_limit = 1000;
  CHECK(error_of([&] { trainer.fit(train, fit); }).ends_with("1.00 kB are allowed; try a smaller model"));
  fit.memory_limit = need.total();
  CHECK(trainer.fit(train, fit).steps == 2);
  CHECK(trainer.memory_needed(train).taken > need.taken);  // the moments
  trainer.evaluate(train);                                 // a plan that a fit without validation has no use for
  CHECK(trainer.memory_needed(train).taken == need.taken + need.moments);
}

TEST_CASE("memory: a batch that no machine holds is refused before any of it is taken") {
  std::vector<real> values(1 << 16);
  const MemoryDataset train(Shape{1}, std::move(values), std::vector<int>(1 << 16, 0), 2);
  const Graph graph = Sequential(Shape{1}, Dense(1 << 22), Relu(), Dense(2));
  Trainer trainer(graph, SoftmaxCrossEntropy(), Sgd(), {.batch = 1 << 16, .threads = 1});
  const std::string said = error_of([&] { trainer.fit(train); });
  CHECK(said.starts_with("fit: it needs "));
  CHECK(said.find(" leaves ") != said.npos);
}

TEST_CASE("memory: what is left is the least that machine and control groups leave") {
  MadeSystem system("0::/a/b\n", version_2);
  const auto left = [&] { return memory_left(system.root()); };
  system.with("proc/self/statm", "1000 200 0 0 0 500 0\n");
  system.with("proc/meminfo", "MemTotal:       1000000 kB\nMemFree:  1 kB\nSwapTotal:       24 kB\n");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  CHECK(left().by == "this machine");
  CHECK(left().bytes == 1000024 * std::uint64_t{1024} - 200 * page);

  const std::string outer = "sys/fs/cgroup/a/", inner = "sys/fs/cgroup/a/b/";
  system.with(outer + "memory.max", "80000000\n").with(outer + "memory.current", "50000000\n");
  system.with(outer + "memory.stat", "anon 3\ninactive_file 20000000\n").with(inner + "memory.max", "max\n");
  CHECK(left().by == "its control group");
  CHECK(left().bytes == 50000000);
  system.with(inner + "memory.max", "60000000\n").with(inner + "memory.current", "70000000\n");
  CHECK(left().bytes == 0);
}

TEST_CASE("memory: what is left, in control groups of version 1") {
  MadeSystem system("7:memory:/a/b\n3:cpu,cpuacct:/\n", version_1);
  const std::string group = "sys/fs/cgroup/memory/";
  system.with("proc/meminfo", "MemTotal: 1000000 kB\n").with(group + "memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(memory_left(system.root()).by == "this machine");
  system.with(group + "a/b/memory.limit_in_bytes", "70000000\n").with(group + "a/b/memory.usage_in_bytes", "50000000\n");
  system.with(group + "a/b/memory.stat", "total_inactive_file 10000000\n");
  CHECK(memory_left(system.root()).bytes == 30000000);
}

}  // namespace
}  // namespace cambium
