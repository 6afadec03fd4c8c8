#include "tests/misuse/misuse.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

std::string told(const Misuse& misuse) {
  try {
    misuse.call();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& other) {
    return std::string("not an Error: ") + other.what();
  }
  return "nothing: no Error was thrown";
}

}  // namespace

bool fits(const std::string& text, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return text == pattern;
  if (text.compare(0, star, pattern, 0, star) != 0) return false;
  const std::string rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i)
    if (fits(text.substr(i), rest)) return true;
  return false;
}

void check_misuses(const std::vector<Misuse>& table) {
  const bool show = std::getenv("CAMBIUM_SHOW_MESSAGES") != nullptr;
  for (const Misuse& misuse : table) {
    const std::string message = told(misuse);
    if (show) fmt::print("{}\n    {}\n", misuse.what, message);
    CHECK_MESSAGE(fits(message, misuse.message), misuse.what << "\n  is told:  " << message << "\n  expected: " << misuse.message);
    CHECK_MESSAGE(message.find("; try ") != std::string::npos, misuse.what << ": nothing to try in: " << message);
  }
}

TEST_CASE("misuse: a star stands for any text") {
  CHECK(fits("", ""));
  CHECK(fits("", "*"));
  CHECK(fits("abc", "abc"));
  CHECK_FALSE(fits("abc", "ab"));
  CHECK_FALSE(fits("abc", "bc"));
  CHECK(fits("abcabd", "a*bd"));
  CHECK_FALSE(fits("abcabd", "a*bc"));
  CHECK(fits("cannot read /tmp/x: no such file", "cannot read *: no such file"));
}

}  // namespace cambium
