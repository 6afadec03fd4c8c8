#include "apps/train/data.h"

#include <fmt/format.h>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/mnist.h"

namespace train {

using namespace cambium;

const std::vector<std::string>& data_names() {
  static const std::vector<std::string> names{"digits", "mnist", "fashion-mnist"};
  return names;
}

namespace {

// By their headers: no images are unpacked that do not belong together.
void check_shapes(const std::string& folder) {
  const Shape train = mnist_shape(folder, Split::train), test = mnist_shape(folder, Split::test);
  if (train != test)
    throw Error(fmt::format("the training images are {}, and the test images {}", train.str(), test.str()),
                "--data-dir with four files that belong together");
}

}  // namespace

Data load_data(const Options& options) {
  if (options.data == "digits") {
    if (!options.data_dir.empty()) throw Error("--data digits are drawn, not read, and need no --data-dir", "--data mnist");
    return {digits(Split::train, {.threads = options.threads}), digits(Split::test, {.threads = options.threads})};
  }
  if (options.data_dir.empty())
    throw Error("--data " + options.data + " is read from files, and nobody said where", "--data-dir FOLDER");
  std::vector<std::string> names;
  if (options.data == "fashion-mnist")
    names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
  check_shapes(options.data_dir);
  return {load_mnist(options.data_dir, Split::train, names), load_mnist(options.data_dir, Split::test, names)};
}

}  // namespace train
