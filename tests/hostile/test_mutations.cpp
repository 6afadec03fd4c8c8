// Good files that are changed a little: each reader takes them or refuses them, by name, and does nothing else.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <exception>

#include "cambium/framework/base/text.h"
#include "tests/hostile/files.h"
#include "tests/hostile/mutate.h"
#include "tests/hostile/readers.h"

namespace cambium_tests {
namespace {

constexpr int mutants = 2000;

// "" or what is wrong with the answer.
std::string fault_of(const Format& format, const std::string& bytes, Reading& answer) {
  try {
    answer = reading(format, bytes);
  } catch (const std::exception& other) {
    return std::string("not an Error: ") + other.what();
  }
  if (answer.memory > allowed_memory(format, bytes)) return fmt::format("{} bytes of memory; {}", answer.memory, answer.message);
  if (answer.message.empty()) return "";
  if (answer.message.find(format.place) == std::string::npos) return "the place is not told: " + answer.message;
  if (cambium::screenful(answer.message, 100'000) != answer.message) return "is not fit for a terminal: " + answer.message;
  return "";
}

std::string in_hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 4000)) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// How many of them were taken. Every other one has the checksums that it should have.
int accepted_of(const Format& format) {
  const std::vector<std::string> good = good_files(format.name);
  int accepted = 0;
  for (int i = 0; i < mutants; ++i) {
    const std::string file = mutant(good, cambium::Random(2026).of(static_cast<std::uint64_t>(i)));
    const std::string bytes = i % 2 == 0 || format.repaired == nullptr ? file : format.repaired(file);
    Reading answer;
    const std::string fault = fault_of(format, bytes, answer),
                      name = fmt::format("{}, mutant {}: {}", format.name, i, fault == "" ? "" : in_hex(bytes));
    CHECK_MESSAGE(fault == "", name);
    if (fault == "" && answer.message.empty()) ++accepted;
  }
  return accepted;
}

TEST_CASE("hostile files: 2,000 mutants of good ones in each format") {
  const bool show = std::getenv("CAMBIUM_SHOW_MESSAGES") != nullptr;
  for (const Format& format : formats()) {
    const auto start = std::chrono::steady_clock::now();
    const int accepted = accepted_of(format);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (show) fmt::print("{:13} {:5} mutants, {:4} of them read, {:5.2f} s\n", format.name, mutants, accepted, seconds.count());
    const std::string name = format.name;
    CAPTURE(name);
    CHECK(accepted > mutants / 100);  // or nothing but the first check was ever looked at
    CHECK(accepted < mutants);
  }
}

}  // namespace
}  // namespace cambium_tests
