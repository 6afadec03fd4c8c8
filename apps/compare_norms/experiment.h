// What an experiment is: rows that are compared, the settings under which they are, and one training for each of them and each
// seed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/compare_norms/data.h"

namespace compare_norms {

class Outcome;

// What the user wishes to be otherwise.
struct Wish {
  std::vector<std::string> only{}, at{};  // rows and columns that are looked at; empty: all
  std::optional<int> epochs{}, images{};
  std::optional<double> rate{};
  bool quick = false;

  // So many training images: as wished, or as many as the experiment has, in a quick run a twentieth; never more than there are.
  int images_of(int own, const Data& data) const;
  int epochs_of(int own) const { return epochs.value_or(own); }
  double rate_of(double own) const { return rate.value_or(own); }
};

// A figure of each training: percent right, a loss. The first measure is what pictures show.
struct Measure {
  std::string name;
  int digits = 1;     // behind the point
  bool drawn = true;  // in pictures of a single column
};

// What is known before the first training.
struct Experiment {
  std::string name, title;            // "batch_size"; "Small and large batches"
  std::string question, formula{};    // what is to be seen, and by which rule
  std::string network{}, training{};  // in a line each, so that it can be repeated
  std::string rows_are = "norm";      // the heading of the first column
  std::vector<std::string> rows{};
  std::string columns_are{};             // "batch size"
  std::vector<std::string> columns{""};  // a table of a single column has its measures side by side
  std::vector<double> x{};               // the columns as numbers, for a picture with a logarithmic axis
  std::vector<Measure> measures{};
  // One training, and what was measured: a number for each measure, NaN where there is none. Called from several threads. An Error
  // says that this row cannot be trained under this setting.
  std::function<std::vector<double>(int row, int column, std::uint64_t seed)> run{};
  // What follows from all of it, in a line each; none of what is not there.
  std::function<std::vector<std::string>(const Outcome& outcome)> conclusions{};
};

// Error: a row or a column that is wished for is in none of these experiments.
void check_wishes(const std::vector<Experiment>& all, const Wish& wish);
// Columns that are numbers.
void set_columns(Experiment& experiment, const std::string& are, const std::vector<double>& numbers);

// With those rows and columns alone that the wish names: a row by its name, or by the first word of it. Error: none is left.
Experiment narrowed(Experiment experiment, const Wish& wish);

// How an experiment is made of data and wishes; declared in experiments.h, one file each.
using Make = Experiment (*)(const std::shared_ptr<const Data>& data, const Wish& wish);

}  // namespace compare_norms
