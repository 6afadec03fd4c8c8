#include "apps/train/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <system_error>

#include "apps/common/augments.h"
#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "apps/train/small_set.h"
#include "apps/train/tensorboard.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/augment.h"
#include "cambium/framework/data/subset.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/folder_names.h"
#include "cambium/models/line.h"

namespace train {
namespace {

using namespace cambium;

void check_different(const char* one, const std::string& a, const char* other, const std::string& b) {
  if (!apps::same_file(a, b)) return;
  throw Error(fmt::format("{} and {} are the same file, {}", one, other, a), "another name for one of them");
}

// The set to learn from is not written over.
void check_not_data(const char* option, const std::string& path, const std::string& folder) {
  std::error_code failed;
  for (const std::string& name : names_in_folder(folder, failed))
    if (name.find("-ubyte") != std::string::npos && apps::same_file(folder + '/' + name, path))
      throw Error(fmt::format("{}: {} is a file of the data set", option, path), "another name");
}

Graph model_of_line(const std::string& line, const Data& data, int outputs) {
  try {
    Graph graph = models::graph_from_line(data.input(), line);
    const int given = graph.entries()[static_cast<std::size_t>(graph.outputs()[0])].shape.size();
    if (given == outputs) return graph;
    const std::string what = data.has_classes()          ? fmt::format("{} classes", outputs)
                             : outputs == data.outputs() ? apps::counted(outputs, "value")
                                                         : apps::counted(data.outputs(), "value") + " with error bars";
    throw Error(fmt::format("the last layer has {}, and {} needed for {}", apps::counted(given, "output"),
                            outputs == 1 ? "1 is" : fmt::format("{} are", outputs), what),
                fmt::format("dense {} at the end", outputs));
  } catch (const Error& error) {
    throw Error("--layers: " + error.problem(), error.remedy());
  }
}

double loss_of_some(Trainer& trainer, const Data& data) {
  return trainer.evaluate(head(data.train, std::min<std::int64_t>(data.train->size(), 64))).loss;
}

}  // namespace

void check_files(const Options& options) {
  check_different("--log", options.log, "--load", options.load);
  check_different("--log", options.log, "--save", options.save);
  for (const auto& [option, path] : {std::pair{"--log", &options.log}, {"--save", &options.save}, {"--load", &options.load}})
    check_different("--report", options.report, option, *path);
  if (!options.data_dir.empty()) {
    if (!options.log.empty()) check_not_data("--log", options.log, options.data_dir);
    if (!options.save.empty()) check_not_data("--save", options.save, options.data_dir);
    if (!options.report.empty()) check_not_data("--report", options.report, options.data_dir);
  }
  // Files after the colon of --data, and those of --test: a table, two arrays.
  const std::string where = options.data.substr(std::min(options.data.find(':'), options.data.size() - 1) + 1);
  for (const std::string& files : {where, options.test})
    for (std::size_t at = 0; at < files.size(); at = std::min(files.find(',', at), files.size()) + 1) {
      const std::string file = files.substr(at, files.find(',', at) - at);
      check_different("--log", options.log, "a file of the data", file);
      check_different("--save", options.save, "a file of the data", file);
      check_different("--report", options.report, "a file of the data", file);
    }
  if (options.save.ends_with(".onnx"))
    throw Error("--save " + options.save + ": weights are saved as safetensors, from which export makes an ONNX model",
                "--save " + options.save.substr(0, options.save.size() - 5) + ".safetensors");
  for (const std::string& path : {options.save, options.report})
    if (!path.empty()) AtomicFile probe(path);
  check_event_folder(options);
}

Graph model_for(const Options& options, const Data& data) {
  const int outputs = data.outputs() * (options.error_bars ? 2 : 1);
  if (!options.layers.empty()) return model_of_line(options.layers, data, outputs);
  try {
    return options.recipe.model(data.input(), outputs);
  } catch (const Error& error) {
    throw Error(fmt::format("{} is not made for samples of {}: {}", options.recipe.name, data.input().str(), error.problem()),
                "another --model");
  }
}

void check_task(const Options& options, const Data& data) {
  if (data.has_classes() && data.outputs() < 2)
    throw Error(fmt::format("{}: there is one class, {}, and nothing to tell apart", options.data,
                            data.train->class_names().empty() ? "0" : in_quotes(data.train->class_names()[0], 40)),
                "samples of another class");
  if (options.task == "classification" && !data.has_classes())
    throw Error("--task classification: the targets of --data are values, not classes", "--task regression");
  if (options.task == "regression" && data.has_classes())
    throw Error("--task regression: the targets of --data are classes, not values", "--task classification");
  if (options.balanced && !data.has_classes())
    throw Error("--balanced is for classes, and the targets of --data are values", "leaving it out");
  if (options.error_bars && data.has_classes())
    throw Error(
        "--error-bars are for values, and the targets of --data are classes",
        data.reader == "array" || (data.reader == "table" && data.classes_are_numbers()) ? "--task regression" : "leaving it out");
  if (data.train->target_kinds() != data.test->target_kinds() || data.train->input_shapes() != data.test->input_shapes())
    throw Error(fmt::format("the training set has {}, and the test set {}", data.train->describe(), data.test->describe()),
                "--test with samples of the same kind");
}

void check_augment(const Options& options, const Shape& images) {
  try {
    apps::augments_of("--augment", options.augment).check(images);
  } catch (const Error& error) {
    throw Error("--augment: " + error.problem(), images.rank() == 1 ? "leaving it out: it is for pictures" : "a smaller --augment");
  }
}

void check_batches(const Options& options, const Graph& model, std::int64_t samples) {
  const int batch = options.recipe.batch;
  if (batch > samples)
    throw Error(fmt::format("a batch of {} is larger than the training set of {}", batch, apps::counted(samples, "sample")),
                batch - samples <= options.validate.of(samples)
                    ? "a smaller --validate"
                    : fmt::format("--batch {}{}", samples, samples == 1 ? "" : " or less"));
  model.check(batch, Mode::train);
  const int last = static_cast<int>(samples % batch);
  if (last == 0) return;
  try {
    model.check(last, Mode::train);
  } catch (const Error& error) {
    throw Error(fmt::format("the last batch of an epoch has {} ({} in batches of {}): {}", apps::counted(last, "sample"), samples,
                            batch, error.problem()),
                last == 1 ? fmt::format("--batch {}", batch_without_rest(samples, batch)) : "another --batch");
  }
}

void check_steps(const Options& options, const Weights& weights, std::int64_t samples) {
  constexpr std::uint64_t most = 1ULL << 53;  // that a file of weights can hold
  const int batch = options.recipe.batch;
  const std::int64_t per_epoch = samples / batch + (samples % batch != 0);
  const std::uint64_t steps = static_cast<std::uint64_t>(options.recipe.epochs) * static_cast<std::uint64_t>(per_epoch);
  if (steps > most - std::min(weights.version(), most))
    throw Error(fmt::format("these weights have taken {} steps, and {} more cannot be counted", weights.version(), steps),
                "--load with weights of another training");
}

void check_start(Trainer& trainer, const Data& data) {
  if (!std::isfinite(loss_of_some(trainer, data))) throw not_finite("the loss on the first training samples", false);
}

Error not_finite(const std::string& what, bool trained) {
  return trained ? Error("the training is over, and " + what + " is not finite", "a smaller --rate")
                 : Error("these weights will not do: " + what + " is not finite", "--load with other ones");
}

void check_result(Trainer& trainer, const Data& data) {
  const Weights& weights = trainer.weights();
  const auto check = [](const std::string& name, const auto& values) {
    const bool finite = std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (!finite) throw not_finite(name, true);
  };
  for (const Weights::Tensor& tensor : weights.tensors()) check(tensor.name, weights.value(tensor.name));
  for (const Weights::StateTensor& tensor : weights.state_tensors()) check(tensor.name, weights.state(tensor.name));
  double loss = 0;
  try {
    loss = loss_of_some(trainer, data);
  } catch (const std::exception&) {  // no memory: the test will say so, when the weights are saved
  }
  if (!std::isfinite(loss)) throw not_finite("the loss on the first training samples", true);
}

}  // namespace train
