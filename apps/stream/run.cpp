#include "apps/stream/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/weights_file.h"

namespace stream {
namespace {

using namespace cambium;

constexpr std::int64_t named_broken_rows = 10, log_rows = 1000;

}  // namespace

Run::Run(const Options& options, std::string command)
    : options_(options),
      options_as_asked_(options.identity()),
      command_(std::move(command)),
      screen_(options.quiet, options.out.empty()),
      rows_(options_, [this] { idle(); }),
      held_(options_, rows_),
      columns_(options_),
      output_(options_),
      log_("--log", options_.log),
      saved_(options_.save) {
  if (!options_.report.empty()) report_.emplace(options_, command_);
}

// ---------------------------------------------------------------------------------------------------------- the beginning

void Run::make_model(std::vector<std::string> classes) {
  if (options_.task == Task::anomaly)
    model_ = make_watcher(options_, columns_.width());
  else if (options_.task == Task::regress)
    model_ = make_regressor(options_, columns_.width());
  else
    model_ = make_classifier(options_, columns_.width(), std::move(classes));
  values_.resize(static_cast<std::size_t>(columns_.width()));
  events_ = std::make_unique<Events>(columns_.numbers());
  if (!options_.reference.empty()) reference_ = std::make_unique<Reference>(options_, columns_.numbers());
}

// A model that train or stream has saved, whose statistics and weights go on from there.
void Run::load() {
  const apps::ModelDescription d = apps::description_of(options_.load);
  if (d.reader != "table")
    throw Error(options_.load + ": is a model of " + d.reader + ", and a stream has rows", "a model of a table");
  if (d.error_bars) throw Error(options_.load + ": predicts error bars, which are not learnt here", "a model without --error-bars");
  const TableFormat format = TableFormat::from_text(d.reading, options_.load);
  if (format.label()) options_.label = format.label()->name;
  options_.task = d.names_classes() ? Task::classify : Task::regress;
  columns_.settle(format);
  columns_.check_names(rows_.names());
  options_.layers = hidden_layers(d, options_.load);
  make_model(d.classes);
  model_->begin_with(d);
  load_weights(model_->learner().weights(), options_.load);
  if (options_.layers.find("freeze=true") != std::string::npos)
    screen_.say(options_.load + ": its norms that need batches, as batch_norm, hold their statistics");
}

void Run::begin() {
  if (!options_.load.empty()) {
    load();
  } else {
    columns_.settle(rows_.names(), held_.first().cells(), rows_.separator());
    const bool only_whole = held_.first().only_whole_labels();
    options_.task = held_.first().task();
    make_model(options_.classes);
    if (only_whole)
      screen_.say(fmt::format("the label {} has whole numbers so far, each a class; --task regression learns them as values",
                              in_quotes(options_.label, 40)));
  }
  if (reference_ && options_.reference_rows == 0) reference_->learn_from(options_.reference, columns_);
  if (!options_.save.empty()) check_save_weights(model_->learner().weights(), options_.save);
  apps::begin();
}

// ---------------------------------------------------------------------------------------------------------------- the loop

int Run::loop() try {
  while (true) {
    try {
      if (!held_.next()) break;
      take();
    } catch (const Broken& why) {
      broken(why.why);
    }
    save_when_due();
  }
  finish();
  return apps::exit_code();
} catch (const std::exception& error) {
  if (report_ && model_) report_->end(columns_, *model_, "ended by an error: " + apps::at_command_line(error));
  throw;
}

void Run::take() {
  if (!model_) begin();
  told_.clear();
  if (options_.late > 0 && take_label()) return;
  columns_.read(held_.cells(), values_, told_);
  Answer answer;
  model_->take({values_.data(), Shape{columns_.width()}, 1}, columns_, held_.cells(), count_, answer, told_);
  ++count_;
  std::vector<Event> events;
  if (reference_) reference_->take(values_, events);
  if (!options_.no_events) {
    events.insert(events.end(), columns_.far().begin(), columns_.far().end());
    events_->take(columns_.numbers_as_they_came(), columns_.silent(), events);
  }
  for (const Event& event : events) {
    tell(event);
    if (options_.task == Task::anomaly && is_alarm(event)) answer.alarm = true;
  }
  if (!told_.empty()) tell(told_);
  alarms_ += answer.alarm;
  if (report_) report_->row(columns_, values_, answer, events, *model_);
  output_.heading(*model_, options_.key.empty() ? "row" : options_.key);
  output_.line(*model_, options_.key.empty() ? "row" : options_.key, columns_.key(held_.cells(), static_cast<long>(number())),
               answer);
  if (count_ % log_rows == 0) log();
  if ((count_ & 63) == 0) {
    if (since(flushed_) > 0.2) output_.flush(), flushed_ = std::chrono::steady_clock::now();
    if (screen_.due()) screen_.show(count_, model_->window());
  }
}

// A row that is a label alone, which came later, by the key of its row.
bool Run::take_label() {
  if (!columns_.only_label(held_.cells())) return false;
  if (!model_->tell(columns_, held_.cells(), told_)) ++strange_labels_;
  ++labels_;  // and not when it was broken
  if (!told_.empty()) tell(told_);
  return true;
}

// What drifts or wakes up is none: the score sees to that. Nor is a column that has never varied.
bool Run::is_alarm(const Event& event) const {
  using Kind = Event::Kind;
  const bool never = event.kind == Kind::constant && event.figure >= static_cast<double>(count_);
  return event.kind != Kind::drifting && event.kind != Kind::woke_up && !never;
}

void Run::broken(const std::string& why) {
  if (options_.strict)
    throw Error(fmt::format("{}: {}", held_.where(), why), "leaving out --strict, and such rows are passed over");
  last_broken_ = fmt::format("{}: {}", held_.where(), why);
  if (++broken_ <= named_broken_rows)
    screen_.complain(fmt::format("{}: {}; it is passed over{}", held_.where(), why,
                                 broken_ == named_broken_rows ? ", and others will be without a word" : ""));
}

void Run::tell(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) screen_.say(fmt::format("row {}: {}", number(), text));
}

