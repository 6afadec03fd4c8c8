#include "cambium/framework/data/digits/pen.h"

#include <algorithm>
#include <cmath>

namespace cambium::pen {

namespace {

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(double s, Point a) { return {s * a.x, s * a.y}; }
double length(Point a) { return std::sqrt(a.x * a.x + a.y * a.y); }
double knot_gap(Point a, Point b) { return std::sqrt(length(b - a)) + 1e-6; }  // never 0: points may coincide

// The tangent in b, per unit of the span that starts or ends there and has gap `own`.
Point tangent(Point a, Point b, Point c, double before, double after, double own) {
  return own * ((1 / before) * (b - a) - (1 / (before + after)) * (c - a) + (1 / after) * (c - b));
}

constexpr int size = 28;

// Raises the ink of every pixel near one piece.
void draw_piece(const Path::Piece& piece, double half_width, double soft, float* ink) {
  const auto [from, to, width] = piece;
  const double reach = half_width * width + 0.5 * soft;
  const Point way = to - from;
  const double squared = way.x * way.x + way.y * way.y, inverse = squared > 0 ? 1 / squared : 0;
  const auto clip = [](double v) { return static_cast<int>(std::clamp(std::floor(v), 0.0, double{size})); };
  const int left = clip(std::min(from.x, to.x) - reach + 0.5), right = clip(std::max(from.x, to.x) + reach + 0.5);
  const int top = clip(std::min(from.y, to.y) - reach + 0.5), bottom = clip(std::max(from.y, to.y) + reach + 0.5);
  for (int row = top; row < bottom; ++row)
    for (int column = left; column < right; ++column) {
      const Point here{column + 0.5 - from.x, row + 0.5 - from.y};
      const double along = std::clamp((here.x * way.x + here.y * way.y) * inverse, 0.0, 1.0);
      const float value = static_cast<float>(reach - length(here - along * way));
      float& pixel = ink[row * size + column];
      pixel = value > pixel ? value : pixel;
    }
}

}  // namespace

void add_spline(Path& path, std::span<const Point> p, std::span<const double> bend, double step, double cut_start, double cut_end) {
  const std::size_t spans = p.size() - 1;
  for (std::size_t i = 0; i < spans; ++i) {
    const Point p1 = p[i], p2 = p[i + 1], chord = p2 - p1;
    const Point p0 = i > 0 ? p[i - 1] : p1 - chord, p3 = i + 1 < spans ? p[i + 2] : p2 + chord;
    const double gap = knot_gap(p1, p2);
    const Point smooth1 = tangent(p0, p1, p2, knot_gap(p0, p1), gap, gap);
    const Point smooth2 = tangent(p1, p2, p3, gap, knot_gap(p2, p3), gap);
    const Point m1 = chord + bend[i] * (smooth1 - chord), m2 = chord + bend[i + 1] * (smooth2 - chord);
    const double start = i == 0 ? cut_start : 0, end = i + 1 == spans ? 1 - cut_end : 1;
    const int parts = std::clamp(static_cast<int>(length(chord) / step) + 1, 2, 10);
    Point last;
    for (int k = 0; k <= parts; ++k) {
      const double t = start + (end - start) * k / parts, u = 1 - t;
      const Point next = u * u * ((1 + 2 * t) * p1 + t * m1) + t * t * ((1 + 2 * u) * p2 - u * m2);
      if (k > 0) path.add({last, next, 1});
      last = next;
    }
  }
}

void draw(const Path& path, double half_width, double soft, double ink, unsigned char* pixels) {
  float depth[size * size] = {};  // how far a pixel lies inside the edge, from 0 at its outer end to `soft` at the inner
  for (int i = 0; i < path.count; ++i) draw_piece(path.pieces[as_size(i)], half_width, soft, depth);
  const float scale = static_cast<float>(255 * ink / soft), most = static_cast<float>(255 * ink);
  for (int i = 0; i < size * size; ++i) {
    const float value = depth[i] * scale;
    // Other ways to round give other pixels where float is at its end, and a test pins them all.
    pixels[i] = static_cast<unsigned char>((value < most ? value : most) + 0.5f);  // NOLINT(bugprone-incorrect-roundings)
  }
}

}  // namespace cambium::pen
