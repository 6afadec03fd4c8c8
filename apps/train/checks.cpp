#include "apps/train/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"

namespace train {
namespace {

using namespace cambium;
namespace fs = std::filesystem;

// The same file, perhaps by two names; also one that is not there yet.
bool same(const std::string& a, const std::string& b) {
  std::error_code failed;
  if (fs::equivalent(a, b, failed)) return true;
  return fs::weakly_canonical(a, failed) == fs::weakly_canonical(b, failed) && !failed;
}

void check_different(const char* one, const std::string& a, const char* other, const std::string& b) {
  if (a.empty() || b.empty() || !same(a, b)) return;
  throw Error(fmt::format("{} and {} are the same file, {}", one, other, a), "another name for one of them");
}

// The set to learn from is not written over.
void check_not_data(const char* option, const std::string& path, const std::string& folder) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed))
    if (entry.path().filename().string().find("-ubyte") != std::string::npos && same(entry.path().string(), path))
      throw Error(fmt::format("{}: {} is a file of the data set", option, path), "another name");
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

void check_sets(const Data& data) {
  const Shape train = data.train.input_shapes()[0], test = data.test.input_shapes()[0];
  if (train != test)
    throw Error(fmt::format("the training images are {}, and the test images {}", train.str(), test.str()),
                "--data-dir with four files that belong together");
}

Graph model_for(const models::Recipe& recipe, const Data& data) {
  const Shape images = data.train.input_shapes()[0];
  try {
    return recipe.model(images, data.train.target_kinds()[0].classes);
  } catch (const Error& error) {
    throw Error(fmt::format("{} is not made for images of {}: {}", recipe.name, images.str(), error.problem()), "another --model");
  }
}

void check_batches(const Graph& model, int samples, int batch) {
  if (batch > samples)
    throw Error(fmt::format("a batch of {} is larger than the training set of {} samples", batch, samples),
                fmt::format("--batch {} or less", samples));
  model.check(batch, Mode::train);
  const int last = samples % batch;
  if (last == 0) return;
  try {
    model.check(last, Mode::train);
  } catch (const Error& error) {
    throw Error(fmt::format("the last batch of an epoch has {} sample{} ({} in batches of {}): {}", last, last == 1 ? "" : "s",
                            samples, batch, error.problem()),
                "another --batch");
  }
}

cambium::Error not_finite(const std::string& what) {
  return Error("the training is over, and " + what + " is not finite", "a smaller --rate");
}

void check_result(Trainer& trainer, const MemoryDataset& training) {
  const Weights& weights = trainer.weights();
  const auto check = [](const std::string& name, const auto& values) {
    if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) throw not_finite(name);
  };
  for (const Weights::Tensor& tensor : weights.tensors()) check(tensor.name, weights.value(tensor.name));
  for (const Weights::StateTensor& tensor : weights.state_tensors()) check(tensor.name, weights.state(tensor.name));
  const Metrics some = trainer.evaluate(training.head(std::min(training.size(), 64)));
  if (!std::isfinite(some.loss)) throw not_finite("the loss on the first training images");
}

}  // namespace train
