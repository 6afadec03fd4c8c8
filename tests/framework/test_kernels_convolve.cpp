// Convolution and its two gradients at every instruction set against their definition, product by product.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/convolutions.h"

namespace cambium {

namespace {

Convolution convolution(int channels, int height, int width, int filters, int kh, int kw, int sh, int sw, int ph, int pw) {
  return {{channels, height, width, kh, kw, sh, sw, ph, pw, (height + 2 * ph - kh) / sh + 1, (width + 2 * pw - kw) / sw + 1},
          filters};
}

// Among them: more padding than kernel, more taps than the direct way takes, rows of the kernel wholly outside.
std::vector<Convolution> all_convolutions() {
  std::vector<Convolution> all = {
      convolution(1, 28, 28, 8, 5, 5, 1, 1, 0, 0),  convolution(8, 12, 12, 16, 5, 5, 1, 1, 0, 0),   // W3's
      convolution(1, 28, 28, 32, 3, 3, 1, 1, 1, 1), convolution(5, 14, 14, 33, 3, 3, 1, 1, 1, 1),   // like W4's
      convolution(3, 32, 32, 16, 3, 3, 1, 1, 1, 1), convolution(16, 16, 16, 24, 3, 3, 2, 2, 1, 1),  // like a residual net's
      convolution(8, 16, 16, 16, 1, 1, 2, 2, 0, 0), convolution(1, 32, 32, 6, 5, 5, 1, 1, 2, 2),
      convolution(6, 14, 14, 16, 5, 5, 1, 1, 0, 0), convolution(3, 7, 9, 5, 1, 1, 1, 1, 0, 0),
      convolution(1, 1, 1, 1, 1, 1, 1, 1, 0, 0),    convolution(2, 1, 1, 3, 3, 3, 1, 1, 1, 1),
      convolution(2, 3, 2, 4, 3, 2, 5, 7, 0, 0),    convolution(2, 5, 33, 3, 2, 3, 1, 2, 1, 2),
      convolution(1, 4, 4, 2, 7, 7, 3, 2, 6, 5),    convolution(2, 6, 37, 9, 3, 3, 2, 3, 0, 1),
      convolution(2, 9, 12, 7, 2, 4, 3, 1, 1, 3),   convolution(1, 11, 13, 40, 7, 7, 1, 1, 3, 3),
      convolution(2, 10, 6, 17, 4, 2, 1, 1, 0, 1),  convolution(2, 4, 8, 3, 3, 3, 1, 1, 5, 4),
      convolution(2, 19, 30, 5, 9, 9, 1, 1, 0, 0),  convolution(3, 9, 20, 6, 5, 5, 4, 3, 2, 2),
      convolution(2, 2, 12, 4, 3, 5, 1, 1, 1, 2),   convolution(2, 5, 8, 20, 1, 3, 1, 1, 0, 1),
      convolution(4, 4, 4, 66, 3, 3, 1, 1, 1, 1),   convolution(1, 9, 9, 4, 3, 3, 2, 1, 1, 1)};
  for (int out = 1; out <= 40; ++out) all.push_back(convolution(2, 4, out + 2, 3, 3, 3, 1, 1, 0, 0));  // every width of a row
  for (int out = 4; out <= 33; out += 3) all.push_back(convolution(2, 3, out, 19, 3, 3, 1, 1, 1, 1));
  for (int in = 6; in <= 34; in += 2)  // rows of x whose gradient stays in registers, or is cut in parts
    for (const int k : {3, 5}) {
      all.push_back(convolution(3 + in % 8, 6, in, 3, k, k, 1, 1, 0, 0));
      for (int pad = 0; pad < k; ++pad)
        all.push_back(convolution(2 + (in + pad) % 19, 5 + pad % 3, in, 4, k, k, 1 + in / 2 % 2, 2, pad, pad));
    }
  for (int filters = 1; filters <= 30; ++filters) all.push_back(convolution(2, 9, 17 + filters % 9, filters, 3, 3, 1, 1, 1, 1));
  for (int pad = 0; pad < 5; ++pad) all.push_back(convolution(3, 7, 33 + pad, 3 + pad, 5, 5, 1, 1, pad, 4 - pad));
  for (int filters = 1; filters <= 50; ++filters) all.push_back(convolution(2, 5, 7, filters, 3, 3, 1, 1, 1, 1));
  return all;
}

// With NaN where a sample more would lie, which must not be read.
Values and_nan(Values values, std::size_t n) {
  values.resize(values.size() + n, std::numeric_limits<real>::quiet_NaN());
  return values;
}

// Calls visit(x position, w position, y position) for every product of one sample.
template <class Visit>
void for_each_product(const Convolution& of, Visit visit) {
  const Window& w = of.window;
  for (int f = 0; f < of.filters; ++f)
    for (int oy = 0; oy < w.out_height; ++oy)
      for (int ox = 0; ox < w.out_width; ++ox)
        for (int c = 0; c < w.channels; ++c)
          for (int u = 0; u < w.kernel_height; ++u)
            for (int v = 0; v < w.kernel_width; ++v) {
              const int iy = oy * w.stride_height + u - w.pad_height, ix = ox * w.stride_width + v - w.pad_width;
              if (iy < 0 || iy >= w.height || ix < 0 || ix >= w.width) continue;
              visit(size((c * w.height + iy) * w.width + ix),
                    size(((f * w.channels + c) * w.kernel_height + u) * w.kernel_width + v),
                    size((f * w.out_height + oy) * w.out_width + ox));
            }
}

struct Twin {  // what should come out, and the sum of the products' magnitudes, which rounding errors go by
  Exact y, dx, dw, y_size, dx_size, dw_size;
};
Twin twin(const Convolution& of, const Values& x, const Values& w, const Values& dy, const real* bias, int samples) {
  const std::size_t n = size(samples), positions = size(of.window.out_height, of.window.out_width);
  Twin t{Exact(n * outputs(of)),    Exact(n * inputs(of)), Exact(weights(of)),
         Exact(n * outputs(of), 1), Exact(n * inputs(of)), Exact(weights(of))};
  for (std::size_t i = 0; bias && i < t.y.size(); ++i) t.y[i] = static_cast<double>(bias[i / positions % size(of.filters)]);
  for (std::size_t s = 0; s < n; ++s)
    for_each_product(of, [&](std::size_t i, std::size_t k, std::size_t o) {
      i += s * inputs(of);
      o += s * outputs(of);
      const double xi = static_cast<double>(x[i]), wk = static_cast<double>(w[k]), d = static_cast<double>(dy[o]);
      t.y[o] += xi * wk, t.y_size[o] += std::fabs(xi * wk);
      t.dx[i] += d * wk, t.dx_size[i] += std::fabs(d * wk);
      t.dw[k] += xi * d, t.dw_size[k] += std::fabs(xi * d);
    });
  return t;
}

// The largest error, in units of rounding the sum of magnitudes once; the guard behind the values must stand.
double error(const Values& values, const Exact& expected, const Exact& magnitudes) {
  CHECK(values[expected.size()] == guard);
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double off = std::fabs(static_cast<double>(values[i]) - expected[i]);
    const double unit = magnitudes[i] * static_cast<double>(std::numeric_limits<real>::epsilon());
    worst = std::max(worst, off == 0 ? 0 : off <= 1e30 * unit ? off / unit : 1e30);  // 1e30 for NaN too
  }
  return worst;
}

}  // namespace

