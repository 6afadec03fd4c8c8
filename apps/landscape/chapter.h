// What one measure has found: figures for the terminal, points for a file, pictures and text for the page.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/vectors.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/plot/page.h"

namespace landscape {

struct Experiment {
  const cambium::Dataset& set;
  double rate = 0.1;  // of the trainings by plain SGD, as in Santurkar et al. 2018
  std::uint64_t seed = 1;
  int threads = 0;
};

struct Row {
  std::string what, none, batch, other;  // without norm, with batch norm; another network, or a ratio
};

// A number of a curve, in long form: one line of the CSV file.
struct Point {
  std::string network, norm, series;
  double x = 0, value = 0;
};

struct Chapter {
  std::string other = "noisy batch norm";  // heads the last column
  std::vector<Row> rows;
  std::size_t headline = 0;  // the row that stands for all in the summary
  std::vector<Point> points;
  std::function<void(cambium::plot::Page&)> draw;

  void add(const std::string& network, Norm norm, const std::string& series, const Vector& x, const Vector& values);
};

struct Measure {
  std::string name;
  const char* about;
  Chapter (*run)(const Experiment& experiment);
};
const std::vector<Measure>& measures();

Chapter along_gradient_chapter(const Experiment& experiment);
Chapter drift_chapter(const Experiment& experiment);
Chapter gradient_shift_chapter(const Experiment& experiment);
Chapter hessian_chapter(const Experiment& experiment);
Chapter surface_chapter(const Experiment& experiment);
Chapter growth_chapter(const Experiment& experiment);
Chapter saturation_chapter(const Experiment& experiment);
Chapter channels_chapter(const Experiment& experiment);
Chapter rates_chapter(const Experiment& experiment);
Chapter identity_chapter(const Experiment& experiment);

// ---- for the chapters: one look for all pictures
cambium::plot::Mark mark_of(Norm norm, bool dashed = false);
cambium::plot::Mark unnamed(cambium::plot::Mark mark);
cambium::plot::Axis layer_axis(int layers);                        // whole numbers
Vector counted(std::size_t n, double first = 1, double each = 1);  // 1, 2, 3 ...
// The mean of each `window` values in a row, and where their middles are.
struct Smooth {
  Vector x, values;
};
Smooth smooth(const Vector& values, std::size_t window);
std::string ratio(double of, double by);  // "18.40"
std::string percent(double share);        // "81.3 %"

}  // namespace landscape
