// Elements of one picture as they are drawn, and the boxes of all texts in it, of which no two may meet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cambium/framework/plot/parts/svg.h"

namespace cambium::plot {

enum class Role { title, label, tick, legend, note, cell, caption };
enum class Anchor { start, middle, end };

struct Text {
  std::string text;
  Point at = {};  // on its base line
  Role role = Role::tick;
  Anchor anchor = Anchor::start;
  bool upright = false;      // from bottom to top
  std::string classes = {};  // beside those of the role
};

double size_of(Role role);          // of letters, in pixels
double line_height(Role role);      // from one line to the next
double width_of(const Text& text);  // at most
Box box_of(const Text& text);       // at least what a browser takes for it

class Canvas {
 public:
  Canvas(double width, double height) : width_(width), height_(height) {}

  void path(const std::string& d, std::string_view classes, const std::string& more = {});
  void segment(const Point& a, const Point& b, std::string_view classes, const std::string& more = {});
  void rectangle(const Box& box, std::string_view classes, const std::string& more = {});
  void image(const Box& box, const std::string& uri);

  // Draws it when it lies within the picture and on no other text; or says that it did not.
  bool text(const Text& text);
  bool is_free(const Text& text) const;

  // Where lines and points of the data are, for texts that can stand elsewhere.
  void mark_ink(const std::vector<Point>& line);
  int ink_under(const Text& text) const;

  double width() const { return width_; }
  double height() const { return height_; }
  const std::string& elements() const { return elements_; }
  const std::vector<Box>& texts() const { return texts_; }

 private:
  void open(std::string_view element, std::string_view classes);

  double width_, height_;
  std::string elements_;
  std::vector<Box> texts_;
  std::vector<Point> ink_;
};

}  // namespace cambium::plot
