#include "cambium/framework/data/tables/parts/csv_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/text_start.h"
#include "cambium/framework/files/parts/file_kind.h"

namespace cambium {
namespace {

constexpr std::size_t first_capacity = std::size_t{1} << 18, sample_bytes = std::size_t{1} << 16, sample_rows = 100;
constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

// A text in memory, which stays where it is.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  std::size_t read(char* to, std::size_t n) override {
    n = text_.copy(to, n);
    text_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view text_;
};

// How a separator cuts the first rows.
struct Cut {
  std::size_t cells = 0;  // of the first row
  bool even = true;       // all others have as many
  bool decimal_commas = false, other_commas = false;

  bool good() const { return even && cells > 1; }
};

// A comma between two digits may belong to a number.
void note_commas(std::string_view cell, Cut& cut) {
  const auto is_digit = [&](std::size_t i) { return i < cell.size() && cell[i] >= '0' && cell[i] <= '9'; };
  for (std::size_t i = cell.find(','); i != cell.npos; i = cell.find(',', i + 1))
    (i > 0 && is_digit(i - 1) && is_digit(i + 1) ? cut.decimal_commas : cut.other_commas) = true;
}

Cut cut_by(char separator, std::string_view text, bool whole) {
  Cut cut;
  std::size_t count = 0;
  try {
    CsvRows rows(std::make_unique<TextSource>(text), "", separator);
    for (; count < sample_rows && rows.next(); ++count) {
      if (count == 0) cut.cells = rows.size();
      cut.even &= rows.size() == cut.cells;
      for (std::size_t i = 0; i < rows.size(); ++i) note_commas(rows.text(i), cut);
    }
  } catch (const Error&) {  // another separator may do; the end of a sample may lie in quotes
    if (whole || count == 0) cut.even = false;
  }
  return cut;
}

}  // namespace

bool can_separate(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool letter = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  return byte < 0x80 && byte != 0 && !letter && std::string_view("\"\r\n.+-").find(c) == std::string_view::npos;
}

char found_separator(std::string_view text, bool whole) {
  if (!whole) text = text.substr(0, text.rfind('\n') + 1);
  constexpr char candidates[] = {',', ';', '\t', '|'};
  Cut cuts[4];
  std::size_t best = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    cuts[i] = cut_by(candidates[i], text, whole);
    const auto rank = [&](std::size_t k) { return std::pair(cuts[k].good(), cuts[k].cells); };
    if (rank(i) > rank(best)) best = i;
  }
  for (std::size_t i = 1; i < 4 && best == 0; ++i)
    if (cuts[i].good() && cuts[i].decimal_commas && !cuts[i].other_commas) best = i;
  return candidates[best];
}

CsvRows::CsvRows(std::unique_ptr<ByteSource> source, std::string name, char separator)
    : source_(std::move(source)), name_(std::move(name)), separator_(separator) {
  if (separator != 0 && !can_separate(separator))
    throw Error(fmt::format("{}: {} cannot separate cells", name_, in_quotes({&separator, 1})), "',', ';', '|' or a tab");
  buffer_.reset(new char[first_capacity + 1]);
  capacity_ = first_capacity;
  look_at_start();
  for (int i = 0x80; i < 0x100; ++i) kinds_[i] = Byte::high;
  kinds_[0] = Byte::zero, kinds_[std::size_t{'\n'}] = Byte::line_feed, kinds_[std::size_t{'\r'}] = Byte::carriage_return;
  kinds_[static_cast<unsigned char>(separator_)] = Byte::separator;
}

void CsvRows::fail(std::int64_t line, const std::string& problem, const std::string& remedy) const {
  throw Error(fmt::format("{}: line {}{}", name_, line, problem), remedy);
}

void CsvRows::look_at_start() {
  const std::size_t wanted = separator_ == 0 ? sample_bytes : 4;
  while (end_ < wanted && refill()) continue;
  const std::string_view start(buffer_.get(), end_);
  if (start.starts_with("\x1f\x8b")) throw Error(name_ + ": is packed by gzip", "the file by its path, or unpacking it before");
  check_start(name_, start);
  const FileKind kind = kind_of({reinterpret_cast<const std::uint8_t*>(start.data()), start.size()});
  if (kind.name != nullptr && (start[0] == '%' || static_cast<unsigned char>(start[0]) >= 0x80))  // others may begin a text
    throw Error(fmt::format("{}: is {}, and no table", name_, kind.name), "a table of text, such as .csv");
  if (start.starts_with(utf8_mark)) next_row_ = row_ = utf8_mark.size();
  if (separator_ == 0) separator_ = found_separator(start.substr(row_), end_ < wanted);
}

// More bytes behind those that are there; what comes before the row goes.
bool CsvRows::refill() {
  if (ended_) return false;
  if (end_ == capacity_ && row_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + row_, end_ - row_);
    before_ += row_, end_ -= row_, row_ = 0;
  } else if (end_ == capacity_) {
    if (capacity_ >= most_row_bytes)
      fail(line_, fmt::format(": a row of more than {} MB", most_row_bytes >> 20), "closing a quote");
    // No more than there is, and one byte more, so that its end is seen.
    const std::size_t wanted =
        source_->size() > capacity_ ? std::min<std::size_t>(2 * capacity_, source_->size() + 1) : 2 * capacity_;
    std::unique_ptr<char[]> larger(new char[wanted + 1]);
    std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger), capacity_ = wanted;
  }
  const std::size_t got = source_->read(buffer_.get() + end_, capacity_ - end_);
  end_ += got;
  buffer_[end_] = 0;
  ended_ = got == 0;
  return got > 0;
}

bool CsvRows::next() {
  do {
    if (!cut()) return false;
  } while (is_blank());
  finish();
  return true;
}

