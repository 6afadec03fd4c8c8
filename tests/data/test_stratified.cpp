#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/balanced.h"
#include "cambium/framework/data/concatenated.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/function_dataset.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/subset.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;
using doctest::Contains;

using Counts = std::vector<std::int64_t>;

// So many samples of each class, in an order that is mixed with a seed of its own.
std::vector<int> labels_with(const Counts& counts) {
  std::vector<int> sorted, labels;
  for (std::size_t c = 0; c < counts.size(); ++c)
    sorted.insert(sorted.end(), static_cast<std::size_t>(counts[c]), static_cast<int>(c));
  std::vector<int> order(sorted.size());
  shuffle(order.data(), static_cast<int>(order.size()), Random(99));
  for (const int i : order) labels.push_back(sorted[static_cast<std::size_t>(i)]);
  return labels;
}

std::shared_ptr<MemoryDataset> set_of(const std::vector<int>& labels, std::size_t classes) {
  return std::make_shared<MemoryDataset>(Shape{1}, std::vector<real>(labels.size()), labels, static_cast<int>(classes));
}

Counts counts_of(const Subset& part, const std::vector<int>& labels, std::size_t classes) {
  Counts counts(classes);
  for (const std::int64_t row : part.rows()) ++counts[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
  return counts;
}

// How many of each class come into the validation part.
Counts taken(const Counts& counts, std::int64_t n, std::uint64_t seed = 7) {
  const std::vector<int> labels = labels_with(counts);
  return counts_of(stratified_split(set_of(labels, counts.size()), n, seed).validation, labels, counts.size());
}

TEST_CASE("stratified split: each class has its share, and a remainder goes to those that lack most") {
  CHECK(taken({25, 25, 25, 25}, 20) == Counts{5, 5, 5, 5});
  CHECK(taken({10, 20, 70}, 10) == Counts{1, 2, 7});
  CHECK(taken({25, 25, 25, 25}, 22) == Counts{6, 6, 5, 5});  // of equals the lower number
  CHECK(taken({14, 26, 60}, 10) == Counts{1, 3, 6});         // 1.4, 2.6 and 6 are due
  CHECK(taken({26, 14, 60}, 10) == Counts{3, 1, 6});
  CHECK(taken({25, 25, 25, 25, 3}, 20) == Counts{5, 5, 5, 4, 1});
  CHECK(taken({10, 0, 10}, 6) == Counts{3, 0, 3});  // a class without samples
  CHECK(taken({9}, 4) == Counts{4});
}

TEST_CASE("stratified split: rare classes are in both parts, where both have room for them") {
  CHECK(taken({90, 2, 2, 6}, 10) == Counts{7, 1, 1, 1});
  CHECK(taken({90, 2, 2, 6}, 4) == Counts{1, 1, 1, 1});
  CHECK(taken({90, 2, 2, 6}, 3) == Counts{3, 0, 0, 0});  // there is no room: 2.7, 0.06, 0.06 and 0.18 are due
  CHECK(taken({90, 2, 2, 6}, 96) == Counts{89, 1, 1, 5});
  CHECK(taken({90, 2, 2, 6}, 97) == Counts{87, 2, 2, 6});
  CHECK(taken({3, 3, 3, 3, 3}, 2) == Counts{1, 1, 0, 0, 0});  // more classes than samples for validation
  CHECK(taken({2, 2, 2}, 3) == Counts{1, 1, 1});
  CHECK(taken({3, 4}, 1) == Counts{0, 1});
}

TEST_CASE("stratified split: a class of one sample is learnt from, unless the others have all that they are due") {
  CHECK(taken({25, 25, 25, 25, 1}, 21) == Counts{6, 5, 5, 5, 0});
  CHECK(taken({25, 25, 25, 25, 1}, 26) == Counts{7, 7, 6, 6, 0});
  CHECK(taken({8, 1, 1}, 5) == Counts{4, 1, 0});
  CHECK(taken({1, 1, 8}, 5) == Counts{1, 0, 4});
  CHECK(taken({1, 1, 1, 1}, 3) == Counts{1, 1, 1, 0});
  CHECK(taken({2, 1}, 2) == Counts{1, 1});
}

TEST_CASE("stratified split: of any counts, what is said of the shares holds") {
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    const Random random(trial);
    Counts counts(1 + random.below(0, 12));
    for (std::size_t c = 0; c < counts.size(); ++c)
      counts[c] = static_cast<std::int64_t>(random.below(2 * c + 1, random.uniform(2 * c + 2) < 0.5 ? 4 : 60));
    const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    if (all < 2) continue;
    const auto n = 1 + static_cast<std::int64_t>(random.below(100, static_cast<std::uint64_t>(all - 1)));
    const Counts share = taken(counts, n, trial);
    CHECK(std::accumulate(share.begin(), share.end(), std::int64_t{0}) == n);
    const std::int64_t several = std::ranges::count_if(counts, [](std::int64_t count) { return count > 1; });
    bool rare = false;  // a class that takes, or keeps, more than it is due
    for (const std::int64_t count : counts) rare = rare || (count > 1 && (n * count < all || (all - n) * count < all));
    for (std::size_t c = 0; c < counts.size(); ++c) {
      if (counts[c] > 1 && n >= several) CHECK(share[c] >= 1);
      if (counts[c] > 1 && all - n >= several) CHECK(counts[c] - share[c] >= 1);
      if (!rare) CHECK(std::abs(all * share[c] - n * counts[c]) < all);
    }
  }
}

