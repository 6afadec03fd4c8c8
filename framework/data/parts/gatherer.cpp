#include "cambium/framework/data/parts/gatherer.h"

#include <limits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"

namespace cambium {
namespace {

enum Purpose : std::uint64_t { ordering = 1, augmenting = 2, mixing = 3 };  // what a random stream is for

std::size_t values_of(int batch, const Shape& shape) { return as_size(batch) * as_size(shape.size()); }

// y = share a + (1 - share) b; y may be a.
void mix_values(const real* a, const real* b, real share, real* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = share * a[i] + (1 - share) * b[i];
}

// Probabilities (classes, positions) of two labels. One that is no class shows as NaN, which a training finds and names.
void mix_labels(const int* a, const int* b, real share, real* y, int classes, int positions) {
  std::fill_n(y, static_cast<std::ptrdiff_t>(classes) * positions, real(0));
  const auto add = [&](int label, real part, int p) {
    const bool known = label >= 0 && label < classes;
    y[(known ? static_cast<std::ptrdiff_t>(label) * positions : 0) + p] += known ? part : std::numeric_limits<real>::quiet_NaN();
  };
  for (int p = 0; p < positions; ++p) add(a[p], share, p), add(b[p], 1 - share, p);
}

}  // namespace

BatchSizes::BatchSizes(const Dataset& dataset, const StreamOptions& options)
    : batch(options.batch), samples(dataset.size()), inputs(dataset.input_shapes()), targets(dataset.target_kinds()) {
  if (options.augment.mixup()) std::transform(targets.begin(), targets.end(), std::back_inserter(mixed), cambium::mixed);
}

int BatchSizes::values() const {
  std::size_t values = 0;
  for (const Shape& shape : inputs) values += values_of(batch, shape);
  return static_cast<int>(std::min(values, std::size_t{0x7fffffff}));
}

std::size_t BatchSizes::sample_bytes() const {
  std::size_t bytes = 0;
  for (const Shape& shape : inputs) bytes += aligned(values_of(batch, shape) * sizeof(real));
  for (const auto& target : targets)
    bytes += aligned(values_of(batch, target.shape) * (target.classes > 0 ? sizeof(int) : sizeof(real)));
  return bytes;
}

std::size_t BatchSizes::mixed_bytes() const {
  std::size_t bytes = 0;
  for (const auto& target : mixed) bytes += aligned(values_of(batch, target.shape) * sizeof(real));
  return bytes;
}

std::size_t BatchSizes::bytes(int frames, bool shuffled_in_a_list) const {
  // The row of each sample, and its number; and the frame.
  const std::size_t numbers = 2 * sizeof(std::int64_t) * as_size(batch) + sizeof(BatchFrame) + 200;
  const std::size_t list = shuffled_in_a_list ? static_cast<std::size_t>(samples) * sizeof(int) : 0;
  return (sample_bytes() + mixed_bytes() + numbers) * as_size(frames) + (mixes() ? sample_bytes() + numbers : 0) + list;
}

Gatherer::Gatherer(const Dataset& dataset, const StreamOptions& options)
    : dataset_(dataset),
      options_(options),
      size_(dataset.size()),
      sizes_(dataset, options),
      order_(size_, options.shuffle, options.sampling, Random(options.seed).of(ordering)) {
  if (size_ < 1 || sizes_.inputs.empty()) throw Error("stream: the dataset has no samples", "adding samples before it is streamed");
  if (options.batch < 1)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + ", and it takes at least 1",
                ".batch = 1");
  if (options.batch > size_)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + " is larger than the set",
                ".batch = " + std::to_string(size_) + " or less");
  if (!options.sampling.empty() && options.sampling.size() != size_)
    throw Error("stream of " + dataset.describe() + ": a sampling of " + std::to_string(options.sampling.size()) + " samples",
                "Sampling with one weight for each sample of this set");
  options.augment.check(sizes_.inputs[0]);
  batches_ = options.drop_last ? size_ / options.batch : (size_ - 1) / options.batch + 1;
  scratch_.resize(options.augment.scratch(sizes_.inputs[0]));
}

void Gatherer::take_memory(int frames) {
  const std::size_t each = sizes_.sample_bytes() + sizes_.mixed_bytes();
  const std::string what = "batches of " + std::to_string(options_.batch) + " of " + dataset_.describe();
  block_ = Block(each * as_size(frames) + (mixes() ? sizes_.sample_bytes() : 0), what.c_str());
  frames_.resize(as_size(frames));
  std::byte* at = block_.data();
  for (BatchFrame& frame : frames_) lay_out(frame, at), at += each;
  if (mixes()) lay_out(others_, at);
}

std::byte* Gatherer::lay_out(SampleFrame& frame, std::byte* at) const {
  const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + aligned(bytes)); };
  for (const Shape& shape : sizes_.inputs) {
    auto* data = reinterpret_cast<real*>(take(values_of(options_.batch, shape) * sizeof(real)));
    frame.inputs.push_back({data, shape, options_.batch});
  }
  for (const auto& [classes, shape] : sizes_.targets) {
    const std::size_t n = values_of(options_.batch, shape);
    frame.labels.push_back(classes > 0 ? std::span<int>(reinterpret_cast<int*>(take(n * sizeof(int))), n) : std::span<int>());
    frame.values.push_back(classes > 0 ? View{} : View{reinterpret_cast<real*>(take(n * sizeof(real))), shape, options_.batch});
  }
  frame.rows.resize(as_size(options_.batch));
  frame.numbers.resize(as_size(options_.batch));
  if (dataset_.has_weights()) frame.weights.resize(as_size(options_.batch));
  return at;
}

