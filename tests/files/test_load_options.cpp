// Weights that others wrote, under other names and in other types; and parts of models.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/files/load_options.h"
#include "cambium/framework/files/safetensors.h"
#include "cambium/framework/files/torch_names.h"
#include "tests/data/temp_folder.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;

Graph conv_net(int classes = 3) {
  return Sequential(Shape{1, 6, 6}, Conv2d(2, {.kernel = 3}), with_affine(BatchNorm()), Relu(), Flatten(), Dense(classes));
}

// A file with the tensors of these weights under the names that `named` gives them.
template <class Named>
void write_as(const std::string& path, const Weights& weights, Named named) {
  std::vector<std::vector<float>> values;
  std::vector<NamedTensor> tensors;
  for (const Weights::Tensor& tensor : weights.tensors()) {
    const std::span<const real> block = weights.value(tensor.name);
    values.emplace_back(block.begin(), block.end());
    tensors.push_back({named(tensor.name), Dtype::f32, {tensor.sizes.begin(), tensor.sizes.end()}, nullptr});
  }
  for (const Weights::StateTensor& tensor : weights.state_tensors()) {
    const std::span<const double> block = weights.state(tensor.name);
    values.emplace_back(block.begin(), block.end());
    tensors.push_back({named(tensor.name), Dtype::f32, {tensor.sizes.begin(), tensor.sizes.end()}, nullptr});
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].data = values[i].data();
  const std::int64_t batches = 7;
  tensors.push_back({"bn1.num_batches_tracked", Dtype::i64, {}, &batches});
  write_safetensors(path, tensors);
}

std::string as_torch(const std::string& name) {
  const std::vector<std::pair<std::string, std::string>> table{{"conv2d_1.weight", "conv1.weight"},
                                                               {"conv2d_1.bias", "conv1.bias"},
                                                               {"affine_1.gamma", "bn1.weight"},
                                                               {"affine_1.beta", "bn1.bias"},
                                                               {"batch_norm_1.running_mean", "bn1.running_mean"},
                                                               {"batch_norm_1.running_var", "bn1.running_var"},
                                                               {"dense_1.weight", "fc.weight"},
                                                               {"dense_1.bias", "fc.bias"}};
  for (const auto& [ours, theirs] : table)
    if (ours == name) return theirs;
  return name;
}

// Numbers that float holds, none of them that of another seed.
Weights drawn(const Graph& graph, std::uint64_t seed) {
  Weights weights(graph, seed);
  std::uint64_t i = 0;
  for (real& value : weights.block()) value = static_cast<real>(static_cast<float>(Random(seed).normal(i++)));
  for (double& value : weights.state_block()) value = static_cast<double>(static_cast<float>(Random(seed).uniform(i++, 1, 2)));
  return weights;
}

bool same(const Weights& a, const Weights& b, const std::string& name) { return std::ranges::equal(a.value(name), b.value(name)); }

bool same_state(const Weights& a, const Weights& b, const std::string& name) {
  return std::ranges::equal(a.state(name), b.state(name));
}

}  // namespace

TEST_CASE("a model that PyTorch saved goes into the same one here, by the names of its modules") {
  const TempFolder folder;
  const Graph graph = conv_net();
  const Weights theirs = drawn(graph, 5);
  write_as(folder.file("torch"), theirs, as_torch);
  Weights ours(graph, 1);
  const std::vector<TensorName> names = torch_names(graph, {"conv1", "bn1", "fc"});
  const LoadedWeights loaded = load_weights(ours, folder.file("torch"), {.names = names});
  for (const Weights::Tensor& tensor : theirs.tensors()) CHECK(same(ours, theirs, tensor.name));
  for (const Weights::StateTensor& tensor : theirs.state_tensors()) CHECK(same_state(ours, theirs, tensor.name));
  CHECK(loaded.loaded.size() == 8);
  CHECK(loaded.left.empty());
  CHECK(loaded.unused == std::vector<std::string>{"bn1.num_batches_tracked"});
}

TEST_CASE("torch_names: as many modules as layers, and only what has a counterpart") {
  CHECK(has(error_of([] { torch_names(conv_net(), {"conv1", "bn1"}); }), "2 modules for 3 layers"));
  CHECK(has(error_of([] { torch_names(conv_net(), {"a", "b", "c", "d"}); }), "4 modules for 3 layers"));
  const Sequential online(Shape(3), OnlineNorm(), Dense(2));
  CHECK(has(error_of([&] { torch_names(online, {"a", "b"}); }), "online_norm_1 has "));
  const Sequential layer(Shape(3), Dense(4), with_affine(LayerNorm()), Dense(2));
  const std::vector<TensorName> names = torch_names(layer, {"0", "1", "3"});
  REQUIRE(names.size() == 6);
  CHECK(names[2].in_file == "1.weight");
  CHECK(names[2].in_model == "affine_1.gamma");
}

