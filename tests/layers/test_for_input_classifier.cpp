// A classifier behind the preset for inputs: what it answers when a column moves that was constant in training.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/optimizers/sgd.h"

namespace cambium {

TEST_CASE("for_input: a classifier answers the same when a column that was constant in training moves") {
  for (const Item& norm : {Item(BatchNorm(for_input)), Item(OnlineNorm(for_input))})
    for (const double constant : {0.0, 7.0, 42.0, 1e6 + 0.3}) {
      constexpr std::size_t rows = 400;
      std::vector<real> x(3 * rows);
      std::vector<int> labels(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        const double a = Random(21).normal(i), b = Random(22).normal(i);
        labels[i] = a + b > 0;
        real* const row = x.data() + 3 * i;
        row[0] = static_cast<real>(a), row[1] = static_cast<real>(constant), row[2] = static_cast<real>(b);
      }
      Trainer trainer(Sequential(Shape{3}, norm, Dense(16), Relu(), Dense(2)), SoftmaxCrossEntropy(), Sgd({.rate = 0.1}),
                      {.batch = 20, .threads = 1});
      trainer.fit(MemoryDataset(Shape{3}, x, labels, 2), {.epochs = 10});
      const auto answers = [&] { return trainer.predict_labels({x.data(), Shape{3}, static_cast<int>(rows)}); };
      const std::vector<int> before = answers();
      int right = 0;
      for (std::size_t i = 0; i < rows; ++i) right += before[i] == labels[i];
      CHECK(right > 380);
      for (const real to : {std::nextafter(static_cast<real>(constant), real(1e30)), static_cast<real>(constant + 1e-5),
                            static_cast<real>(constant + 1), static_cast<real>(constant + 1e6)}) {
        for (std::size_t i = 0; i < rows; ++i) x[3 * i + 1] = to;
        CHECK(answers() == before);
      }
    }
}

}  // namespace cambium
