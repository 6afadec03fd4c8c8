// The trainer, called wrongly: what it says before the first step.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "cambium/cambium.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

MemoryDataset labelled(int n, const Shape& shape = Shape(4), int classes = 3) {
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) labels.push_back(i % classes);
  return MemoryDataset(shape, std::vector<real>(static_cast<std::size_t>(n * shape.size()), 1), labels, classes);
}
MemoryDataset valued(int n) {
  std::vector<real> x(static_cast<std::size_t>(4 * n), 1), y(static_cast<std::size_t>(3 * n), 1);
  return MemoryDataset(Shape(4), x, Shape(3), y);
}

Sequential classifier() { return Sequential(Shape(4), Dense(3)); }
Sequential normalized() { return Sequential(Shape(4), Dense(5), BatchNorm(), Dense(3)); }

// Trains that model on 10 samples, or on this set.
void fit(Sequential net, TrainerOptions options, FitOptions how = {}, const MemoryDataset& data = labelled(10)) {
  options.threads = 1;
  Trainer(std::move(net), SoftmaxCrossEntropy(), Sgd(), options).fit(data, std::move(how));
}

TEST_CASE("misuse: trainers that cannot be made") {
  check_misuses({
      {"a batch of 0", [] { fit(classifier(), {.batch = 0}); }, "trainer: .batch = 0, which must be at least 1; try .batch = 64"},
      {"a batch below 0", [] { fit(classifier(), {.batch = -5}); },
       "trainer: .batch = -5, which must be at least 1; try .batch = 64"},
      {"a step of no batches", [] { fit(classifier(), {.accumulate = 0}); },
       "trainer: .accumulate = 0, which must be at least 1; try .accumulate = 1"},
      {"threads below 0", [] { Trainer(classifier(), SoftmaxCrossEntropy(), Sgd(), {.threads = -1}); },
       "trainer: .threads = -1, which must be from 1 to 64, or 0 for one per processor; try .threads = 0"},
      {"two losses for one output", [] { Trainer(classifier(), Losses(SquaredError(), SquaredError()), Sgd()); },
       "trainer: 2 losses for a model of 1 outputs; try one loss"},
      {"no optimizer", [] { Trainer(classifier(), SoftmaxCrossEntropy(), std::unique_ptr<Optimizer>()); },
       "trainer: no optimizer; try Adam()"},
      {"a model without layers", [] { Trainer(Graph(Shape(4)), SoftmaxCrossEntropy(), Sgd()); },
       "the model has no layers; try adding one: Sequential(Shape{1, 28, 28}, Flatten(), Dense(10))"},
  });
}

TEST_CASE("misuse: sets that do not fit the model or the loss") {
  check_misuses({
      {"an empty training set", [] { fit(classifier(), {.batch = 1}, {}, MemoryDataset()); },
       "the training set is empty; try adding samples first"},
      {"a batch larger than the set", [] { fit(classifier(), {.batch = 64}); },
       "a batch of 64 is larger than the training set of 10 samples; try .batch = 10 or less"},
      {"samples of another shape",
       [] {
         fit(classifier(), {.batch = 5}, {}, labelled(10, Shape{1, 2, 2}));
       },
       "the training set has samples of 1x2x2, and the model's input takes 4; try samples of that shape, or a model "
       "that is built for 1x2x2"},
      {"more classes than outputs", [] { fit(classifier(), {.batch = 5}, {}, labelled(10, Shape(4), 7)); },
       "the training set does not fit the output of 'dense_1': softmax_cross_entropy: the output has 3 values and the "
       "targets have 7 classes; try Dense(7) as the last layer"},
      {"values for a classifier", [] { fit(classifier(), {.batch = 5}, {}, valued(10)); },
       "epoch 1, step 1 of 2: in the training set, row 3: softmax_cross_entropy: the targets of sample 0 of the batch are of sum "
       "3, and "
       "probabilities sum to 1; try SquaredError() for values that are to be predicted"},
      {"labels for the squared error", [] { Trainer(classifier(), SquaredError(), Sgd(), {.batch = 5}).fit(labelled(10)); },
       "the training set does not fit the output of 'dense_1': squared_error: the targets are labels of 3 classes, and "
       "it needs values of 3, as the output has; try SoftmaxCrossEntropy()"},
      {"an image as the output of a classifier",
       [] {
         fit(Sequential(Shape{1, 4, 4}, Conv2d(3)), {.batch = 5}, {}, labelled(10, Shape{1, 4, 4}));
       },
       "the training set does not fit the output of 'conv2d_1': softmax_cross_entropy: the output is 3x2x2, and it "
       "needs one value for each of 3 classes; try Flatten() and Dense(3) as the last layers"},
      {"class weights for other classes",
       [] {
         Trainer(classifier(), SoftmaxCrossEntropy({.class_weights = {1, 2}}), Sgd(), {.batch = 5}).fit(labelled(10));
       },
       "the training set does not fit the output of 'dense_1': softmax_cross_entropy: 2 class weights for 3 classes; "
       "try one weight for each class"},
      {"two targets for one output", [] { fit(classifier(), {.batch = 5}, {}, labelled(10).add_target(std::vector<int>(10), 2)); },
       "the training set has 2 targets per sample, and the model has 1 outputs; try one target for each output, in the "
       "same order"},
      {"two inputs for one", [] { fit(classifier(), {.batch = 5}, {}, labelled(10).add_input(Shape(2), std::vector<real>(20))); },
       "the training set has 2 inputs per sample, and the model takes 1; try as many in both, in the same order"},
      {"a validation set of other samples",
       [] {
         const MemoryDataset other = labelled(10, Shape(9));
         fit(classifier(), {.batch = 5}, {.validate = &other});
       },
       "the validation set has samples of 9, and the model's input takes 4; try samples of that shape, or a model that "
       "is built for 9"},
      {"an evaluation of other samples",
       [] { Trainer(classifier(), SoftmaxCrossEntropy(), Sgd()).evaluate(labelled(10, Shape(9))); },
       "the set to evaluate has samples of 9, and the model's input takes 4; try samples of that shape, or a model that "
       "is built for 9"},
      {"a prediction of nothing",
       [] {
         Trainer(classifier(), SoftmaxCrossEntropy(), Sgd()).predict({nullptr, Shape(4), 0});
       },
       "predict: the input holds no samples; try a view of at least one sample"},
      {"a prediction for other samples",
       [] {
         const std::vector<real> x(9);
         Trainer(classifier(), SoftmaxCrossEntropy(), Sgd()).predict({x.data(), Shape(9), 1});
       },
       "predict: the input has samples of 9, and the model's input takes 4; try samples of that shape, or a model that "
       "is built for 9"},
      {"labels predicted for an empty set",
       [] { Trainer(classifier(), SoftmaxCrossEntropy(), Sgd()).predict_labels(MemoryDataset()); },
       "predict: the set is empty; try adding samples first"},
  });
}

