#include "apps/train/followers.h"

#include <exception>
#include <utility>

#include "apps/common/command_line.h"
#include "apps/common/console.h"

namespace train {

using namespace cambium;

template <class Act>
void Followers::attempt(const char* option, bool& lost, const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    if (!std::exchange(lost, true))
      apps::lose(std::string(option) + ": " + apps::at_command_line(error) + "; the training goes on");
  }
}

Followers::Followers(const Followed& of) {
  if (!of.options.report.empty()) page_.emplace(of).begin();
  if (!of.options.tensorboard.empty()) events_.emplace(of.options, of.trainer);
}

void Followers::epoch(const EpochReport& report) {
  if (page_) attempt("--report", page_lost_, [&] { page_->epoch(report); });
  if (events_) attempt("--tensorboard", events_lost_, [&] { events_->epoch(report); });
}

void Followers::end(const Metrics& test, double epochs, const std::string& result, bool interrupted) {
  if (page_) attempt("--report", page_lost_, [&] { page_->end(test, result, interrupted); });
  if (events_) attempt("--tensorboard", events_lost_, [&] { events_->end(test, epochs); });
}

void Followers::cut(const std::string& text) {
  if (page_) attempt("--report", page_lost_, [&] { page_->cut(text); });
}

void Followers::write(std::vector<WeightsNote>& notes) const {
  if (page_) notes.push_back(page_->note());
}

void Followers::go_on_from(std::span<const WeightsNote> notes) {
  if (page_) page_->go_on_from(notes);
  if (events_) events_->go_on();
}

}  // namespace train
