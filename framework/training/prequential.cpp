#include "cambium/framework/training/prequential.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"

namespace cambium {

Prequential::Prequential(int classes, int values, int window) : classes_(classes), values_(values) {
  if (window < 1)
    throw Error("online_learner: .window = " + std::to_string(window) + ", which must be at least 1", ".window = 1000");
  rows_.resize(as_size(window));
  for (Sums* sums : {&all_, &window_}) sums->said.resize(as_size(classes)), sums->true_.resize(as_size(classes));
}

void Prequential::add(int predicted, int truth, int last, double loss) noexcept {
  add(Row{loss, static_cast<double>(predicted), static_cast<double>(truth), static_cast<double>(last)});
}

void Prequential::add(const real* predicted, const real* truth, const real* last, double loss) noexcept {
  Row row{loss};
  for (int k = 0; k < values_; ++k) {
    const double t = static_cast<double>(truth[k]), error = static_cast<double>(predicted[k]) - t;
    row.a += std::fabs(error), row.b += error * error;
    const double other = last ? static_cast<double>(last[k]) - t : 0;
    row.c += std::fabs(other), row.d += other * other;
  }
  if (!last) row.d = -1;  // there was none
  add(row);
}

void Prequential::add(const Row& row) noexcept {
  Row& oldest = rows_[static_cast<std::size_t>(all_.rows) % rows_.size()];
  if (window_.rows == static_cast<std::int64_t>(rows_.size())) take(window_, oldest, -1);
  oldest = row;
  take(window_, row, 1), take(all_, row, 1);
}

void Prequential::take(Sums& sums, const Row& row, double sign) noexcept {
  const auto one = static_cast<std::int64_t>(sign);
  sums.rows += one, sums.loss += sign * row.loss;
  if (classes_ == 0) {
    const bool last = row.d >= 0;
    sums.a += sign * row.a, sums.b += sign * row.b;
    if (last) sums.c += sign * row.c, sums.d += sign * row.d, sums.last_rows += one;
    return;
  }
  sums.a += row.a == row.b ? sign : 0, sums.b += row.c == row.b ? sign : 0;
  if (row.a >= 0) sums.said[static_cast<std::size_t>(row.a)] += sign;
  sums.true_[static_cast<std::size_t>(row.b)] += sign;
}

StreamFigures Prequential::figures(const Sums& sums) const {
  StreamFigures of{.rows = sums.rows};
  if (sums.rows == 0) return of;
  const auto n = static_cast<double>(sums.rows);
  of.loss = sums.loss / n;
  if (classes_ == 0) {
    const double values = n * values_, last = static_cast<double>(sums.last_rows) * values_;
    of.mean_absolute_error = std::max(sums.a, 0.0) / values;
    of.root_mean_squared_error = std::sqrt(std::max(sums.b, 0.0) / values);
    if (last == 0) return of;
    of.mean_absolute_error_of_last = std::max(sums.c, 0.0) / last;
    of.root_mean_squared_error_of_last = std::sqrt(std::max(sums.d, 0.0) / last);
    return of;
  }
  of.accuracy = sums.a / n, of.accuracy_of_last = sums.b / n;
  double chance = 0;
  for (std::size_t c = 0; c < sums.said.size(); ++c) chance += sums.said[c] / n * (sums.true_[c] / n);
  if (chance < 1) of.kappa = (of.accuracy - chance) / (1 - chance);
  if (of.accuracy_of_last < 1) of.kappa_temporal = (of.accuracy - of.accuracy_of_last) / (1 - of.accuracy_of_last);
  return of;
}

void Prequential::grow(int classes) {
  classes_ = classes;
  for (Sums* sums : {&all_, &window_}) sums->said.resize(as_size(classes)), sums->true_.resize(as_size(classes));
}

void Prequential::state_dict(StateDict& dict) {
  PartOfState all(dict, "all"), window(dict, "window");
  state_dict(all, all_), state_dict(window, window_);
  static_assert(sizeof(Row) == 5 * sizeof(double));
  dict.values("rows", std::span(&rows_[0].loss, 5 * rows_.size()));
}

void Prequential::state_dict(StateDict& dict, Sums& sums) {
  dict.value("rows", sums.rows, std::int64_t{0}), dict.value("last_rows", sums.last_rows, std::int64_t{0});
  double* const numbers[] = {&sums.loss, &sums.a, &sums.b, &sums.c, &sums.d};
  for (int i = 0; i < 5; ++i) dict.value(std::string(1, "labcd"[i]), *numbers[i]);
  if (classes_ > 0) dict.values("said", sums.said), dict.values("true", sums.true_);
}

}  // namespace cambium
