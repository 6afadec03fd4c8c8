#include "cambium/framework/data/parts/gatherer.h"

#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"

namespace cambium {
namespace {

enum Purpose : std::uint64_t { ordering = 1, augmenting = 2 };  // what a random stream is for

std::size_t values_of(int batch, const Shape& shape) { return as_size(batch) * as_size(shape.size()); }

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
  batches_ = options.drop_last ? size_ / options.batch : (size_ - 1) / options.batch + 1;
  scratch_.resize(options.augment.scratch(inputs_[0]));
}

int Gatherer::values_per_batch() const {
  std::size_t values = 0;
  for (const Shape& shape : inputs_) values += values_of(options_.batch, shape);
  return static_cast<int>(std::min(values, std::size_t{0x7fffffff}));
}

std::size_t Gatherer::frame_bytes() const {
  std::size_t bytes = 0;
  for (const Shape& shape : inputs_) bytes += aligned(values_of(options_.batch, shape) * sizeof(real));
  for (const auto& target : targets_)
    bytes += aligned(values_of(options_.batch, target.shape) * (target.classes > 0 ? sizeof(int) : sizeof(real)));
  return bytes;
}

void Gatherer::take_memory(int frames) {
  const std::size_t each = frame_bytes(), all = each * as_size(frames);
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
}

void Gatherer::lay_out(BatchFrame& frame, std::byte* at) const {
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
  frame.x.resize(inputs_.size());
  frame.targets.resize(std::max<std::size_t>(targets_.size(), 1));
  frame.rows.resize(as_size(options_.batch));
  if (dataset_.has_weights()) frame.weights.resize(as_size(options_.batch));
  frame.batch = {frame.x, frame.targets};
}

int Gatherer::fill(int first, int frames) noexcept {
  if (batch_ == batches_) {
    if (!options_.endless) return 0;
    go_to(epoch_ + 1);
  }
  if (batch_ == 0) order_.start(epoch_);
  const int n = static_cast<int>(std::min<std::int64_t>(frames, batches_ - batch_));
  for (int i = 0; i < n; ++i, ++batch_) gather(frames_[as_size(first + i)]);
  return n;
}

void Gatherer::gather(BatchFrame& frame) noexcept {
  const int count = count_of(batch_);
  const auto samples = as_size(count);
  const std::span<std::int64_t> rows(frame.rows.data(), samples);
  for (int i = 0; i < count; ++i) rows[as_size(i)] = order_[batch_ * options_.batch + i];
  for (View& view : frame.inputs) view.batch = count;
  for (std::size_t t = 0; t < targets_.size(); ++t)
    if (targets_[t].classes > 0)
      frame.labels[t] = {frame.labels[t].data(), samples * as_size(targets_[t].shape.size())};
    else
      frame.values[t].batch = count;
  dataset_.fetch(rows, frame.inputs, frame.labels, frame.values);
  const std::span<real> weights(frame.weights.data(), frame.weights.empty() ? 0 : samples);
  if (!weights.empty()) dataset_.fetch_weights(rows, weights);
  if (!options_.augment.empty()) {
    const Random epoch = Random(options_.seed).of(augmenting).of(static_cast<std::uint64_t>(epoch_));
    for (int i = 0; i < count; ++i) {  // a sample that is drawn twice is changed twice
      const std::int64_t number = options_.sampling.empty() ? rows[as_size(i)] : batch_ * options_.batch + i;
      options_.augment.apply(frame.inputs[0].row(i), inputs_[0], epoch.of(static_cast<std::uint64_t>(number)), scratch_.data());
    }
  }
  frame.batch.rows = rows;
  std::copy(frame.inputs.begin(), frame.inputs.end(), frame.x.begin());
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    frame.targets[t] = targets_[t].classes > 0 ? Target(std::span<const int>(frame.labels[t])) : Target(frame.values[t]);
    frame.targets[t].weights = weights;
  }
  frame.epoch = epoch_, frame.number = batch_;
}

}  // namespace cambium
