// What a model says of samples, as lines of text.
#pragma once

#include <span>
#include <string>

#include "apps/common/model_file.h"

namespace predict {

// CSV with a header, or JSON lines:
//   classes            NAME,label,probability,p(class),...
//   values             NAME,TARGET               of several TARGET_0, TARGET_1, ...
//   with error bars    NAME,TARGET,TARGET_deviation
// Numbers have the digits that read back as the same float; probabilities are the softmax of the outputs.
class Answers {
 public:
  Answers(const apps::ModelDescription& model, std::string name_heading, bool json);

  std::string heading() const;  // the first line; nothing in JSON
  std::string line(const std::string& name, std::span<const cambium::real> y) const;

 private:
  std::string classes(const std::string& name, std::span<const cambium::real> y) const;
  std::string values(const std::string& name, std::span<const cambium::real> y) const;

  const apps::ModelDescription& model_;
  std::string name_heading_;
  bool json_;
  std::vector<std::string> columns_;  // of values, with their deviations
};

}  // namespace predict
