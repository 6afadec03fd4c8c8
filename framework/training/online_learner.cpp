#include "cambium/framework/training/online_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/parts/online_learner_impl.h"

namespace cambium {

namespace {

[[noreturn]] void refuse(const std::string& problem, const std::string& remedy) {
  throw Error("online_learner: " + problem, remedy);
}

void check_options(const OnlineLearnerOptions& o) {
  if (o.later < 0) refuse(fmt::format(".later = {}, which must be at least 0", o.later), ".later = 1000");
  if (!(o.average >= 0 && o.average < 1))
    refuse(fmt::format(".average = {}, which must be at least 0 and below 1", o.average), ".average = 0.999, or 0 for none");
  if (!(o.memory >= 0 && o.memory < 1))
    refuse(fmt::format(".memory = {}, which must be at least 0 and below 1", o.memory), ".memory = 0.99");
}

Graph checked(Graph graph) {
  if (graph.inputs().size() != 1 || graph.outputs().size() != 1)
    refuse(fmt::format("a model of {} inputs and {} outputs, and a stream has one of each", graph.inputs().size(),
                       graph.outputs().size()),
           "columns side by side as one input");
  for (const Graph::Entry& entry : graph.entries())
    if (entry.layer && entry.layer->describe().kind == "dropout")
      refuse(fmt::format("'{}' would leave values out of what is predicted", entry.name), "a model without it");
  for (std::size_t i = 0; i < graph.entries().size(); ++i)
    if (graph.entries()[i].layer) graph.spec(static_cast<int>(i), 1, mode_of(graph.entries()[i], Mode::train));
  return graph;
}

// The classes that this loss tells apart beside this output, or 0: it compares values.
int classes_of(const Loss& loss, const Shape& output) {
  try {
    loss.check(output, {loss.classes(output), loss.label_shape(output)});
    return loss.label_shape(output).size() == 1 ? loss.classes(output) : 0;
  } catch (const Error&) {
    loss.check(output, {0, output});
    return 0;
  }
}

}  // namespace

OnlineLearner::Impl::Impl(Graph g, std::shared_ptr<const Loss> l, std::unique_ptr<Optimizer> o, OnlineLearnerOptions opts)
    : options(opts),
      graph(checked(std::move(g))),
      loss(std::move(l)),
      optimizer(std::move(o)),
      weights(graph, opts.seed),
      plan(graph, weights, {.batch = 1, .mode = Mode::train}),
      input(graph.entries()[as_size(graph.inputs()[0])].shape),
      output(graph.entries()[as_size(graph.outputs()[0])].shape),
      classes(classes_of(*loss, output)),
      metrics(classes, output.size(), opts.window),
      last_values(as_size(output.size())),
      last_errors(as_size(output.size())) {
  check_options(options);
  if (classes > 0 && classes != output.size() && (options.average > 0 || options.last_target))
    refuse("other voices need a score for each class", "SoftmaxCrossEntropy() and as many outputs as classes");
  optimizer->prepare(weights);
  if (options.average > 0) averaged.emplace(graph, weights, options.average);
  if (options.last_target && classes > 0) followers.emplace(classes);
  const int models = averaged ? 2 : 1;
  count = !options.last_target ? models : classes > 0 ? 2 * models : models + 2;
  if (count > 1) voices.emplace(count, classes, output.size(), options.memory);
  said.resize(as_size(count + (voices ? 1 : 0) + (classes == 0 ? 1 : 0)) * as_size(output.size()));
  answer.resize(as_size(output.size()));
  kept = input;
  if (const std::optional<Front> of = options.later > 0 ? front_of(graph) : std::nullopt) {
    kept = of->shape;
    front.emplace(graph, weights, PlanOptions{.batch = 1, .mode = Mode::adapt, .stop = of->last});
    behind.emplace(graph, weights, PlanOptions{.batch = 1, .mode = Mode::train, .start = of->next});
  }
  rows.emplace(options.later, as_size(kept.size()), said.size());
}

void OnlineLearner::Impl::check_input(const ConstView& x) const {
  for (const real& value : x)
    if (!std::isfinite(value))
      refuse(fmt::format("value {} of the row is {}", (&value - x.data) % input.size(), value), "leaving the row out");
}

// What the model says in its own words: probabilities of classes, if there are other voices; else its output.
void OnlineLearner::Impl::voice(const ConstView& y, real* to) const noexcept {
  const auto n = as_size(output.size());
  if (classes == 0 || count == 1) return static_cast<void>(std::copy_n(y.data, n, to));
  const double most = static_cast<double>(*std::max_element(y.data, y.data + n));
  double sum = 0;
  for (std::size_t c = 0; c < n; ++c) sum += std::exp(static_cast<double>(y.data[c]) - most);
  for (std::size_t c = 0; c < n; ++c) to[c] = static_cast<real>(std::exp(static_cast<double>(y.data[c]) - most) / sum);
}

// Every voice for this row, from what the model said of it, the answer, and of values the last known target.
void OnlineLearner::Impl::speak(const ConstView& x, const ConstView& y) {
  speak(y, averaged ? averaged->forward(weights, x, learnt).data : nullptr);
}

void OnlineLearner::Impl::speak(const ConstView& y, const real* of_average) {
  const auto n = as_size(output.size());
  const std::size_t models = averaged ? 2 : 1;
  voice(y, said.data());
  if (averaged) voice({of_average, output, 1}, said.data() + n);
  if (followers)
    for (std::size_t i = 0; i < models; ++i) followers->apply(&said[i * n], last, &said[(models + i) * n]);
  if (options.last_target && classes == 0)
    for (std::size_t k = 0; k < n; ++k) {
      said[models * n + k] = last >= 0 ? last_values[k] : said[k];
      said[(models + 1) * n + k] = last >= 0 ? said[k] + last_errors[k] : said[k];
    }
  if (voices) voices->mix(said.data(), answer_of(said.data()));
  std::copy_n(answer_of(said.data()), n, answer.data());
  if (voices && classes > 0)
    for (real& p : answer) p = std::log(std::max(p, real(1e-30)));
  if (classes == 0) std::ranges::copy(last_values, said.end() - static_cast<std::ptrdiff_t>(n));
}

// What is said of a row whose target will come later, and what waits for it: what the front has made of the row, which follows it.
ConstView OnlineLearner::Impl::arrive(const ConstView& x) {
  if (!front) {
    speak(x, plan.forward(x));
    plan.forget();
    return x;
  }
  const real* const of_average = averaged ? averaged->forward(weights, x, learnt).data : nullptr;  // by the state before
  const ConstView made = front->forward(x);
  speak(behind->forward(made), of_average);
  behind->forget();
  return made;
}

// How good the voices were, now that the target has come. `before` is what `last` was when they spoke.
void OnlineLearner::Impl::account(real* spoken, const Target& target, int before) noexcept {
  const auto n = as_size(output.size());
  const real* const best = answer_of(spoken);
  if (classes > 0) {
    const int truth = target.has_labels() ? target.labels[0] : loss->label(target.values.data, output);
    const double lost = voices ? -std::log(std::max(static_cast<double>(best[truth]), 1e-9)) : loss_now;
    metrics.add(loss->label(best, output), truth, before, lost);
    if (voices) voices->learn(spoken, truth);
    if (followers) followers->learn(before, truth);
    last = truth;
  } else {
    const real* const truth = target.values.data;
    metrics.add(best, truth, before >= 0 ? spoken + said.size() - n : nullptr, loss_now);
    if (voices) voices->learn(spoken, truth, best);
    for (std::size_t k = 0; k < n; ++k) last_values[k] = truth[k], last_errors[k] = truth[k] - spoken[k];
    last = 0;
  }
}

void OnlineLearner::Impl::step(Plan& of) {
  of.backward(optimizer.get());
  ++learnt;
  if (averaged) averaged->follow(weights, learnt);
  if (of.finite()) return;
  ++left_out;
  const Weights& moved = weights;
  if (!std::ranges::all_of(moved.block(), [](real w) { return std::isfinite(w); }))
    refuse(fmt::format("the weights are no longer finite after row {}", learnt), "a smaller rate");
}

Target OnlineLearner::Impl::target_of(const Target& all, int row) const {
  Target one;
  if (all.has_labels())
    one.labels = all.labels.subspan(as_size(row), 1);
  else
    one.values = {all.values.row(row), all.values.shape, 1};
  if (!all.weights.empty()) one.weights = all.weights.subspan(as_size(row), 1);
  return one;
}

void OnlineLearner::Impl::check_batch(const ConstView& x, const Target& target) const {
  const std::size_t targets = target.has_labels() ? target.labels.size() : as_size(target.values.batch);
  if (targets != as_size(x.batch) || (!target.weights.empty() && target.weights.size() != targets))
    refuse(fmt::format("{} targets for {} rows", targets, x.batch), "one for each row");
}

// ------------------------------------------------------------------------------------------------------------- the calls

OnlineLearner::OnlineLearner(Graph graph, std::shared_ptr<const Loss> loss, std::unique_ptr<Optimizer> optimizer,
                             OnlineLearnerOptions options)
    : impl_(std::make_unique<Impl>(std::move(graph), std::move(loss), std::move(optimizer), options)) {}
OnlineLearner::~OnlineLearner() = default;
OnlineLearner::OnlineLearner(OnlineLearner&&) noexcept = default;
OnlineLearner& OnlineLearner::operator=(OnlineLearner&&) noexcept = default;

std::span<const real> OnlineLearner::Impl::keep(int row, int batch) {
  const std::size_t n = answer.size();
  if (batch == 1) return answer;
  if (answers.size() < as_size(batch) * n) answers.resize(as_size(batch) * n);
  std::copy(answer.begin(), answer.end(), answers.begin() + static_cast<std::ptrdiff_t>(as_size(row) * n));
  return std::span(answers).first(as_size(batch) * n);
}

std::span<const real> OnlineLearner::learn(const ConstView& x, const Target& target) {
  const FlushDenormals flush;
  Impl& of = *impl_;
  of.check_batch(x, target);
  std::span<const real> kept;
  for (int row = 0; row < x.batch; ++row) {
    const ConstView one{x.row(row), x.shape, 1};
    of.check_input(one);
    const Target truth = x.batch == 1 ? target : of.target_of(target, row);
    const ConstView y = of.plan.forward(one);
    of.loss_now = of.loss->evaluate(y, truth, of.plan.output_gradient());
    of.speak(one, y);
    of.account(of.said.data(), truth, of.last);
    of.step(of.plan);
    kept = of.keep(row, x.batch);
  }
  return kept;
}

std::span<const real> OnlineLearner::predict(const ConstView& x) {
  Impl& of = *impl_;
  std::span<const real> kept;
  for (int row = 0; row < x.batch; ++row) {
    const ConstView one{x.row(row), x.shape, 1};
    of.check_input(one);
    of.speak(one, of.plan.forward(one));
    of.plan.forget();
    kept = of.keep(row, x.batch);
  }
  return kept;
}

std::span<const real> OnlineLearner::adapt(const ConstView& x) {
  Impl& of = *impl_;
  if (!of.adapting) of.adapting.emplace(of.graph, of.weights, PlanOptions{.batch = 1, .mode = Mode::adapt});
  std::span<const real> kept;
  for (int row = 0; row < x.batch; ++row) {
    const ConstView one{x.row(row), x.shape, 1};
    of.check_input(one);
    of.speak(one, of.adapting->forward(one));
    kept = of.keep(row, x.batch);
  }
  return kept;
}

std::span<const real> OnlineLearner::ask(std::int64_t key, const ConstView& x) {
  Impl& of = *impl_;
  if (of.options.later == 0) refuse("no row may wait for its target", ".later = 1000, for those of so many last rows");
  if (x.batch != 1) refuse(fmt::format("ask takes one row, and got {}", x.batch), "a call and a key for each");
  if (key < -WaitingRows::largest_key || key > WaitingRows::largest_key)
    refuse(fmt::format("the key {} is beyond 2^53", key), "the number of the row");
  of.check_input(x);
  const ConstView waits = of.arrive(x);
  const WaitingRows::Row row = of.rows->add(key);
  std::copy_n(waits.data, row.input.size(), row.input.begin());
  std::ranges::copy(of.said, row.said.begin());
  *row.last = of.last;
  return of.answer;
}

bool OnlineLearner::tell(std::int64_t key, const Target& target) {
  const FlushDenormals flush;
  Impl& of = *impl_;
  const WaitingRows::Row row = of.rows->find(key);
  if (!row.last) return false;
  Plan& plan = of.behind ? *of.behind : of.plan;
  const ConstView y = plan.forward(ConstView{row.input.data(), of.kept, 1});
  of.loss_now = of.loss->evaluate(y, target, plan.output_gradient());
  of.account(row.said.data(), target, static_cast<int>(*row.last));
  of.step(plan);
  of.rows->remove(key);
  return true;
}

const Prequential& OnlineLearner::metrics() const { return impl_->metrics; }
std::int64_t OnlineLearner::learnt() const { return impl_->learnt; }
std::int64_t OnlineLearner::waiting() const { return impl_->rows->waiting(); }
std::int64_t OnlineLearner::dropped() const { return impl_->rows->dropped(); }
std::int64_t OnlineLearner::steps_left_out() const { return impl_->left_out; }
double OnlineLearner::last_loss() const { return impl_->loss_now; }
const Graph& OnlineLearner::graph() const { return impl_->graph; }
int OnlineLearner::outputs() const { return impl_->output.size(); }
Weights& OnlineLearner::weights() { return impl_->weights; }
Optimizer& OnlineLearner::optimizer() { return *impl_->optimizer; }

}  // namespace cambium
