#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cambium/cambium.h"
#include "tests/support/training.h"

using namespace cambium;

namespace {

// A folder that goes away with the test.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("cambium-weights-" + std::to_string(::getpid()) + "-" + std::to_string(sizeof(real)));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

Sequential net(int hidden = 7) {
  return Sequential(Shape{2, 6, 6}, BatchNorm(for_input), Conv2d(3), OnlineNorm(), Affine(), Relu(), Flatten(), Dense(hidden),
                    BatchNorm(), Dense(4));
}

std::string message_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("weights and state saved and loaded give the same outputs, bit for bit") {
  const Folder folder;
  const Sequential model = net();
  Weights trained(model, 1), fresh(model, 2);
  Plan train(model, trained, {.batch = 8, .mode = Mode::train});
  const MadeBatch data(model, 8, 3);
  train.forward(data.inputs);
  std::fill_n(train.output_gradient().data, train.output_gradient().size(), real(0.1));
  train.backward();
  save_weights(trained, folder.file("w.safetensors"));
  load_weights(fresh, folder.file("w.safetensors"));
  CHECK(std::ranges::equal(trained.block(), fresh.block()));
  CHECK(std::ranges::equal(trained.state_block(), fresh.state_block()));
  for (int batch : {1, 8}) {
    Plan a(model, trained, {.batch = batch}), b(model, fresh, {.batch = batch});
    const MadeBatch input(model, batch, 4);
    const ConstView ya = a.forward(input.inputs), yb = b.forward(input.inputs);
    CHECK(std::equal(ya.begin(), ya.end(), yb.begin()));
  }
}

TEST_CASE("a file of another model is refused, both sides are listed, and nothing has moved") {
  const Folder folder;
  const Sequential saved = net(7), other = net(9);
  Weights from(saved, 1), to(other, 2);
  save_weights(from, folder.file("w.safetensors"));
  const Weights::Snapshot before = to.snapshot();
  const std::string message = message_of([&] { load_weights(to, folder.file("w.safetensors")); });
  CHECK(message.find("dense_1.weight: 7x48 in the file, 9x48 in the model") != std::string::npos);
  CHECK(message.find("building the model that was saved") != std::string::npos);
  CHECK(to.snapshot().values == before.values);

  const Sequential less(Shape{2, 6, 6}, Conv2d(3));
  Weights few(less, 1);
  const std::string missing = message_of([&] { load_weights(few, folder.file("w.safetensors")); });
  CHECK(missing.find("only in the file") != std::string::npos);
  CHECK(message_of([&] { load_weights(few, folder.file("none.safetensors")); }).find("none.safetensors") != std::string::npos);
}

TEST_CASE("a value that is not finite is named and refused") {
  const Folder folder;
  const Sequential model = net();
  Weights weights(model, 1), other(model, 2);
  weights.value("dense_2.bias")[2] = std::numeric_limits<real>::quiet_NaN();
  save_weights(weights, folder.file("w.safetensors"));
  const std::string message = message_of([&] { load_weights(other, folder.file("w.safetensors")); });
  CHECK(message.find("dense_2.bias has the value nan at 2") != std::string::npos);
}
