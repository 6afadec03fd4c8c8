#include "apps/train/record.h"

#include <cmath>
#include <utility>

#include "apps/common/augments.h"
#include "apps/common/data_place.h"
#include "apps/common/model_file.h"
#include "apps/common/test.h"
#include "cambium/framework/base/text.h"

namespace train {
namespace {

using namespace cambium;

constexpr const char* whose = "how the model was trained";
constexpr double most_whole = 0x1p53;  // beyond it not every whole number is a double

Json count(std::int64_t n) { return static_cast<double>(n); }
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

// Fit for a terminal, and UTF-8 in any case.
Json last_name_of(const std::string& path) { return shown(apps::last_name(path)); }

Json data_of(const Options& options, const Data& data, const Dataset& training, const Dataset* validation) {
  const std::size_t colon = options.data.find(':');
  Json::Fields fields{{"kind", options.data.substr(0, colon)}};
  if (const std::string where = colon == std::string::npos ? "" : options.data.substr(colon + 1); !where.empty()) {
    const std::size_t comma = fields[0].second.as<std::string>()->starts_with("npy") ? where.find(',') : std::string::npos;
    fields.emplace_back("name", last_name_of(where.substr(0, comma)));
    if (comma != std::string::npos) fields.emplace_back("targets", last_name_of(where.substr(comma + 1)));
  }
  fields.emplace_back("samples", count(training.size()));
  if (validation) fields.emplace_back("validation_samples", count(validation->size()));
  if (!options.test.empty()) fields.emplace_back("test", last_name_of(options.test.substr(0, options.test.find(','))));
  fields.emplace_back("test_samples", count(data.test->size()));
  return fields;
}

// Numbers among the options are numbers.
Json optimizer_of(const Optimizer& optimizer) {
  const Description description = optimizer.describe();
  Json::Fields fields{{"kind", description.kind}};
  for (const Field& field : description.fields) {
    std::size_t read = 0;
    double value = 0;
    try {
      value = std::stod(field.value, &read);
    } catch (const std::exception&) {  // no number
    }
    fields.emplace_back(field.name,
                        read > 0 && read == field.value.size() && std::isfinite(value) ? Json(value) : Json(field.value));
  }
  return fields;
}

Json seed_of(std::uint64_t seed) {
  return static_cast<double>(seed) < most_whole ? Json(static_cast<double>(seed)) : Json(std::to_string(seed));
}

}  // namespace

Record::Record(const Options& options, const Data& data, const Dataset& training, const Dataset* validation, Trainer& trainer,
               double spread)
    : trainer_(trainer), planned_(options.recipe.epochs), spread_(spread) {
  const Augments augments = apps::augments_of("--augment", options.augment);
  begun_ = {{"version", CAMBIUM_VERSION},
            {"precision", sizeof(real) == 4 ? "F32" : "F64"},
            {"model", options.recipe.name},
            {"data", data_of(options, data, training, validation)}};
  if (!augments.empty() || augments.mixup()) begun_.emplace_back("augment", augments.str());
  if (options.balanced) begun_.emplace_back("balanced", true);
  if (!options.load.empty()) begun_.emplace_back("began_with", last_name_of(options.load));
  begun_.emplace_back("loss", apps::losses_for(data.has_classes(), options.error_bars)[0].describe().str());
  begun_.emplace_back("optimizer", optimizer_of(trainer.optimizer()));
  begun_.emplace_back("batch", count(options.recipe.batch));
  begun_.emplace_back("seed", seed_of(options.seed));
}

Json Record::score(const Metrics& m, double spread) {
  Json::Fields fields{{"loss", number(m.loss)}};
  if (m.classes > 0) {
    fields.emplace_back("accuracy", number(m.accuracy())), fields.emplace_back("standard_error", number(m.standard_error()));
  } else {
    fields.emplace_back("r2", number(m.r2)), fields.emplace_back("mae", number(m.mean_absolute_error * spread));
    fields.emplace_back("rmse", number(m.root_mean_squared_error * spread));
  }
  return fields;
}

void Record::epoch(const EpochReport& report) {
  epochs_ = report.epoch;
  if (!report.validated) return;
  validation_ = score(report.validation, spread_);
  if (!report.best) return;
  best_ = trainer_.weights().version();
  best_epoch_ = Json::Fields{
      {"epoch", count(report.epoch)}, {"weights_version", static_cast<double>(*best_)}, {"loss", number(report.validation.loss)}};
}

WeightsNote Record::note() const {
  Json::Fields all = begun_;
  all.emplace_back("epochs", epochs_), all.emplace_back("epochs_planned", count(planned_));
  all.emplace_back("steps", count(trainer_.optimizer().steps()));
  for (const auto& [name, value] : {std::pair{"validation", &validation_}, {"best_validation", &best_epoch_}, {"test", &test_}})
    if (!value->as<std::nullptr_t>()) all.emplace_back(name, *value);
  if (back_) all.emplace_back("weights_of", "best_validation");
  return {apps::training_key, json_text(all, whose)};
}

void Record::go_on_from(std::span<const WeightsNote> notes) {
  validation_ = best_epoch_ = Json(), best_.reset();
  for (const WeightsNote& note : notes) {
    if (note.key != apps::training_key) continue;
    const Json json = parse_json(note.text, whose);
    if (const Json* field = json.field("epochs"); field && field->as<double>()) epochs_ = *field->as<double>();
    if (const Json* field = json.field("validation")) validation_ = *field;
    const Json* field = json.field("best_validation");
    if (!field) continue;
    best_epoch_ = *field;
    const Json* version = field->field("weights_version");
    if (const double* value = version ? version->as<double>() : nullptr; value && *value >= 0 && *value < most_whole)
      best_ = static_cast<std::uint64_t>(*value);
  }
}

}  // namespace train
