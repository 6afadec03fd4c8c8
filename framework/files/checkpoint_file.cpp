#include "cambium/framework/files/checkpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/parts/safetensors_impl.h"
#include "cambium/framework/files/parts/weights_content.h"
#include "cambium/framework/files/safetensors.h"

namespace cambium {

using namespace weights_content;

namespace {

constexpr const char* mismatch = "the options of the training that wrote it";

template <class T>
constexpr Dtype dtype_of_values = sizeof(T) == sizeof(float) ? Dtype::f32 : Dtype::f64;

class Writer final : public StateDict {
 public:
  explicit Writer(std::vector<NamedTensor>& tensors) : tensors_(tensors) {}
  Way way() const override { return Way::write; }
  void numbers(const std::string& name, std::span<double> numbers) override {
    const std::vector<double>& kept = kept_.emplace_back(numbers.begin(), numbers.end());
    put(name, Dtype::f64, kept.data(), kept.size());
  }
  [[noreturn]] void fail(const std::string& name, const std::string& what) const override {
    throw Error(fmt::format("a checkpoint: {} {}", name, what), "an earlier checkpoint");
  }
  void values(const std::string& name, std::span<float> values) override { add<float>(name, values); }
  void values(const std::string& name, std::span<double> values) override { add<double>(name, values); }

 private:
  template <class T>
  void add(const std::string& name, std::span<const T> values) {
    if (!std::ranges::all_of(values, [](T value) { return std::isfinite(value); }))
      fail(name, "is not finite, and nothing could go on from that");
    put(name, dtype_of_values<T>, values.data(), values.size());
  }
  void put(const std::string& name, Dtype dtype, const void* data, std::size_t count) {
    tensors_.push_back({training_prefix + name, dtype, {static_cast<std::int64_t>(count)}, data});
  }

  std::vector<NamedTensor>& tensors_;
  std::deque<std::vector<double>> kept_;  // where the tensors point to
};

class Reader final : public StateDict {
 public:
  Reader(const SafetensorsFile& file, Way way) : file_(file), way_(way) {}
  Way way() const override { return way_; }

  void numbers(const std::string& name, std::span<double> numbers) override { copy(find(name, numbers.size()), numbers); }
  [[noreturn]] void fail(const std::string& name, const std::string& what) const override {
    throw Error(fmt::format("{}: {} {}", file_.path(), in_quotes(training_prefix + name), what), mismatch);
  }
  void values(const std::string& name, std::span<float> values) override { take(name, values); }
  void values(const std::string& name, std::span<double> values) override { take(name, values); }

  // After all calls: no field of the file that nobody has asked for.
  void check_all_known() const {
    for (const SafetensorsFile::Tensor& tensor : file_.tensors())
      if (tensor.name.starts_with(training_prefix) && !known_.contains(tensor.name))
        throw Error(fmt::format("{}: it holds {}, which this training does not have", file_.path(), in_quotes(tensor.name)),
                    mismatch);
  }

 private:
  const SafetensorsFile::Tensor& find(const std::string& name, std::size_t count, Dtype dtype = Dtype::f64) {
    const SafetensorsFile::Tensor* tensor = file_.find(training_prefix + name);
    if (!tensor) fail(name, "is not in it, and this training needs it");
    if (tensor->dtype != dtype) fail(name, fmt::format("is of {}, and this training has {}", tensor->type, cambium::name(dtype)));
    if (tensor->count() != count) fail(name, fmt::format("has {} numbers, and this training has {}", tensor->count(), count));
    known_.insert(tensor->name);
    return *tensor;
  }
  template <class T>
  static void copy(const SafetensorsFile::Tensor& tensor, std::span<T> to) {
    if (!to.empty()) std::memcpy(to.data(), tensor.bytes.data(), to.size_bytes());
  }
  template <class T>
  void take(const std::string& name, std::span<T> values) {
    const SafetensorsFile::Tensor& tensor = find(name, values.size(), dtype_of_values<T>);
    if (way_ == Way::read) return copy(tensor, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      T value;
      std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
      if (!std::isfinite(value)) fail(name, fmt::format("has the value {} at {}", value, i));
    }
  }

  const SafetensorsFile& file_;
  const Way way_;
  std::set<std::string> known_;
};

}  // namespace

std::unique_ptr<AtomicFile> begin_checkpoint(const Weights& weights, const StateFields& fields, const std::string& path,
                                             std::span<const WeightsNote> notes) {
  const InUse::Look look(weights.in_use(), "these weights", one_thread);
  check_numbers(weights, path + ": cannot be written, since nothing could load it");
  std::vector<NamedTensor> tensors = tensors_of(weights);
  Writer writer(tensors);
  fields(writer);
  Metadata metadata = metadata_of(weights, notes);
  metadata[checksum_key] = checksum_of(tensors, metadata, checksum_key);
  std::unique_ptr<AtomicFile> file = begin_safetensors(path, tensors, metadata);
  look.check();
  return file;
}

void save_checkpoint(const Weights& weights, const StateFields& fields, const std::string& path,
                     std::span<const WeightsNote> notes) {
  begin_checkpoint(weights, fields, path, notes)->commit();
}

struct CheckpointFile::Content {
  SafetensorsFile file;
};

namespace {

SafetensorsFile read_whole(const std::string& path) {
  SafetensorsFile file = SafetensorsFile::read(path);
  const auto of_training = [](const SafetensorsFile::Tensor& tensor) { return tensor.name.starts_with(training_prefix); };
  if (!file.metadata().contains(checksum_key) || std::ranges::none_of(file.tensors(), of_training))
    throw DamagedFile(path + ": is no checkpoint: it holds no training", damaged_safetensors);
  check_checksum(file, checksum_key);
  return file;
}

}  // namespace

CheckpointFile::CheckpointFile(const std::string& path)
    : content_(std::make_unique<Content>(Content{read_whole(path)})), notes_(notes_of(content_->file)) {}

CheckpointFile::~CheckpointFile() = default;
CheckpointFile::CheckpointFile(CheckpointFile&&) noexcept = default;

const std::string& CheckpointFile::path() const { return content_->file.path(); }

const std::string* CheckpointFile::note(const std::string& key) const {
  const auto found = std::ranges::find(notes_, key, &WeightsNote::key);
  return found == notes_.end() ? nullptr : &found->text;
}

long CheckpointFile::whole(const std::string& field) const {
  long number = 0;
  Reader(content_->file, StateDict::Way::read).value(field, number);
  return number;
}

void CheckpointFile::load(Weights& weights, const StateFields& fields) const {
  const InUse::Hold hold(weights.in_use(), "these weights", one_thread);
  const SafetensorsFile& file = content_->file;
  const Places places = places_of(weights);
  check_header(places, file);
  check_content(places, file);
  Reader check(file, StateDict::Way::check), read(file, StateDict::Way::read);
  fields(check);
  check.check_all_known();
  take(weights, places, file);
  fields(read);
}

}  // namespace cambium
