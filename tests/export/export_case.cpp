#include "tests/export/export_case.h"

#include <algorithm>
#include <cmath>

#include "tests/support/random_graph.h"

namespace cambium {
namespace {

std::vector<ConstView> views(const Graph& graph, const std::vector<std::vector<real>>& x, int samples) {
  std::vector<ConstView> all;
  for (std::size_t k = 0; k < x.size(); ++k)
    all.push_back({x[k].data(), graph.entries()[as_size(graph.inputs()[k])].shape, samples});
  return all;
}

std::vector<std::vector<real>> drawn(const Graph& graph, int samples, Random random, double mean, double deviation) {
  std::vector<std::vector<real>> all;
  for (const int input : graph.inputs()) {
    std::vector<real>& x = all.emplace_back(as_size(samples) * as_size(graph.entries()[as_size(input)].shape.size()));
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<real>(mean + deviation * random.of(as_size(input)).normal(static_cast<std::uint64_t>(i)));
  }
  return all;
}

// Both kinds of samples, each with a layer that makes it larger or smaller behind.
void add_both(std::vector<ExportCase>& to, const std::string& name, const Item& item, int samples) {
  to.emplace_back(name + "_flat", Sequential(Shape(6), item), samples);
  to.emplace_back(name + "_image", Sequential(Shape{2, 5, 4}, item), samples);
}

void add_norms(std::vector<ExportCase>& to, int samples) {
  add_both(to, "batch_norm", BatchNorm(), samples);
  add_both(to, "batch_norm_per_element", BatchNorm({.per = Per::element}), samples);
  add_both(to, "batch_norm_pooled", BatchNorm({.per = Per::pooled}), samples);
  add_both(to, "batch_norm_for_input", BatchNorm(for_input), samples);
  add_both(to, "online_norm", OnlineNorm(), samples);
  add_both(to, "online_norm_for_input", OnlineNorm(for_input), samples);
  add_both(to, "batch_renorm", BatchRenorm(), samples);
  add_both(to, "streaming_norm", StreamingNorm(), samples);
  add_both(to, "range_norm", RangeNorm(), samples);
  add_both(to, "range_norm_per_channel", RangeNorm({.per = Per::channel}), samples);
  add_both(to, "layer_norm", LayerNorm(), samples);
  add_both(to, "group_norm", GroupNorm(2, {.epsilon = 1e-2}), samples);
  add_both(to, "layer_scaling", LayerScaling(), samples);
  to.emplace_back("instance_norm", Sequential(Shape{2, 5, 4}, InstanceNorm()), samples);
  add_both(to, "at_its_bound", OnlineNorm({.alpha = 0.5, .epsilon = 0, .input = true}), samples);  // of 2
  to.emplace_back("multi_scale_norm", Sequential(Shape(6), MultiScaleNorm()), samples);
  to.emplace_back("multi_scale_norm_at_its_bounds", Sequential(Shape(5), MultiScaleNorm({.scales = 2, .shortest = 0.5}), Affine()),
                  samples);
  const BatchNorm of_the_last_batch({.momentum = 1});
  to.emplace_back("epsilon_counts", Sequential(Shape(6), of_the_last_batch), samples, 0, 1e-3);
  to.emplace_back("far_away", Sequential(Shape(6), of_the_last_batch, Affine()), samples, 1e6, 1);
  to.emplace_back("far_away_by_itself", Sequential(Shape{2, 5, 4}, GroupNorm(2)), samples, 1e3, 1);
  to.emplace_back("untouched_norms", Sequential(Shape(4), RangeNorm(), BatchNorm(for_input)), samples, 1e6, 0);
  to.emplace_back("online_guarded", Sequential(Shape(6), OnlineNorm(), Affine(), LayerScaling(), ActivationClamp(1)), samples);
  to.emplace_back("affine_between", Sequential(Shape(6), Affine(), BatchNorm(), Affine(), Affine({.gamma = false})), samples);
}

void add_windows(std::vector<ExportCase>& to, int samples) {
  to.emplace_back("dense", Sequential(Shape(6), Dense(4), Dense(3, {.bias = false})), samples);
  to.emplace_back("conv2d", Sequential(Shape{2, 7, 6}, Conv2d(3, {.kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1}})), samples);
  to.emplace_back("conv2d_plain", Sequential(Shape{1, 5, 5}, Conv2d(2, {.pad = 1, .bias = false})), samples);
  to.emplace_back("max_pool2d", Sequential(Shape{2, 7, 6}, MaxPool2d({3, 2}, {.stride = {1, 2}, .pad = {1, 0}})), samples);
  to.emplace_back("max_pool2d_cut", Sequential(Shape{2, 7, 5}, MaxPool2d(2)), samples);
  to.emplace_back("global_avg_pool", Sequential(Shape{3, 5, 4}, GlobalAvgPool()), samples);
  to.emplace_back("flatten", Sequential(Shape{3, 2, 2}, Flatten(), Relu(), Flatten()), samples);
}

// Several inputs and outputs, a value with several readers and one that joins itself; an input that nobody reads.
void add_joins(std::vector<ExportCase>& to, int samples) {
  Graph joins(Shape{2, 3, 3});
  const Node a = joins.input_node(), b = joins.input(Shape{2, 3, 3}, "second"), flat = joins.input(Shape(2), "third");
  joins.input(Shape(3), "unread");
  const Node sum = joins.join(Add(), {a, b, a}), apart = joins.join(Difference(), {sum, b});
  const Node both = joins.join(Concat(), {sum, apart, a});
  const Node mean = joins.then(both, GlobalAvgPool()), more = joins.join(Concat(), {flat, mean});
  joins.output(joins.then(more, Dense(3)));
  joins.output(joins.then(both, Flatten()));
  joins.output(sum);
  joins.output(joins.then(sum, Dropout(0.3)));
  to.emplace_back("joins", std::move(joins), samples);

  to.emplace_back("odd_names",
                  Sequential(Shape(3), Named("a\\", Dense(3)), Named("b\?\?/", Affine()), Named("*/c\r", Relu()),
                             Named("int", Tanh()), Named("größe", Dense(2)), Named("gr_e", Dense(2)), Relu()),
                  samples);

  Graph norms(Shape(5));  // the map is read twice, so nothing joins it
  const Node normalized = norms.then(norms.input_node(), BatchNorm()), mapped = norms.then(normalized, Affine());
  norms.join(Add(), {normalized, mapped});
  to.emplace_back("map_read_twice", std::move(norms), samples);
}

}  // namespace

