#include "cambium/framework/data/tables/parts/new_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "cambium/framework/data/tables/parts/points_of_thousands.h"

namespace cambium {
namespace {

using Kind = TableFormat::Kind;

// Checked before anything is read with it.
const TableFormat& checked(const TableFormat& format) {
  format.check("table format");
  return format;
}

}  // namespace

NewRows::NewRows(const std::string& path, const TableFormat& format, const NewRowOptions& options)
    : format_(checked(format)),
      missing_(format_.missing_texts),
      options_(options),
      rows_(open_source(path, options.unpacked_bytes), source_name(path),
            options.separator == 0 ? format.separator : options.separator) {
  if (!first_row()) throw Error(rows_.name() + ": is empty", "a table with rows");
  const bool header = options_.header == CsvHeader::yes || (options_.header == CsvHeader::automatic && is_header());
  columns_ = rows_.size();
  waiting_ = !header, by_place_ = format_.header && !header;
  if (header && format_.header)
    find_by_name(names_of(rows_, true));
  else
    find_by_place();
  if (label_.column == nullptr && options_.labels == NewRowOptions::Labels::needed)
    throw Error(format_.label() == nullptr
                    ? rows_.name() + ": the format has no label, and one is needed"
                    : fmt::format("{}: has no column {}, the label", rows_.name(), in_quotes(format_.label()->name)),
                "a table with its label");
}

// Quotes around names may be no row by the separator of the format.
bool NewRows::first_row() {
  std::exception_ptr fault;
  try {
    if (!rows_.next()) return false;
  } catch (const Error&) {
    fault = std::current_exception();
  }
  if (options_.separator == 0) find_separator();
  if (fault && rows_.separator() == format_.separator) std::rethrow_exception(fault);
  return true;
}

// Who writes the new rows may use another one than the first table: it is the one by which the most names of columns are in the
// first row, or else that cuts it into as many cells as there are columns, or into some where that of the format finds one cell
// alone. That of the format where others do no better.
void NewRows::find_separator() {
  std::unordered_set<std::string_view> names;
  for (const TableFormat::Column& column : format_.columns) names.insert(column.name);
  const auto rank = [&] {
    std::size_t known = 0;
    for (std::size_t i = 0; format_.header && i < rows_.size(); ++i) known += names.contains(rows_.value(i));
    const bool fits = rows_.size() == names.size() || (format_.label() != nullptr && rows_.size() + 1 == names.size());
    return std::tuple(known, fits, fits ? 2 : std::min<std::size_t>(rows_.size(), 2));
  };
  const auto is_input = [](const TableFormat::Column& c) { return c.kind == Kind::number || c.kind == Kind::category; };
  char best = format_.separator;
  auto most = rank();
  if (std::get<0>(most) >= static_cast<std::size_t>(std::ranges::count_if(format_.columns, is_input))) return;
  if (std::get<1>(most) && !format_.header) return;
  for (const char separator : {',', ';', '\t', '|'}) try {
      rows_.cut_by(separator);
      if (rank() > most) most = rank(), best = separator;
    } catch (const Error&) {  // no table by this one
    }
  rows_.cut_by(best);
}

bool NewRows::is_header() const {
  if (!format_.header) return false;
  std::unordered_set<std::string_view> names;
  for (const TableFormat::Column& column : format_.columns) names.insert(column.name);
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (names.contains(rows_.value(i))) return true;
  return !has_number(rows_);
}

void NewRows::use(std::size_t column, std::size_t place) {
  Cell cell{&format_.columns[column], place};
  const bool label = cell.column->kind == Kind::label;
  if (cell.column->kind == Kind::left_out || (label && options_.labels == NewRowOptions::Labels::ignored)) return;
  const std::vector<std::string>& names = label ? format_.classes : cell.column->categories;
  for (std::size_t i = 0; i < names.size(); ++i) cell.codes.emplace(names[i], i);
  if (label)
    label_ = std::move(cell);
  else
    inputs_.push_back(std::move(cell));
}

void NewRows::find_by_name(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  find_ids(names);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < format_.columns.size(); ++i) {
    const TableFormat::Column& column = format_.columns[i];
    if (const auto found = places.find(column.name); found != places.end()) {
      use(i, found->second);
      places.erase(found);
    } else if (column.kind == Kind::number || column.kind == Kind::category) {
      missing.push_back(i);
    }
  }
  if (!missing.empty()) fail_missing_columns(names, missing);
  for (const std::size_t id : ids_) places.erase(names[id]);
  if (places.empty() || options_.new_columns) return;
  std::size_t first = names.size();
  for (const auto& [name, place] : places) first = std::min(first, place);
  throw Error(fmt::format("{}: column {} {} is not known{}{}", rows_.name(), first + 1, in_quotes(names[first]),
                          same_but_for_case(names[first], names_in(format_)),
                          places.size() == 1 ? "" : fmt::format(" (nor {} more)", places.size() - 1)),
              "leaving it out, or .new_columns = true");
}

