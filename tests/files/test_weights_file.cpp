#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cambium/cambium.h"
#include "cambium/files.h"
#include "tests/data/temp_folder.h"
#include "tests/support/training.h"

using namespace cambium;
using cambium_tests::TempFolder;

namespace {

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
  const TempFolder folder;
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

TEST_CASE("a file of another model is refused by its header: no memory is taken for values that nobody can use") {
  const TempFolder folder;
  const std::string path = folder.file("w.safetensors");
  const std::uint64_t values = 1ULL << 42;  // more than any memory; on the disk they are a hole
  const std::string header = R"({"large":{"dtype":"U8","shape":[4398046511104],"data_offsets":[0,4398046511104]}})";
  const std::uint64_t length = header.size();
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&length), sizeof length) << header;
  std::error_code fault;
  std::filesystem::resize_file(path, sizeof length + length + values, fault);
  if (fault) {
    std::printf("SKIPPED a file of 4 TB: this disk has none, holes or not\n");
    return;
  }
  Weights weights(net(), 1);
  const std::string message = message_of([&] { load_weights(weights, path); });
  CHECK(message.find("large 4398046511104: only in the file") != std::string::npos);
}

TEST_CASE("a file of another model is refused, both sides are listed, and nothing has moved") {
  const TempFolder folder;
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

namespace {

// The file as save_weights writes it, with one number of one tensor or the metadata changed.
void forge(const std::string& path, const std::string& name, std::size_t at, double value, const Metadata& metadata) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  std::vector<NamedTensor> tensors;
  std::vector<double> values;
  for (const SafetensorsFile::Tensor& tensor : file.tensors()) {
    tensors.push_back({tensor.name, tensor.dtype, tensor.sizes, tensor.bytes.data()});
    if (tensor.name != name) continue;
    for (std::size_t i = 0; i < tensor.count(); ++i)
      values.push_back(tensor.dtype == Dtype::f64 ? reinterpret_cast<const double*>(tensor.bytes.data())[i]
                                                  : reinterpret_cast<const float*>(tensor.bytes.data())[i]);
    values.at(at) = value;
    tensors.back().dtype = Dtype::f64, tensors.back().data = values.data();
  }
  write_safetensors(path, tensors, metadata);
}

const Metadata usual = {{"format", "cambium"}, {"version", "1"}, {"weights_version", "0"}};

}  // namespace

TEST_CASE("numbers that make no sense are named, and neither loaded nor saved") {
  const TempFolder folder;
  const std::string path = folder.file("w.safetensors");
  const Sequential model(Shape{3}, BatchNorm(for_input), OnlineNorm(), Dense(4), BatchRenorm(), StreamingNorm(), RangeNorm(),
                         BatchNorm());
  struct Case {
    std::string name;
    std::size_t at;
    double value;
    std::string says;
  };
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::string whole = "where a whole number from 0 to 9007199254740992 is needed";
  std::vector<Case> cases = {{"dense_1.bias", 2, nan, "nan at 2"},
                             {"dense_1.weight", 11, -inf, "-inf at 11"},
                             {"batch_norm_1.running_var", 1, -1, "-1 at 1, where a finite number from 0 to "},
                             {"batch_norm_2.running_var", 3, -1e-300, "-1e-300 at 3"},
                             {"batch_norm_1.running_mean", 0, inf, "inf at 0"},
                             {"batch_norm_1.num_batches_tracked", 0, 2.5, "2.5 at 0, " + whole},
                             {"online_norm_1.var", 0, -3, "-3 at 0"},
                             {"online_norm_1.u", 1, nan, "nan at 1"},
                             {"online_norm_1.count", 0, -1, "-1 at 0, " + whole},
                             {"batch_renorm_1.sigma", 1, -0.5, "-0.5 at 1"},
                             {"batch_renorm_1.steps", 0, 1e300, "1e+300 at 0, " + whole},
                             {"streaming_norm_1.std_long", 0, -1, "-1 at 0"},
                             {"streaming_norm_1.std_short", 3, -1, "-1 at 3"},
                             {"streaming_norm_1.calls", 0, 0.1, "0.1 at 0, " + whole},
                             {"range_norm_1.count", 0, -7, "-7 at 0, " + whole}};
  for (const char* name : {"batch_norm_1.running_mean", "online_norm_1.mean", "online_norm_1.v", "batch_renorm_1.mu",
                           "streaming_norm_1.mean_long", "streaming_norm_1.gstd_long", "range_norm_1.max", "dense_1.weight"})
    if (sizeof(real) == 4) cases.push_back({name, 0, 1e300, "1e+300 at 0"});
  Weights good(model, 1);
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Weights bad(model, 1), other(model, 2);
    save_weights(good, path);
    forge(path, c.name, c.at, c.value, usual);
    const Weights::Snapshot before = other.snapshot();
    const std::string said = message_of([&] { load_weights(other, path); });
    CHECK(said.starts_with("weights file " + path + ": " + c.name + " has the value " + c.says));
    CHECK(other.snapshot().values == before.values);
    CHECK(other.snapshot().state == before.state);
    if (c.name.starts_with("dense"))
      bad.value(c.name)[c.at] = static_cast<real>(c.value);
    else
      bad.state(c.name)[c.at] = c.value;
    const std::string refused = message_of([&] { save_weights(bad, folder.file("not")); });
    CHECK(refused.find("written, since nothing could load it: " + c.name + " has the value ") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder.file("not")));
  }
  save_weights(good, path);
  for (const char* name : {"batch_norm_1.running_mean", "online_norm_1.u"}) forge(path, name, 0, -1e30, usual);
  Weights other(model, 2);
  CHECK(message_of([&] { load_weights(other, path); }) == "");
  CHECK(other.state("batch_norm_1.running_mean")[0] == -1e30);
}

