// Numbers so small that a processor is slow with them, taken for 0.
#pragma once

#include <cstdint>

namespace cambium {

// While one of these lives, its thread takes numbers below the smallest normal one (1.2e-38 in float, 2.2e-308 in double) for 0,
// as operands and as results. Momentum and running means that decay would otherwise get there and stay, and each operation on such
// a number costs a hundred others. The caller's mode is back when it is gone, on every way out, and with it the caller's exception
// flags. Inside another one it only reads the mode.
//
// Whatever computes holds one: the passes of a plan, the steps of an optimizer, losses; and so does each thread of a pool. So the
// caller's mode shows in no result. x86: the bits FTZ and DAZ of MXCSR; arm64: FZ of FPCR; elsewhere nothing.
class FlushDenormals {
 public:
  FlushDenormals() noexcept : before_(mode()) {
    if ((before_ & flush) != flush) set_mode(before_ | flush);
  }
  ~FlushDenormals() {
    if ((before_ & flush) != flush) set_mode(before_);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE__)
  using Mode = std::uint32_t;
  static constexpr Mode flush = 0x8040;
  static Mode mode() noexcept { return __builtin_ia32_stmxcsr(); }
  static void set_mode(Mode mode) noexcept { __builtin_ia32_ldmxcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode flush = 1 << 24;
  static Mode mode() noexcept {
    Mode mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) noexcept { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
  using Mode = int;
  static constexpr Mode flush = 0;
  static Mode mode() noexcept { return 0; }
  static void set_mode(Mode) noexcept {}
#endif

  Mode before_;
};

}  // namespace cambium
