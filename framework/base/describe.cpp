#include "cambium/framework/base/describe.h"

#include <fmt/format.h>

namespace cambium {

std::string text_of(bool value) { return value ? "true" : "false"; }

std::string text_of(int value) { return std::to_string(value); }
std::string text_of(std::uint64_t value) { return std::to_string(value); }

// The fewest digits that read back as the same number. The exponent loses the padding that C gives it: 1e-8, not 1e-08.
std::string text_of(double value) {
  std::string text = fmt::format("{}", value);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;
  std::size_t digit = e + 1;
  if (text[digit] == '+') text.erase(digit, 1);
  if (text[digit] == '-') ++digit;
  while (digit + 1 < text.size() && text[digit] == '0') text.erase(digit, 1);
  return text;
}

std::string Description::str() const { return fields.empty() ? kind : kind + " (" + fields_str() + ")"; }

std::string Description::fields_str() const {
  std::string text;
  for (const Field& field : fields) text += (text.empty() ? "" : ", ") + field.name + " " + field.value;
  return text;
}

}  // namespace cambium
