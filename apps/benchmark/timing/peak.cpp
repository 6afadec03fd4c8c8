#include "apps/benchmark/timing/peak.h"

#include <algorithm>

#include "apps/benchmark/timing/protocol.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/isa.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace benchmark {
namespace {

constexpr int chains = 12;  // independent sums: latency times the number of units is at most 10 on the processors of today
constexpr int turns = 20000;

// Each returns the sum of what it computed, so that no compiler leaves it out, and sets how much that was.
float plain(double& flops) {
  typedef float Four __attribute__((vector_size(16)));
  Four sum[chains] = {}, factor = {0.999f, 0.999f, 0.999f, 0.999f}, step = {0.001f, 0.001f, 0.001f, 0.001f};
  for (int turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12  // so that the sums stay in registers
    for (int i = 0; i < chains; ++i) sum[i] = sum[i] * factor + step;
  flops = 2.0 * turns * chains * 4;
  float all = 0;
  for (const Four& chain : sum) all += chain[0];
  return all;
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float avx2(double& flops) {
  __m256 sum[chains], factor = _mm256_set1_ps(0.999f), step = _mm256_set1_ps(0.001f);
  for (__m256& chain : sum) chain = _mm256_setzero_ps();
  for (int turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) sum[i] = _mm256_fmadd_ps(sum[i], factor, step);
  flops = 2.0 * turns * chains * 8;
  float all = 0;
  for (const __m256& chain : sum) all += _mm256_cvtss_f32(chain);
  return all;
}

__attribute__((target("avx512f"))) float avx512(double& flops) {
  __m512 sum[chains], factor = _mm512_set1_ps(0.999f), step = _mm512_set1_ps(0.001f);
  for (__m512& chain : sum) chain = _mm512_setzero_ps();
  for (int turn = 0; turn < turns; ++turn)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) sum[i] = _mm512_fmadd_ps(sum[i], factor, step);
  flops = 2.0 * turns * chains * 16;
  float all = 0;
  for (const __m512& chain : sum) all += _mm512_cvtss_f32(chain);
  return all;
}
#endif

float burst(cambium::Isa isa, double& flops) {
#if defined(__x86_64__)
  if (isa == cambium::Isa::avx512) return avx512(flops);
  if (isa == cambium::Isa::avx2) return avx2(flops);
#endif
  return plain(flops);
}

}  // namespace

double peak_flops(int threads) {
  cambium::ThreadPool pool(threads);
  volatile float kept[64] = {};  // one for each thread, at most 64
  double flops[64] = {}, best = 0;
  const cambium::Isa isa = cambium::best_isa();
  constexpr int bursts = 20;  // in one call, so that the waking of a thread counts for little
  const double start = now();
  while (now() - start < 0.3) {
    const double before = now();
    pool.run(threads, [&](int thread, int) {
      for (int i = 0; i < bursts; ++i) kept[thread] = burst(isa, flops[thread]);
    });
    best = std::max(best, bursts * threads * flops[0] / (now() - before));
  }
  return best;
}

}  // namespace benchmark
