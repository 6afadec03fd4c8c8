// A trained model on its way to other programs.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/npy.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "for export") && cambium_tests::is_built("export", "at all"); }

Ending in(const TempFolder& folder, const std::string& name, const std::string& arguments) {
  return run_app(name, arguments, "cd '" + folder.path() + "' &&");
}
bool works(const TempFolder& folder, const std::string& command) {
  return std::system(fmt::format("cd '{}' && {{ {} ; }} >said 2>&1 </dev/null", folder.path(), command).c_str()) == 0;
}
bool is_there(const std::string& program) {
  const bool there = std::system((program + " --version >/dev/null 2>&1").c_str()) == 0;
  if (!there) fmt::print("SKIPPED export for others: there is no {}\n", program);
  return there;
}

// 60 samples of three numbers, of two classes; or with values in place of those.
void train_table(const TempFolder& folder, const std::string& more) {
  const bool classes = more.find("error-bars") == more.npos;
  std::string rows = "a,b,c,answer\n";
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Random random = Random(3).of(i);
    const double a = random.normal(0), b = random.normal(1), value = 1000 + 50 * (a - b);
    rows += fmt::format("{},{},{},{}\n", a, 1e4 + b, i % 7,
                        classes ? (value > 1000 ? "\"a \"\"cat\"\"\"" : "dog\?\?/") : fmt::format("{}", value));
  }
  write_bytes(folder.file("all.csv"), rows);
  const Ending trained = in(folder, "train", "--threads 1 --batch 16 --data csv:all.csv --label answer --save m " + more);
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
}

TEST_CASE("export app: a C++ file gives the probabilities that predict gives") {
  if (!is_built()) return;
  const TempFolder folder;
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::uint64_t i = 0; i < 120; ++i) x.push_back(static_cast<float>(Random(5).normal(i)));
  for (std::size_t i = 0; i < 40; ++i) labels.push_back(x[3 * i] > x[3 * i + 1] ? 1 : 0);
  write_npy(folder.file("x.npy"), {{40, 3}, x});
  write_npy(folder.file("y.npy"), {{40}, labels});
  const Ending trained = in(folder, "train", "--threads 1 --batch 16 --data npy:x.npy,y.npy --epochs 3 --save m");
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
  const Ending said = in(folder, "export", "m 2-toy.cpp --softmax");
  CHECK_MESSAGE(said.code == 0, said.err);
  CHECK_MESSAGE(fits(said.out, "2-toy.cpp: 3 in, 2 out, * weights\n"), said.out);
  if (!is_there("g++")) return;
  write_bytes(folder.file("main.cpp"),
              "#include <stdio.h>\n#include \"2-toy.cpp\"\nint main() {\n  float x[3], y[2];\n"
              "  while (scanf(\"%f %f %f\", x, x + 1, x + 2) == 3) {\n    m2_toy_model::predict(x, y);\n"
              "    printf(\"%.9g %.9g %s\\n\", y[0], y[1], m2_toy_model::classes[y[1] > y[0]]);\n  }\n}\n");
  std::string numbers;
  for (const float value : x) numbers += fmt::format("{} ", value);
  write_bytes(folder.file("numbers"), numbers);
  CHECK_MESSAGE(works(folder, "g++ -std=c++11 main.cpp -o toy && ./toy <numbers >theirs"), read_bytes(folder.file("said")));
  std::istringstream theirs(read_bytes(folder.file("theirs"))), ours(in(folder, "predict", "m x.npy").out);
  std::string line, label;
  std::getline(ours, line);  // the heading
  for (int i = 0; i < 40; ++i) {
    double p[2];
    theirs >> p[0] >> p[1] >> label;
    REQUIRE(std::getline(ours, line));
    std::istringstream words(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(words, cell, ',');) cells.push_back(cell);
    CHECK(label == cells[1]);
    for (const std::size_t c : {0u, 1u}) CHECK(std::fabs(std::stod(cells[3 + c]) - p[c]) < 1e-5);
  }
}

TEST_CASE("export app: an ONNX file says what was done to the input, and what the outputs are") {
  if (!is_built() || !is_there("python3")) return;
  const TempFolder folder;
  const std::string show = "python3 '" CAMBIUM_SOURCE "/tests/export/run_onnx.py' --show ";
  train_table(folder, "--epochs 2 --leave-out b");
  CHECK(in(folder, "export", "m classes.onnx").code == 0);
  REQUIRE_MESSAGE(works(folder, show + "classes.onnx"), read_bytes(folder.file("said")));
  const std::string said = read_bytes(folder.file("said"));
  for (const std::string part :
       {"input input ['N', *]\n", "output dense_* ['N', 2]\n", "note classes = [\"a *cat*\",\"dog\?\?/\"]\n",
        "note reader = table\n", "note reading = {*\"a\"*}\n", "note outputs = scores of the classes*\n"})
    CHECK_MESSAGE(fits(said, "*" + part + "*"), part << " is not in\n" << said);
  CHECK(said.find("Softmax") == said.npos);

  train_table(folder, "--epochs 2 --error-bars");
  CHECK(in(folder, "export", "m values.onnx").code == 0);
  REQUIRE(works(folder, show + "values.onnx"));
  const std::string values = read_bytes(folder.file("said"));
  for (const std::string part : {"note target = answer\n", "note target_mean = 1*\n", "note target_deviation = *\n",
                                 "note error_bar_factor = *\n", "note outputs = value = y * target_deviation + target_mean, *\n"})
    CHECK_MESSAGE(fits(values, "*" + part + "*"), part << " is not in\n" << values);
}

TEST_CASE("export app: what cannot be is said in one line, and nothing is written") {
  if (!is_built()) return;
  const TempFolder folder;
  train_table(folder, "--epochs 1 --error-bars");
  write_bytes(folder.file("text.safetensors"), "no model");
  const auto refused = [&](const std::string& words, const std::string& line) {
    const Ending ending = in(folder, "export", words);
    CHECK_MESSAGE(fits(ending.err, "export: " + line + "\n"), ending.err);
    CHECK(ending.code == 2);
    CHECK(ending.out == "");
  };
  refused("m a.onnx --folded", "no option is named '--folded' (did you mean '--fold'?); try --help");
  refused("", "which model?; try export MODEL OUT");
  refused("m", "m: and what shall be written?; try export MODEL OUT.onnx, or OUT.cpp");
  refused("m a.onnx b.onnx", "a model and one file are needed, and there is 'b.onnx' too; try *");
  refused("m a.txt", "a.txt: its ending does not say what to write; try OUT.onnx or OUT.cpp");
  refused("m .cpp", ".cpp: its ending does not say what to write; try *");
  refused("m a.onnx --softmax", "m: gives values, and --softmax is for classes; try leaving --softmax out");
  refused("none a.onnx", "none: *; try *");
  refused("text.safetensors a.onnx", "text.safetensors: *");
  refused("m none/a.cpp", "none/a.cpp: *");
  refused("m a.onnx --sofmax", "*--sofmax*--softmax*");
  std::filesystem::create_symlink("m", folder.file("link.onnx"));
  refused("m link.onnx", "link.onnx is the model itself; try another OUT");
  for (const std::string name : {"a.onnx", "a.cpp", "a.txt"}) CHECK_FALSE(std::filesystem::exists(folder.file(name)));
}

}  // namespace
}  // namespace cambium
