// Losses, optimizers, data and the trainer, called wrongly.
#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/files.h"
#include "tests/data/temp_folder.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

MemoryDataset labelled(int n) {
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) labels.push_back(i % 3);
  return MemoryDataset(Shape(4), std::vector<real>(static_cast<std::size_t>(4 * n), 1), labels, 3);
}

TEST_CASE("misuse: losses") {
  std::vector<real> y(30, 0);
  const ConstView output{y.data(), Shape(3), 4};
  const std::vector<int> three = {0, 1, 2}, strange = {0, 1, 7, 2}, negative = {0, -1, 1, 2};
  check_misuses({
      {"smoothing everything", [] { SoftmaxCrossEntropy({.label_smoothing = 1}); },
       "softmax_cross_entropy: .label_smoothing = 1 must be at least 0 and below 1; try .label_smoothing = 0.1"},
      {"smoothing by what is no number", [] { SoftmaxCrossEntropy({.label_smoothing = nan}); },
       "softmax_cross_entropy: .label_smoothing = nan must be at least 0 and below 1; try .label_smoothing = 0.1"},
      {"a class weight below 0",
       [] {
         SoftmaxCrossEntropy({.class_weights = {1, -1, 1}});
       },
       "softmax_cross_entropy: .class_weights = [1, -1, 1] must be at least 0, and finite together; try weights around 1"},
      {"class weights that are all 0",
       [] {
         SoftmaxCrossEntropy({.class_weights = {0, 0}});
       },
       "softmax_cross_entropy: .class_weights = [0, 0] must not all be 0; try weights around 1"},
      {"fewer labels than samples", [&] { SoftmaxCrossEntropy().check(output, Target(three)); },
       "softmax_cross_entropy: 3 labels for an output of 4 samples; try one label per sample"},
      {"a label too large", [&] { SoftmaxCrossEntropy().check(output, Target(strange)); },
       "softmax_cross_entropy: the label of sample 2 of the batch is 7, and the 3 classes count from 0 to 2; try labels that count "
       "from 0, or more outputs in the last layer"},
      {"a label below 0", [&] { SoftmaxCrossEntropy().check(output, Target(negative)); },
       "softmax_cross_entropy: the label of sample 1 of the batch is -1, and the 3 classes count from 0 to 2; try labels that "
       "count from 0, or more outputs in the last layer"},
      {"values for a classifier", [&] { SoftmaxCrossEntropy().check(output, Target(output)); },
       "softmax_cross_entropy: the targets of sample 0 of the batch are of sum 0, and probabilities sum to 1; try SquaredError() "
       "for values that are to be predicted"},
      {"values of another shape",
       [&] {
         SquaredError().check(output, Target(ConstView{y.data(), Shape(2), 4}));
       },
       "squared_error: the output is 3 and the targets are 2, and must be alike; try a last layer that gives 2 values"},
      {"values of another batch",
       [&] {
         SquaredError().check(output, Target(ConstView{y.data(), Shape(3), 5}));
       },
       "squared_error: targets of 5 samples for an output of 4 samples; try one target per sample"},
  });
}

