#include "apps/stream/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/stream/report_charts.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/plot/page.h"

namespace stream {

using namespace cambium;

namespace {

constexpr auto pause = std::chrono::seconds(10);

double between(std::chrono::steady_clock::time_point a, std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

}  // namespace

Report::Report(const Options& options, std::string command) : options_(options), command_(std::move(command)) {
  if (const std::string_view end = " --resume"; !options.resume && command_.ends_with(end))
    command_.resize(command_.size() - end.size());
  AtomicFile probe(options.report);
}

void Report::row(const Columns& columns, std::span<const real> values, const Answer& answer, std::span<const Event> events,
                 Model& model) {
  rows_ += 1;
  history_.add(values, options_.task == Task::anomaly && answer.known ? answer.score : Stretch::none, answer.alarm);
  for (const Event& event : events)
    history_.add({rows_, static_cast<int>(event.kind), shown(columns.value_names()[event.value], 60), event.text});
  if (!history_.ends_stretch()) return;
  const Clock::time_point now = Clock::now();
  history_.end_stretch(model.learner().metrics().window(), between(std::exchange(stretch_, now), now));
  if (now - written_ >= pause) write(columns, model);
}

void Report::write_when_due(const Columns& columns, Model& model) {
  if (Clock::now() - written_ >= pause) write(columns, model);
}

void Report::end(const Columns& columns, Model& model, const std::string& how) {
  state_ = how;
  history_.end_stretch(model.learner().metrics().window(), between(stretch_, Clock::now()));
  write(columns, model);
}

WeightsNote Report::note() const {
  Json::Fields fields;
  fields.emplace_back("rows", rows_);
  fields.emplace_back("history", history_.json());
  return {key, json_text(fields, "the report of the stream")};
}

void Report::go_on_from(const std::string& note) {
  const Json json = parse_json(note, "the report of the stream");
  if (const Json* history = json.field("history")) history_.go_on_from(*history);
  if (const Json* rows = json.field("rows"); rows && rows->as<double>()) rows_ = *rows->as<double>();
  stretch_ = Clock::now();
}

void Report::write(const Columns& columns, Model& model) {
  written_ = Clock::now();
  try {
    const std::string what = options_.demo.empty() ? "" : options_.demo + ": ";
    plot::Page page(what + (options_.task == Task::anomaly ? "what is unusual" : shown(options_.label, 60) + ", row by row"),
                    fmt::format("{:.0f} rows; {}", rows_, state_));
    for (const std::string& line : model.figures()) page.paragraph(line);
    const std::vector<Stretch> stretches = history_.stretches();
    add_figures(page, options_.task, options_.window, stretches);
    add_events(page, history_, rows_);
    add_columns(page, columns.value_names(), stretches, history_.events());
    page.heading("How it was made");
    page.code(command_);
    page.paragraph(
        fmt::format("Layers {}, rate {:g}, seed {}. Cambium {}.", options_.layers, options_.rate, options_.seed, CAMBIUM_VERSION));
    page.save(options_.report);
  } catch (const std::exception& error) {
    if (!std::exchange(lost_, true)) apps::lose("--report: " + apps::at_command_line(error) + "; the stream goes on");
  }
}

}  // namespace stream
