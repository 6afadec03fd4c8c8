#include <doctest/doctest.h>

#include "tests/structure/tree.h"

namespace cambium_tests {
namespace {

std::string all(const std::vector<std::string>& faults) {
  std::string text;
  for (const std::string& fault : faults) text += fault + "\n";
  return text;
}

const Tree& project() {
  static const Tree tree = read_tree(CAMBIUM_SOURCE);
  return tree;
}

TEST_CASE("tree: the project is there") {
  CHECK(project().size() > 100);
  CHECK(project().contains("framework/base/layer.h"));
  CHECK(project().contains("tests/structure/tree.cpp"));
}

TEST_CASE("tree: no include goes up a floor") { CHECK(all(wrong_arrows(project())) == ""); }
TEST_CASE("tree: packages are included where they belong") { CHECK(all(wrong_packages(project())) == ""); }
TEST_CASE("tree: no file is longer than 400 lines") { CHECK(all(long_files(project())) == ""); }
TEST_CASE("tree: no line is longer than 132 columns") { CHECK(all(long_lines(project())) == ""); }
TEST_CASE("tree: the reading path is there, and short enough for an evening") {
  CHECK(all(reading_path(project())) == "");
  const Tree wrong = {{"README.md", "## Read it in an evening\n`a.h`, `b.h`\n\nThen `c.h`"}, {"a.h", std::string(2501, '\n')}};
  CHECK(all(reading_path(wrong)) ==
        "README.md: the reading path names b.h, which does not exist\nREADME.md: the reading path has 2501 lines, and 2500 are the "
        "limit\n");
}

TEST_CASE("tree: no room of the framework, and no file, includes what leads back to it") { CHECK(all(cycles(project())) == ""); }

TEST_CASE("tree: every layer has a test that calls check_layer") { CHECK(all(untested_layers(project())) == ""); }

// The rules themselves, on small trees that break them.

std::string arrow(const std::string& file, const std::string& line) {
  const Tree others = {{"framework/kernels/a.h", ""},
                       {"framework/base/a.h", ""},
                       {"framework/graph/a.h", ""},
                       {"layers/a.h", ""},
                       {"optimizers/a.h", ""},
                       {"models/a.h", ""},
                       {"apps/a.h", ""},
                       {"tests/a.h", ""}};
  Tree tree = others;
  tree[file] = line + "\n";
  return all(wrong_arrows(tree));
}

TEST_CASE("tree: arrows down are fine") {
  CHECK(arrow("framework/base/b.h", "#include \"cambium/framework/kernels/a.h\"") == "");
  CHECK(arrow("framework/data/b.h", "#include \"cambium/framework/graph/a.h\"") == "");
  CHECK(arrow("layers/b.cpp", "#include \"cambium/layers/a.h\"") == "");
  CHECK(arrow("models/b.h", "#include \"cambium/optimizers/a.h\"") == "");
  CHECK(arrow("apps/b.cpp", "#include <cambium/cambium.h>") == "");
  CHECK(arrow("tests/b.cpp", "#include \"tests/a.h\"") == "");
  CHECK(arrow("layers/b.cpp", "#include <vector>") == "");
}

TEST_CASE("tree: arrows up are found, with file and line") {
  CHECK(arrow("framework/graph/b.cpp", "\n#include \"cambium/layers/a.h\"") ==
        "framework/graph/b.cpp:2: \"cambium/layers/a.h\" goes up, from floor 2 to 3\n");
  CHECK(arrow("framework/kernels/b.cpp", "#include \"cambium/framework/base/a.h\"").find("from floor 0 to 1") != std::string::npos);
  CHECK(arrow("framework/base/b.h", " #  include <cambium/framework/graph/a.h>").find("from floor 1 to 2") != std::string::npos);
  CHECK(arrow("layers/b.h", "#include \"cambium/models/a.h\"").find("from floor 3 to 4") != std::string::npos);
  CHECK(arrow("layers/b.h", "#include \"cambium/optimizers/a.h\"").find("sideways") != std::string::npos);
  CHECK(arrow("models/b.cpp", "#include \"tests/a.h\"").find("includes a test") != std::string::npos);
  CHECK(arrow("layers/b.h", "#include <cambium/cambium.h>").find("every floor") != std::string::npos);
  CHECK(arrow("layers/b.h", "#include \"a.h\"").find("is not written") != std::string::npos);
  CHECK(arrow("layers/b.h", "#include \"cambium/layers/gone.h\"").find("does not exist") != std::string::npos);
}

std::string package(const std::string& file, const std::string& line) { return all(wrong_packages({{file, line + "\n"}})); }

TEST_CASE("tree: packages in the wrong place are found") {
  CHECK(package("framework/kernels/blas.cpp", "#include <cblas.h>") == "");
  CHECK(package("layers/dense.cpp", "#include <cblas.h>").find("layers/dense.cpp:1: <cblas.h>") == 0);
  CHECK(package("framework/files/a.cpp", "#include <nlohmann/json.hpp>") == "");
  CHECK(package("framework/files/a.h", "#include <nlohmann/json.hpp>") != "");
  CHECK(package("framework/graph/a.cpp", "#include <nlohmann/json.hpp>") != "");
  CHECK(package("layers/a.cpp", "#include <fmt/format.h>") == "");
  CHECK(package("layers/a.h", "#include <fmt/format.h>") != "");
  CHECK(package("models/a.h", "#include <iostream>") != "");
  CHECK(package("framework/kernels/a.cpp", "#include <cmath>") == "");
  CHECK(package("framework/kernels/a.cpp", "#include <algorithm>") != "");
}

TEST_CASE("tree: cycles of rooms and of files are found") {
  const auto file = [](const std::string& name) { return "#include \"cambium/framework/" + name + "\"\n"; };
  const Tree good = {
      {"framework/a/x.h", ""}, {"framework/a/x.cpp", file("a/x.h") + file("b/y.h")}, {"framework/b/y.h", file("c/z.h")}};
  CHECK(all(cycles(good)) == "");
  Tree rooms = good, files = good, inside = good;
  rooms["framework/c/z.cpp"] = file("a/x.h");
  CHECK(all(cycles(rooms)).find("framework/a: the includes lead back to it") != std::string::npos);
  files["framework/b/w.h"] = file("b/y.h"), files["framework/b/y.cpp"] = file("b/w.h");
  CHECK(all(cycles(files)) == "framework/b/w: the includes lead back to it\nframework/b/y: the includes lead back to it\n");
  inside["framework/a/parts/x_impl.h"] = file("a/x.h"), inside["framework/a/x.cpp"] += file("a/parts/x_impl.h");
  CHECK(all(cycles(inside)) == "");
}

TEST_CASE("tree: a file of 401 lines, a line of 133 columns and a layer without its test are found") {
  CHECK(all(long_files({{"apps/a.cpp", std::string(400, '\n')}, {"apps/b.cpp", std::string(401, '\n')}})).find("apps/b.cpp: 401") ==
        0);
  CHECK(all(long_lines({{"apps/a.cpp", std::string(132, 'a') + "\n" + std::string(131, 'b') + "\u00e9\n"}})) == "");
  CHECK(all(long_lines({{"apps/a.cpp", "\n" + std::string(133, 'a')}})) == "apps/a.cpp:2: 133 columns\n");
  const std::string wide(133, 'a');
  CHECK(all(long_lines({{"README.md", "| " + wide + "\n```\n" + wide + "\n```\n" + wide}})) == "README.md:5: 133 columns\n");

  const std::string layer = "class A final : public Norm {\n  Description describe() const override;\n};";
  const std::string helper = "class Norm : public Layer {};";
  CHECK(all(untested_layers({{"layers/help.h", helper}})) == "");
  CHECK(all(untested_layers({{"layers/a.h", layer}})) == "layers/a.h: there is no tests/layers/test_a.cpp\n");
  CHECK(all(untested_layers({{"layers/a.h", layer}, {"tests/layers/test_a.cpp", "CHECK(true);"}})) ==
        "tests/layers/test_a.cpp: never calls check_layer\n");
  CHECK(all(untested_layers({{"layers/a.h", layer}, {"tests/layers/test_a.cpp", "check_layer(A(), {Shape{7}});"}})) == "");
}

}  // namespace
}  // namespace cambium_tests
