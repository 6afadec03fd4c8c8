// Sliding windows at every instruction set against their definition, place by place, and the same bits at all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

using Values = std::vector<real>;
const real guard = 77;

Window window(int channels, int height, int width, int kh, int kw, int sh, int sw, int ph, int pw) {
  return {channels, height, width, kh, kw, sh, sw, ph, pw, (height + 2 * ph - kh) / sh + 1, (width + 2 * pw - kw) / sw + 1};
}

std::vector<Window> all_windows() {
  std::vector<Window> all = {
      window(1, 1, 1, 1, 1, 1, 1, 0, 0),  window(2, 1, 1, 3, 3, 1, 1, 1, 1),  window(1, 28, 28, 5, 5, 1, 1, 2, 2),
      window(3, 7, 9, 1, 1, 1, 1, 0, 0),  window(2, 9, 70, 2, 2, 2, 2, 0, 0), window(2, 3, 2, 3, 2, 5, 7, 0, 0),
      window(1, 5, 33, 2, 3, 1, 2, 1, 2), window(1, 4, 4, 7, 7, 3, 2, 6, 5),  window(2, 6, 37, 3, 3, 2, 3, 0, 1)};
  for (int out = 1; out <= 40; ++out) all.push_back(window(1, 3, out + 2, 3, 3, 1, 1, 0, 0));  // every width of a vector loop
  for (int out = 1; out <= 40; ++out) all.push_back(window(1, 2, 2 * out, 2, 2, 2, 2, 0, 0));
  for (int width = 2; width <= 70; width += width < 40 ? 1 : 7)  // the usual pooling: whole rows and parts, last lines left over
    for (const int height : {2, 4, 5, 11}) all.push_back(window(3, height, width, 2, 2, 2, 2, 0, 0));
  return all;
}

std::size_t inputs(const Window& w) { return static_cast<std::size_t>(w.channels * w.height * w.width); }
std::size_t outputs(const Window& w) { return static_cast<std::size_t>(w.channels * w.out_height * w.out_width); }
std::size_t area(const Window& w) { return static_cast<std::size_t>(w.kernel_height * w.kernel_width); }

Values draw(std::size_t n, std::uint64_t seed) {
  Values values(n + 1);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, -4, 4));
  values[n] = guard;
  return values;
}

// Calls visit(channel, place under the window, output position, position in the channel or -1 outside the image).
template <class Visit>
void for_each_place(const Window& w, Visit visit) {
  for (int c = 0; c < w.channels; ++c)
    for (int k = 0; k < w.kernel_height * w.kernel_width; ++k)
      for (int o = 0; o < w.out_height * w.out_width; ++o) {
        const int iy = o / w.out_width * w.stride_height + k / w.kernel_width - w.pad_height;
        const int ix = o % w.out_width * w.stride_width + k % w.kernel_width - w.pad_width;
        const bool inside = iy >= 0 && iy < w.height && ix >= 0 && ix < w.width;
        visit(c, k, o, inside ? iy * w.width + ix : -1);
      }
}

std::size_t column_at(const Window& w, int c, int k, int o) {
  return static_cast<std::size_t>((c * w.kernel_height * w.kernel_width + k) * w.out_height * w.out_width + o);
}
std::size_t input_at(const Window& w, int c, int position) { return static_cast<std::size_t>(c * w.height * w.width + position); }

std::string text(const Window& w) {
  const auto n = [](int value) { return std::to_string(value) + " "; };
  return n(w.channels) + n(w.height) + n(w.width) + "kernel " + n(w.kernel_height) + n(w.kernel_width) + "stride " +
         n(w.stride_height) + n(w.stride_width) + "pad " + n(w.pad_height) + n(w.pad_width);
}

// The largest value under each window, the first of equals.
void naive_pool(const Window& w, const Values& x, Values& y, std::vector<std::int32_t>& where) {
  where.assign(outputs(w), -1);
  for_each_place(w, [&](int c, int, int o, int position) {
    const std::size_t at = static_cast<std::size_t>(c * w.out_height * w.out_width + o);
    if (position < 0 || (where[at] >= 0 && !(x[input_at(w, c, position)] > y[at]))) return;
    y[at] = x[input_at(w, c, position)];
    where[at] = position;
  });
}

}  // namespace

TEST_CASE("im2col takes what lies under the windows, and zeros outside") {
  for (const Window& w : all_windows())
    for (const Isa isa : available_isas()) {
      CAPTURE(text(w));
      const Values x = draw(inputs(w), 1);
      Values columns = draw(outputs(w) * area(w), 2), expected = columns;
      for_each_place(w, [&](int c, int k, int o, int position) {
        expected[column_at(w, c, k, o)] = position < 0 ? 0 : x[input_at(w, c, position)];
      });
      kernels(isa).window.im2col(x.data(), w, columns.data());
      CHECK(columns == expected);
    }
}

