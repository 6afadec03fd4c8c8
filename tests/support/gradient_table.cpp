#include "tests/support/gradient_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

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

struct GradientTable : doctest::IReporter {
  explicit GradientTable(const doctest::ContextOptions& options) : out(*options.cout) {}

  void test_run_end(const doctest::TestRunStats&) override {
    if (table().empty()) return;
    out << "gradients against central differences:\n"
        << fmt::format("{:<24}{:>12}{:>12}{:>10}\n", "layer", "worst error", "allowed", "tensors");
    for (const auto& [kind, worst] : table())
      out << fmt::format("{:<24}{:>12.1e}{:>12.0e}{:>10}\n", kind, worst.error, worst.tolerance, worst.tensors);
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

  std::ostream& out;
};

REGISTER_LISTENER("gradient_table", 1, GradientTable);

}  // namespace

void note_gradient_error(const std::string& kind, double error, double tolerance) {
  Worst& worst = table()[kind];
  if (worst.tensors++ == 0 || error * worst.tolerance > worst.error * tolerance) worst.error = error, worst.tolerance = tolerance;
}

}  // namespace cambium
