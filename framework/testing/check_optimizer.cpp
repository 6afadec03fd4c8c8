#include "cambium/framework/testing/check_optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/testing/count_allocations.h"
#include "cambium/framework/testing/faults.h"

namespace cambium::testing {
namespace {

using Values = std::vector<real>;

// A model that is all parameters, one for each thing that a range may ask for.
enum Kind : std::size_t { plain, no_decay, limited, frozen, still, kinds };
constexpr int rows = 9, columns = 11;

struct Parameters : Layer {
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    spec.params = {{"plain", {rows, columns}, init::ones()},
                   {"no_decay", {5}, init::ones(), 1, 1, false},
                   {"limited", {37}, init::ones()},
                   {"frozen", {9}, init::ones()},
                   {"still", {40}, init::ones()}};
    return spec;
  }
  void forward(const Forward&, Slice) const noexcept override {}
  void backward_input(const Backward&, Slice) const noexcept override {}
  Description describe() const override { return {"parameters", {}}; }
};

// An optimizer on weights of its own.
struct Course {
  explicit Course(const MakeOptimizer& make) : graph(Shape{1}, Parameters()), weights(graph, 1), optimizer(make()) {
    real* const w = weights.block().data();
    gradients.resize(weights.block().size());
    for (std::size_t i = 0; i < kinds; ++i) {
      const Range given = weights.ranges()[i];
      Range range;
      range.weight = given.weight, range.offset = given.offset, range.size = given.size, range.decay = given.decay;
      range.gradient = gradients.data() + given.offset;
      ranges.push_back(range);
      for (std::size_t k = 0; k < given.size; ++k)
        w[given.offset + k] = static_cast<real>(static_cast<float>(Random(1).of(i).uniform(k, 0.1, 0.7) * (k % 2 ? -1 : 1)));
    }
    ranges[limited].settings = {.rate = 0.5, .l1 = 0.02, .l2 = 0.03, .limit = 0.8};
    ranges[frozen].settings.freeze = true;
    ranges[still].settings.rate = 0;
    optimizer->plan_steps(100);
    optimizer->prepare(weights);
  }
  Course(const Course&) = delete;

  void draw(int step) {
    for (std::size_t i = 0; i < gradients.size(); ++i)
      gradients[i] = static_cast<real>(static_cast<float>(Random(2).of(static_cast<std::uint64_t>(step)).normal(i)));
  }
  void update_all() {
    for (const Range& range : ranges) optimizer->update(range, 0, range.size);
  }
  void step(int number) {
    draw(number);
    optimizer->begin(ranges);
    update_all();
  }
  Values of(const Range& range) const { return {range.weight, range.weight + range.size}; }
  // Everything that a training would go on with.
  Values all() {
    Values values(std::as_const(weights).block().begin(), std::as_const(weights).block().end());
    for (const Optimizer::Block& block : optimizer->blocks()) values.insert(values.end(), block.values.begin(), block.values.end());
    return values;
  }

  Sequential graph;
  Weights weights;
  std::unique_ptr<Optimizer> optimizer;
  Values gradients;
  std::vector<Range> ranges;
};

bool same(const Values& a, const Values& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0);
}

class OptimizerExaminer {
 public:
  explicit OptimizerExaminer(const MakeOptimizer& make) : make_(make), name_(make()->describe().str()) {}

  void examine() {
    if (make_()->describe().kind.empty()) fault("describe() names no kind");
    examine_cuts();
    examine_outer();
    examine_reading();
    examine_settings();
    examine_penalties();
    examine_counting();
    examine_going_on();
  }

  std::vector<std::string> faults;

 private:
  void examine_cuts();
  void examine_outer();
  void examine_reading();
  void examine_settings();
  void examine_penalties();
  void examine_counting();
  void examine_going_on();
  void fault(const std::string& what) { faults.push_back(name_ + ": " + what); }

  const MakeOptimizer& make_;
  std::string name_;
};

