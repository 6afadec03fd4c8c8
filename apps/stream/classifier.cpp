// Learns the classes of a label. A class that comes for the first time gets an output of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/common/console.h"
#include "apps/stream/late.h"
#include "apps/stream/model.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/models/line.h"
#include "cambium/optimizers/sgd.h"

namespace stream {
namespace {

using namespace cambium;

constexpr std::size_t most_classes = 1000, odd_numbers = 30;
constexpr int told_classes = 10;

class Classifier final : public Model {
 public:
  Classifier(const Options& options, int width, std::vector<std::string> classes)
      : options_(options),
        width_(width),
        classes_(std::move(classes)),
        learner_(graph_of(options, width, outputs()), SoftmaxCrossEntropy(), Sgd({.rate = options.rate}), learner_options()),
        late_(options.delay) {}

  void take(const ConstView& x, const Columns& columns, const std::vector<Cell>& cells, std::int64_t row, Answer& answer,
            std::vector<std::string>& told) override {
    const std::optional<std::string> text = columns.label_text(cells);
    int label = text ? class_of(*text) : -1;
    const bool at_once = options_.delay == 0 && options_.late == 0;
    if (text && label < 0) {
      say(x, answer);  // by what was known before
      label = meet(*text, told);
      if (at_once) return static_cast<void>(label < 0 ? learner_.adapt(x) : learner_.learn(x, {{&label, 1}}));
    }
    if (options_.late > 0) return wait(x, number_of_key(columns.key(cells, row)), label, answer);
    if (at_once) return hear(label < 0 ? learner_.adapt(x) : learner_.learn(x, {{&label, 1}}), answer);
    if (const Late::Target due = late_.next(label, label >= 0); due.known) {
      const int then = static_cast<int>(due.value);
      learner_.tell(row - options_.delay, {{&then, 1}});
    }
    hear(learner_.ask(row, x), answer);
  }

  bool tell(const Columns& columns, const std::vector<Cell>& cells, std::vector<std::string>& told) override {
    const std::string text = *columns.label_text(cells);
    int label = class_of(text);
    if (label < 0) label = meet(text, told);
    return label < 0 || learner_.tell(number_of_key(columns.key(cells, 0)), {{&label, 1}});
  }

  OnlineLearner& learner() override { return learner_; }
  std::vector<std::string> classes() const override { return classes_; }

  std::vector<std::string> figures() const override {
    const StreamFigures all = learner_.metrics().all();
    std::vector<std::string> lines{fmt::format("accuracy {} (as the last one {}){}{}{}", percent(all.accuracy),
                                               percent(all.accuracy_of_last), known(", kappa {:.3f}", all.kappa),
                                               known(", kappa temporal {:.3f}", all.kappa_temporal),
                                               known(", log loss {:.4f}", all.loss))};
    if (all.rows == 0) lines = {"no row had a label"};
    if (refused_ > 0) lines.push_back(apps::counted(refused_, "row") + " had a label that --classes does not name");
    if (learner_.dropped() > 0) lines.push_back(apps::counted(learner_.dropped(), "row") + " whose label never came");
    return lines;
  }
  std::string window() const override {
    const StreamFigures last = learner_.metrics().window();
    return fmt::format("{} (as the last one {})", percent(last.accuracy), percent(last.accuracy_of_last));
  }
  std::string log_fields() const override {
    const StreamFigures all = learner_.metrics().all(), last = learner_.metrics().window();
    return fmt::format(
        "\"accuracy\": {}, \"accuracy_of_last\": {}, \"kappa\": {}, \"kappa_temporal\": {}, \"loss\": {}, "
        "\"window_accuracy\": {}, \"window_accuracy_of_last\": {}, \"window_kappa_temporal\": {}, \"window_loss\": {}",
        figure(all.accuracy), figure(all.accuracy_of_last), figure(all.kappa), figure(all.kappa_temporal), figure(all.loss),
        figure(last.accuracy), figure(last.accuracy_of_last), figure(last.kappa_temporal), figure(last.loss));
  }
  std::vector<std::string> columns() const override { return {options_.label, "probability"}; }
  void write(const Answer& answer, bool json, std::string& line) const override {
    if (json)
      line += answer.known ? fmt::format("{}: {}, \"probability\": {:.6g}", json_quoted(options_.label), json_quoted(answer.label),
                                         answer.probability)
                           : fmt::format("{}: null, \"probability\": null", json_quoted(options_.label));
    else if (answer.known)
      fmt::format_to(std::back_inserter(line), "{},{:.6g}", csv_cell(answer.label), answer.probability);
    else
      line += ',';
  }
  apps::ModelDescription description(const Columns& columns) const override {
    apps::ModelDescription d;
    if (classes_.size() < 2) return d;
    d.layers = models::line_of(learner_.graph()), d.input = Shape{width_}, d.outputs = static_cast<int>(classes_.size());
    d.classes = classes_, d.target = options_.label, d.reader = "table", d.reading = columns.format(classes_).text();
    return d;
  }
  void state_dict(StateDict& dict) override {
    PartOfState learner(dict, "learner"), late(dict, "late");
    learner_.state_dict(learner), late_.state_dict(late), dict.value("refused", refused_, std::int64_t{0});
  }

