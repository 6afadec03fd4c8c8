// Bins, densities, contours, and lines cut to a box.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "cambium/framework/base/random.h"
#include "cambium/framework/plot/parts/bins.h"
#include "cambium/framework/plot/parts/clip.h"
#include "cambium/framework/plot/parts/contour_lines.h"
#include "cambium/framework/plot/parts/kernel_density.h"

namespace cambium::plot {
namespace {

std::vector<double> normal_values(std::uint64_t n, double mean, double sigma, const Random& random) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < n; ++i) values.push_back(mean + sigma * random.normal(i));
  return values;
}

TEST_CASE("bins count every value once") {
  const Random random(1);
  const std::vector<double> values = normal_values(5000, 3, 2, random);
  const Bins bins = bins_of(values, 0, {}, {});
  CHECK(bins.counts.size() >= 10);
  CHECK(bins.counts.size() <= 80);
  CHECK(std::accumulate(bins.counts.begin(), bins.counts.end(), 0.0) == 5000);
  double area = 0;
  for (const double n : bins.counts) area += n / (bins.values * bins.width()) * bins.width();
  CHECK(area == doctest::Approx(1));
  // 2 (q3 - q1) / n^(1/3) = 2 * 2.698 / 17.1 = 0.3155, over a range of about 14
  CHECK(bins.width() == doctest::Approx(0.3155).epsilon(0.06));

  const Bins some = bins_of({-1, 0, 0.5, 1, 2, NAN, INFINITY}, 2, 0, 1);
  CHECK(some.counts == std::vector<double>{1, 2});
  CHECK(some.values == 3);
  CHECK(bins_of({}, 0, {}, {}).values == 0);
  for (const double v : {0.0, 7.0, -1e30, 1e-30, 1e-310}) {
    const Bins one = bins_of({v, v, v}, 0, {}, {});
    CAPTURE(v);
    CHECK(one.values == 3);
    CHECK(one.high > one.low);
  }
}

TEST_CASE("a density has an area of one, and stands where the values are") {
  const Random random(2);
  const auto moments = [](const std::vector<double>& values) {
    const Density density = density_of(values);
    double area = 0, mean = 0;
    for (std::size_t i = 0; i + 1 < density.x.size(); ++i) {
      const double part = (density.y[i] + density.y[i + 1]) / 2 * (density.x[i + 1] - density.x[i]);
      area += part, mean += part * density.x[i];
    }
    return std::pair(area, mean);
  };
  const auto [area, mean] = moments(normal_values(20000, 3, 2, random));
  CHECK(area == doctest::Approx(1).epsilon(0.003));
  CHECK(mean == doctest::Approx(3).epsilon(0.05));
  const Density density = density_of(normal_values(20000, 0, 1, random));
  double highest = 0;
  for (const double y : density.y) highest = std::max(highest, y);
  CHECK(highest == doctest::Approx(0.399).epsilon(0.05));  // 1 / sqrt(2 pi)
  for (const std::vector<double>& odd :
       {std::vector<double>{5}, {7, 7, 7}, {0, 0, 0, 1}, {1e30, 2e30}, {1e-30}, {0, 0, 0, 1e6}, {-1e20, NAN, 1e20}}) {
    CAPTURE(odd[0]);
    CHECK(moments(odd).first == doctest::Approx(1).epsilon(0.01));
  }
  CHECK(density_of({NAN}).x.empty());
}

TEST_CASE("a density is as much wider than its values as Silverman's kernel is wide") {
  const Density density = density_of({-1, 1});  // sigma = 1, below (q3 - q1) / 1.34
  double squares = 0;
  for (std::size_t i = 0; i + 1 < density.x.size(); ++i)
    squares += density.y[i] * density.x[i] * density.x[i] * (density.x[i + 1] - density.x[i]);
  const double h = 0.9 * std::pow(2, -0.2);
  CHECK(squares == doctest::Approx(1 + h * h).epsilon(0.02));
}

Grid grid_of(double low, double high, int n, double (*f)(double, double)) {
  Grid grid;
  for (int i = 0; i < n; ++i) grid.x.push_back(low + (high - low) * i / (n - 1));
  grid.y = grid.x;
  for (const double y : grid.y)
    for (const double x : grid.x) grid.values.push_back(f(x, y));
  return grid;
}

double length(const Points& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) sum += std::hypot(line[i + 1].x - line[i].x, line[i + 1].y - line[i].y);
  return sum;
}

// Positive where it goes around counterclockwise.
double area(const Points& line) {
  double sum = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Point &a = line[i], &b = line[(i + 1) % line.size()];
    sum += (a.x * b.y - a.y * b.x) / 2;
  }
  return sum;
}

