#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "tests/support/count_allocations.h"
#include "tests/support/in_child.h"

namespace cambium {
namespace {

using cambium_tests::AllocationCount;
using doctest::Contains;

// Sample i is an image of 1x3x3 filled with i + 1, a fact i, a label i % 10 and the wishes -i, i.
MemoryDataset numbered(int n) {
  std::vector<real> image, fact, wish;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    image.insert(image.end(), 9, real(i + 1));
    fact.push_back(real(i)), labels.push_back(i % 10);
    wish.insert(wish.end(), {real(-i), real(i)});
  }
  MemoryDataset set(Shape{1, 3, 3}, image, labels, 10);
  set.add_input(Shape{1}, fact).add_target(Shape{2}, wish);
  return set;
}

// The rows of a batch; checks that its parts belong together.
std::vector<int> rows_of(const Batch& batch) {
  std::vector<int> rows;
  for (int i = 0; i < batch.size(); ++i) {
    const int row = static_cast<int>(batch.inputs[1].row(i)[0]);
    rows.push_back(row);
    CHECK(batch.targets[0].labels[static_cast<std::size_t>(i)] == row % 10);
    CHECK(batch.targets[1].values.row(i)[0] == real(-row));
    CHECK(batch.targets[1].values.row(i)[1] == real(row));
    CHECK(std::count(batch.x().row(i), batch.x().row(i) + 9, real(row + 1)) > 0);
  }
  CHECK(std::vector<int>(batch.rows.begin(), batch.rows.end()) == rows);
  CHECK(batch.targets[0].labels.size() == static_cast<std::size_t>(batch.size()));
  CHECK(batch.targets[1].values.batch == batch.size());
  return rows;
}

std::vector<int> rows_of_epoch(Stream& stream, int epoch) {
  std::vector<int> rows;
  stream.start_epoch(epoch);
  while (const Batch* batch = stream.next()) {
    CHECK(stream.epoch() == epoch);
    const auto more = rows_of(*batch);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  CHECK(stream.next() == nullptr);
  return rows;
}

std::vector<int> rows_of_epoch(Stream&& stream, int epoch) { return rows_of_epoch(stream, epoch); }

std::vector<int> counting(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST_CASE("an epoch brings every sample once, in an order of seed and epoch alone") {
  const auto set = numbered(157);
  const auto epoch_2 = rows_of_epoch(Stream(set, {.batch = 10, .seed = 7, .prefetch = false}), 2);
  auto sorted = epoch_2;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == counting(157));
  CHECK(epoch_2 != counting(157));
  for (const bool prefetch : {false, true})
    for (const int batch : {1, 7, 10, 64, 157}) {
      CAPTURE(batch);
      Stream stream(set, {.batch = batch, .seed = 7, .prefetch = prefetch});
      const auto epoch_0 = rows_of_epoch(stream, 0), epoch_1 = rows_of_epoch(stream, 1);
      CHECK(epoch_0 != epoch_1);
      CHECK(rows_of_epoch(stream, 2) == epoch_2);
      CHECK(rows_of_epoch(stream, 1) == epoch_1);
      CHECK(rows_of_epoch(Stream(set, {.batch = batch, .seed = 8, .prefetch = prefetch}), 2) != epoch_2);
    }
  CHECK(rows_of_epoch(Stream(set, {.batch = 10, .shuffle = false}), 3) == counting(157));
}

TEST_CASE("the last batch is shorter, or left out") {
  const auto set = numbered(25);
  for (const bool prefetch : {false, true}) {
    std::vector<int> sizes;
    Stream all(set, {.batch = 10, .prefetch = prefetch});
    for (const auto& batch : all) sizes.push_back(batch.size());
    CHECK(sizes == std::vector<int>{10, 10, 5});
    CHECK(all.batches_per_epoch() == 3);
    CHECK(all.last_batch_size() == 5);
    sizes.clear();
    Stream full(set, {.batch = 10, .drop_last = true, .prefetch = prefetch});
    for (const auto& batch : full) sizes.push_back(batch.size());
    CHECK(sizes == std::vector<int>{10, 10});
    CHECK(full.batches_per_epoch() == 2);
    CHECK(full.last_batch_size() == 10);
  }
  const Stream even(set, {.batch = 5});
  CHECK(even.batches_per_epoch() == 5);
  CHECK(even.last_batch_size() == 5);
}

TEST_CASE("a loop takes the next epoch each time") {
  const auto set = numbered(30);
  std::vector<int> first, second;
  Stream stream = set.stream(/*batch=*/4, /*seed=*/7);
  for (const auto& [image, label] : stream) {
    CHECK(image.shape == Shape{1, 3, 3});
    CHECK(label.labels.size() == static_cast<std::size_t>(image.batch));
    first.push_back(static_cast<int>(image.data[0]) - 1);
  }
  for (const auto& batch : stream) second.push_back(rows_of(batch)[0]);
  CHECK(stream.epoch() == 1);
  CHECK(first.size() == 8);
  CHECK(second.size() == 8);
  CHECK(first != second);
  for (const auto& batch : stream) {
    CHECK(stream.epoch() == 2);
    if (batch.size() > 0) break;
  }
  for (const auto& batch : stream) CHECK((batch.size() > 0 && stream.epoch() == 3));
  int batches = 0;
  for (const auto& batch : set.stream({.batch = 4, .seed = 7}))
    CHECK(rows_of(batch)[0] == first[static_cast<std::size_t>(batches++)]);
  CHECK(batches == 8);
}

TEST_CASE("an endless stream goes through the epochs") {
  const auto set = numbered(25);
  for (const bool prefetch : {false, true}) {
    Stream endless(set, {.batch = 10, .seed = 3, .endless = true, .prefetch = prefetch}), one(set, {.batch = 10, .seed = 3});
    for (int epoch = 0; epoch < 5; ++epoch) {
      std::vector<int> rows;
      for (int i = 0; i < 3; ++i) {
        const auto more = rows_of(*endless.next());
        CHECK(endless.epoch() == epoch);
        rows.insert(rows.end(), more.begin(), more.end());
      }
      CHECK(rows == rows_of_epoch(one, epoch));
    }
  }
}

TEST_CASE("prefetch changes no value, and augmentation depends on nothing but seed, epoch and sample") {
  const auto set = numbered(157);
  std::vector<std::vector<real>> expected(157);  // by sample
  const auto compare = [&](const StreamOptions& options) {
    Stream stream(set, options);
    stream.start_epoch(4);
    while (const Batch* batch = stream.next()) {
      const auto rows = rows_of(*batch);
      for (int i = 0; i < batch->size(); ++i) {
        const std::vector<real> image(batch->x().row(i), batch->x().row(i) + 9);
        auto& seen = expected[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])];
        if (seen.empty()) seen = image;
        CHECK(seen == image);
      }
    }
  };
  for (const int batch : {1, 16, 157})
    for (const bool shuffle : {true, false})
      for (const bool prefetch : {true, false})
        compare({.batch = batch, .seed = 5, .shuffle = shuffle, .prefetch = prefetch, .augment = Shift({.pixels = 1})});
  long untouched = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) untouched += expected[i] == std::vector<real>(9, real(i + 1));
  CHECK(untouched < 40);  // 157 / 9 are expected, with a deviation of 4
  const auto first_epoch = [&](std::uint64_t seed, int epoch) {
    Stream stream(set, {.batch = 157, .seed = seed, .shuffle = false, .augment = Shift({.pixels = 1})});
    stream.start_epoch(epoch);
    const auto& x = stream.next()->x();
    return std::vector<real>(x.begin(), x.end());
  };
  CHECK(first_epoch(5, 4) == first_epoch(5, 4));
  CHECK(first_epoch(5, 4) != first_epoch(5, 5));
  CHECK(first_epoch(5, 4) != first_epoch(6, 4));
}

