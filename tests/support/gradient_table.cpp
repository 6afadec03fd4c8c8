#include "tests/support/gradient_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tests/support/listener.h"

namespace cambium {

namespace {

struct Worst {
  double error = 0, tolerance = 0;  // of the tensor that came nearest to its tolerance
  int tensors = 0;
};

std::map<std::string, Worst>& table() {
  static std::map<std::string, Worst> worst;
  return worst;
}

struct GradientTable : EndListener {
  using EndListener::EndListener;

  void test_run_end(const doctest::TestRunStats&) override {
    if (table().empty()) return;
    out << "gradients against central differences:\n"
        << fmt::format("{:<24}{:>12}{:>12}{:>10}\n", "layer", "worst error", "allowed", "tensors");
    for (const auto& [kind, worst] : table())
      out << fmt::format("{:<24}{:>12.1e}{:>12.0e}{:>10}\n", kind, worst.error, worst.tolerance, worst.tensors);
  }
};

REGISTER_LISTENER("gradient_table", 1, GradientTable);

}  // namespace

void note_gradient_error(const std::string& kind, double error, double tolerance) {
  Worst& worst = table()[kind];
  if (worst.tensors++ == 0 || error * worst.tolerance > worst.error * tolerance) worst.error = error, worst.tolerance = tolerance;
}

}  // namespace cambium
