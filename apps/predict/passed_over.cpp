#include "apps/predict/passed_over.h"

#include <fmt/format.h>

#include <utility>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "cambium/framework/base/text.h"

namespace predict {
namespace {

using cambium::Error;

constexpr std::size_t most_told = 20;
constexpr int most_of_kind = 5;

// "new.csv: line 2, column 3 'age': the cell is empty" without what differs from row to row.
std::string kind_of(const std::string& problem) {
  std::string kind;
  bool quoted = false;
  for (std::size_t i = 0; i < problem.size(); ++i) {
    const char c = problem[i];
    if (c == '\\') ++i;  // the sign behind it is part of the cell, and may be a quote
    if (c == '\'') quoted = !quoted;
    if (!quoted && (c < '0' || c > '9')) kind += c;
  }
  return kind;
}

void tell(const Error& error, const std::string& which) {
  apps::complain(apps::at_command_line(Error(fmt::format("{}; {} is passed over", error.problem(), which), error.remedy())));
}

std::string and_others(std::size_t count) {
  return count == 1 ? "" : fmt::format(", and {} like it", apps::counted(count - 1, "row"));
}

}  // namespace

void PassedOver::good() {
  ++seen_;
  tell_first();
}

void PassedOver::bad(const Error& error, const std::string& which) {
  ++seen_;
  tell_first();
  if (bad_++ == 0) first_ = error, which_ = which;
  if (told_ == most_told) return silent();
  if (what_ == "rows" && ++kinds_[kind_of(error.problem())] > most_of_kind) return silent();
  ++told_;
  waits_ = seen_ == 1;
  if (!waits_) tell(error, which);
}

void PassedOver::silent() {
  if (!std::exchange(silent_, true)) apps::complain("more are passed over without a line of their own");
}

void PassedOver::tell_first() {
  if (waits_) tell(*first_, which_);
  waits_ = false;
}

void PassedOver::far(const std::string& file, std::int64_t row, const cambium::FarCell& cell) {
  Told& of = cell.thousands ? points_ : far_;
  if (++of.rows == 1)
    of.first = fmt::format("{}: row {} has {:.6g} for {}, and {:.6g} to {:.6g} were learnt from", file, row, cell.value,
                           cambium::in_quotes(cell.column, 40), cell.least, cell.largest);
}

void PassedOver::filled(const std::string& file, std::int64_t row, const std::string& column) {
  if (++filled_.rows == 1) filled_.first = fmt::format("{}: row {} has nothing for {}", file, row, cambium::in_quotes(column, 40));
}

void PassedOver::tell_answered() {
  const auto say = [](Told& of, const char* what) {
    if (of.rows > 0) apps::complain(of.first + and_others(of.rows) + ": " + what);
    of.rows = 0;
  };
  say(points_, "its point was read as a decimal one, and may stand between thousands");
  say(far_, "that answer is a guess, whatever stands beside it");
  say(filled_, "what the training had for missing cells is in its place");
}

void PassedOver::end() {
  tell_answered();
  if (bad_ == 0) return;
  if (waits_) throw Error(*first_);
  if (bad_ == seen_)
    throw Error(fmt::format("none of the {} {} could be read, beginning with {}", bad_, what_, first_->problem()),
                first_->remedy());
  apps::lose(fmt::format("{} of {} {} {} passed over", bad_, seen_, what_, bad_ == 1 ? "was" : "were"));
}

}  // namespace predict
