// --report: a stream as a page of pictures, that is rewritten while it runs.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "apps/stream/columns.h"
#include "apps/stream/events.h"
#include "apps/stream/history.h"
#include "apps/stream/model.h"
#include "apps/stream/options.h"
#include "cambium/framework/files/weights_note.h"

namespace stream {

// The page is in its place whole every ten seconds, also while the program waits for rows, and in the end, however that comes. What
// cannot be written is told once and makes the exit code 1; the stream goes on, and so do the attempts.
class Report {
 public:
  // Errors: a place that cannot be written.
  Report(const Options& options, std::string command);

  // A row, after it was learnt, and what its columns did.
  void row(const Columns& columns, std::span<const cambium::real> values, const Answer& answer, std::span<const Event> events,
           Model& model);
  void write_when_due(const Columns& columns, Model& model);  // while it waits
  void end(const Columns& columns, Model& model, const std::string& how);

  // For --save, and back with --resume; another program's file has none, and the page begins anew.
  static constexpr const char* key = "stream.report";
  cambium::WeightsNote note() const;
  void go_on_from(const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;
  void write(const Columns& columns, Model& model);

  const Options& options_;
  std::string command_, state_ = "running";
  History history_;
  double rows_ = 0;
  Clock::time_point stretch_ = Clock::now(), written_ = stretch_;
  bool lost_ = false;
};

}  // namespace stream