TEST_CASE("convolution and its gradients are what their definitions say") {
  int turn = 0;
  for (const Convolution& of : all_convolutions()) {
    CAPTURE(text(of));
    const int samples = 1 + turn++ % 3;
    const Values x = and_nan(draw(size(samples) * inputs(of), 1), inputs(of)), w = draw(weights(of), 2);
    const Values dy = and_nan(draw(size(samples) * outputs(of), 3), outputs(of));
    const Values bias = draw(size(of.filters), 4), old = draw(weights(of), 5);
    const Twin t = twin(of, x, w, dy, turn % 2 ? bias.data() : nullptr, samples);
    for (const Isa isa : available_isas()) {
      CAPTURE(name(isa));
      ConvolutionRun run(isa, of, w);
      CHECK(error(run.forward(x, turn % 2 ? bias.data() : nullptr, samples), t.y, t.y_size) < 8);
      CHECK(error(run.backward(dy, samples), t.dx, t.dx_size) < 8);
      Exact dw = t.dw, dw_size = t.dw_size;
      CHECK(error(run.gradient(x, dy, old, samples, false), dw, dw_size) < 8);
      for (std::size_t i = 0; i < dw.size(); ++i) dw[i] += static_cast<double>(old[i]), dw_size[i] += 2;
      CHECK(error(run.gradient(x, dy, old, samples, true), dw, dw_size) < 8);
    }
  }
}

