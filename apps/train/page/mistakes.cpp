#include "apps/train/page/mistakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "apps/common/worst.h"
#include "apps/train/page/samples.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/resize.h"
#include "cambium/framework/data/tables/table_format.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::size_t most_columns = 8;

// The columns of a table as they are told: its own, the first of them; or the values of a flat sample.
class Columns {
 public:
  explicit Columns(const Data& data) : size_(data.input().size()) {
    if (data.reader == "table") format_ = TableFormat::from_text(data.reading, "the table");
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    if (format_) {
      for (const TableFormat::Column& column : format_->columns)
        if (is_input(column) && names.size() < most_columns) names.push_back(shown(column.name, 30));
    } else {
      for (int i = 0; i < size_ && names.size() < most_columns; ++i) names.push_back(fmt::format("value {}", i + 1));
    }
    return names;
  }

  std::vector<std::string> cells(std::span<const real> values) const {
    std::vector<std::string> cells;
    if (!format_) {
      for (std::size_t i = 0; i < values.size() && cells.size() < most_columns; ++i)
        cells.push_back(fmt::format("{:.6g}", values[i]));
      return cells;
    }
    std::size_t at = 0;
    for (const TableFormat::Column& column : format_->columns) {
      if (!is_input(column) || cells.size() == most_columns) continue;
      if (column.kind == TableFormat::Kind::number) {
        cells.push_back(fmt::format("{:.6g}", values[at++]));
        continue;
      }
      std::string text;
      for (const std::string& category : column.categories)
        if (values[at++] > 0) text = shown(category, 30);
      cells.push_back(text);
    }
    return cells;
  }

 private:
  static bool is_input(const TableFormat::Column& column) {
    return column.kind == TableFormat::Kind::number || column.kind == TableFormat::Kind::category;
  }

  int size_;
  std::optional<TableFormat> format_;
};

std::vector<std::string> figures_of(const apps::Mistake& m) {
  if (m.of_class)
    return {shown(m.sample, 60), shown(m.truth, 40), shown(m.taken, 40), fmt::format("{:.1f} %", 100 * m.probability)};
  return {shown(m.sample, 60), fmt::format("{:.6g}", m.value), fmt::format("{:.6g}", m.predicted),
          fmt::format("{:.6g}", m.predicted - m.value)};
}

std::string caption_of(const apps::Mistake& m) {
  if (m.of_class) return fmt::format("{} {:.0f} %, is {}", shown(m.taken, 24), 100 * m.probability, shown(m.truth, 24));
  return fmt::format("{:.4g}, predicted {:.4g}", m.value, m.predicted);
}

}  // namespace

plot::Picture picture_of(const Picture& picture, int most_pixels) {
  const double factor = std::min(1.0, static_cast<double>(most_pixels) / std::max(picture.height, picture.width));
  const auto part = [&](int size) { return std::max(1, static_cast<int>(std::lround(size * factor))); };
  const Picture small = factor < 1 ? resized(picture, part(picture.height), part(picture.width)) : picture;
  plot::Picture turned{.height = small.height, .width = small.width, .channels = small.channels};
  const std::size_t pixels = small.bytes.size() / static_cast<std::size_t>(small.channels);
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t c = 0; c < small.bytes.size() / pixels; ++c) turned.bytes.push_back(small.bytes[c * pixels + i]);
  return turned;
}

plot::Picture picture_of(std::span<const real> values, const Shape& shape, int most_pixels) {
  Picture picture{shape[0] == 3 ? 3 : 1, shape[1], shape[2], {}};
  values = values.first(static_cast<std::size_t>(picture.shape().size()));
  const auto [least, largest] = std::ranges::minmax(values);
  const bool bytes = least >= 0 && largest <= 1;
  const double low = bytes ? 0 : static_cast<double>(least), high = bytes ? 1 : static_cast<double>(largest);
  for (const real v : values) {
    const double share = high > low ? (static_cast<double>(v) - low) / (high - low) : 0;
    picture.bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0, 1.0))));
  }
  return picture_of(picture, most_pixels);
}

WorstOnes worst_ones(Trainer& trainer, const Subset& some, const Dataset& whole, const Data& data, const apps::Scale& scale,
                     int most) {
  WorstOnes worst;
  std::vector<apps::Mistake> mistakes = apps::worst_mistakes(trainer, some, most, scale);
  std::vector<std::int64_t> rows;
  for (apps::Mistake& m : mistakes) {
    rows.push_back(some.rows()[static_cast<std::size_t>(m.row)]);
    m.sample = whole.name_of_row(rows.back());
  }
  const bool of_pictures = data.input().is_image(), flat = data.input().rank() == 1;
  const Columns columns(data);
  worst.rows.columns = data.has_classes() ? std::vector<std::string>{"sample", "is", "taken for", "probability"}
                                          : std::vector<std::string>{"sample", shown(data.target, 30), "predicted", "off by"};
  if (flat)
    for (const std::string& name : columns.names()) worst.rows.columns.push_back(name);
  if (rows.empty()) return worst;
  const Inputs inputs = inputs_of(whole, rows);
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    std::vector<std::string> row = figures_of(mistakes[i]);
    if (flat)
      for (std::string& cell : columns.cells(inputs.row(i))) row.push_back(std::move(cell));
    worst.rows.rows.push_back(std::move(row));
    constexpr std::size_t most_pictures = 24;
    constexpr int most_pixels = 48;
    if (!of_pictures || i >= most_pictures) continue;
    worst.pictures.push_back(picture_of(inputs.row(i), data.input(), most_pixels));
    worst.pictures.back().caption = caption_of(mistakes[i]);
  }
  return worst;
}

}  // namespace train
