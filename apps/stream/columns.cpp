#include "apps/stream/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/csv_options.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace stream {
namespace {

using namespace cambium;

constexpr double memory = 0.999;  // of the mean that stands for what is missing
const std::vector<std::string> usual_missing_texts = CsvOptions().missing_texts;

void check_known(const char* option, const std::string& name, const std::vector<std::string>& names) {
  if (std::ranges::find(names, name) != names.end()) return;
  throw Error(
      fmt::format("{}: no column is named {}{}", option, in_quotes(name), did_you_mean(name, names)),
      fmt::format("one of {}", fmt::join(names.begin(), names.begin() + std::min<std::ptrdiff_t>(20, std::ssize(names)), ", ")));
}

bool among(const std::vector<std::string>& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

std::string to_be_missing(std::string_view text) {
  const bool plain = text.size() <= 20 && text.find_first_of(", '\"\\$`") == text.npos && shown(std::string(text), 40) == text;
  return plain ? fmt::format("--missing-texts={} where it stands for a missing cell", text)
               : "--missing-texts says what stands for a missing cell";
}

// Of a pipe the first cell alone says what a column is.
std::string hint_of_number(const std::vector<std::string>& texts, const std::string& text) {
  double ignored = 0;
  if (read_number(text, ignored) == NumberText::none || read_number(texts[0], ignored) != NumberText::none) return "";
  return fmt::format("; where {} stood for a missing number: --missing-texts={}", in_quotes(texts[0], 40), shown(texts[0], 40));
}

}  // namespace

bool is_missing(const Cell& cell, const MissingTexts& more) {
  if (cell.kind != Cell::Kind::text) return cell.kind == Cell::Kind::missing;
  if (more.has(cell.text)) return true;
  const char first = cell.text.empty() ? 'N' : cell.text.front();
  if ((first >= '0' && first <= '9') || first == '-') return false;  // a number, as nearly all are
  return std::ranges::find(usual_missing_texts, cell.text) != usual_missing_texts.end();
}

void Columns::settle(const std::vector<std::string>& names, const std::vector<Cell>& cells, char separator) {
  separator_ = separator;
  if (!options_.label.empty()) check_known("--label", options_.label, names);
  if (!options_.key.empty()) check_known("--key", options_.key, names);
  for (const std::string& name : options_.leave_out) check_known("--leave-out", name, names);
  for (const std::string& name : options_.text) check_known("--text", name, names);
  using Kind = Column::Kind;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Column column{names[i]};
    double value = 0;
    const bool text = cells[i].kind == Cell::Kind::text && !is_missing(cells[i], missing_) &&
                      read_number(cells[i].text, value) == NumberText::none;
    column.kind = names[i] == options_.label               ? Kind::label
                  : names[i] == options_.key               ? Kind::key
                  : among(options_.leave_out, names[i])    ? Kind::left_out
                  : text || among(options_.text, names[i]) ? Kind::text
                                                           : Kind::number;
    if (column.kind == Kind::text) column.room = as_size(options_.one_hot_limit);
    const bool label = column.kind == Kind::label && options_.task != Task::classify && options_.classes.empty();
    if (text && (column.kind == Kind::text || label) && !among(options_.text, names[i])) check_comma(column, cells[i]);
    column.open = column.kind == Kind::number && is_missing(cells[i], missing_);
    columns_.push_back(column), order_.push_back(i);
  }
  place();
}

void Columns::settle(const TableFormat& format) {
  using Kind = TableFormat::Kind;
  for (const std::string& text : format.missing_texts)
    if (!among(usual_missing_texts, text) && !among(missing_.texts(), text)) missing_.add(text);
  for (const TableFormat::Column& of : format.columns) {
    Column column{of.name};
    column.kind = of.kind == Kind::number     ? Column::Kind::number
                  : of.kind == Kind::category ? Column::Kind::text
                  : of.kind == Kind::label    ? Column::Kind::label
                                              : Column::Kind::left_out;
    column.texts = of.categories;
    if (column.kind == Column::Kind::text) column.room = of.categories.size();
    while (!column.texts.empty() && column.texts.back().starts_with("(free ")) column.texts.pop_back();
    if (of.missing_number) column.mean = *of.missing_number;
    if (of.name == options_.key) column.kind = Column::Kind::key;
    columns_.push_back(column), order_.push_back(order_.size());
  }
  place();
}

void Columns::place() {
  width_ = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column::Kind kind = columns_[i].kind;
    if (kind == Column::Kind::label) label_ = i;
    if (kind == Column::Kind::key) key_ = i;
    if (kind == Column::Kind::number || kind == Column::Kind::text) width_ += columns_[i].room;
  }
  if (width_ == 0) throw Error("no column is left to learn from", "fewer columns in --leave-out");
  numbers_.resize(columns_.size()), silent_.resize(width_), came_.resize(width_);
}

