#include "cambium/framework/data/tables/parts/heading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <unordered_map>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace cambium {

void fail_in_column(const CsvRows& rows, std::size_t column, const std::string& name, const std::string& problem,
                    const std::string& remedy) {
  throw CellFault(fmt::format("{}: line {}, column {} {}: {}", rows.name(), rows.line(), column + 1, in_quotes(name, 40), problem),
                  remedy);
}

std::vector<std::string> names_of(const CsvRows& rows, bool header) {
  std::vector<std::string> names;
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string name(header ? rows.value(i) : "");
    if (name.empty()) name = fmt::format("column {}", i + 1);
    if (const auto [found, fresh] = seen.emplace(name, i); !fresh)
      throw Error(fmt::format("{}: line {}: columns {} and {} are both called {}", rows.name(), rows.line(), found->second + 1,
                              i + 1, in_quotes(name, 40)),
                  "another name for one of them");
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> names_in(const TableFormat& format) {
  std::vector<std::string> names;
  for (const TableFormat::Column& column : format.columns) names.push_back(column.name);
  return names;
}

namespace {

std::string typed(const std::string& name, std::size_t column) {
  const bool as_it_is = name.find_first_of(",'") == name.npos && shown(name, name.size() + 1) == name;
  return as_it_is ? name : std::to_string(column + 1);
}

}  // namespace

std::string in_shell(const std::string& list) {
  const bool words =
      std::ranges::all_of(list, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ','; });
  return words ? list : "'" + list + "'";
}

std::string to_leave_out(const std::vector<std::string>& names, const std::vector<std::size_t>& columns) {
  std::string list;
  for (const std::size_t column : columns) list += (list.empty() ? "" : ",") + typed(names[column], column);
  return in_shell(list);
}

std::string to_leave_out(const std::string& name, std::size_t column) { return in_shell(typed(name, column)); }

bool has_number(const CsvRows& rows) {
  double ignored = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (read_number(CsvRows::trimmed(rows.text(i)), ignored) == NumberText::number) return true;
  return false;
}

std::size_t find_column(const std::vector<std::string>& names, const std::string& wanted, const std::string& who) {
  if (const auto found = std::ranges::find(names, wanted); found != names.end())
    return static_cast<std::size_t>(found - names.begin());
  std::size_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto read = std::from_chars(wanted.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end && number >= 1 && number <= names.size()) return number - 1;
  const auto nameless = [&](std::size_t i) { return names[i] == fmt::format("column {}", i + 1); };
  bool title = names.size() > 1 && !nameless(0);
  for (std::size_t i = 1; i < names.size(); ++i) title = title && nameless(i);
  throw Error(
      fmt::format("{}: there is no column {}{} among {}", who, in_quotes(wanted), did_you_mean(wanted, names), some_of(names)),
      title               ? "the file without the line above the names of its columns"
      : names.size() == 1 ? "commas, semicolons, tabs or | between the cells"
                          : "one of these, or its number from 1 on");
}

void check_size(const CsvRows& rows, std::size_t columns) {
  if (rows.size() == columns) return;
  const std::string separator = rows.separator() == '\t' ? "a tab" : in_quotes(std::string(1, rows.separator()));
  throw Error(fmt::format("{}: line {} has {} cell{}, and {} are needed, with {} between them", rows.name(), rows.line(),
                          rows.size(), rows.size() == 1 ? "" : "s", columns, separator),
              rows.size() > columns ? "quotes around a cell that has the separator in it" : "the cells that are missing");
}

void make_room(std::vector<real>& values, std::size_t width, std::size_t width_later, const CsvRows& rows) {
  if (values.capacity() - values.size() >= width) return;
  constexpr std::size_t first_rows = 1000, first_values = 1 << 16;
  const std::size_t done = values.size() / width;
  std::size_t wanted =
      std::max({values.size() + values.size() / 2, std::min(first_rows * width, first_values), values.size() + width});
  if (done >= first_rows && rows.bytes_read() > 0 && rows.bytes_in_all() > 0) {
    // Later rows may be a little shorter. No more rows than bytes: whatever the first ones are like.
    const double likely =
        static_cast<double>(done) * static_cast<double>(rows.bytes_in_all()) / static_cast<double>(rows.bytes_read());
    const double most = std::min(likely * 1.05 + 1000, static_cast<double>(rows.bytes_in_all()));
    wanted = std::max(wanted, static_cast<std::size_t>(most) * width_later);
  }
  for (;; wanted = values.size() + values.size() / 4 + width) {
    try {
      return values.reserve(wanted);
    } catch (const std::exception&) {  // no memory, or more than a vector can have
      if (wanted > values.size() + values.size() / 2 + width) continue;
      throw Error(fmt::format("{}: line {}: no memory for {} rows of {} values", rows.name(), rows.line(), done, width),
                  "closing other programs");
    }
  }
}

}  // namespace cambium
