// Winograd's two convolutions, by squares and along the rows, against the definition, at every instruction set: tiles that the
// image does not fill, vectors that the channels, filters or rows do not fill, blocks of many small samples and of parts of one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/convolutions.h"

namespace cambium {

namespace {

Convolution convolution(int channels, int filters, int out_height, int out_width, int pad, int kernel = 3) {
  const int more = kernel - 1 - 2 * pad;
  return {{channels, out_height + more, out_width + more, kernel, kernel, 1, 1, pad, pad, out_height, out_width}, filters};
}
// Five wide, for the way along the rows.
Convolution wide(int channels, int filters, int out_height, int out_width, int pad, int kernel_height = 5, int pad_height = 0) {
  return {{channels, out_height + kernel_height - 1 - 2 * pad_height, out_width + 4 - 2 * pad, kernel_height, 5, 1, 1, pad_height,
           pad, out_height, out_width},
          filters};
}

std::vector<Convolution> all_convolutions() {
  std::vector<Convolution> all = {convolution(16, 16, 13, 15, 1), convolution(17, 33, 14, 14, 1), convolution(32, 16, 28, 28, 0),
                                  convolution(64, 64, 7, 7, 1),   convolution(33, 17, 5, 9, 2),   convolution(16, 80, 6, 6, 1),
                                  convolution(16, 16, 5, 140, 1), convolution(130, 65, 4, 4, 1),  convolution(64, 16, 4, 61, 0)};
  for (int out = 1; out <= 9; ++out)
    for (const int pad : {0, 1, 2}) {
      const int height = out + (out + pad) % 3;
      if (out + 2 > 2 * pad) all.push_back(convolution(out % 2 ? 16 : 21, out % 3 ? 16 : 34, height, out, pad));
    }
  for (int channels = 16; channels <= 32; channels += 3) all.push_back(convolution(channels, 48 - channels, 6, 7, 1));
  for (const int few : {8, 9, 15}) {
    all.push_back(convolution(few, 40 - few, 9, 12, 1));
    all.push_back(convolution(40 - few, few, 8, 8, 1));
  }
  for (int filters = 16; filters <= 128; filters += 16) all.push_back(convolution(16, filters, 8, 8, 1));  // each width
  for (int out = 2; out <= 40; out += 2)  // rows that share a vector, and rows of some
    for (const int pad : {0, 2, 4})
      if (out + 4 > 2 * pad) all.push_back(wide(3 + out % 7, 8 + out % 5, 64 / out + 3, out, pad, 5, pad));
  for (int filters = 8; filters <= 40; filters += 3) all.push_back(wide(3, filters, 9, 8, 0));
  for (int height = 1; height <= 9; ++height) all.push_back(wide(16, 9, 12, 10, 2, height, height / 2));
  for (const int channels : {8, 16, 33}) all.push_back(wide(channels, 48 - channels, 8, 8, 0));
  return all;
}

// Calls visit(x position, w position, first y position, how many) for rows of products with one weight, of one sample.
template <class Visit>
void for_each_row(const Convolution& of, Visit visit) {
  const Window& w = of.window;
  for (int f = 0; f < of.filters; ++f)
    for (int c = 0; c < w.channels; ++c)
      for (int tap = 0; tap < w.kernel_height * w.kernel_width; ++tap)
        for (int oy = 0; oy < w.out_height; ++oy) {
          const int iy = oy + tap / w.kernel_width - w.pad_height, shift = tap % w.kernel_width - w.pad_width;
          const int begin = std::max(0, -shift), end = std::min(w.out_width, w.width - shift);
          if (iy < 0 || iy >= w.height || begin >= end) continue;
          visit(size((c * w.height + iy) * w.width + begin + shift),
                size((f * w.channels + c) * w.kernel_height * w.kernel_width + tap),
                size((f * w.out_height + oy) * w.out_width + begin), size(end - begin));
        }
}

struct Twin {
  Exact y, dx;
};
Twin twin(const Convolution& of, const Values& x, const Values& w, const Values& dy, const real* bias, int samples) {
  const std::size_t positions = size(of.window.out_height, of.window.out_width);
  Twin t{Exact(size(samples) * outputs(of)), Exact(size(samples) * inputs(of))};
  for (std::size_t i = 0; bias && i < t.y.size(); ++i) t.y[i] = static_cast<double>(bias[i / positions % size(of.filters)]);
  for (std::size_t s = 0; s < size(samples); ++s)
    for_each_row(of, [&](std::size_t i, std::size_t k, std::size_t o, std::size_t n) {
      const double factor = static_cast<double>(w[k]);
      const real *from = &x[s * inputs(of) + i], *d = &dy[s * outputs(of) + o];
      double *y = &t.y[s * outputs(of) + o], *dx = &t.dx[s * inputs(of) + i];
      for (std::size_t j = 0; j < n; ++j) {
        y[j] += factor * static_cast<double>(from[j]);
        dx[j] += factor * static_cast<double>(d[j]);
      }
    });
  return t;
}

// The largest error, against a sum of `terms` products that are about 1; the guard behind the values must stand.
double error(const Values& values, const Exact& expected, std::size_t terms) {
  CHECK(values[expected.size()] == guard);
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double off = std::fabs(static_cast<double>(values[i]) - expected[i]) / static_cast<double>(terms);
    worst = off <= worst ? worst : std::isnan(off) ? 1e30 : off;
  }
  return worst;
}

Values part(const Values& all, std::size_t begin, std::size_t n) {
  return Values(all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(begin + n));
}

}  // namespace

