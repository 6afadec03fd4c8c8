#include "apps/benchmark/commands/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/common/console.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/planning/profile.h"

namespace benchmark {

using nlohmann::json;

struct Trace::Events {
  json list = json::array();
  int processes = 0;
};

Trace::Trace(std::string path) : path_(std::move(path)), events_(std::make_unique<Events>()) {
  if (!path_.empty()) cambium::AtomicFile probe(path_);  // what cannot be written is said now, and not at the end
}

Trace::~Trace() = default;

void Trace::add(const std::string& title, std::span<const cambium::PassTime> times) {
  if (path_.empty() || times.empty()) return;
  const int process = ++events_->processes;
  double first = times.front().start;
  for (const cambium::PassTime& time : times) first = std::min(first, time.start);
  events_->list.push_back({{"ph", "M"}, {"name", "process_name"}, {"pid", process}, {"args", {{"name", title}}}});
  for (const cambium::PassTime& time : times)
    events_->list.push_back({{"ph", "X"},
                             {"name", time.name},
                             {"cat", time.phase},
                             {"pid", process},
                             {"tid", time.thread},
                             {"ts", 1e6 * (time.start - first)},
                             {"dur", 1e6 * time.seconds},
                             {"args", {{"phase", time.phase}}}});  // in microseconds
}

void Trace::write() const {
  if (path_.empty()) return;
  const std::string text = json{{"displayTimeUnit", "ns"}, {"traceEvents", events_->list}}.dump() + '\n';
  cambium::AtomicFile file(path_);
  file.write(text.data(), text.size());
  file.commit();
  apps::say("\nwritten: {}\n", cambium::shown(path_));
}

}  // namespace benchmark
