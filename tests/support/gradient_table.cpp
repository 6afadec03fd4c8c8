#include "tests/support/gradient_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/listener.h"

namespace cambium {

namespace {

struct GradientTable : EndListener {
  using EndListener::EndListener;

  void test_run_end(const doctest::TestRunStats&) override {
    if (testing::gradient_errors().empty()) return;
    out << "gradients against central differences:\n"
        << fmt::format("{:<24}{:>12}{:>12}{:>10}\n", "layer", "worst error", "allowed", "tensors");
    for (const auto& [kind, errors] : testing::gradient_errors())
      out << fmt::format("{:<24}{:>12.1e}{:>12.0e}{:>10}\n", kind, errors.worst, errors.allowed, errors.tensors);
  }
};

REGISTER_LISTENER("gradient_table", 1, GradientTable);

}  // namespace

}  // namespace cambium
