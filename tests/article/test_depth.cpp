// What the layer does for the network around it: rows 18, 19, 21, 22 and 41.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/layers/activation/relu.h"
#include "cambium/layers/activation/tanh.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "tests/article/classifier.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

template <class Test>
double percent_of(const ConstView& values, Test test) {
  return 100.0 * static_cast<double>(std::count_if(values.begin(), values.end(), test)) / static_cast<double>(values.size());
}

Graph deep(int layers, int width, bool norm, int inputs, int outputs) {
  Graph graph;
  Node node = graph.input(Shape(inputs));
  for (int i = 0; i < layers; ++i) {
    node = graph.then(node, Dense(width));
    if (norm) node = graph.then(node, BatchNorm());
    node = graph.then(node, Relu());
  }
  if (outputs > 0) graph.then(node, Dense(outputs));
  return graph;
}

}  // namespace

TEST_CASE("article: the weights move, and with them the distribution of every node; a normalized one stays where it was") {
  const Samples training = small_digits(Split::train, 3000);
  for (const bool norm : {false, true}) {
    Classifier net(deep(6, 32, norm, 49, 10), 18);
    const std::string looked_at = norm ? "batch_norm_6" : "dense_6";
    const auto look = [&](Values& means, Values& deviations) {
      Plan plan(net.graph(), net.weights(), {.batch = 500, .mode = Mode::train, .observe = {looked_at}});
      plan.forward(training.view(0, 500));
      const Values all = get(plan.output_of(looked_at));
      for (std::size_t c = 0; c < 32; ++c) {
        means.push_back(mean_of(column(all, 32, c)));
        deviations.push_back(deviation_of(column(all, 32, c)));
      }
    };
    Values means, deviations;
    look(means, deviations);
    net.train(training, 5, 50, 0.1);
    look(means, deviations);
    double moved = 0, furthest = 0;
    for (std::size_t c = 0; c < 32; ++c) {
      const double drift = std::fabs(means[32 + c] - means[c]) / deviations[c];
      moved += drift / 32;
      furthest = std::max(furthest, drift);
    }
    if (norm)
      at_most(18, "300 steps, with norm: drift of a mean in the sixth layer, at worst", furthest, 1e-5);
    else
      at_least(18, "300 steps, without norm: drift of a mean, in deviations, on average", moved, 0.5);
  }
}

TEST_CASE("article: far from zero a nonlinearity is flat, and lets nothing learn") {
  const int n = 256;
  const Values x = made(static_cast<std::size_t>(n) * 30, [z = normals(7680, 19)](std::size_t i) { return 100 * z[i]; });
  for (const bool norm : {false, true}) {
    Graph graph;
    Node node = graph.then(graph.input(Shape{30}), Named("before", Dense(64)));
    if (norm) node = graph.then(node, Named("normed", BatchNorm()));
    graph.then(node, Named("tanh", Tanh()));
    const std::string last = norm ? "normed" : "before";
    Fed net(graph, {.batch = n, .mode = Mode::train, .observe = {last, "tanh"}});
    net.feed(x);
    const double far = percent_of(net.plan().output_of(last), [](real z) { return std::fabs(z) > 2; });
    const double flat = percent_of(net.plan().output_of("tanh"), [](real y) { return 1 - y * y < real(0.01); });
    if (norm) {
      // A standard normal has 4.55 % beyond 2. A share of 16,384 is sure to 0.16 %: six of it, and half as much again,
      // since the 64 nodes see the same 256 samples.
      near_to(19, "inputs x 100, norm before the tanh: percent beyond 2", far, 4.55, 1.5);
      at_most(19, "inputs x 100, norm before the tanh: percent of slopes below 0.01", flat, 1);
    } else {
      at_least(19, "inputs x 100 into a tanh: percent beyond 2", far, 90);
      at_least(19, "inputs x 100 into a tanh: percent of slopes below 0.01", flat, 90);
    }
  }
}