TEST_CASE("misuse: trainings that cannot be") {
  check_misuses({
      {"no epochs", [] { fit(classifier(), {.batch = 5}, {.epochs = 0}); },
       "fit: .epochs = 0, which must be at least 1; try .epochs = 1"},
      {"patience below 0", [] { fit(classifier(), {.batch = 5}, {.patience = -1}); },
       "fit: .patience = -1, which must be at least 0 (0: never stop early); try .patience = 3"},
      {"a schedule of fewer than no epochs", [] { fit(classifier(), {.batch = 5}, {.schedule_epochs = -1}); },
       "fit: .schedule_epochs = -1, which must be at least 1, or 0 for those of this call; try .schedule_epochs = 1"},
      {"one output for a classifier", [] { fit(Sequential(Shape(4), Dense(1)), {.batch = 5}, {}, labelled(10, Shape(4), 1)); },
       "the training set does not fit the output of 'dense_1': softmax_cross_entropy: the targets have one class, so there is "
       "nothing to tell apart: the loss would always be 0 and every answer right; try labels of at least two classes, and as many "
       "outputs: Dense(2) for a question of yes or no"},
      {"the class that a single value names",
       [] {
         const std::vector<real> x(4);
         Trainer(Sequential(Shape(4), Dense(1)), SquaredError(), Sgd(), {.threads = 1}).predict_labels({x.data(), Shape(4), 1});
       },
       "predict_labels: an output of 1 names no class, and squared_error does not say how it would; try predict, or a loss of your "
       "own that says it in Loss::label"},
      {"patience without a validation set", [] { fit(classifier(), {.batch = 5}, {.patience = 3}); },
       "fit: .patience needs a validation set to tell which weights are best; try .validate = &some_set"},
      {"restoring the best without a validation set", [] { fit(classifier(), {.batch = 5}, {.restore_best = true}); },
       "fit: .restore_best needs a validation set to tell which weights are best; try .validate = &some_set"},
      {"batch norm at a batch of one", [] { fit(normalized(), {.batch = 1}); },
       "layer 2 batch_norm_1 (epsilon 1e-5, momentum 0.1, unbiased true, per channel, input false): a training batch of "
       "1 has one value per channel, and its normalization is always 0; came from dense_1; try OnlineNorm, which takes "
       "any batch, or another batch size, or dropping the last short batch"},
      {"batch norm with one sample in the last batch", [] { fit(normalized(), {.batch = 3}); },
       "the last batch of an epoch has 1 sample (10 in batches of 3): layer 2 batch_norm_1 (epsilon 1e-5, momentum 0.1, "
       "unbiased true, per channel, input false): a training batch of 1 has one value per channel, and its "
       "normalization is always 0; came from dense_1; try .drop_last = true, or another .batch, or OnlineNorm, which "
       "takes any batch, or another batch size, or dropping the last short batch"},
      {"images shifted that are none", [] { fit(classifier(), {.batch = 5}, {.augment = Shift()}); },
       "shift: samples are 4 and must be images (channels, height, width); try leaving .augment out"},
      {"a warm-up longer than the training",
       [] {
         const Sgd sgd({.schedule = schedule::cosine({.warm_up = 50})});
         Trainer(classifier(), SoftmaxCrossEntropy(), sgd, {.batch = 5}).fit(labelled(10));
       },
       "schedule cosine (floor 0, warm_up 50): the warm-up of 50 steps takes up the whole training of 2; try .warm_up = 0"},
      {"a rate at which the loss leaves all bounds",
       [] {
         const Sgd sgd({.rate = 1e30});
         Trainer(Sequential(Shape(4), Dense(9), Dense(3)), SoftmaxCrossEntropy(), sgd, {.batch = 5})
             .fit(labelled(10), {.epochs = 9});
       },
       "epoch 1, step 2 of 2: the loss is *, at a rate of 1e30; dense_* has grown most, from a norm of * to *; the weights are "
       "as they were before it; try a smaller rate, .clip_norm = 1 in the optimizer, or "
       "BatchNorm(for_input) as the first layer if the inputs are not scaled"},
  });
}

}  // namespace
}  // namespace cambium
