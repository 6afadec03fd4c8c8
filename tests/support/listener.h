// Something that prints when a run of tests is over, and cares for nothing else that doctest tells its reporters.
#pragma once

#include <doctest/doctest.h>

namespace cambium {

struct EndListener : doctest::IReporter {
  explicit EndListener(const doctest::ContextOptions& options) : out(*options.cout) {}

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

}  // namespace cambium