TEST_CASE("article: a deep network of rectifiers is almost constant at its start; normalized it is not") {
  const std::size_t n = 256, width = 256;
  const Values x = normals(n * width, 21);
  for (const bool norm : {false, true}) {
    const std::string looked_at = norm ? "batch_norm_50" : "dense_50";
    Fed net(deep(50, 256, norm, 256, 0), {.batch = 256, .mode = Mode::train, .observe = {looked_at}}, 21);
    net.feed(x);
    const Values all = get(net.plan().output_of(looked_at));
    double within = 0;
    double worst = 0;
    for (std::size_t c = 0; c < width; ++c) {
      const double variance = moment_of(column(all, width, c), 2);
      within += variance / static_cast<double>(width);
      worst = std::max(worst, std::fabs(variance - 1));
    }
    const double total = moment_of(all, 2);
    if (norm)
      at_most(21, "layer 50, with norm: variance of a channel, from 1", worst, 1e-3);
    else
      at_least(21, "layer 50, without: share of the variance that lies between the channels", 1 - within / total, 0.9);
  }
}

TEST_CASE("article: of a gradient, the layer takes away exactly its mean and its slope") {
  // |dx|^2 = (|g|^2 - (sum g)^2 / m - (g . xhat)^2 / m) / s^2: shorter than what came, by the two directions that are taken away.
  const std::size_t n = 64, channels = 9;
  const Values x = rounded(made(n * channels, [z = normals(n * channels, 22)](std::size_t i) { return 5 + 2 * z[i]; }));
  const Values z = normals(n * channels, 23);
  const Values g = rounded(made(n * channels, [&](std::size_t i) { return 0.5 + x[i] / 10 + z[i]; }));
  Fed norm(Sequential(Shape{9}, BatchNorm(for_input)), {.batch = 64, .mode = Mode::train, .input_gradient = true});
  const Values y = norm.feed(x), dx = norm.back(g);
  for (std::size_t c = 0; c < channels; ++c) {
    const Values gc = column(g, channels, c), yc = column(y, channels, c), dxc = column(dx, channels, c);
    const double m = static_cast<double>(n), mean = product_of(gc, Values(n, 1)), slope = product_of(gc, yc);
    const double expected = (product_of(gc, gc) - mean * mean / m - slope * slope / m) / moment_of(column(x, channels, c), 2);
    at_most(22, "|dx|^2 against the identity, relative", std::fabs(product_of(dxc, dxc) / expected - 1), in_double ? 1e-9 : 1e-5);
  }
}

TEST_CASE("article: a normalized layer does not feel the scale of the weights before it") {
  const Sequential net(Shape{20}, Dense(32), BatchNorm(), Relu(), Dense(32), BatchNorm(), Relu(), Dense(10));
  Fed fed(net, {.batch = 128, .mode = Mode::train, .input_gradient = true}, 41);
  const Values x = normals(128 * 20, 41), dy = normals(128 * 10, 42);
  for (const std::string layer : {"dense_1", "dense_2"}) {
    const Values y = fed.feed(x), dx = fed.back(dy), gradient = get(fed.weights().gradient(layer + ".weight"));
    const Values before = get(fed.weights().value(layer + ".weight"));
    for (real& weight : fed.weights().value(layer + ".weight")) weight *= 10;
    const Values scaled_y = fed.feed(x), scaled_dx = fed.back(dy), scaled = get(fed.weights().gradient(layer + ".weight"));
    at_most(41, "weights x 10: change of the output downstream", worst_difference(scaled_y, y), 1e-4);
    at_most(41, "weights x 10: change of the gradient upstream, relative", relative_difference(scaled_dx, dx), 1e-4);
    const Values grown = made(scaled.size(), [&](std::size_t i) { return 10 * scaled[i]; });
    at_most(41, "weights x 10: their gradient, times 10, against what it was", relative_difference(grown, gradient), 1e-3);
    set(fed.weights().value(layer + ".weight"), before);
  }
}

}  // namespace cambium::article
