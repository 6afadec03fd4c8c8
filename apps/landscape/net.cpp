#include "apps/landscape/net.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "cambium/framework/base/error.h"

namespace landscape {

using namespace cambium;

Samples first_of(const Dataset& set, int n) {
  Samples samples{set.input_shapes()[0], {}, std::vector<int>(as_size(n))};
  samples.x.resize(as_size(n) * as_size(samples.shape.size()));
  std::vector<std::int64_t> rows(as_size(n));
  std::iota(rows.begin(), rows.end(), 0);
  const View x{samples.x.data(), samples.shape, n}, none;
  const std::span<int> labels = samples.labels;
  set.fetch(rows, {&x, 1}, {&labels, 1}, {&none, 1});
  set.check_fetched();
  return samples;
}

Net::Net(const Graph& graph, int batch, std::uint64_t seed, std::vector<std::string> observe)
    : Net(graph, Weights(graph, seed), batch, std::move(observe)) {}

Net::Net(const Graph& graph, Weights weights, int batch, std::vector<std::string> observe)
    : graph_(graph),
      batch_(batch),
      weights_(std::move(weights)),
      plan_(graph_, weights_, {.batch = batch, .mode = Mode::train, .observe = std::move(observe)}) {}

Net Net::twin(int batch, std::vector<std::string> observe) const {
  Net other(graph_, weights_.copy(), batch > 0 ? batch : batch_, std::move(observe));
  other.plan_.set_pass_number(plan_.pass_number());
  return other;
}

double Net::pass(const ConstView& x, std::span<const int> labels, bool back) {
  const double loss = loss_.evaluate(plan_.forward(x), Target(labels), plan_.output_gradient());
  if (back) {
    weights_.mark_gradients_used();  // what was there is overwritten
    plan_.backward();
  }
  return loss;
}

double Net::loss(const ConstView& x, std::span<const int> labels) {
  const std::uint64_t number = plan_.pass_number();
  const double loss = pass(x, labels, false);
  plan_.set_pass_number(number);
  return loss;
}

double Net::gradient(const ConstView& x, std::span<const int> labels, Vector& to) {
  const std::uint64_t number = plan_.pass_number();
  const double loss = pass(x, labels, true);
  plan_.set_pass_number(number);
  const std::span<const real> block = weights_.gradient_block();
  to.assign(block.begin(), block.end());
  return loss;
}

Step Net::step(const ConstView& x, std::span<const int> labels, Optimizer& optimizer) {
  const double loss = pass(x, labels, true);
  Step done{loss, accuracy_of(plan_.output(), labels), std::isfinite(loss) && plan_.finite()};
  if (!done.finite) return done;
  optimizer.prepare(weights_);
  done.finite = optimizer.step(weights_);
  return done;
}

Vector Net::point() const {
  const std::span<const real> block = weights_.block();
  return {block.begin(), block.end()};
}

void Net::move_to(const Vector& point) {
  std::ranges::transform(point, weights_.block().begin(), [](double value) { return static_cast<real>(value); });
}

const Range& Net::range_of(const std::string& tensor) const {
  const auto& tensors = weights_.tensors();
  const auto found = std::ranges::find(tensors, tensor, &Weights::Tensor::name);
  if (found == tensors.end()) throw Error("no parameter is named " + tensor, "a name of this network");
  return weights_.ranges()[static_cast<std::size_t>(found - tensors.begin())];
}

Vector Net::part(const Vector& of, const std::string& tensor) const {
  const Range& range = range_of(tensor);
  const auto first = of.begin() + static_cast<std::ptrdiff_t>(range.offset);
  return {first, first + static_cast<std::ptrdiff_t>(range.size)};
}

Vector Net::mixed(const Vector& below, const Vector& here, const std::string& tensor) const {
  Vector to = here;
  std::copy_n(below.begin(), range_of(tensor).offset, to.begin());
  return to;
}

std::vector<Net::Node> Net::nodes_before(const std::string& layer) const { return nodes_of(plan_.input_of(layer)); }

std::vector<Net::Node> nodes_of(const ConstView& all) {
  const auto size = as_size(all.shape.size());
  std::vector<Net::Node> nodes(size);
  for (int i = 0; i < all.batch; ++i)
    for (std::size_t c = 0; c < size; ++c) nodes[c].mean += static_cast<double>(all.row(i)[c]) / all.batch;
  for (int i = 0; i < all.batch; ++i)
    for (std::size_t c = 0; c < size; ++c) {
      const double off = static_cast<double>(all.row(i)[c]) - nodes[c].mean;
      nodes[c].deviation += off * off / all.batch;
    }
  for (Net::Node& node : nodes) node.deviation = std::sqrt(node.deviation);
  return nodes;
}

double accuracy_of(const ConstView& y, std::span<const int> labels) {
  int right = 0;
  for (int i = 0; i < y.batch; ++i) {
    const real* const row = y.row(i);
    right += static_cast<int>(std::max_element(row, row + y.shape.size()) - row) == labels[as_size(i)];
  }
  return static_cast<double>(right) / std::max(1, y.batch);
}

}  // namespace landscape
