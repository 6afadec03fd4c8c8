#include "apps/train/page/activations.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace train {
namespace {

using namespace cambium;

bool normalizes(const Graph::Entry& entry) {
  if (!entry.layer) return false;
  const std::string kind = entry.layer->describe().kind;
  return kind.find("norm") != std::string::npos || kind == "layer_scaling";
}

// At most some thousand of them, from all over.
std::vector<double> some_values(const ConstView& view) {
  constexpr std::size_t most = 6007;
  const std::size_t step = view.size() / most + 1;
  std::vector<double> values;
  for (std::size_t i = 0; i < view.size(); i += step)
    if (const auto v = static_cast<double>(view.data[i]); std::isfinite(v)) values.push_back(v);
  if (values.empty()) values.push_back(0);
  return values;
}

}  // namespace

Spread spread_of(std::vector<double>& values) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  Spread s{.mean = std::accumulate(values.begin(), values.end(), 0.0) / n};
  for (const double v : values) s.deviation += (v - s.mean) * (v - s.mean);
  s.deviation = std::sqrt(s.deviation / n);
  const auto at = [&](double share) { return values[static_cast<std::size_t>(share * (n - 1) + 0.5)]; };
  s.low = at(0.05), s.middle = at(0.5), s.high = at(0.95);
  return s;
}

Activations::Activations(const Graph& graph, Weights& weights, const Dataset& samples) {
  for (const Graph::Entry& entry : graph.entries()) {
    if (!normalizes(entry)) continue;
    if (++all_norms_ <= static_cast<int>(most_norms)) norms_.push_back(entry.name);
  }
  if (norms_.empty()) return;
  const auto count = std::min<std::int64_t>(samples.size(), most_samples);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) rows[static_cast<std::size_t>(i)] = i * samples.size() / count;
  inputs_ = inputs_of(samples, rows);
  plan_ = std::make_unique<Plan>(graph, weights, PlanOptions{.batch = inputs_.count, .mode = Mode::evaluate, .observe = norms_});
}

PastLook Activations::look(double epoch) {
  PastLook look{.epoch = epoch};
  if (!plan_) return look;
  plan_->forward(inputs_.view());
  before_.clear(), after_.clear();
  for (const std::string& norm : norms_) {
    before_.push_back(some_values(plan_->input_of(norm))), after_.push_back(some_values(plan_->output_of(norm)));
    look.before.push_back(spread_of(before_.back())), look.after.push_back(spread_of(after_.back()));
  }
  return look;
}

}  // namespace train
