// Learns a value, in whatever unit it is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/common/console.h"
#include "apps/stream/late.h"
#include "apps/stream/model.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/training/huber_loss.h"
#include "cambium/models/line.h"
#include "cambium/optimizers/sgd.h"

namespace stream {
namespace {

using namespace cambium;

// The target as the network learns it: (t - mean) / deviation by those that came before, older ones fading, as OnlineNorm does.
class Scale {
 public:
  real in(double value) const { return deviation() > 0 ? static_cast<real>((value - mean_) / deviation()) : real(0); }
  double out(real value) const { return static_cast<double>(value) * deviation() + mean_; }
  void learn(double value) {
    const double young = count_ / (count_ + 1), a = std::min(young, 0.999), d = value - mean_;
    var_ = a * var_ + a * (1 - a) * d * d, mean_ += (1 - a) * d, ++count_;
  }
  void begin_with(double mean, double deviation) { mean_ = mean, var_ = deviation * deviation, count_ = 1000; }
  double mean() const { return mean_; }
  double deviation() const { return std::sqrt(var_); }
  void state_dict(StateDict& dict) { dict.value("mean", mean_), dict.value("var", var_, 0.0), dict.value("count", count_, 0.0); }

 private:
  double mean_ = 0, var_ = 0, count_ = 0;
};

// The next number that is finite here: of values near the largest a prediction may be beyond it.
real near(double value) {
  constexpr auto most = static_cast<double>(std::numeric_limits<real>::max());
  return static_cast<real>(std::clamp(value, -most, most));
}

class Regressor final : public Model {
 public:
  Regressor(const Options& options, int width)
      : options_(options),
        width_(width),
        learner_(graph_of(options, width, 1), HuberLoss(), Sgd({.rate = options.rate}),
                 {.seed = options.seed,
                  .window = options.window,
                  .later = std::max(options.delay, options.late),
                  .average = options.average,
                  .last_target = true}),
        late_(options.delay),
        by_key_(std::max(options.delay, options.late), 2, 2),
        metrics_(0, 1, options.window) {}

  void take(const ConstView& x, const Columns& columns, const std::vector<Cell>& cells, std::int64_t row, Answer& answer,
            std::vector<std::string>&) override {
    const std::optional<double> value = columns.label_number(cells);
    if (options_.late > 0) return wait(x, number_of_key(columns.key(cells, row)), value, answer);
    if (options_.delay == 0) {
      const real target = value ? scale_.in(*value) : real(0);
      hear(value ? learner_.learn(x, ConstView{&target, Shape{1}, 1}) : learner_.adapt(x), answer);
      if (value) learn(*value, answer.known ? answer.value : *value, {last_, any_});
      return;
    }
    if (const Late::Target due = late_.next(value.value_or(0), value.has_value()); due.known) tell(row - options_.delay, due.value);
    wait(x, row, std::nullopt, answer);
  }

  bool tell(const Columns& columns, const std::vector<Cell>& cells, std::vector<std::string>&) override {
    return tell(number_of_key(columns.key(cells, 0)), *columns.label_number(cells));
  }

  void begin_with(const apps::ModelDescription& d) override { scale_.begin_with(d.target_mean, d.target_deviation); }
  OnlineLearner& learner() override { return learner_; }

