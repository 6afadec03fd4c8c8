#include "cambium/framework/data/subset.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/parts/fetch_part.h"
#include "cambium/framework/data/parts/labels.h"
#include "cambium/framework/data/parts/row_name.h"
#include "cambium/framework/data/parts/shares.h"

namespace cambium {
namespace {

constexpr std::size_t chunk = 256;  // row numbers at a time, on the stack, as `fetch` may not allocate

std::vector<std::int64_t> first_rows(std::int64_t n) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

const Dataset& present(const std::shared_ptr<const Dataset>& whole) {
  if (whole == nullptr) throw Error("subset: there is no dataset to take it from", "std::make_shared of a dataset");
  return *whole;
}

// All rows in a random order, of which validate_count are to be taken; throws where that leaves nothing for a part.
std::vector<int> drawn_rows(const Dataset& whole, std::int64_t validate_count, std::uint64_t seed) {
  const std::int64_t size = whole.size();
  if (validate_count < 1 || validate_count >= size)
    throw Error("split of " + whole.describe() + ": " + std::to_string(validate_count) + " samples for validation leave none for " +
                    (validate_count < 1 ? "validation" : "training"),
                size < 2 ? "a set of at least two samples" : "a number from 1 to " + std::to_string(size - 1));
  if (size > std::numeric_limits<int>::max())
    throw Error("split of " + whole.describe() + ": a list of the rows would not fit into memory", "a validation set of its own");
  std::vector<int> drawn(static_cast<std::size_t>(size));
  shuffle(drawn.data(), static_cast<int>(size),
          Random(seed).of(0x73706c6974));  // "split": its own stream, beside the orders of epochs
  return drawn;
}

// In the order of the whole.
TrainAndValidation parts(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> validation,
                         std::vector<std::int64_t> train) {
  std::sort(validation.begin(), validation.end());
  std::sort(train.begin(), train.end());
  return {Subset(whole, std::move(train)), Subset(std::move(whole), std::move(validation))};
}

}  // namespace

Subset::Subset(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> rows) : whole_(std::move(whole)) {
  const std::int64_t size = present(whole_).size();
  if (rows.empty()) throw Error("subset of " + whole_->describe() + ": no rows are given", "at least one row");
  check_parts(*whole_, "subset of " + whole_->describe());
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i] < 0 || rows[i] >= size)
      throw Error("subset of " + whole_->describe() + ": row " + std::to_string(rows[i]) + " (entry " + std::to_string(i) +
                      " of the list) does not exist",
                  "rows from 0 to " + std::to_string(size - 1));
  rows_ = std::make_shared<const std::vector<std::int64_t>>(std::move(rows));
}

void Subset::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                   std::span<const View> values) const noexcept {
  std::array<std::int64_t, chunk> mapped;
  for (std::size_t begin = 0; begin < rows.size(); begin += chunk) {
    const std::size_t count = map(rows.subspan(begin), mapped);
    fetch_part(*whole_, {mapped.data(), count}, begin, inputs, labels, values, rows.size());
  }
}

void Subset::fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept {
  std::array<std::int64_t, chunk> mapped;
  for (std::size_t begin = 0; begin < rows.size(); begin += chunk) {
    const std::size_t count = map(rows.subspan(begin), mapped);
    whole_->fetch_weights({mapped.data(), count}, weights.subspan(begin, count));
  }
}

bool Subset::fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept {
  std::array<std::int64_t, chunk> mapped;
  for (std::size_t begin = 0; begin < rows.size(); begin += chunk) {
    const std::size_t count = map(rows.subspan(begin), mapped);
    if (!whole_->fetch_labels({mapped.data(), count}, labels.subspan(begin, count))) return false;
  }
  return true;
}

// The first of these rows, as many as fit, as rows of the whole.
std::size_t Subset::map(std::span<const std::int64_t> rows, std::span<std::int64_t> mapped) const noexcept {
  const std::size_t count = std::min(mapped.size(), rows.size());
  for (std::size_t i = 0; i < count; ++i) mapped[i] = (*rows_)[static_cast<std::size_t>(rows[i])];
  return count;
}

std::string Subset::describe() const { return std::to_string(size()) + " of " + whole_->describe(); }

std::string Subset::name_of_row(std::int64_t row) const {
  return row_name(row, whole_->name_of_row((*rows_)[static_cast<std::size_t>(row)]), "the whole");
}

Subset head(std::shared_ptr<const Dataset> whole, std::int64_t n) {
  const std::int64_t size = present(whole).size();
  if (n < 1 || n > size)
    throw Error("head of " + whole->describe() + ": " + std::to_string(n) + " samples are asked for",
                "a number from 1 to " + std::to_string(size));
  return Subset(std::move(whole), first_rows(n));
}

TrainAndValidation split(std::shared_ptr<const Dataset> whole, std::int64_t validate_count, std::uint64_t seed) {
  const std::vector<int> drawn = drawn_rows(present(whole), validate_count, seed);
  return parts(std::move(whole), {drawn.begin(), drawn.begin() + validate_count}, {drawn.begin() + validate_count, drawn.end()});
}

TrainAndValidation stratified_split(std::shared_ptr<const Dataset> whole, std::int64_t validate_count, std::uint64_t seed) {
  if (!has_labels(present(whole)))
    throw Error("stratified split of " + whole->describe() + ": its first target is not one label for each", "split");
  const std::vector<int> drawn = drawn_rows(*whole, validate_count, seed), labels = labels_of(*whole);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(whole->target_kinds()[0].classes)), train, validation;
  for (const int label : labels) ++counts[static_cast<std::size_t>(label)];
  std::vector<std::int64_t> wanted = shares(counts, validate_count);
  for (const int row : drawn) {
    std::int64_t& of_its_class = wanted[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
    (of_its_class > 0 ? validation : train).push_back(row);
    if (of_its_class > 0) --of_its_class;
  }
  return parts(std::move(whole), std::move(validation), std::move(train));
}

}  // namespace cambium