TEST_CASE("misuse: optimizers and schedules") {
  check_misuses({
      {"a rate of 0", [] { Sgd({.rate = 0}); }, "sgd: .rate = 0 must be above 0 and finite; try .rate = 0.01"},
      {"a rate below 0", [] { Adam({.rate = -1e-3}); }, "adam: .rate = -0.001 must be above 0 and finite; try .rate = 0.01"},
      {"a rate that is no number", [] { Sgd({.rate = nan}); }, "sgd: .rate = nan must be above 0 and finite; try .rate = 0.01"},
      {"a rate that is infinite", [] { AdamW({.rate = infinity}); },
       "adamw: .rate = inf must be above 0 and finite; try .rate = 0.01"},
      {"a momentum of 1", [] { Sgd({.momentum = 1}); }, "sgd: .momentum = 1 must be at least 0 and below 1; try .momentum = 0.9"},
      {"Nesterov without momentum", [] { Sgd({.nesterov = true}); },
       "sgd: .nesterov = true looks ahead along the velocity, and without a momentum there is none; try .momentum = 0.9"},
      {"a beta of 1", [] { Adam({.beta2 = 1}); }, "adam: .beta2 = 1 must be at least 0 and below 1; try .beta2 = 0.999"},
      {"an epsilon of 0", [] { Adam({.epsilon = 0}); }, "adam: .epsilon = 0 must be above 0 and finite; try .epsilon = 1e-8"},
      {"weight decay below 0", [] { AdamW({.weight_decay = -0.01}); },
       "adamw: .weight_decay = -0.01 must be at least 0 and finite; try .weight_decay = 1e-4"},
      {"clipping at a negative norm", [] { Sgd({.clip_norm = -1}); },
       "sgd: .clip_norm = -1 must be at least 0 and finite, 0 for no clipping; try .clip_norm = 1"},
      {"clipping at what is no number", [] { Sgd({.clip_value = nan}); },
       "sgd: .clip_value = nan must be at least 0 and finite, 0 for no clipping; try .clip_value = 1"},
      {"a step every 0 steps", [] { schedule::step({.every = 0}); },
       "schedule step: .every = 0 must be at least 1 step; try .every = 1000"},
      {"a step that raises the rate", [] { schedule::step({.factor = 10}); },
       "schedule step: .factor = 10 must be above 0 and at most 1; try .factor = 0.1"},
      {"milestones that do not rise",
       [] {
         schedule::milestones({.at = {0.8, 0.5}});
       },
       "schedule milestones: .at = [0.8, 0.5] must rise, from above 0 to below 1; try .at = {0.5, 0.75}"},
      {"a floor above the rate", [] { schedule::cosine({.floor = 2}); },
       "schedule cosine: .floor = 2 must be from 0 to 1, a share of the rate; try .floor = 0.01"},
      {"a warm-up below 0", [] { schedule::constant({.warm_up = -1}); },
       "schedule constant: .warm_up = -1 must be at least 0 steps; try .warm_up = 500"},
      {"a warm-up longer than the training", [] { schedule::cosine({.warm_up = 100, .steps = 50}); },
       "schedule cosine (floor 0, warm_up 100, steps 50): the warm-up of 100 steps takes up the whole training of 50; "
       "try .warm_up = 5"},
      {"one cycle that only climbs", [] { schedule::one_cycle({.warm = 1}); },
       "schedule one_cycle: .warm = 1 must be at least 0 and below 1, a share of the training; try .warm = 0.3"},
      {"a training of no steps", [] { Sgd().plan_steps(0); }, "sgd: a training of 0 steps; try at least 1 step"},
  });
}