void Columns::check_names(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (std::ranges::none_of(columns_, [&](const Column& column) { return column.name == name; }))
      throw Error(fmt::format("the model does not know the column {}", in_quotes(name)), "--leave-out when it was trained");
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto found = std::ranges::find(names, columns_[i].name);
    if (found == names.end())
      throw Error(fmt::format("the model knows a column {}, and it is not there", in_quotes(columns_[i].name)),
                  "the columns it was trained with");
    order_[i] = static_cast<std::size_t>(found - names.begin());
  }
}

std::vector<std::string> Columns::value_names() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) {
    if (column.kind == Column::Kind::number) names.push_back(column.name);
    for (std::size_t i = 0; column.kind == Column::Kind::text && i < column.room; ++i)
      names.push_back(column.name + '=' + (i < column.texts.size() ? column.texts[i] : fmt::format("({})", i + 1)));
  }
  return names;
}

std::vector<bool> Columns::numbers() const {
  std::vector<bool> numbers;
  for (const Column& column : columns_)
    if (column.kind == Column::Kind::number || column.kind == Column::Kind::text)
      numbers.insert(numbers.end(), column.room, column.kind == Column::Kind::number);
  return numbers;
}

double Columns::number(const Cell& cell, const Column& column) const {
  double value = cell.number;
  if (cell.kind == Cell::Kind::text) {
    const NumberText how = read_number(cell.text, value);
    if (how == NumberText::none && column.open) return 0;  // it will be a text
    if (how == NumberText::none && has_decimal_comma(cell.text))
      throw Broken{fmt::format("column {}: {} has a comma in a number", in_quotes(column.name, 40), in_quotes(cell.text, 40))};
    if (how == NumberText::none)
      throw Broken{fmt::format("column {}: {} is no number; {}{}", in_quotes(column.name, 40), in_quotes(cell.text, 40),
                               to_be_missing(cell.text),
                               column.count > 0 || column.kind == Column::Kind::label
                                   ? ""
                                   : fmt::format(", and --text {} would make it one of texts", column.name))};
    if (how != NumberText::number)
      throw Broken{fmt::format("column {}: {} is not finite", in_quotes(column.name, 40), in_quotes(cell.text, 40))};
  }
  if (!fits_real(value)) throw Broken{fmt::format("column {}: {} is too large", in_quotes(column.name, 40), value)};
  return value;
}

// Taken for texts such numbers would be learnt as names, and nobody told.
void Columns::check_comma(const Column& column, const Cell& cell) const {
  if (!has_decimal_comma(cell.text)) return;
  const std::string file = options_.files.empty() || options_.files.front() == "-" ? "standard input" : options_.files.front();
  throw Error(fmt::format("{}: column {}: {} has a comma in a number", file, in_quotes(column.name, 40), in_quotes(cell.text, 40)),
              remedy_for_commas(separator_ == '{' ? ',' : separator_, cell.text) +
                  (column.kind == Column::Kind::label ? ", or --task classify" : ", or --text " + column.name));
}

// Open columns that have a cell now are numbers or texts for good.
void Columns::close(const std::vector<Cell>& cells, std::vector<std::string>& told) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const Cell& cell = cells[order_[i]];
    if (!column.open || is_missing(cell, missing_)) continue;
    column.open = false;
    double ignored = 0;
    if (cell.kind == Cell::Kind::number || read_number(cell.text, ignored) != NumberText::none) continue;
    column.kind = Column::Kind::text;
    told.push_back(fmt::format("column {}: its first cell, {}, is a text, and by now there is room for one; --text {} makes more",
                               in_quotes(column.name, 40), in_quotes(cell.text, 40), column.name));
  }
}

// What is learnt of a number.
double Columns::take(Column& column, double x, std::size_t value) {
  constexpr double enough = 20, times = 10, early = 1000;
  const double apart = column.count >= enough ? column.most - column.least : 0;
  const double kept = apart > 0 ? std::clamp(x, column.least - times * apart, column.most + times * apart) : x;
  const bool tell = std::abs(x - kept) > (column.count < early ? 100 : 1000) * apart && apart > 0;
  if (tell)
    far_.push_back({Event::Kind::rare, value, x,
                    fmt::format("had a rare event: {:.7g} is far from all before, {:.6g} to {:.6g}, and is taken for {:.6g}", x,
                                column.least, column.most, kept)});
  came_[value] = static_cast<real>(x), silent_[value] = tell;
  const double young = column.count / (column.count + 1), a = std::min(young, memory);
  column.mean = a * column.mean + (1 - a) * kept;
  column.least = column.count == 0 ? kept : std::min(column.least, kept);
  column.most = column.count == 0 ? kept : std::max(column.most, kept);
  ++column.count;
  return kept;
}

