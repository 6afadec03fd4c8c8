// What is shown of an experiment, while it runs and when it is done.
#pragma once

#include "apps/compare_norms/outcome.h"
#include "apps/compare_norms/runner.h"

namespace compare_norms {

// What is compared and how, before the first training.
void print_start(const Outcome& outcome, const Data& data);

// Rows of the first table as they become complete, and on a terminal a line that says how far it has come.
class Progress {
 public:
  explicit Progress(const Outcome& outcome) : outcome_(outcome) {}
  void after(const Ended& ended);

 private:
  const Outcome& outcome_;
};

// The tables, with what follows from them.
void print_end(const Outcome& outcome);

}  // namespace compare_norms