void OptimizerExaminer::examine_cuts() {
  Course whole(make_), cut(make_);
  for (int step = 0; step < 5; ++step) {
    whole.step(step);
    cut.draw(step);
    cut.optimizer->begin(cut.ranges);
    for (auto range = cut.ranges.rbegin(); range != cut.ranges.rend(); ++range)
      for (std::size_t end = range->size, count = 1; end > 0; count = 2 * count + 1) {  // 1, 3, 7, ... from the end
        const std::size_t start = end - std::min(end, count);
        const Values before = cut.all(), gradients = cut.gradients;
        cut.optimizer->update(*range, start, end);
        Values after = cut.all();
        for (std::size_t at = 0; at < after.size(); at += cut.gradients.size())  // of the weights, and of each block
          std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(at + range->offset + start), end - start,
                      after.begin() + static_cast<std::ptrdiff_t>(at + range->offset + start));
        if (!same(before, after)) return fault("update moves a weight or a moment outside the part that it was given");
        if (!same(gradients, cut.gradients)) return fault("update changes the gradients");
        end = start;
      }
  }
  if (!same(whole.all(), cut.all())) fault("a range that is updated in parts gets other bits than as a whole");
  Course again(make_);
  for (int step = 0; step < 5; ++step) again.step(step);
  if (!same(whole.all(), again.all())) fault("the same steps give other bits a second time");
}

void OptimizerExaminer::examine_outer() {
  Course written(make_), outer(make_);
  for (int step = 0; step < 3; ++step) {
    written.draw(step), outer.draw(step);
    Values by_row(rows), by_column(columns);
    for (std::size_t i = 0; i < rows; ++i) by_row[i] = written.gradients[i];
    for (std::size_t j = 0; j < columns; ++j) by_column[j] = written.gradients[rows + j];
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) written.ranges[plain].gradient[i * columns + j] = by_row[i] * by_column[j];
    if (written.optimizer->needs_whole_gradient()) return;
    written.optimizer->begin(written.ranges), outer.optimizer->begin(outer.ranges);
    written.optimizer->update(written.ranges[plain], 0, written.ranges[plain].size);
    const Values before = outer.all();
    for (const std::size_t first : {std::size_t{4}, std::size_t{0}}) {
      const std::size_t last = first == 0 ? 4 : rows;
      const auto moved =
          outer.optimizer->update_outer(outer.ranges[plain], first, last, by_row.data() + first, by_column.data(), columns);
      if (static_cast<int>(moved) != 0) continue;
      if (!same(before, outer.all())) fault("update_outer says that it cannot, and has moved something");
      return;
    }
    if (!same(written.all(), outer.all())) return fault("update_outer gives other bits than update");
  }
}

void OptimizerExaminer::examine_reading() {
  Course seen(make_), hidden(make_);
  const bool whole = seen.optimizer->needs_whole_gradient();
  for (int step = 0; step < 3 && !whole; ++step) {
    seen.step(step);
    std::ranges::fill(hidden.gradients, std::numeric_limits<real>::quiet_NaN());
    hidden.optimizer->begin(hidden.ranges);
    hidden.draw(step);
    hidden.update_all();
  }
  if (!same(seen.all(), hidden.all())) fault("begin reads the gradients, and needs_whole_gradient says no");

  seen.draw(9);
  const cambium_testing::AllocationCount count;
  seen.optimizer->begin(seen.ranges);
  seen.update_all();
  if (count.since() != 0) fault("a step takes memory, " + std::to_string(count.since()) + " times");
}

void OptimizerExaminer::examine_settings() {
  Course course(make_);
  const Values before = course.all();
  const Values still_before = course.of(course.ranges[still]), plain_before = course.of(course.ranges[plain]);
  for (int step = 0; step < 5; ++step) {
    course.draw(step);
    for (real& g : course.gradients) g *= 100;
    course.optimizer->begin(course.ranges);
    course.update_all();
    for (const real w : course.of(course.ranges[limited]))
      if (std::fabs(static_cast<double>(w)) > 0.8 * (1 + 1e-6)) return fault("a weight goes beyond its limit of 0.8");
  }
  const Values after = course.all();
  const auto offset = static_cast<std::ptrdiff_t>(course.ranges[frozen].offset);
  for (std::size_t at = 0; at < after.size(); at += course.gradients.size()) {  // of the weights, and of each block
    const auto of = [&](const Values& all) { return all.begin() + static_cast<std::ptrdiff_t>(at) + offset; };
    if (!std::equal(of(after), of(after) + static_cast<std::ptrdiff_t>(course.ranges[frozen].size), of(before)))
      fault(at == 0 ? "a frozen range moves" : "a moment of a frozen range moves");
  }
  if (!same(still_before, course.of(course.ranges[still]))) fault("a range whose rate factor is 0 moves");
  if (same(plain_before, course.of(course.ranges[plain]))) fault("nothing moves");
}

