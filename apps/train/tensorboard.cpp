#include "apps/train/tensorboard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "apps/train/page/filters.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/folder_names.h"

namespace train {

using namespace cambium;

void check_event_folder(const Options& options) {
  const std::string& folder = options.tensorboard;
  if (folder.empty()) return;
  std::error_code error;
  if (!std::filesystem::create_directories(folder, error) && error)
    throw Error(fmt::format("--tensorboard: {} cannot be made: {}", folder, error.message()), "a folder in which you may write");
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    throw Error(fmt::format("--tensorboard: {} cannot be written to: {}", folder, std::generic_category().message(errno)),
                "a folder in which you may write");
  for (const std::string& name : names_in_folder(folder, error))
    if (!options.resume && name.find("tfevents") != std::string::npos)
      throw Error(fmt::format("--tensorboard: {} has the events of another training", folder), "a folder for each of them");
}

EventFile& Tensorboard::events() {
  if (!events_) events_ = std::make_unique<EventFile>(folder_, EventFileOptions{.first_step = goes_on_ ? epoch_ : 0});
  return *events_;
}

void Tensorboard::add(const Metrics& metrics, const std::string& set) {
  events().add_scalar("loss/" + set, metrics.loss, epoch_);
  if (metrics.classes > 0) events().add_scalar("accuracy/" + set, metrics.accuracy(), epoch_);
  if (!std::isnan(metrics.r2)) events().add_scalar("r2/" + set, metrics.r2, epoch_);
}

void Tensorboard::epoch(const EpochReport& report) {
  epoch_ = report.epoch;
  events().add_scalar("loss/training", report.loss, epoch_);
  if (!std::isnan(report.accuracy)) events().add_scalar("accuracy/training", report.accuracy, epoch_);
  if (report.validated) add(report.validation, "validation");
  events().add_scalar("rate", report.rate, epoch_);
  events().add_scalar("samples_per_second", report.samples_per_second, epoch_);
  const Weights& weights = trainer_.weights();
  const Graph& graph = trainer_.graph();
  const Shape input = graph.entries()[static_cast<std::size_t>(graph.inputs()[0])].shape;
  for (const Weights::Tensor& tensor : weights.tensors()) events().add_histogram(tensor.name, weights.value(tensor.name), epoch_);
  if (const FirstLayer layer = first_layer(graph, weights, most_filters(input)); !layer.pictures.empty())
    events().add_image(layer.name, sheet_of(layer.pictures), epoch_);
}

// Where no epoch was left to train, all that is there counts.
void Tensorboard::end(const Metrics& test, double epochs) {
  if (goes_on_ && !events_) {
    epoch_ = static_cast<std::int64_t>(epochs);
    events_ = std::make_unique<EventFile>(folder_);
  }
  add(test, "test");
}

}  // namespace train
