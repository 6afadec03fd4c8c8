#include "cambium/framework/plot/parts/svg.h"

#include <algorithm>
#include <cmath>

namespace cambium::plot {
namespace {

constexpr char32_t replacement = 0xfffd;

// The first character, and how many bytes it takes; bytes that are no UTF-8 are taken one by one.
char32_t decode(std::string_view text, std::size_t* bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  *bytes = 1;
  if (lead < 0x80) return lead;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return replacement;
  char32_t code = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return replacement;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return replacement;
  *bytes = length;
  return code;
}

bool has_no_place(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool direction = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return control || direction || c == 0x2028 || c == 0x2029 || (c & 0xfffe) == 0xfffe;
}

void append_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr char32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
  put(leads[more] | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) put(0x80 | ((c >> (6 * i)) & 0x3f));
}

std::string escape(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t bytes = 1; !text.empty(); text.remove_prefix(bytes)) {
    const char32_t c = decode(text, &bytes);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if (c == '\n' || c == '\t')
      out += keep_lines ? static_cast<char>(c) : ' ';
    else
      append_utf8(out, has_no_place(c) ? replacement : c);
  }
  return out;
}

long tenths(double value) { return std::lround(std::clamp(std::isfinite(value) ? value : 0, -1e6, 1e6) * 10); }

void append_tenths(std::string& text, long value) {
  if (value < 0) text += '-';
  const long size = std::labs(value);
  if (size >= 10 || size == 0) text += std::to_string(size / 10);
  if (size % 10 != 0) text += '.', text += static_cast<char>('0' + size % 10);
}

}  // namespace

std::string escaped(std::string_view text) { return escape(text, false); }
std::string escaped_lines(std::string_view text) { return escape(text, true); }

std::vector<char32_t> characters(std::string_view text) {
  std::vector<char32_t> all;
  for (std::size_t bytes = 1; !text.empty(); text.remove_prefix(bytes)) {
    const char32_t c = decode(text, &bytes);
    all.push_back(c == '\n' || c == '\t' ? U' ' : has_no_place(c) ? replacement : c);
  }
  return all;
}

std::string utf8(const std::vector<char32_t>& characters) {
  std::string text;
  for (const char32_t c : characters) append_utf8(text, c);
  return text;
}

std::string px(double value) {
  std::string text;
  append_tenths(text, tenths(value));
  return text;
}

void PathText::step(char command, const Point& to) {
  const long x = tenths(to.x), y = tenths(to.y);
  text_ += command;
  append_tenths(text_, x - x_);
  if (y >= y_) text_ += ' ';  // a minus is a separator too
  append_tenths(text_, y - y_);
  x_ = x, y_ = y;
}

void PathText::move(const Point& to) {
  step('m', to);
  start_x_ = x_, start_y_ = y_;
}

void PathText::line(const Point& to) {
  if (tenths(to.x) != x_ || tenths(to.y) != y_) step('l', to);
}

void PathText::close() {
  text_ += 'z';
  x_ = start_x_, y_ = start_y_;
}

void PathText::dot(const Point& at) {
  move(at);
  text_ += "h0";
}

void PathText::rectangle(const Box& box) {
  lines({{box.left, box.top}, {box.right, box.top}, {box.right, box.bottom}, {box.left, box.bottom}});
  close();
}

void PathText::lines(const std::vector<Point>& points) {
  for (std::size_t i = 0; i < points.size(); ++i) i == 0 ? move(points[i]) : line(points[i]);
}

}  // namespace cambium::plot
