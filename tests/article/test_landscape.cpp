// What apps/landscape measures with, on cases whose answer is known; its figures stand in tests/apps/test_landscape.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "apps/landscape/held.h"
#include "apps/landscape/measures/channels.h"
#include "apps/landscape/measures/gradient_shift.h"
#include "apps/landscape/measures/hessian.h"
#include "apps/landscape/measures/identity.h"
#include "apps/landscape/measures/surface.h"
#include "apps/landscape/shift_noise.h"
#include "cambium/framework/base/random.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"
#include "tests/support/check_layer.h"
#include "tests/support/layer_bench.h"

namespace cambium::article {

namespace {

using landscape::Norm;
using landscape::Vector;

landscape::Samples noise(int count, int inputs, int classes) {
  landscape::Samples samples{Shape(inputs), {}, {}};
  const Random random(61);
  for (int i = 0; i < count * inputs; ++i) samples.x.push_back(static_cast<real>(random.normal(static_cast<std::uint64_t>(i))));
  for (int i = 0; i < count; ++i) samples.labels.push_back(i % classes);
  return samples;
}

}  // namespace

TEST_CASE("landscape: what a norm takes from a gradient, with a scale behind it, as theorem 4.1 of Santurkar et al. says") {
  at_most(22, "|dL/dx|^2 of norm and affine against the theorem, relative", landscape::identity_error(), in_double ? 1e-9 : 1e-5);
}

TEST_CASE("landscape: the largest eigenvalue of a quadratic whose Hessian is known, also where the largest in size is negative") {
  for (const double least : {0.1, -9.0}) {
    const Vector eigenvalues{least, 2, 5, 7};
    // The gradient of sum of e_i (u_i . w)^2 / 2 with u the rows of a Hadamard matrix.
    const double rows[4][4] = {{.5, .5, .5, .5}, {.5, -.5, .5, -.5}, {.5, .5, -.5, -.5}, {.5, -.5, -.5, .5}};
    const auto gradient = [&](const Vector& w, Vector& to) {
      to.assign(4, 0);
      for (std::size_t i = 0; i < 4; ++i) {
        double along = 0;
        for (std::size_t k = 0; k < 4; ++k) along += rows[i][k] * w[k];
        for (std::size_t k = 0; k < 4; ++k) to[k] += eigenvalues[i] * along * rows[i][k];
      }
    };
    const double found = landscape::top_eigenvalue(gradient, {1, 2, 3, 4}, {.tolerance = 1e-4}).value;
    CHECK(std::fabs(found - 7) < 1e-3);
  }
}

TEST_CASE("landscape: the largest eigenvalue of softmax regression with two classes, whose Hessian is known") {
  // With all weights 0 both classes have probability 1/2, and H = kron([[1, -1], [-1, 1]] / 4, mean of x x'). A constant input of c
  // in every place and a bias: the largest eigenvalue is (inputs c^2 + 1) / 2.
  landscape::Samples samples{Shape(3), std::vector<real>(12, real(2)), {0, 1, 0, 1}};
  landscape::Net net(landscape::mlp(Shape(3), Norm::none, {.depth = 0, .classes = 2}), 4, 1);
  net.move_to(Vector(net.point().size(), 0));
  const double found = landscape::top_eigenvalue(net, samples, {.tolerance = 1e-4}).value;
  CHECK(std::fabs(found - 6.5) < 1e-2);
}

TEST_CASE("landscape: rectifiers that are held give the loss and the gradient of the network where they were held") {
  const landscape::Samples samples = noise(32, 10, 3);
  for (const Norm norm : {Norm::none, Norm::batch}) {
    landscape::Net net(landscape::mlp(Shape(10), norm, {.depth = 3, .width = 12, .classes = 3}), 32, 7);
    landscape::HeldNet held(net, samples);
    Vector own, other;
    const double loss = net.gradient(samples, own), same = held.gradient(net.point(), other);
    CHECK(std::fabs(loss - same) < 1e-6);
    CHECK(landscape::distance(own, other) < 1e-5 * landscape::length(own));
  }
}

TEST_CASE("landscape: directions have the lengths of the network's own filters, and leave biases alone") {
  const landscape::Net net(landscape::conv_net(Shape{1, 28, 28}, Norm::none), 4, 3);
  const Vector here = net.point(), direction = landscape::filter_normalized(net, 5);
  for (const auto& [tensor, filters] :
       {std::pair("conv2d_1.weight", 8), std::pair("conv2d_2.weight", 16), std::pair("output.weight", 10)}) {
    const Vector own = net.part(here, tensor), made = net.part(direction, tensor);
    const std::size_t each = own.size() / static_cast<std::size_t>(filters);
    for (std::size_t first = 0; first < own.size(); first += each) {
      const Values a = part(own, first, first + each), b = part(made, first, first + each);
      CHECK(std::fabs(landscape::length(a) / landscape::length(b) - 1) < 1e-6);
      CHECK(std::fabs(landscape::cosine(a, b)) < 0.999);
    }
  }
  CHECK(landscape::length(net.part(direction, "conv2d_1.bias")) == 0);
}

TEST_CASE("landscape: the noise behind a norm is a layer, and as large as it says") {
  check_layer(landscape::ShiftNoise(), {Shape{7}, Shape{3, 4, 5}}, linear());
  const int n = 4000;
  const landscape::ShiftNoise layer;
  LayerBench bench(layer, {Shape{3}}, {.batch = n});
  for (real& x : bench.x()) x = 0;
  bench.forward();
  const Values y = get(bench.y());
  for (std::size_t c = 0; c < 3; ++c) {
    // Uniform within 0.1 of a mean that lies within 0.5: deviation 0.1 / sqrt 3, whose own error is a share of 0.447 / sqrt n.
    const Values own = column(y, 3, c);
    CHECK(std::fabs(mean_of(own)) < 0.51);
    CHECK(std::fabs(deviation_of(own) / (0.1 / std::sqrt(3.0)) - 1) < 6 * 0.45 / std::sqrt(static_cast<double>(n)));
  }
  CHECK(std::fabs(mean_of(column(y, 3, 0)) - mean_of(column(y, 3, 1))) > 1e-3);
}

TEST_CASE("landscape: the layers below a layer step, and it stays, with all above it") {
  landscape::Net net(landscape::mlp(Shape(10), Norm::batch, {.depth = 3, .width = 8, .classes = 3}), 16, 2);
  const Vector here = net.point(), far(here.size(), 1);
  const Vector mixed = net.mixed(far, here, "dense_2.weight");
  CHECK(net.part(mixed, "dense_1.weight") == net.part(far, "dense_1.weight"));
  for (const std::string tensor : {"dense_2.weight", "dense_3.weight", "output.weight"})
    CHECK(net.part(mixed, tensor) == net.part(here, tensor));
  CHECK(landscape::some_layers(20) == std::vector<int>{2, 5, 10, 15, 20});
  CHECK(landscape::some_layers(5) == std::vector<int>{2, 3, 5});
}

TEST_CASE("landscape: by the 50th layer of rectifiers a channel is almost a constant") {
  const auto share = [](Norm norm) { return landscape::channels(norm, {}).share; };
  at_most(21, "share of the variance within channels, layer 50 of width 100", share(Norm::none).back(), 0.2);
  at_least(21, "the same with norm", share(Norm::batch).back(), 0.999);
}

}  // namespace cambium::article
