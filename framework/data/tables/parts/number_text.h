// Numbers as tables have them.
#pragma once

#include <string>
#include <string_view>

namespace cambium {

enum class NumberText { number, none, not_finite, too_large };

// Reads the whole text, without blanks, as a decimal number: sign, digits, a point, an exponent. The value is the double that is
// nearest to it, as strtod in the C locale finds it; what is smaller than any double is 0 or the smallest. not_finite: the words
// nan, inf and infinity in any case, with or without a sign. too_large: a number beyond the largest double. Neither allocates nor
// depends on the locale.
NumberText read_number(std::string_view text, double& value);

// A number with a comma where this reader wants a point, or between thousands: "1,5", "-1.234,5", "1,234.5".
bool has_decimal_comma(std::string_view text);

// A whole number with several points, each between thousands: "1.250.000".
bool has_several_points(std::string_view text);

// What can be done about such a cell in a table with this separator: a comma that separates cells must stay. Points go only where
// the cell shows that they stand between thousands.
std::string remedy_for_commas(char separator, std::string_view cell);

}  // namespace cambium
