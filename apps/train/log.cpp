#include "apps/train/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <system_error>

#include "apps/common/console.h"
#include "apps/train/progress.h"
#include "cambium/framework/base/error.h"

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

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

// One of 0 to 2 whose file this is, or -1.
int standard_descriptor(const struct stat& file) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat other = {};
    if (fstat(descriptor, &other) == 0 && same(file, other)) return descriptor;
  }
  return -1;
}

const char* remedy_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return "a file in a folder that exists";
  if (error == EACCES || error == EPERM || error == EROFS) return "a file that you may write to";
  if (error == EISDIR) return "the name of a file in it";
  if (error == ENXIO) return "starting who reads it first";
  return "another name";
}

}  // namespace

Log::Log(const std::string& path) : path_(path) {
  if (!path.empty()) open_file();
}

Log::~Log() {
  if (created_) remove_if_empty();
  if (file_ >= 0) close(file_);
}

void Log::remove_if_empty() const noexcept {
  struct stat ours = {}, named = {};
  char name[PATH_MAX];  // at the end of the links
  if (fstat(file_, &ours) != 0 || ours.st_size > 0 || realpath(path_.c_str(), name) == nullptr) return;
  if (stat(name, &named) == 0 && same(ours, named)) unlink(name);
}

void Log::open_file() {
  constexpr int how = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // a pipe that nobody reads would make us wait
  file_ = open(path_.c_str(), how);
  if (file_ < 0 && errno == ENOENT) {
    file_ = open(path_.c_str(), how | O_CREAT, 0666);
    created_ = file_ >= 0;
  }
  if (const int error = errno; file_ < 0)
    throw cambium::Error(fmt::format("--log: {} cannot be written: {}", path_, std::generic_category().message(error)),
                         remedy_of(error));
  struct stat found = {};
  fstat(file_, &found);
  fcntl(file_, F_SETFL, O_APPEND);  // and waits from now on
  if (!S_ISREG(found.st_mode)) return;
  if (const int standard = standard_descriptor(found); standard >= 0) {
    close(file_);
    file_ = fcntl(standard, F_DUPFD_CLOEXEC, 3);
    return;
  }
  regular_ = true;
  const bool locked = flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;  // or there are no locks here
  if (!locked || (fstat(file_, &found) == 0 && found.st_nlink == 0))                 // who made it has just taken it away
    throw cambium::Error(fmt::format("--log: {} is being written by another training", path_), "a file for each of them");
}

void Log::epoch(const cambium::EpochReport& r) {
  JsonObject object;
  object.add("epoch", r.epoch).add("epochs", r.epochs).add("loss", r.loss).add("accuracy", r.accuracy);
  if (r.validated)
    object.add("validation_loss", r.validation.loss).add("validation_accuracy", r.validation.accuracy()).add("best", r.best);
  write(object.add("rate", r.rate).add("seconds", r.seconds).add("samples_per_second", r.samples_per_second).str());
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
  if (test.classes == 0)
    object.add("test_r2", test.r2).add("test_mae", test.mean_absolute_error).add("test_rmse", test.root_mean_squared_error);
  write(object.add("warnings", warnings_).str());
}

void Log::failed(const std::string& error) {
  write(JsonObject().add("final", true).add("error", error).add("warnings", warnings_).str());
}

// What stands in the file is always whole lines.
void Log::write(const std::string& object) {
  if (path_.empty()) return;
  int error = !regular_ || size_ >= 0 || ftruncate(file_, 0) == 0 ? 0 : errno;
  if (size_ < 0) size_ = 0;
  if (error == 0) error = apps::write_all(file_, object + '\n');
  if (error == 0) {
    size_ += static_cast<long>(object.size()) + 1;
    return;
  }
  if (regular_ && ftruncate(file_, size_) != 0) size_ = -1;
  if (!failed_)
    apps::lose(fmt::format("--log: {} cannot be written any more: {}; what follows will be missing there", path_,
                           std::generic_category().message(error)));
  failed_ = true;
}

}  // namespace train