TEST_CASE("a table of names is checked, and both names are in the message") {
  const TempFolder folder;
  const Graph graph = conv_net();
  write_as(folder.file("torch"), drawn(graph, 5), as_torch);
  Weights ours(graph, 1);
  const std::vector<real> before(ours.block().begin(), ours.block().end());
  const auto told = [&](std::vector<TensorName> names) {
    return error_of([&] { load_weights(ours, folder.file("torch"), {.names = std::move(names)}); });
  };
  CHECK(has(told({{"conv1.weight", "conv2d_1.wieght"}}), "no 'conv2d_1.wieght' (did you mean 'conv2d_1.weight'?)"));
  CHECK(has(told({{"conv1.weight", "conv2d_1.weight"}, {"conv1.bias", "conv2d_1.weight"}}), "'conv2d_1.weight' is named twice"));
  std::vector<TensorName> wrong = torch_names(graph, {"conv1", "bn1", "fc"});
  wrong[0].in_file = "conv7.weight";
  CHECK_MESSAGE(has(told(wrong), "conv2d_1.weight (conv7.weight in the file) 2x1x3x3: only in the model"), told(wrong));
  wrong[0].in_file = "fc.weight";
  CHECK_MESSAGE(has(told(wrong), "conv2d_1.weight (fc.weight in the file): 3x32 in the file, 2x1x3x3 in the model"), told(wrong));
  CHECK(std::ranges::equal(ours.block(), before));
}

TEST_CASE("transfer: what fits is loaded, and the rest stays") {
  const TempFolder folder;
  const Weights trained = drawn(conv_net(3), 5);
  save_weights(trained, folder.file("trained"));
  Weights ours = drawn(conv_net(7), 6);
  const Weights before = ours.copy();
  const LoadedWeights loaded = load_weights(ours, folder.file("trained"), {.partial = true});
  CHECK(same(ours, trained, "conv2d_1.weight"));
  CHECK(same(ours, trained, "affine_1.gamma"));
  CHECK(same(ours, before, "dense_1.weight"));
  CHECK(same_state(ours, trained, "batch_norm_1.running_mean"));
  CHECK(loaded.left == std::vector<std::string>{"dense_1.weight", "dense_1.bias"});
  CHECK(loaded.unused.size() == 2);
  CHECK(loaded.loaded.size() == 6);
  Weights other(Sequential(Shape(5), Named("elsewhere", Dense(2))), 1);
  CHECK(has(error_of([&] { load_weights(other, folder.file("trained"), {.partial = true}); }), "not one of its 8 tensors"));
}

TEST_CASE("F16 and BF16 are read as what they are") {
  const TempFolder folder;
  const Sequential graph(Shape(1), Dense(8, {.bias = false}));
  // 1, -2, 65504, the smallest of all, the largest below 2^-14, 0, -0, 1/3 rounded
  const std::vector<std::uint16_t> half{0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0000, 0x8000, 0x3555};
  const std::vector<double> values{1, -2, 65504, std::ldexp(1, -24), std::ldexp(1023, -24), 0, -0.0, 0.333251953125};
  const auto read = [&](Dtype dtype, const std::vector<std::uint16_t>& bits) {
    const NamedTensor tensor{"dense_1.weight", dtype, {8, 1}, bits.data()};
    write_safetensors(folder.file("small"), {&tensor, 1});
    Weights weights(graph);
    load_weights(weights, folder.file("small"));
    return std::vector<double>(weights.value("dense_1.weight").begin(), weights.value("dense_1.weight").end());
  };
  CHECK(read(Dtype::f16, half) == values);
  std::vector<std::uint16_t> brain;
  std::vector<double> cut;
  for (const double value : {1.0, -2.0, 3.14159, 1e30, -1e-30, 0.1, 256.0, 0.0}) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(static_cast<float>(value)) & 0xffff0000;
    brain.push_back(static_cast<std::uint16_t>(bits >> 16));
    cut.push_back(static_cast<double>(std::bit_cast<float>(bits)));
  }
  CHECK(read(Dtype::bf16, brain) == cut);
  for (const std::uint16_t bad : std::vector<std::uint16_t>{0x7c00, 0xfc00, 0x7e00}) {  // infinite, and no number
    std::vector<std::uint16_t> with = half;
    with[3] = bad;
    CHECK(has(error_of([&] { read(Dtype::f16, with); }), "dense_1.weight has the value"));
  }
}

}  // namespace cambium
