// Labels at every position of a picture, and probabilities in the place of labels.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/balanced.h"
#include "cambium/framework/data/cached.h"
#include "cambium/framework/data/function_dataset.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/testing/check_loss.h"
#include "cambium/framework/training/binary_cross_entropy.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/optimizers/adam.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using doctest::Contains;

// Pictures of noise with a bright square somewhere: each pixel is outside (0), inside (1) or on the edge (2) of it.
constexpr int side = 10;
void draw(std::int64_t row, std::span<real> picture, std::span<int> labels) {
  const Random random = Random(3).of(static_cast<std::uint64_t>(row));
  const int top = static_cast<int>(random.below(0, 5)), left = static_cast<int>(random.below(1, 5)), size = 5;
  for (int i = 0; i < side * side; ++i) {
    const int y = i / side - top, x = i % side - left;
    const bool in = y >= 0 && y < size && x >= 0 && x < size, edge = in && (y == 0 || y == size - 1 || x == 0 || x == size - 1);
    labels[as_size(i)] = edge ? 2 : in;
    picture[as_size(i)] = static_cast<real>((in ? 1 : 0) + 0.1 * random.normal(as_size(i)));
  }
}

MemoryDataset squares(int count) {
  std::vector<real> pictures(as_size(count * side * side));
  std::vector<int> labels(pictures.size());
  for (int i = 0; i < count; ++i)
    draw(i, {pictures.data() + i * side * side, side * side}, {labels.data() + i * side * side, side * side});
  MemoryDataset set;
  set.add_input(Shape{1, side, side}, pictures).add_target(labels, 3, Shape{side, side});
  return set;
}

Sequential segmenter() {
  return Sequential(Shape{1, side, side}, Conv2d(8, {.pad = 1}), Relu(), Conv2d(8, {.pad = 1}), Relu(), Conv2d(3, {.kernel = 1}));
}

TEST_CASE("softmax_cross_entropy: labels per position and probabilities keep the contract of a loss") {
  for (const SoftmaxCrossEntropyOptions& options :
       {SoftmaxCrossEntropyOptions{}, {.label_smoothing = 0.1}, {.label_smoothing = 0.1, .class_weights = {1, 0.5, 2}}}) {
    const SoftmaxCrossEntropy loss(options);
    testing::check_loss(loss, Shape{3}, {3, {}});
    testing::check_loss(loss, Shape{3, 4}, {3, Shape{4}});
    testing::check_loss(loss, Shape{3, 2, 5}, {3, Shape{2, 5}});
    testing::check_loss(loss, Shape{3, 1, 1}, {3, Shape{1, 1}});
    testing::check_loss(loss, Shape{3}, {0, Shape{3}}, {.probabilities = true});
    testing::check_loss(loss, Shape{3, 2, 2}, {0, Shape{3, 2, 2}}, {.probabilities = true});
  }
}

