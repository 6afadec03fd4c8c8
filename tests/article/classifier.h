// A small task that a small network learns in a moment: made digits of 7 x 7 pixels.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/optimizers/sgd.h"
#include "tests/article/fed.h"

namespace cambium::article {

struct Samples {
  std::vector<real> x;
  std::vector<int> labels;
  std::size_t count() const { return labels.size(); }
  ConstView view(std::size_t first, std::size_t n) const {
    const std::size_t size = x.size() / count();
    return {x.data() + first * size, Shape(static_cast<int>(size)), static_cast<int>(n)};
  }
};

// Each pixel the mean of 4 x 4, from 0 to 1.
inline Samples small_digits(Split split, int count) {
  const DigitImages drawn = made_digits(split, {.count = count, .threads = 1});
  Samples samples;
  samples.labels.assign(drawn.labels.begin(), drawn.labels.end());
  for (std::size_t image = 0; image < samples.count(); ++image)
    for (std::size_t row = 0; row < 28; row += 4)
      for (std::size_t col = 0; col < 28; col += 4) {
        int ink = 0;
        for (std::size_t k = 0; k < 16; ++k) ink += drawn.images[image * digit_pixels + (row + k / 4) * 28 + col + k % 4];
        samples.x.push_back(static_cast<real>(ink / (16 * 255.0)));
      }
  return samples;
}

inline Samples moved(Samples samples, double scale, double shift) {
  for (real& value : samples.x) value = static_cast<real>(scale * static_cast<double>(value) + shift);
  return samples;
}

class Classifier {
 public:
  Classifier(Graph graph, std::uint64_t seed) : graph_(std::move(graph)), weights_(graph_, seed) {}

  // Goes through the samples in their order, which is random, the last short batch included.
  void train(const Samples& samples, int epochs, int batch, double rate) {
    Plan plan(graph_, weights_, {.batch = batch, .mode = Mode::train});
    Sgd sgd({.rate = rate});
    const SoftmaxCrossEntropy loss;
    for (int epoch = 0; epoch < epochs; ++epoch)
      for (std::size_t at = 0; at < samples.count(); at += static_cast<std::size_t>(batch)) {
        const std::size_t count = std::min(samples.count() - at, static_cast<std::size_t>(batch));
        const std::vector<int> labels(samples.labels.begin() + static_cast<std::ptrdiff_t>(at),
                                      samples.labels.begin() + static_cast<std::ptrdiff_t>(at + count));
        loss.evaluate(plan.forward(samples.view(at, count)), labels, plan.output_gradient());
        plan.backward(&sgd);
      }
  }

  // Lets the statistics follow so many of the samples, without a label.
  void adapt(const Samples& samples, std::size_t count) {
    Plan plan(graph_, weights_, {.batch = static_cast<int>(count), .mode = Mode::adapt});
    plan.forward(samples.view(0, count));
  }

  // The share of right answers, in percent.
  double accuracy(const Samples& samples) {
    Plan plan(graph_, weights_, {.batch = static_cast<int>(samples.count())});
    const ConstView y = plan.forward(samples.view(0, samples.count()));
    double right = 0;
    for (int i = 0; i < y.batch; ++i) {
      const real* const row = y.row(i);
      right += std::max_element(row, row + y.shape.size()) - row == samples.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    }
    return 100 * right / y.batch;
  }

  Weights& weights() { return weights_; }
  const Graph& graph() const { return graph_; }

 private:
  Graph graph_;
  Weights weights_;
};

}  // namespace cambium::article