void NewRows::fail_missing_columns(const std::vector<std::string>& names, const std::vector<std::size_t>& missing) const {
  constexpr std::size_t most = 10;
  const std::vector<std::string> all = names_in(format_);
  std::string list;
  for (std::size_t i = 0; i < std::min(missing.size(), most); ++i) {
    const std::string& name = all[missing[i]];
    const std::string hint = missing.size() == 1 ? did_you_mean(name, names) : same_but_for_case(name, names);
    list += (i == 0 ? "" : ", ") + in_quotes(name, 40) + hint;
  }
  if (missing.size() > most) list += fmt::format(", ... ({} in all)", missing.size());
  const std::string problem = fmt::format("{}: has no column {}", rows_.name(), list);
  if (names.size() == 1)
    throw Error(fmt::format("{}, only {}", problem, in_quotes(names[0], 40)),
                "a comma or a semicolon between the cells, or .separator");
  throw Error(
      problem,
      fmt::format("a table with the columns of the one that the model was trained on, or training without {} (.leave_out = {})",
                  missing.size() == 1 ? "it" : "them", to_leave_out(all, missing)));
}

void NewRows::find_by_place() {
  const std::size_t all = format_.columns.size(), label = format_.label() == nullptr ? 0 : 1;
  const bool without_label = label == 1 && columns_ == all - 1;
  if (!without_label && columns_ != all && format_.header)
    throw Error(
        fmt::format("{}: line {} has none of the names of the columns, and {} cells, where {} are needed without names{}",
                    rows_.name(), rows_.line(), columns_, all, label == 1 ? fmt::format(", or {} without the label", all - 1) : ""),
        "a first row with the names, in which columns may come in any order");
  if (!without_label) check_size(rows_, all);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < all; ++i) {
    if (without_label && format_.columns[i].kind == Kind::label) continue;
    use(i, names.size());
    names.push_back(format_.columns[i].name);
  }
  find_ids(names);
}

void NewRows::find_ids(const std::vector<std::string>& names) {
  for (const std::string& wanted : options_.id) ids_.push_back(find_column(names, wanted, rows_.name() + ": .id"));
}

bool NewRows::next(std::span<real> values) {
  if (!waiting_ && !rows_.next()) return false;
  waiting_ = false;
  try {
    check_size(rows_, columns_);
  } catch (const Error& error) {
    throw CellFault(error.problem(), error.remedy());  // the next row may be whole
  }
  far_.reset(), filled_ = nullptr;
  real* to = values.data();
  for (const Cell& cell : inputs_) {
    if (cell.column->kind == Kind::number) {
      *to++ = number(cell);
    } else {
      one_hot(cell, to);
      to += cell.column->categories.size();
    }
  }
  if (label_.column != nullptr) read_label();
  return true;
}

void NewRows::fail(const Cell& cell, const std::string& problem, const std::string& remedy) const {
  fail_in_column(rows_, cell.place, cell.column->name, problem, remedy);
}

