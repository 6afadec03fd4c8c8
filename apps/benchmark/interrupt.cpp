#include "apps/benchmark/interrupt.h"

#include <csignal>
#include <cstdlib>

namespace benchmark {
namespace {

volatile std::sig_atomic_t mark = 0;

extern "C" void on_ctrl_c(int) {
  if (mark != 0) std::_Exit(130);
  mark = 1;
  std::signal(SIGINT, on_ctrl_c);
}

}  // namespace

void catch_interrupts() { std::signal(SIGINT, on_ctrl_c); }

bool interrupted() { return mark != 0; }

}  // namespace benchmark
