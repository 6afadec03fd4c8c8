// What a model says of samples, as lines of text.
#pragma once

#include <span>
#include <string>

#include "apps/common/model_file.h"
#include "apps/predict/options.h"
#include "apps/predict/samples.h"

namespace predict {

// CSV with a header, or JSON lines:
//   classes            NAME,TARGET,probability,p(class),...      TARGET: "label" of pictures and arrays
//   values             NAME,TARGET               of several TARGET_0, TARGET_1, ...
//   with error bars    NAME,TARGET,TARGET_deviation
// NAME is the number of a row or sample, or a picture's file. Where rows or samples come from several files, the column "file"
// comes before it; columns of --id come behind it, as NAME_given where another column has their name. Numbers have the digits that
// read back as the same float; probabilities are the softmax of the outputs.
class Answers {
 public:
  Answers(const apps::ModelDescription& model, std::string name_heading, const Options& options);

  std::string heading() const;  // the first line; nothing in JSON
  std::string line(const std::string& file, const Name& name, std::span<const cambium::real> y) const;

 private:
  void name_values();                                                  // their columns
  std::string start(const std::string& file, const Name& name) const;  // of a line
  std::string classes(std::span<const cambium::real> y) const;
  std::string values(std::span<const cambium::real> y) const;

  const apps::ModelDescription& model_;
  std::string name_heading_;
  std::vector<std::string> ids_;  // what the columns of --id are called
  bool json_, files_;             // files_: each line names its own
  std::string class_heading_;
  std::vector<std::string> columns_;  // of values, with their deviations
};

}  // namespace predict
