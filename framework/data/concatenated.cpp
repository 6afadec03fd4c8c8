#include "cambium/framework/data/concatenated.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/fetch_part.h"
#include "cambium/framework/data/parts/row_name.h"

namespace cambium {
namespace {
constexpr std::size_t most = 256;  // rows of one run, on the stack
}

Concatenated::Concatenated(std::vector<std::shared_ptr<const Dataset>> sets) : sets_(std::move(sets)) {
  if (sets_.empty()) throw Error("concatenated: there are no sets", "at least one");
  std::int64_t end = 0;
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    const std::string who = "concatenated: set " + std::to_string(i + 1);
    if (!sets_[i]) throw Error(who + " is null", "std::make_shared of a dataset");
    check_parts(*sets_[i], who);
    if (sets_[i]->input_shapes() != input_shapes() || sets_[i]->target_kinds() != target_kinds())
      throw Error(who + " has " + sets_[i]->describe() + ", and set 1 " + sets_[0]->describe(), "sets of the same kind");
    if (sets_[i]->class_names() != class_names())
      throw Error(who + " has other names of classes than set 1", "the same names in the same order");
    ends_.push_back(end += sets_[i]->size());
  }
}

std::size_t Concatenated::set_of(std::int64_t row) const noexcept {
  return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), row) - ends_.begin());
}

// The rows from the first on that lie in one set, as many as there is room for, by their numbers in it.
std::span<const std::int64_t> Concatenated::first_run(std::span<const std::int64_t> rows,
                                                      std::span<std::int64_t> own) const noexcept {
  const std::size_t set = set_of(rows[0]);
  std::size_t n = 0;
  for (; n < own.size() && n < rows.size() && set_of(rows[n]) == set; ++n) own[n] = rows[n] - begin_of(set);
  return own.first(n);
}

void Concatenated::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                         std::span<const View> values) const noexcept {
  std::array<std::int64_t, most> own;
  for (std::size_t begin = 0, n = 0; begin < rows.size(); begin += n) {
    const std::span<const std::int64_t> run = first_run(rows.subspan(begin), own);
    fetch_part(*sets_[set_of(rows[begin])], run, begin, inputs, labels, values, rows.size());
    n = run.size();
  }
}

bool Concatenated::has_weights() const {
  return std::ranges::any_of(sets_, [](const auto& set) { return set->has_weights(); });
}

void Concatenated::fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept {
  std::ranges::fill(weights, real(1));
  std::array<std::int64_t, most> own;
  for (std::size_t begin = 0, n = 0; begin < rows.size(); begin += n) {
    const std::span<const std::int64_t> run = first_run(rows.subspan(begin), own);
    const Dataset& set = *sets_[set_of(rows[begin])];
    if (set.has_weights()) set.fetch_weights(run, weights.subspan(begin, run.size()));
    n = run.size();
  }
}

bool Concatenated::fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept {
  std::array<std::int64_t, most> own;
  for (std::size_t begin = 0, n = 0; begin < rows.size(); begin += n) {
    const std::span<const std::int64_t> run = first_run(rows.subspan(begin), own);
    if (!sets_[set_of(rows[begin])]->fetch_labels(run, labels.subspan(begin, run.size()))) return false;
    n = run.size();
  }
  return true;
}

void Concatenated::check_fetched() const {
  for (const auto& set : sets_) set->check_fetched();
}

std::string Concatenated::name_of_row(std::int64_t row) const {
  const std::size_t set = set_of(row);
  return row_name(row, sets_[set]->name_of_row(row - begin_of(set)), "set " + std::to_string(set + 1));
}

}  // namespace cambium
