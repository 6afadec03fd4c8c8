#include "cambium/framework/data/tables/parts/first_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/data/tables/parts/label_rule.h"

namespace cambium {
namespace {

using Kind = TableFormat::Kind;
using Labels = CsvOptions::Labels;
using Missing = CsvOptions::Missing;

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr int most_limit = 1000000;  // entries are counted in reals

void check_limit(const std::string& name, int limit) {
  if (limit < 1 || limit > most_limit)
    throw Error(fmt::format("CSV options: {} is {}", name, limit), fmt::format("a number from 1 to {}", most_limit));
}

// From a cell that is an entry to what it stands for.
void replace_entries(real* cell, std::size_t count, std::size_t step, const std::vector<real>& entries) {
  for (; count > 0; --count, cell += step) *cell = entries[static_cast<std::size_t>(*cell)];
}

}  // namespace

FirstReading::FirstReading(const std::string& path, const CsvOptions& options)
    : options_(options),
      rows_(open_source(path, options.unpacked_bytes), source_name(path), options.separator),
      missing_texts_(options.missing_texts) {
  check_limit("one_hot_limit", options.one_hot_limit);
  check_limit("class_limit", options.class_limit);
  if (options.missing == Missing::number && !fits_real(options.missing_number))
    throw Error("CSV options: missing_number is not finite", "a finite number");
}

void FirstReading::fail(const std::string& problem, const std::string& remedy) const {
  throw Error(rows_.name() + ": " + problem, remedy);
}

std::vector<std::string> FirstReading::read_names() {
  if (!rows_.next()) fail("is empty", "a table with a header and rows");
  format_.header = options_.header == CsvHeader::yes || (options_.header == CsvHeader::automatic && !has_number(rows_));
  return names_of(rows_, format_.header);
}

Table FirstReading::read() {
  make_columns(read_names());
  if (!format_.header) add_row();
  while (rows_.next()) add_row();
  if (seen_ == 0) fail("has a header and no rows", "rows, or saying that the first row is none (.header = no)");
  if (count_ == 0) fail(fmt::format("each of the {} rows has a missing cell", seen_), ".missing = mean, or leaving a column out");
  finish_columns();
  for (std::size_t i = 0; i < inputs_.size(); ++i) finish_input(i);
  find_ranges();
  if (options_.missing == Missing::mean) find_means();
  format_.check(rows_.name());
  MemoryDataset set;
  if (has_label_) add_label(set);
  expand();
  set.add_input(format_.input_shape(), std::move(values_));
  const auto left_out = static_cast<std::int64_t>(seen_ - count_);
  Table table{TableDataset(std::move(set), rows_.name(), std::move(lines_)), std::move(format_), filled_, left_out};
  for (std::size_t i = 0; i < readers_.size(); ++i)
    if (const auto& column = table.format.columns[i < inputs_.size() ? inputs_[i] : label_];
        readers_[i].points().likely() &&
        (column.kind == Kind::number || (column.kind == Kind::label && table.format.classes.empty())))
      table.points_of_thousands.push_back(column.name);
  if (left_out > 0) {
    const auto most = static_cast<std::size_t>(std::ranges::max_element(missing_) - missing_.begin());
    table.most_missing = table.format.columns[most < inputs_.size() ? inputs_[most] : label_].name;
    table.most_missing_rows = missing_[most];
  }
  return table;
}

void FirstReading::make_columns(const std::vector<std::string>& names) {
  format_.separator = rows_.separator();
  format_.missing_texts = options_.missing_texts;
  format_.unknown_as_zeros = options_.unknown_as_zeros;
  for (const std::string& name : names) format_.columns.push_back({.name = name});
  const auto mark = [&](const std::string& wanted, Kind kind, const std::string& what) {
    const std::size_t found = column(names, wanted, what);
    if (format_.columns[found].kind == Kind::label && kind != Kind::label)
      fail(fmt::format("column {} is the label, and {} as well", in_quotes(names[found], 40), what), "one of the two");
    format_.columns[found].kind = kind;
    return found;
  };
  has_label_ = !options_.label.empty();
  if (has_label_) label_ = mark(options_.label, Kind::label, "label");
  for (const std::string& column : options_.categories) mark(column, Kind::category, "a category");
  for (const std::string& column : options_.leave_out) mark(column, Kind::left_out, "left out");
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const Kind kind = format_.columns[i].kind; kind == Kind::number || kind == Kind::category) {
      inputs_.push_back(i);
      readers_.emplace_back(names[i], i, rules_of_input(kind == Kind::category), missing_texts_);
    }
  if (inputs_.empty()) fail("no column is left as an input", "a table of more columns, or another separator (.separator)");
  if (has_label_) readers_.emplace_back(names[label_], label_, rules_of_label(), missing_texts_);
}

