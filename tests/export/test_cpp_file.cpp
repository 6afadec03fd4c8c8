// What stands in a C++ file, and where its values lie. That it computes what it should: test_files.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "cambium/framework/export/cpp_file.h"
#include "cambium/framework/export/cpp_places.h"
#include "cambium/framework/export/cpp_text.h"
#include "tests/export/export_case.h"
#include "tests/layers/by_hand.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace inference;

TEST_CASE("cpp file: words, numbers and texts are C++") {
  CppWords words;
  CHECK(words.word("conv2d_1.weight") == "conv2d_1_weight");
  CHECK(words.word("conv2d-1_weight") == "conv2d_1_weight_2");
  CHECK(words.word("conv2d__1..weight") == "conv2d_1_weight_3");
  CHECK(words.word("7") == "m7");
  CHECK(words.word("_a_") == "m_a_");
  CHECK(words.word("größe") == "gr_e");
  CHECK(words.word("") == "m");

  CHECK(cpp_number(3) == "3.0f");
  CHECK(cpp_number(0.1) == "0.1f");
  CHECK(cpp_number(-1e-5) == "-1e-05f");
  CHECK(cpp_number(16777217) == "16777216.0f");
  CHECK(cpp_list(std::vector<float>{1, 2}) == "{\n    1.0f, 2.0f}");
  const std::string many = cpp_list(std::vector<float>(100, 0.25f));
  for (std::size_t at = 0, end; at < many.size(); at = end + 1) {
    end = std::min(many.find('\n', at), many.size());
    CHECK(end - at <= 132);
  }

  CHECK(cpp_text("a") == "\"a\"");
  CHECK(cpp_text("\"\\\n\?\?/\xff") == "\"\\\"\\\\\\012\\?\\?/\\377\"");
  CHECK(cpp_name("dense_1") == "dense_1");
  CHECK(cpp_name("a\\") == "\"a\\\\\"");
}

TEST_CASE("cpp file: it has what it needs, and says how it is used") {
  const Graph graph = Sequential(Shape(3), Named("first", Dense(2)), Relu(), Dense(2));
  const std::string text = cpp_file(lower(graph, Weights(graph)), {.name = "toy", .classes = {"cat", "dog"}},
                                    std::vector<WeightsNote>{{"reader", "table\n"}});
  for (const std::string part :
       {"// x: 3 floats, in the model input\n", "//     namespace toy {\n//     void predict(const float* x, float* y);\n",
        "// \"reader\": \"table\\012\"\n", "enum { x_size = 3, y_size = 2, memory_size = ", "const float first_weight[6] = {",
        "const char* const classes[2] = {\n    \"cat\", \"dog\"};", "  relu(memory + 0, memory + 0, 2);  // relu_1\n"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part << " is not in\n" << text);
  for (const std::string part : {"#include", "conv", "Window"}) CHECK_MESSAGE(text.find(part) == std::string::npos, part);
  CHECK(error_of([&] { cpp_file(lower(graph, Weights(graph)), {.name = "a b"}); }) ==
        "C++ file: 'a b' is no word for a namespace; try letters, digits and single '_'");
}

// Which value each float of a model's arrays holds, as it runs. False where an operation reads what is not there any more, or
// writes where it still reads.
bool runs(const Program& program) {
  const CppPlaces places = places_of(program);
  std::vector<int> root(program.values.size());  // of what is only reshaped
  for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<int>(i);
  std::vector<int> memory(places.floats, -1);
  const auto range = [&](int value) {
    const auto size = as_size(program.value(value).shape.size());
    return std::span(memory).subspan(places.of[as_size(value)].at, size);
  };
  const auto in_memory = [&](int value) { return places.of[as_size(value)].in == CppPlace::In::memory; };
  for (const Operation& op : program.ops) {
    for (const int x : op.inputs)
      if (in_memory(x) && std::ranges::count(range(x), root[as_size(x)]) != program.value(x).shape.size()) return false;
    const bool moves = places.of[as_size(op.output)] != places.of[as_size(op.inputs[0])];
    if (std::holds_alternative<form::Reshape>(op.what) && !moves) {
      root[as_size(op.output)] = root[as_size(op.inputs[0])];
      continue;
    }
    if (!in_memory(op.output)) continue;
    std::ranges::fill(range(op.output), op.output);
    const bool by_value = std::holds_alternative<Map>(op.what) || std::holds_alternative<form::Pointwise>(op.what) ||
                          std::holds_alternative<form::Clip>(op.what);
    for (const int x : op.inputs)
      if (in_memory(x) && !by_value && std::ranges::count(range(x), op.output) > 0) return false;
  }
  return true;
}

TEST_CASE("cpp file: no value is written over before it was read") {
  for (const ExportCase& each : one_of_each(1)) CHECK_MESSAGE(runs(each.program()), each.name);
  for (const ExportCase& each : random_cases(20, 1)) CHECK_MESSAGE(runs(each.program()), each.name);
}

TEST_CASE("cpp file: values share memory") {
  const Graph deep = Sequential(Shape(64), Dense(32), Relu(), Dense(32), Tanh(), Dense(32), Relu(), Dense(32), Affine(), Dense(2));
  CHECK(places_of(lower(deep, Weights(deep))).floats == 64);
  const Graph shallow = Sequential(Shape(64), Dense(2));
  CHECK(places_of(lower(shallow, Weights(shallow))).floats == 0);
}

}  // namespace
}  // namespace cambium