ExportCase::ExportCase(std::string of, Graph model, int count, double mean, double deviation)
    : name(std::move(of)), graph(std::move(model)), weights(graph, 3), samples(count) {
  shake(weights, 4, 0.2);
  for (std::uint64_t pass = 0; pass < 3; ++pass) {
    Plan follow(graph, weights, {.batch = 8, .mode = Mode::adapt});
    const auto seen = drawn(graph, 8, Random(5).of(pass), mean, deviation);
    follow.forward(views(graph, seen, 8));
  }
  x = drawn(graph, samples, Random(6), mean, deviation);
  y = Predictor(graph, weights).predict_all(views(graph, x, samples));
}

void ExportCase::end_in_softmax() {
  options.softmax = true;
  const Shape& shape = graph.entries()[as_size(graph.outputs()[0])].shape;
  const auto channels = as_size(shape.channels()), positions = as_size(shape.spatial());
  for (std::size_t first = 0; first < y[0].size(); first += as_size(shape.size()))
    for (std::size_t i = first; i < first + positions; ++i) {
      double sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += std::exp(static_cast<double>(y[0][i + c * positions]));
      for (std::size_t c = 0; c < channels; ++c) {
        real& value = y[0][i + c * positions];
        value = static_cast<real>(std::exp(static_cast<double>(value)) / sum);
      }
    }
}

std::vector<ExportCase> one_of_each(int samples) {
  std::vector<ExportCase> all;
  add_windows(all, samples);
  add_norms(all, samples);
  add_both(all, "relu", Relu(), samples);
  add_both(all, "tanh", Tanh(), samples);
  add_both(all, "logistic", Logistic(), samples);
  add_both(all, "activation_clamp", ActivationClamp(0.7), samples);
  add_both(all, "dropout", Dropout(0.5), samples);
  add_both(all, "pad_channels", PadChannels(2), samples);
  add_both(all, "affine", Affine(), samples);
  add_both(all, "affine_per_element", Affine({.per = Per::element}), samples);
  add_both(all, "affine_pooled", Affine({.beta = false, .per = Per::pooled}), samples);
  add_joins(all, samples);
  add_both(all, "softmax", Affine(), samples);
  for (const std::size_t back : {1u, 2u}) all[all.size() - back].end_in_softmax();
  all.emplace_back("folded",
                   Sequential(Shape{2, 6, 5}, Conv2d(3, {.pad = 1}), BatchNorm(), Affine(), Relu(), Conv2d(2, {.bias = false}),
                              Affine({.gamma = false}), Flatten(), Dense(4), OnlineNorm(), Affine(), Relu(), Dense(2), BatchNorm()),
                   samples);
  all.back().options.fold = true;
  return all;
}

std::vector<ExportCase> random_cases(int count, int samples) {
  std::vector<ExportCase> all;
  for (int i = 0; i < count; ++i)
    all.emplace_back("random_" + std::to_string(i), random_graph(static_cast<std::uint64_t>(9000 + i), {.every_kind = true}),
                     samples);
  return all;
}

double error_of_outputs(const ExportCase& of, const std::vector<std::vector<float>>& y) {
  double most = 0, worst = 0;
  if (y.size() != of.y.size()) return HUGE_VAL;
  for (std::size_t k = 0; k < y.size(); ++k) {
    if (y[k].size() != of.y[k].size()) return HUGE_VAL;
    for (std::size_t i = 0; i < y[k].size(); ++i) {
      const double ours = static_cast<double>(of.y[k][i]), apart = std::fabs(static_cast<double>(y[k][i]) - ours);
      if (!(apart <= worst)) worst = apart;  // a NaN too
      most = std::max(most, std::fabs(ours));
    }
  }
  return worst / (1 + most);
}

}  // namespace cambium