// Where the next row has more cells than the names, a title stands above these.
std::size_t FirstReading::column(const std::vector<std::string>& names, const std::string& wanted, const std::string& what) try {
  return find_column(names, wanted, rows_.name() + ": " + what);
} catch (const Error& fault) {
  bool title = false;
  try {
    title = rows_.next() &&
            (rows_.size() > names.size() || (rows_.size() == 1 && rows_.text(0).find_first_of(";\t|") != rows_.text(0).npos));
  } catch (const Error&) {  // a row that is broken
  }
  if (!title) throw;
  throw Error(fault.problem(), "the file without the line above the names of its columns");
}

ColumnRules FirstReading::rules_of_input(bool category) const {
  const std::size_t limit = as_size(options_.one_hot_limit);
  return {.want = category ? ColumnRules::Want::names : ColumnRules::Want::either,
          .refuse_missing = options_.missing == Missing::refuse,
          .most_numbers = limit,
          .most_names = limit,
          .limit = ".one_hot_limit"};
}

ColumnRules FirstReading::rules_of_label() const {
  using Want = ColumnRules::Want;
  const bool automatic = options_.labels == Labels::automatic;
  return {.want = automatic                           ? Want::either
                  : options_.labels == Labels::values ? Want::numbers
                                                      : Want::few,
          .refuse_missing = true,
          .label = true,
          .most_numbers = automatic ? most_label_numbers : unlimited,
          .most_names = as_size(options_.class_limit),
          .limit = ".class_limit"};
}

void FirstReading::add_row() {
  try {
    check_size(rows_, format_.columns.size());
  } catch (const Error& fault) {
    fail_with_rows(fault);
  }
  ++seen_;
  if (leaves_out()) return count_missing();
  if (count_ == as_size(std::numeric_limits<int>::max())) fail("has more than 2^31 - 1 rows", "several files");
  const std::size_t width = inputs_.size();
  make_room(values_, width, width_so_far(), rows_);
  values_.resize(values_.size() + width);
  real* const cells = row(count_);
  std::size_t at = 0;  // reader
  try {
    for (; at < width; ++at) {
      const bool was_many = readers_[at].many();
      cells[at] = readers_[at].read(rows_);
      if (readers_[at].many() != was_many) replace_entries(values_.data() + at, count_, width, readers_[at].take_numbers());
    }
    if (has_label_) add_label_cell();
  } catch (const ColumnFault& fault) {
    if (at == width) throw;  // the label
    fail_with_others(at, true, fault);
  } catch (const CellFault& fault) {
    fail_with_cells(at, true, fault);
  }
  ++count_;
  lines_.add(rows_.line());
}

void FirstReading::add_label_cell() {
  ColumnReader& reader = readers_.back();
  const bool was_many = reader.many();
  const real cell = reader.read(rows_);
  if (reader.many() != was_many) replace_entries(label_values_.data(), count_, 1, reader.take_numbers());
  make_room(label_values_, 1, 1, rows_);
  label_values_.push_back(cell);
}

void FirstReading::finish_columns() {
  for (std::size_t i = 0; i < readers_.size(); ++i) try {
      readers_[i].finish(rows_);
    } catch (const ColumnFault& fault) {
      if (i == inputs_.size()) throw;  // the label
      fail_with_others(i, false, fault);
    } catch (const CellFault& fault) {
      fail_with_cells(i, false, fault);
    }
}

