// What the size of a batch is about: rows 8 and 11.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

TEST_CASE("article: few samples make a noisy mean and a noisy deviation") {
  // A batch's mean and deviation spread by 1 / sqrt(N) and 1 / sqrt(2 N). The spread that M batches show is itself sure to
  // 1 / sqrt(2 M): with 16,000, 0.6 %, and with 8,000, at N = 1024, 0.8 %. At N = 16 the second formula is 0.9 % too large.
  // So 5 % is more than six of those.
  const std::size_t channels = 500, rows = 1024, draws = 16, sizes[] = {16, 64, 256, 1024};
  Values means[4], deviations[4];
  for (std::size_t draw = 0; draw < draws; ++draw) {
    const Values x = normals(rows * channels, 800 + draw);
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t size = sizes[k] * channels;
      Fed norm(Sequential(Shape{500}, BatchNorm({.momentum = 1})), {.batch = static_cast<int>(sizes[k]), .mode = Mode::adapt});
      for (std::size_t at = 0; at < 2 * size && at < x.size(); at += size) {
        norm.feed(part(x, at, at + size));
        for (const double mean : norm.weights().state("batch_norm_1.running_mean")) means[k].push_back(mean);
        for (const double var : norm.weights().state("batch_norm_1.running_var")) deviations[k].push_back(std::sqrt(var));
      }
    }
  }
  for (std::size_t k = 0; k < 4; ++k) {
    const double n = static_cast<double>(sizes[k]), of_mean = 1 / std::sqrt(n), of_deviation = 1 / std::sqrt(2 * n);
    const std::string which = "batches of " + std::to_string(sizes[k]) + ": spread of the ";
    near_to(8, which + "mean", deviation_of(means[k]), of_mean, 0.05 * of_mean);
    near_to(8, which + "deviation", deviation_of(deviations[k]), of_deviation, 0.05 * of_deviation);
  }
}

TEST_CASE("article: a batch is many runs in one step, and its gradient their average") {
  const std::size_t n = 64, inputs = 30;
  const Sequential net(Shape{30}, Dense(40), Relu(), Dense(10));
  Fed batch(net, {.batch = 64, .mode = Mode::train, .input_gradient = true});
  Fed single(net, {.batch = 1, .mode = Mode::train, .input_gradient = true});
  const Values x = normals(n * inputs, 11);
  std::vector<int> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<int>(Random(11).of(1).below(i, 10));
  const SoftmaxCrossEntropy loss;
  const auto gradient = [&](Fed& fed, std::size_t first, std::size_t count) {
    fed.feed(part(x, first * inputs, (first + count) * inputs));
    const std::vector<int> of_these(labels.begin() + static_cast<std::ptrdiff_t>(first),
                                    labels.begin() + static_cast<std::ptrdiff_t>(first + count));
    loss.evaluate(fed.plan().output(), of_these, fed.plan().output_gradient());
    fed.weights().mark_gradients_used();
    fed.plan().backward();
    return get(fed.weights().gradient_block());
  };
  const Values of_batch = gradient(batch, 0, n);
  Values mean(of_batch.size());
  for (std::size_t i = 0; i < n; ++i) {
    const Values one = gradient(single, i, 1);
    for (std::size_t k = 0; k < one.size(); ++k) mean[k] += one[k] / static_cast<double>(n);
  }
  at_most(11, "gradient of 64 samples against the mean of 64 gradients, relative", relative_difference(of_batch, mean),
          in_double ? 1e-14 : 1e-5);
}

}  // namespace cambium::article