TEST_CASE("a batch stays as it is until the next is asked for, and is aligned") {
  const auto set = numbered(300);
  for (const int size : {1, 3, 64}) {
    Stream stream(set, {.batch = size, .seed = 1});
    int number = 0;
    while (const Batch* batch = stream.next()) {
      const auto rows = rows_of(*batch);
      if (number++ % 40 == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the thread would have time to overwrite it
      CHECK(rows_of(*batch) == rows);
      for (const auto& input : batch->inputs) CHECK(reinterpret_cast<std::uintptr_t>(input.data) % 64 == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(batch->targets[0].labels.data()) % 64 == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(batch->targets[1].values.data) % 64 == 0);
    }
    CHECK(number == stream.batches_per_epoch());
  }
}

TEST_CASE("no batch and no epoch takes memory") {
  const auto set = std::make_shared<MemoryDataset>(numbered(157));
  const Subset part = head(set, 150);
  for (const Dataset* data : {static_cast<const Dataset*>(set.get()), static_cast<const Dataset*>(&part)})
    for (const int batch : {1, 16, 150})
      for (const bool prefetch : {true, false}) {
        Stream stream(*data, {.batch = batch, .seed = 5, .prefetch = prefetch, .augment = Shift({.pixels = 1})});
        long samples = 0;
        const AllocationCount count;
        for (int epoch = 0; epoch < 4; ++epoch) {
          stream.start_epoch(epoch);
          while (const Batch* next = stream.next()) samples += next->size();
        }
        for (const auto& [image, label] : stream) samples += image.batch;
        CHECK(count.since() == 0);
        CHECK(samples == 5 * data->size());
      }
}

TEST_CASE("a stream can be left, restarted and moved at any point") {
  const auto set = numbered(157);
  const auto expected = rows_of_epoch(Stream(set, {.batch = 4, .seed = 7}), 1);
  for (int steps = 0; steps < 45; ++steps) {
    Stream stream(set, {.batch = 4, .seed = 7});
    for (int i = 0; i < steps; ++i) stream.next();
    if (steps % 3 == 0) continue;  // destroyed as it stands
    CHECK(rows_of_epoch(stream, 1) == expected);
    Stream moved = std::move(stream);
    CHECK(rows_of_epoch(moved, 1) == expected);
    stream = Stream(set, {.batch = 10, .seed = 7});
    CHECK(rows_of_epoch(stream, 1) == expected);
  }
}

TEST_CASE("in the child of a fork a stream goes on where it was") {
  const auto set = numbered(157);
  const auto rest_of = [](Stream& stream) {  // of this epoch, and the whole of another
    std::vector<int> rows;
    while (const Batch* batch = stream.next()) {
      const auto more = rows_of(*batch);
      rows.insert(rows.end(), more.begin(), more.end());
    }
    const auto more = rows_of_epoch(stream, 4);
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  };
  for (const int size : {1, 4, 64})
    for (int taken = 0; taken <= (size == 64 ? 3 : 12); ++taken) {
      Stream stream(set, {.batch = size, .seed = 7}), endless(set, {.batch = size, .seed = 7, .endless = true});
      Stream here(set, {.batch = size, .seed = 7, .prefetch = false});
      for (Stream* each : {&stream, &here, &endless}) each->start_epoch(1);
      for (int i = 0; i < taken; ++i) stream.next(), here.next(), endless.next();
      const auto expected = rest_of(here);
      CHECK(cambium_tests::holds_in_child([&] {
        auto rows = rest_of(stream);
        stream = Stream(set, {.batch = 2, .prefetch = false});  // which destroys what was there
        std::vector<int> more;
        for (int i = taken; i < endless.batches_per_epoch(); ++i) {
          const auto next = rows_of(*endless.next());
          more.insert(more.end(), next.begin(), next.end());
        }
        return rows == expected && std::equal(more.begin(), more.end(), expected.begin());
      }));
      CHECK(rest_of(stream) == expected);
    }
}

TEST_CASE("a fork in the middle of a gathering") {
  class Slow : public Dataset {
   public:
    std::int64_t size() const override { return 100; }
    std::vector<Shape> input_shapes() const override { return {Shape{1}}; }
    std::vector<TargetKind> target_kinds() const override { return {}; }
    void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>>,
               std::span<const View>) const noexcept override {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
        inputs[0].row(static_cast<int>(i))[0] = real(rows[i]);
      }
    }
    std::string describe() const override { return "slow"; }
  };
  const Slow set;
  const auto sum_of = [](Stream& stream) {
    double sum = 0;
    while (const Batch* batch = stream.next())
      for (int i = 0; i < batch->size(); ++i) sum += static_cast<double>(batch->x().row(i)[0]);
    return sum;
  };
  for (int round = 0; round < 15; ++round) {
    Stream stream(set, {.batch = 8});
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    CHECK(cambium_tests::holds_in_child([&] { return sum_of(stream) == 4950; }));
  }
}

