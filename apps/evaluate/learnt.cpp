#include "apps/evaluate/learnt.h"

#include <fmt/format.h>

#include "apps/common/model_file.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/weights_file.h"

namespace evaluate {

using namespace cambium;

namespace {

// 0 where there is none.
double number(const Json& fields, const char* name) {
  const Json* field = fields.field(name);
  const double* value = field ? field->as<double>() : nullptr;
  return value ? *value : 0;
}

std::string text(const Json& fields, const char* name) {
  const Json* field = fields.field(name);
  const std::string* value = field ? field->as<std::string>() : nullptr;
  return value ? *value : "";
}

std::string warning_of(const Json& data, const apps::DataPlace& place, std::int64_t samples) {
  const std::string samples_of = place.kind == "npy" ? place.where.substr(0, place.where.find(',')) : place.where;
  const std::string name = shown(apps::last_name(samples_of));
  if (name.empty() || text(data, "kind") != place.kind || text(data, "name") != name) return "";
  const double learnt = number(data, "samples"), aside = data.field("test") ? 0 : number(data, "test_samples");
  if (learnt + number(data, "validation_samples") + aside != static_cast<double>(samples)) return "";
  return fmt::format(
      "warning: {} is by its name and size what the model has learnt from, {} of {} samples: of new ones this says "
      "little{}\n",
      name, learnt, samples, aside > 0 ? "; the test of the training is in its file (inspect)" : "");
}

}  // namespace

std::string warning_of_learnt(const std::string& model, const apps::DataPlace& place, std::int64_t samples) {
  for (const WeightsNote& note : read_notes(model))
    if (note.key == apps::training_key) try {
        const Json json = parse_json(note.text, model);
        if (const Json* data = json.field("data")) return warning_of(*data, place, samples);
      } catch (const Error&) {  // written by another program
      }
  return "";
}

}  // namespace evaluate
