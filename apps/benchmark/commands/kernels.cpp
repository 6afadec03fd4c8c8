// How fast each kernel of framework/kernels is alone, at the sizes that the workloads give it. A row for each shape, on one thread
// and at the instruction set that the library uses. Each figure is the shortest of many bursts within --time-s; what a kernel reads
// is then in the caches, as in a training step it often is.
#include "cambium/framework/kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/benchmark/timing/peak.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/arena.h"

namespace benchmark {
namespace {

using namespace cambium;

// One block of memory for all that a kernel reads and writes, as in a plan: one thing after the other, each on a line of its own.
class Memory {
 public:
  Memory() : block_(std::size_t{32} << 20) {}
  void clear() { used_ = 0; }

  // n values between -1 and 1; whole numbers are 0.
  template <class T = real>
  T* take(std::size_t n) {
    auto* const values = reinterpret_cast<T*>(block_.data() + std::exchange(used_, used_ + aligned(n * sizeof(T))));
    for (std::size_t i = 0; i < n; ++i)
      values[i] = static_cast<T>(static_cast<double>(static_cast<std::uint32_t>(i) * 2654435761u) * 0x1p-31 - 1);
    return values;
  }

 private:
  Block block_;
  std::size_t used_ = 0;
};

struct Bench {
  const Kernels& run = kernels(best_isa());
  Memory memory;
  double seconds;  // for each figure
  double peak;     // floating point operations in a second

  // Seconds of a call: the least of many bursts. They grow until reading the clock counts for nothing.
  double time(const std::function<void()>& call) const {
    call();  // brings what it reads into the caches
    double best = INFINITY;
    int calls = 1;
    const double start = now();
    do {
      const double before = now();
      for (int i = 0; i < calls; ++i) call();
      const double burst = now() - before;
      best = std::min(best, burst / calls);
      if (burst < 1e-4) calls *= 2;
    } while (now() - start < seconds && !apps::stopped());
    return best;
  }

  void print_flops(double flops, const std::function<void()>& call) const {
    const double speed = flops / time(call);
    if (apps::stopped()) return;
    apps::say("{:>12.2f}{:>9.1f}{:>7.1f} %", 1e6 * flops / speed, 1e-9 * speed, 100 * speed / peak);
  }
  void print_bytes(const std::string& kernel, const std::string& shape, double bytes, const std::function<void()>& call) const {
    const double speed = bytes / time(call);
    if (apps::stopped()) return;
    apps::say("{:<26}{:<26}{:>10.2f}{:>9.1f}\n", kernel, shape, 1e6 * bytes / speed, 1e-9 * speed);
  }
};

void print_head(const std::string& what, const std::string& count) {
  apps::say("\n{:<21}{:>8}{:>30}{:>30}{:>30}\n{:<29}", what, count, "forward", "backward_input", "backward_params", "");
  for (int pass = 0; pass < 3; ++pass) apps::say("{:>12}{:>9}{:>9}", "us", "GFLOP/s", "of peak");
  apps::say("\n");
}

// A dense layer: y = x w^T, dx = dy w, dw = dy^T x.
void print_dense(Bench& bench, const std::string& name, int inputs, int outputs, int batch) {
  if (apps::stopped()) return;
  bench.memory.clear();
  const auto in = static_cast<std::size_t>(inputs), out = static_cast<std::size_t>(outputs), rows = static_cast<std::size_t>(batch);
  real *const x = bench.memory.take(rows * in), *const w = bench.memory.take(out * in), *const y = bench.memory.take(rows * out);
  const auto multiply = bench.run.matrix.multiply;
  const double flops = 2.0 * inputs * outputs * batch;
  apps::say("{:<21}{:>8}", name, batch);
  bench.print_flops(flops, [&] { multiply(batch, outputs, inputs, {x, inputs}, {w, inputs, Op::transposed}, false, y, outputs); });
  bench.print_flops(flops, [&] { multiply(batch, inputs, outputs, {y, outputs}, {w, inputs}, false, x, inputs); });
  bench.print_flops(flops, [&] { multiply(outputs, inputs, batch, {y, outputs, Op::transposed}, {x, inputs}, false, w, inputs); });
  apps::say("\n");
}

void print_products(Bench& bench) {
  print_head("matrix products", "batch");
  for (const int batch : {1, 8, 64, 256}) {
    print_dense(bench, "W1.1  784 -> 256", 784, 256, batch);
    print_dense(bench, "W1.2  256 -> 128", 256, 128, batch);
    print_dense(bench, "W1.3  128 -> 10", 128, 10, batch);
  }
  print_dense(bench, "      1024 -> 1024", 1024, 1024, 1024);
}

struct Case {
  const char* name;
  int channels, size, filters, kernel, stride, pad;

