// Metrics of a stream, against the same counted anew.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/training/prequential.h"

namespace cambium {
namespace {

struct Said {
  int predicted, truth, last;
  double loss;
};

StreamFigures counted(const std::vector<Said>& rows, std::size_t from, int classes) {
  StreamFigures of{.rows = static_cast<std::int64_t>(rows.size() - from)};
  const auto n = static_cast<double>(of.rows);
  double right = 0, last = 0, loss = 0, chance = 0;
  for (std::size_t i = from; i < rows.size(); ++i)
    right += rows[i].predicted == rows[i].truth, last += rows[i].last == rows[i].truth, loss += rows[i].loss;
  for (int c = 0; c < classes; ++c) {
    double said = 0, was = 0;
    for (std::size_t i = from; i < rows.size(); ++i) said += rows[i].predicted == c, was += rows[i].truth == c;
    chance += said / n * was / n;
  }
  of.accuracy = right / n, of.accuracy_of_last = last / n, of.loss = loss / n;
  of.kappa = (of.accuracy - chance) / (1 - chance);
  of.kappa_temporal = (of.accuracy - of.accuracy_of_last) / (1 - of.accuracy_of_last);
  return of;
}

void check_same(const StreamFigures& got, const StreamFigures& expected) {
  CHECK(got.rows == expected.rows);
  CHECK(got.accuracy == doctest::Approx(expected.accuracy).epsilon(1e-12));
  CHECK(got.accuracy_of_last == doctest::Approx(expected.accuracy_of_last).epsilon(1e-12));
  CHECK(got.loss == doctest::Approx(expected.loss).epsilon(1e-12));
  CHECK(got.kappa == doctest::Approx(expected.kappa).epsilon(1e-12));
  CHECK(got.kappa_temporal == doctest::Approx(expected.kappa_temporal).epsilon(1e-12));
}

}  // namespace

TEST_CASE("prequential: accuracy, both kappas and the last label, in all and in a window") {
  constexpr int classes = 4;
  Prequential metrics(classes, classes, 100);
  CHECK(std::isnan(metrics.all().accuracy));
  std::vector<Said> rows;
  int last = -1;
  for (std::uint64_t i = 0; i < 350; ++i) {
    const int truth = static_cast<int>(Random(1).below(i / 3, classes));
    const int predicted = Random(2).uniform(i) < 0.6 ? truth : static_cast<int>(Random(3).below(i, classes));
    rows.push_back({predicted, truth, last, Random(4).uniform(i)});
    metrics.add(predicted, truth, last, rows.back().loss);
    last = truth;
    if (i == 59) check_same(metrics.window(), counted(rows, 0, classes));
  }
  check_same(metrics.all(), counted(rows, 0, classes));
  check_same(metrics.window(), counted(rows, 250, classes));
  CHECK(std::isnan(metrics.all().mean_absolute_error));
}

TEST_CASE("prequential: errors of values, beside those of the last value") {
  Prequential metrics(0, 1, 2);
  const real t[] = {1, 3, 2}, y[] = {0, 2, 4};
  metrics.add(&y[0], &t[0], nullptr, 0.5);
  CHECK(std::isnan(metrics.all().mean_absolute_error_of_last));
  metrics.add(&y[1], &t[1], &t[0], 0.5);
  metrics.add(&y[2], &t[2], &t[1], 2);
  CHECK(metrics.all().mean_absolute_error == doctest::Approx(4.0 / 3));
  CHECK(metrics.all().root_mean_squared_error == doctest::Approx(std::sqrt(2.0)));
  CHECK(metrics.all().mean_absolute_error_of_last == doctest::Approx(1.5));
  CHECK(metrics.all().loss == 1);
  CHECK(metrics.window().rows == 2);
  CHECK(metrics.window().mean_absolute_error == doctest::Approx(1.5));
  CHECK(metrics.window().root_mean_squared_error_of_last == doctest::Approx(std::sqrt(2.5)));
  CHECK(std::isnan(metrics.all().accuracy));
}

}  // namespace cambium
