#include "cambium/framework/data/tables/csv.h"

#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/parts/first_reading.h"
#include "cambium/framework/data/tables/parts/new_rows.h"

namespace cambium {

struct TableRows::Reader : NewRows {
  using NewRows::NewRows;
};

Table load_csv(const std::string& path, const CsvOptions& options) { return FirstReading(path, options).read(); }

std::vector<std::string> csv_columns(const std::string& path, const CsvOptions& options) {
  return FirstReading(path, options).read_names();
}

TableRows::TableRows(const std::string& path, const TableFormat& format, const NewRowOptions& options)
    : reader_(std::make_unique<Reader>(path, format, options)) {}

TableRows::~TableRows() = default;

bool TableRows::next(std::span<real> values) { return reader_->next(values); }
bool TableRows::by_place() const { return reader_->by_place(); }
std::size_t TableRows::columns() const { return reader_->columns(); }
bool TableRows::has_label() const { return reader_->has_label(); }
int TableRows::label_class() const { return reader_->label_class(); }
real TableRows::label_value() const { return reader_->label_value(); }
const std::optional<FarCell>& TableRows::far() const { return reader_->far(); }
const std::string* TableRows::filled() const { return reader_->filled(); }
std::string_view TableRows::id(std::size_t which) const { return reader_->id(which); }
std::int64_t TableRows::line() const { return reader_->rows().line(); }

TableDataset load_new_rows(const std::string& path, const TableFormat& format, const NewRowOptions& options) {
  NewRows reader(path, format, options);
  const std::size_t width = as_size(format.input_shape().size());
  std::vector<real> sample(width), values, label_values;
  std::vector<int> labels;
  RowLines lines;
  const bool classes = reader.has_label() && !format.classes.empty(), a_value = reader.has_label() && !classes;
  while (reader.next(sample)) {
    make_room(values, width, width, reader.rows());
    values.insert(values.end(), sample.begin(), sample.end());
    if (classes) labels.push_back(reader.label_class());
    if (a_value) label_values.push_back(reader.label_value());
    lines.add(reader.rows().line());
  }
  if (values.empty()) throw Error(reader.rows().name() + ": has no rows", "a table with rows");
  MemoryDataset set;
  set.add_input(format.input_shape(), std::move(values));
  if (classes) set.add_target(std::move(labels), static_cast<int>(format.classes.size())).name_classes(format.classes);
  if (a_value) set.add_target(Shape{1}, std::move(label_values));
  return {std::move(set), reader.rows().name(), std::move(lines), reader.by_place()};
}

}  // namespace cambium
