#include "cambium/framework/data/memory_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

// Values that lie here, or with the caller. Never copied.
template <class T>
struct Values {
  std::vector<T> own;
  std::span<const T> all;
  Values(std::vector<T> values) : own(std::move(values)), all(own) {}
  Values(std::span<const T> values) : all(values) {}
  Values(Values&&) noexcept = default;  // a vector's values stay where they are
};

}  // namespace

struct MemoryDataset::Column {
  Shape shape;
  int classes = 0;  // of labels
  std::variant<Values<std::uint8_t>, Values<real>, Values<int>> values;
};

namespace {

// Where value `at` of a sample lies: "column 5 of 8", "position (0, 3, 27) of 1x28x28".
std::string place_in(const Shape& shape, long at) {
  if (shape.rank() <= 1) return "column " + std::to_string(at) + " of " + std::to_string(shape.size());
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; at /= shape[axis--])
    text = std::to_string(at % shape[axis]) + (text.empty() ? "" : ", ") + text;
  return "position (" + text + ") of " + shape.str();
}

// "17", or where a row has a label at each position "17, position (0, 3) of 8x8".
std::string place_of_label(const Shape& positions, std::size_t at) {
  const std::size_t each = as_size(positions.size());
  return std::to_string(at / each) + (positions.rank() == 0 ? "" : ", " + place_in(positions, static_cast<long>(at % each)) + ",");
}

void check_finite(const std::string& who, const Shape& shape, std::span<const real> values) {
  const auto is_bad = [](real v) { return !std::isfinite(v); };
  const auto bad = std::find_if(values.begin(), values.end(), is_bad);
  if (bad == values.end()) return;
  const auto at = bad - values.begin(), more = std::count_if(bad + 1, values.end(), is_bad);
  throw Error("memory dataset, " + who + ": row " + std::to_string(at / shape.size()) + ", " + place_in(shape, at % shape.size()) +
                  " holds " + std::to_string(*bad) +
                  (more > 0 ? " (and " + std::to_string(more) + " values after it are not finite either)" : "") +
                  ", and every value must be finite",
              "leaving such rows out, or writing 0 there");
}

void check_labels(const std::string& who, const Shape& positions, std::span<const int> labels, int classes) {
  if (classes < 1)
    throw Error("memory dataset, " + who + ": " + std::to_string(classes) + " classes, and there must be at least 1",
                "the number of different labels");
  for (std::size_t at = 0; at < labels.size(); ++at)
    if (labels[at] < 0 || labels[at] >= classes)
      throw Error("memory dataset, " + who + ": row " + place_of_label(positions, at) + " has label " + std::to_string(labels[at]) +
                      ", and " + std::to_string(classes) + " classes have labels from 0 to " + std::to_string(classes - 1),
                  "more classes, or labels counted from 0");
}

// y = the rows of `values`, in this order.
template <class From, class To, class Change>
void gather(std::span<const std::int64_t> rows, std::span<const From> values, std::size_t width, To* y, Change change) {
  for (const std::int64_t row : rows) {
    const From* x = values.data() + static_cast<std::size_t>(row) * width;
    for (std::size_t i = 0; i < width; ++i) y[i] = change(x[i]);
    y += width;
  }
}

constexpr real per_byte = real(1) / real(255);

std::vector<real> reals(std::initializer_list<double> values) {
  std::vector<real> result;
  for (const double value : values) result.push_back(static_cast<real>(value));
  return result;
}

}  // namespace

MemoryDataset::MemoryDataset(const Shape& input, std::initializer_list<double> values, std::vector<int> labels, int classes)
    : MemoryDataset(input, reals(values), std::move(labels), classes) {}

MemoryDataset::MemoryDataset(const Shape& input, std::initializer_list<double> values, const Shape& target,
                             std::initializer_list<double> target_values)
    : MemoryDataset(input, reals(values), target, reals(target_values)) {}

MemoryDataset::MemoryDataset(const Shape& input, std::vector<std::uint8_t> bytes, std::vector<int> labels, int classes) {
  add_input(input, std::move(bytes)).add_target(std::move(labels), classes);
}

MemoryDataset::MemoryDataset(const Shape& input, std::vector<real> values, std::vector<int> labels, int classes) {
  add_input(input, std::move(values)).add_target(std::move(labels), classes);
}

MemoryDataset::MemoryDataset(const Shape& input, std::vector<real> values, const Shape& target, std::vector<real> target_values) {
  add_input(input, std::move(values)).add_target(target, std::move(target_values));
}

MemoryDataset& MemoryDataset::add_input(const Shape& shape, std::vector<std::uint8_t> bytes) {
  return add_input({shape, 0, Values<std::uint8_t>(std::move(bytes))});
}
MemoryDataset& MemoryDataset::add_input(const Shape& shape, std::vector<real> values) {
  return add_input({shape, 0, Values<real>(std::move(values))});
}
MemoryDataset& MemoryDataset::borrow_input(const Shape& shape, std::span<const std::uint8_t> bytes) {
  return add_input({shape, 0, Values<std::uint8_t>(bytes)});
}
MemoryDataset& MemoryDataset::borrow_input(const Shape& shape, std::span<const real> values) {
  return add_input({shape, 0, Values<real>(values)});
}

MemoryDataset& MemoryDataset::add_target(std::vector<int> labels, int classes) {
  return add_target(std::move(labels), classes, Shape());
}
MemoryDataset& MemoryDataset::add_target(std::vector<int> labels, int classes, const Shape& positions) {
  return add_target({positions, classes, Values<int>(std::move(labels))});
}
MemoryDataset& MemoryDataset::add_target(const Shape& shape, std::vector<real> values) {
  return add_target({shape, 0, Values<real>(std::move(values))});
}
MemoryDataset& MemoryDataset::borrow_target(std::span<const int> labels, int classes, const Shape& positions) {
  return add_target({positions, classes, Values<int>(labels)});
}
MemoryDataset& MemoryDataset::borrow_target(const Shape& shape, std::span<const real> values) {
  return add_target({shape, 0, Values<real>(values)});
}

