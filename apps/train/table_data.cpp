// --data csv:FILE
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/shell.h"
#include "apps/train/data.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/csv.h"

namespace train {

using namespace cambium;

namespace {

CsvOptions csv_options(const Options& options) {
  CsvOptions csv{.label = options.label};
  if (options.task == "classification") csv.labels = CsvOptions::Labels::classes;
  if (options.task == "regression") csv.labels = CsvOptions::Labels::values;
  csv.leave_out = options.leave_out;
  if (options.missing == "mean") {
    csv.missing = CsvOptions::Missing::mean;
  } else if (options.missing == "leave-out" || options.missing == "leave_out") {  // as messages of the library say it
    csv.missing = CsvOptions::Missing::leave_out;
  } else if (options.missing != "refuse") {
    csv.missing = CsvOptions::Missing::number;
    csv.missing_number = apps::number<double>("--missing", options.missing);
  }
  return csv;
}

// Of texts that are different in nearly every row, new rows hold none: numbers with a unit, dates, identifiers.
void warn_of_texts(const TableFormat& format, std::size_t rows) {
  const auto warn = [&](const std::string& what, const std::vector<std::string>& texts, const std::string& then) {
    apps::warn(fmt::format("warning: {} has {} different texts in {} rows, such as {}: {}\n", what, texts.size(), rows,
                           in_quotes(texts.front(), 40), then));
  };
  for (const TableFormat::Column& column : format.columns)
    if (column.kind == TableFormat::Kind::category && rows >= 10 && 10 * column.categories.size() >= 9 * rows)
      warn("column " + in_quotes(column.name, 40), column.categories,
           "new rows will hold others; " + apps::shell_line("--leave-out", {column.name}) + ", or numbers without a unit");
  if (2 * format.classes.size() > rows)
    warn("label " + in_quotes(format.label()->name, 40), format.classes,
         "too few rows of each to learn from; another column, or, of a quantity, numbers without a unit");
}

}  // namespace

Data load_table(const Options& options, const std::string& file) {
  if (options.label.empty())
    throw Error("--data csv needs to know which column is to be learnt", "--label COLUMN, by its name or its number from 1");
  Table table = load_csv(file, csv_options(options));
  warn_of_texts(table.format, static_cast<std::size_t>(table.data.size()));
  std::shared_ptr<const Dataset> test;
  if (!options.test.empty())
    test = std::make_shared<TableDataset>(load_new_rows(options.test, table.format, {.labels = NewRowOptions::Labels::needed}));
  Data data = with_test(options, std::make_shared<TableDataset>(std::move(table.data)), std::move(test));
  data.model = "mlp_bn";
  data.reader = "table", data.reading = table.format.text();
  data.target = table.format.label()->name;
  data.note = table.format.describe() + (data.note.empty() ? "" : "\n" + data.note);
  return data;
}

}  // namespace train
