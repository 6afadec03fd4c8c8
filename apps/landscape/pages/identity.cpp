#include "apps/landscape/measures/identity.h"

#include <fmt/format.h>

#include "apps/landscape/chapter.h"

namespace landscape {

namespace {

constexpr const char* text =
    "Under all of this lies an equation. Santurkar et al. 2018 bound the gradient of a network with batch norm by that of one "
    "without (theorem 4.1). For a single layer the bound is an identity: with y = gamma xhat over the m samples of a batch, s "
    "the deviation of x, and g the gradient that arrives at y,";

constexpr const char* formula = "|dL/dx|^2 = gamma^2 / s^2 ( |g|^2 - (sum g)^2 / m - (g . xhat)^2 / m )";

constexpr const char* meaning =
    "The gradient that goes on is scaled by gamma / s and loses two directions: along one of them all values of a channel would "
    "move together, along the other they would grow together, and batch norm undoes both. So the gradient is shorter than it "
    "came when gamma is at most s. It is longer where values were small: the theorem compares with the same g, and does not say "
    "that g is the same.";

}  // namespace

Chapter identity_chapter(const Experiment& experiment) {
  const double error = identity_error({.seed = experiment.seed});
  Chapter chapter;
  chapter.other.clear();
  chapter.rows.push_back({"the two sides of the equation, relative difference", {}, fmt::format("{:.2g}", error), {}});
  chapter.points.push_back({"one layer", name(Norm::batch), "relative difference", 0, error});
  chapter.draw = [error](cambium::plot::Page& page) {
    page.heading("The equation").paragraph(text).code(formula);
    page.paragraph(meaning);
    page.paragraph(
        fmt::format("In 16 channels over 128 samples, BatchNorm and Affine of this library agree with it to {:.1g}, in single "
                    "precision; in double "
                    "the tests ask for 1e-9.",
                    error));
  };
  return chapter;
}

}  // namespace landscape
