// A trained model as a list of plain operations, in the order in which they run: what files for other programs are written from.
//
// It is the model in evaluate mode, with everything in it that such a file needs to know: statistics have become maps, dropout is
// nothing, and what the layers were called stays as names.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cambium/framework/base/export_form.h"
#include "cambium/framework/base/form.h"
#include "cambium/framework/base/shape.h"

namespace cambium::inference {

// y_o = sum over i of weight_oi x_i + bias_o. A bias that is empty is not there.
struct Gemm {
  int inputs = 0, outputs = 0;
  std::vector<float> weight, bias;
};

// weight (filters, channels, kernel height, kernel width), between borders of zeros.
struct Conv {
  int filters = 0;
  Window window{};
  std::vector<float> weight, bias;
};

// y = (x + before_c) scale_c + after_c, where a channel is one of so many equal runs of the sample. Each is empty, or has a number
// for every channel: in double, since it may come of several, and whoever writes it rounds it, once. `before` is the mean with its
// sign turned. It stands apart so that offsets cancel before they are rounded: folded into `after`, as is usual, a mean of a
// hundred deviations would cost two digits.
struct Map {
  int channels = 1;
  std::vector<double> before, scale, after;
};

// The largest value of each window; padding never wins.
struct MaxPool {
  Window window{};
};

// y_c = exp(x_c) / sum over c of exp(x_c), at each position.
struct Softmax {};

// What needs no numbers but its own is as in base/form.h and base/export_form.h. A Reshape between equal shapes is the identity.
using What = std::variant<Gemm, Conv, Map, MaxPool, Softmax, form::Pointwise, form::Clip, form::SampleNorm, form::Join,
                          form::ChannelMean, form::PadChannels, form::Reshape>;

// What goes from op to op, one sample of it.
struct Value {
  std::string name;  // of the layer, or of the input of the model, which has no dot; "NAME.unbounded" inside of one. All differ.
  Shape shape;
};

struct Operation {
  What what;
  std::vector<int> inputs;  // values
  int output = -1;          // a value; no other op writes it
};

// Every output of the model is the output of an op, each of another.
struct Program {
  std::vector<Value> values;
  std::vector<Operation> ops;
  std::vector<int> inputs, outputs;  // values, in the order of the model

  const Value& value(int i) const { return values[as_size(i)]; }
};

}  // namespace cambium::inference
