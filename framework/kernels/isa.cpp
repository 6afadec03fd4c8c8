#include "cambium/framework/kernels/isa.h"

#include <cstdlib>
#include <cstring>

#include "cambium/framework/kernels/kernels.h"

// Each set of kernels ends with these tables, in a namespace of its name.
#define CAMBIUM_TABLES                               \
  extern const ElementwiseKernels elementwise_kernels; \
  extern const NormalizeKernels normalize_kernels;     \
  extern const OptimizeKernels optimize_kernels;       \
  extern const WindowKernels window_kernels;           \
  extern const BoundsKernels bounds_kernels;           \
  extern const OnlineKernels online_kernels;

namespace cambium {

namespace portable {
CAMBIUM_TABLES
}
#ifdef CAMBIUM_HAS_AVX2
namespace avx2 {
CAMBIUM_TABLES
}
#endif

namespace {

bool has_avx2() {
#ifdef CAMBIUM_HAS_AVX2
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace

Isa best_isa() {
  static const Isa best = [] {
    const char* wish = std::getenv("CAMBIUM_ISA");
    const bool plain = wish != nullptr && std::strcmp(wish, "portable") == 0;
    return has_avx2() && !plain ? Isa::avx2 : Isa::portable;
  }();
  return best;
}

const char* name(Isa isa) { return isa == Isa::avx2 ? "avx2" : "portable"; }

const Kernels& kernels(Isa isa) {
  static const Kernels plain = {portable::elementwise_kernels, portable::normalize_kernels, portable::optimize_kernels,
                                portable::window_kernels, portable::bounds_kernels, portable::online_kernels};
#ifdef CAMBIUM_HAS_AVX2
  static const Kernels wide = {avx2::elementwise_kernels, avx2::normalize_kernels, avx2::optimize_kernels, avx2::window_kernels,
                               avx2::bounds_kernels, avx2::online_kernels};
  static const bool can_run_wide = has_avx2();  // whoever asks for more than the processor has gets what it can run
  if (isa == Isa::avx2 && can_run_wide) return wide;
#endif
  static_cast<void>(isa);
  return plain;
}

}  // namespace cambium
