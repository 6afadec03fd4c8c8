// The rules that the shape of the tree has to follow, and who breaks them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace cambium_tests {

// Every source file and document of the project: path from the root ("layers/linear/dense.h") and text.
using Tree = std::map<std::string, std::string>;
Tree read_tree(const std::string& root);

// What each rule finds, one sentence for every breach.
//
// Arrows: a file includes only what is on its own floor or below: framework/kernels, framework/base, the other rooms of framework,
// layers and optimizers (which do not know each other), models, apps. Nothing but tests includes tests. Includes of the project
// are written "cambium/room/file.h", and name a file that exists.
std::vector<std::string> wrong_arrows(const Tree& tree);
// Packages: cblas.h in framework/kernels/blas.cpp only, JSON only in .cpp files of framework/files and apps. Public headers are
// spared what is expensive to include. Kernels that are built once per instruction set include C headers and kernels only, and so
// do the headers that they include.
std::vector<std::string> wrong_packages(const Tree& tree);
// No room of framework/ includes another that includes it, by however many steps; nor does a file in one.
std::vector<std::string> cycles(const Tree& tree);
// No file is longer than 400 lines; in framework/ no source than 300, no header than 120, and layer.h than 110.
std::vector<std::string> long_files(const Tree& tree);
// No function outside of tests is longer than 40 lines, from its signature to its closing brace.
std::vector<std::string> long_functions(const Tree& tree);
// The contract of a layer has at most six virtual functions.
std::vector<std::string> wide_contract(const Tree& tree);
// No line is longer than 132 columns; in documents that goes for prose, not for tables and code.
std::vector<std::string> long_lines(const Tree& tree);
// The files of the README's reading path exist, and have at most 2,500 lines.
std::vector<std::string> reading_path(const Tree& tree);
// Every layer has a test of its own that calls check_layer.
std::vector<std::string> untested_layers(const Tree& tree);
// Every layer has a line in a table of layers/README.md, "| `Relu()` | ...", with its formula, "y = ..."; and every such line its
// layer.
std::vector<std::string> layer_lines(const Tree& tree);
// Every link of a document to a file of the project leads somewhere.
std::vector<std::string> dead_links(const Tree& tree);
// Every message in the tables of apps/when_things_go_wrong.md stands in a source, piece by piece where dots stand for what differs.
std::vector<std::string> unknown_messages(const Tree& tree);

}  // namespace cambium_tests
