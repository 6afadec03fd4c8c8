#include "cambium/framework/data/tables/parts/number_text.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

// Those that a double holds exactly.
constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t exact = std::uint64_t{1} << 53;

constexpr std::ptrdiff_t most_digits = 19;  // that a whole number of 64 bits has for sure

// Sign, digits as one whole number, and the power of ten that it is multiplied by.
struct Decimal {
  bool negative = false;
  std::ptrdiff_t count = 0;  // of digits; where there are more than most_digits, `digits` is of no use
  std::uint64_t digits = 0;
  int exponent = 0;
};

const char* take_digits(const char* at, const char* end, Decimal& number) {
  const char* const begin = at;
  for (; at != end && is_digit(*at); ++at) number.digits = number.digits * 10 + static_cast<unsigned>(*at - '0');
  number.count += at - begin;
  return at;
}

// False where the text is no number.
bool take_apart(const char* at, const char* end, Decimal& number) {
  if (at != end && (*at == '-' || *at == '+')) number.negative = *at++ == '-';
  at = take_digits(at, end, number);
  if (at != end && *at == '.') {
    const char* const point = at;
    at = take_digits(at + 1, end, number);
    number.exponent = number.count <= most_digits ? static_cast<int>(point + 1 - at) : 0;
  }
  if (number.count == 0) return false;
  if (at == end) return true;
  if (*at != 'e' && *at != 'E') return false;
  if (++at == end) return false;
  const bool down = *at == '-';
  if (*at == '-' || *at == '+') ++at;
  if (at == end) return false;
  int exponent = 0;
  for (; at != end && is_digit(*at); ++at)
    if (exponent < 100000000) exponent = exponent * 10 + (*at - '0');
  number.exponent += down ? -exponent : exponent;
  return at == end;
}

bool same_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (static_cast<char>(text[i] | 0x20) != lower[i]) return false;
  return true;
}

bool is_not_finite(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return same_word(text, "nan") || same_word(text, "inf") || same_word(text, "infinity");
}

// What from_chars found out of range: the place of the first digit that counts says on which side.
bool is_small(std::string_view text) {
  std::int64_t place = 0, exponent = 0;
  bool point = false, found = false;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (c == '.') {
      point = true;
    } else if (is_digit(c)) {
      found |= c != '0';
      if (found && !point) ++place;
      if (!found && point) --place;
    }
  }
  const std::size_t e = text.find_first_of("eE");
  if (e != text.npos) {
    const bool down = text[e + 1] == '-';
    for (std::size_t i = e + 1; i < text.size(); ++i)
      if (is_digit(text[i]) && exponent < 1000000000000) exponent = exponent * 10 + (text[i] - '0');
    if (down) exponent = -exponent;
  }
  return !found || place + exponent < 0;
}

}  // namespace

NumberText read_number(std::string_view text, double& value) {
  Decimal number;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (!take_apart(begin, end, number)) return is_not_finite(text) ? NumberText::not_finite : NumberText::none;
  if (number.count <= most_digits && number.digits <= exact && number.exponent >= -22 && number.exponent <= 22) {
    // Both are exact, so that one rounding is all there is (Clinger 1990, How to read floating point numbers accurately).
    const auto digits = static_cast<double>(number.digits);
    const double size = number.exponent < 0 ? digits / powers[-number.exponent] : digits * powers[number.exponent];
    value = number.negative ? -size : size;
    return NumberText::number;
  }
  const auto read = std::from_chars(*begin == '+' ? begin + 1 : begin, end, value);
  if (read.ec == std::errc()) return NumberText::number;
  if (!is_small(text)) return NumberText::too_large;
  value = number.negative ? -0.0 : 0.0;
  return NumberText::number;
}

bool has_decimal_comma(std::string_view text) {
  std::size_t commas = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',') {
      if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) return false;
      ++commas;
    } else if (!is_digit(c) && c != '.' && !(i == 0 && (c == '-' || c == '+'))) {
      return false;
    }
  }
  return commas > 0;
}

bool has_several_points(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  std::size_t digits = 0, points = 0;
  for (const char c : text) {
    if (c != '.' && !is_digit(c)) return false;
    if (c == '.' && (digits == 0 || digits > 3 || (points > 0 && digits != 3))) return false;
    points += c == '.', digits = c == '.' ? 0 : digits + 1;
  }
  return points >= 2 && digits == 3;
}

std::string remedy_for_commas(char separator, std::string_view cell) {
  const std::string remedy = "a decimal point, and nothing between thousands";
  const std::size_t comma = cell.rfind(','), point = cell.rfind('.');
  if (separator == ',' || (point != cell.npos && point > comma)) return remedy;  // 1,234.5: no command knows which are which
  return remedy + (point == cell.npos
                       ? R"( (sed -E 's/([0-9]),([0-9])/\1.\2/g' IN > OUT makes points of them))"
                       : R"( (sed -E 's/\.([0-9]{3})\b/\1/g; s/([0-9]),([0-9])/\1.\2/g' IN > OUT makes such a copy))");
}

}  // namespace cambium
