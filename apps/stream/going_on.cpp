// A run that goes on where another one stopped, and what it keeps for that.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/common/same_file.h"
#include "apps/stream/note.h"
#include "apps/stream/run.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/files/parts/json.h"

namespace stream {
namespace {

using namespace cambium;

constexpr const char *identity_key = "stream.options", *state_key = "stream.state";

}  // namespace

// Nothing that goes on from there may be lost to a run that was to go on, and was not told so. A model to begin with is no such
// thing.
void Run::begin_anew() const {
  std::error_code none;
  if (!std::filesystem::is_regular_file(options_.save, none) || apps::same_file(options_.save, options_.load)) return;
  std::int64_t rows = -1;
  try {
    const CheckpointFile file(options_.save);
    if (file.note(state_key)) rows = file.whole("rows");
  } catch (const Error&) {  // it is something else, or was damaged
  }
  if (rows < 0) throw Error(options_.save + ": is there already, and is no whole save of a stream", "another file for --save");
  throw Error(fmt::format("{}: has a stream of {}", options_.save, apps::counted(rows, "row")), "--resume, or another file");
}

void Run::resume() {
  const std::optional<CheckpointFile> file = saved_.newest([&](const std::string& text) { screen_.complain("warning: " + text); });
  if (!file) return screen_.say(options_.save + " is not there yet: from the start");
  const std::string *identity = file->note(identity_key), *state = file->note(state_key);
  if (!identity || !state) throw Error(file->path() + ": is no stream that could go on", "--load, to begin with its weights");
  check_identity(*identity, options_as_asked_, file->path());
  const Json json = parse_json(*state, file->path());
  const Note note(json, file->path());
  std::optional<std::int64_t> seen;
  if (options_.from_start) seen = file->whole("rows") + file->whole("broken") + file->whole("labels");
  const std::string news = rows_.go_on_from(note.json("input"), file->path(), seen);
  options_.task = static_cast<Task>(note.whole("task", 3));
  options_.label = note.text("label"), options_.layers = note.text("layers");
  columns_.settle(TableFormat::from_text(note.text("columns"), file->path()));
  columns_.check_names(rows_.names()), held_.hold_none();
  std::vector<std::string> classes;
  for (const Json& one : note.get<Json::List>("classes"))
    if (one.as<std::string>()) classes.push_back(*one.as<std::string>());
  make_model(classes);
  file->load(model_->learner().weights(), [&](StateDict& dict) { state_dict(dict); });
  if (!options_.out.empty() && note.text("out") == options_.out) output_.go_on_after(note.whole("out_bytes"));
  if (options_.out.empty()) output_.go_on_after(0);
  if (!options_.log.empty() && note.text("log") == options_.log) log_.go_on_after(note.whole("log_bytes"));
  if (const std::string* pictures = file->note(Report::key); pictures && report_) report_->go_on_from(*pictures);
  first_ = count_, saved_at_ = taken();
  screen_.say(fmt::format("goes on after row {}", number()));
  if (!news.empty()) screen_.say(news);
  apps::begin();
}

void Run::save_when_due(bool idle) {
  if (options_.save.empty() || !model_ || held_.any() || saved_at_ == taken()) return;
  const bool rows = options_.every_rows > 0 && taken() > 0 && taken() % options_.every_rows == 0;
  const bool seconds = options_.every_seconds > 0 && (idle || (count_ & 15) == 0) && since(saved_when_) >= options_.every_seconds;
  if (rows || seconds) save();
}

void Run::state_dict(StateDict& dict) {
  PartOfState model(dict, "model"), columns(dict, "columns"), events(dict, "events"), reference(dict, "reference");
  model_->state_dict(model), columns_.state_dict(columns), events_->state_dict(events);
  if (reference_) reference_->state_dict(reference);
  dict.value("rows", count_, std::int64_t{0}), dict.value("broken", broken_, std::int64_t{0});
  dict.value("labels", labels_, std::int64_t{0}), dict.value("strange_labels", strange_labels_, std::int64_t{0});
  dict.value("alarms", alarms_, std::int64_t{0}), dict.value("events_told", events_told_, std::int64_t{0});
}

void Run::save() {
  output_.sync(), log_.sync();
  const std::vector<std::string> classes = model_->classes();
  const Json state = Json::Fields{{"input", rows_.note()},
                                  {"task", static_cast<double>(options_.task)},
                                  {"label", options_.label},
                                  {"layers", options_.layers},
                                  {"columns", columns_.format({}).text()},
                                  {"classes", Json::List(classes.begin(), classes.end())},
                                  {"out", options_.out},
                                  {"out_bytes", static_cast<double>(output_.written())},
                                  {"log", options_.log},
                                  {"log_bytes", static_cast<double>(log_.size())}};
  std::vector<WeightsNote> notes;
  if (const apps::ModelDescription d = model_->description(columns_); !d.layers.empty()) notes = apps::notes_of(d);
  notes.push_back({identity_key, text_of(options_as_asked_)}),
      notes.push_back({state_key, json_text(state, "the state of the stream")});
  if (report_) notes.push_back(report_->note());
  try {
    saved_.write(
        model_->learner().weights(), [&](StateDict& dict) { state_dict(dict); }, notes);
    saved_at_ = taken();
  } catch (const Error& error) {
    if (!std::exchange(save_failed_, true))
      apps::lose("--save: " + apps::at_command_line(error) + "; the stream goes on, and so do the attempts");
  }
  saved_when_ = std::chrono::steady_clock::now();
}

}  // namespace stream