TEST_CASE("misuse: data") {
  const auto shared = std::make_shared<MemoryDataset>(labelled(10));
  check_misuses({
      {"an empty set", [] { MemoryDataset(Shape(4), std::vector<real>{}, std::vector<int>{}, 3); },
       "memory dataset, input 0: there are no samples; try at least one sample"},
      {"half a sample",
       [] {
         MemoryDataset(Shape(4), std::vector<real>(6), {0, 1}, 3);
       },
       "memory dataset, input 0: 6 values are not a whole number of samples of 4 (4 values); try a shape that fits, or "
       "all values of the last sample"},
      {"fewer labels than samples",
       [] {
         MemoryDataset(Shape(4), std::vector<real>(12), {0, 1}, 3);
       },
       "memory dataset, target 0: 2 samples, where input 0 has 3; try the same number of samples everywhere"},
      {"a label out of range",
       [] {
         MemoryDataset(Shape(4), std::vector<real>(12), {0, 1, 3}, 3);
       },
       "memory dataset, target 0: row 2 has label 3, and 3 classes have labels from 0 to 2; try more classes, or labels "
       "counted from 0"},
      {"no classes", [] { MemoryDataset(Shape(4), std::vector<real>(4), {0}, 0); },
       "memory dataset, target 0: 0 classes, and there must be at least 1; try the number of different labels"},
      {"an input that is no number",
       [] {
         MemoryDataset(Shape(2), std::vector<real>{1, 2, static_cast<real>(nan), 4}, {0, 1}, 2);
       },
       "memory dataset, input 0: row 1, column 0 of 2 holds nan, and every value must be finite; try leaving such "
       "rows out, or writing 0 there"},
      {"fewer names than classes",
       [] {
         labelled(4).name_classes({"cat", "dog"});
       },
       "memory dataset: 2 names are given for 3 classes; try one name for each class"},
      {"a subset of nothing", [=] { Subset(shared, {}); },
       "subset of 10 samples of 4, 3 classes: no rows are given; try at least one row"},
      {"a row that is not there",
       [=] {
         Subset(shared, {3, 10});
       },
       "subset of 10 samples of 4, 3 classes: row 10 (entry 1 of the list) does not exist; try rows from 0 to 9"},
      {"more of the head than there is", [=] { head(shared, 11); },
       "head of 10 samples of 4, 3 classes: 11 samples are asked for; try a number from 1 to 10"},
      {"everything put aside for validation", [=] { split(shared, 10, 7); },
       "split of 10 samples of 4, 3 classes: 10 samples for validation leave none for training; try a number from 1 to 9"},
      {"a batch of 0", [=] { shared->stream({.batch = 0}); },
       "stream of 10 samples of 4, 3 classes: a batch of 0, and it takes at least 1; try .batch = 1"},
      {"a batch larger than the set", [=] { shared->stream({.batch = 11}); },
       "stream of 10 samples of 4, 3 classes: a batch of 11 is larger than the set; try .batch = 10 or less"},
      {"an epoch below 0", [=] { shared->stream({.batch = 5}).start_epoch(-1); },
       "stream: epoch -1 does not exist; try counting epochs from 0"},
      {"streaming an empty set",
       [] {
         const MemoryDataset empty;
         empty.stream(1, 7);
       },
       "stream: the dataset has no samples; try adding samples before it is streamed"},
      {"shifting by less than 0", [] { Shift({.pixels = -1}); }, "shift: pixels is -1 and must be at least 0; try .pixels = 2"},
      {"shifting what is no image", [=] { shared->stream({.batch = 5, .augment = Shift()}); },
       "shift: samples are 4 and must be images (channels, height, width); try leaving .augment out"},
      {"digits of a negative number", [] { made_digits(Split::train, {.count = -1}); },
       "*digits: count -1 is below 0; try .count = 10000"},
      {"digits that are far too difficult", [] { made_digits(Split::test, {.count = 1, .difficulty = 9}); },
       "*digits: difficulty 9 is not between 0 and 2; try .difficulty = 1"},
  });
}

TEST_CASE("misuse: files") {
  const cambium_tests::TempFolder folder;
  const std::string here = folder.path();
  const NamedTensor twice[] = {{"a", Dtype::f32, {0}, nullptr}, {"a", Dtype::f32, {0}, nullptr}};
  check_misuses({
      {"a folder that is not there", [=] { load_mnist(here + "/nowhere", Split::train); },
       "*/nowhere is not a folder, and train-images-idx3-ubyte is looked for in it; try the folder of the data set"},
      {"a folder without the files", [=] { load_mnist(here, Split::test); },
       "no images in *: looked for t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, t10k-images.idx3-ubyte, "
       "t10k-images.idx3-ubyte.gz; try one of these names"},
      {"an IDX file that is not there", [=] { read_idx(here + "/none.idx"); },
       "*/none.idx: cannot be read: No such file or directory; try another path"},
      {"a folder instead of an IDX file", [=] { read_idx(here); },
       "*: is not a regular file but a folder; try another path, or a copy in a file"},
      {"values that do not fill the array",
       [=] {
         write_idx(here + "/a.idx", {{2, 2}, std::vector<float>(3)});
       },
       "*/a.idx: cannot be written: 3 values do not fill an array of sizes 2x2; try one to four sizes of at least 1, whose "
       "product is the number of values"},
      {"an IDX file into a folder that is not there",
       [=] {
         write_idx(here + "/no/a.idx", {{1}, std::vector<float>(1)});
       },
       "*/no/a.idx: cannot be written: No such file or directory; try making the folder */no first"},
      {"a safetensors file that is not there", [=] { SafetensorsFile::read(here + "/none.safetensors"); },
       "*/none.safetensors: cannot be read: No such file or directory; try another path"},
      {"a folder instead of a safetensors file", [=] { SafetensorsFile::read(here); },
       "*: is not a regular file but a folder; try another path, or a copy in a file"},
      {"a tensor's name twice", [=] { write_safetensors(here + "/a.safetensors", twice); },
       "*/a.safetensors: two tensors are called 'a'; try another name"},
      {"a safetensors file into a folder that is not there", [=] { write_safetensors(here + "/no/a.safetensors", {}); },
       "*/no/a.safetensors: cannot be written: No such file or directory; try making the folder */no first"},
  });
}

}  // namespace
}  // namespace cambium
