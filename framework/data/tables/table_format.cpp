#include "cambium/framework/data/tables/table_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/framework/files/parts/json.h"

namespace cambium {
namespace {

using Kind = TableFormat::Kind;
using Column = TableFormat::Column;

constexpr double version = 1;
constexpr const char* kind_names[] = {"number", "category", "label", "left_out"};  // as in Kind
constexpr const char* damaged = "another copy, or saving it again";

std::string kind_name(Kind kind) { return kind_names[static_cast<int>(kind)]; }

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

// ------------------------------------------------------------------------------------------------------------- checking

struct Checker {
  const std::string& who;

  [[noreturn]] void fail(const std::string& what) const { throw Error(who + ": " + what, damaged); }

  void unique(const std::vector<std::string>& names, const std::string& what) const {
    std::set<std::string> seen;
    for (const std::string& name : names)
      if (!seen.insert(name).second) fail(what + " " + in_quotes(name) + " is there twice");
  }

  // Categories that were told apart in the order in which they came, as in a stream, leave others as zeros.
  void column(const Column& column, bool any_order) const {
    const std::string name = "column " + in_quotes(column.name);
    const bool category = column.kind == Kind::category;
    if (column.name.empty()) fail("a column has no name");
    if (category == column.categories.empty())
      fail(name + (category ? ", a category, has no categories" : ", which is no category, has categories"));
    unique(column.categories, name + ": category");
    if (!any_order && !std::ranges::is_sorted(column.categories)) fail(name + ": the categories are not sorted");
    if (column.missing_number) {
      if (column.kind != Kind::number) fail(name + ", which is no number, has one for missing cells");
      if (!fits_real(*column.missing_number)) fail(name + ": the number for missing cells is not finite");
    }
    if (column.range) {
      const auto [least, largest] = *column.range;
      if (column.kind != Kind::number) fail(name + ", which is no number, has a range of numbers");
      if (!(least <= largest && fits_real(least) && fits_real(largest))) fail(name + ": its range of numbers is none");
    }
    if (!column.missing_category || (any_order && column.missing_category->empty())) return;
    if (std::ranges::find(column.categories, *column.missing_category) == column.categories.end())
      fail(name + " has no category " + in_quotes(*column.missing_category) + ", which stands for missing cells");
  }
};

// ------------------------------------------------------------------------------------------------------------- as text

Json::List list_of(const std::vector<std::string>& texts) { return Json::List(texts.begin(), texts.end()); }

Json json_of(const Column& column) {
  Json::Fields fields = {{"name", column.name}, {"kind", kind_name(column.kind)}};
  if (column.kind == Kind::category) fields.emplace_back("categories", list_of(column.categories));
  if (column.missing_number) fields.emplace_back("missing", *column.missing_number);
  if (column.missing_category) fields.emplace_back("missing", *column.missing_category);
  if (column.range) fields.emplace_back("range", Json::List{column.range->first, column.range->second});
  return fields;
}

// Values of an object, by name; what is not asked for has no business there.
class Fields {
 public:
  Fields(const Json& json, std::string who) : who_(std::move(who)), fields_(json.as<Json::Fields>()) {
    if (fields_ == nullptr) fail("is " + json.kind() + ", not an object");
  }

  [[noreturn]] void fail(const std::string& what) const { throw Error(who_ + " " + what, damaged); }

  const Json* find(const std::string& name) {
    for (const auto& [each, value] : *fields_)
      if (each == name) return ++taken_, &value;
    return nullptr;
  }
  template <class T>
  const T& get(const std::string& name, const char* kind) {
    const Json* found = find(name);
    if (found == nullptr) fail("has no " + name);
    const T* value = found->as<T>();
    if (value == nullptr) fail("has " + found->kind() + " as " + name + ", not " + kind);
    return *value;
  }
  std::string text(const std::string& name) { return get<std::string>(name, "a text"); }
  std::vector<std::string> texts(const std::string& name) {
    std::vector<std::string> all;
    for (const Json& each : get<Json::List>(name, "a list")) {
      const auto* text = each.as<std::string>();
      if (text == nullptr) fail("has " + each.kind() + " in " + name + ", not a text");
      all.push_back(*text);
    }
    return all;
  }
  void end() {
    if (taken_ != fields_->size()) fail(fmt::format("has {} fields, and {} of them are known", fields_->size(), taken_));
  }

