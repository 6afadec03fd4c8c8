#include "apps/compare_norms/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace compare_norms {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Spread::Spread(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++count;
  mean = count == 0 ? nan : sum / count;
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - mean) * (value - mean);
  deviation = count < 2 ? nan : std::sqrt(squares / (count - 1));
}

Outcome::Outcome(Experiment experiment, int seeds)
    : experiment_(std::move(experiment)), seeds_(seeds), cells_(experiment_.rows.size() * experiment_.columns.size()) {
  for (Cell& cell : cells_) cell.of_seed.resize(at(seeds));
}

const Outcome::Cell& Outcome::cell(int row, int column) const { return cells_[at(row) * experiment_.columns.size() + at(column)]; }

int Outcome::there(int row, int column) const {
  return static_cast<int>(std::ranges::count_if(cell(row, column).of_seed, [](const auto& values) { return !values.empty(); }));
}

int Outcome::done() const {
  int count = 0;
  for (int row = 0; row < static_cast<int>(experiment_.rows.size()); ++row)
    for (int column = 0; column < static_cast<int>(experiment_.columns.size()); ++column) count += there(row, column);
  return count;
}

void Outcome::set(int row, int column, int seed, std::vector<double> values) {
  values.resize(experiment_.measures.size(), nan);
  cells_[at(row) * experiment_.columns.size() + at(column)].of_seed[at(seed - 1)] = std::move(values);
}

void Outcome::refuse(int row, int column, int seed, const std::string& why) {
  set(row, column, seed, {nan});
  cells_[at(row) * experiment_.columns.size() + at(column)].refused = why;
}

std::vector<double> Outcome::values(int row, int column, int measure) const {
  std::vector<double> values;
  for (const std::vector<double>& of_seed : cell(row, column).of_seed)
    values.push_back(of_seed.empty() ? nan : of_seed[at(measure)]);
  return values;
}

std::vector<double> Outcome::values(const std::string& row, const std::string& column, int measure) const {
  const auto r = std::ranges::find(experiment_.rows, row), c = std::ranges::find(experiment_.columns, column);
  if (r == experiment_.rows.end() || c == experiment_.columns.end()) return {};
  return values(static_cast<int>(r - experiment_.rows.begin()), static_cast<int>(c - experiment_.columns.begin()), measure);
}

const std::string& Outcome::refused(int row, int column) const { return cell(row, column).refused; }

Paired::Paired(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!std::isnan(a[i] - b[i])) differences.push_back(a[i] - b[i]);
  const Spread spread(differences);
  count = spread.count, mean = spread.mean, standard_error = spread.deviation / std::sqrt(std::max(1, count));
}

std::string Paired::str(const std::string& unit) const {
  if (count == 0) return "";
  if (count == 1) return fmt::format("{:+.2f}{}", mean, unit);
  return fmt::format("{:+.2f} +- {:.2f}{} over {} paired seeds", mean, standard_error, unit, count);
}

std::vector<std::string> differences(const Outcome& outcome, const std::string& what, const std::vector<PairOfRows>& pairs,
                                     const std::string& column, int measure, const std::string& unit) {
  std::vector<std::string> lines;
  for (const auto& [a, b] : pairs)
    if (const Paired pair(outcome.values(a, column, measure), outcome.values(b, column, measure)); pair.count > 0)
      lines.push_back(fmt::format("{}, {} - {}: {}", what, a, b, pair.str(unit)));
  return lines;
}

}  // namespace compare_norms
