// Samples that can be fetched by number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/batch.h"

namespace cambium {

class Stream;
struct StreamOptions;

// Which part of a data set: what a model learns from, or what it is judged by.
enum class Split { train, test };

// A finite set of samples, each with one or more inputs and one or more targets; 10^10 of them cost no more than 10, unless the set
// itself keeps them. Implementations are immutable once built, and `fetch` may be called from several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;

  virtual std::vector<Shape> input_shapes() const = 0;
  // One entry per target: the number of classes where the target is a label (classes > 0), else the shape of its values. Labels of
  // a shape are one for each position, as of the pixels of a picture; without a shape there is one for the sample.
  struct TargetKind {
    int classes = 0;
    Shape shape{};
    friend bool operator==(const TargetKind&, const TargetKind&) = default;
  };
  virtual std::vector<TargetKind> target_kinds() const = 0;

  // Writes the samples `rows` (numbers below size()), in this order, into inputs[i] (rows.size() samples each) and into labels[t]
  // or values[t]: for each target, one of the two is empty. Does not throw: what goes wrong is kept for `check_fetched`. A set in
  // memory does not allocate either.
  virtual void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                     std::span<const View> values) const noexcept = 0;
  // Whether some samples count more than others. Then fetch_weights writes how much: 1 is a whole sample, 0 is none.
  virtual bool has_weights() const { return false; }
  virtual void fetch_weights(std::span<const std::int64_t> /*rows*/, std::span<real> /*weights*/) const noexcept {}
  // Writes the labels of the first target, one for each of these rows, and nothing else, and returns true, where the set knows them
  // without its inputs, as of pictures in folders. Only asked where there is one label for the sample.
  virtual bool fetch_labels(std::span<const std::int64_t> /*rows*/, std::span<int> /*labels*/) const noexcept { return false; }
  // Throws what an earlier call of `fetch` could not: a file that turned out to be damaged, a callback that threw. A stream asks
  // before it hands out a batch.
  virtual void check_fetched() const {}

  // Names of the classes of the first target, for tables; empty: numbers are used.
  virtual std::vector<std::string> class_names() const { return {}; }
  virtual std::string describe() const;  // "60000 samples of 1x28x28, 10 classes"
  // A sample as messages name it: "row 17", with the number by which its source knows it where that is another.
  virtual std::string name_of_row(std::int64_t row) const { return "row " + std::to_string(row); }

  std::uint64_t id() const { return id_; }  // of this object: never used twice in a process

  // Shuffled batches of this set, which must outlive the stream (include framework/data/stream.h).
  Stream stream(int batch, std::uint64_t seed) const&;
  Stream stream(const StreamOptions& options) const&;
  Stream stream(int batch, std::uint64_t seed) const&& = delete;  // the set must outlive it: give it a name
  Stream stream(const StreamOptions& options) const&& = delete;   // the set must outlive it: give it a name

 protected:
  Dataset() : id_(new_id()) {}
  Dataset(const Dataset&) : id_(new_id()) {}
  Dataset& operator=(const Dataset&) {
    id_ = new_id();
    return *this;
  }

 private:
  static std::uint64_t new_id();
  std::uint64_t id_;
};

}  // namespace cambium