// Further beyond the numbers of the first table than these are apart; or one that would be among them if its point stood between
// thousands, which is told first. Where the table's bounds are no whole numbers a point is a decimal one.
real NewRows::seen(const Cell& cell, double number, std::string_view text) {
  const double value = static_cast<double>(static_cast<real>(number));  // as those of the range are rounded
  if (cell.column->range && !(far_ && far_->thousands)) {
    const double least = cell.column->range->first, largest = cell.column->range->second;
    const auto beyond = [&](double v, double by) { return v < least - by || v > largest + by; };
    const bool thousands = beyond(value, 0) && has_point_of_thousands(text) && !beyond(std::round(1000 * number), 0) &&
                           std::trunc(least) == least && std::trunc(largest) == largest;
    if (thousands || (!far_ && beyond(value, largest - least))) far_ = FarCell{cell.column->name, value, least, largest, thousands};
  }
  return static_cast<real>(number);
}

real NewRows::number(const Cell& cell) {
  const std::string_view text = rows_.value(cell.place);
  double value = 0;
  if (!missing_.has_number() && read_number(text, value) == NumberText::number && fits_real(value)) return seen(cell, value, text);
  const std::string found = in_quotes(text, 40);
  if (missing_.has(text)) {
    if (cell.column->missing_number) {
      fill(cell);
      return static_cast<real>(*cell.column->missing_number);
    }
    fail(cell, text.empty() ? "the cell is empty" : found + " stands for a missing value", "a number there");
  }
  const std::string_view inner = CsvRows::trimmed(text);  // of quotes
  const NumberText kind = read_number(inner, value);
  if (kind == NumberText::number && fits_real(value)) return seen(cell, value, inner);
  if (kind == NumberText::not_finite) fail(cell, found + " is not finite", "a number there");
  if (kind != NumberText::none) fail(cell, found + " is too large for a number here", "another unit");
  if (has_decimal_comma(text)) fail(cell, found + " has a comma in a number", remedy_for_commas(rows_.separator(), text));
  if (has_several_points(text))
    fail(cell, found + " has points between thousands", remedy_for_commas(rows_.separator(), "0.000,0"));
  fail(cell, found + " is no number", "a number there");
}

void NewRows::fill(const Cell& cell) {
  if (filled_ == nullptr) filled_ = &cell.column->name;
}

void NewRows::one_hot(const Cell& cell, real* values) {
  const std::vector<std::string>& categories = cell.column->categories;
  std::fill_n(values, categories.size(), real(0));
  std::string_view text = rows_.value(cell.place);
  if (missing_.has(text)) {
    if (!cell.column->missing_category)
      fail(cell, text.empty() ? "the cell is empty" : in_quotes(text, 40) + " stands for a missing value", "a category there");
    text = *cell.column->missing_category;
    fill(cell);
  }
  if (const auto found = cell.codes.find(text); found != cell.codes.end())
    values[found->second] = 1;
  else if (!format_.unknown_as_zeros)
    fail(cell, fmt::format("the category {} was never seen; known are {}", in_quotes(text, 40), some_of(categories)),
         "one of these where it is another spelling, a training with rows of it, or a table without this row");
}

void NewRows::read_label() {
  const std::string_view text = rows_.value(label_.place);
  if (format_.classes.empty()) {
    label_value_ = number(label_);
    return;
  }
  auto found = label_.codes.find(text);
  if (found == label_.codes.end() && missing_.has(text))
    fail(label_, "the label is missing", "rows with their label, or .labels = ignored");
  double value = 0;
  if (found == label_.codes.end() && read_number(CsvRows::trimmed(text), value) == NumberText::number)
    found = label_.codes.find(text_of(value == 0 ? 0.0 : value));  // 1.0 is class 1
  if (found == label_.codes.end())
    fail(label_, fmt::format("the class {} was never seen; known are {}", in_quotes(text, 40), some_of(format_.classes)),
         "one of these where it is another spelling, a training with rows of it, or a table without this row");
  label_class_ = static_cast<int>(found->second);
}

}  // namespace cambium
