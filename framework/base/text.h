// Text from files, paths and names, made fit for a message and a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cambium {

// As one line of at most `most` columns, "..." at the end where it is longer. Letters of any script stay. What a terminal would act
// on, what cannot be seen, and what is no UTF-8 is written out: control characters and single bytes as \x1b, other characters
// (C1, marks of direction, of no width, separators of lines, tags, private ones) as \u{202e}, and a backslash as two.
std::string shown(std::string_view text, std::size_t most = 80);

// The same in single quotes; a quote inside gets a backslash.
std::string in_quotes(std::string_view text, std::size_t most = 80);

// A message of several lines, and as much of it as fits a terminal: the first two thirds and the last, with " ... " between, where
// columns and 80 for every new line are more than `most`. Written out as above, but for new lines and backslashes, which stay: so
// it may be applied again to a text that contains what it returned.
std::string screenful(std::string_view text, std::size_t most = 1600);

// "'age', 'height'", each at most 40 columns, and of more than 10 the first nine, the last, and how many there are.
std::string some_of(const std::vector<std::string>& names);

// Longer forms than needed and halves of surrogates are none.
bool is_utf8(std::string_view text);

// 0 to 9, whatever the locale.
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace cambium
