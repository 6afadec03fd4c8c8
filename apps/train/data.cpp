#include "apps/train/data.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits.h"
#include "cambium/framework/data/mnist.h"

namespace train {

using namespace cambium;

const std::vector<std::string>& data_names() {
  static const std::vector<std::string> names{"digits", "mnist", "fashion-mnist"};
  return names;
}

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
  return {load_mnist(options.data_dir, Split::train, names), load_mnist(options.data_dir, Split::test, names)};
}

}  // namespace train