void Run::tell(const Event& event) {
  ++events_told_;
  const std::string column = columns_.value_names()[event.value];
  screen_.say(fmt::format("row {}: column {} {}", number(), in_quotes(column, 40), event.text));
  log_.write(fmt::format("{{\"row\": {}, \"event\": \"{}\", \"column\": {}, \"figure\": {}}}", number(), name_of(event.kind),
                         json_quoted(column), figure(event.figure)));
}

// Before each wait for input.
void Run::idle() {
  held_.idle(), output_.flush();
  if (!model_) return;
  screen_.show(count_, model_->window());
  if (report_) report_->write_when_due(columns_, *model_);
  if (options_.every_seconds > 0) save_when_due(true);
}

void Run::log() {
  if (options_.log.empty()) return;
  const std::string columns = reference_ ? ", " + reference_->log_fields(columns_.value_names()) : "";
  log_.write(fmt::format("{{\"row\": {}, \"broken\": {}, {}{}}}", number(), broken_, model_->log_fields(), columns));
}

void Run::finish() {
  output_.flush();
  if (taken() == 0 && broken_ > 0 && !apps::stopped()) {
    apps::begin();
    throw Error(fmt::format("no row could be read, and the last of {} was broken: {}", broken_, last_broken_),
                "the options by which columns are read: --label, --task, --columns, --text");
  }
  if (!model_ && !apps::stopped()) throw Error(rows_.lines().where_all() + ": there was no row", "a stream of at least one");
  const std::string at = apps::counted(count_, "row");
  if (model_ && !options_.save.empty() && saved_at_ != taken()) save();
  if (report_ && model_) report_->end(columns_, *model_, apps::stopped() ? "stopped" : "the stream has ended");
  if (apps::stopped()) {
    screen_.say(options_.save.empty() ? fmt::format("stopped after {}; with --save it could go on from there", at)
                                      : fmt::format("stopped after {}; to go on: {}", at, command_));
    return;
  }
  screen_.say(fmt::format("{}{}, {:.0f} rows/s", at, broken_ > 0 ? " and " + apps::counted(broken_, "broken one") : "",
                          static_cast<double>(count_ - first_) / std::max(since(begun_), 1e-9)));
  for (const std::string& line : model_->figures()) screen_.say(line);
  if (reference_)
    for (const std::string& line : reference_->figures(columns_.value_names())) screen_.say(line);
  if (strange_labels_ > 0)
    screen_.say(fmt::format("{} came by a key that no row had, or none of the last {}", apps::counted(strange_labels_, "label"),
                            options_.late));
  if (options_.task == Task::anomaly) screen_.say(apps::counted(alarms_, "row") + " with an alarm, those of events among them");
}

}  // namespace stream
