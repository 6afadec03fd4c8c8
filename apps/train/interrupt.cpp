#include "apps/train/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace train {
namespace {

volatile std::sig_atomic_t mark = 0;

extern "C" void on_interrupt(int) {
  if (mark != 0) _exit(130);
  mark = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return mark != 0; }

}  // namespace train
