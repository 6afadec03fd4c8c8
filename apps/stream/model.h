// What learns from the rows: classes, values, or what is usual.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/common/model_file.h"
#include "apps/stream/columns.h"
#include "apps/stream/options.h"
#include "cambium/framework/training/online_learner.h"

namespace stream {

// What is said of a row.
struct Answer {
  bool known = false;  // false: there is nothing to say yet
  std::string label{};
  double probability = 0, value = 0, score = 0;
  bool alarm = false;
};

class Model {
 public:
  virtual ~Model() = default;

  // Predicts, then learns. `told` gets what is to be said of it, once each.
  virtual void take(const cambium::ConstView& x, const Columns& columns, const std::vector<Cell>& cells, std::int64_t row,
                    Answer& answer, std::vector<std::string>& told) = 0;

  // A label that came by its key, for a row that was taken before. False: that row does not wait, or no longer.
  virtual bool tell(const Columns&, const std::vector<Cell>&, std::vector<std::string>&) { return false; }

  virtual void begin_with(const apps::ModelDescription&) {}  // a model that has been saved, beside its weights
  virtual cambium::OnlineLearner& learner() = 0;
  virtual std::vector<std::string> figures() const = 0;  // what it comes to in the end, a line each
  virtual std::string window() const = 0;                // of the last rows, in a few letters
  virtual std::string log_fields() const = 0;            // the same as fields of JSON
  virtual std::vector<std::string> columns() const = 0;  // what an answer has, for the heading
  virtual void write(const Answer& answer, bool json, std::string& line) const = 0;
  virtual apps::ModelDescription description(const Columns& columns) const = 0;  // no layers: it is none that predict reads
  virtual std::vector<std::string> classes() const { return {}; }
  virtual void state_dict(cambium::StateDict& dict) = 0;  // all but the weights
};

// `classes`: those that are known, as of a model that goes on.
std::unique_ptr<Model> make_classifier(const Options& options, int width, std::vector<std::string> classes);
std::unique_ptr<Model> make_regressor(const Options& options, int width);
std::unique_ptr<Model> make_watcher(const Options& options, int width);  // of anomalies

// The layers of --layers and `outputs` behind them.
cambium::Graph graph_of(const Options& options, int width, int outputs);

// What --layers would have to be for this model, with layers frozen that need batches; Error: it does not end in a dense layer of
// its outputs.
std::string hidden_layers(const apps::ModelDescription& description, const std::string& path);

std::string csv_cell(const std::string& text);
std::string json_quoted(const std::string& text);
std::string figure(double value);  // six digits; "null" where there is none
std::string percent(double share);
std::string known(const char* format, double value);  // with the value in it; nothing where there is none

}  // namespace stream
