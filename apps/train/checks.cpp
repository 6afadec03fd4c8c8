#include "apps/train/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <system_error>

#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/augment.h"
#include "cambium/framework/files/atomic_file.h"

namespace train {
namespace {

using namespace cambium;
namespace fs = std::filesystem;

void check_different(const char* one, const std::string& a, const char* other, const std::string& b) {
  if (!apps::same_file(a, b)) return;
  throw Error(fmt::format("{} and {} are the same file, {}", one, other, a), "another name for one of them");
}

// The set to learn from is not written over.
void check_not_data(const char* option, const std::string& path, const std::string& folder) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed))
    if (entry.path().filename().string().find("-ubyte") != std::string::npos && apps::same_file(entry.path().string(), path))
      throw Error(fmt::format("{}: {} is a file of the data set", option, path), "another name");
}

double loss_of_some(Trainer& trainer, const MemoryDataset& training) {
  return trainer.evaluate(training.head(std::min(training.size(), 64))).loss;
}

}  // namespace

void check_files(const Options& options) {
  check_different("--log", options.log, "--load", options.load);
  check_different("--log", options.log, "--save", options.save);
  if (!options.data_dir.empty()) {
    if (!options.log.empty()) check_not_data("--log", options.log, options.data_dir);
    if (!options.save.empty()) check_not_data("--save", options.save, options.data_dir);
  }
  if (!options.save.empty()) AtomicFile probe(options.save);
}

Graph model_for(const models::Recipe& recipe, const Data& data) {
  const Shape images = data.train.input_shapes()[0];
  try {
    return recipe.model(images, data.train.target_kinds()[0].classes);
  } catch (const Error& error) {
    throw Error(fmt::format("{} is not made for images of {}: {}", recipe.name, images.str(), error.problem()), "another --model");
  }
}

void check_augment(const Options& options, const Shape& images) {
  try {
    Shift({.pixels = options.augment}).check(images);
  } catch (const Error& error) {
    throw Error("--augment: " + error.problem(), "a smaller --augment");
  }
}

void check_batches(const Options& options, const Graph& model, int samples) {
  const int batch = options.recipe.batch;
  if (batch > samples)
    throw Error(fmt::format("a batch of {} is larger than the training set of {}", batch, apps::counted(samples, "sample")),
                batch - samples <= options.validate ? "a smaller --validate"
                                                    : fmt::format("--batch {}{}", samples, samples == 1 ? "" : " or less"));
  model.check(batch, Mode::train);
  const int last = samples % batch;
  if (last == 0) return;
  try {
    model.check(last, Mode::train);
  } catch (const Error& error) {
    throw Error(fmt::format("the last batch of an epoch has {} ({} in batches of {}): {}", apps::counted(last, "sample"), samples,
                            batch, error.problem()),
                "another --batch");
  }
}

void check_steps(const Options& options, const Weights& weights, int samples) {
  constexpr std::uint64_t most = 1ULL << 53;  // that a file of weights can hold
  const int batch = options.recipe.batch, per_epoch = samples / batch + (samples % batch != 0);
  const std::uint64_t steps = static_cast<std::uint64_t>(options.recipe.epochs) * static_cast<std::uint64_t>(per_epoch);
  if (steps > most - std::min(weights.version(), most))
    throw Error(fmt::format("these weights have taken {} steps, and {} more cannot be counted", weights.version(), steps),
                "--load with weights of another training");
}

void check_start(Trainer& trainer, const MemoryDataset& training) {
  if (!std::isfinite(loss_of_some(trainer, training))) throw not_finite("the loss on the first training images", false);
}

Error not_finite(const std::string& what, bool trained) {
  return trained ? Error("the training is over, and " + what + " is not finite", "a smaller --rate")
                 : Error("these weights will not do: " + what + " is not finite", "--load with other ones");
}

void check_result(Trainer& trainer, const MemoryDataset& training) {
  const Weights& weights = trainer.weights();
  const auto check = [](const std::string& name, const auto& values) {
    const bool finite = std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (!finite) throw not_finite(name, true);
  };
  for (const Weights::Tensor& tensor : weights.tensors()) check(tensor.name, weights.value(tensor.name));
  for (const Weights::StateTensor& tensor : weights.state_tensors()) check(tensor.name, weights.state(tensor.name));
  double loss = 0;
  try {
    loss = loss_of_some(trainer, training);
  } catch (const std::exception&) {  // no memory: the test will say so, when the weights are saved
  }
  if (!std::isfinite(loss)) throw not_finite("the loss on the first training images", true);
}

}  // namespace train
