// What a model's file says beside the weights, so that it is all that a prediction needs.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/graph/graph.h"

namespace apps {

// One note of the file, JSON under the key "cambium.model". All of it is checked when it is read, whoever wrote it.
struct ModelDescription {
  std::string model;                             // by its name in models/; or empty, and then
  std::string layers;                            // as one line (models/line.h)
  cambium::Shape input;                          // of a sample
  int outputs = 0;                               // of the model: a score for each class, or values
  std::vector<std::string> classes{};            // empty: values are predicted
  bool error_bars = false;                       // the second half of the outputs are logarithms of variances (GaussianLikelihood)
  double error_bar_factor = 1;                   // on the deviations that it predicts
  double target_mean = 0, target_deviation = 1;  // values were learnt as (value - mean) / deviation
  std::string target = "value";                  // what they are called
  std::string reader;                            // "table", "images" or "array"
  std::string reading;                           // JSON: what was done to the input, for that reader
  std::string file = "";                         // that it was read from, for messages

  bool names_classes() const { return !classes.empty(); }
  int values() const { return error_bars ? outputs / 2 : outputs; }  // that are predicted
};

inline constexpr const char* model_key = "cambium.model";
// Another note: how it came to be, as JSON, for who reads it (train/record.h).
inline constexpr const char* training_key = "cambium.training";

std::vector<cambium::WeightsNote> notes_of(const ModelDescription& description);

// Errors name the file: no such note, as in weights that another program saved; one that does not fit together.
ModelDescription description_of(const std::string& path);

// What it takes, in words: "rows of a table".
const char* inputs_of(const ModelDescription& description);

// The model that is described, with no weights yet. Errors: those of the model, and the file. With the path of the file also: one
// of more numbers than the file can hold, for which no memory is taken.
cambium::Graph graph_of(const ModelDescription& description);
cambium::Graph graph_of(const ModelDescription& description, const std::string& path);

}  // namespace apps