TEST_CASE("stratified split: loses nothing, shares nothing, keeps the order, and draws with the seed") {
  const Counts counts{500, 300, 150, 47, 3};  // more rows than one chunk
  const std::vector<int> labels = labels_with(counts);
  const auto set = set_of(labels, counts.size());
  const auto [train, validation] = stratified_split(set, 137, 7);
  CHECK(validation.size() == 137);
  CHECK(counts_of(validation, labels, 5) == Counts{68, 41, 21, 6, 1});  // 68.5, 41.1, 20.55, 6.44 and 0.41 are due
  CHECK(std::ranges::is_sorted(train.rows()));
  CHECK(std::ranges::is_sorted(validation.rows()));
  std::vector<std::int64_t> rows = train.rows(), every(1000);
  rows.insert(rows.end(), validation.rows().begin(), validation.rows().end());
  std::ranges::sort(rows);
  std::iota(every.begin(), every.end(), 0);
  CHECK(rows == every);
  CHECK(stratified_split(set, 137, 7).validation.rows() == validation.rows());
  CHECK(stratified_split(set, 137, 8).validation.rows() != validation.rows());
  // Rows of a class are as likely at its end as at its beginning.
  double late = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Subset part = stratified_split(set, 137, seed).validation;  // its rows are its own: it stays as long as they are read
    for (const std::int64_t row : part.rows()) late += row >= 500;
  }
  CHECK(std::abs(late / 13700 - 0.5) < 6 * 0.5 / std::sqrt(13700));
}

// A set that does not know its labels alone, and counts the samples it is asked for.
class Unknowing final : public Dataset {
 public:
  explicit Unknowing(std::vector<int> labels) : labels_(std::move(labels)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  std::vector<Shape> input_shapes() const override { return {Shape{1}}; }
  std::vector<TargetKind> target_kinds() const override { return {{.classes = 3}}; }
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View>) const noexcept override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      inputs[0].data[i] = 0, labels[0][i] = labels_[static_cast<std::size_t>(rows[i])];
      ++fetched;
    }
  }
  mutable std::atomic<int> fetched = 0;

 private:
  std::vector<int> labels_;
};

TEST_CASE("stratified split: labels that a set does not know alone are read, once, and have to name classes") {
  const std::vector<int> labels = labels_with({70, 20, 10});
  const auto set = std::make_shared<Unknowing>(labels);
  const Subset validation = stratified_split(set, 10, 7).validation;
  CHECK(set->fetched == 100);
  CHECK(counts_of(validation, labels, 3) == Counts{7, 2, 1});
  CHECK(validation.rows() == stratified_split(set_of(labels, 3), 10, 7).validation.rows());  // where they come from is nothing
  for (const int wrong : {-1, 3}) {
    const auto other = std::make_shared<Unknowing>(std::vector<int>{0, 1, wrong, 2});
    const std::string why = "4 samples of 1, 3 classes: row 2 has the label " + std::to_string(wrong) + "; try labels from 0 to 2";
    CHECK_THROWS_WITH_AS(stratified_split(other, 2, 1), Contains(why.c_str()), Error);
    CHECK_THROWS_WITH_AS(balanced(*other), Contains(why.c_str()), Error);
  }
}

