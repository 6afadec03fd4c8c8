// The operations of a program as nodes and constants of an ONNX graph.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/one_of.h"
#include "cambium/framework/export/inference.h"
#include "cambium/framework/export/protobuf.h"

namespace cambium {

// Fields of the messages, by the names that they have in onnx.proto (https://github.com/onnx/onnx, version 1.8 for IR version 7).
namespace onnx {
namespace tensor {
enum Field { dims = 1, data_type = 2, name = 8, raw_data = 9 };
enum DataType { float32 = 1, int64 = 7 };
}  // namespace tensor
namespace node {
enum Field { input = 1, output = 2, name = 3, op_type = 4, attribute = 5 };
}
namespace attribute {
enum Field { name = 1, f = 2, i = 3, ints = 8, type = 20 };
enum Type { of_float = 1, of_int = 2, of_ints = 7 };
}  // namespace attribute
namespace graph {
enum Field { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
}
}  // namespace onnx

using Integers = std::vector<std::int64_t>;

// Writes nodes and initializers into a GraphProto, in the order of the program.
class OnnxNodes {
 public:
  OnnxNodes(const inference::Program& program, protobuf::Message& graph) : program_(program), graph_(graph) {}

  void write(const inference::Operation& op);

 private:
  using Names = std::vector<std::string>;
  using Attributes = std::vector<std::pair<const char*, OneOf<std::int64_t, Integers>>>;

  void node(const char* type, const Names& inputs, const std::string& output, const Attributes& attributes = {});
  std::string constant(const std::string& what, const Integers& sizes, const std::vector<float>& values);
  std::string constant(const std::string& what, const std::vector<double>& values);  // for the sizes of broadcasting to a channel
  std::string scalar(const std::string& what, double value);
  std::string integers(const std::string& what, const Integers& values);
  std::string between(const std::string& step) const { return y_ + '.' + step; }  // a name inside of the op
  void reshape(const std::string& from, const std::string& to, const Integers& sizes);
  Integers sizes_per_channel(std::size_t channels) const;

  void of(const inference::Gemm& gemm);
  void of(const inference::Conv& conv);
  void of(const inference::Map& map);
  void of(const inference::MaxPool& pool);
  void of(const inference::Softmax&);
  void of(const form::Pointwise& pointwise);
  void of(const form::Clip& clip);
  void of(const form::SampleNorm& norm);
  void of(const form::Join& join);
  void of(const form::ChannelMean&);
  void of(const form::PadChannels&);
  void of(const form::Reshape&);

  const inference::Program& program_;
  protobuf::Message& graph_;
  Names x_;         // of the op at hand
  std::string y_;   // likewise
  Shape in_, out_;  // of its first input and its output
  int steps_ = 0;   // nodes so far, of this op
};

}  // namespace cambium