TEST_CASE("batches are gathered while the caller works") {
  // Counts how far the fetching got.
  class Watched : public Dataset {
   public:
    std::int64_t size() const override { return 100; }
    std::vector<Shape> input_shapes() const override { return {Shape{70000}}; }
    std::vector<TargetKind> target_kinds() const override { return {}; }
    void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>>,
               std::span<const View>) const noexcept override {
      for (std::size_t i = 0; i < rows.size(); ++i) inputs[0].row(static_cast<int>(i))[0] = real(rows[i]);
      ++fetched;
    }
    std::string describe() const override { return "watched"; }
    mutable std::atomic<int> fetched{0};
  };
  const Watched set;
  const auto settles_at = [&](int n) {  // within two seconds
    for (int i = 0; i < 2000 && set.fetched < n; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return set.fetched == n;
  };
  Stream stream(set, {.batch = 2, .shuffle = false});
  CHECK(settles_at(2));
  CHECK(stream.next()->x().data[0] == 0);
  CHECK(settles_at(2));  // the first is being used, the second waits
  CHECK(stream.next()->x().data[0] == 2);
  CHECK(settles_at(3));
  CHECK(stream.next()->targets.size() == 1);  // no targets: an empty one
  CHECK(stream.next()->target().labels.empty());
}

