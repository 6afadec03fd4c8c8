#include "apps/train/log.h"

#include <fmt/format.h>

#include <cmath>

#include "cambium/framework/base/error.h"

namespace train {
namespace {

class JsonObject {
 public:
  JsonObject& add(const char* key, double value) { return put(key, std::isfinite(value) ? fmt::format("{}", value) : "null"); }
  JsonObject& add(const char* key, int value) { return put(key, std::to_string(value)); }
  JsonObject& add(const char* key, std::uint64_t value) { return put(key, std::to_string(value)); }
  JsonObject& add(const char* key, bool value) { return put(key, value ? "true" : "false"); }
  JsonObject& add(const char* key, const std::string& value) {
    std::string text;
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      if (static_cast<unsigned char>(c) < 0x20)
        text += fmt::format("\\u{:04x}", static_cast<int>(c));
      else
        text += c;
    }
    return put(key, '"' + text + '"');
  }
  std::string str() const { return '{' + text_ + '}'; }

 private:
  JsonObject& put(const char* key, const std::string& value) {
    text_ += fmt::format("{}\"{}\": {}", text_.empty() ? "" : ", ", key, value);
    return *this;
  }
  std::string text_;
};

}  // namespace

Log::Log(const std::string& path) {
  if (path.empty()) return;
  path_ = path;
  std::ofstream probe(path, std::ios::app);  // what is there stays until there is something to say
  if (!probe) throw cambium::Error("--log: " + path + " cannot be written", "a file in a folder that exists");
}

void Log::epoch(const cambium::EpochReport& r) {
  JsonObject object;
  object.add("epoch", r.epoch).add("epochs", r.epochs).add("loss", r.loss).add("accuracy", r.accuracy);
  if (r.validated)
    object.add("validation_loss", r.validation.loss).add("validation_accuracy", r.validation.accuracy()).add("best", r.best);
  write(object.add("rate", r.rate).add("seconds", r.seconds).add("samples_per_second", r.samples_per_second).str());
}

void Log::end(const Options& options, const cambium::Metrics& test, const cambium::History& history) {
  const cambium::models::Recipe& r = options.recipe;
  JsonObject object;
  object.add("final", true).add("data", options.data).add("model", r.name).add("optimizer", r.optimizer).add("rate", r.rate);
  object.add("schedule", r.schedule).add("batch", r.batch).add("augment", options.augment).add("validate", options.validate);
  object.add("seed", options.seed).add("epochs", static_cast<int>(history.epochs.size())).add("interrupted", history.interrupted);
  object.add("test_samples", test.samples).add("test_loss", test.loss).add("test_accuracy", test.accuracy());
  write(object.add("test_standard_error", test.standard_error()).add("seconds", history.seconds).str());
}

void Log::write(const std::string& object) {
  if (path_.empty()) return;
  if (!file_.is_open()) file_.open(path_);
  file_ << object << std::endl;  // flushed: someone may be reading along
  if (!file_) throw cambium::Error("--log: " + path_ + " cannot be written any more", "a disk with some room");
}

}  // namespace train
