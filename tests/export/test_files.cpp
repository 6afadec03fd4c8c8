// Exported files against our own predictions, run by others: every kind of layer each time, many random models when asked.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/export/judges.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;

constexpr bool other_precision = sizeof(real) != sizeof(float);  // what is exported is float; once is enough

void check(const std::optional<Verdict>& verdict, const std::string& judge) {
  if (!verdict) return;
  CHECK_MESSAGE(verdict->code == 0, judge << " ended with " << verdict->code << ": " << verdict->said);
  CHECK_MESSAGE(verdict->worst <= allowed_error, judge << " is " << verdict->worst << " away:\n" << verdict->said);
}
void report(const std::optional<Verdict>& verdict, const std::string& judge, std::size_t models) {
  if (verdict) fmt::print("exported: {} models by {}: worst |difference| / (1 + |y|max) {:.1e}\n", models, judge, verdict->worst);
}

TEST_CASE("export: every kind of layer, as a C++ file" * doctest::skip(other_precision)) {
  check(judged_by_compiler(one_of_each(5)), "the compiler");
}

TEST_CASE("export: every kind of layer, as an ONNX file" * doctest::skip(other_precision)) {
  const TempFolder folder;
  write_for_judges(one_of_each(3), folder);
  check(judged_by_python(folder), "Python");
  check(judged_by_checker(folder), "the checker");
  check(judged_by_onnxruntime(folder), "ONNX Runtime");
}

TEST_CASE("slow: export: 50 random models as C++ files" * doctest::skip(other_precision)) {
  const std::optional<Verdict> verdict = judged_by_compiler(random_cases(50, 100));
  check(verdict, "the compiler");
  report(verdict, "g++", 50);
}

TEST_CASE("slow: export: 200 random models as ONNX files" * doctest::skip(other_precision)) {
  const TempFolder folder;
  write_for_judges(random_cases(200, 100), folder);
  check(judged_by_checker(folder), "the checker");
  const std::optional<Verdict> verdict = judged_by_onnxruntime(folder);
  check(verdict, "ONNX Runtime");
  report(verdict, "ONNX Runtime", 200);
}

}  // namespace
}  // namespace cambium
