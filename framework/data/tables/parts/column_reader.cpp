#include "cambium/framework/data/tables/parts/column_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/column_fault.h"
#include "cambium/framework/data/tables/parts/date_text.h"

namespace cambium {
namespace {

using Want = ColumnRules::Want;

constexpr real missing_value = std::numeric_limits<real>::quiet_NaN();

}  // namespace

ColumnReader::ColumnReader(std::string name, std::size_t place, ColumnRules rules, const MissingTexts& missing)
    : name_(std::move(name)),
      place_(place),
      rules_(std::move(rules)),
      missing_(&missing),
      numbers_may_be_missing_(missing.has_number()),
      many_(rules_.want == Want::numbers) {}

std::string ColumnReader::at(const CsvRows& rows, std::int64_t line, const std::string& problem) const {
  return fmt::format("{}: line {}, column {} {}: {}", rows.name(), line, place_ + 1, in_quotes(name_, 40), problem);
}

void ColumnReader::fail(const CsvRows& rows, std::int64_t line, const std::string& problem, const std::string& remedy,
                        CellFault::Kind kind) const {
  throw CellFault(at(rows, line, problem), remedy, kind);
}

std::string ColumnReader::without_it() const {
  return fmt::format("leaving the column out (.leave_out = {})", to_leave_out(name_, place_));
}

// Where a number is needed. `others`: what speaks for one.
void ColumnReader::fail_number(const CsvRows& rows, std::int64_t line, std::string_view text, const std::string& others) const {
  double ignored = 0;
  const std::string found = in_quotes(text, 40);
  switch (read_number(CsvRows::trimmed(text), ignored)) {
    case NumberText::number:
    case NumberText::too_large: fail(rows, line, found + " is too large for a number here", "another unit");
    case NumberText::not_finite:
      fail(rows, line, found + " is not finite, and every number must be",
           "leaving the row out, or adding it to .missing_texts where it stands for a missing value");
    default: break;
  }
  const std::size_t comma = text.rfind(','), point = text.rfind('.');
  if (has_decimal_comma(text))
    fail(rows, line, found + " has a comma in a number", remedy_for_commas(rows.separator(), text),
         point == text.npos || point < comma ? CellFault::Kind::comma : CellFault::Kind::other);
  if (text.empty()) fail(rows, line, "the cell is empty, and .missing_texts has no \"\"", "\"\" among .missing_texts");
  if (has_several_points(text))
    fail(rows, line, found + " has points between thousands", remedy_for_commas(rows.separator(), "0.000,0"));
  fail(rows, line, found + " is no number, " + others,
       "a number there, or adding it to .missing_texts where it stands for a missing value", CellFault::Kind::word);
}

void ColumnReader::check_missing(const CsvRows& rows, std::string_view cell) const {
  if (!rules_.refuse_missing) return;
  const std::string found = cell.empty() ? "the cell is empty" : in_quotes(cell, 40) + " stands for a missing value";
  fail(rows, rows.line(), found,
       rules_.label ? ".missing = leave_out, or .missing = mean, which both leave such rows out"
                    : ".missing = mean, or .missing = leave_out");
}

double ColumnReader::slow_number(const CsvRows& rows, std::string_view cell) const {
  if (missing_->has(cell)) {
    check_missing(rows, cell);
    return std::numeric_limits<double>::quiet_NaN();
  }
  double number = 0;
  const NumberText kind = read_number(CsvRows::trimmed(cell), number);
  if (kind != NumberText::number || !fits_real(number))
    fail_number(rows, rows.line(), cell, rules_.want == Want::numbers ? "and the label is a value" : "and all cells above it are");
  return number;
}

real ColumnReader::few(const CsvRows& rows, std::string_view cell) {
  if (entries_.empty() || *entries_[last_].text != cell) {
    const auto found = places_.find(cell);
    last_ = found == places_.end() ? add(rows, cell) : found->second;
  }
  Entry& entry = entries_[last_];
  ++entry.count;
  if (entry.count == 1 && entry.meaning != Meaning::missing) look_at_limits(rows);
  return static_cast<real>(many_ ? entry.number : static_cast<double>(last_));
}

std::size_t ColumnReader::add(const CsvRows& rows, std::string_view cell) {
  Entry entry = {nullptr, Meaning::text, 0, 0, rows.line()};
  if (missing_->has(cell)) {
    check_missing(rows, cell);
    entry.meaning = Meaning::missing;
  } else if (rules_.want != Want::names) {
    const NumberText kind = read_number(CsvRows::trimmed(cell), entry.number);
    if (kind == NumberText::number) entry.meaning = fits_real(entry.number) ? Meaning::number : Meaning::not_finite;
    if (kind == NumberText::number) points_.see(cell, entry.number);
    if (kind == NumberText::not_finite || kind == NumberText::too_large) entry.meaning = Meaning::not_finite;
  }
  entry.text = &places_.emplace(cell, entries_.size()).first->first;
  entries_.push_back(entry);
  different_ += entry.meaning != Meaning::missing;
  texts_ += entry.meaning != Meaning::missing && entry.meaning != Meaning::number;
  return entries_.size() - 1;
}

void ColumnReader::look_at_limits(const CsvRows& rows) {
  if (texts_ == 0 && different_ > rules_.most_numbers) {
    many_ = true;
  } else if (different_ > rules_.most_names) {
    if (rules_.want == Want::either) check_odd(rows, "first ");
    const bool dates = std::ranges::all_of(entries_, [](const Entry& entry) {
      return entry.meaning == Meaning::missing || (entry.meaning == Meaning::text && looks_like_date(*entry.text));
    });
    throw ColumnFault(
        at(rows, rows.line(),
           fmt::format("more than {} different {}, too many for names{}", rules_.most_names, dates ? "dates" : "cells", mixed())),
        fmt::format("{}, {}, or a larger {}", rules_.label ? "another column as label" : without_it(),
                    dates ? "numbers in its place (the year, days since the first)" : "numbers without a unit", rules_.limit));
  }
}

bool ColumnReader::cannot_be(const CsvRows& rows, bool number) const {
  const std::string_view cell = rows.value(place_);
  if (missing_->has(cell)) return rules_.refuse_missing;
  if (rules_.want == Want::few || rules_.want == Want::names) return false;
  double value = 0;
  const NumberText kind = read_number(CsvRows::trimmed(cell), value);
  if (kind == NumberText::number) return !fits_real(value);
  return many_ || number || kind != NumberText::none || has_decimal_comma(cell);
}

std::int64_t ColumnReader::no_numbers() const {
  std::int64_t cells = 0;
  for (const Entry& entry : entries_)
    if (entry.meaning == Meaning::text || entry.meaning == Meaning::not_finite) cells += entry.count;
  return cells;
}

bool ColumnReader::has_odd() const { return !many_ && rules_.want == Want::either && odd().fault() != nullptr; }

std::vector<std::string> ColumnReader::some_texts(std::size_t most) const {
  std::vector<std::string> texts;
  for (const Entry& entry : entries_)
    if (entry.meaning == Meaning::text && texts.size() < most) texts.push_back(*entry.text);
  return texts;
}

// Some that are no numbers, where others are.
std::string ColumnReader::mixed() const {
  return texts_ == 0 || texts_ == different_
             ? ""
             : fmt::format("; {} of them are numbers, others are {}", different_ - texts_, some_of(some_texts(3)));
}

ColumnReader::Odd ColumnReader::odd() const {
  Odd odd;
  for (const Entry& entry : entries_) {
    if (entry.meaning == Meaning::missing) continue;
    (entry.meaning == Meaning::number ? odd.numbers : odd.others) += entry.count;
    if (entry.meaning == Meaning::number) continue;
    if (odd.first == nullptr) odd.first = &entry;
    if (odd.not_finite == nullptr && entry.meaning == Meaning::not_finite) odd.not_finite = &entry;
    odd.texts += entry.meaning == Meaning::text;
    if (!has_decimal_comma(*entry.text)) continue;
    odd.commas += entry.count;
    if (odd.comma == nullptr) odd.comma = &entry;
  }
  return odd;
}

// `which`: "first " while there are more cells to come.
void ColumnReader::check_odd(const CsvRows& rows, const char* which) const {
  const Odd odd = this->odd();
  const Entry* const fault = odd.fault();
  if (fault == nullptr) return;
  fail_number(rows, fault->line, *fault->text,
              fmt::format("and {} of the {}{} cells are", odd.numbers, which, odd.numbers + odd.others));
}

void ColumnReader::finish(const CsvRows& rows) {
  if (many_) return;
  if (different_ == 0)
    throw ColumnFault(
        fmt::format("{}: column {} {}: no cell of the column has a value", rows.name(), place_ + 1, in_quotes(name_, 40)),
        without_it());
  if (rules_.want == Want::either) check_odd(rows, "");
  names_ = texts_ > 0 || rules_.want == Want::names;
}

bool ColumnReader::all_whole() const {
  constexpr double exact = 9007199254740992;  // 2^53
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.meaning == Meaning::missing || (std::abs(entry.number) <= exact && std::trunc(entry.number) == entry.number);
  });
}

