#include "tests/support/random_graph.h"

#include <algorithm>
#include <cmath>

#include "cambium/cambium.h"

namespace cambium {
namespace {

class Drawer {
 public:
  Drawer(Random random, const RandomGraphOptions& options) : random_(random), options_(options) {}

  Graph draw() {
    const int inputs = 1 + (chance(0.3) ? 1 : 0) + (chance(0.1) ? 1 : 0);
    for (int i = 0; i < inputs; ++i) note(graph_.input(draw_shape()));
    const int layers = between(options_.least_layers, options_.most_layers);
    while (this->layers() < layers) grow(choose_node());
    for (int i = 0; i < inputs; ++i)
      if (readers_[static_cast<std::size_t>(i)] == 0) put(chance(0.5) ? Item(Tanh()) : Item(Affine()), {Node{i}});
    join_leaves();
    choose_outputs();
    return std::move(graph_);
  }

  int layers() const { return static_cast<int>(graph_.entries().size() - graph_.inputs().size()); }

 private:
  int below(int n) { return static_cast<int>(random_.below(drawn_++, static_cast<std::uint64_t>(n))); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool chance(double p) { return random_.uniform(drawn_++) < p; }
  int side() { return options_.large ? between(14, 22) : between(2, 7); }

  void note(Node node) { readers_.resize(static_cast<std::size_t>(node.index) + 1, 0); }
  const Shape& shape(Node node) const { return graph_.entries()[static_cast<std::size_t>(node.index)].shape; }
  bool is_input(Node node) const { return !graph_.entries()[static_cast<std::size_t>(node.index)].layer; }

  Node put(Item item, const std::vector<Node>& inputs) {
    if (options_.settings && chance(0.3)) {
      const int which = below(5);
      item.settings = {.rate = which == 0 ? 0.5 : 1.0,
                       .freeze = which == 1,
                       .l1 = which == 2 ? 1e-3 : 0,
                       .l2 = which == 3 ? 0.01 : 0,
                       .limit = which == 4 ? 0.4 : 0};
    }
    for (Node node : inputs) ++readers_[static_cast<std::size_t>(node.index)];
    const Node made = graph_.join(std::move(item), inputs);
    note(made);
    return made;
  }

  Shape draw_shape() {
    const int kind = below(10), most = options_.large ? 8 : 4;
    if (kind < 3) return Shape(options_.large ? between(200, 500) : between(2, 9));
    if (kind < 8) return Shape{between(options_.large ? 3 : 1, most), side(), side()};
    if (kind == 8) return Shape{between(1, most), side()};
    return Shape{between(1, 3), between(1, 3), between(2, 3), between(1, 3)};
  }

  // Mostly one that nobody reads yet, so that graphs grow long.
  Node choose_node() {
    std::vector<Node> unread;
    for (std::size_t i = 0; i < readers_.size(); ++i)
      if (readers_[i] == 0) unread.push_back(Node{static_cast<int>(i)});
    if (!unread.empty() && chance(0.75)) return unread[static_cast<std::size_t>(below(static_cast<int>(unread.size())))];
    return Node{below(static_cast<int>(readers_.size()))};
  }

  void grow(Node x) {
    const Shape& in = shape(x);
    if (options_.every_kind && chance(0.25)) return static_cast<void>(rare(x));
    switch (below(in.is_image() || in.rank() == 1 ? 16 : 10)) {
      case 0: put(Relu(), {x}); break;
      case 1: put(Tanh(), {x}); break;
      case 2: put(Logistic(), {x}); break;
      case 3: put(Dropout(between(1, 5) / 10.0), {x}); break;
      case 4: put(Affine(affine_options()), {x}); break;
      case 5: normalize(x); break;
      case 6: join_equal(x); break;
      case 7: concat(x); break;
      case 8: fusable(x); break;
      case 9: in.rank() > 1 ? put(Flatten(), {x}) : put(Dense(outputs()), {x}); break;
      case 10: in.is_image() ? put(GlobalAvgPool(), {x}) : put(Relu(), {x}); break;
      case 11:
      case 12: in.is_image() ? pool(x) : dense(x); break;
      default: in.is_image() ? convolve(x) : put(Dense(outputs(), {.init = init::glorot_normal()}), {x}); break;
    }
  }

  Node dense(Node x) {
    const bool bias = chance(0.5);  // drawn before the outputs, since the order of arguments is the compiler's
    return put(Dense(outputs(), {.bias = bias}), {x});
  }
  int outputs() { return options_.large ? between(100, 300) : between(2, 8); }
  Per per() { return chance(0.8) ? Per::channel : Per::element; }
  AffineOptions affine_options() {
    const int which = below(5);
    return {.gamma = which != 0, .beta = which != 1, .per = per()};
  }

  Node rare(Node x) {
    const Shape in = shape(x);
    switch (below(in.spatial() > 1 ? 6 : 5)) {
      case 0: return put(ActivationClamp(1.5), {x});
      case 1: return put(PadChannels(between(1, 3)), {x});
      case 2: return put(Affine({.gamma = chance(0.7), .beta = true, .per = Per::pooled}), {x});
      case 3: return put(BatchNorm({.epsilon = 1e-2, .per = Per::pooled}), {x});
      case 4: return put(RangeNorm({.samples = 6}), {x});
      default: return put(InstanceNorm({.epsilon = 1e-2}), {x});
    }
  }

  // Each sample by itself.
  Node by_itself(Node x) {
    const Shape& in = shape(x);
    const int groups = in.channels() % 2 == 0 ? 2 : 1, kind = below(3);
    if (kind == 0 || in.size() == groups) return put(LayerScaling({.epsilon = 1e-2}), {x});
    if (kind == 1) return put(GroupNorm(groups, {.epsilon = 1e-2}), {x});
    return put(LayerNorm({.epsilon = 1e-2}), {x});
  }

  // By several batches.
  Node by_what_came(Node x) {
    const int kind = below(3);
    if (kind == 0) return put(BatchRenorm({.alpha = 0.1, .r_max = 2, .d_max = 1}), {x});
    if (kind == 1) return put(StreamingNorm(), {x});
    return put(RangeNorm({.samples = 6, .per = per()}), {x});
  }

  Node normalize(Node x) {
    if (chance(0.2)) return by_itself(x);
    if (options_.online_norm && chance(0.3)) return by_what_came(x);
    return by_batch_or_online(x);
  }

  Node by_batch_or_online(Node x) {
    if (options_.online_norm && chance(0.5)) {
      if (is_input(x) && chance(0.3)) return put(OnlineNorm(for_input), {x});
      return put(OnlineNorm({.alpha = chance(0.5) ? 0.9 : 0.999,
                             .alpha_backward = 0.9,
                             .start = chance(0.5) ? OnlineNormOptions::Start::cold : OnlineNormOptions::Start::warm,
                             .per = per()}),
                 {x});
    }
    if (is_input(x) && chance(0.3)) return put(BatchNorm(for_input), {x});
    const double epsilon = chance(0.5) ? 1e-3 : 1e-2, momentum = chance(0.5) ? 0.1 : 0.7;
    return put(BatchNorm({.epsilon = epsilon, .momentum = momentum, .unbiased = chance(0.5), .per = per()}), {x});
  }

  // What the plan may run as one pass, now and then with somebody else reading in the middle.
  void fusable(Node x) {
    const Node normalized = options_.online_norm && chance(0.2) ? by_what_came(x) : by_batch_or_online(x);
    const Node mapped = chance(0.8) ? put(Affine(affine_options()), {normalized}) : normalized;
    if (chance(0.8)) put(Relu(), {mapped});
    if (chance(0.15)) put(Tanh(), {chance(0.5) ? normalized : mapped});
  }

  Node convolve(Node x) {
    const Shape in = shape(x);
    const int most = options_.large ? 12 : 5;
    const Size2 pad{below(2), below(2)};
    const Size2 kernel{between(1, std::min(4, in[1] + 2 * pad.height)), between(1, std::min(4, in[2] + 2 * pad.width))};
    const Size2 stride{between(1, 2), between(1, 2)};
    const int filters = between(1, most);
    return put(Conv2d(filters, {.kernel = kernel, .stride = stride, .pad = pad, .bias = chance(0.5)}), {x});
  }

  Node pool(Node x) {
    const Shape in = shape(x);
    const Size2 kernel{between(1, std::min(3, in[1])), between(1, std::min(3, in[2]))};
    const Size2 pad{kernel.height > 1 ? below(2) : 0, kernel.width > 1 ? below(2) : 0};
    return put(MaxPool2d(kernel, {.stride = {between(1, 3), between(1, 3)}, .pad = pad}), {x});
  }

  // Up to two other nodes that fit, or else one made for it.
  template <class Fits>
  std::vector<Node> partners(Node x, Fits fits) {
    std::vector<Node> found;
    for (int i = 0; i < static_cast<int>(readers_.size()); ++i)
      if ((i != x.index || chance(0.1)) && fits(shape(Node{i}))) found.push_back(Node{i});
    if (found.empty()) found.push_back(put(chance(0.5) ? Item(Relu()) : Item(Logistic()), {x}));
    while (found.size() > 2) found.erase(found.begin() + below(static_cast<int>(found.size())));
    return found;
  }

  void join_equal(Node x) {
    const std::vector<Node> others = partners(x, [&](const Shape& other) { return other == shape(x); });
    if (others.size() == 2 && chance(0.5))
      put(Add(), {others[0], x, others[1]});
    else if (chance(0.4))
      put(Difference(), {x, others[0]});
    else
      put(Add(), {others[0], x});
  }

  void concat(Node x) {
    const Shape in = shape(x);
    if (in.size() > (options_.large ? 4000 : 120)) return static_cast<void>(put(Relu(), {x}));
    std::vector<Node> all = partners(x, [&](const Shape& other) {
      bool fits = other.rank() == in.rank() && other.size() <= 4000;
      for (int axis = 1; fits && axis < in.rank(); ++axis) fits = other[axis] == in[axis];
      return fits;
    });
    all.push_back(x);
    put(Concat(), all);
  }

  std::vector<Node> leaves() const {
    std::vector<Node> found;
    for (std::size_t i = 0; i < readers_.size(); ++i)
      if (readers_[i] == 0) found.push_back(Node{static_cast<int>(i)});
    return found;
  }

  void join_leaves() {
    for (std::vector<Node> ends = leaves(); ends.size() > 3; ends = leaves()) put(Add(), {dense_on(ends[0]), dense_on(ends[1])});
  }
  Node dense_on(Node x) { return put(Dense(3), {shape(x).rank() == 1 ? x : put(Flatten(), {x})}); }

  void choose_outputs() {
    const std::vector<Node> ends = leaves();
    const bool one = ends.size() == 1 && ends[0].index == static_cast<int>(readers_.size()) - 1;
    if (one && chance(0.5)) return;  // what a graph does when nobody says which is its output
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) graph_.output(*end);
    const Node inner{below(static_cast<int>(readers_.size()))};
    if (chance(0.3) && !is_input(inner) && readers_[static_cast<std::size_t>(inner.index)] > 0) graph_.output(inner);
  }

