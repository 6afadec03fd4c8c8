#include "apps/landscape/held.h"

#include <memory>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/layers/activation/rows.h"

namespace landscape {

using namespace cambium;

namespace {

// y_i = x_i where the second input is above 0, else 0; dx_i = dy_i there. The second input gets no gradient.
class Gate final : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override {
    if (setting.in.size() != 2 || setting.in[0] != setting.in[1])
      throw Error("gate: two inputs of one shape", "the rectifier's own");
    LayerSpec spec;
    spec.out = setting.in[0];
    spec.reads_x = true;
    spec.flops = spec.out.size();
    return spec;
  }
  void forward(const Forward& ctx, Slice slice) const noexcept override { pass(ctx, ctx.x[0], ctx.y, slice); }
  void backward_input(const Backward& ctx, Slice slice) const noexcept override {
    if (ctx.dx[0].data != nullptr) pass(ctx, ctx.dy, ctx.dx[0], slice);
    if (ctx.dx[1].data == nullptr) return;
    real* none = ctx.dx[1].row(slice.begin);
    for (std::size_t i = 0; i < values_in(slice, ctx.dy.shape); ++i) none[i] = 0;
  }
  Description describe() const override { return {"gate", {}}; }

 private:
  static void pass(const Context& ctx, ConstView from, View to, Slice slice) noexcept {
    const real *x = from.row(slice.begin), *gate = ctx.x[1].row(slice.begin);
    real* y = to.row(slice.begin);
    for (std::size_t i = 0; i < values_in(slice, from.shape); ++i) y[i] = gate[i] > 0 ? x[i] : 0;
  }
};

bool is_rectifier(const Graph::Entry& entry) { return entry.layer && entry.layer->describe().kind == "relu"; }

// The same, with a gate for each rectifier, whose second input is one more of the model.
Graph with_gates(const Graph& graph) {
  Graph held;
  std::vector<Node> places;
  for (const Graph::Entry& entry : graph.entries()) {
    if (!entry.layer) {
      places.push_back(held.input(entry.shape, entry.name));
    } else if (is_rectifier(entry)) {
      const Node gate = held.input(entry.shape);
      places.push_back(held.join(Gate(), {places[as_size(entry.inputs[0])], gate}));
    } else {
      std::vector<Node> inputs;
      for (const int input : entry.inputs) inputs.push_back(places[as_size(input)]);
      places.push_back(held.add(Named(entry.name, Item(entry.layer)), inputs));
    }
  }
  return held;
}

}  // namespace

HeldNet::HeldNet(const Net& net, const Samples& samples)
    : samples_(samples),
      graph_(with_gates(net.graph())),
      weights_(graph_),
      plan_(graph_, weights_, {.batch = samples.count(), .mode = Mode::train}) {
  std::vector<std::string> rectifiers;
  for (const Graph::Entry& entry : net.graph().entries())
    if (is_rectifier(entry)) rectifiers.push_back(entry.name);
  Net here = net.twin(samples.count(), rectifiers);
  here.loss(samples);
  inputs_.push_back(samples.view());
  for (const std::string& name : rectifiers) {
    const ConstView z = here.plan().input_of(name);
    gates_.emplace_back(z.begin(), z.end());
    inputs_.push_back({gates_.back().data(), z.shape, z.batch});
  }
}

double HeldNet::gradient(const Vector& point, Vector& to) {
  const std::span<real> block = weights_.block();
  for (std::size_t i = 0; i < point.size(); ++i) block[i] = static_cast<real>(point[i]);
  const SoftmaxCrossEntropy loss;
  const double value = loss.evaluate(plan_.forward(inputs_), Target(samples_.labels), plan_.output_gradient());
  weights_.mark_gradients_used();
  plan_.backward();
  const std::span<const real> gradient = weights_.gradient_block();
  to.assign(gradient.begin(), gradient.end());
  return value;
}

}  // namespace landscape