// Of a sample, as far as anybody can say by now.
std::size_t FirstReading::width_so_far() const {
  std::size_t width = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) width += readers_[i].width_so_far();
  return width;
}

void FirstReading::finish_input(std::size_t input) {
  ColumnReader& reader = readers_[input];
  TableFormat::Column& column = format_.columns[inputs_[input]];
  Output output;
  output.names = reader.is_names();
  if (!output.names) {
    if (!reader.many()) output.entries = reader.take_numbers();
    if (options_.missing == Missing::number) column.missing_number = options_.missing_number;
    output.missing = static_cast<real>(options_.missing_number);
  } else {
    column.kind = Kind::category;
    column.categories = reader.categories();
    if (options_.missing == Missing::mean) column.missing_category = reader.most_frequent();
    if (options_.missing == Missing::number) {
      column.missing_category = text_of(options_.missing_number);
      const auto place = std::ranges::lower_bound(column.categories, *column.missing_category);
      if (place == column.categories.end() || *place != *column.missing_category)
        column.categories.insert(place, *column.missing_category);
    }
    output.entries = reader.codes(column.categories);
    output.width = column.categories.size();
    if (column.missing_category)
      output.missing =
          static_cast<real>(std::ranges::lower_bound(column.categories, *column.missing_category) - column.categories.begin());
  }
  outputs_.push_back(std::move(output));
}

// Samples are at least as wide as rows, so that from the last one on none is written over a row that is still to come.
void FirstReading::expand() {
  const bool none_missing = options_.missing == Missing::refuse || options_.missing == Missing::leave_out;
  if (none_missing && std::ranges::all_of(outputs_, [](const Output& output) { return output.entries.empty(); })) return;
  const std::size_t width = as_size(format_.input_shape().size()), cells = inputs_.size();
  try {
    values_.resize(count_ * width);
  } catch (const std::exception&) {
    fail(fmt::format("no memory for {} rows of {} values", count_, width), "a smaller .one_hot_limit, or leaving columns out");
  }
  std::vector<real> one(cells);
  for (std::size_t r = count_; r-- > 0;) {
    std::copy_n(row(r), cells, one.data());
    write_sample(one.data(), values_.data() + r * width);
  }
}

void FirstReading::write_sample(const real* cells, real* sample) {
  for (const Output& output : outputs_) {
    real value = *cells++;
    if (!output.entries.empty()) value = output.entries[static_cast<std::size_t>(value)];
    if (std::isnan(value)) value = output.missing, ++filled_;
    if (output.names) {
      std::fill_n(sample, output.width, real(0));
      sample[static_cast<std::size_t>(value)] = 1;
    } else {
      *sample = value;
    }
    sample += output.width;
  }
}

void FirstReading::add_label(MemoryDataset& set) {
  ColumnReader& reader = readers_.back();
  const std::size_t classes = reader.many() ? 0 : reader.categories().size();
  const bool natural = reader.is_names() || (!reader.many() && numbers_are_classes(reader.all_whole(), classes, count_));
  if (classes > 0 && (options_.labels == Labels::classes || natural)) return add_classes(set, reader);
  if (!reader.many()) replace_entries(label_values_.data(), count_, 1, reader.take_numbers());
  if (count_ > 1 && std::ranges::all_of(label_values_, [&](real v) { return v == label_values_[0]; }))
    fail(fmt::format("label {} is {} in every row", in_quotes(options_.label, 40), text_of(static_cast<double>(label_values_[0]))),
         "another column as label");
  set.add_target(Shape{1}, std::move(label_values_));
}

void FirstReading::add_classes(MemoryDataset& set, const ColumnReader& reader) {
  format_.classes = reader.categories();
  if (format_.classes.size() == 1)
    fail(fmt::format("label {} is {} in every row, and a choice needs two classes", in_quotes(options_.label, 40),
                     in_quotes(format_.classes[0], 40)),
         "another column as label");
  replace_entries(label_values_.data(), count_, 1, reader.codes(format_.classes));
  set.add_target({label_values_.begin(), label_values_.end()}, static_cast<int>(format_.classes.size()));
  set.name_classes(format_.classes);
  label_values_ = {};
}

}  // namespace cambium