TEST_CASE("the contour of a circle is a circle") {
  const Grid grid = grid_of(-2, 2, 81, [](double x, double y) { return x * x + y * y; });
  for (const double radius : {0.5, 1.0, 1.7}) {
    const auto lines = contour_lines(grid, radius * radius);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].front().x == lines[0].back().x);  // it goes round
    CHECK(length(lines[0]) == doctest::Approx(2 * M_PI * radius).epsilon(0.005));
    for (const Point& p : lines[0]) CHECK(std::hypot(p.x, p.y) == doctest::Approx(radius).epsilon(0.005));
  }
  CHECK(contour_lines(grid, 6.25).size() == 4);  // four corners, from border to border
  CHECK(contour_lines(grid, 9).empty());
}

TEST_CASE("areas of a contour are closed along the border") {
  const Grid grid = grid_of(-2, 2, 81, [](double x, double y) { return x * x + y * y; });
  const auto sum = [&](double level) {
    double all = 0;
    for (const Points& line : contour_areas(grid, level)) all += area(line);
    return std::fabs(all);
  };
  CHECK(sum(-1) == doctest::Approx(16));                       // all of it
  CHECK(sum(1) == doctest::Approx(16 - M_PI).epsilon(0.005));  // with a hole
  CHECK(sum(100) == 0);
}

TEST_CASE("a saddle is cut by the mean of its corners, and what is not finite is left out") {
  const Grid high = {{0, 1}, {0, 1}, {1, 0.2, 0.2, 1}};  // the mean is 0.6
  CHECK(contour_lines(high, 0.5).size() == 2);
  double joined = 0, apart = 0;
  for (const Points& line : contour_areas(high, 0.5)) joined += std::fabs(area(line));
  for (const Points& line : contour_areas(high, 0.7)) apart += std::fabs(area(line));
  CHECK(joined == doctest::Approx(1 - 0.375 * 0.375));
  CHECK(apart == doctest::Approx(0.375 * 0.375));
  CHECK(contour_areas(high, 0.5).size() == 1);
  CHECK(contour_areas(high, 0.7).size() == 2);
  const Grid hole = {{0, 1, 2}, {0, 1}, {1, NAN, 1, 0, 0, 0}};
  CHECK(contour_lines(hole, 0.5).empty());
  for (const Points& line : contour_areas(hole, 0.5))
    for (const Point& p : line) CHECK(std::isfinite(p.x + p.y));
}

TEST_CASE("lines and areas are cut to a box") {
  const Box box = {0, 0, 10, 10};
  const auto parts = clipped_line({{-5, 5}, {5, 5}, {5, 15}, {8, 15}, {8, 5}}, box);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].front().x == 0);
  CHECK(parts[0].back().y == 10);
  CHECK(parts[1].front().y == 10);
  CHECK(parts[1].back().y == 5);
  CHECK(clipped_line({{-5, 20}, {20, 20}}, box).empty());
  CHECK(clipped_line({{3, 3}}, box).size() == 1);
  CHECK(std::fabs(area(clipped_area({{-5, -5}, {5, -5}, {5, 5}, {-5, 5}}, box))) == doctest::Approx(25));
  CHECK(clipped_area({{20, 20}, {30, 20}, {30, 30}}, box).empty());
}

TEST_CASE("a line of many points keeps its highest and lowest in each column of pixels") {
  Points line;
  for (int i = 0; i < 100000; ++i) line.push_back({i / 1000.0, std::sin(i * 1.0) * (i % 977)});
  const Points thin = thinned(line);
  CHECK(thin.size() <= 404);
  for (int column = 0; column < 100; ++column) {
    double least[2] = {1e9, 1e9}, most[2] = {-1e9, -1e9};
    for (const Points* each : {&std::as_const(line), &thin})
      for (const Point& p : *each)
        if (std::floor(p.x) == column) {
          double &low = least[each == &thin], &high = most[each == &thin];
          low = std::min(low, p.y), high = std::max(high, p.y);
        }
    CHECK(least[0] == least[1]);
    CHECK(most[0] == most[1]);
  }
}

TEST_CASE("a line is straightened by no more than it says") {
  Points line;
  for (int i = 0; i <= 1000; ++i) line.push_back({i * 0.3, 50 * std::sin(i * 0.02)});
  const Points straight = straightened(line, 0.2);
  CHECK(straight.size() < 120);
  CHECK(straight.size() > 20);
  for (const Point& p : line) {
    double nearest = 1e9;
    for (std::size_t i = 0; i + 1 < straight.size(); ++i) {
      const Point &a = straight[i], &b = straight[i + 1];
      if (p.x < a.x - 1e-9 || p.x > b.x + 1e-9) continue;
      const double dx = b.x - a.x, dy = b.y - a.y;
      nearest = std::min(nearest, std::fabs(dx * (p.y - a.y) - dy * (p.x - a.x)) / std::hypot(dx, dy));
    }
    CHECK(nearest <= 0.2 + 1e-9);
  }
}

}  // namespace
}  // namespace cambium::plot
