#include "cambium/framework/export/onnx_nodes.h"

#include <fmt/format.h>

#include "cambium/framework/base/error.h"

namespace cambium {

using protobuf::Message;
using namespace inference;

namespace {

Integers sizes_of(const Shape& shape) {
  Integers sizes;
  for (int axis = 0; axis < shape.rank(); ++axis) sizes.push_back(shape[axis]);
  return sizes;
}

// With the batch in front, as it is: a 0.
Integers with_batch(Integers sizes) {
  sizes.insert(sizes.begin(), 0);
  return sizes;
}

Message tensor_of(const std::string& name, const Integers& sizes, onnx::tensor::DataType type, const std::string& bytes) {
  Message tensor;
  for (const std::int64_t size : sizes) tensor.number(onnx::tensor::dims, size);
  return tensor.number(onnx::tensor::data_type, type).bytes(onnx::tensor::name, name).bytes(onnx::tensor::raw_data, bytes);
}

Message attribute_of(const char* name, const OneOf<std::int64_t, Integers>& value) {
  Message attribute;
  attribute.bytes(onnx::attribute::name, name);
  if (const auto* one = std::get_if<std::int64_t>(&value))
    return attribute.number(onnx::attribute::i, *one).number(onnx::attribute::type, onnx::attribute::of_int);
  for (const std::int64_t each : std::get<Integers>(value)) attribute.number(onnx::attribute::ints, each);
  return attribute.number(onnx::attribute::type, onnx::attribute::of_ints);
}

std::vector<float> rounded(const std::vector<double>& values) {
  std::vector<float> floats;
  for (const double value : values) floats.push_back(static_cast<float>(value));
  return floats;
}

}  // namespace

void OnnxNodes::write(const Operation& op) {
  x_.clear();
  for (const int input : op.inputs) x_.push_back(program_.value(input).name);
  y_ = program_.value(op.output).name;
  in_ = program_.value(op.inputs[0]).shape, out_ = program_.value(op.output).shape;
  steps_ = 0;
  std::visit([this](const auto& what) { of(what); }, op.what);
}

void OnnxNodes::node(const char* type, const Names& inputs, const std::string& output, const Attributes& attributes) {
  Message node;
  for (const std::string& input : inputs) node.bytes(onnx::node::input, input);
  node.bytes(onnx::node::output, output);
  node.bytes(onnx::node::name, steps_++ == 0 ? y_ : fmt::format("{}.{}", y_, steps_));
  node.bytes(onnx::node::op_type, type);
  for (const auto& [name, value] : attributes) node.message(onnx::node::attribute, attribute_of(name, value));
  graph_.message(onnx::graph::node, node);
}

std::string OnnxNodes::constant(const std::string& what, const Integers& sizes, const std::vector<float>& values) {
  graph_.message(onnx::graph::initializer,
                 tensor_of(between(what), sizes, onnx::tensor::float32, protobuf::little_endian(std::span(values))));
  return between(what);
}
std::string OnnxNodes::constant(const std::string& what, const std::vector<double>& values) {
  return constant(what, sizes_per_channel(values.size()), rounded(values));
}
std::string OnnxNodes::scalar(const std::string& what, double value) { return constant(what, Integers{}, rounded({value})); }
std::string OnnxNodes::integers(const std::string& what, const Integers& values) {
  graph_.message(onnx::graph::initializer, tensor_of(between(what), {static_cast<std::int64_t>(values.size())}, onnx::tensor::int64,
                                                     protobuf::little_endian(std::span(values))));
  return between(what);
}

// One for all, one for each channel, or one for each value: sizes are matched from the last one on.
Integers OnnxNodes::sizes_per_channel(std::size_t channels) const {
  if (channels == 1) return {1};
  if (channels == as_size(out_.size())) return sizes_of(out_);
  if (channels != as_size(out_.channels()))
    throw Error(fmt::format("layer {}: a map of {} runs on a sample of {}, which ONNX cannot say", y_, channels, out_.str()),
                "one run for each channel or value, or a C++ file");
  Integers sizes(as_size(out_.rank()), 1);
  sizes[0] = out_.channels();
  return sizes;
}

void OnnxNodes::of(const Gemm& gemm) {
  Names inputs = {x_[0], constant("weight", {gemm.outputs, gemm.inputs}, gemm.weight)};
  if (!gemm.bias.empty()) inputs.push_back(constant("bias", {gemm.outputs}, gemm.bias));
  node("Gemm", inputs, y_, {{"transB", 1}});
}

void OnnxNodes::of(const Conv& conv) {
  const Window& w = conv.window;
  Names inputs = {x_[0], constant("weight", {conv.filters, w.channels, w.kernel_height, w.kernel_width}, conv.weight)};
  if (!conv.bias.empty()) inputs.push_back(constant("bias", {conv.filters}, conv.bias));
  node("Conv", inputs, y_,
       {{"kernel_shape", Integers{w.kernel_height, w.kernel_width}},
        {"strides", Integers{w.stride_height, w.stride_width}},
        {"pads", Integers{w.pad_height, w.pad_width, w.pad_height, w.pad_width}}});
}

void OnnxNodes::of(const MaxPool& pool) {
  const Window& w = pool.window;
  node("MaxPool", x_, y_,
       {{"kernel_shape", Integers{w.kernel_height, w.kernel_width}},
        {"strides", Integers{w.stride_height, w.stride_width}},
        {"pads", Integers{w.pad_height, w.pad_width, w.pad_height, w.pad_width}}});
}

// What is there of it, at least one node.
void OnnxNodes::of(const Map& map) {
  struct Step {
    const char *type, *what, *result;
    const std::vector<double>* values;
  };
  std::vector<Step> steps;
  for (const Step& step : {Step{"Add", "before", "centred", &map.before}, Step{"Mul", "scale", "scaled", &map.scale},
                           Step{"Add", "after", "shifted", &map.after}})
    if (!step.values->empty()) steps.push_back(step);
  if (steps.empty()) return node("Identity", x_, y_);
  std::string from = x_[0];
  for (const Step& step : steps) {
    const std::string to = &step == &steps.back() ? y_ : between(step.result);
    node(step.type, {from, constant(step.what, *step.values)}, to);
    from = to;
  }
}

void OnnxNodes::of(const Softmax&) { node("Softmax", x_, y_, {{"axis", 1}}); }

void OnnxNodes::of(const form::Pointwise& pointwise) {
  using Function = form::Pointwise::Function;
  const bool relu = pointwise.function == Function::relu, tanh = pointwise.function == Function::tanh;
  node(relu ? "Relu" : tanh ? "Tanh" : "Sigmoid", x_, y_);
}

void OnnxNodes::of(const form::Clip& clip) { node("Clip", {x_[0], scalar("least", -clip.bound), scalar("most", clip.bound)}, y_); }

// In rows of (N, groups, values of a group).
void OnnxNodes::of(const form::SampleNorm& norm) {
  const Attributes over_values = {{"axes", Integers{2}}, {"keepdims", 1}};
  std::string x = between("rows");
  reshape(x_[0], x, {norm.groups, in_.size() / norm.groups});
  if (norm.centred)
    for (const std::string& step : {std::string("mean"), std::string("rest")}) {  // what rounding left of the mean, too
      node("ReduceMean", {x}, between(step), over_values);
      node("Sub", {x, between(step)}, between("without_" + step));
      x = between("without_" + step);
    }
  node("Mul", {x, x}, between("squares"));
  node("ReduceMean", {between("squares")}, between("variance"), over_values);
  node("Add", {between("variance"), scalar("epsilon", norm.epsilon)}, between("above_0"));
  node("Sqrt", {between("above_0")}, between("deviation"));
  node("Div", {x, between("deviation")}, between("normalized"));
  reshape(between("normalized"), y_, sizes_of(out_));
}

void OnnxNodes::of(const form::Join& join) {
  using How = form::Join::How;
  if (join.how == How::channels) return node("Concat", x_, y_, {{"axis", 1}});
  if (join.how == How::difference) return node("Sub", x_, y_);
  std::string sum = x_[0];
  for (std::size_t k = 1; k < x_.size(); ++k) {
    const std::string to = k + 1 == x_.size() ? y_ : between(fmt::format("sum_{}", k));
    node("Add", {sum, x_[k]}, to);
    sum = to;
  }
}

void OnnxNodes::of(const form::ChannelMean&) {
  node("GlobalAveragePool", x_, between("means"));
  node("Flatten", {between("means")}, y_, {{"axis", 1}});
}

// Zeros before and behind, for the batch and each size.
void OnnxNodes::of(const form::PadChannels&) {
  const auto rank = as_size(in_.rank() + 1);
  Integers pads(2 * rank, 0);
  pads[rank + 1] = out_.channels() - in_.channels();
  node("Pad", {x_[0], integers("pads", pads)}, y_);
}

void OnnxNodes::of(const form::Reshape&) {
  if (in_ == out_) return node("Identity", x_, y_);
  if (out_.rank() == 1) return node("Flatten", x_, y_, {{"axis", 1}});
  reshape(x_[0], y_, sizes_of(out_));
}

void OnnxNodes::reshape(const std::string& from, const std::string& to, const Integers& sizes) {
  const std::string what = to == y_ ? "sizes" : to.substr(y_.size() + 1) + "_sizes";
  node("Reshape", {from, integers(what, with_batch(sizes))}, to);
}

}  // namespace cambium