// A batch of positions that lie side by side is the same as one of samples, each with its label.
TEST_CASE("softmax_cross_entropy: a picture is its positions, one by one, and a label is the probability 1") {
  constexpr int classes = 4, positions = 6, batch = 3;
  std::vector<real> y(classes * positions * batch), turned(y.size()), one_hot(y.size(), 0);
  std::vector<int> labels(positions * batch);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<real>(2 * Random(1).normal(i));
  for (int i = 0; i < batch * positions; ++i) labels[as_size(i)] = i * 7 % classes;
  const auto place = [](int c, int i) { return as_size((i / positions * classes + c) * positions + i % positions); };
  for (int i = 0; i < batch * positions; ++i) {
    one_hot[place(labels[as_size(i)], i)] = 1;
    for (int c = 0; c < classes; ++c) turned[as_size(i * classes + c)] = y[place(c, i)];
  }
  const SoftmaxCrossEntropy loss({.label_smoothing = 0.2, .class_weights = {1, 2, 0, 3}});
  const Shape pictures{classes, 2, 3};
  std::vector<real> dy(y.size()), dy_hot(y.size()), dy_turned(y.size());
  const ConstView all{y.data(), pictures, batch};
  const double value = loss.evaluate(all, labels, {dy.data(), pictures, batch});
  const double hot = loss.evaluate(all, ConstView{one_hot.data(), pictures, batch}, {dy_hot.data(), pictures, batch});
  const double flat = loss.evaluate({turned.data(), Shape{classes}, batch * positions}, labels,
                                    {dy_turned.data(), Shape{classes}, batch * positions});
  constexpr double close = sizeof(real) == 4 ? 1e-6 : 1e-14;
  CHECK(value == doctest::Approx(flat).epsilon(close));
  CHECK(value == doctest::Approx(hot).epsilon(close));
  CHECK(dy == dy_hot);
  for (int i = 0; i < batch * positions; ++i)
    for (int c = 0; c < classes; ++c) {
      CHECK(dy[place(c, i)] == doctest::Approx(dy_turned[as_size(i * classes + c)]).epsilon(close));
      CHECK(loss.label_at(all.row(i / positions), pictures, i % positions) ==
            loss.label(turned.data() + i * classes, Shape{classes}));
    }

  constexpr real nan = std::numeric_limits<real>::quiet_NaN();
  const std::vector<real> tie = {1, 5, 3, 0, 3, nan};  // classes 0, 1 and 2 at two positions
  CHECK(loss.label_at(tie.data(), Shape{3, 2}, 0) == 1);
  CHECK(loss.label_at(tie.data(), Shape{3, 2}, 1) == -1);
  const real unknown[] = {nan, nan}, sure[] = {1, 0};
  CHECK(std::isnan(
      SoftmaxCrossEntropy({.class_weights = {0, 1}}).evaluate({unknown, Shape{2}, 1}, ConstView{sure, Shape{2}, 1}, {})));

  Target weighted(labels);  // a sample of weight 2 is two samples
  const std::vector<real> weights = {2, 0, 1};
  weighted.weights = weights;
  double by_hand = 0;
  for (const int sample : {0, 0, 2})
    by_hand += loss.evaluate({all.row(sample), pictures, 1},
                             Target(std::span(labels).subspan(as_size(sample * positions), positions)), {}) /
               3;
  CHECK(loss.evaluate(all, weighted, {}) == doctest::Approx(by_hand).epsilon(close));
}

TEST_CASE("pixels of a picture are told apart, and accuracy counts each") {
  const MemoryDataset train = squares(200), test = squares(260);
  CHECK(train.describe() == "200 samples of 1x10x10, 3 classes at positions of 10x10");
  Trainer trainer(segmenter(), SoftmaxCrossEntropy(), Adam({.rate = 0.01}), {.batch = 10, .threads = 1});
  const History history = trainer.fit(train, {.epochs = 4});
  const Metrics metrics = trainer.evaluate(test);
  CHECK(metrics.samples == 260);
  CHECK(metrics.positions == 100);
  CHECK(metrics.class_table().find("labels") != std::string::npos);
  CHECK(metrics.accuracy() > 0.97);
  CHECK(metrics.accuracy() == static_cast<double>(metrics.correct()) / 26000);
  const Metrics large{.samples = 10, .classes = 2, .positions = 1000000, .confusion = {5000000, 5000000, 0, 0}};
  CHECK(large.confusion_table().find("5000000  5000000") != std::string::npos);
  CHECK(metrics.recall(2) > 0.9);
  CHECK(history.epochs.back().accuracy > 0.95);
  CHECK(history.epochs.back().accuracy <= 1);

  const std::vector<int> named = trainer.predict_labels(test);
  REQUIRE(named.size() == 26000);
  std::int64_t right = 0;
  std::vector<int> labels(100);
  std::vector<real> picture(100);
  for (int i = 0; i < 260; ++i) {
    draw(i, picture, labels);
    for (int p = 0; p < 100; ++p) right += named[as_size(100 * i + p)] == labels[as_size(p)];
  }
  CHECK(right == metrics.correct());
  const ConstView one{picture.data(), Shape{1, side, side}, 1};
  CHECK(trainer.predict_labels(one) == std::vector<int>(named.end() - 100, named.end()));
  CHECK(trainer.predictor().predict_labels(one) == trainer.predict_labels(one));
}

TEST_CASE("labels per position go through sets made of other sets") {
  const MemoryDataset whole = squares(20);
  const FunctionDataset made(20, {{Shape{1, side, side}}, {{.classes = 3, .shape = Shape{side, side}}}},
                             [](std::int64_t row, const MadeSample& sample) { draw(row, sample.input(), sample.labels()); });
  const MemoryDataset copy = cached(made);
  const Subset last = whole.subset({19, 3, 7});
  CHECK(made.target_kinds() == whole.target_kinds());
  const auto labels_of = [](const Dataset& set, std::int64_t row) {
    std::vector<real> picture(100);
    std::vector<int> labels(100, -1);
    const View input{picture.data(), Shape{1, side, side}, 1}, none;
    const std::span<int> to(labels);
    set.fetch({&row, 1}, {&input, 1}, {&to, 1}, {&none, 1});
    return labels;
  };
  for (std::int64_t row = 0; row < 20; ++row) {
    CHECK(labels_of(made, row) == labels_of(whole, row));
    CHECK(labels_of(copy, row) == labels_of(whole, row));
  }
  CHECK(labels_of(last, 0) == labels_of(whole, 19));
  CHECK_THROWS_WITH_AS(balanced(whole), Contains("its first target is not one label for each"), Error);
}