  Random random_;
  RandomGraphOptions options_;
  std::uint64_t drawn_ = 0;
  Graph graph_;
  std::vector<int> readers_;  // of each node
};

}  // namespace

Graph random_graph(std::uint64_t seed, const RandomGraphOptions& options) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    Drawer drawer(Random(seed).of(attempt), options);
    Graph graph = drawer.draw();
    const int layers = static_cast<int>(graph.entries().size() - graph.inputs().size());
    if (layers <= options.most_layers) return graph;  // joining the loose ends may have made it too long
  }
}

void shake(Weights& weights, std::uint64_t seed, double by) {
  for (std::size_t i = 0; i < weights.ranges().size(); ++i) {
    const Range& range = weights.ranges()[i];
    for (std::size_t k = 0; k < range.size; ++k)
      range.weight[k] += static_cast<real>(static_cast<float>(by * Random(seed).of(i).normal(k)));
  }
}

LossOfEach::LossOfEach(const Graph& graph, int batch, std::uint64_t seed) {
  for (int output : graph.outputs()) {
    const Shape& shape = graph.entries()[static_cast<std::size_t>(output)].shape;
    const Random random = Random(seed).of(static_cast<std::uint64_t>(output));
    labels_.emplace_back(), values_.emplace_back();
    if (shape.rank() == 1 && shape.size() > 1)
      for (int s = 0; s < batch; ++s)
        labels_.back().push_back(
            static_cast<int>(random.below(static_cast<std::uint64_t>(s), static_cast<std::uint64_t>(shape.size()))));
    else
      for (int i = 0; i < batch * shape.size(); ++i)
        values_.back().push_back(static_cast<real>(static_cast<float>(random.normal(static_cast<std::uint64_t>(i)))));
  }
}