  Convolution convolution() const {
    const int out = (size + 2 * pad - kernel) / stride + 1;
    return {{channels, size, size, kernel, kernel, stride, stride, pad, pad, out, out}, filters};
  }
};

void print_convolution(Bench& bench, const Case& one, int samples) {
  if (apps::stopped()) return;
  bench.memory.clear();
  const Convolution of = one.convolution();
  const auto area = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  const std::size_t depth = static_cast<std::size_t>(of.window.channels) * area(one.kernel, one.kernel);
  const std::size_t places = area(of.window.out_height, of.window.out_width), filters = static_cast<std::size_t>(of.filters);
  const auto batch = static_cast<std::size_t>(samples);
  const ConvolveKernels& run = bench.run.convolve;
  const ConvolveKernels::Sizes sizes = run.sizes(of);
  Memory& memory = bench.memory;
  real* const x = memory.take(batch * static_cast<std::size_t>(of.window.channels) * area(one.size, one.size));
  real *const y = memory.take(batch * filters * places), *const w = memory.take(filters * depth),
              *const bias = memory.take(filters);
  real *const there = memory.take(sizes.forward), *const back = memory.take(sizes.backward_input),
              *const workspace = memory.take(sizes.workspace);
  run.pack(of, w, there, back);
  const double flops = 2.0 * static_cast<double>(batch * filters * depth * places);
  apps::say("{:<21}{:>8}", one.name, samples);
  bench.print_flops(flops, [&] { run.forward(of, x, there, bias, y, samples, workspace); });
  bench.print_flops(flops, [&] { run.backward_input(of, y, back, x, samples, workspace); });
  bench.print_flops(flops, [&] { run.backward_params(of, x, y, w, samples, false, workspace); });
  apps::say("\n");
}

void print_convolutions(Bench& bench) {
  print_head("convolutions", "samples");
  for (const Case& one : {Case{"W3.1  1->8 28x28 5x5", 1, 28, 8, 5, 1, 0}, Case{"W3.2  8->16 12x12 5x5", 8, 12, 16, 5, 1, 0},
                          Case{"W4.1  1->32 28x28", 1, 28, 32, 3, 1, 1}, Case{"W4.2  32->32 28x28", 32, 28, 32, 3, 1, 1},
                          Case{"W4.3  32->64 14x14", 32, 14, 64, 3, 1, 1}, Case{"W4.4  64->64 14x14", 64, 14, 64, 3, 1, 1},
                          Case{"W5    3->16 32x32", 3, 32, 16, 3, 1, 1}, Case{"W5    16->16 32x32", 16, 32, 16, 3, 1, 1},
                          Case{"W5  16->32 32x32 / 2", 16, 32, 32, 3, 2, 1}, Case{"W5    32->32 16x16", 32, 16, 32, 3, 1, 1},
                          Case{"W5    64->64 8x8", 64, 8, 64, 3, 1, 1}})
    for (const int samples : {1, 8}) print_convolution(bench, one, samples);
}

void print_pool(Bench& bench, const std::string& shape, int channels, int size) {
  bench.memory.clear();
  const Window w = {channels, size, size, 2, 2, 2, 2, 0, 0, size / 2, size / 2};
  const auto values = static_cast<std::size_t>(channels) * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  real *const x = bench.memory.take(values), *const y = bench.memory.take(values / 4);
  auto* const where = bench.memory.take<std::int32_t>(values / 4);
  const double bytes = 6.0 * static_cast<double>(values);  // four of x, and for every fourth value four of y and four of where
  bench.print_bytes("max pool 2x2", shape, bytes, [&] { bench.run.window.max_pool(x, w, y, where); });
  bench.print_bytes("max pool 2x2 back", shape, bytes, [&] { bench.run.window.max_pool_back(y, where, w, x); });
}

void print_norm(Bench& bench, const std::string& shape, std::size_t rows, std::size_t channels, std::size_t spatial) {
  bench.memory.clear();
  const std::size_t values = rows * channels * spatial;
  const auto bytes = static_cast<double>(values * sizeof(real));
  Memory& memory = bench.memory;
  real *const x = memory.take(values), *const y = memory.take(values), *const dx = memory.take(values);
  const NormMap map = {memory.take(3 * channels), memory.take(2 * channels), false};
  const NormEpilogue epilogue = {memory.take(channels), memory.take(channels), true};
  auto* const out = memory.take<double>(3 * channels);
  const NormalizeKernels& run = bench.run.normalize;
  bench.print_bytes("norm: moments", shape, bytes, [&] { run.moments(x, rows, channels, spatial, out); });
  bench.print_bytes("norm: forward", shape, 2 * bytes, [&] { run.forward(x, y, rows, channels, spatial, map, epilogue); });
  bench.print_bytes("norm: back_moments", shape, 2 * bytes,
                    [&] { run.back_moments(x, y, rows, channels, spatial, map, epilogue, out); });
  bench.print_bytes("norm: backward", shape, 3 * bytes, [&] { run.backward(x, y, dx, rows, channels, spatial, map, epilogue); });
}

void print_loops(Bench& bench) {
  constexpr std::size_t weights = 200'000;
  const std::string shape = "200,000 values";
  constexpr double bytes = weights * sizeof(real);
  bench.memory.clear();
  real *const w = bench.memory.take(weights), *const dw = bench.memory.take(weights), *const velocity = bench.memory.take(weights);
  const ElementwiseKernels& run = bench.run.elementwise;
  const real endless = static_cast<real>(INFINITY), rate = static_cast<real>(1e-6), momentum = static_cast<real>(0.9), as_it_is = 1;
  bench.print_bytes("sgd with momentum", shape, 5 * bytes, [&] {
    bench.run.optimize.sgd(w, {dw, weights, &as_it_is, 1}, velocity, {rate, momentum, false}, {endless, 0, 0, endless});
  });
  real most = 0;
  bench.print_bytes("largest", shape, bytes, [&] { most = run.largest(w, weights); });
  if (!std::isfinite(most)) apps::say("largest met a number that is not finite, so its time says nothing\n");
  bench.print_bytes("relu", shape, 2 * bytes, [&] { run.relu(w, velocity, weights); });
  bench.print_bytes("relu_back", shape, 3 * bytes, [&] { run.relu_back(w, dw, velocity, weights); });
  bench.print_bytes("add", shape, 3 * bytes, [&] { run.add(w, dw, velocity, weights); });
}

void print_movers(Bench& bench) {
  apps::say("\n{:<26}{:<26}{:>10}{:>9}\n", "what moves memory", "", "us", "GB/s");
  print_pool(bench, "W3  8 of 24x24", 8, 24);
  print_pool(bench, "W4  32 of 28x28", 32, 28);
  print_pool(bench, "W4  64 of 14x14", 64, 14);
  print_norm(bench, "W2  64 x 256", 64, 256, 1);
  print_norm(bench, "W4  8 x 32 of 28x28", 8, 32, 28 * 28);
  print_norm(bench, "W5  8 x 16 of 32x32", 8, 16, 32 * 32);
  print_norm(bench, "W5  8 x 64 of 8x8", 8, 64, 8 * 8);
  print_loops(bench);
}

void print_kernels(double seconds) {
  print_start(1);
  apps::begin();
  Bench bench = {.memory = {}, .seconds = seconds, .peak = peak_flops(1)};
  apps::say("one thread; peak of multiply-adds: {:.0f} GFLOP/s\n", 1e-9 * bench.peak);
  for (const auto print : {print_products, print_convolutions, print_movers})
    if (!apps::stopped()) print(bench);
}

}  // namespace

Run declare_kernels(CLI::App& app) {
  const auto seconds = std::make_shared<double>(0.06);
  add_time(app, *seconds, "seconds for each figure");
  return [seconds] { print_kernels(*seconds); };
}

}  // namespace benchmark
