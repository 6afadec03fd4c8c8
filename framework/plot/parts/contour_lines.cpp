#include "cambium/framework/plot/parts/contour_lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cambium::plot {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// The field with one more node all around it, which has no value and stands on the border: lines that reach the border can then be
// closed along it.
class March {
 public:
  March(const Grid& grid, double level, bool closed)
      : grid_(grid), level_(level), columns_(grid.x.size() + 2), rows_(grid.y.size() + 2), next_(2 * columns_ * rows_, none) {
    reached_.resize(next_.size());
    for (std::size_t row = 0; row + 1 < rows_; ++row)
      for (std::size_t column = 0; column + 1 < columns_; ++column) cut_square(row, column, closed);
  }

  std::vector<Points> lines() {
    std::vector<Points> all;
    for (std::size_t edge = 0; edge < next_.size(); ++edge)  // those with a beginning
      if (next_[edge] != none && !reached_[edge]) all.push_back(follow(edge));
    for (std::size_t edge = 0; edge < next_.size(); ++edge)  // what is left goes round
      if (next_[edge] != none) all.push_back(follow(edge));
    return all;
  }

 private:
  // Edge 2 n leads from node n to the next column, 2 n + 1 to the next row.
  std::size_t node(std::size_t row, std::size_t column) const { return row * columns_ + column; }

  double value(std::size_t node) const {
    const std::size_t row = node / columns_, column = node % columns_;
    if (row == 0 || column == 0 || row + 1 == rows_ || column + 1 == columns_) return minus_infinity;
    const double v = grid_.values[(row - 1) * grid_.x.size() + column - 1];
    return std::isfinite(v) ? v : minus_infinity;
  }

  Point place(std::size_t node) const {
    const auto inside = [](std::size_t i, const std::vector<double>& all) {
      return all[std::clamp<std::size_t>(i, 1, all.size()) - 1];
    };
    return {inside(node % columns_, grid_.x), inside(node / columns_, grid_.y)};
  }

  Point crossing(std::size_t edge) const {
    const std::size_t from = edge / 2, to = edge % 2 == 0 ? from + 1 : from + columns_;
    const double a = value(from), b = value(to);
    if (!std::isfinite(a)) return place(to);
    if (!std::isfinite(b)) return place(from);
    const Point p = place(from), q = place(to);
    const double part = std::clamp((level_ - a) / (b - a), 0.0, 1.0);
    return {p.x + part * (q.x - p.x), p.y + part * (q.y - p.y)};
  }

  // A line goes from where the way around a square leaves what is high to where it comes back to it. The neighbour goes the other
  // way along the same edge, so that its line begins where this one ends.
  void cut_square(std::size_t row, std::size_t column, bool closed) {
    const std::size_t at = node(row, column);
    const std::array<std::size_t, 4> corners = {at, at + 1, at + columns_ + 1, at + columns_};
    const std::array<std::size_t, 4> edges = {2 * at, 2 * (at + 1) + 1, 2 * (at + columns_), 2 * at + 1};
    double mean = 0;
    std::size_t high = 0;
    for (const std::size_t corner : corners) {
      const double v = value(corner);
      if (!closed && !std::isfinite(v)) return;
      mean += v / 4, high += v >= level_;
    }
    if (high == 0 || high == 4) return;
    const bool joined = mean >= level_;  // of two high corners across from each other
    for (std::size_t k = 0; k < 4; ++k) {
      if (!(value(corners[k]) >= level_) || value(corners[(k + 1) % 4]) >= level_) continue;  // edge k leaves what is high
      std::size_t back = k;  // the nearest one that comes back: behind the low corner when joined, before the high one when not
      do back = (back + (joined ? 1 : 3)) % 4;
      while (value(corners[back]) >= level_ || !(value(corners[(back + 1) % 4]) >= level_));
      next_[edges[k]] = edges[back], reached_[edges[back]] = true;
    }
  }

  Points follow(std::size_t edge) {
    Points line = {crossing(edge)};
    while (next_[edge] != none) {
      const std::size_t to = next_[edge];
      next_[edge] = none;
      line.push_back(crossing(to));
      edge = to;
    }
    return line;
  }

  const Grid& grid_;
  double level_;
  std::size_t columns_, rows_;
  std::vector<std::size_t> next_;
  std::vector<bool> reached_ = {};
};

}  // namespace

std::vector<Points> contour_lines(const Grid& grid, double level) { return March(grid, level, false).lines(); }
std::vector<Points> contour_areas(const Grid& grid, double level) { return March(grid, level, true).lines(); }

}  // namespace cambium::plot
