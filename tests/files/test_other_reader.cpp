// Files of ours read, and files for us written, by a program in another language that knows the format's description alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "cambium/cambium.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;

bool has_python() {
  if (std::system("python3 -c 'import json' >/dev/null 2>&1 </dev/null") == 0) return true;
  fmt::print("SKIPPED safetensors files and another reader: there is no python3 here\n");
  return false;
}

std::string python(const std::string& arguments, const TempFolder& folder) {
  const std::string said = folder.file("said");
  const int status = std::system(
      fmt::format("python3 '{}/tests/files/safetensors.py' {} >'{}' 2>&1 </dev/null", CAMBIUM_SOURCE, arguments, said).c_str());
  CHECK_MESSAGE(status == 0, read_bytes(said));
  return read_bytes(said);
}

template <class T>
std::string hexadecimal(std::span<const T> values) {
  std::string text;
  for (const std::byte byte : std::as_bytes(values)) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::string sizes_of(const std::vector<int>& sizes) { return fmt::format("{}", fmt::join(sizes, "x")); }

Graph net() { return Sequential(Shape{1, 6, 6}, Conv2d(3, {.kernel = 3}), OnlineNorm(), Affine(), Relu(), Flatten(), Dense(4)); }

}  // namespace

TEST_CASE("another reader finds every tensor of a file of weights, bit for bit, and its texts") {
  if (!has_python()) return;
  const TempFolder folder;
  const Weights weights(net(), 7);
  save_weights(weights, folder.file("w"), std::vector<WeightsNote>{{"a note", "über \"alles\", \\ and \n more"}});
  const std::string said = python(fmt::format("dump '{}'", folder.file("w")), folder);
  const char* type = sizeof(real) == 4 ? "F32" : "F64";
  for (const Weights::Tensor& tensor : weights.tensors())
    CHECK(said.find(fmt::format("{} {} {} {}\n", tensor.name, type, sizes_of(tensor.sizes),
                                hexadecimal(weights.value(tensor.name)))) != std::string::npos);
  for (const Weights::StateTensor& tensor : weights.state_tensors())
    CHECK(said.find(fmt::format("{} F64 {} {}\n", tensor.name, sizes_of(tensor.sizes), hexadecimal(weights.state(tensor.name)))) !=
          std::string::npos);
  CHECK(said.find("a note über \"alles\", \\ and \n more\n") != std::string::npos);
}

TEST_CASE("what another writer has laid out in its own way is read here, its checksum too, and a checkpoint goes on from it") {
  if (!has_python()) return;
  const TempFolder folder;
  const Weights weights(net(), 7);
  double step = 12, again = 0;
  std::vector<real> moments{1, 2, 3};
  const std::vector<real> kept = moments;
  const auto fields = [&](StateDict& dict) { dict.value("step", step), dict.values("moments", moments); };
  save_checkpoint(weights, fields, folder.file("w"));
  python(fmt::format("copy '{}' '{}'", folder.file("w"), folder.file("theirs")), folder);
  CHECK(read_bytes(folder.file("w")) != read_bytes(folder.file("theirs")));
  Weights read(net(), 1);
  load_weights(read, folder.file("theirs"));
  CHECK(std::ranges::equal(std::as_const(read).block(), weights.block()));
  CHECK(std::ranges::equal(std::as_const(read).state_block(), weights.state_block()));
  std::ranges::fill(moments, real(0));
  step = again;
  CheckpointFile(folder.file("theirs")).load(read, fields);
  CHECK(step == 12);
  CHECK(moments == kept);
}

}  // namespace cambium