TEST_CASE("Winograd's convolution is what the definition says") {
  int turn = 0;
  for (const Convolution& of : all_convolutions()) {
    CAPTURE(text(of));
    const int samples = std::vector{1, 2, 5}[size(turn++ % 3)];
    const Values x = draw(size(samples) * inputs(of), 1), w = draw(weights(of), 2), dy = draw(size(samples) * outputs(of), 3);
    const Values bias = draw(size(of.filters), 4);
    const real* const start = turn % 2 ? bias.data() : nullptr;
    const Twin t = twin(of, x, w, dy, start, samples);
    for (const Isa isa : available_isas()) {
      CAPTURE(name(isa));
      ConvolutionRun run(isa, of, w);
      const double most = sizeof(real) == 4 ? 3e-6 : 1e-15;
      CHECK(error(run.forward(x, start, samples), t.y, weights(of) / size(of.filters)) < most);
      CHECK(error(run.backward(dy, samples), t.dx, weights(of) / size(of.window.channels)) < most);
    }
  }
}

TEST_CASE("Winograd's ways are taken where they are faster, for single precision alone, and can be switched off") {
  const char* const wish = std::getenv("CAMBIUM_WINOGRAD");
  const bool wanted = sizeof(real) == 4 && (!wish || std::strcmp(wish, "0") != 0);
  const Convolution large = convolution(64, 64, 14, 14, 1);
  for (const Isa isa : available_isas()) {
    const bool taken = wanted && isa != Isa::portable;
    const auto runs = [&](const Convolution& of, Pass pass) { return std::string(kernels(isa).convolve.algorithm(of, pass)); };
    CHECK((runs(large, Pass::forward) == "winograd") == taken);
    CHECK((runs(large, Pass::backward_input) == "winograd") == taken);
    CHECK((runs(wide(8, 16, 8, 8, 0), Pass::forward) == "winograd_1d") == taken);
    for (const Convolution& other : {convolution(3, 64, 14, 14, 1), convolution(4, 33, 14, 14, 1), wide(8, 16, 8, 9, 0),
                                     wide(1, 16, 8, 8, 0), wide(64, 64, 224, 224, 2, 5, 2)})
      CHECK(runs(other, Pass::forward).find("winograd") == std::string::npos);
  }
}

TEST_CASE("a sample has the same bits alone and among others, and when repeated") {
  for (const Convolution& of : {convolution(16, 33, 8, 8, 1), convolution(40, 16, 14, 14, 1), convolution(16, 16, 30, 30, 0),
                                wide(8, 16, 8, 8, 0), wide(5, 9, 9, 28, 2, 5, 2)}) {
    const int samples = 7;
    const Values x = draw(size(samples) * inputs(of), 1), w = draw(weights(of), 2), dy = draw(size(samples) * outputs(of), 3);
    for (const Isa isa : available_isas()) {
      ConvolutionRun run(isa, of, w);
      const Values y = run.forward(x, nullptr, samples), dx = run.backward(dy, samples);
      CHECK(run.forward(x, nullptr, samples) == y);
      for (std::size_t s = 0; s < size(samples); ++s) {
        const Values y1 = run.forward(part(x, s * inputs(of), inputs(of)), nullptr, 1);
        const Values dx1 = run.backward(part(dy, s * outputs(of), outputs(of)), 1);
        CHECK(part(y1, 0, outputs(of)) == part(y, s * outputs(of), outputs(of)));
        CHECK(part(dx1, 0, inputs(of)) == part(dx, s * inputs(of), inputs(of)));
      }
    }
  }
}

TEST_CASE("what is not a number reaches all outputs over it and no other sample") {
  for (const real bad : {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()})
    for (const Convolution& of : {convolution(16, 17, 9, 6, 1), convolution(17, 16, 8, 8, 0), wide(5, 9, 8, 8, 0)})
      for (const Isa isa : available_isas()) {
        CAPTURE(text(of));
        const Values w = draw(weights(of), 2);
        ConvolutionRun run(isa, of, w);
        for (std::size_t at = inputs(of); at < 2 * inputs(of); at += 31) {
          Values x = draw(3 * inputs(of), 1);
          x[at] = bad;
          const Values y = run.forward(x, nullptr, 3);
          std::vector<bool> hit(3 * outputs(of));
          for_each_row(of, [&](std::size_t i, std::size_t, std::size_t o, std::size_t n) {
            for (std::size_t j = 0; j < n; ++j)
              if (inputs(of) + i + j == at) hit[outputs(of) + o + j] = true;
          });
          bool right = true;
          for (std::size_t i = 0; i < hit.size(); ++i) {
            const bool own = i / outputs(of) == 1;
            right = right && (own ? !hit[i] || !std::isfinite(y[i]) : std::isfinite(y[i]));
          }
          CHECK(right);
        }
        Values bent = w;  // a weight: all outputs of its filter that use it, and no other filter's
        bent[weights(of) / size(of.filters) * 3 + 4] = bad;
        ConvolutionRun other(isa, of, bent);
        const Values y = other.forward(draw(inputs(of), 1), nullptr, 1);
        bool right = true;
        for (std::size_t i = 0; i < outputs(of); ++i)
          right = right && std::isfinite(y[i]) == (i / (outputs(of) / size(of.filters)) != 3);
        CHECK(right);
      }
}

}  // namespace cambium
