#include "apps/compare_norms/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"

namespace compare_norms {

using namespace cambium;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int test_batch = 250;

// The samples `rows` into memory that is large enough.
ConstView fetch(const Part& part, std::span<const std::int64_t> rows, const Range& range, std::vector<real>& pixels,
                std::vector<int>& labels) {
  const View x{pixels.data(), part.set->input_shapes()[0], static_cast<int>(rows.size())};
  const std::span<int> to(labels.data(), rows.size());
  const View none{};
  part.set->fetch(rows, {&x, 1}, {&to, 1}, {&none, 1});
  if (range.factor != 1 || range.shift != 0)
    for (real& value : x) value = static_cast<real>(range.factor * static_cast<double>(value) + range.shift);
  return x;
}

int label_of(const real* y, int classes) {
  const real* const end = y + classes;
  if (std::any_of(y, end, [](real value) { return std::isnan(value); })) return -1;
  return static_cast<int>(std::max_element(y, end) - y);
}

std::unique_ptr<Loss> loss_for(bool reconstruct) {
  if (reconstruct) return std::make_unique<SquaredError>();
  return std::make_unique<SoftmaxCrossEntropy>();
}

}  // namespace

Rows all_rows(const Part& part) {
  Rows rows(static_cast<std::size_t>(part.size()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

Order shuffled(const Part& part, std::uint64_t seed, std::int64_t count) {
  const int n = static_cast<int>(count == 0 ? part.size() : std::min(count, part.size()));
  return [n, seed](int epoch) {
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    cambium::shuffle(order.data(), n, Random(seed).of(part_of_name("order")).of(static_cast<std::uint64_t>(epoch)));
    return Rows(order.begin(), order.end());
  };
}

Training::Training(Task task)
    : task_(std::move(task)),
      weights_(task_.graph, task_.seed),
      plan_(task_.graph, weights_, {.batch = task_.batch, .mode = Mode::train}),
      sgd_(task_.sgd),
      loss_function_(loss_for(task_.reconstruct)),
      pixels_(static_cast<std::size_t>(std::max(task_.batch, test_batch)) * 784),
      labels_(static_cast<std::size_t>(std::max(task_.batch, test_batch))) {}

int Training::right_of(const ConstView& y) const {
  int right = 0;
  if (!task_.reconstruct)
    for (int i = 0; i < y.batch; ++i) right += label_of(y.row(i), y.shape.size()) == labels_[static_cast<std::size_t>(i)] ? 1 : 0;
  return right;
}

bool Training::step(std::span<const std::int64_t> rows, double& sum) {
  if (apps::stopped()) throw Interrupted{};
  const ConstView x = fetch(task_.train, rows, task_.range, pixels_, labels_);
  const ConstView y = plan_.forward(x);
  const std::span<const int> labels(labels_.data(), rows.size());
  const Target target = task_.reconstruct ? Target(ConstView{x.data, y.shape, x.batch}) : Target(labels);
  const double loss = loss_function_->evaluate(y, target, plan_.output_gradient());
  const int right = right_of(y);
  sum += loss;
  diverged_ = !std::isfinite(loss);
  if (diverged_) return false;
  plan_.backward(&sgd_);
  diverged_ = !plan_.finite();
  return !diverged_ && (!task_.on_step || task_.on_step(loss, right));
}

bool Training::epoch() {
  if (diverged_) return false;
  const Rows rows = task_.order(begun_++);
  const std::size_t batch = static_cast<std::size_t>(task_.batch), steps = rows.size() / batch;
  if (steps == 0) throw Error(fmt::format("{} images fill no batch of {}", rows.size(), batch), "more images, or smaller batches");
  double sum = 0;
  bool goes_on = true;
  for (std::size_t i = 0; i < steps && goes_on; ++i) goes_on = step({rows.data() + i * batch, batch}, sum);
  loss_ = diverged_ ? nan : sum / static_cast<double>(steps);
  return goes_on;
}

void Training::look(const Part& part, const Rows& rows, const Range& range, const std::vector<std::string>& observe,
                    const See& see) {
  Plan plan(task_.graph, weights_, {.batch = test_batch, .observe = observe});
  for (std::size_t from = 0; from < rows.size(); from += test_batch) {
    if (apps::stopped()) throw Interrupted{};
    const std::size_t count = std::min<std::size_t>(test_batch, rows.size() - from);
    const ConstView x = fetch(part, {rows.data() + from, count}, range, pixels_, labels_);
    plan.forward(x);
    see(static_cast<std::int64_t>(from), x, plan);
  }
}

double Training::percent_right(const Part& part, const Range& range, std::vector<double>* of_class) {
  std::vector<double> right(10), all(10);
  look(part, all_rows(part), range, {}, [&](std::int64_t, const ConstView&, Plan& plan) {
    const ConstView y = plan.output();
    for (int i = 0; i < y.batch; ++i) {
      const int label = labels_[static_cast<std::size_t>(i)], answer = label_of(y.row(i), 10);
      diverged_ |= answer < 0;  // by its last step, which nothing has looked at yet
      all[static_cast<std::size_t>(label)] += 1;
      right[static_cast<std::size_t>(label)] += answer == label ? 1 : 0;
    }
  });
  if (of_class != nullptr)
    for (std::size_t c = 0; c < 10; ++c) of_class->push_back(100 * right[c] / all[c]);
  const double count = static_cast<double>(part.size());
  return diverged_ ? 10 : 100 * std::accumulate(right.begin(), right.end(), 0.0) / count;
}

std::vector<double> Training::recalls(const Part& part) {
  std::vector<double> of_class;
  percent_right(part, task_.range, &of_class);
  return of_class;
}

void Training::adapt(const Part& part, const Rows& rows, const Range& range) {
  Plan plan(task_.graph, weights_, {.batch = task_.batch, .mode = Mode::adapt});
  const std::size_t batch = static_cast<std::size_t>(task_.batch);
  for (std::size_t from = 0; from + batch <= rows.size(); from += batch) {
    if (apps::stopped()) throw Interrupted{};
    plan.forward(fetch(part, {rows.data() + from, batch}, range, pixels_, labels_));
  }
}

}  // namespace compare_norms
