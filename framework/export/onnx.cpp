#include "cambium/framework/export/onnx.h"

#include <fmt/format.h>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/export/onnx_nodes.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {
namespace {

using protobuf::Message;

namespace model {
enum Field { ir_version = 1, producer_name = 2, producer_version = 3, graph = 7, opset_import = 8, metadata_props = 14 };
}
namespace value_info {
enum Field { name = 1, type = 2 };
}
namespace type {
enum Field { tensor_type = 1 };
}
namespace tensor_type {
enum Field { elem_type = 1, shape = 2 };
}
namespace shape {
enum Field { dim = 1 };
}
namespace dimension {
enum Field { dim_value = 1, dim_param = 2 };
}
namespace opset {
enum Field { version = 2 };
}
namespace property {
enum Field { key = 1, value = 2 };
}

constexpr int ir_version = 7, opset_version = 13;
constexpr std::size_t most_bytes = (std::size_t{1} << 31) - 1;  // of one message

Message described(const inference::Value& value) {
  Message sizes;
  sizes.message(shape::dim, Message().bytes(dimension::dim_param, "N"));
  for (int axis = 0; axis < value.shape.rank(); ++axis)
    sizes.message(shape::dim, Message().number(dimension::dim_value, value.shape[axis]));
  const Message tensor = Message().number(tensor_type::elem_type, onnx::tensor::float32).message(tensor_type::shape, sizes);
  return Message().bytes(value_info::name, value.name).message(value_info::type, Message().message(type::tensor_type, tensor));
}

Message graph_of(const inference::Program& program) {
  Message graph;
  OnnxNodes nodes(program, graph);
  for (const inference::Operation& op : program.ops) nodes.write(op);
  graph.bytes(onnx::graph::name, "cambium");
  for (const int input : program.inputs) graph.message(onnx::graph::input, described(program.value(input)));
  for (const int output : program.outputs) graph.message(onnx::graph::output, described(program.value(output)));
  return graph;
}

void check_text(const std::string& text) {
  if (!is_utf8(text)) throw Error("ONNX: " + in_quotes(text) + " is no UTF-8", "plain letters");
}

}  // namespace

std::string onnx_bytes(const inference::Program& program, std::span<const WeightsNote> notes) {
  for (const inference::Value& value : program.values) check_text(value.name);
  for (const WeightsNote& note : notes) check_text(note.key), check_text(note.text);
  std::size_t values = 0;
  for (const inference::Operation& op : program.ops) {
    if (const auto* gemm = std::get_if<inference::Gemm>(&op.what)) values += gemm->weight.size();
    if (const auto* conv = std::get_if<inference::Conv>(&op.what)) values += conv->weight.size();
  }
  const Error too_large("ONNX: the model is larger than the 2 GB that such a file can hold", "a C++ file, or a smaller model");
  if (values > most_bytes / sizeof(float)) throw too_large;  // before memory is taken for it

  Message file;
  file.number(model::ir_version, ir_version);
  file.bytes(model::producer_name, "Cambium").bytes(model::producer_version, CAMBIUM_VERSION);
  file.message(model::graph, graph_of(program));
  file.message(model::opset_import, Message().number(opset::version, opset_version));
  for (const WeightsNote& note : notes)
    file.message(model::metadata_props, Message().bytes(property::key, note.key).bytes(property::value, note.text));
  if (file.data().size() > most_bytes) throw too_large;
  return file.data();
}

void write_onnx(const Graph& graph, const Weights& weights, const std::string& path, std::span<const WeightsNote> notes,
                const LowerOptions& options) try {
  const std::string bytes = onnx_bytes(lower(graph, weights, options), notes);
  AtomicFile file(path, bytes.size());
  file.write(bytes.data(), bytes.size());
  file.commit();
} catch (const std::bad_alloc&) {
  no_memory_for("an ONNX file", 2 * weights.bytes(), "closing other programs");
}

}  // namespace cambium
