#include "apps/stream/first_cells.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "apps/stream/columns.h"
#include "cambium/framework/data/tables/parts/label_rule.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace stream {
namespace {

constexpr int rows_ahead = 1000;
constexpr const char* standard_input = "/dev/stdin";

// A file of which nothing was read, and that opens once more with a place of its own: not all systems do so.
bool opens_once_more() {
  struct stat found = {}, again = {};
  if (fstat(STDIN_FILENO, &found) != 0 || !S_ISREG(found.st_mode) || lseek(STDIN_FILENO, 0, SEEK_CUR) != 0) return false;
  const int file = open(standard_input, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  const bool same = fstat(file, &again) == 0 && found.st_dev == again.st_dev && found.st_ino == again.st_ino;
  const bool apart = lseek(file, 1, SEEK_SET) == 1 && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
  if (!apart) lseek(STDIN_FILENO, 0, SEEK_SET);
  close(file);
  return same && apart;
}

bool holds_number(const Cell& cell) {
  double ignored = 0;
  return cell.kind == Cell::Kind::number || cambium::read_number(cell.text, ignored) != cambium::NumberText::none;
}

std::string twice_readable(const Options& options) {
  std::error_code none;
  if (!options.demo.empty() || options.files.empty()) return "";
  const std::string& file = options.files.front();
  if (file == "-") return opens_once_more() ? standard_input : "";
  return std::filesystem::is_regular_file(file, none) ? file : "";
}

}  // namespace

FirstCells::FirstCells(const Options& options)
    : options_(options), missing_(options.missing_texts), twice_(twice_readable(options)) {}

// What kind it is follows from its cells, and not from the options.
bool FirstCells::matters(std::size_t column) const {
  const std::string& name = names_[column];
  const auto among = [&](const std::vector<std::string>& names) { return std::ranges::find(names, name) != names.end(); };
  if (name == options_.label) return asks_label();
  return name != options_.key && !among(options_.leave_out) && !among(options_.text);
}

bool FirstCells::complete() const {
  if (cells_.empty() || ahead_) return !cells_.empty();
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (is_missing(cells_[i], missing_) && matters(i)) return false;
  return true;
}

void FirstCells::add(const std::vector<std::string>& names, const std::vector<Cell>& row) {
  const bool first = cells_.empty();
  if (first) names_ = names, cells_.resize(row.size());
  const bool all = fill(row), open = asks_label() && !options_.label.empty() && labels_.texts == 0;
  if ((all && !open && !has_text()) || !first || twice_.empty()) return;
  look_ahead();
  ahead_ = true;
}

// True when no cell is missing any more.
bool FirstCells::fill(const std::vector<Cell>& row) {
  for (std::size_t i = 0; i < std::min(cells_.size(), row.size()); ++i) {
    if (names_[i] == options_.label && !is_missing(row[i], missing_)) note_label(row[i]);
    if (!is_missing(cells_[i], missing_) || is_missing(row[i], missing_)) continue;
    cells_[i] = row[i];
    cells_[i].text = texts_.emplace_back(row[i].text);
  }
  return complete();
}

void FirstCells::look_ahead() {
  Options first = options_;
  first.files = {twice_};  // the next may be a pipe
  Rows ahead(first, [] {});
  labels_ = {}, kinds_.resize(cells_.size());
  for (int row = 0; row < rows_ahead; ++row) try {
      if (!ahead.next()) break;
      const bool all = fill(ahead.cells());
      count(ahead.cells());
      if (all && (!asks_label() || labels_.texts == labels_.rows) && labels_.rows > 0 && !has_text()) return;
    } catch (const Broken&) {  // it will be told when it is its turn
    }
  take_numbers();
}

bool FirstCells::has_text() const {
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (matters(i) && names_[i] != options_.label && !is_missing(cells_[i], missing_) && !holds_number(cells_[i])) return true;
  return false;
}

void FirstCells::count(const std::vector<Cell>& row) {
  for (std::size_t i = 0; i < std::min(kinds_.size(), row.size()); ++i) {
    if (is_missing(row[i], missing_)) continue;
    Kinds& kinds = kinds_[i];
    if (!holds_number(row[i])) {
      ++kinds.texts;
    } else if (kinds.numbers++ == 0) {
      kinds.number = row[i], kinds.number.text = texts_.emplace_back(row[i].text);
    }
  }
}

// The rows of the few texts will be told when it is their turn.
void FirstCells::take_numbers() {
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    if (kinds_[i].texts > 0 && kinds_[i].numbers > 9 * kinds_[i].texts && matters(i) && names_[i] != options_.label)
      cells_[i] = kinds_[i].number;
}

void FirstCells::note_label(const Cell& cell) {
  using cambium::NumberText;
  double value = cell.number;
  const NumberText how = cell.kind == Cell::Kind::number ? NumberText::number : cambium::read_number(cell.text, value);
  const bool comma = how == NumberText::none && cambium::has_decimal_comma(cell.text);  // a number, for which the row is broken
  ++labels_.rows, labels_.texts += how == NumberText::none && !comma;
  labels_.whole &= !comma, labels_.point |= comma;
  if (how != NumberText::number) return;
  labels_.whole &= std::trunc(value) == value;
  labels_.point |= std::trunc(value) != value || cell.text.find_first_of(".eE") != cell.text.npos;
  if (labels_.numbers.size() <= cambium::most_label_numbers) labels_.numbers.insert(value);
}

bool FirstCells::only_whole_labels() const {
  const bool whole = labels_.rows > 0 && labels_.texts == 0 && labels_.whole && !labels_.point;
  const auto yes_or_no = [](double label) { return label == 0 || label == 1; };
  return whole && !std::ranges::all_of(labels_.numbers, yes_or_no) && asks_label() && !ahead_ && options_.demo.empty();
}

// A few texts among numbers are not what they should be, and no classes.
Task FirstCells::task() const {
  if (options_.task != Task::automatic) return options_.task;
  if (!options_.classes.empty() || 10 * labels_.texts >= labels_.rows) return Task::classify;
  return (ahead_ ? !cambium::numbers_are_classes(labels_.whole, labels_.numbers.size(), labels_.rows) : labels_.point)
             ? Task::regress
             : Task::classify;
}

}  // namespace stream
