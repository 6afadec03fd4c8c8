#include "cambium/framework/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cambium {
namespace {

struct Span {
  char32_t first, last;
};

// Characters that are not seen, or move what is: C1, marks of direction and of no width, separators, fillers, tags, private use.
constexpr Span hidden[] = {{0x80, 0x9f},       {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},     {0x115f, 0x1160},
                           {0x17b4, 0x17b5},   {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
                           {0x2800, 0x2800},   {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
                           {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
                           {0xe0000, 0x10ffff}};
// Characters of two columns, roughly.
constexpr Span wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                         {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd}};

template <std::size_t N>
bool within(char32_t c, const Span (&spans)[N]) {
  return std::any_of(spans, spans + N, [c](Span s) { return s.first <= c && c <= s.last; });
}

struct Decoded {
  char32_t code;
  std::size_t bytes;  // 0: no UTF-8
};

// The first character of a text that is not empty. Longer forms than needed and halves of surrogates are no UTF-8.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {lead, 0};
  char32_t code = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 0};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool good = code >= least[bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return good ? Decoded{code, bytes} : Decoded{lead, 0};
}

std::string hex(char32_t code, int digits) {
  std::string text;
  for (; code != 0 || digits > 0; code >>= 4, --digits) text.insert(text.begin(), "0123456789abcdef"[code & 0xf]);
  return text;
}

struct Piece {
  std::string text;
  std::size_t columns, bytes;  // bytes: of what it stands for
};

Piece piece_of(std::string_view text) {
  const Decoded c = decode(text);
  Piece piece = {std::string(text.substr(0, c.bytes)), within(c.code, wide) ? 2u : 1u, std::max<std::size_t>(c.bytes, 1)};
  if (c.bytes == 0 || c.code < 0x20 || c.code == 0x7f)
    piece.text = "\\x" + hex(c.code, 2);
  else if (within(c.code, hidden))
    piece.text = "\\u{" + hex(c.code, 1) + "}";
  else
    return piece;
  piece.columns = piece.text.size();
  return piece;
}

// As `shown`, with a backslash before each character that is in `marked`.
std::string one_line(std::string_view text, std::size_t most, std::string_view marked) {
  std::string safe;
  std::size_t columns = 0, short_enough = 0;  // bytes that still leave room for the dots
  while (!text.empty()) {
    Piece piece = piece_of(text);
    if (marked.find(text[0]) != marked.npos) piece.text.insert(0, "\\"), ++piece.columns;
    columns += piece.columns;
    if (columns > most) return safe.substr(0, short_enough) + "...";
    safe += piece.text;
    if (columns + 3 <= most) short_enough = safe.size();
    text.remove_prefix(piece.bytes);
  }
  return safe;
}

}  // namespace

std::string shown(std::string_view text, std::size_t most) { return one_line(text, most, "\\"); }

std::string in_quotes(std::string_view text, std::size_t most) { return "'" + one_line(text, most, "\\'") + "'"; }

std::string screenful(std::string_view text, std::size_t most) {
  struct End {
    std::size_t bytes, columns;  // up to here
  };
  std::string safe;
  std::vector<End> ends = {{0, 0}};
  while (!text.empty()) {
    const Piece piece = text[0] == '\n' ? Piece{"\n", 80, 1} : piece_of(text);
    safe += piece.text;
    ends.push_back({safe.size(), ends.back().columns + piece.columns});
    text.remove_prefix(piece.bytes);
  }
  const std::size_t columns = ends.back().columns;
  if (columns <= most) return safe;
  const auto by_columns = [](const End& end, std::size_t n) { return end.columns < n; };
  const auto head = std::lower_bound(ends.begin(), ends.end(), most * 2 / 3 - 4, by_columns);
  const auto tail = std::lower_bound(ends.begin(), ends.end(), columns - most / 3 + 4, by_columns);
  return safe.substr(0, (head - 1)->bytes) + " ... " + safe.substr(tail->bytes);
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string list;
  const auto add = [&](const std::string& name) { list += (list.empty() ? "" : ", ") + in_quotes(name, 40); };
  if (names.size() <= most) {
    std::ranges::for_each(names, add);
    return list;
  }
  std::for_each_n(names.begin(), most - 1, add);
  list += ", ...";
  add(names.back());
  return list + fmt::format(" ({} in all)", names.size());
}

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() - i < length) return false;
    for (std::size_t j = 1; j < length; ++j)
      if ((byte(i + j) & 0xc0) != 0x80) return false;
    if (length > 2) {
      const unsigned start = unsigned{lead} << 8 | byte(i + 1);  // longer than needed, half of a pair, beyond the last character
      if (start < 0xe0a0 || (start >= 0xeda0 && start < 0xee00) || (start >= 0xf000 && start < 0xf090) || start >= 0xf490)
        return false;
    }
    i += length;
  }
  return true;
}

}  // namespace cambium