double LossOfEach::one(int output, const ConstView& y, View dy) const {
  const auto i = static_cast<std::size_t>(output);
  if (!labels_[i].empty())
    return cross_entropy_.evaluate(y, Target(std::span(labels_[i]).first(static_cast<std::size_t>(y.batch))), dy);
  return squared_error_.evaluate(y, ConstView{values_[i].data(), y.shape, y.batch}, dy);
}

double LossOfEach::evaluate(Plan& plan) const {
  double sum = 0;
  for (int i = 0; i < plan.outputs(); ++i) sum += one(i, plan.output(i), plan.output_gradient(i));
  return sum;
}

double LossOfEach::value(const Plan& plan) const {
  double sum = 0;
  for (int i = 0; i < plan.outputs(); ++i) sum += one(i, plan.output(i), View{nullptr, plan.output(i).shape, plan.output(i).batch});
  return sum;
}

namespace {

template <class T>
double apart(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double difference = 0, size = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    difference = std::isnan(d) ? HUGE_VAL : std::max(difference, d);
    size = std::max(size, std::abs(static_cast<double>(a[i])));
  }
  return difference / size;
}

}  // namespace

double apart(const StepValues& a, const StepValues& b) {
  if (a.outputs.size() != b.outputs.size() || a.input_gradients.size() != b.input_gradients.size()) return HUGE_VAL;
  double most = std::max(apart(a.weight_gradients, b.weight_gradients), apart(a.state, b.state));
  for (std::size_t i = 0; i < a.outputs.size(); ++i) most = std::max(most, apart(a.outputs[i], b.outputs[i]));
  for (std::size_t i = 0; i < a.input_gradients.size(); ++i)
    most = std::max(most, apart(a.input_gradients[i], b.input_gradients[i]));
  return most;
}