std::string ColumnReader::category(const Entry& entry) const {
  return names_ ? *entry.text : text_of(entry.number == 0 ? 0.0 : entry.number);
}

std::vector<std::string> ColumnReader::categories() const {
  std::map<std::pair<double, std::string>, bool> sorted;
  for (const Entry& entry : entries_)
    if (entry.meaning != Meaning::missing) sorted[{names_ ? 0.0 : entry.number, category(entry)}] = true;
  std::vector<std::string> all;
  for (const auto& [key, ignored] : sorted) all.push_back(key.second);
  return all;
}

std::string ColumnReader::most_frequent() const {
  const Entry* best = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.meaning == Meaning::missing) continue;
    if (best == nullptr || entry.count > best->count || (entry.count == best->count && *entry.text < *best->text)) best = &entry;
  }
  return best == nullptr ? "" : category(*best);
}

std::vector<real> ColumnReader::take_numbers() {
  std::vector<real> all;
  for (const Entry& entry : entries_)
    all.push_back(entry.meaning == Meaning::missing ? missing_value : static_cast<real>(entry.number));
  entries_ = {};
  places_ = {};
  return all;
}

std::vector<real> ColumnReader::codes(const std::vector<std::string>& list) const {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < list.size(); ++i) places[list[i]] = i;
  std::vector<real> all;
  for (const Entry& entry : entries_)
    all.push_back(entry.meaning == Meaning::missing ? missing_value : static_cast<real>(places.at(category(entry))));
  return all;
}

}  // namespace cambium
