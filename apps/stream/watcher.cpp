// Learns what is usual, and says how unusual a row is: an autoencoder, whose error is normalized online.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/common/console.h"
#include "apps/stream/alarm.h"
#include "apps/stream/model.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/training/huber_loss.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/joining/difference.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/optimizers/sgd.h"

namespace stream {
namespace {

using namespace cambium;

// x is normalized, pressed through a third of its values, and what comes back is taken from it: the output is the error.
Graph autoencoder(int width) {
  Graph graph;
  const Node x = graph.then(graph.input(Shape{width}), OnlineNorm(for_input));
  const Node back = graph.then(x, Dense(32), OnlineNorm(), Affine(), Relu(), Dense(std::max(1, width / 3)), OnlineNorm(), Dense(32),
                               OnlineNorm(), Affine(), Relu(), Dense(width));
  graph.output(graph.join(Difference(), {x, back}));
  return graph;
}

// The errors of a row, each squared and relative to its own mean so far, and of these the mean and the largest:
//   score = (log mean + log max) / 2,   and for what lasts: the largest of log error, each followed over 20 rows
// Of a column that hardly varies an error of a tenth of a deviation counts as usual.
class Watcher final : public Model {
 public:
  Watcher(const Options& options, int width)
      : options_(options),
        learner_(autoencoder(width), HuberLoss({.delta = 3}), Sgd({.rate = options.rate * slowly}),
                 {.seed = options.seed, .window = options.window}),
        zeros_(static_cast<std::size_t>(width)),
        usual_(zeros_.size()),
        lasting_(zeros_.size()),
        level_(options.alarm_rate / 2),
        lasting_level_(options.alarm_rate / 2) {}

  void take(const ConstView& x, const Columns&, const std::vector<Cell>&, std::int64_t row, Answer& answer,
            std::vector<std::string>&) override {
    const std::span<const real> error = learner_.learn(x, ConstView{zeros_.data(), Shape{x.shape.size()}, 1});
    const double young = static_cast<double>(row) / static_cast<double>(row + 1), a = std::min(young, 0.999);
    double sum = 0, most = 0, longest = -100;
    for (std::size_t c = 0; c < usual_.size(); ++c) {
      const double square = static_cast<double>(error[c]) * static_cast<double>(error[c]);
      const double relative = square / std::max(usual_[c], least);
      sum += relative, most = std::max(most, relative);
      lasting_[c] += 0.05 * (std::log(std::clamp(relative, 1e-3, 1e3)) - lasting_[c]);
      longest = std::max(longest, lasting_[c]);
      usual_[c] = a * usual_[c] + (1 - a) * (usual_[c] > 0 ? std::min(square, 100 * usual_[c]) : square);
    }
    const double mean = sum / static_cast<double>(usual_.size());
    score_ = (std::log(std::max(mean, 1e-12)) + std::log(std::max(most, 1e-12))) / 2;
    answer.score = std::max(level_.take(score_), lasting_level_.take(longest)), answer.known = true;
    answer.alarm = (level_.raised() || lasting_level_.raised()) && std::exchange(told_, row) + 50 <= row;
    alarms_ += answer.alarm, ++rows_;
  }

  OnlineLearner& learner() override { return learner_; }
  std::vector<std::string> figures() const override {
    const auto rows = static_cast<std::int64_t>(rows_);
    if (alarms_ == 0)
      return {fmt::format("no alarm of the score in {} (--alarm-rate {:g})", apps::counted(rows, "row"), options_.alarm_rate)};
    return {fmt::format("{} of the score, one in {:.0f} rows (--alarm-rate {:g})", apps::counted(alarms_, "alarm"), rows_ / alarms_,
                        options_.alarm_rate)};
  }
  std::string window() const override { return apps::counted(alarms_, "alarm"); }
  std::string log_fields() const override {
    return fmt::format("\"alarms\": {}, \"window_loss\": {}", alarms_, figure(learner_.metrics().window().loss));
  }
  std::vector<std::string> columns() const override { return {"score", "alarm"}; }
  void write(const Answer& answer, bool json, std::string& line) const override {
    fmt::format_to(std::back_inserter(line), fmt::runtime(json ? "\"score\": {:.4g}, \"alarm\": {}" : "{:.4g},{}"), answer.score,
                   answer.alarm ? 1 : 0);
  }
  apps::ModelDescription description(const Columns&) const override { return {}; }
  void state_dict(StateDict& dict) override {
    PartOfState learner(dict, "learner"), level(dict, "level"), lasting(dict, "lasting_level");
    learner_.state_dict(learner), level_.state_dict(level), lasting_level_.state_dict(lasting);
    dict.values("usual", std::span(usual_)), dict.values("lasting", std::span(lasting_)), dict.value("told", told_),
        dict.value("alarms", alarms_, 0.0), dict.value("watched", rows_, 0.0);
  }

 private:
  static constexpr double least = 0.01, slowly = 0.025;  // what is new must not be usual before it is told
  const Options& options_;
  OnlineLearner learner_;
  std::vector<real> zeros_;
  std::vector<double> usual_, lasting_;
  AlarmLevel level_, lasting_level_;
  std::int64_t told_ = -1000;  // the row of the last alarm
  double score_ = 0, alarms_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<Model> make_watcher(const Options& options, int width) { return std::make_unique<Watcher>(options, width); }

}  // namespace stream
