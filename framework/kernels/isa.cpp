#include "cambium/framework/kernels/isa.h"

#include <cstdlib>
#include <cstring>

namespace cambium {

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

const char* name(Isa isa) { return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "portable"; }

}  // namespace cambium