TEST_CASE("col2im adds up what came from each place") {
  for (const Window& w : all_windows()) {
    CAPTURE(text(w));
    const Values columns = draw(outputs(w) * area(w), 1);
    std::vector<double> expected(inputs(w), 0);
    for_each_place(w, [&](int c, int k, int o, int position) {
      if (position >= 0) expected[input_at(w, c, position)] += static_cast<double>(columns[column_at(w, c, k, o)]);
    });
    Values first;
    for (const Isa isa : available_isas()) {
      Values dx = draw(inputs(w), 2);
      kernels(isa).window.col2im(columns.data(), w, dx.data());
      double worst = 0;
      for (std::size_t i = 0; i < inputs(w); ++i) worst = std::max(worst, std::fabs(static_cast<double>(dx[i]) - expected[i]));
      CHECK(worst <= 1000 * static_cast<double>(std::numeric_limits<real>::epsilon()));
      CHECK(dx.back() == guard);
      if (first.empty()) first = dx;
      CHECK(dx == first);
    }
  }
}

TEST_CASE("max_pool takes the largest, its backward pass brings the gradient there") {
  for (const Window& w : all_windows())
    for (const Isa isa : available_isas()) {
      CAPTURE(text(w));
      Values x = draw(inputs(w), 1);
      for (real& value : x) value = std::floor(value);  // with many equals
      Values y = draw(outputs(w), 2), expected_y = y;
      std::vector<std::int32_t> where(outputs(w) + 1, -7), expected_where;
      naive_pool(w, x, expected_y, expected_where);
      expected_where.push_back(-7);
      kernels(isa).window.max_pool(x.data(), w, y.data(), where.data());
      CHECK(y == expected_y);
      CHECK(where == expected_where);
      Values without_places = draw(outputs(w), 2);
      kernels(isa).window.max_pool(x.data(), w, without_places.data(), nullptr);
      CHECK(without_places == expected_y);

      const Values dy = draw(outputs(w), 3);
      Values dx = draw(inputs(w), 4), expected_dx(inputs(w), 0);
      for (std::size_t i = 0; i < outputs(w); ++i) {
        const int channel = static_cast<int>(i) / (w.out_height * w.out_width);
        expected_dx[input_at(w, channel, where[i])] += dy[i];
      }
      expected_dx.push_back(guard);
      kernels(isa).window.max_pool_back(dy.data(), where.data(), w, dx.data());
      CHECK(dx == expected_dx);
    }
}

TEST_CASE("max_pool lets a NaN through in every place of a window") {
  for (const Window& w : {window(1, 2, 66, 2, 2, 2, 2, 0, 0), window(2, 5, 9, 2, 2, 2, 2, 0, 0), window(2, 6, 8, 2, 2, 2, 2, 0, 0),
                          window(1, 4, 26, 2, 2, 2, 2, 0, 0), window(1, 4, 9, 2, 3, 2, 3, 0, 0)})
    for (const Isa isa : available_isas())
      for (std::size_t at = 0; at < inputs(w); ++at) {
        const int plane = w.height * w.width, position = static_cast<int>(at) % plane, channel = static_cast<int>(at) / plane;
        const int oy = position / w.width / w.stride_height, ox = position % w.width / w.stride_width;
        const bool seen = oy < w.out_height && ox < w.out_width;
        const auto window_at = static_cast<std::size_t>((channel * w.out_height + oy) * w.out_width + ox);
        Values x = draw(inputs(w), 1), y(outputs(w));
        std::vector<std::int32_t> where(outputs(w));
        x[at] = std::numeric_limits<real>::quiet_NaN();
        kernels(isa).window.max_pool(x.data(), w, y.data(), where.data());
        Values alone(outputs(w));  // without places
        kernels(isa).window.max_pool(x.data(), w, alone.data(), nullptr);
        for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::isnan(y[i]) == (seen && i == window_at));
        for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::isnan(alone[i]) == (seen && i == window_at));
        if (seen) REQUIRE(where[window_at] == position);
      }
}

TEST_CASE("max_pool of infinities, and a NaN on the way back") {
  const real infinity = std::numeric_limits<real>::infinity(), nan = std::numeric_limits<real>::quiet_NaN();
  const Window w = window(1, 4, 18, 2, 2, 2, 2, 0, 0);
  for (const Isa isa : available_isas()) {
    Values x(inputs(w), -infinity), y(outputs(w)), dx(inputs(w));
    x[19] = infinity;  // bottom right of the first window; all others hold nothing but -infinity, and the first of equals wins
    std::vector<std::int32_t> where(outputs(w));
    kernels(isa).window.max_pool(x.data(), w, y.data(), where.data());
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(y[i] == (i == 0 ? infinity : -infinity));
      CHECK(where[i] == (i == 0 ? 19 : static_cast<std::int32_t>(i / 9 * 36 + i % 9 * 2)));
    }
    kernels(isa).window.max_pool_back(Values(outputs(w), nan).data(), where.data(), w, dx.data());
    for (std::size_t i = 0; i < dx.size(); ++i) {
      const bool hit = std::count(where.begin(), where.end(), static_cast<std::int32_t>(i)) > 0;
      CHECK((hit ? std::isnan(dx[i]) : dx[i] == 0));
    }
  }
}

}  // namespace cambium
