// What a user writes: a convolutional network with normalization, trained and tried. Compiled to see what that costs.
#include <cambium/cambium.h>

#include <cstdio>

using namespace cambium;

Sequential digit_net() {
  return Sequential(Shape{1, 28, 28}, BatchNorm(for_input), Conv2d(16, {.kernel = 5, .pad = 2, .bias = false}), BatchNorm(),
                    Affine(), Relu(), MaxPool2d(2), Flatten(), Dense(10));
}

int main() {
  const auto set = [](Split split, int count) {
    const DigitImages digits = made_digits(split, {.count = count});
    return MemoryDataset(Shape{1, 28, 28}, digits.images, {digits.labels.begin(), digits.labels.end()}, 10);
  };
  const MemoryDataset train = set(Split::train, 2000), test = set(Split::test, 500);
  Trainer trainer(digit_net(), SoftmaxCrossEntropy(), Adam({.rate = 1e-3}), {.batch = 64, .seed = 7});
  const History history = trainer.fit(train, {.epochs = 1, .validate = &test});
  std::printf("%s\naccuracy %.1f %%\n", history.table().c_str(), 100 * trainer.evaluate(test).accuracy());
}