TEST_CASE("a sample's convolution has the same bits alone and among others") {
  for (const Convolution& of : {convolution(3, 8, 8, 5, 3, 3, 1, 1, 1, 1), convolution(2, 7, 14, 20, 3, 3, 2, 2, 1, 1),
                                convolution(2, 9, 9, 6, 5, 5, 1, 1, 0, 0), convolution(2, 8, 8, 6, 9, 9, 1, 1, 4, 4),
                                convolution(3, 8, 20, 5, 3, 3, 1, 1, 1, 1), convolution(7, 12, 12, 6, 5, 5, 1, 1, 0, 0),
                                convolution(17, 9, 16, 6, 3, 3, 2, 2, 1, 1)})
    for (const Isa isa : available_isas()) {
      CAPTURE(text(of));
      const int samples = 5;
      const Values x = draw(size(samples) * inputs(of), 1), w = draw(weights(of), 2), dy = draw(size(samples) * outputs(of), 3);
      ConvolutionRun run(isa, of, w);
      const Values y = run.forward(x, nullptr, samples), dx = run.backward(dy, samples),
                   dw = run.gradient(x, dy, w, samples, false);
      CHECK(run.gradient(x, dy, w, samples, false) == dw);
      for (std::size_t s = 0; s < size(samples); ++s) {
        const auto one = [&](const Values& all, std::size_t n) { return Values(all.data() + s * n, all.data() + (s + 1) * n); };
        Values y1 = run.forward(one(x, inputs(of)), nullptr, 1), dx1 = run.backward(one(dy, outputs(of)), 1);
        y1.pop_back();
        dx1.pop_back();
        CHECK(y1 == one(y, outputs(of)));
        CHECK(dx1 == one(dx, inputs(of)));
      }
    }
}

TEST_CASE("a NaN reaches all that it is multiplied into, and no other sample or filter") {
  const real nan = std::numeric_limits<real>::quiet_NaN();
  for (const Convolution& of : {convolution(2, 6, 6, 5, 3, 3, 1, 1, 1, 1), convolution(2, 6, 9, 20, 3, 3, 2, 2, 1, 1),
                                convolution(1, 9, 9, 6, 5, 5, 1, 1, 0, 0), convolution(3, 5, 5, 2, 1, 1, 1, 1, 0, 0),
                                convolution(1, 5, 19, 2, 3, 3, 1, 1, 1, 1), convolution(2, 7, 8, 3, 5, 5, 1, 1, 0, 0),
                                convolution(2, 7, 10, 3, 3, 3, 2, 2, 1, 1)})
    for (const Isa isa : available_isas())
      for (std::size_t at = 0; at < 3 * inputs(of); at += 5) {
        CAPTURE(text(of));
        const std::string level = name(isa);
        CAPTURE(level);
        CAPTURE(at);
        Values x = draw(3 * inputs(of), 1), dy = draw(3 * outputs(of), 3);
        const Values w = draw(weights(of), 2);
        x[at] = nan;
        const std::size_t other = at % (3 * outputs(of)), positions = size(of.window.out_height, of.window.out_width);
        ConvolutionRun run(isa, of, w);
        const Values y = run.forward(x, nullptr, 3), dw = run.gradient(x, dy, w, 3, false);
        dy[other] = nan;
        const Values dx = run.backward(dy, 3), dw2 = run.gradient(draw(3 * inputs(of), 1), dy, w, 3, false);
        std::vector<bool> y_hit(y.size()), dx_hit(dx.size()), dw_hit(dw.size());
        for (std::size_t s = 0; s < 3; ++s)
          for_each_product(of, [&](std::size_t i, std::size_t k, std::size_t o) {
            if (s * inputs(of) + i == at) y_hit[s * outputs(of) + o] = dw_hit[k] = true;
            if (s * outputs(of) + o == other) dx_hit[s * inputs(of) + i] = true;
          });
        std::string wrong;
        const auto expect = [&](bool right, const char* value, std::size_t i) {
          if (!right) wrong += std::string(value) + " " + std::to_string(i) + ", ";
        };
        for (std::size_t i = 0; i < y.size(); ++i) expect(std::isnan(y[i]) == y_hit[i], "y", i);
        for (std::size_t i = 0; i < dx.size(); ++i) expect(std::isnan(dx[i]) == dx_hit[i], "dx", i);
        for (std::size_t i = 0; i + 1 < dw.size(); ++i) {
          expect(!dw_hit[i] || std::isnan(dw[i]), "dw", i);
          const bool same_filter = i / (weights(of) / size(of.filters)) == other / positions % size(of.filters);
          expect(same_filter || !std::isnan(dw2[i]), "dw of a spoilt dy", i);
        }
        CHECK(wrong == "");
      }
}

}  // namespace cambium
