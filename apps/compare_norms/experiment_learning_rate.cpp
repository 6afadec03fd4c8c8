// (d) A loss that is smooth allows of long steps. How long, the stress test says: a deep stack is trained for a few steps at each
// rate, and the largest one that still learns is looked for (the rates of Page 2019, "How to train your ResNet 7: batch norm").
//
//   largest rate: that at which the mean training accuracy of the last 30 steps is at least 60 %
#include <fmt/format.h>

#include <deque>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/normalizers.h"
#include "apps/compare_norms/training.h"

namespace compare_norms {
namespace {

const std::vector<double> rates{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
constexpr int last = 30, batch = 128;

}  // namespace

std::vector<std::string> largest_rates(const Outcome& outcome) {
  const Experiment& one = outcome.experiment();
  std::vector<std::string> lines;
  double of_first = 0;
  for (std::size_t row = 0; row < one.rows.size(); ++row) {
    double largest = 0;
    for (std::size_t column = 0; column < one.columns.size(); ++column)
      if (outcome.spread(static_cast<int>(row), static_cast<int>(column), 0).mean >= 60) largest = one.x[column];
    if (row == 0) of_first = largest;
    const std::string ratio =
        row > 0 && of_first > 0 ? fmt::format(", {:.2g} times that of {}", largest / of_first, one.rows[0]) : "";
    lines.push_back(largest > 0 ? fmt::format("{}: the largest rate that reaches 60 % is {}{}", one.rows[row], largest, ratio)
                                : fmt::format("{}: no rate reaches 60 %", one.rows[row]));
  }
  return lines;
}

Experiment learning_rate(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int steps = wish.quick ? 50 : 150;
  Experiment one{
      .name = "learning_rate", .title = "How large a rate may be", .question = "What is the largest learning rate that trains?"};
  one.formula = "the largest rate with at least 60 % of training samples right over the last 30 steps";
  one.network = "784, ten hidden layers of 100, 10; biases, He normal, norm and affine before each relu";
  one.training = fmt::format("{} steps of {} images, SGD", steps, batch);
  one.rows = flat_norms();
  set_columns(one, "learning rate", rates);
  one.measures = {{"training accuracy over the last 30 steps, %", 1}};
  const int count = wish.images_of(60000, *data);
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    std::deque<int> right;
    int done = 0;
    const auto on_step = [&](double, int r) {
      right.push_back(r);
      if (right.size() > last) right.pop_front();
      return ++done < steps;
    };
    Training training({.graph = dense_stack({.widths = std::vector<int>(10, 100),
                                             .norm = flat_norm(row).layers({steps / 2.0}),
                                             .bias = true,
                                             .init = cambium::init::he_normal()}),
                       .train = data->train,
                       .order = shuffled(data->train, seed, count),
                       .batch = batch,
                       .sgd = {.rate = rates[static_cast<std::size_t>(column)]},
                       .seed = seed,
                       .on_step = on_step});
    while (training.epoch()) {
    }
    double sum = 0;
    for (const int r : right) sum += r;
    return {training.diverged() ? 10 : 100 * sum / (batch * static_cast<double>(right.size()))};
  };
  one.conclusions = largest_rates;
  return one;
}

}  // namespace compare_norms
