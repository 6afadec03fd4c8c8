#include "apps/train/page/past.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"

namespace train {
namespace {

using namespace cambium;

constexpr const char *key = "cambium.report", *whose = "the note of the report";

using Row = std::vector<double>;

Json list_of(const Row& row) {
  Json::List list;
  for (const double value : row) {
    list.emplace_back();
    if (std::isfinite(value)) list.back().value = value;
  }
  return list;
}

// Null: NaN. Anything else than a list is one of nothing.
Row row_of(const Json& json) {
  Row row;
  if (const auto* list = json.as<Json::List>())
    for (const Json& one : *list) row.push_back(one.as<double>() ? *one.as<double>() : PastEpoch::none);
  return row;
}

Row row_of(const PastEpoch& e) { return {e.epoch, e.loss, e.metric, e.validation_loss, e.validation_metric, e.rate, e.seconds}; }

PastEpoch epoch_of(Row row) {
  row.resize(7, PastEpoch::none);
  return {row[0], row[1], row[2], row[3], row[4], row[5], row[6]};
}

Row row_of(const PastLook& look) {
  Row row{look.epoch};
  for (std::size_t i = 0; i < look.before.size(); ++i)
    for (const Spread* s : {&look.before[i], &look.after[i]})
      row.insert(row.end(), {s->mean, s->deviation, s->low, s->middle, s->high});
  return row;
}

PastLook look_of(const Row& row) {
  PastLook look{.epoch = row.empty() ? 0 : row[0]};
  for (std::size_t at = 1; at + 10 <= row.size(); at += 10)
    for (std::size_t i = 0; i < 2; ++i) {
      const double* v = &row[at + 5 * i];
      (i == 0 ? look.before : look.after).push_back({v[0], v[1], v[2], v[3], v[4]});
    }
  return look;
}

template <class T>
Json json_of(const apps::Thinned<T>& values) {
  Json::List rows;
  for (const T& value : values.all()) rows.push_back(list_of(row_of(value)));
  Json::Fields fields;
  fields.emplace_back("count", static_cast<double>(values.count()));
  fields.emplace_back("stride", static_cast<double>(values.stride()));
  fields.emplace_back("rows", std::move(rows));
  return fields;
}

template <class T, class Make>
void go_on(apps::Thinned<T>& values, const Json* json, const Make& make) {
  const auto number = [&](const char* name) {
    const Json* field = json ? json->field(name) : nullptr;
    const double* value = field ? field->as<double>() : nullptr;
    return value && *value >= 1 && *value < 0x1p53 ? static_cast<std::int64_t>(*value) : 0;
  };
  const Json* rows = json ? json->field("rows") : nullptr;
  std::vector<T> all;
  if (rows && rows->as<Json::List>())
    for (const Json& row : *rows->as<Json::List>()) all.push_back(make(row_of(row)));
  if (number("stride") > 0 && number("count") > 0) values.go_on_from(std::move(all), number("count"), number("stride"));
}

}  // namespace

void Past::add(const EpochReport& r) {
  PastEpoch e{.epoch = static_cast<double>(r.epoch), .loss = r.loss, .metric = r.accuracy, .rate = r.rate, .seconds = r.seconds};
  if (r.validated) {
    e.validation_loss = r.validation.loss;
    e.validation_metric = r.validation.classes > 0 ? r.validation.accuracy() : r.validation.r2;
  }
  epochs_.add(e);
}

WeightsNote Past::note() const {
  Json::Fields fields;
  fields.emplace_back("epochs", json_of(epochs_)), fields.emplace_back("looks", json_of(looks_));
  return {key, json_text(fields, whose)};
}

void Past::go_on_from(std::span<const WeightsNote> notes, const std::string& log) {
  *this = Past();
  for (const WeightsNote& note : notes)
    if (note.key == key) {
      const Json json = parse_json(note.text, whose);
      go_on(epochs_, json.field("epochs"), [](const Row& row) { return epoch_of(row); });
      go_on(looks_, json.field("looks"), look_of);
      return;
    }
  read_log(log);
}

// epoch,loss,accuracy,validation_loss,validation_accuracy,best,rate,seconds,...
void Past::read_log(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::array<double, 8> cells{};
    cells.fill(PastEpoch::none);
    std::size_t at = 0;
    for (double& cell : cells) {
      const std::size_t end = std::min(line.find(',', at), line.size());
      if (end > at) cell = std::strtod(line.substr(at, end - at).c_str(), nullptr);
      if ((at = end + 1) > line.size()) break;
    }
    epochs_.add({cells[0], cells[1], cells[2], cells[3], cells[4], cells[6], cells[7]});
  }
}

}  // namespace train
