// The text of SVG: escaped words, short numbers, paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cambium::plot {

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
  bool holds(const Point& p) const { return p.x >= left && p.x <= right && p.y >= top && p.y <= bottom; }
};

// Text as text: & < > " ' are written as entities. What is no UTF-8, control characters, marks that turn the direction of
// writing, and what XML has no place for become U+FFFD; new lines and tabs become spaces.
std::string escaped(std::string_view text);
// The same with new lines and tabs kept, for text in letters of one width.
std::string escaped_lines(std::string_view text);

// The characters of a text after the same replacements.
std::vector<char32_t> characters(std::string_view text);
std::string utf8(const std::vector<char32_t>& characters);

// With one decimal at most: 12.3, 12, -.5.
std::string px(double value);

// The `d` of a path, in steps from point to point, so that it is short.
class PathText {
 public:
  void move(const Point& to);
  void line(const Point& to);
  void close();
  void dot(const Point& at);  // a line of no length: with round ends it is a point
  void rectangle(const Box& box);
  void lines(const std::vector<Point>& points);
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  void step(char command, const Point& to);

  std::string text_;
  long x_ = 0, y_ = 0, start_x_ = 0, start_y_ = 0;  // in tenths
};

}  // namespace cambium::plot