void Columns::read(const std::vector<Cell>& cells, std::span<real> values, std::vector<std::string>& told) {
  using Kind = Column::Kind;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].kind == Kind::number && !is_missing(cells[order_[i]], missing_))
      numbers_[i] = number(cells[order_[i]], columns_[i]);
  if (options_.task == Task::regress) label_number(cells);  // a row that is broken moves nothing
  close(cells, told);
  far_.clear();
  real* to = values.data();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    if (column.kind != Kind::number && column.kind != Kind::text) continue;
    const Cell& cell = cells[order_[i]];
    const bool missing = is_missing(cell, missing_);
    if (missing && !std::exchange(column.told, true))
      told.push_back(fmt::format("column {}: a cell is missing; such cells are taken for {}", in_quotes(column.name, 40),
                                 column.kind == Kind::number ? "the column's mean so far" : "none of its texts"));
    if (column.kind == Kind::number) {
      const auto value = static_cast<std::size_t>(to - values.data());
      silent_[value] = missing;
      *to++ = static_cast<real>(missing ? column.mean : take(column, numbers_[i], value));
      continue;
    }
    std::fill_n(to, column.room, real(0));
    const std::string text = cell.kind == Cell::Kind::number ? fmt::format("{}", cell.number) : std::string(cell.text);
    auto found = std::ranges::find(column.texts, text);
    if (!missing && found == column.texts.end() && column.texts.size() < column.room)
      column.texts.push_back(text), found = column.texts.end() - 1;
    else if (!missing && found == column.texts.end() && column.count == 0)
      column.count = 1,
      told.push_back(fmt::format("column {}: {} and other texts beyond the first {} are not told apart{}",
                                 in_quotes(column.name, 40), in_quotes(text, 40), column.room, hint_of_number(column.texts, text)));
    if (!missing && found != column.texts.end()) to[found - column.texts.begin()] = 1;
    to += column.room;
  }
}

std::optional<std::string> Columns::label_text(const std::vector<Cell>& cells) const {
  if (label_ == none_ || is_missing(cells[order_[label_]], missing_)) return std::nullopt;
  const Cell& cell = cells[order_[label_]];
  return cell.kind == Cell::Kind::number ? fmt::format("{}", cell.number) : std::string(cell.text);
}

std::optional<double> Columns::label_number(const std::vector<Cell>& cells) const {
  if (label_ == none_ || is_missing(cells[order_[label_]], missing_)) return std::nullopt;
  return number(cells[order_[label_]], columns_[label_]);
}

std::string Columns::key(const std::vector<Cell>& cells, long row) const {
  if (key_ == none_) return std::to_string(row);
  const Cell& cell = cells[order_[key_]];
  return cell.kind == Cell::Kind::number ? fmt::format("{}", cell.number) : std::string(cell.text);
}

bool Columns::only_label(const std::vector<Cell>& cells) const {
  if (key_ == none_ || label_ == none_ || is_missing(cells[order_[key_]], missing_) || is_missing(cells[order_[label_]], missing_))
    return false;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (i != key_ && i != label_ && columns_[i].kind != Column::Kind::left_out && !is_missing(cells[order_[i]], missing_))
      return false;
  return true;
}

TableFormat Columns::format(const std::vector<std::string>& classes) const {
  TableFormat format;
  format.classes = classes;
  format.missing_texts = usual_missing_texts;
  format.missing_texts.insert(format.missing_texts.end(), missing_.texts().begin(), missing_.texts().end());
  format.unknown_as_zeros = true;
  for (const Column& column : columns_) {
    TableFormat::Column of{column.name};
    using Kind = TableFormat::Kind;
    of.kind = column.kind == Column::Kind::number  ? Kind::number
              : column.kind == Column::Kind::text  ? Kind::category
              : column.kind == Column::Kind::label ? Kind::label
                                                   : Kind::left_out;
    if (of.kind == Kind::number) of.missing_number = column.mean;
    if (of.kind == Kind::category) of.categories = column.texts, of.missing_category = "";  // none of them
    for (std::size_t i = of.categories.size(); of.kind == Kind::category && i < column.room; ++i)
      of.categories.push_back(fmt::format("(free {:04})", i));
    format.columns.push_back(of);
  }
  return format;
}

void Columns::state_dict(StateDict& dict) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    PartOfState part(dict, std::to_string(i));
    part.value("mean", columns_[i].mean), part.value("count", columns_[i].count, 0.0), part.value("told", columns_[i].told);
    part.value("least", columns_[i].least), part.value("most", columns_[i].most);
    part.value("open", columns_[i].open);
  }
}

}  // namespace stream
