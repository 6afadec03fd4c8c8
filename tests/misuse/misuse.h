// A table of things that a user may do wrong, and what he is told.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cambium {

// `message` is all that he is told; a * in it stands for any text, where that is not ours to say.
struct Misuse {
  std::string what;
  std::function<void()> call;
  std::string message;
};

// Makes every call, and compares. An exception other than cambium::Error fails, as does none, and an Error without "; try ".
// With CAMBIUM_SHOW_MESSAGES set, prints the table.
void check_misuses(const std::vector<Misuse>& table);

// Does the text match, * standing for any text, also none?
bool fits(const std::string& text, const std::string& pattern);

}  // namespace cambium