void Gatherer::lay_out(BatchFrame& frame, std::byte* at) const {
  at = lay_out(static_cast<SampleFrame&>(frame), at);
  if (mixes()) frame.others.resize(as_size(options_.batch));
  for (const auto& target : sizes_.mixed) {
    frame.mixed.push_back({reinterpret_cast<real*>(at), target.shape, options_.batch});
    at += aligned(values_of(options_.batch, target.shape) * sizeof(real));
  }
  frame.x.resize(sizes_.inputs.size());
  frame.targets.resize(std::max<std::size_t>(sizes_.targets.size(), 1));
  frame.batch = {frame.x, frame.targets};
}

int Gatherer::fill(int first, int frames) noexcept {
  if (batch_ == batches_) {
    if (!options_.endless) return 0;
    go_to(epoch_ + 1);
  }
  if (ordered_ != epoch_) order_.start(ordered_ = epoch_);
  const int n = static_cast<int>(std::min<std::int64_t>(frames, batches_ - batch_));
  for (int i = 0; i < n; ++i, ++batch_) gather(frames_[as_size(first + i)]);
  return n;
}

void Gatherer::gather(BatchFrame& frame) noexcept {
  const int count = count_of(batch_);
  for (int i = 0; i < count; ++i) {
    const std::int64_t place = batch_ * options_.batch + i;
    frame.rows[as_size(i)] = order_[place], frame.numbers[as_size(i)] = number_at(place);
  }
  fetch(frame, count);
  if (mixes()) mix(frame, count);

  frame.batch.rows = {frame.rows.data(), as_size(count)};
  frame.batch.mixed_with = {frame.others.data(), mixes() ? as_size(count) : 0};
  std::copy(frame.inputs.begin(), frame.inputs.end(), frame.x.begin());
  for (std::size_t t = 0; t < sizes_.targets.size(); ++t) {
    frame.targets[t] = mixes()                         ? Target(frame.mixed[t])
                       : sizes_.targets[t].classes > 0 ? Target(std::span<const int>(frame.labels[t]))
                                                       : Target(frame.values[t]);
    frame.targets[t].weights = {frame.weights.data(), frame.weights.empty() ? 0 : as_size(count)};
  }
  frame.epoch = epoch_, frame.number = batch_;
}

// The rows that the frame names, each changed as its number says.
void Gatherer::fetch(SampleFrame& frame, int count) noexcept {
  const auto samples = as_size(count);
  const std::span<const std::int64_t> rows(frame.rows.data(), samples);
  for (View& view : frame.inputs) view.batch = count;
  for (std::size_t t = 0; t < sizes_.targets.size(); ++t)
    if (sizes_.targets[t].classes > 0)
      frame.labels[t] = {frame.labels[t].data(), samples * as_size(sizes_.targets[t].shape.size())};
    else
      frame.values[t].batch = count;
  dataset_.fetch(rows, frame.inputs, frame.labels, frame.values);
  if (!frame.weights.empty()) dataset_.fetch_weights(rows, {frame.weights.data(), samples});
  if (options_.augment.empty()) return;
  const Random epoch = Random(options_.seed).of(augmenting).of(static_cast<std::uint64_t>(epoch_));
  for (std::size_t i = 0; i < samples; ++i)
    options_.augment.apply(frame.inputs[0].row(static_cast<int>(i)), sizes_.inputs[0],
                           epoch.of(static_cast<std::uint64_t>(frame.numbers[i])), scratch_.data());
}

// Mixes each sample of the frame with another one of the set.
void Gatherer::mix(BatchFrame& frame, int count) noexcept {
  const Random epoch = Random(options_.seed).of(mixing).of(static_cast<std::uint64_t>(epoch_));
  const auto of = [&](int i) { return epoch.of(static_cast<std::uint64_t>(frame.numbers[as_size(i)])); };
  for (int i = 0; i < count; ++i) {
    const auto place = static_cast<std::int64_t>(of(i).bits(0) % static_cast<std::uint64_t>(size_));
    const std::int64_t row = options_.sampling.empty() ? place : order_[place];
    frame.others[as_size(i)] = others_.rows[as_size(i)] = row, others_.numbers[as_size(i)] = place;
  }
  fetch(others_, count);
  for (int i = 0; i < count; ++i) {
    const auto share = static_cast<real>(options_.augment.mixup()->share(of(i)));
    for (std::size_t k = 0; k < sizes_.inputs.size(); ++k)
      mix_values(frame.inputs[k].row(i), others_.inputs[k].row(i), share, frame.inputs[k].row(i), sizes_.inputs[k].size());
    for (std::size_t t = 0; t < sizes_.targets.size(); ++t) {
      frame.mixed[t].batch = count;
      real* const to = frame.mixed[t].row(i);
      const auto [classes, shape] = sizes_.targets[t];
      const int positions = shape.size();
      if (classes > 0)
        mix_labels(frame.labels[t].data() + std::ptrdiff_t{i} * positions, others_.labels[t].data() + std::ptrdiff_t{i} * positions,
                   share, to, classes, positions);
      else
        mix_values(frame.values[t].row(i), others_.values[t].row(i), share, to, positions);
    }
    if (!frame.weights.empty())
      mix_values(&frame.weights[as_size(i)], &others_.weights[as_size(i)], share, &frame.weights[as_size(i)], 1);
  }
}

}  // namespace cambium