  std::vector<std::string> figures() const override {
    const StreamFigures all = metrics_.all();
    if (all.rows == 0) return {"no row had a value to learn"};
    std::vector<std::string> lines{
        fmt::format("mean absolute error {:.6g}{}, root mean squared error {:.6g}{}", all.mean_absolute_error,
                    known(" (as the last one {:.6g})", all.mean_absolute_error_of_last), all.root_mean_squared_error,
                    known(" ({:.6g})", all.root_mean_squared_error_of_last))};
    if (learner_.dropped() > 0) lines.push_back(apps::counted(learner_.dropped(), "row") + " whose value never came");
    return lines;
  }
  std::string window() const override {
    const StreamFigures last = metrics_.window();
    return known("error {:.4g}", last.mean_absolute_error) + known(" (as the last one {:.4g})", last.mean_absolute_error_of_last);
  }
  std::string log_fields() const override {
    const StreamFigures all = metrics_.all(), last = metrics_.window();
    return fmt::format(
        "\"mae\": {}, \"mae_of_last\": {}, \"rmse\": {}, \"rmse_of_last\": {}, \"window_mae\": {}, "
        "\"window_mae_of_last\": {}, \"window_rmse\": {}, \"window_rmse_of_last\": {}",
        figure(all.mean_absolute_error), figure(all.mean_absolute_error_of_last), figure(all.root_mean_squared_error),
        figure(all.root_mean_squared_error_of_last), figure(last.mean_absolute_error), figure(last.mean_absolute_error_of_last),
        figure(last.root_mean_squared_error), figure(last.root_mean_squared_error_of_last));
  }
  std::vector<std::string> columns() const override { return {options_.label}; }
  void write(const Answer& answer, bool json, std::string& line) const override {
    if (json)
      fmt::format_to(std::back_inserter(line), "{}: {}", json_quoted(options_.label),
                     answer.known ? fmt::format("{:.7g}", answer.value) : "null");
    else if (answer.known)
      fmt::format_to(std::back_inserter(line), "{:.7g}", answer.value);
  }
  apps::ModelDescription description(const Columns& columns) const override {
    apps::ModelDescription d;
    if (!(scale_.deviation() > 0)) return d;
    d.layers = models::line_of(learner_.graph()), d.input = Shape{width_}, d.outputs = 1, d.target = options_.label;
    d.target_mean = scale_.mean(), d.target_deviation = scale_.deviation();
    d.reader = "table", d.reading = columns.format({}).text();
    return d;
  }
  void state_dict(StateDict& dict) override {
    PartOfState learner(dict, "learner"), late(dict, "late"), scale(dict, "scale"), metrics(dict, "values"), by_key(dict, "by_key");
    learner_.state_dict(learner), late_.state_dict(late);
    scale_.state_dict(scale), metrics_.state_dict(metrics), by_key_.state_dict(by_key);
    dict.value("last", last_), dict.value("any", any_);
  }

 private:
  // A row that is learnt when its value comes, which may be at once; until then it is kept what was said of it.
  void wait(const ConstView& x, std::int64_t key, std::optional<double> value, Answer& answer) {
    hear(learner_.ask(key, x), answer);
    const WaitingRows::Row row = by_key_.add(key);
    row.input[0] = near(answer.value), row.input[1] = static_cast<real>(answer.known);
    row.said[0] = static_cast<real>(last_), row.said[1] = static_cast<real>(any_);
    if (value) tell(key, *value);
  }
  bool tell(std::int64_t key, double value) {
    const real target = scale_.in(value);
    if (!learner_.tell(key, ConstView{&target, Shape{1}, 1})) return false;
    const WaitingRows::Row row = by_key_.find(key);
    learn(value, row.input[1] != 0 ? static_cast<double>(row.input[0]) : value,
          {static_cast<double>(row.said[0]), row.said[1] != 0});
    by_key_.remove(key);
    return true;
  }

  void hear(std::span<const real> y, Answer& answer) const {
    answer.known = any_ || scale_.deviation() > 0, answer.value = scale_.out(y[0]);
  }
  void learn(double value, double predicted, const Late::Target& before) {
    const real y = near(predicted), t = static_cast<real>(value), last = static_cast<real>(before.value);
    metrics_.add(&y, &t, before.known ? &last : nullptr, std::fabs(predicted - value));
    scale_.learn(value);
    last_ = value, any_ = true;
  }

  const Options& options_;
  int width_;
  OnlineLearner learner_;
  Late late_;
  WaitingRows by_key_;  // what was said of rows that wait, and the last value then
  Scale scale_;
  Prequential metrics_;  // in the unit of the label
  double last_ = 0;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<Model> make_regressor(const Options& options, int width) { return std::make_unique<Regressor>(options, width); }

}  // namespace stream