// Without a gradient, only penalties and decay move weights, and towards 0.
void OptimizerExaminer::examine_penalties() {
  const auto one_step = [&](ParamSettings settings) {
    Course course(make_);
    for (const Kind kind : {plain, no_decay}) course.ranges[kind].settings = settings;
    std::ranges::fill(course.gradients, real(0));
    course.optimizer->begin(course.ranges);
    course.update_all();
    Values values = course.of(course.ranges[plain]), others = course.of(course.ranges[no_decay]);
    values.insert(values.end(), others.begin(), others.end());
    return values;
  };
  Course fresh(make_);
  const Values none = one_step({}), before = fresh.of(fresh.ranges[no_decay]);
  if (!std::equal(before.begin(), before.end(), none.end() - static_cast<std::ptrdiff_t>(before.size())))
    fault("a range that takes no weight decay moves without a gradient");
  const auto smaller = [&](const Values& with) {
    for (std::size_t i = 0; i < with.size(); ++i)
      if (!(std::fabs(static_cast<double>(with[i])) < std::fabs(static_cast<double>(none[i])))) return false;
    return true;
  };
  if (!smaller(one_step({.l1 = 0.01}))) fault("the penalty l1 of a range pulls no weight towards 0");
  if (!smaller(one_step({.l2 = 0.01}))) fault("the penalty l2 of a range pulls no weight towards 0");
}

void OptimizerExaminer::examine_counting() {
  Course course(make_);
  std::set<std::string> names;
  for (const Optimizer::Block& block : course.optimizer->blocks()) {
    if (block.name.empty() || !names.insert(block.name).second) fault("the block name '" + block.name + "' is empty or used twice");
    if (block.values.size() != course.gradients.size()) fault("the block " + block.name + " is not of the layout of the weights");
  }
  for (long step = 0; step < 3; ++step) {
    if (course.optimizer->steps() != step)
      fault("steps() is " + std::to_string(course.optimizer->steps()) + " after " + std::to_string(step));
    course.step(static_cast<int>(step));
    if (!std::isfinite(course.optimizer->rate())) fault("rate() is not finite");
  }
  const Values before = course.all();
  course.optimizer->prepare(course.weights);
  if (!same(before, course.all()) || course.optimizer->steps() != 3)
    fault("a second prepare for the same weights changes something");
}

void OptimizerExaminer::examine_going_on() {
  Course whole(make_), again(make_);
  for (int step = 0; step < 3; ++step) whole.step(step);
  std::ranges::copy(std::as_const(whole.weights).block(), again.weights.block().begin());
  const auto from = whole.optimizer->blocks();
  auto to = again.optimizer->blocks();
  for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) std::ranges::copy(from[i].values, to[i].values.begin());
  again.optimizer->resume(3);
  if (again.optimizer->steps() != 3) fault("resume(3) leaves steps() at " + std::to_string(again.optimizer->steps()));
  for (int step = 3; step < 6; ++step) whole.step(step), again.step(step);
  if (!same(whole.all(), again.all())) fault("going on from weights, blocks and steps gives other bits than not stopping");
}

}  // namespace

std::vector<std::string> optimizer_faults(const MakeOptimizer& make) {
  OptimizerExaminer examiner(make);
  examiner.examine();
  return examiner.faults;
}

void check_optimizer(const MakeOptimizer& make) { throw_faults("check_optimizer", optimizer_faults(make)); }

}  // namespace cambium::testing