TEST_CASE("labels per position: what is refused") {
  const auto refuse = [](const Shape& output, const Dataset::TargetKind& kind, const char* message) {
    CHECK_THROWS_WITH_AS(SoftmaxCrossEntropy().check(output, kind), message, Error);
  };
  refuse(Shape{3, 8, 8}, {3, Shape{10, 10}},
         "softmax_cross_entropy: the output is 3x8x8, and labels of 3 classes at positions of 10x10 need 3x10x10; try Conv2d(3, "
         "{.kernel = 1}) as the last layer, and before it none that changes the size");
  refuse(
      Shape{5}, {3, Shape{10}},
      "softmax_cross_entropy: the output is 5, and labels of 3 classes at positions of 10 need 3x10; try an output of that shape");
  CHECK_NOTHROW(SoftmaxCrossEntropy().check(Shape{3}, {3, Shape{1}}));
  CHECK_THROWS_WITH_AS(SquaredError().check(Shape{3}, {3, Shape{4}}), Contains("squared_error: the targets are labels"), Error);

  const std::vector<real> z(24, 0);
  const ConstView y{z.data(), Shape{3, 2, 2}, 2};
  const SoftmaxCrossEntropy loss;
  CHECK_THROWS_WITH_AS(
      loss.evaluate(y, std::vector<int>{0, 1}, {}),
      "softmax_cross_entropy: 2 labels for an output of 2 samples of 2x2 positions; try one label per position, or "
      "Flatten() and one per sample",
      Error);
  CHECK_THROWS_WITH_AS(loss.evaluate(y, std::vector<int>{0, 1, 2, 0, 0, 1, 7, 0}, {}),
                       Contains("the label of sample 1 of the batch at position 2 of 2x2 is 7"), Error);
  std::vector<real> q(24, real(1) / 3);
  CHECK_NOTHROW(loss.evaluate(y, ConstView{q.data(), Shape{3, 2, 2}, 2}, {}));
  q[13] = -q[13];
  CHECK_THROWS_WITH_AS(loss.evaluate(y, ConstView{q.data(), Shape{3, 2, 2}, 2}, {}),
                       Contains("sample 1 of the batch are below 0 for a class at position 1, and probabilities sum to 1"), Error);

  Trainer yes(Sequential(Shape{1, side, side}, Flatten(), Dense(1)), BinaryCrossEntropy(), Adam(), {.batch = 2, .threads = 1});
  MemoryDataset two;
  two.add_input(Shape{1, side, side}, std::vector<real>(200, 0)).add_target({0, 1, 1, 0}, 2, Shape{2});
  CHECK_THROWS_WITH_AS(yes.fit(two), Contains("labels at positions of 2, and beside an output of 1 it takes one for each sample"),
                       Error);
  const cambium_tests::TempFolder folder;
  CHECK_THROWS_WITH_AS(write_image_folder(folder.file("pictures"), squares(2)), Contains("with one label is needed"), Error);
  MemoryDataset rows;
  rows.add_input(Shape{4}, std::vector<real>(8, 0)).add_target({0, 1, 1, 0}, 2, Shape{2});
  CHECK_THROWS_WITH_AS(write_csv(folder.file("rows.csv"), rows), Contains("and a row has one label"), Error);

  MemoryDataset set;
  set.add_input(Shape{1, 2, 2}, std::vector<real>(8, 0));
  CHECK_THROWS_WITH_AS(set.add_target({0, 1, 2, 3, 0, 0, 9, 0}, 4, Shape{2, 2}),
                       Contains("target 0: row 1, position (1, 0) of 2x2, has label 9"), Error);
  CHECK_THROWS_WITH_AS(set.add_target({0, 1, 2}, 4, Shape{2, 2}), Contains("3 values are not a whole number of samples of 2x2"),
                       Error);
}

}  // namespace
}  // namespace cambium
