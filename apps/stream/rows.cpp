#include "apps/stream/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "apps/common/console.h"
#include "apps/common/signals.h"
#include "apps/stream/byte_checks.h"
#include "apps/stream/demo.h"
#include "apps/stream/note.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "cambium/framework/export/crc32c.h"

namespace stream {
namespace {

using cambium::CsvRows;
using cambium::Error;
using cambium::in_quotes;
using cambium::Json;

bool is_number(const Cell& cell) {
  double number = 0;
  return cambium::read_number(cell.text, number) == cambium::NumberText::number;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 20; ++i) text += (i > 0 ? ", " : "") + cambium::shown(names[i], 40);
  return names.size() > 20 ? text + ", ..." : text;
}

}  // namespace

Rows::Rows(const Options& options, std::function<void()> idle)
    : options_(options),
      lines_(options.demo.empty() ? Lines(options.files, std::move(idle))
                                  : Lines([&](long i) { return demo_line(options.demo, i); }, options.rows)),
      names_(options.columns) {
  for (std::size_t i = 0; i < names_.size(); ++i) order_.push_back(i);
}

bool Rows::next() {
  while (lines_.next()) {
    const std::string_view line(lines_.line().data(), lines_.line().size());
    if (separator_ == 0) separator_ = line.starts_with('{') ? '{' : cambium::found_separator(line, true);
    const std::uint32_t before = std::exchange(last_, options_.save.empty() ? 0 : cambium::crc32c(line));
    if (passed_ < seen_ ? is_seen() : read()) {
      if (passed_ >= seen_) return true;
      if (++passed_ == seen_) end_of_seen();
    } else
      last_ = before;  // a header is no row
  }
  if (passed_ < seen_ && !apps::stopped()) end_of_seen();
  return false;
}

// True when the line is a row, and not a header.
bool Rows::read() {
  check_bytes(lines_);
  if (lines_.too_long()) throw Broken{fmt::format("is longer than {} bytes", Lines::most_bytes)};
  if (separator_ != '{') return next_csv();
  next_json();
  return true;
}

// The same of a line that was read before: of a row nothing else is looked at.
bool Rows::is_seen() {
  if (separator_ == '{' || !lines_.first_of_file() || lines_.too_long()) return true;
  try {
    split(lines_.line());
    return !take_header();
  } catch (const Broken&) {
    return true;
  }
}

void Rows::end_of_seen() const {
  if (passed_ < seen_)
    throw Error(
        fmt::format("{}: the input ends after {}, and {} were seen before", lines_.where(), apps::counted(passed_, "row"), seen_),
        "the whole input once more, or no --from-start");
  if (last_seen_ && *last_seen_ != last_)
    throw Error(fmt::format("{}: row {} is not the one that was seen before", lines_.where(), seen_),
                "the whole input once more, or no --from-start");
}

// ------------------------------------------------------------------------------------------------------------------- CSV

void Rows::add_cell(char* begin, char* end, bool quoted) {
  std::string_view text(begin, static_cast<std::size_t>(end - begin));
  if (!quoted) text = CsvRows::trimmed(text);
  raw_.push_back({text.empty() ? Cell::Kind::missing : Cell::Kind::text, text});
}

void Rows::split(std::span<char> line) {
  raw_.clear();
  char *at = line.data(), *const end = at + line.size();
  while (true) {
    char* begin = at;
    while (begin != end && *begin == ' ' && separator_ != ' ') ++begin;
    if (begin != end && *begin == '"') {
      char* to = ++begin;
      for (at = begin;; ++at) {
        if (at == end) throw Broken{fmt::format("column {}: a quote is not closed", raw_.size() + 1)};
        if (*at == '"' && (at + 1 == end || at[1] != '"')) break;
        if (*at == '"') ++at;
        *to++ = *at;
      }
      add_cell(begin, to, true);
      for (++at; at != end && *at != separator_; ++at)
        if (*at != ' ') throw Broken{fmt::format("column {}: text after a closing quote", raw_.size())};
    } else {
      at = static_cast<char*>(std::memchr(begin, separator_, static_cast<std::size_t>(end - begin)));
      if (!at) at = end;
      add_cell(begin, at, false);
    }
    if (at == end) return;
    ++at;
  }
}

// True when the line is a header, and not a row.
bool Rows::take_header() {
  if (!options_.columns.empty()) {
    const bool again =
        raw_.size() == names_.size() && std::ranges::equal(raw_, names_, {}, [](const Cell& cell) { return cell.text; });
    return again;
  }
  const bool header = std::ranges::none_of(raw_, is_number);
  if (names_.empty()) {
    for (std::size_t i = 0; i < raw_.size(); ++i) {
      const std::string name = header && !raw_[i].text.empty() ? std::string(raw_[i].text) : fmt::format("column {}", i + 1);
      if (std::ranges::find(names_, name) != names_.end())
        throw Error(fmt::format("{}: two columns are called {}", lines_.where(), in_quotes(name)),
                    "--columns with a name for each");
      names_.push_back(name), order_.push_back(i);
    }
    return header;
  }
  if (!header) {
    for (std::size_t i = 0; i < names_.size(); ++i) order_.resize(names_.size()), order_[i] = i;
    return false;
  }
  std::vector<std::size_t> order;
  for (const Cell& cell : raw_) {
    const auto found = std::ranges::find(names_, cell.text);
    if (found == names_.end()) return false;  // a row of texts
    order.push_back(static_cast<std::size_t>(found - names_.begin()));
  }
  if (order.size() != names_.size())
    throw Error(fmt::format("{}: {} columns, and there were {}: {}", lines_.where(), order.size(), names_.size(), listed(names_)),
                "the same columns in each file");
  order_ = order;
  return true;
}