// The row into its cells; false at the end.
bool CsvRows::cut() {
  row_ = next_row_, line_ = next_line_;
  cells_.clear();
  any_high_ = any_doubled_ = false;
  if (at_end(0) && !refill()) return false;
  std::size_t at = 0;
  while (take_simple(at) || read_cell(at)) continue;
  next_row_ = row_ + at;
  return true;
}

void CsvRows::finish() {
  if (any_doubled_) join_quotes();
  if (any_high_) check_letters();
}

void CsvRows::cut_by(char separator) {
  if (any_doubled_ || separator == separator_) return;
  kinds_[static_cast<unsigned char>(separator_)] = Byte::text;
  kinds_[static_cast<unsigned char>(separator)] = Byte::separator;
  separator_ = separator;
  next_row_ = row_, next_line_ = line_;
  if (cut()) finish();  // the same row, even if it is blank by this one
}

bool CsvRows::is_blank() const { return cells_.size() == 1 && !cells_[0].quoted && value(0).empty(); }

// Takes cells of which nothing is to be said, up to the last one of the row or of the buffer, and leaves the others to read_cell.
// Always false, for the sake of the loop there.
bool CsvRows::take_simple(std::size_t& at) {
  const char* const row = buffer_.get() + row_;
  for (const char* begin = row + at;; at = static_cast<std::size_t>(begin - row)) {
    if (*begin == '"' || *begin == ' ' || *begin == '\t' || cells_.size() == most_cells) return false;
    const char* next = begin;
    Byte kind = Byte::text;
    while ((kind = kinds_[static_cast<unsigned char>(*next)]) == Byte::text) ++next;
    if (kind != Byte::separator) return false;
    cells_.push_back({static_cast<std::uint32_t>(begin - row), static_cast<std::uint32_t>(next - begin), false, false});
    begin = next + 1;
  }
}

// Takes one cell, and says whether another one follows. Places are counted from the start of the row, and so outlive a refill.
bool CsvRows::read_cell(std::size_t& at) {
  if (cells_.size() == most_cells) fail(line_, fmt::format(" has more than {} cells", most_cells), "another separator");
  const std::size_t begin = at;
  for (;; ++at) {
    if (at_end(at)) refill();
    const char c = buffer_[row_ + at];
    if (c == '"') return take_quoted(at);
    if ((c != ' ' && c != '\t') || c == separator_) return take_plain(begin, at);
  }
}

bool CsvRows::take_plain(std::size_t begin, std::size_t& at) {
  for (;;) {
    const char* const row = buffer_.get() + row_;
    const char* next = row + at;
    Byte kind = Byte::text;
    while ((kind = kinds_[static_cast<unsigned char>(*next)]) == Byte::text) ++next;
    at = static_cast<std::size_t>(next - row);
    if (kind == Byte::high) {
      any_high_ = true, ++at;
    } else if (kind == Byte::zero && !at_end(at)) {
      fail(next_line_, fmt::format(", column {}: a zero byte, which no text has", cells_.size() + 1), "another file");
    } else if (kind != Byte::zero || !refill()) {
      cells_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at - begin), false, false});
      return end_cell(at);
    }
  }
}

bool CsvRows::take_quoted(std::size_t& at) {
  const std::int64_t opened = next_line_;
  const std::size_t begin = ++at, column = cells_.size() + 1;
  bool doubled = false;
  for (;; ++at) {
    if (at_end(at) && !refill()) fail(opened, fmt::format(", column {}: a quote is not closed", column), "another quote");
    const unsigned char c = byte_at(at);
    if (c == 0) fail(next_line_, fmt::format(", column {}: a zero byte, which no text has", column), "another file");
    any_high_ |= c >= 0x80;
    if (c != '"' && c != '\n' && c != '\r') continue;
    if (at_end(at + 1)) refill();
    next_line_ += c == '\n' || (c == '\r' && byte_at(at + 1) != '\n');
    if (c != '"') continue;
    if (byte_at(at + 1) != '"') break;
    doubled = true, ++at;
  }
  any_doubled_ |= doubled;
  cells_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at - begin), true, doubled});
  do {
    if (at_end(++at)) refill();
  } while (byte_at(at) != static_cast<unsigned char>(separator_) && (byte_at(at) == ' ' || byte_at(at) == '\t'));
  const Byte kind = kinds_[byte_at(at)];
  if (!at_end(at) && kind != Byte::separator && kind != Byte::line_feed && kind != Byte::carriage_return)
    fail(next_line_, fmt::format(", column {}: text after a closing quote", column), "two quotes where one is meant in a text");
  return end_cell(at);
}

// Behind a cell: takes the separator or the end of the row.
bool CsvRows::end_cell(std::size_t& at) {
  if (at_end(at)) return false;
  const Byte kind = kinds_[byte_at(at++)];
  if (kind == Byte::separator) return true;
  if (kind == Byte::carriage_return) {
    if (at_end(at)) refill();
    if (byte_at(at) == '\n') ++at;
  }
  ++next_line_;
  return false;
}

void CsvRows::join_quotes() {
  for (Cell& cell : cells_) {
    if (!cell.doubled) continue;
    char* const text = buffer_.get() + row_ + cell.begin;
    std::uint32_t to = 0;
    for (std::uint32_t from = 0; from < cell.length; ++from) {
      text[to++] = text[from];
      if (text[from] == '"') ++from;
    }
    cell.length = to;
  }
}

void CsvRows::check_letters() const {
  for (std::size_t i = 0; i < size(); ++i)
    if (!is_utf8(text(i)))
      fail(line_, fmt::format(", column {}: {} is not UTF-8", i + 1, in_quotes(text(i), 40)),
           "saving the file as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 makes such a copy of one that Excel wrote)");
}

}  // namespace cambium
