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

Gatherer::Gatherer(const Dataset& dataset, const StreamOptions& options)
    : dataset_(dataset),
      options_(options),
      size_(dataset.size()),
      inputs_(dataset.input_shapes()),
      targets_(dataset.target_kinds()),
      order_(size_, options.shuffle, options.sampling, Random(options.seed).of(ordering)) {
  if (size_ < 1 || inputs_.empty()) throw Error("stream: the dataset has no samples", "adding samples before it is streamed");
  if (options.batch < 1)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + ", and it takes at least 1",
                ".batch = 1");
  if (options.batch > size_)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + " is larger than the set",
                ".batch = " + std::to_string(size_) + " or less");
  if (!options.sampling.empty() && options.sampling.size() != size_)
    throw Error("stream of " + dataset.describe() + ": a sampling of " + std::to_string(options.sampling.size()) + " samples",
                "Sampling with one weight for each sample of this set");
  options.augment.check(inputs_[0]);
  if (mixes()) std::transform(targets_.begin(), targets_.end(), std::back_inserter(mixed_), cambium::mixed);
  batches_ = options.drop_last ? size_ / options.batch : (size_ - 1) / options.batch + 1;
  scratch_.resize(options.augment.scratch(inputs_[0]));
}

int Gatherer::values_per_batch() const {
  std::size_t values = 0;
  for (const Shape& shape : inputs_) values += values_of(options_.batch, shape);
  return static_cast<int>(std::min(values, std::size_t{0x7fffffff}));
}

std::size_t Gatherer::sample_bytes() const {
  std::size_t bytes = 0;
  for (const Shape& shape : inputs_) bytes += aligned(values_of(options_.batch, shape) * sizeof(real));
  for (const auto& target : targets_)
    bytes += aligned(values_of(options_.batch, target.shape) * (target.classes > 0 ? sizeof(int) : sizeof(real)));
  return bytes;
}

std::size_t Gatherer::mixed_bytes() const {
  std::size_t bytes = 0;
  for (const auto& target : mixed_) bytes += aligned(values_of(options_.batch, target.shape) * sizeof(real));
  return bytes;
}

void Gatherer::take_memory(int frames) {
  const std::size_t each = sample_bytes() + mixed_bytes();
  const std::size_t all = each * as_size(frames) + (mixes() ? sample_bytes() : 0);
  try {
    block_ = Block(all);
  } catch (const Error&) {
    throw Error("stream of " + dataset_.describe() + ": no memory for " + std::to_string(frames) + " batches of " +
                    std::to_string(options_.batch) + ", " + std::to_string(all) + " bytes",
                "a smaller .batch");
  }
  frames_.resize(as_size(frames));
  std::byte* at = block_.data();
  for (BatchFrame& frame : frames_) lay_out(frame, at), at += each;
  if (mixes()) lay_out(others_, at);
}

std::byte* Gatherer::lay_out(SampleFrame& frame, std::byte* at) const {
  const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + aligned(bytes)); };
  for (const Shape& shape : inputs_) {
    auto* data = reinterpret_cast<real*>(take(values_of(options_.batch, shape) * sizeof(real)));
    frame.inputs.push_back({data, shape, options_.batch});
  }
  for (const auto& [classes, shape] : targets_) {
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
  for (const auto& target : mixed_) {
    frame.mixed.push_back({reinterpret_cast<real*>(at), target.shape, options_.batch});
    at += aligned(values_of(options_.batch, target.shape) * sizeof(real));
  }
  frame.x.resize(inputs_.size());
  frame.targets.resize(std::max<std::size_t>(targets_.size(), 1));
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
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    frame.targets[t] = mixes()                   ? Target(frame.mixed[t])
                       : targets_[t].classes > 0 ? Target(std::span<const int>(frame.labels[t]))
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
  for (std::size_t t = 0; t < targets_.size(); ++t)
    if (targets_[t].classes > 0)
      frame.labels[t] = {frame.labels[t].data(), samples * as_size(targets_[t].shape.size())};
    else
      frame.values[t].batch = count;
  dataset_.fetch(rows, frame.inputs, frame.labels, frame.values);
  if (!frame.weights.empty()) dataset_.fetch_weights(rows, {frame.weights.data(), samples});
  if (options_.augment.empty()) return;
  const Random epoch = Random(options_.seed).of(augmenting).of(static_cast<std::uint64_t>(epoch_));
  for (std::size_t i = 0; i < samples; ++i)
    options_.augment.apply(frame.inputs[0].row(static_cast<int>(i)), inputs_[0],
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
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      mix_values(frame.inputs[k].row(i), others_.inputs[k].row(i), share, frame.inputs[k].row(i), inputs_[k].size());
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      frame.mixed[t].batch = count;
      real* const to = frame.mixed[t].row(i);
      const auto [classes, shape] = targets_[t];
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
