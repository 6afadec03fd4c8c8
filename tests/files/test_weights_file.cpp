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

namespace {

// Training by plain descent, whose only memory is in the weights; the batches of step 3 are split in two, with one update for both.
void train(const Sequential& model, Weights& weights, int from, int to) {
  Plan plan(model, weights, {.batch = 8, .mode = Mode::train});
  Sgd sgd({.rate = 0.05});
  SoftmaxCrossEntropy loss;
  for (int step = from; step < to; ++step)
    for (int part = step == 3 ? 0 : 1; part < 2; ++part) {
      const MadeBatch data(model, 8 - step % 3, static_cast<std::uint64_t>(2 * step + part));
      const ConstView y = plan.forward(data.inputs);
      loss.evaluate(y, data.labels, plan.output_gradient());
      plan.backward();
      if (part == 1) sgd.step(weights);
    }
}

}  // namespace

TEST_CASE("training goes on from a file with the bits of a training that never stopped") {
  const Folder folder;
  const BatchRenorm renorm({.alpha = 0.25, .r_max = {{2, 1}, {8, 3}}, .d_max = {{2, 0}, {6, 5}}});
  const std::vector<Item> norms = {BatchNorm(), renorm, StreamingNorm(), OnlineNorm({.alpha = 0.9})};
  for (const Item& norm : norms) {
    const Sequential model(Shape{2, 6, 6}, Conv2d(3), norm, Affine(), Relu(), Flatten(), Dense(6), norm, Dense(4));
    for (const int stop : {1, 4, 5}) {
      Weights steady(model, 1), stopped(model, 1), resumed(model, 2);
      train(model, steady, 0, 9);
      train(model, stopped, 0, stop);
      save_weights(stopped, folder.file("half.safetensors"));
      for (int i = 0; i < 3; ++i) resumed.raise_version();
      load_weights(resumed, folder.file("half.safetensors"));
      CHECK(resumed.version() == stopped.version());
      train(model, resumed, stop, 9);
      CHECK(resumed.version() == steady.version());
      CHECK(std::ranges::equal(resumed.block(), steady.block()));
      CHECK(std::ranges::equal(resumed.state_block(), steady.state_block()));
    }
  }
}

TEST_CASE("a file without a version of the weights raises it; a wrong one is refused, and nothing has moved") {
  const Folder folder;
  const Sequential model(Shape{2}, Dense(2), StreamingNorm());
  const std::string path = folder.file("w.safetensors");
  Weights weights(model, 1);
  const auto load_with = [&](const Metadata& metadata) {
    Weights other(model, 2);
    save_weights(other, path);
    std::vector<NamedTensor> tensors;
    const SafetensorsFile file = SafetensorsFile::read(path);
    for (const SafetensorsFile::Tensor& tensor : file.tensors())
      tensors.push_back({tensor.name, tensor.dtype, tensor.sizes, tensor.bytes.data()});
    write_safetensors(path, tensors, metadata);
    return message_of([&] { load_weights(weights, path); });
  };
  const Weights::Snapshot before = weights.snapshot();
  for (const char* wrong : {"", "12a", "-1", "+1", " 1", "1.0", "9007199254740993", "99999999999999999999999", "0x10"})
    CHECK(load_with({{"weights_version", wrong}}) ==
          "weights file " + path + ": its weights_version is '" + wrong + "', and must be a whole number up to 9007199254740992; "
          "try the file as save_weights wrote it");
  const std::uint64_t changes = weights.changes();
  save_weights(weights, path);
  CHECK(weights.changes() == changes);
  CHECK(weights.snapshot().values == before.values);
  CHECK(weights.version() == 0);
  CHECK(load_with({}) == "");
  CHECK(weights.version() == 1);
  CHECK(weights.snapshot().values != before.values);
  CHECK(load_with({{"weights_version", "9007199254740992"}}) == "");
  CHECK(weights.version() == 9007199254740992ULL);
  CHECK(load_with({{"weights_version", "7"}}) == "");
  CHECK(weights.version() == 7);
}