TEST_CASE("stratified split: sets made of sets tell the labels that those know") {
  const std::vector<int> labels = labels_with({700, 200, 100});
  const auto known = set_of(labels, 3);
  const auto unknowing = std::make_shared<Unknowing>(labels);
  std::vector<std::int64_t> odd;
  for (std::int64_t row = 1; row < 1000; row += 2) odd.push_back(row);
  const auto labels_in = [&](const Dataset& set) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(set.size()));
    std::iota(rows.begin(), rows.end(), 0);
    std::vector<int> found(rows.size());
    return set.fetch_labels(rows, found) ? found : std::vector<int>{};
  };
  std::vector<int> of_odd;
  for (const std::int64_t row : odd) of_odd.push_back(labels[static_cast<std::size_t>(row)]);
  CHECK(labels_in(*known) == labels);
  CHECK(labels_in(Subset(known, odd)) == of_odd);
  CHECK(labels_in(Subset(unknowing, odd)).empty());
  std::vector<int> both = of_odd;
  both.insert(both.end(), labels.begin(), labels.end());
  CHECK(labels_in(Concatenated({std::make_shared<Subset>(known, odd), known})) == both);
  CHECK(labels_in(Concatenated({known, unknowing})).empty());
  CHECK(labels_in(MemoryDataset(Shape{1}, {0, 1}, Shape{1}, {0, 1})).empty());
}

TEST_CASE("stratified split: no picture of a folder is decoded for it") {
  const TempFolder folder;
  write_image_folder(folder.file("d"), digits(Split::train, {.count = 60}));
  const auto pictures = std::make_shared<ImageFolder>(folder.file("d"));
  const std::vector<std::string> names = pictures->class_names();
  std::filesystem::remove_all(folder.file("d"));  // what was decoded now would fail
  const auto [train, validation] = stratified_split(pictures, 20, 7);
  CHECK_NOTHROW(balanced(*pictures));
  CHECK_NOTHROW(pictures->check_fetched());
  Counts held(names.size()), all(names.size());
  const auto count = [&](const Dataset& set, Counts& counts) {
    for (std::int64_t row = 0; row < set.size(); ++row) {
      const std::string name = set.name_of_row(row), of_class = name.substr(0, name.find('/'));
      ++counts[static_cast<std::size_t>(std::ranges::find(names, of_class) - names.begin())];
    }
  };
  count(*pictures, all), count(validation, held);
  for (std::size_t c = 0; c < names.size(); ++c) CHECK(std::abs(3 * held[c] - all[c]) < 3);  // a third of each, to within one
}

TEST_CASE("stratified split: what it refuses") {
  const auto set = set_of({0, 1, 0, 1}, 2);
  CHECK_THROWS_WITH_AS(stratified_split(set, 0, 1), Contains("0 samples for validation leave none for validation"), Error);
  CHECK_THROWS_WITH_AS(stratified_split(set, 4, 1), Contains("leave none for training; try a number from 1 to 3"), Error);
  CHECK_THROWS_WITH_AS(stratified_split(set_of({0}, 1), 1, 1), Contains("at least two samples"), Error);
  CHECK_THROWS_WITH_AS(stratified_split(nullptr, 1, 1), Contains("no dataset"), Error);
  const auto values = std::make_shared<MemoryDataset>(MemoryDataset(Shape{1}, {0, 1}, Shape{1}, {0, 1}));
  CHECK_THROWS_WITH_AS(stratified_split(values, 1, 1), Contains("its first target is not one label for each; try split"), Error);
  const auto pixels = std::make_shared<MemoryDataset>();
  pixels->add_input(Shape{2}, std::vector<real>{0, 1, 2, 3}).add_target({0, 1, 1, 0}, 2, Shape{2});
  CHECK_THROWS_WITH_AS(stratified_split(pixels, 1, 1), Contains("its first target is not one label for each"), Error);
  const auto fill = [](std::int64_t, const MadeSample& sample) { sample.label() = 0; };
  const auto large =
      std::make_shared<FunctionDataset<decltype(fill)>>(10'000'000'000, SampleKind{{Shape{1}}, {{.classes = 2}}}, fill);
  CHECK_THROWS_WITH_AS(stratified_split(large, 10, 1), Contains("would not fit into memory"), Error);
}

}  // namespace
}  // namespace cambium
