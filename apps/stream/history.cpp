#include "apps/stream/history.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace stream {

using cambium::Json;

void Moments::add(double value) {
  const double difference = value - mean;
  count += 1, mean += difference / count;
  squares += difference * (value - mean);
}

void Moments::add(const Moments& other) {
  const double all = count + other.count, difference = other.mean - mean;
  if (all == 0) return;
  squares += other.squares + difference * difference * count * other.count / all;
  mean += difference * other.count / all, count = all;
}

double Moments::deviation() const { return count > 0 ? std::sqrt(squares / count) : 0; }

namespace {

// All numbers of a stretch but those of its columns, in one order for writing and reading.
constexpr double Stretch::*numbers[] = {&Stretch::first,    &Stretch::last,  &Stretch::seconds,        &Stretch::alarms,
                                        &Stretch::score,    &Stretch::error, &Stretch::error_of_last,  &Stretch::loss,
                                        &Stretch::accuracy, &Stretch::kappa, &Stretch::kappa_temporal, &Stretch::accuracy_of_last};

Json json_of(double value) {
  Json json;
  if (std::isfinite(value)) json.value = value;
  return json;
}

double number_of(const Json& json) { return json.as<double>() ? *json.as<double>() : Stretch::none; }

Json json_of(const Stretch& s) {
  Json::List list;
  for (const auto number : numbers) list.push_back(json_of(s.*number));
  for (const Moments& m : s.columns)
    for (const double value : {m.count, m.mean, m.squares}) list.push_back(json_of(value));
  return list;
}

Stretch stretch_of(const Json& json) {
  Stretch s;
  const auto* list = json.as<Json::List>();
  if (!list || list->size() < std::size(numbers)) return s;
  for (std::size_t i = 0; i < std::size(numbers); ++i) s.*numbers[i] = number_of((*list)[i]);
  for (std::size_t i = std::size(numbers); i + 3 <= list->size(); i += 3)
    s.columns.push_back({number_of((*list)[i]), number_of((*list)[i + 1]), number_of((*list)[i + 2])});
  return s;
}

double field_of(const Json& json, const char* name) {
  const Json* field = json.field(name);
  const double value = field ? number_of(*field) : 0;
  return value >= 0 && value < 0x1p53 ? value : 0;
}

const Json::List& list_of(const Json& json, const char* name) {
  static const Json::List nothing;
  const Json* field = json.field(name);
  const auto* list = field ? field->as<Json::List>() : nullptr;
  return list ? *list : nothing;
}

// `a`, and `b` behind it.
Stretch joined(const Stretch& a, const Stretch& b) {
  Stretch both = b;
  both.first = a.first, both.seconds += a.seconds, both.alarms += a.alarms, both.score = std::fmax(a.score, b.score);
  for (std::size_t i = 0; i < std::min(a.columns.size(), b.columns.size()); ++i) {
    both.columns[i] = a.columns[i];
    both.columns[i].add(b.columns[i]);
  }
  return both;
}

}  // namespace

void History::add(std::span<const cambium::real> columns, double score, bool alarm) {
  rows_ += 1;
  if (now_.first == 0) now_.first = rows_, now_.columns.resize(std::min(columns.size(), most_columns));
  now_.last = rows_, now_.alarms += alarm, now_.score = std::fmax(now_.score, score);
  for (std::size_t i = 0; i < now_.columns.size(); ++i) now_.columns[i].add(static_cast<double>(columns[i]));
}

void History::end_stretch(const cambium::StreamFigures& window, double seconds) {
  if (now_.first == 0) return;
  now_.seconds = seconds, now_.loss = window.loss;
  now_.accuracy = window.accuracy, now_.accuracy_of_last = window.accuracy_of_last;
  now_.kappa = window.kappa, now_.kappa_temporal = window.kappa_temporal;
  now_.error = window.mean_absolute_error, now_.error_of_last = window.mean_absolute_error_of_last;
  stretches_.push_back(std::exchange(now_, Stretch()));
  while (stretches_.size() >= most_stretches) halve();
}

void History::halve() {
  for (std::size_t i = 0; i < stretches_.size() / 2; ++i) stretches_[i] = joined(stretches_[2 * i], stretches_[2 * i + 1]);
  stretches_.resize(stretches_.size() / 2), length_ *= 2;
}

void History::add(PastEvent event) {
  ++all_events_;
  events_.push_back(std::move(event));
  if (events_.size() > most_events) events_.erase(events_.begin() + most_events / 2);
}

std::vector<Stretch> History::stretches() const {
  std::vector<Stretch> all = stretches_;
  if (now_.first == 0) return all;
  if (all.empty()) return {now_};
  all.back() = joined(all.back(), now_);  // whose figures are none yet: those of the window before stay
  for (const auto figure : {&Stretch::accuracy, &Stretch::accuracy_of_last, &Stretch::kappa, &Stretch::kappa_temporal,
                            &Stretch::error, &Stretch::error_of_last, &Stretch::loss})
    all.back().*figure = stretches_.back().*figure;
  return all;
}

Json History::json() const {
  Json::List rows, events;
  for (const Stretch& s : stretches_) rows.push_back(json_of(s));
  for (const PastEvent& e : events_) {
    Json::List event;
    event.push_back(json_of(e.row)), event.push_back(json_of(static_cast<double>(e.kind)));
    event.emplace_back(e.column), event.emplace_back(e.text);
    events.emplace_back(std::move(event));
  }
  Json::Fields fields;
  fields.emplace_back("rows", rows_), fields.emplace_back("length", static_cast<double>(length_));
  fields.emplace_back("all_events", static_cast<double>(all_events_));
  fields.emplace_back("now", json_of(now_));
  fields.emplace_back("stretches", std::move(rows)), fields.emplace_back("events", std::move(events));
  return fields;
}

void History::go_on_from(const Json& json) {
  *this = History();
  rows_ = field_of(json, "rows"), length_ = std::max<std::int64_t>(8, static_cast<std::int64_t>(field_of(json, "length")));
  all_events_ = static_cast<std::int64_t>(field_of(json, "all_events"));
  for (const Json& one : list_of(json, "stretches")) stretches_.push_back(stretch_of(one));
  while (stretches_.size() >= most_stretches) halve();
  if (const Json* now = json.field("now")) now_ = stretch_of(*now);
  for (const Json& one : list_of(json, "events")) {
    const auto* list = one.as<Json::List>();
    if (!list || list->size() < 4) continue;
    const auto text = [&](std::size_t i) { return (*list)[i].as<std::string>() ? *(*list)[i].as<std::string>() : std::string(); };
    const double kind = number_of((*list)[1]);
    if (kind >= 0 && kind <= 4) events_.push_back({number_of((*list)[0]), static_cast<int>(kind), text(2), text(3)});
  }
}

}  // namespace stream
