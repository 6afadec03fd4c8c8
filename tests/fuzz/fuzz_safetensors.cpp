// Any bytes as a safetensors file, as weights, as a checkpoint: an Error, or what comes back from what is written of it. The
// checksum is put right first where there is one, or nothing but that would ever be looked at.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/load_options.h"
#include "cambium/framework/files/safetensors.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/fuzz/memory_file.h"

namespace cambium {
namespace {

using cambium_tests::MemoryFile;

// The same bytes with the checksum of what they hold, where that can be read.
std::string mended(std::string bytes) {
  try {
    const MemoryFile file(bytes.data(), bytes.size());
    const SafetensorsFile read = SafetensorsFile::read(file.path());
    const auto told = read.metadata().find("checksum");
    if (told == read.metadata().end() || told->second.empty()) return bytes;
    std::vector<NamedTensor> tensors;
    for (const SafetensorsFile::Tensor& t : read.tensors()) tensors.push_back({t.name, t.dtype, t.sizes, t.bytes.data()});
    const std::string right = checksum_of(tensors, read.metadata(), "checksum");
    const std::size_t at = bytes.find(told->second);
    if (at != std::string::npos && right.size() == told->second.size()) bytes.replace(at, right.size(), right);
  } catch (const Error&) {
  }
  return bytes;
}

void use(const std::string& path) {
  const Graph graph = Sequential(Shape(2), OnlineNorm(), Dense(2));
  Weights weights(graph);
  try {
    load_weights(weights, path);
    const Weights loaded = weights.copy();  // whatever was loaded can be used
  } catch (const Error&) {
  }
  try {
    load_weights(weights, path, {.partial = true});
  } catch (const Error&) {
  }
  try {
    long step = 0;
    bool within = false;
    std::vector<real> moments(4);
    CheckpointFile(path).load(
        weights, [&](StateDict& dict) { dict.value("step", step), dict.value("within", within), dict.values("m", moments); });
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace cambium

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace cambium;
  const std::string bytes = mended(std::string(reinterpret_cast<const char*>(data), size));
  const cambium_tests::MemoryFile file(bytes.data(), bytes.size());
  use(file.path());
  return 0;
}
