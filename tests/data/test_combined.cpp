// Sets that are made of other sets: one behind the other, changed on the way, read once.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/cached.h"
#include "cambium/framework/data/concatenated.h"
#include "cambium/framework/data/mapped_dataset.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

using doctest::Contains;

// Samples first .. first + n - 1: sample i holds i and -i, has the label i % 3 and the wish 10 i.
std::shared_ptr<MemoryDataset> numbered(int first, int n) {
  std::vector<real> x, wish;
  std::vector<int> labels;
  for (int i = first; i < first + n; ++i)
    x.push_back(real(i)), x.push_back(real(-i)), labels.push_back(i % 3), wish.push_back(real(10 * i));
  auto set = std::make_shared<MemoryDataset>(Shape{2}, x, labels, 3);
  set->add_target(Shape{1}, wish).name_classes({"a", "b", "c"});
  return set;
}

// Whether every sample of a shuffled stream is the one that its row says, and they are all there.
void check_numbered(const Dataset& set, int first, int n) {
  std::vector<int> seen(static_cast<std::size_t>(n));
  Stream stream(set, {.batch = std::min(n, 700), .seed = 3});
  while (const Batch* batch = stream.next())
    for (int i = 0; i < batch->size(); ++i) {
      const int number = first + static_cast<int>(batch->rows[static_cast<std::size_t>(i)]);
      ++seen[static_cast<std::size_t>(number - first)];
      CHECK(batch->x().row(i)[0] == number);
      CHECK(batch->x().row(i)[1] == -number);
      CHECK(batch->targets[0].labels[static_cast<std::size_t>(i)] == number % 3);
      CHECK(batch->targets[1].values.row(i)[0] == 10 * number);
    }
  for (const int count : seen) CHECK(count == 1);
}

TEST_CASE("concatenated: the samples of all sets, whatever the order they are asked in") {
  const Concatenated set({numbered(0, 900), numbered(900, 1), numbered(901, 599)});
  CHECK(set.size() == 1500);
  CHECK(set.class_names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(set.name_of_row(905) == "row 905 (row 4 of set 3)");
  CHECK_FALSE(set.has_weights());
  check_numbered(set, 0, 1500);
}

TEST_CASE("concatenated: samples of a set without weights count 1") {
  const auto heavy = numbered(3, 2);
  heavy->add_weights({2, 5});
  const Concatenated set({numbered(0, 3), heavy});
  REQUIRE(set.has_weights());
  std::vector<real> weights(5);
  set.fetch_weights(std::vector<std::int64_t>{4, 0, 3, 1, 2}, weights);
  CHECK(weights == std::vector<real>{5, 1, 2, 1, 1});
}

TEST_CASE("concatenated: what does not fit together") {
  CHECK_THROWS_WITH_AS(Concatenated({}), Contains("there are no sets"), Error);
  CHECK_THROWS_WITH_AS(Concatenated({numbered(0, 1), nullptr}), Contains("set 2 is null"), Error);
  const auto other = std::make_shared<MemoryDataset>(Shape{2}, std::vector<real>{1, 2}, std::vector<int>{0}, 3);
  CHECK_THROWS_WITH_AS(Concatenated({numbered(0, 1), other}), Contains("set 2 has 1 sample of 2, 3 classes, and set 1"), Error);
  const auto renamed = numbered(0, 1);
  renamed->name_classes({"a", "c", "b"});
  CHECK_THROWS_WITH_AS(Concatenated({numbered(0, 1), renamed}), Contains("other names of classes"), Error);
}

TEST_CASE("mapped: samples become what the function makes of them, in another shape too") {
  const auto whole = numbered(0, 300);
  const auto square = [](const MadeSample& from, const MadeSample& to) {
    const real x = from.input()[0];
    to.input()[0] = x, to.input()[1] = x * x, to.input()[2] = from.values(1)[0];
    to.label() = 2 - from.label();
  };
  const MappedDataset set(whole, SampleKind{{Shape{3}}, {{.classes = 3}}}, square);
  Stream stream(set, {.batch = 64});
  int samples = 0;
  while (const Batch* batch = stream.next())
    for (int i = 0; i < batch->size(); ++i, ++samples) {
      const auto row = static_cast<real>(batch->rows[static_cast<std::size_t>(i)]);
      CHECK(batch->x().row(i)[1] == row * row);
      CHECK(batch->x().row(i)[2] == 10 * row);
      CHECK(batch->target().labels[static_cast<std::size_t>(i)] == 2 - static_cast<int>(row) % 3);
    }
  CHECK(samples == 300);
  check_numbered(MappedDataset(whole, kind_of(*whole),
                               [](const MadeSample& from, const MadeSample& to) {
                                 std::copy_n(from.input().begin(), 2, to.input().begin());
                                 to.label() = from.label(), to.values(1)[0] = from.values(1)[0];
                               }),
                 0, 300);
}

TEST_CASE("mapped: no other set") {
  const auto nothing = [](const MadeSample&, const MadeSample&) {};
  CHECK_THROWS_WITH_AS(MappedDataset(nullptr, SampleKind{{Shape{1}}}, nothing), Contains("the other set is null"), Error);
}

TEST_CASE("mapped: what the function throws reaches whoever asks for the batch") {
  const MappedDataset set(numbered(0, 5), SampleKind{{Shape{1}}}, [](const MadeSample& from, const MadeSample&) {
    if (from.input()[0] == 3) throw Error("no three here", "another number");
  });
  Stream stream(set, {.batch = 5, .shuffle = false});
  CHECK_THROWS_WITH_AS(stream.next(), Contains("row 3: no three here"), Error);
}

TEST_CASE("cached: the same samples, weights and names, each made once") {
  const auto whole = numbered(0, 300);
  whole->add_weights(std::vector<real>(300, real(0.5)));
  int made = 0;
  const MappedDataset slow(whole, kind_of(*whole), [&made](const MadeSample& from, const MadeSample& to) {
    ++made;
    std::copy_n(from.input().begin(), 2, to.input().begin());
    to.label() = from.label(), to.values(1)[0] = from.values(1)[0];
  });
  const MemoryDataset set = cached(slow);
  check_numbered(set, 0, 300);
  check_numbered(set, 0, 300);
  CHECK(made == 300);
  CHECK(set.class_names() == whole->class_names());
  std::vector<real> weights(1);
  set.fetch_weights(std::vector<std::int64_t>{7}, weights);
  CHECK(weights[0] == real(0.5));
}

TEST_CASE("cached: more than memory holds is said") {
  const FunctionDataset endless(std::int64_t{1} << 50, {{Shape{1000}}}, [](std::int64_t, const MadeSample&) {});
  CHECK_THROWS_WITH_AS(cached(endless), Contains("are more than memory holds; try"), Error);
}

}  // namespace
}  // namespace cambium