RandomCase::RandomCase(Graph model, std::uint64_t seed, int batch)
    : graph(std::move(model)), weights(graph, seed), data(graph, batch, seed + 1), loss(graph, batch, seed + 2) {
  shake(weights, seed + 3);
}

RandomCase::RandomCase(std::uint64_t seed, int batch, const RandomGraphOptions& options)
    : RandomCase(random_graph(seed, options), seed, batch) {}

StepValues RandomCase::step(Plan& plan) {
  StepValues result;
  const Weights::Snapshot before = weights.snapshot();
  weights.mark_gradients_used();
  plan.set_pass_number(0);
  plan.forward(data.inputs);
  for (int i = 0; i < plan.outputs(); ++i) result.outputs.emplace_back(plan.output(i).begin(), plan.output(i).end());
  result.loss = loss.evaluate(plan);
  plan.backward();
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    const ConstView dx = plan.input_gradient(static_cast<int>(i));
    result.input_gradients.emplace_back(dx.begin(), dx.end());
  }
  result.weight_gradients.assign(weights.gradient_block().begin(), weights.gradient_block().end());
  result.state.assign(weights.state_block().begin(), weights.state_block().end());
  weights.restore(before);
  return result;
}

StepValues RandomCase::step(PlanOptions options) {
  options.mode = Mode::train;
  options.input_gradient = true;
  options.batch = std::max(options.batch, data.inputs[0].batch);
  Plan plan(graph, weights, options);
  return step(plan);
}

}  // namespace cambium