bool Rows::next_csv() {
  split(lines_.line());
  if (lines_.first_of_file() && take_header()) return false;
  if (raw_.size() != names_.size()) throw Broken{fmt::format("has {} cells, and there are {} columns", raw_.size(), names_.size())};
  cells_.resize(names_.size());
  for (std::size_t i = 0; i < raw_.size(); ++i) cells_[order_[i]] = raw_[i];
  return true;
}

// ------------------------------------------------------------------------------------------------------------ JSON lines

// Of the first row. A label that comes by its key need not be named in it, and what names nothing else is no row.
void Rows::take_names(const Json::Fields& fields) {
  const bool late = options_.late > 0 && !options_.label.empty();
  const auto is_of_label = [&](const auto& field) { return field.first == options_.label || field.first == options_.key; };
  if (late && std::ranges::all_of(fields, is_of_label)) throw Broken{"is a label, and there was no row yet"};
  for (const auto& [name, value] : fields) names_.push_back(name);
  if (late && std::ranges::find(names_, options_.label) == names_.end()) names_.push_back(options_.label);
}

void Rows::next_json() {
  try {
    json_ = cambium::parse_json({lines_.line().data(), lines_.line().size()}, "it");
  } catch (const Error& error) {
    throw Broken{"is no JSON: " + error.problem()};
  }
  const auto* fields = json_.as<Json::Fields>();
  if (!fields) throw Broken{"is " + json_.kind() + ", and no object in braces"};
  if (names_.empty()) take_names(*fields);
  cells_.assign(names_.size(), Cell{});
  for (const auto& [name, value] : *fields) {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) throw Broken{fmt::format("has a new column, {}", in_quotes(name))};
    Cell& cell = cells_[static_cast<std::size_t>(found - names_.begin())];
    if (const auto* text = value.as<std::string>())
      cell = {Cell::Kind::text, *text};
    else if (const auto* number = value.as<double>())
      cell = {Cell::Kind::number, {}, *number};
    else if (const auto* truth = value.as<bool>())
      cell = {Cell::Kind::text, *truth ? "true" : "false"};
    else if (!value.as<std::nullptr_t>())
      throw Broken{fmt::format("{} is {}", in_quotes(name), value.kind())};
  }
}

// -------------------------------------------------------------------------------------------------------------- going on

Json Rows::note() const {
  Json::List names(names_.begin(), names_.end()), order;
  for (const std::size_t column : order_) order.emplace_back(static_cast<double>(column));
  const Place place = lines_.place();
  return Json::Fields{{"names", std::move(names)},
                      {"order", std::move(order)},
                      {"separator", std::string(separator_ == 0 ? 0 : 1, separator_)},
                      {"seeks", place.seeks},
                      {"start", static_cast<double>(place.start.value_or(0))},
                      {"files", static_cast<double>(lines_.files())},
                      {"file", static_cast<double>(place.file)},
                      {"offset", static_cast<double>(place.offset)},
                      {"lines", static_cast<double>(place.lines)},
                      {"last", static_cast<double>(last_)}};
}

std::string Rows::go_on_from(const Json& note, const std::string& who, std::optional<std::int64_t> seen) {
  const Note fields(note, who);
  names_.clear(), order_.clear();
  for (const Json& name : fields.get<Json::List>("names"))
    if (name.as<std::string>()) names_.push_back(*name.as<std::string>());
  for (const Json& column : fields.get<Json::List>("order"))
    if (column.as<double>() && *column.as<double>() >= 0 && *column.as<double>() < static_cast<double>(names_.size()))
      order_.push_back(static_cast<std::size_t>(*column.as<double>()));
  const std::string& separator = fields.text("separator");
  separator_ = separator.empty() ? '\0' : separator[0];
  if (separator_ != '{' && order_.size() != names_.size()) fields.fail("of the input does not fit together");
  Place place{static_cast<std::size_t>(fields.whole("file")), static_cast<std::uint64_t>(fields.whole("offset")),
              fields.whole("lines"), fields.get<bool>("seeks")};
  if (fields.has("start")) place.start = static_cast<std::uint32_t>(fields.whole("start", 0xffffffff));
  const bool there = place.file < lines_.files();
  if (!there && !seen) {
    const std::string of = fields.has("files") ? fmt::format(" of {}", fields.whole("files")) : "";
    throw Error(fmt::format("{}: was saved in file {}{}, and {} named", who, place.file + 1, of,
                            lines_.files() == 1 ? "1 is" : fmt::format("{} are", lines_.files())),
                "the files of that run");
  }
  if (fields.has("last")) last_ = static_cast<std::uint32_t>(fields.whole("last", 0xffffffff)), last_seen_ = last_;
  if (!seen || (there && lines_.knows(place))) return lines_.go_on_at(place);
  seen_ = *seen;
  return "";
}

}  // namespace stream
