// What inspect says of files of weights, of checkpoints, and of what others wrote.
#include <doctest/doctest.h>

#include <string>

#include "cambium/framework/files/safetensors.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using cambium_tests::few_images;
using cambium_tests::Process;
using cambium_tests::TempFolder;

TEST_CASE("inspect: the model, how it was trained, and each tensor") {
  if (!cambium_tests::is_built("inspect", "at work")) return;
  const TempFolder folder;
  REQUIRE(Process("train", {"--data", "mnist", "--data-dir", few_images(), "--layers", "flatten, online_norm, dense 10", "--epochs",
                            "2", "--batch", "20", "--quiet", "--out", folder.file("run")})
              .wait()
              .code == 0);
  const auto told = [&](const std::string& file) { return Process("inspect", {folder.file(file)}).wait(); };
  const cambium_tests::Ending model = told("run/model.safetensors"), checkpoint = told("run/step-000000008.safetensors");
  CHECK(model.code == 0);
  CHECK_MESSAGE(fits(model.out,
                     "flatten, online_norm, dense 10\n*3 layers, 7,850 parameters*input 1x28x28 of *classes 0, 1, 2*"
                     "tensor *dense_1.weight * 10x784 F32 *"),
                model.out);
  CHECK(!fits(model.out, "*a training that can go on*"));
  CHECK(checkpoint.code == 0);
  CHECK_MESSAGE(fits(checkpoint.out, "*a training that can go on:\n*batch 20 x 1\n*seed 1\n*  steps 8\n*optimizer/steps 8\n*"),
                checkpoint.out);
}

TEST_CASE("inspect: any safetensors file, with names that are fit for a terminal, and numbers that are none") {
  if (!cambium_tests::is_built("inspect", "at work")) return;
  const TempFolder folder;
  const float values[] = {1, 2, 3, INFINITY, NAN};
  const std::int64_t whole[] = {7};
  write_safetensors(folder.file("theirs"), std::vector<NamedTensor>{{"a", Dtype::f32, {5}, values}, {"b", Dtype::i64, {}, whole}},
                    {{"from", "a \x1b[31mred\x1b[0m place"}});
  const cambium_tests::Ending theirs = Process("inspect", {folder.file("theirs")}).wait();
  CHECK(theirs.code == 0);
  CHECK_MESSAGE(fits(theirs.out, "from a \\x1b*31mred*\n*b * 1 I64\n*a * 5 F32 * 1 * 2 * 3 *2 not finite\n"), theirs.out);
  const auto refused = [&](const std::string& file) { return Process("inspect", {file}).wait(); };
  CHECK(refused(folder.file("none")).code == 2);
  cambium_tests::write_bytes(folder.file("text"), "no such thing");
  CHECK_MESSAGE(fits(refused(folder.file("text")).err, "inspect: *text: *; try *\n"), refused(folder.file("text")).err);
  CHECK(Process("inspect", {}).wait().err == "inspect: which file?; try inspect FILE\n");
}

}  // namespace
}  // namespace cambium
