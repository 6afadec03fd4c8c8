// A first network: define it, train it, and look at a mistake that it makes.
#include <cambium/cambium.h>

#include <cstdio>
#include <exception>

using namespace cambium;

int failure = 2;  // the exit code after an error: 2 before the training, then 1

void learn() {
  // The digits are drawn by the library, so there is nothing to download.
  const MemoryDataset train = digits(Split::train, {.count = 20000}), test = digits(Split::test, {.count = 2000});

  // A network is its layers, in order. Nobody says twice how large anything is: each layer sees what the one before it makes.
  // Small filters look for strokes, batch norm keeps their answers in a range that is easy to learn from, pooling forgets where
  // exactly a stroke was, and ten weighted sums decide.
  // clang-format off
  const Sequential net(Shape{1, 28, 28},
      BatchNorm(for_input),
      Conv2d(8, {.kernel = 5, .pad = 2, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2),
      Conv2d(16, {.kernel = 5, .bias = false}), BatchNorm(), Affine(), Relu(), MaxPool2d(2),
      Flatten(), Dense(10));
  // clang-format on
  std::printf("%s\n", net.summary().c_str());

  // The trainer owns what changes: weights, statistics, the optimizer. With the same seed it all happens again, bit for bit.
  Trainer trainer(net, SoftmaxCrossEntropy(), Adam({.rate = 5e-3, .schedule = schedule::cosine()}), {.batch = 64, .seed = 7});
  failure = 1;
  const History history = trainer.fit(train, {.epochs = 3});
  const Metrics metrics = trainer.evaluate(test);
  std::printf("%s\non digits by other writers: %.1f %% correct, +- %.1f\n", history.table().c_str(), 100 * metrics.accuracy(),
              100 * metrics.standard_error());

  // A number says how often the network is wrong. What kind of wrong, only a look at one of its mistakes can tell.
  for (const auto& [image, label] : test.stream({.batch = 1, .shuffle = false})) {
    const int guess = trainer.predict_labels(image)[0];
    if (guess == label.labels[0]) continue;
    std::printf("\nthis is meant to be a %d, and the network reads a %d:\n", label.labels[0], guess);
    for (int i = 0; i < 28 * 28; ++i) std::printf("%c%s", " .:-=+*#%@"[int(9.99 * image.data[i])], i % 28 == 27 ? "\n" : "");
    break;
  }
}

int main(int count, char** words) {
  try {
    if (count > 1) throw Error("takes no options, and got " + in_quotes(words[1]));
    check_environment();
    learn();
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "first_network: %s\n", error.what()), failure;
  }
  return std::fflush(stdout) == 0 && !std::ferror(stdout) ? 0 : 1;  // output that nobody could read is no success
}
