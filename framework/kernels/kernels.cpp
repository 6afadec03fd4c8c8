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

// A level above the processor's gives the best that it can run.
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
