#include "apps/evaluate/json.h"

#include <cmath>
#include <vector>

#include "apps/common/error_bars.h"
#include "apps/common/worst.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/parts/json.h"

namespace evaluate {
namespace {

using namespace cambium;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json count(std::int64_t n) { return static_cast<double>(n); }
Json text(const std::string& name) { return is_utf8(name) ? Json(name) : Json(shown(name)); }

void add_classes(Json::Fields& fields, const Metrics& m, const std::vector<std::string>& names) {
  Json::List classes, confusion;
  for (int c = 0; c < m.classes; ++c) {
    std::int64_t samples = 0;
    Json::List row;
    for (int p = 0; p < m.classes; ++p) row.push_back(count(m.confused(c, p))), samples += m.confused(c, p);
    const auto i = static_cast<std::size_t>(c);
    classes.emplace_back(Json::Fields{{"name", text(i < names.size() ? names[i] : std::to_string(c))},
                                      {"samples", count(samples)},
                                      {"precision", number(m.precision(c))},
                                      {"recall", number(m.recall(c))},
                                      {"f1", number(m.f1(c))}});
    confusion.emplace_back(std::move(row));
  }
  fields.emplace_back("classes", std::move(classes)), fields.emplace_back("confusion", std::move(confusion));
}

Json json_of(const apps::Mistake& m) {
  Json::Fields fields{{"sample", text(m.sample)}};
  if (m.of_class) {
    fields.emplace_back("true", text(m.truth)), fields.emplace_back("predicted", text(m.taken));
    fields.emplace_back("probability", number(m.probability));
  } else {
    fields.emplace_back("true", number(m.value)), fields.emplace_back("predicted", number(m.predicted));
  }
  return fields;
}

}  // namespace

std::string json_of(const Options& options, const apps::Test& test, const Metrics& metrics) {
  Json::Fields fields{{"model", text(options.model)},
                      {"data", text(options.set)},
                      {"test_samples", count(metrics.samples)},
                      {"test_loss", number(metrics.loss)}};
  if (metrics.classes > 0) {
    fields.emplace_back("test_accuracy", number(metrics.accuracy()));
    fields.emplace_back("test_standard_error", number(metrics.standard_error()));
    add_classes(fields, metrics, test.set.class_names());
  } else {
    fields.emplace_back("test_r2", number(metrics.r2));
    fields.emplace_back("test_r2_standard_error", number(metrics.r2_standard_error));
    fields.emplace_back("test_mae", number(metrics.mean_absolute_error));
    fields.emplace_back("test_rmse", number(metrics.root_mean_squared_error));
  }
  if (test.error_bar_factor)
    fields.emplace_back("within_two_deviations", number(apps::within_error_bars(test.trainer, test.set, *test.error_bar_factor)));
  if (test.worst > 0) {
    Json::List worst;
    for (const apps::Mistake& mistake : apps::worst_mistakes(test.trainer, test.set, test.worst, test.scale))
      worst.push_back(json_of(mistake));
    fields.emplace_back("worst", std::move(worst));
  }
  return json_text(fields, "what the test has found") + '\n';
}

}  // namespace evaluate
