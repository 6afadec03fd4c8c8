// A training in one file, also where some of it is nothing.
#include <doctest/doctest.h>

#include <vector>

#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/layers/linear/dense.h"
#include "tests/data/temp_folder.h"

namespace cambium {

TEST_CASE("checkpoint file: a field without values is there, and costs the checksum nothing") {
  const cambium_tests::TempFolder folder;
  const Sequential net(Shape{2}, Dense(1));
  Weights weights(net, 3);
  std::vector<double> none, some{1.5, -2};  // `none` has no address
  const auto fields = [&](StateDict& dict) { dict.values("none", none), dict.values("some", some); };
  const std::string path = folder.file("c.safetensors");
  save_checkpoint(weights, fields, path);
  some = {0, 0};
  CheckpointFile(path).load(weights, fields);
  CHECK(some == std::vector<double>{1.5, -2});
  std::string bytes = cambium_tests::read_bytes(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  cambium_tests::write_bytes(path, bytes);
  CHECK_THROWS_AS(CheckpointFile{path}, DamagedFile);
}

}  // namespace cambium