TEST_CASE("what a stream refuses") {
  const auto set = numbered(20);
  const MemoryDataset empty;
  CHECK_THROWS_WITH_AS(Stream(set, {.batch = 0}), Contains("a batch of 0, and it takes at least 1"), Error);
  CHECK_THROWS_WITH_AS(Stream(set, {.batch = -3}), Contains("a batch of -3"), Error);
  CHECK_THROWS_WITH_AS(Stream(set, {.batch = 21}),
                       Contains("20 samples of 1x3x3 and 1, 10 classes, 2 as target: a batch of 21 is larger"), Error);
  CHECK_THROWS_WITH_AS(Stream(set, {.batch = 21}), Contains("try .batch = 20 or less"), Error);
  CHECK_THROWS_WITH_AS(Stream(empty, {.batch = 1}), Contains("no samples"), Error);
  CHECK_THROWS_WITH_AS(Stream(set, {.batch = 2, .augment = Shift({.pixels = 3})}), Contains("out of sight"), Error);
  const MemoryDataset flat(Shape{4}, std::vector<real>(8), {0, 1}, 2);
  CHECK_THROWS_WITH_AS(Stream(flat, {.batch = 2, .augment = Shift()}), Contains("samples are 4 and must be images"), Error);
  Stream stream(set, {.batch = 2});
  CHECK_THROWS_WITH_AS(stream.start_epoch(-1), Contains("epoch -1 does not exist"), Error);
  const Stream moved = std::move(stream);
  CHECK(moved.batches_per_epoch() == 10);
  CHECK_THROWS_WITH_AS(stream.next(), "this stream was moved away, and is empty; try the stream that it was moved to", Error);
  CHECK_THROWS_AS(stream.epoch(), Error);
  static_assert(!std::is_constructible_v<Stream, MemoryDataset&&, StreamOptions>);  // it would not live long enough
}

}  // namespace
}  // namespace cambium
