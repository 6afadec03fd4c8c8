// The loop: a row, what is said of it, and what is learnt from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/line_file.h"
#include "apps/stream/columns.h"
#include "apps/stream/events.h"
#include "apps/stream/held_rows.h"
#include "apps/stream/model.h"
#include "apps/stream/options.h"
#include "apps/stream/output.h"
#include "apps/stream/reference.h"
#include "apps/stream/report.h"
#include "apps/stream/rows.h"
#include "apps/stream/saved.h"
#include "apps/stream/screen.h"

namespace stream {

inline double since(std::chrono::steady_clock::time_point then) {  // seconds
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

class Run {
 public:
  Run(const Options& options, std::string command);

  void begin_anew() const;  // Error: there is a run to go on with
  void resume();
  int loop();  // the exit code

 private:
  void begin();
  void make_model(std::vector<std::string> classes);
  void load();
  void take();
  bool take_label();
  bool is_alarm(const Event& event) const;
  void broken(const std::string& why);
  void tell(const std::vector<std::string>& texts);
  void tell(const Event& event);
  void idle();
  void save_when_due(bool idle = false);
  void save();
  void log();
  void finish();
  void state_dict(cambium::StateDict& dict);
  std::int64_t taken() const { return count_ + labels_; }
  std::int64_t number() const { return count_ + broken_; }  // of the row that was taken last, in the input

  Options options_;
  Options::Identity options_as_asked_;  // before the first row said what was left open
  std::string command_;
  Screen screen_;
  Rows rows_;
  HeldRows held_;  // what the loop reads them by
  Columns columns_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Reference> reference_;  // with --reference
  Output output_;
  apps::LineFile log_;
  Saved saved_;
  std::optional<Report> report_;
  std::vector<cambium::real> values_;
  std::vector<std::string> told_;
  std::int64_t count_ = 0, broken_ = 0, alarms_ = 0, events_told_ = 0, labels_ = 0, strange_labels_ = 0, saved_at_ = -1;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now(), saved_when_ = begun_, flushed_ = begun_;
  bool save_failed_ = false;
  std::string last_broken_;  // where, and why
  std::int64_t first_ = 0;   // rows before this run
};

}  // namespace stream
