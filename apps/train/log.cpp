#include "apps/train/log.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "apps/train/progress.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"

namespace train {
namespace {

class JsonObject {
 public:
  JsonObject& add(const char* key, double value) { return put(key, std::isfinite(value) ? fmt::format("{}", value) : "null"); }
  JsonObject& add(const char* key, int value) { return put(key, std::to_string(value)); }
  JsonObject& add(const char* key, std::int64_t value) { return put(key, std::to_string(value)); }
  JsonObject& add(const char* key, std::uint64_t value) { return put(key, std::to_string(value)); }
  JsonObject& add(const char* key, bool value) { return put(key, value ? "true" : "false"); }
  JsonObject& add_number(const char* key, const std::string& digits) { return put(key, digits); }
  JsonObject& add(const char* key, const std::string& value) { return put(key, quoted(value)); }
  JsonObject& add(const char* key, const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : ", ") + quoted(value);
    return put(key, '[' + text + ']');
  }
  std::string str() const { return '{' + text_ + '}'; }

 private:
  static std::string quoted(const std::string& value) {
    std::string text;
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      if (static_cast<unsigned char>(c) < 0x20)
        text += fmt::format("\\u{:04x}", static_cast<int>(c));
      else
        text += c;
    }
    return '"' + text + '"';
  }
  JsonObject& put(const char* key, const std::string& value) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : ", ", key, value);
    return *this;
  }
  std::string text_;
};

constexpr const char* csv_heading = "epoch,loss,accuracy,validation_loss,validation_accuracy,best,rate,seconds,samples_per_second";

// Empty where there is no such number.
std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

constexpr const char *note_key = "cambium.log", *note_name = "the note of the log";

}  // namespace

Log::Log(const Options& options)
    : json_(options.log.empty() ? "--out" : "--log",
            options.log.empty() && !options.out.empty() ? options.out + "/log.jsonl" : options.log),
      csv_("--out", options.out.empty() ? "" : options.out + "/log.csv") {}

cambium::WeightsNote Log::note() const {
  using cambium::Json;
  Json::List warnings(warnings_.begin(), warnings_.end());
  json_.sync(), csv_.sync();  // a checkpoint must not know of lines that a power cut takes
  return {note_key, cambium::json_text(Json::Fields{{"path", json_.path()},
                                                    {"jsonl", static_cast<double>(json_.size())},
                                                    {"csv", static_cast<double>(csv_.size())},
                                                    {"warnings", std::move(warnings)}},
                                       note_name)};
}

void Log::go_on_from(std::span<const cambium::WeightsNote> notes) {
  using cambium::Json;
  for (const cambium::WeightsNote& note : notes) {
    if (note.key != note_key) continue;
    const Json json = cambium::parse_json(note.text, note_name);
    const auto bytes = [&](const char* name) {
      const Json* field = json.field(name);
      const double* value = field ? field->as<double>() : nullptr;
      return value && *value >= 0 && *value < 0x1p62 ? static_cast<long>(*value) : 0L;
    };
    const Json* path = json.field("path");
    if (path && path->as<std::string>() && *path->as<std::string>() == json_.path()) json_.go_on_after(bytes("jsonl"));
    csv_.go_on_after(bytes("csv"));
    if (const Json* field = json.field("warnings"); !std::exchange(gone_on_, true) && field && field->as<Json::List>())
      for (const Json& warning : *field->as<Json::List>())
        if (warning.as<std::string>()) warnings_.push_back(*warning.as<std::string>());
  }
}

void Log::epoch(const cambium::EpochReport& r) {
  JsonObject object;
  object.add("epoch", r.epoch).add("epochs", r.epochs).add("loss", r.loss).add("accuracy", r.accuracy);
  if (r.validated)
    object.add("validation_loss", r.validation.loss).add("validation_accuracy", r.validation.accuracy()).add("best", r.best);
  json_.write(object.add("rate", r.rate).add("seconds", r.seconds).add("samples_per_second", r.samples_per_second).str());
  if (csv_.size() == 0) csv_.write(csv_heading);
  csv_.write(fmt::format("{},{},{},{},{},{},{},{},{}", r.epoch, cell(r.loss), cell(r.accuracy),
                         r.validated ? cell(r.validation.loss) : "", r.validated ? cell(r.validation.accuracy()) : "",
                         r.validated ? (r.best ? "1" : "0") : "", cell(r.rate), cell(r.seconds), cell(r.samples_per_second)));
}

void Log::end(const Options& options, const cambium::Metrics& test, const cambium::History& history, double epochs) {
  const cambium::models::Recipe& r = options.recipe;
  JsonObject object;
  object.add("final", true).add("data", options.data).add("model", r.name).add("optimizer", r.optimizer).add("rate", r.rate);
  object.add("schedule", r.schedule).add("batch", r.batch);
  const bool shift = options.augment.find_first_not_of("0123456789") == std::string::npos;
  shift ? object.add_number("augment", options.augment) : object.add("augment", options.augment);
  object.add_number(
      "validate", options.validate.share > 0 ? fmt::format("{}", options.validate.share) : std::to_string(options.validate.count));
  object.add("seed", options.seed).add_number("epochs", epochs_text(epochs)).add("interrupted", history.interrupted);
  object.add("test_samples", test.samples).add("test_loss", test.loss).add("test_accuracy", test.accuracy());
  object.add("test_standard_error", test.standard_error()).add("seconds", history.seconds);
  if (test.classes == 0) {
    object.add("test_r2", test.r2).add("test_r2_standard_error", test.r2_standard_error);
    object.add("test_mae", test.mean_absolute_error).add("test_rmse", test.root_mean_squared_error);
  }
  json_.write(object.add("warnings", warnings_).str());
}

void Log::failed(const std::string& error) {
  json_.write(JsonObject().add("final", true).add("error", error).add("warnings", warnings_).str());
}

}  // namespace train
