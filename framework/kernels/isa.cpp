#include "cambium/framework/kernels/isa.h"

#include <cstdlib>
#include <cstring>

#include "cambium/framework/kernels/kernels.h"

// Each set of kernels ends with these tables, in a namespace of its name.
#define CAMBIUM_TABLES(isa)                            \
  namespace isa {                                      \
  extern const ElementwiseKernels elementwise_kernels; \
  extern const NormalizeKernels normalize_kernels;     \
  extern const BoundedKernels bounded_kernels;         \
  extern const OptimizeKernels optimize_kernels;       \
  extern const WindowKernels window_kernels;           \
  extern const BoundsKernels bounds_kernels;           \
  extern const OnlineKernels online_kernels;           \
  extern const MatrixKernels matrix_kernels;           \
  extern const ConvolveKernels convolve_kernels;       \
  }
#define CAMBIUM_TABLES_OF(isa)                                                                                          \
  {                                                                                                                     \
    isa::elementwise_kernels, isa::normalize_kernels, isa::bounded_kernels, isa::optimize_kernels, isa::window_kernels, \
        isa::bounds_kernels, isa::online_kernels, isa::matrix_kernels, isa::convolve_kernels                            \
  }

namespace cambium {

CAMBIUM_TABLES(portable)
#ifdef CAMBIUM_X86
CAMBIUM_TABLES(avx2)
CAMBIUM_TABLES(avx512)
#endif

namespace {

int levels() {
  int count = 1;
#ifdef CAMBIUM_X86
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    count = 2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      count = 3;
  }
#endif
  return count;
}

}  // namespace

std::span<const Isa> available_isas() {
  static constexpr Isa all[] = {Isa::portable, Isa::avx2, Isa::avx512};
  static const auto count = static_cast<std::size_t>(levels());
  return {all, count};
}

Isa best_isa() {
  static const Isa best = [] {
    const char* wish = std::getenv("CAMBIUM_ISA");
    for (const Isa isa : available_isas())
      if (wish != nullptr && std::strcmp(wish, name(isa)) == 0) return isa;
    return available_isas().back();
  }();
  return best;
}

bool may_use_winograd() {
  static const bool may = [] {
    const char* wish = std::getenv("CAMBIUM_WINOGRAD");
    return wish == nullptr || std::strcmp(wish, "0") != 0;
  }();
  return may;
}

const char* name(Isa isa) { return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "portable"; }

// Whoever asks for more than the processor has gets the best that it can run.
const Kernels& kernels(Isa isa) {
  static const Kernels all[] = {CAMBIUM_TABLES_OF(portable),
#ifdef CAMBIUM_X86
                                CAMBIUM_TABLES_OF(avx2), CAMBIUM_TABLES_OF(avx512)
#endif
  };
  static const Isa most = available_isas().back();
  return all[static_cast<int>(isa < most ? isa : most)];
}

}  // namespace cambium
