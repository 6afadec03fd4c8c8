#include <doctest/doctest.h>

#include <algorithm>

#include "tests/structure/functions.h"
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
TEST_CASE("tree: no file is longer than its limit") { CHECK(all(long_files(project())) == ""); }
TEST_CASE("tree: no function is longer than 40 lines") { CHECK(all(long_functions(project())) == ""); }
TEST_CASE("tree: the contract of a layer has six virtual functions") { CHECK(all(wide_contract(project())) == ""); }
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

TEST_CASE("tree: every layer has its line, and every line its layer") {
  CHECK(all(layer_lines(project())) == "");
  const std::string header =
      "class A : public Layer {\n  Description describe() const override;\n};\nclass Norm : public Layer {\n};";
  const auto faults = [&](const std::string& lines) {
    return all(layer_lines({{"layers/k/a.h", header}, {"layers/README.md", lines}}));
  };
  CHECK(faults("| `A(n)` | adds | y = x + n |\n") == "");
  CHECK(faults("| `A(n)` | adds | |\n") == "layers/README.md: A has no formula\n");
  CHECK(faults("| `A()`, | y = x |\n| `B(n)` | y = n |\n") == "layers/README.md: names B, which is no layer\n");
  CHECK(faults("`A()` without a line\n") == "layers/README.md: has no line for A\n");
}

TEST_CASE("tree: every message of the page on what goes wrong is said somewhere") {
  CHECK(all(unknown_messages(project())) == "");
  Tree wrong = project();
  wrong["apps/when_things_go_wrong.md"] += "\n| `the moon is ... of cheese` | cause | way out |\n";
  CHECK(all(unknown_messages(wrong)) ==
        "apps/when_things_go_wrong.md: nothing says 'the moon is'\napps/when_things_go_wrong.md: nothing says 'of cheese'\n");
}
TEST_CASE("tree: every link leads somewhere") {
  CHECK(all(dead_links(project())) == "");
  const Tree tree = {{"README.md", "[a](a/b.md#part) [c](https://c/d) [a](a/)"},
                     {"a/b.md", "[up](../README.md) [no](c.md)\n```c++\nf[0](d.md);\n```\n"}};
  CHECK(all(dead_links(tree)) == "a/b.md: leads to c.md, which is not there\n");
}

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

std::string package(const std::string& file, const std::string& line) {
  const std::string once = "set(CAMBIUM_KERNELS_ONCE framework/kernels/blas.cpp)";
  return all(wrong_packages({{file, line + "\n"}, {"cmake/library.cmake", once}}));
}

