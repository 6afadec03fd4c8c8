// The bytes of ONNX files.
#include <doctest/doctest.h>

#include <cstdint>

#include "cambium/framework/export/onnx.h"
#include "cambium/framework/export/protobuf.h"
#include "tests/export/judges.h"
#include "tests/layers/by_hand.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using protobuf::Message;

TEST_CASE("protobuf: fields are as the description of the format has them") {
  CHECK(Message().number(1, 150).data() == "\x08\x96\x01");
  CHECK(Message().number(1, 0).data() == std::string("\x08\0", 2));
  CHECK(Message().number(20, 127).data() == "\xa0\x01\x7f");
  CHECK(Message().number(1, -1).data() == "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  CHECK(Message().bytes(2, "testing").data() == "\x12\x07testing");
  CHECK(Message().message(3, Message().number(1, 150)).data() == "\x1a\x03\x08\x96\x01");
  CHECK(Message().real32(2, 1.0f).data() == std::string("\x15\0\0\x80\x3f", 5));
  CHECK(Message().bytes(1, std::string(300, 'a')).data().starts_with("\x0a\xac\x02"));
  CHECK(protobuf::little_endian(std::vector<std::int64_t>{-2, 258}) ==
        std::string("\xfe\xff\xff\xff\xff\xff\xff\xff\x02\x01\0\0\0\0\0\0", 16));
}

TEST_CASE("onnx: notes and names are UTF-8, or refused") {
  const auto bytes_of = [](const std::string& name, const WeightsNote& note) {
    const Graph graph = Sequential(Shape(2), Named(name, Dense(1)));
    return onnx_bytes(lower(graph, Weights(graph)), std::vector<WeightsNote>{note});
  };
  const std::string bytes = bytes_of("größe", {"classes", "[\"é\"]"});
  for (const std::string text : {"größe.weight", "classes", "[\"é\"]"}) CHECK(bytes.find(text) != std::string::npos);
  CHECK(error_of([&] { bytes_of("a\xff", {"a", "b"}); }) == "ONNX: 'a\\xff' is no UTF-8; try plain letters");
  CHECK(error_of([&] { bytes_of("a", {"a\xff", "b"}); }) == "ONNX: 'a\\xff' is no UTF-8; try plain letters");
  CHECK(error_of([&] { bytes_of("a", {"a", "b\xc3"}); }) == "ONNX: 'b\\xc3' is no UTF-8; try plain letters");
}

TEST_CASE("onnx: a map of runs that are neither channels nor values is refused") {
  inference::Program program{
      {{"x", Shape{2, 6}}, {"y", Shape{2, 6}}}, {{inference::Map{4, {}, {1, 2, 3, 4}, {}}, {0}, 1}}, {0}, {1}};
  CHECK(error_of([&] { onnx_bytes(program); }) ==
        "layer y: a map of 4 runs on a sample of 2x6, which ONNX cannot say; try one run for each channel or value, or a C++ file");
}

TEST_CASE("onnx: a model is written whole or not at all, and the same twice") {
  const cambium_tests::TempFolder folder;
  const ExportCase one("one", Sequential(Shape(3), BatchNorm(), Dense(2)), 1);
  write_onnx(one.graph, one.weights, folder.file("a.onnx"));
  CHECK(cambium_tests::read_bytes(folder.file("a.onnx")) == onnx_bytes(one.program()));
  CHECK(fits(error_of([&] { write_onnx(one.graph, one.weights, folder.file("none/a.onnx")); }), "*none/a.onnx*"));
}

TEST_CASE("onnx: the judges see what is wrong" * doctest::skip(sizeof(real) != sizeof(float))) {
  std::vector<ExportCase> cases;
  cases.emplace_back("dense", Sequential(Shape(3), Dense(4)), 2);
  cases[0].y[0][3] += real(1e-3);
  const cambium_tests::TempFolder folder;
  write_for_judges(cases, folder);
  for (const auto& verdict : {judged_by_python(folder), judged_by_onnxruntime(folder), judged_by_compiler(cases)}) {
    if (!verdict) continue;
    CHECK(verdict->code == 0);
    CHECK_MESSAGE(verdict->worst > allowed_error, verdict->said);
    CHECK(verdict->said.find(cases[0].name) != std::string::npos);
  }
}

}  // namespace
}  // namespace cambium