TEST_CASE("a version of weights that could not be loaded is not saved") {
  const TempFolder folder;
  const Sequential model(Shape{2}, Dense(2));
  Weights weights(model, 1);
  weights.set_version((1ULL << 53) + 1);
  CHECK(message_of([&] { save_weights(weights, folder.file("w")); }).find("9007199254740993") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.file("w")));
}

TEST_CASE("a file of ours of another version is refused; what others write there means nothing") {
  const TempFolder folder;
  const std::string path = folder.file("w");
  const Sequential model(Shape{2}, Dense(2));
  Weights weights(model, 1);
  const auto load_with = [&](const Metadata& metadata) {
    save_weights(weights, path);
    forge(path, "", 0, 0, metadata);
    return message_of([&] { load_weights(weights, path); });
  };
  CHECK(load_with({{"format", "cambium"}, {"version", "999"}}) ==
        "weights file " + path +
            ": its version is '999', and 1 is the only one that is known here; try the version of Cambium that "
            "wrote it");
  CHECK(load_with({{"version", "2"}}).find("its version is '2'") != std::string::npos);
  CHECK(load_with({{"format", "cambium"}, {"version", "\x1b]0;x\a"}}).find("its version is '\\x1b]0;x\\x07'") != std::string::npos);
  CHECK(load_with({{"weights_version", std::string(100'000, '9')}}).size() < path.size() + 300);
  CHECK(load_with({{"format", "pt"}, {"version", "999"}}) == "");
  CHECK(load_with({{"format", "pt"}}) == "");
  CHECK(load_with({{"format", "cambium"}}) == "");
  CHECK(load_with(usual) == "");
  CHECK(load_with({}) == "");
}

TEST_CASE("of two long lists the first few are said, and how many there are") {
  const TempFolder folder;
  const std::string path = folder.file("w");
  const int count = 100'000;
  std::vector<NamedTensor> tensors;
  for (int i = 0; i < count; ++i)
    tensors.push_back({"dense_" + std::to_string(i) + ".\xe2\x80\xae weight", Dtype::f32, {0}, nullptr});
  write_safetensors(path, tensors);
  Weights weights(net(), 1);
  const std::string said = message_of([&] { load_weights(weights, path); });
  CHECK(said.size() < 2000);
  CHECK(std::count(said.begin(), said.end(), '\n') < 24);
  const std::size_t of_model = weights.tensors().size() + weights.state_tensors().size();
  CHECK(said.find("it holds 100000 tensors, the model has " + std::to_string(of_model) + ", and they differ:") !=
        std::string::npos);
  CHECK(said.find("dense_3.\\u{202e} weight 0: only in the file\n") != std::string::npos);
  CHECK(said.find("and 99995 more of this kind\n") != std::string::npos);
  CHECK(said.find("conv2d_1.weight 3x2x3x3: only in the model\n") != std::string::npos);
  CHECK(said.find("and " + std::to_string(of_model - 5) + " more of this kind\n") != std::string::npos);
  CHECK(said.ends_with("try building the model that was saved"));
}

TEST_CASE("a tensor of a type that is not known here is named when the model asks for it") {
  const TempFolder folder;
  const std::string path = folder.file("w"), header = R"({"dense_1.weight":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]},)"
                                                      R"("dense_1.bias":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
  const std::string length = static_cast<char>(header.size()) + std::string(7, '\0');
  cambium_tests::write_bytes(path, length + header + std::string(12, '\0'));
  Weights weights(Sequential(Shape{2}, Dense(2)), 1);
  const std::string said = message_of([&] { load_weights(weights, path); });
  CHECK(said.find("and they differ:\n  dense_1.weight: F8_E4M3 in the file, where F64, F32, F16 or BF16 is needed\n") !=
        std::string::npos);
}

TEST_CASE("what a save would refuse is known before the training") {
  const TempFolder folder;
  Weights weights(net(), 1);
  check_save_weights(weights, folder.file("w"));
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(message_of([&] { check_save_weights(weights, folder.file("none/w")); }).find("making the folder") != std::string::npos);
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
  const TempFolder folder;
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

TEST_CASE("what is loaded is what the next pass reads, whatever forward passes went nowhere before") {
  const TempFolder folder;
  const Sequential model(Shape{2, 6, 6}, BatchNorm({.momentum = 0.5}), Flatten(), Dense(4));
  Weights weights(model, 1), fresh(model, 1);
  save_weights(weights, folder.file("w.safetensors"));
  Plan peeks(model, weights, {.batch = 8, .mode = Mode::train});
  const MadeBatch seen(model, 8, 3);
  peeks.forward(seen.inputs);  // and never back
  load_weights(weights, folder.file("w.safetensors"));
  train(model, weights, 0, 1), train(model, fresh, 0, 1);
  CHECK(std::ranges::equal(weights.state_block(), fresh.state_block()));
}

TEST_CASE("a file without a version of the weights raises it; a wrong one is refused, and nothing has moved") {
  const TempFolder folder;
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
    CHECK(load_with({{"weights_version", wrong}}) == "weights file " + path + ": its weights_version is '" + wrong +
                                                         "', and must be a whole number up to 9007199254740992; "
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

TEST_CASE("notes go with the weights, and are read without them") {
  const TempFolder folder;
  const std::string path = folder.file("w.safetensors");
  const Sequential model(Shape{2}, Dense(2));
  Weights weights(model, 1);
  const std::vector<WeightsNote> notes = {{"layers", "dense 2"}, {"input", "{\"columns\": [\"caf\u00e9\"]}"}};
  save_weights(weights, path, notes);
  const std::vector<WeightsNote> read = read_notes(path);
  REQUIRE(read.size() == 2);
  CHECK(read[0].key == "input");
  CHECK(read[0].text == notes[1].text);
  CHECK(read[1].text == "dense 2");
  Weights other(model, 2);
  load_weights(other, path);
  CHECK(std::ranges::equal(weights.block(), other.block()));
  save_weights(weights, path);
  CHECK(read_notes(path).empty());
  const WeightsNote taken[] = {{"version", "2"}};
  CHECK_THROWS_WITH_AS(
      save_weights(weights, path, taken),
      "save_weights: the key 'version' of a note is one of the file itself, or of two notes; try another key, such as "
      "\"my.note\"",
      Error);
  CHECK_THROWS_AS(check_save_weights(weights, path, taken), Error);
  const WeightsNote no_text[] = {{"a", "\xff"}};
  CHECK_THROWS_AS(save_weights(weights, path, no_text), Error);
  CHECK(read_notes(path).empty());
}