 private:
  std::string who_;
  const Json::Fields* fields_;
  std::size_t taken_ = 0;
};

Column column_of(const Json& json, const std::string& who, std::size_t index) {
  Fields fields(json, fmt::format("{}: column {}", who, index + 1));
  Column column{.name = fields.text("name")};
  const std::string kind = fields.text("kind");
  const auto* const found = std::ranges::find(kind_names, kind);
  if (found == std::end(kind_names)) fields.fail("is of the kind " + in_quotes(kind) + ", which is not known here");
  column.kind = static_cast<Kind>(found - kind_names);
  if (column.kind == Kind::category) column.categories = fields.texts("categories");
  if (const Json* missing = fields.find("missing")) {
    const auto* number = missing->as<double>();
    const auto* category = missing->as<std::string>();
    if (number != nullptr && column.kind == Kind::number)
      column.missing_number = *number;
    else if (category != nullptr && column.kind == Kind::category)
      column.missing_category = *category;
    else
      fields.fail("is a " + kind + " and has " + missing->kind() + " for missing cells");
  }
  if (const Json* range = fields.find("range")) {
    const auto* ends = range->as<Json::List>();
    const auto is_number = [](const Json& end) { return end.as<double>() != nullptr; };
    if (ends == nullptr || ends->size() != 2 || !std::ranges::all_of(*ends, is_number))
      fields.fail("has a range that is not two numbers");
    column.range = {*(*ends)[0].as<double>(), *(*ends)[1].as<double>()};
  }
  fields.end();
  return column;
}

}  // namespace

Shape TableFormat::input_shape() const {
  std::size_t n = 0;
  for (const Column& column : columns) n += column.kind == Kind::number ? 1 : column.categories.size();
  if (n > as_size(std::numeric_limits<int>::max()))
    throw Error("a table of " + std::to_string(n) + " values a row", "fewer columns");
  return Shape{static_cast<int>(n)};
}

std::vector<std::string> TableFormat::column_names() const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (column.kind == Kind::number) names.push_back(column.name);
    for (const std::string& category : column.categories) names.push_back(column.name + "=" + category);
  }
  return names;
}

const TableFormat::Column* TableFormat::label() const {
  const auto found = std::ranges::find(columns, Kind::label, &Column::kind);
  return found == columns.end() ? nullptr : &*found;
}

std::string TableFormat::describe() const {
  const auto count = [&](Kind kind) { return static_cast<std::size_t>(std::ranges::count(columns, kind, &Column::kind)); };
  std::string text = counted(columns.size(), "column", "columns") + ": " + counted(count(Kind::number), "number", "numbers");
  if (count(Kind::category) > 0) text += ", " + counted(count(Kind::category), "category", "categories");
  if (count(Kind::left_out) > 0) text += ", " + std::to_string(count(Kind::left_out)) + " left out";
  if (label() == nullptr) return text;
  return text + "; label " + in_quotes(label()->name) +
         (classes.empty() ? ", a value" : " of " + counted(classes.size(), "class", "classes"));
}

void TableFormat::check(const std::string& who) const {
  const Checker checker{who};
  if (!can_separate(separator)) checker.fail(in_quotes(std::string(1, separator)) + " cannot separate cells");
  std::vector<std::string> names;
  for (const Column& column : columns) {
    checker.column(column, unknown_as_zeros);
    names.push_back(column.name);
  }
  checker.unique(names, "column");
  const auto count = [&](Kind kind) { return std::ranges::count(columns, kind, &Column::kind); };
  if (count(Kind::number) + count(Kind::category) == 0) checker.fail("no column is an input");
  if (count(Kind::label) > 1) checker.fail(std::to_string(count(Kind::label)) + " columns are labels, and one can be");
  if (!classes.empty() && count(Kind::label) == 0) checker.fail("there are classes, and no column is the label");
  checker.unique(classes, "class");
  static_cast<void>(input_shape());
}

std::string TableFormat::text() const {
  const std::string who = "table format";
  check(who);
  Json::List all;
  for (const Column& column : columns) all.push_back(json_of(column));
  return json_text(Json::Fields{{"version", version},
                                {"separator", std::string(1, separator)},
                                {"header", header},
                                {"columns", std::move(all)},
                                {"classes", list_of(classes)},
                                {"missing_texts", list_of(missing_texts)},
                                {"unknown_as_zeros", unknown_as_zeros}},
                   who);
}

TableFormat TableFormat::from_text(const std::string& text, const std::string& who) {
  const Json json = parse_json(text, who);
  Fields fields(json, who + ": the table format");
  if (const double found = fields.get<double>("version", "a number"); found != version)
    fields.fail(fmt::format("is of version {}, and {} is known here", found, version));
  TableFormat format;
  const std::string separator = fields.text("separator");
  if (separator.size() != 1) fields.fail("has " + in_quotes(separator, 20) + " as separator, not one character");
  format.separator = separator[0];
  format.header = fields.get<bool>("header", "true or false");
  const auto& columns = fields.get<Json::List>("columns", "a list");
  for (std::size_t i = 0; i < columns.size(); ++i) format.columns.push_back(column_of(columns[i], who, i));
  format.classes = fields.texts("classes");
  format.missing_texts = fields.texts("missing_texts");
  format.unknown_as_zeros = fields.get<bool>("unknown_as_zeros", "true or false");
  fields.end();
  format.check(who);
  return format;
}

}  // namespace cambium
