#include "tests/article/figures.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/framework/kernels/real.h"
#include "tests/support/listener.h"

namespace cambium::article {

namespace {

struct Figure {
  int row;
  std::string what, bound;
  double measured, slack;  // what is left to the bound, in units of the bound; NaN never was better
};

std::vector<Figure>& table() {
  static std::vector<Figure> figures;
  return figures;
}

void note(const Figure& figure) {
  CHECK_MESSAGE(figure.slack >= 0, "row ", figure.row, ", ", figure.what, ": ", figure.measured, ", which should be ",
                figure.bound);
  for (Figure& known : table())
    if (known.row == figure.row && known.what == figure.what) {
      if (!(figure.slack >= known.slack)) known = figure;
      return;
    }
  table().push_back(figure);
}

double unit(double bound) { return bound == 0 ? 1 : std::fabs(bound); }

struct FigureTable : EndListener {
  using EndListener::EndListener;

  void test_run_end(const doctest::TestRunStats&) override {
    if (table().empty()) return;
    std::stable_sort(table().begin(), table().end(), [](const Figure& a, const Figure& b) { return a.row < b.row; });
    out << "the article's sentences, measured in " << (sizeof(real) == 8 ? "double" : "single") << " precision:\n"
        << fmt::format("{:>3}  {:<76}{:>11}  {}\n", "row", "what", "measured", "bound");
    for (const Figure& figure : table())
      out << fmt::format("{:>3}  {:<76}{:>11.4g}  {}\n", figure.row, figure.what, figure.measured, figure.bound);
  }
};

REGISTER_LISTENER("article_figures", 2, FigureTable);

}  // namespace

void at_most(int row, const std::string& what, double measured, double bound) {
  note({row, what, fmt::format("<= {:.4g}", bound), measured, (bound - measured) / unit(bound)});
}

void at_least(int row, const std::string& what, double measured, double bound) {
  note({row, what, fmt::format(">= {:.4g}", bound), measured, (measured - bound) / unit(bound)});
}

void near_to(int row, const std::string& what, double measured, double expected, double tolerance) {
  note({row, what, fmt::format("{:.4g} +- {:.2g}", expected, tolerance), measured,
        (tolerance - std::fabs(measured - expected)) / unit(tolerance)});
}

}  // namespace cambium::article