MemoryDataset& MemoryDataset::add_input(Column column) {
  const std::string who = "input " + std::to_string(inputs_.size());
  if (const auto* values = std::get_if<Values<real>>(&column.values)) check_finite(who, column.shape, values->all);
  add(inputs_, who, std::move(column));
  return *this;
}

MemoryDataset& MemoryDataset::add_target(Column column) {
  const std::string who = "target " + std::to_string(targets_.size());
  if (const auto* labels = std::get_if<Values<int>>(&column.values))
    check_labels(who, column.shape, labels->all, column.classes);
  else
    check_finite(who, column.shape, std::get<Values<real>>(column.values).all);
  add(targets_, who, std::move(column));
  return *this;
}

MemoryDataset& MemoryDataset::add_weights(std::vector<real> weights) {
  if (static_cast<std::int64_t>(weights.size()) != size_)
    throw Error("memory dataset: " + std::to_string(weights.size()) + " weights for " + std::to_string(size_) + " samples",
                "one for each sample, after the first input or target");
  bool any = false;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (!(weights[row] >= 0 && std::isfinite(weights[row])))
      throw Error("memory dataset: row " + std::to_string(row) + " has a weight of " + std::to_string(weights[row]) +
                      ", which must be finite and at least 0",
                  "0 for a sample that is not to count");
    any = any || weights[row] > 0;
  }
  if (!any) throw Error("memory dataset: all weights are 0, and nothing could be learnt", "1 for samples that count");
  weights_ = std::make_shared<const std::vector<real>>(std::move(weights));
  return *this;
}

void MemoryDataset::fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept {
  gather(rows, std::span<const real>(*weights_), 1, weights.data(), [](real v) { return v; });
}

bool MemoryDataset::fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept {
  const auto* known = targets_.empty() ? nullptr : std::get_if<Values<int>>(&targets_[0]->values);
  if (!known || targets_[0]->shape.rank() > 0) return false;
  gather(rows, known->all, 1, labels.data(), [](int v) { return v; });
  return true;
}

MemoryDataset& MemoryDataset::name_classes(std::vector<std::string> names) {
  const int classes = targets_.empty() ? 0 : targets_[0]->classes;
  if (!names.empty() && names.size() != as_size(classes))
    throw Error("memory dataset: " + std::to_string(names.size()) + " names are given for " + std::to_string(classes) + " classes",
                classes == 0 ? "adding labels as the first target before" : "one name for each class");
  class_names_ = std::move(names);
  return *this;
}

void MemoryDataset::add(std::vector<std::shared_ptr<const Column>>& columns, const std::string& who, Column column) {
  const std::size_t n = std::visit([](const auto& v) { return v.all.size(); }, column.values);
  const auto width = as_size(column.shape.size());
  if (n == 0) throw Error("memory dataset, " + who + ": there are no samples", "at least one sample");
  if (n % width != 0)
    throw Error("memory dataset, " + who + ": " + std::to_string(n) + " values are not a whole number of samples of " +
                    column.shape.str() + " (" + std::to_string(width) + " values)",
                "a shape that fits, or all values of the last sample");
  const std::size_t count = n / width;
  if (size_ != 0 && static_cast<std::int64_t>(count) != size_)
    throw Error("memory dataset, " + who + ": " + std::to_string(count) + " samples, where " +
                    (inputs_.empty() ? "target" : "input") + " 0 has " + std::to_string(size_),
                "the same number of samples everywhere");
  columns.push_back(std::make_shared<const Column>(std::move(column)));
  size_ = static_cast<std::int64_t>(count);
}

std::vector<Shape> MemoryDataset::input_shapes() const {
  std::vector<Shape> shapes;
  for (const auto& input : inputs_) shapes.push_back(input->shape);
  return shapes;
}

std::vector<Dataset::TargetKind> MemoryDataset::target_kinds() const {
  std::vector<TargetKind> kinds;
  for (const auto& target : targets_) kinds.push_back({target->classes, target->shape});
  return kinds;
}

void MemoryDataset::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                          std::span<const View> values) const noexcept {
  const auto same = [](auto v) { return v; };
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Column& column = *inputs_[i];
    const auto width = as_size(column.shape.size());
    if (const auto* bytes = std::get_if<Values<std::uint8_t>>(&column.values))
      gather(rows, bytes->all, width, inputs[i].data, [](std::uint8_t v) { return static_cast<real>(v) * per_byte; });
    else
      gather(rows, std::get_if<Values<real>>(&column.values)->all, width, inputs[i].data, same);
  }
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const Column& column = *targets_[t];
    if (const auto* labels_here = std::get_if<Values<int>>(&column.values))
      gather(rows, labels_here->all, as_size(column.shape.size()), labels[t].data(), same);
    else
      gather(rows, std::get_if<Values<real>>(&column.values)->all, as_size(column.shape.size()), values[t].data, same);
  }
}

Subset MemoryDataset::subset(std::vector<std::int64_t> rows) const {
  return Subset(std::make_shared<MemoryDataset>(*this), std::move(rows));
}

Subset MemoryDataset::head(std::int64_t n) const { return cambium::head(std::make_shared<MemoryDataset>(*this), n); }

TrainAndValidation split(const MemoryDataset& whole, std::int64_t validate_count, std::uint64_t seed) {
  return split(std::make_shared<MemoryDataset>(whole), validate_count, seed);
}

}  // namespace cambium