TEST_CASE("tree: packages in the wrong place are found") {
  CHECK(package("framework/kernels/blas.cpp", "#include <cblas.h>") == "");
  CHECK(package("layers/linear/dense.cpp", "#include <cblas.h>").find("layers/linear/dense.cpp:1: <cblas.h>") == 0);
  CHECK(package("framework/files/a.cpp", "#include <nlohmann/json.hpp>") == "");
  CHECK(package("framework/files/a.h", "#include <nlohmann/json.hpp>") != "");
  CHECK(package("framework/graph/a.cpp", "#include <nlohmann/json.hpp>") != "");
  CHECK(package("layers/a.cpp", "#include <fmt/format.h>") == "");
  CHECK(package("layers/a.h", "#include <fmt/format.h>") != "");
  CHECK(package("models/a.h", "#include <iostream>") != "");
  CHECK(package("framework/kernels/a.cpp", "#include <cmath>") == "");
  CHECK(package("framework/kernels/a.cpp", "#include <algorithm>") != "");
  const std::string kernels = "#include \"cambium/framework/kernels/";
  const Tree by_way = {{"framework/kernels/a/a.cpp", kernels + "b.h\"\n"},
                       {"framework/kernels/b.h", "\n" + kernels + "c.h\"\n"},
                       {"framework/kernels/c.h", "#include <string.h>\n#include <string>\n"}};
  CHECK(all(wrong_packages(by_way)).find("framework/kernels/a/a.cpp: <string> of framework/kernels/c.h:2 may bring") == 0);
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

// A function of so many lines with this signature, as text.
std::string function(const std::string& signature, int lines) {
  const auto used = std::count(signature.begin(), signature.end(), '\n') + 2;
  return signature + " {\n" + std::string(static_cast<std::size_t>(lines - used), '\n') + "}\n";
}

TEST_CASE("tree: a function of 41 lines is found, however it is written, and one of 40 is not") {
  for (const std::string signature :
       {"int f()", "template <class T, int N = 3>\nT A<T>::f(const T& x = {},\n      T y = T{1}) const noexcept",
        "A::A(int a)\n    : B<int>{a},\n      c_{{1, 2}},\n      d_([] { return 1; })", "struct stat f()",
        "A& A::operator=(const A& a)", "const auto f = [](int x) mutable", "auto f(int x) -> std::vector<int>",
        "template <class T>\n  requires requires(T x) { x.g(); }\nint f(T x)",
        "class A {\n};\nenum class B : int { one, two };\nconstexpr int table[] = {1, 2};\nint f()"}) {
    CAPTURE(signature);
    const bool others = signature.find("enum") != signature.npos;  // lines that are not the function's
    CHECK(all(long_functions({{"layers/a.cpp", function(signature, others ? 44 : 40)}})) == "");
    CHECK(all(long_functions({{"layers/a.cpp", function(signature, others ? 45 : 41)}})).find("has 41 lines") != std::string::npos);
  }
  CHECK(all(long_functions({{"apps/a.h", "namespace a {\nclass B {\n public:\n" + function("  ~B()", 41) + "};\n}\n"}})) ==
        "apps/a.h:4: B has 41 lines, and 40 are the limit\n");
  CHECK(all(long_functions({{"tests/a.cpp", function("int f()", 41)}})) == "");
}

TEST_CASE("tree: what is no function has no limit, and no brace is counted that is none") {
  const std::string long_ = std::string(50, '\n') + "};\n";
  for (const std::string start : {"namespace a {", "extern \"C\" {", "class alignas(64) A final : public B<int> {", "union A {",
                                  "enum { one, two,", "int table[] = {", "std::vector<int> list{", "static const struct {"})
    CHECK(functions_of(start + long_).empty());
  const std::string odd =
      "char a = '{', *b = \"{ \\\" {\", *c = R\"x({ )\" {)x\";  // {\n/* { */ int d = 1'000;\n#define E {  \\\n {\n";
  CHECK(functions_of(odd + "int f() { return '}'; }").size() == 1);
  CHECK(functions_of(odd + "int f() { return '}'; }").front().first == 5);
  CHECK(all(long_functions({{"apps/a.h", "void f() {"}})) == "apps/a.h: a brace is not closed\n");
  CHECK(all(long_functions({{"apps/a.h", "}"}})) == "apps/a.h: a brace is closed that was not opened\n");
}

TEST_CASE("tree: a file of 401 lines, a line of 133 columns and a layer without its test are found") {
  CHECK(all(long_files({{"apps/a.cpp", std::string(400, '\n')}, {"apps/b.cpp", std::string(401, '\n')}})).find("apps/b.cpp: 401") ==
        0);
  CHECK(all(long_files({{"framework/a/b.cpp", std::string(301, '\n')}, {"framework/a/b.h", std::string(121, '\n')}})) ==
        "framework/a/b.cpp: 301 lines, and 300 are the limit\nframework/a/b.h: 121 lines, and 120 are the limit\n");
  CHECK(all(long_files({{"framework/base/layer.h", std::string(111, '\n')}, {"framework/a/b.cpp", std::string(300, '\n')}})) ==
        "framework/base/layer.h: 111 lines, and 110 are the limit\n");
  CHECK(wide_contract({{"framework/base/layer.h", "virtual a; virtual b; virtual c; virtual d; virtual e; virtual f;"}}).empty());
  CHECK(wide_contract({{"framework/base/layer.h", "virtual a; virtual b; virtual c; virtual d; virtual e; virtual f; virtual g;"}})
            .size() == 1);
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
