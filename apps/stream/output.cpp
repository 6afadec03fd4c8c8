#include "apps/stream/output.h"

#include <fmt/format.h>

#include "apps/common/console.h"

namespace stream {

constexpr std::size_t many = 1 << 16;

Output::Output(const Options& options) : options_(options), file_("--out", options.out) { pending_.reserve(2 * many); }

void Output::heading(const Model& model, const std::string& key) {
  if (begun_ || options_.json) return;
  begun_ = true;
  pending_ += csv_cell(key);
  for (const std::string& column : model.columns()) pending_ += ',' + csv_cell(column);
  pending_ += '\n';
}

void Output::line(const Model& model, const std::string& key, const std::string& text, const Answer& answer) {
  if (options_.json) {
    fmt::format_to(std::back_inserter(pending_), "{{{}: {}, ", json_quoted(key), options_.key.empty() ? text : json_quoted(text));
    model.write(answer, true, pending_);
    pending_ += "}\n";
  } else {
    pending_ += csv_cell(text);
    pending_ += ',';
    model.write(answer, false, pending_);
    pending_ += '\n';
  }
  if (pending_.size() >= many) flush();
}

void Output::flush() {
  if (pending_.empty()) return;
  if (options_.out.empty()) {
    apps::write(pending_);
  } else {
    pending_.pop_back();  // it adds one
    file_.write(pending_);
  }
  pending_.clear();
}

void Output::sync() {
  flush();
  if (!options_.out.empty()) file_.sync();
}

void Output::go_on_after(long bytes) {
  file_.go_on_after(bytes);
  begun_ = true;
}

}  // namespace stream
