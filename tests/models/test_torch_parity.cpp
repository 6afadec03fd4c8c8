// The same weights, the same batches, a hundred steps: here and in PyTorch, where it is installed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/files/safetensors.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

constexpr int steps = 100, batch = 16;
constexpr Dtype kind = sizeof(real) == 4 ? Dtype::f32 : Dtype::f64;

// A Python that has it; empty, and said aloud, where there is none.
std::string python_with_torch() {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (std::system((python + " -c 'import torch' >/dev/null 2>&1 </dev/null").c_str()) == 0) return python;
  fmt::print("SKIPPED parity with PyTorch: there is none here\n");
  return "";
}

struct Batches {
  std::vector<real> x;
  std::vector<std::int64_t> labels;
};

Batches made() {
  const DigitImages digits = made_digits(Split::train, {.count = steps * batch, .seed = 5});
  Batches all;
  for (const std::uint8_t pixel : digits.images) all.x.push_back(static_cast<real>(static_cast<float>(pixel) / 255));
  all.labels.assign(digits.labels.begin(), digits.labels.end());
  return all;
}

void write_start(const std::string& path, const Weights& weights, const Batches& all) {
  std::vector<NamedTensor> tensors;
  for (const Weights::Tensor& tensor : weights.tensors())
    tensors.push_back({tensor.name, kind, {tensor.sizes.begin(), tensor.sizes.end()}, weights.value(tensor.name).data()});
  tensors.push_back({"x", kind, {steps, batch, 1, 28, 28}, all.x.data()});
  tensors.push_back({"labels", Dtype::i64, {steps, batch}, all.labels.data()});
  write_safetensors(path, tensors);
}

std::vector<double> train(Weights& weights, const Graph& graph, Optimizer& optimizer, const Batches& all) {
  Plan plan(graph, weights, {.batch = batch, .mode = Mode::train});
  const SoftmaxCrossEntropy loss;
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    const std::vector<int> labels(all.labels.begin() + step * batch, all.labels.begin() + (step + 1) * batch);
    const ConstView x{all.x.data() + static_cast<std::ptrdiff_t>(step) * batch * 784, Shape{1, 28, 28}, batch};
    losses.push_back(loss.evaluate(plan.forward(x), labels, plan.output_gradient()));
    plan.backward(&optimizer);
  }
  return losses;
}

// How far a tensor of the file is from these values, at most.
template <class T>
double apart(const SafetensorsFile::Tensor& theirs, std::span<const T> ours) {
  REQUIRE(theirs.bytes.size() == ours.size_bytes());
  double most = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    T value;
    std::memcpy(&value, theirs.bytes.data() + i * sizeof value, sizeof value);
    most = std::max(most, std::abs(static_cast<double>(value) - static_cast<double>(ours[i])));
  }
  return most;
}

std::vector<double> values_of(const SafetensorsFile::Tensor& tensor) {
  std::vector<double> values(tensor.bytes.size() / sizeof(double));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

void compare(const std::string& python, const std::string& model, const std::string& how) {
  CAPTURE(model);
  CAPTURE(how);
  const cambium_tests::TempFolder folder;
  const Graph graph = models::recipe(model).model(Shape{1, 28, 28}, 10);
  const Batches all = made();
  Weights weights(graph, 4);
  write_start(folder.file("start"), weights, all);
  const std::string said = folder.file("said");
  const std::string command = fmt::format("{} '{}/tests/models/train_torch.py' {} {} '{}' '{}' >'{}' 2>&1 </dev/null", python,
                                          CAMBIUM_SOURCE, model, how, folder.file("start"), folder.file("end"), said);
  const int status = std::system(command.c_str());
  REQUIRE_MESSAGE(status == 0, cambium_tests::read_bytes(said));
  const std::unique_ptr<Optimizer> optimizer =
      how == "sgd" ? std::unique_ptr<Optimizer>(new Sgd({.rate = 0.01, .momentum = 0.9})) : std::make_unique<Adam>(AdamOptions{});
  const std::vector<double> losses = train(weights, graph, *optimizer, all);
  const SafetensorsFile theirs = SafetensorsFile::read(folder.file("end"));
  const double loss = apart<double>(theirs.at("losses"), losses);
  // A rectifier whose input is 0 but for rounding goes either way, and from there on two trainings in single precision part. So
  // both are held against theirs in double, to which ours keeps as near.
  const double rounding = apart<double>(theirs.at("losses"), values_of(theirs.at("losses_in_double")));
  const double ours = apart<double>(theirs.at("losses_in_double"), losses);
  double most = 0;
  for (const Weights::Tensor& tensor : weights.tensors())
    most = std::max(most, apart<real>(theirs.at(tensor.name), std::as_const(weights).value(tensor.name)));
  MESSAGE(model << ", " << how << ": losses " << loss << " apart; from theirs in double, ours " << ours << ", theirs " << rounding
                << "; weights " << most << " apart; from " << losses.front() << " to " << losses.back());
  CHECK(loss <= (sizeof(real) == 4 ? std::max(1e-3, 4 * rounding) : 1e-8));
  CHECK(ours <= (sizeof(real) == 4 ? std::max(1e-3, 2 * rounding) : 1e-8));
  if constexpr (sizeof(real) == 8) CHECK(most <= 1e-8);
}

}  // namespace

TEST_CASE("slow: a hundred steps of SGD and of Adam are PyTorch's") {
  const std::string python = python_with_torch();
  if (python.empty()) return;
  for (const char* model : {"mlp", "conv_bn", "residual"})
    for (const char* how : {"sgd", "adam"}) compare(python, model, how);
}

}  // namespace cambium
