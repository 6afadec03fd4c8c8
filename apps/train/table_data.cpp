// --data csv:FILE
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "apps/common/by_place.h"
#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "apps/common/shell.h"
#include "apps/train/data.h"
#include "apps/train/far_cells.h"
#include "apps/train/table_columns.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace train {

using namespace cambium;

namespace {

double number_for_missing(const std::string& text) {
  static const std::vector<std::string> names{"mean", "leave-out", "refuse"};
  try {
    return apps::number<double>("--missing", text);
  } catch (const Error&) {
    // "drop" is what other programs call leave-out, and close to none of the names.
    const std::string hint = text == "drop" ? " (did you mean 'leave-out'?)" : did_you_mean(text, names);
    throw Error(fmt::format("--missing {} is not known{}", in_quotes(text, 40), hint), "mean, leave-out, refuse or a number");
  }
}

CsvOptions csv_options(const Options& options) {
  CsvOptions csv{.label = options.label};
  if (options.task == "classification") csv.labels = CsvOptions::Labels::classes;
  if (options.task == "regression") csv.labels = CsvOptions::Labels::values;
  for (const std::string& name : options.leave_out)
    csv.leave_out.emplace_back(CsvRows::trimmed(name));  // "id, listing date" names 'listing date'
  for (const std::string& text : options.missing_texts) csv.missing_texts.emplace_back(CsvRows::trimmed(text));
  if (options.missing == "mean") {
    csv.missing = CsvOptions::Missing::mean;
  } else if (options.missing == "leave-out" || options.missing == "leave_out") {  // as messages of the library say it
    csv.missing = CsvOptions::Missing::leave_out;
  } else if (options.missing != "refuse") {
    csv.missing = CsvOptions::Missing::number;
    csv.missing_number = number_for_missing(options.missing);
  }
  return csv;
}

// A category may be what somebody writes where there is none.
void warn_of_gap(const TableFormat::Column& column) {
  static const std::vector<std::string> gaps{"-", "--", "---", ".", "na", "Na", "n.a.", "N.A.", "missing"};
  const auto gap = std::ranges::find_first_of(column.categories, gaps);
  if (column.kind != TableFormat::Kind::category || gap == column.categories.end()) return;
  apps::warn(fmt::format("warning: column {} has the category {}; where it stands for a missing cell: --missing-texts={}\n",
                         in_quotes(column.name, 40), in_quotes(*gap), *gap));
}

// Of texts that are different in nearly every row, new rows hold none: numbers with a unit, dates, identifiers. As classes they
// are refused, unless there are few rows of all, or the user says that they are classes.
void look_at_texts(const TableFormat& format, std::size_t rows, const Options& options) {
  const auto found = [&](const std::string& what, const std::vector<std::string>& texts) {
    return fmt::format("{} has {} different texts in {} rows, such as {}", what, texts.size(), rows, in_quotes(texts.front(), 40));
  };
  for (int told = 0; const TableFormat::Column& column : format.columns)
    if (told < 3 && column.kind == TableFormat::Kind::category)
      told += warn_of_case(fmt::format("of column {}", in_quotes(column.name, 40)), column.categories);
  for (const TableFormat::Column& column : format.columns) warn_of_gap(column);
  for (const TableFormat::Column& column : format.columns)
    if (column.kind == TableFormat::Kind::category && rows >= 10 && 10 * column.categories.size() >= 9 * rows)
      apps::warn(fmt::format("warning: {}: new rows will hold others; {}, or numbers without a unit\n",
                             found("column " + in_quotes(column.name, 40), column.categories),
                             apps::shell_line("--leave-out", {column.name})));
  if (2 * format.classes.size() <= rows) return;
  const std::string label = found("label " + in_quotes(format.label()->name, 40), format.classes);
  const std::string why = "too few rows of each to learn from",
                    instead = "another column, or, of a quantity, numbers without a unit";
  if (rows >= 20 && options.task != "classification")
    throw Error(fmt::format("{}: {}: {}", options.data, label, why), instead + "; --task classification learns them as they are");
  apps::warn(fmt::format("warning: {}: {}; {}\n", label, why, instead));
}

// What to do where most rows go: mostly one column takes them.
void warn_of_left_out(const Table& table) {
  const std::int64_t rows = table.data.size() + table.left_out;
  if (2 * table.left_out <= rows) return;
  const bool label = table.most_missing == table.format.label()->name, one = 2 * table.most_missing_rows > table.left_out;
  apps::warn(fmt::format("warning: {} of {} rows are left out, in {} of them the cell of column {} is missing; {}\n",
                         table.left_out, rows, table.most_missing_rows, in_quotes(table.most_missing, 40),
                         label ? "it is the label, and without it there is nothing to learn"
                         : one ? apps::shell_line("--leave-out", {table.most_missing})
                               : "--missing mean keeps them"));
}

// What was found in it.
std::string note_of(const Table& table, std::int64_t rows, const std::string& constant) {
  std::string note = table.format.describe();
  if (!constant.empty()) note += '\n' + constant;
  if (table.filled > 0) note += fmt::format("\nmissing cells, filled as --missing says: {}", table.filled);
  if (table.left_out > 0)
    note += fmt::format("\n{} of {} rows are left out, in which cells are missing, in {} of them that of column {}", table.left_out,
                        rows + table.left_out,
                        table.most_missing_rows == table.left_out ? "each" : std::to_string(table.most_missing_rows),
                        in_quotes(table.most_missing, 40));
  return note;
}

}  // namespace

Data load_table(const Options& options, const std::string& file) {
  if (options.label.empty())
    throw Error(
        fmt::format("--data csv needs to know which column of {} is to be learnt: {}", file, cambium::some_of(csv_columns(file))),
        "--label COLUMN, by its name or its number from 1");
  Table table = load_csv(file, csv_options(options));
  look_at_texts(table.format, static_cast<std::size_t>(table.data.size()), options);
  const std::string constant = look_at_columns(table);
  look_at_far_cells(options, table);
  if (!table.points_of_thousands.empty())
    apps::warn(
        fmt::format("warning: in {} each point has three digits behind it, and other cells are whole numbers: where "
                    "5.220 is to say 5220, a copy without these points\n",
                    cambium::some_of(table.points_of_thousands)));
  warn_of_left_out(table);
  if (apps::same_file(file, options.test))
    apps::warn(
        "warning: --test is the file of the training: the result says what was learnt by heart, not what new rows will get\n");
  std::shared_ptr<const Dataset> test;
  if (!options.test.empty()) {
    TableDataset rows = load_new_rows(options.test, table.format, {.labels = NewRowOptions::Labels::needed});
    if (rows.by_place()) apps::say_by_place(options.test, table.format.columns.size(), table.format);
    test = std::make_shared<TableDataset>(std::move(rows));
  }
  const std::int64_t rows = table.data.size();
  Data data = with_test(options, std::make_shared<TableDataset>(std::move(table.data)), std::move(test));
  data.model = model_of_columns(data);
  data.reader = "table", data.reading = table.format.text();
  data.target = table.format.label()->name;
  std::string note = note_of(table, rows, constant);
  if (options.task == "automatic" && data.classes_are_numbers())
    note += "\nthe classes are numbers: --task regression learns them as values";
  data.note = note + (data.note.empty() ? "" : "\n" + data.note);
  return data;
}

}  // namespace train
