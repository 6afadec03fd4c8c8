#include "apps/predict/passed_over.h"

#include <fmt/format.h>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "cambium/framework/base/text.h"

namespace predict {
namespace {

using cambium::Error;

constexpr std::size_t most_told = 20;

void tell(const Error& error) {
  apps::complain(apps::at_command_line(Error(error.problem() + "; it is passed over", error.remedy())));
}

}  // namespace

void PassedOver::good() {
  ++seen_;
  tell_first();
}

void PassedOver::bad(const Error& error) {
  ++seen_;
  tell_first();
  if (bad_++ == 0) {
    first_ = error;
    waits_ = seen_ == 1;
    if (waits_) return;
  }
  if (bad_ == most_told + 1) apps::complain("more are passed over without a line of their own");
  if (bad_ <= most_told) tell(error);
}

void PassedOver::tell_first() {
  if (waits_) tell(*first_);
  waits_ = false;
}

void PassedOver::far(const std::string& file, std::int64_t row, const cambium::FarCell& cell) {
  if (++far_ == 1)
    first_far_ = fmt::format("{}: row {} has {:.6g} for {}, and {:.6g} to {:.6g} were learnt from", file, row, cell.value,
                             cambium::in_quotes(cell.column, 40), cell.least, cell.largest);
}

void PassedOver::end() {
  if (far_ > 0)
    apps::complain(fmt::format("{}{}: that answer is a guess, whatever stands beside it", first_far_,
                               far_ == 1 ? "" : fmt::format(", and {} like it", apps::counted(far_ - 1, "row"))));
  if (bad_ == 0) return;
  if (waits_) throw Error(*first_);
  if (bad_ == seen_)
    throw Error(fmt::format("none of the {} {} could be read, beginning with {}", bad_, what_, first_->problem()),
                first_->remedy());
  apps::lose(fmt::format("{} of {} {} {} passed over", bad_, seen_, what_, bad_ == 1 ? "was" : "were"));
}

}  // namespace predict
