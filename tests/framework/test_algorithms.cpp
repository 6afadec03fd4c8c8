// Which algorithm of the kernels a pass runs: what the tables say of a few shapes, and that a plan's summary says the same.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "cambium/cambium.h"
#include "cambium/framework/kernels/blas.h"
#include "tests/support/convolutions.h"

namespace cambium {

namespace {

// As a summary writes them.
std::string algorithms(Isa isa, const Convolution& of) {
  const auto name = [&](Pass pass) { return std::string(kernels(isa).convolve.algorithm(of, pass)); };
  return name(Pass::forward) + " / " + name(Pass::backward_input) + " / " + name(Pass::backward_params);
}

Convolution square(int channels, int size, int filters, int kernel, int stride = 1, int pad = 0) {
  const int out = (size + 2 * pad - kernel) / stride + 1;
  return {{channels, size, size, kernel, kernel, stride, stride, pad, pad, out, out}, filters};
}

bool has_winograd(Isa isa) {
  const char* const wish = std::getenv("CAMBIUM_WINOGRAD");
  return sizeof(real) == 4 && isa != Isa::portable && (!wish || std::strcmp(wish, "0") != 0);
}

std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("  " + name + " ");
  REQUIRE(at != std::string::npos);
  return text.substr(at, text.find('\n', at) - at);
}

// Whether the line says these, and not more than these.
bool says(const std::string& line, const std::string& algorithms) {
  const std::size_t at = line.find("  " + algorithms);
  return at != std::string::npos && line.find(" /", at + 2 + algorithms.size()) == std::string::npos;
}

}  // namespace

TEST_CASE("each pass of a convolution takes the first algorithm that applies") {
  for (const Isa isa : available_isas()) {
    const std::string level = name(isa);
    CAPTURE(level);
    CHECK(algorithms(isa, square(5, 9, 7, 1)) == "gemm / gemm / gemm");
    CHECK(algorithms(isa, square(3, 20, 4, 9)) == "im2col / im2col / im2col");
    CHECK(algorithms(isa, square(16, 16, 24, 3, 2, 1)) == "direct / transposed / direct");
    CHECK(algorithms(isa, square(16, 15, 24, 3, 2, 1)) == "direct / im2col / direct");
    if (isa != Isa::portable)
      CHECK(std::string(kernels(isa).convolve.algorithm(square(1, 28, 32, 3, 1, 1), Pass::forward)) == "shifted");
    const bool winograd = has_winograd(isa);
    CHECK((algorithms(isa, square(64, 14, 64, 3, 1, 1)) == "winograd / winograd / direct") == winograd);
    CHECK((algorithms(isa, square(8, 12, 16, 5)) == "winograd_1d / transposed / direct") == winograd);
    CHECK((algorithms(isa, square(16, 12, 16, 5, 1, 2)) == "winograd_1d / winograd_1d / direct") == winograd);
  }
}

TEST_CASE("products take the first algorithm that applies") {
  for (const Isa isa : available_isas()) {
    const std::string level = name(isa);
    CAPTURE(level);
    const auto algorithm = [&](int m, int n, int k, Op a, Op b) {
      return std::string(
          kernels(isa).matrix.algorithm(m, n, k, {nullptr, a == Op::plain ? k : m, a}, {nullptr, b == Op::plain ? n : k, b}));
    };
    const bool blas = isa == Isa::portable && has_blas();
    CHECK(algorithm(8, 10, 100, Op::plain, Op::transposed) == (blas ? "blas" : "dots"));
    CHECK(algorithm(8, 100, 10, Op::plain, Op::plain) == (blas ? "blas" : "tiles"));
    CHECK(algorithm(10, 100, 8, Op::transposed, Op::plain) == (blas ? "blas" : "tiles"));
    CHECK(algorithm(10, 100, 1, Op::transposed, Op::plain) == "outer");
    CHECK(algorithm(64, 64, 16, Op::plain, Op::transposed) == (has_blas() ? "blas" : "dots"));
    CHECK(algorithm(8, 8, 8, Op::transposed, Op::transposed) == "blas");
  }
}

TEST_CASE("the summary of a plan names the algorithm of each convolution and product, pass by pass where they differ") {
  const Sequential net(Shape{5, 16, 16}, Named("first", Conv2d(16, {.kernel = 1})), Named("whole", Conv2d(16, {.kernel = 1})),
                       Named("half", Conv2d(16, {.kernel = 3, .stride = 2, .pad = 1})),
                       Named("wide", Conv2d(17, {.kernel = 3, .pad = 1})), Flatten(), Named("code", Dense(100)),
                       With({.freeze = true}, Named("fixed", Dense(100))), Named("out", Dense(10)));
  Weights weights(net);
  const bool winograd = has_winograd(best_isa()), blas = best_isa() == Isa::portable && has_blas();
  const std::string train = Plan(net, weights, {.batch = 8, .mode = Mode::train}).summary();
  INFO(train);
  CHECK(says(line_of(train, "first"), "gemm / - / gemm"));
  CHECK(says(line_of(train, "whole"), "gemm"));
  CHECK(says(line_of(train, "half"), "direct / transposed / direct"));
  CHECK(says(line_of(train, "wide"), "winograd / winograd / direct") == winograd);
  CHECK(says(line_of(train, "code"), blas ? "blas" : "dots / tiles / tiles"));
  CHECK(says(line_of(train, "fixed"), blas ? "blas / blas / -" : "dots / tiles / -"));
  CHECK(line_of(train, "flatten_1").find("/") == std::string::npos);
  const std::string one = Plan(net, weights, {.batch = 1, .mode = Mode::train}).summary();
  CHECK(says(line_of(one, "out"), blas ? "blas / blas / outer" : "dots / tiles / outer"));
  const std::string inference = Plan(net, weights, {.batch = 8}).summary();
  CHECK(says(line_of(inference, "half"), "direct"));
  CHECK(says(line_of(inference, "out"), blas ? "blas" : "dots"));
}

}  // namespace cambium