 private:
  // A row that is learnt when its label comes, which may be at once.
  void wait(const ConstView& x, std::int64_t key, int label, Answer& answer) {
    hear(learner_.ask(key, x), answer);
    if (label >= 0) learner_.tell(key, {{&label, 1}});
  }

  int outputs() const { return std::max(2, static_cast<int>(classes_.size())); }
  OnlineLearnerOptions learner_options() const {
    return {.seed = options_.seed,
            .window = options_.window,
            .later = std::max(options_.delay, options_.late),
            .average = options_.average,
            .last_target = true};
  }
  int class_of(const std::string& text) const {
    const auto found = std::ranges::find(classes_, text);
    return found == classes_.end() ? -1 : static_cast<int>(found - classes_.begin());
  }

  // -1: it is none of those that are allowed.
  int meet(const std::string& text, std::vector<std::string>& told) {
    if (!options_.classes.empty()) {
      if (refused_++ == 0)
        told.push_back(fmt::format("the label {} is none of --classes; such rows are predicted, not learnt", in_quotes(text, 40)));
      return -1;
    }
    if (classes_.size() == most_classes)
      throw Error(fmt::format("the label {} has more than {} classes", in_quotes(options_.label), most_classes), "--task regress");
    classes_.push_back(text);
    if (const int n = outputs(); n > learner_.outputs())
      learner_.grow(graph_of(options_, width_, n), std::make_unique<Sgd>(SgdOptions{.rate = options_.rate}));
    if (learner_.learnt() > 100 && told_ < told_classes)
      told.push_back(fmt::format("a class that was not there before: {}{}", in_quotes(text, 40),
                                 ++told_ == told_classes ? "; others will be learnt without a word" : ""));
    if (classes_.size() > odd_numbers && !std::exchange(warned_, true)) warn_of_numbers(told);
    return static_cast<int>(classes_.size()) - 1;
  }

  // That many different numbers are rarely classes.
  void warn_of_numbers(std::vector<std::string>& told) const {
    double ignored = 0;
    const auto is_number = [&](const std::string& name) { return read_number(name, ignored) == NumberText::number; };
    if (std::ranges::all_of(classes_, is_number))
      told.push_back(fmt::format("the label {} has {} different numbers so far, each a class; try --task regress",
                                 in_quotes(options_.label, 40), classes_.size()));
  }

  void say(const ConstView& x, Answer& answer) { hear(learner_.predict(x), answer); }
  void hear(std::span<const real> y, Answer& answer) const {
    answer.known = !classes_.empty();
    if (!answer.known) return;
    const auto named = y.first(std::min(y.size(), classes_.size()));
    const auto best = static_cast<std::size_t>(std::ranges::max_element(named) - named.begin());
    answer.label = classes_[best], answer.probability = std::exp(static_cast<double>(y[best]));
  }

  const Options& options_;
  int width_;
  std::vector<std::string> classes_;
  OnlineLearner learner_;
  Late late_;
  std::int64_t refused_ = 0;
  int told_ = 0;         // new classes
  bool warned_ = false;  // that they are numbers
};

}  // namespace

std::unique_ptr<Model> make_classifier(const Options& options, int width, std::vector<std::string> classes) {
  return std::make_unique<Classifier>(options, width, std::move(classes));
}

}  // namespace stream
