#include "tests/precision/layer_values.h"

#include "cambium/cambium.h"
#include "tests/support/check_layer.h"
#include "tests/support/step_results.h"

#ifdef CAMBIUM_F64
namespace double_precision {
#else
namespace single_precision {
#endif
namespace {

using namespace cambium;

std::vector<LayerValues> found;
std::uint64_t drawn = 0;

void layer(const Layer& layer, const Inputs& inputs, int batch = 7) {
  LayerBench bench(layer, inputs.shapes, {.batch = batch});
  bench.draw(++drawn);
  bench.forward();
  bench.backward();
  for (NamedValues& tensor : results_of(bench)) found.push_back({layer.describe().kind, std::move(tensor.values)});
}

void loss(const Loss& loss, const Shape& shape, int batch) {
  const Random random = Random(5).of(++drawn);
  std::vector<real> y(static_cast<std::size_t>(batch * shape.size())), target(y.size()), dy(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<real>(static_cast<float>(random.normal(i)));
  for (std::size_t i = 0; i < y.size(); ++i) target[i] = static_cast<real>(static_cast<float>(random.normal(y.size() + i)));
  std::vector<int> labels;
  for (int i = 0; i < batch; ++i) labels.push_back(i * 7 % shape.size());
  const bool by_label = loss.describe().kind == SoftmaxCrossEntropy().describe().kind;
  const Target wanted = by_label ? Target(labels) : Target(ConstView{target.data(), shape, batch});
  const double value = loss.evaluate({y.data(), shape, batch}, wanted, {dy.data(), shape, batch});
  found.push_back({loss.describe().kind, {value}});
  found.push_back({loss.describe().kind, {dy.begin(), dy.end()}});
}

void layers() {
  const Shape flat(11), image{3, 7, 5}, odd{2, 1, 9}, wide{4, 13, 12};
  for (const Shape& shape : {flat, image, odd, wide}) {
    layer(Relu(), shape), layer(Tanh(), shape), layer(Logistic(), shape), layer(Dropout(0.3), shape), layer(Flatten(), shape);
    layer(Add(), {shape, shape}), layer(Add(), {shape, shape, shape}), layer(Difference(), {shape, shape}),
        layer(Concat(), {shape, shape});
    layer(Affine(), shape), layer(Affine({.beta = false, .per = Per::element}), shape), layer(Affine({.gamma = false}), shape);
    layer(BatchNorm(), shape), layer(BatchNorm(for_input), shape), layer(BatchNorm({.per = Per::element}), shape, 16);
    for (const auto start : {OnlineNormOptions::Start::cold, OnlineNormOptions::Start::warm})
      for (const Per per : {Per::channel, Per::element, Per::pooled})
        layer(OnlineNorm({.alpha = 0.9, .alpha_backward = 0.8, .start = start, .per = per}), shape, 32);
    layer(OnlineNorm(), shape, 32), layer(BatchRenorm(), shape), layer(BatchRenorm({.r_max = 3, .d_max = 5}), shape, 16);
    layer(StreamingNorm(), shape), layer(RangeNorm(), shape), layer(ActivationClamp(0.5), shape), layer(LayerScaling(), shape);
    layer(LayerNorm(), shape), layer(GroupNorm(1), shape);
    if (!shape.is_image()) continue;
    layer(GroupNorm(shape.channels()), shape), layer(InstanceNorm(), shape);
  }
  for (int inputs : {1, 13, 300})
    for (int outputs : {1, 10, 129}) layer(Dense(outputs), Shape(inputs), 33);
  for (const Shape& shape : {image, wide, Shape{1, 28, 28}}) {
    layer(Conv2d(5), shape), layer(Conv2d(8, {.kernel = 5, .pad = 2, .bias = false}), shape),
        layer(Conv2d(2, {.kernel = 1}), shape);
    layer(Conv2d(3, {.kernel = {2, 3}, .stride = {3, 2}, .pad = {1, 0}}), shape);
    layer(MaxPool2d(2), shape), layer(MaxPool2d({3, 2}, {.stride = {1, 2}, .pad = {1, 0}}), shape), layer(GlobalAvgPool(), shape);
  }
}

void losses() {
  for (int batch : {1, 64}) {
    loss(SoftmaxCrossEntropy(), Shape(10), batch);
    loss(SoftmaxCrossEntropy({.label_smoothing = 0.1, .class_weights = {1, 2, 0.5}}), Shape(3), batch);
    loss(SquaredError(), Shape(10), batch), loss(SquaredError(), Shape{2, 5, 3}, batch);
  }
}

// Behind all others, so that those draw what they drew before.
void later_layers() {
  for (const Shape& shape : {Shape(11), Shape{3, 7, 5}, Shape{2, 1, 9}, Shape{4, 13, 12}}) layer(PadChannels(3), shape);
}

}  // namespace

std::vector<LayerValues> layer_values() {
  found.clear(), drawn = 0;
  layers(), losses(), later_layers();
  return found;
}

}  // namespace
