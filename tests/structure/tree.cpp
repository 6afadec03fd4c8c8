#include "tests/structure/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/structure/functions.h"

namespace cambium_tests {
namespace {

constexpr const char* contract = "framework/base/layer.h";

bool starts(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }
bool ends(const std::string& text, const std::string& with) {
  return text.size() >= with.size() && text.compare(text.size() - with.size(), with.size(), with) == 0;
}
bool any(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string room_of(const std::string& path) { return path.substr(0, path.find('/')); }

int floor_of(const std::string& path) {
  if (starts(path, "framework/kernels/")) return 0;
  if (starts(path, "framework/base/")) return 1;
  static const std::map<std::string, int> floors = {{"framework", 2}, {"layers", 3}, {"optimizers", 3},
                                                    {"models", 4},    {"apps", 5},   {"tests", 6}};
  const auto found = floors.find(room_of(path));
  return found == floors.end() ? -1 : found->second;
}

struct Include {
  std::string file, name;  // name as written, without the quotes or brackets
  int line;
  bool quoted;
  std::string place() const { return file + ":" + std::to_string(line); }
};

std::vector<Include> includes_of(const std::string& file, const std::string& text) {
  static const std::regex pattern("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*$");
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (line.find("include") != std::string::npos && std::regex_match(line, match, pattern))
      found.push_back({file, match[2], number, match[1] == "\""});
  }
  return found;
}

std::vector<Include> all_includes(const Tree& tree) {
  std::vector<Include> all;
  for (const auto& [file, text] : tree)
    if (ends(file, ".h") || ends(file, ".cpp"))
      for (Include& include : includes_of(file, text)) all.push_back(std::move(include));
  return all;
}

// "" or what is wrong with this arrow.
std::string fault_of(const Include& include, const Tree& tree) {
  const std::string room = room_of(include.file);
  if (starts(include.name, "tests/")) {
    if (room != "tests") return "includes a test";
    return tree.contains(include.name) ? "" : "names a file that does not exist";
  }
  if (!starts(include.name, "cambium/")) {
    const bool own_room = include.quoted && (room == "apps" || room == "tests");  // a neighbour, or a file of a package
    return include.quoted && !own_room ? "is not written \"cambium/room/file.h\"" : "";
  }
  if (any({"cambium/cambium.h", "cambium/files.h", "cambium/online.h", "cambium/plot.h"}, include.name))
    return floor_of(include.file) >= 5 ? "" : "brings in every floor";
  const std::string target = include.name.substr(8);
  const int from = floor_of(include.file), to = floor_of(target);
  if (!tree.contains(target)) return "names a file that does not exist";
  if (to > 4) return "includes what is no part of the library";
  if (to > from) return "goes up, from floor " + std::to_string(from) + " to " + std::to_string(to);
  if (to == 3 && from == 3 && room != room_of(target)) return "goes sideways: layers and optimizers do not know each other";
  return "";
}

bool is_public_header(const std::string& file) {
  return ends(file, ".h") && floor_of(file) >= 1 && floor_of(file) <= 4 && !starts(file, "framework/planning/");
}

std::string package_fault(const Include& include) {
  const std::string& file = include.file;
  const std::string& name = include.name;
  const bool source = ends(file, ".cpp");
  if (name == "cblas.h" && file != "framework/kernels/blas.cpp") return "belongs in framework/kernels/blas.cpp";
  if (starts(name, "nlohmann/") && !(source && (starts(file, "framework/files/") || starts(file, "apps/"))))
    return "belongs in a .cpp file of framework/files or of an app";
  if (is_public_header(file) && (starts(name, "fmt/") || any({"ranges", "regex", "iostream"}, name)))
    return "is too expensive for a public header";
  return "";
}

// Kernels are built once per instruction set, but for those that library.cmake lists.
bool is_built_per_isa(const std::string& file, const Tree& tree) {
  if (!starts(file, "framework/kernels/") || !ends(file, ".cpp")) return false;
  const auto cmake = tree.find("cmake/library.cmake");
  const std::size_t list = cmake == tree.end() ? std::string::npos : cmake->second.find("set(CAMBIUM_KERNELS_ONCE");
  return list == std::string::npos || cmake->second.substr(0, cmake->second.find(')', list)).find(file, list) == std::string::npos;
}

// Headers of others that come into this file, by whatever way, and may bring inline functions.
std::vector<std::string> inline_faults(const std::string& file, const Tree& tree) {
  static const std::vector<std::string> harmless = {"cmath",    "cstddef",  "cstdint",  "cstring",    "math.h",
                                                    "stddef.h", "stdint.h", "string.h", "immintrin.h"};
  std::vector<std::string> faults, open = {file};
  std::set<std::string> seen = {file};
  while (!open.empty()) {
    const auto next = tree.find(open.back());
    open.pop_back();
    if (next == tree.end()) continue;
    for (const Include& include : includes_of(next->first, next->second)) {
      const std::string target = starts(include.name, "cambium/") ? include.name.substr(8) : "";
      if (starts(target, "framework/kernels/")) {
        if (seen.insert(target).second) open.push_back(target);
      } else if (!any(harmless, include.name)) {
        faults.push_back(file + ": <" + include.name + "> of " + include.place() +
                         " may bring inline functions into a file that is built once per instruction set");
      }
    }
  }
  return faults;
}

long most_lines(const std::string& file) {
  if (file == contract) return 110;
  const bool framework = room_of(file) == "framework";
  return framework && ends(file, ".h") ? 120 : framework && ends(file, ".cpp") ? 300 : 400;
}

// A layer tells what it is; what several layers share does not.
bool defines_layer(const std::string& header) { return header.find("Description describe() const override") != std::string::npos; }

}  // namespace

Tree read_tree(const std::string& root) {
  namespace fs = std::filesystem;
  Tree tree;
  const auto take = [&](const fs::directory_entry& entry) {
    const std::string path = entry.path().lexically_relative(root).generic_string();
    if (starts(path, "tests/structure/") && std::count(path.begin(), path.end(), '/') > 2) return;  // made for other trees
    if (!entry.is_regular_file() || !any({".h", ".cpp", ".sh", ".cmake", ".txt", ".md"}, entry.path().extension().string())) return;
    std::ifstream file(entry.path(), std::ios::binary);
    tree[path] = std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (const std::string room : {"framework", "layers", "optimizers", "models", "apps", "tests", "cmake"})
    if (fs::is_directory(fs::path(root) / room))
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(root) / room)) take(entry);
  for (const std::string file : {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CMakeLists.txt"})
    take(fs::directory_entry(fs::path(root) / file));
  return tree;
}

std::vector<std::string> wrong_arrows(const Tree& tree) {
  std::vector<std::string> faults;
  for (const Include& include : all_includes(tree))
    if (const std::string fault = fault_of(include, tree); !fault.empty())
      faults.push_back(include.place() + ": \"" + include.name + "\" " + fault);
  return faults;
}

// Rooms of the framework, and files in them, a header and its source being one; x_impl.h, and what lies in parts/, is the inside of
// the file or the room.
std::vector<std::string> cycles(const Tree& tree) {
  const auto room = [](const std::string& file) { return file.substr(0, file.find('/', 10)); };
  const auto unit = [](const std::string& file) {
    static const std::regex inside("/parts/"), ending("(_impl)?\\.(h|cpp)$");
    return std::regex_replace(std::regex_replace(file, inside, "/"), ending, "");
  };
  std::map<std::string, std::set<std::string>> arrows;
  for (const Include& include : all_includes(tree)) {
    const std::string to = starts(include.name, "cambium/") ? include.name.substr(8) : "";
    if (!starts(include.file, "framework/") || !starts(to, "framework/")) continue;
    if (room(include.file) != room(to)) arrows[room(include.file)].insert(room(to));
    if (unit(include.file) != unit(to)) arrows[unit(include.file)].insert(unit(to));
  }
  std::map<std::string, std::set<std::string>> reached;  // by way of any number of arrows
  for (const auto& [from, to] : arrows) {
    std::vector<std::string> open(to.begin(), to.end());
    while (!open.empty()) {
      const std::string next = open.back();
      open.pop_back();
      if (reached[from].insert(next).second && arrows.contains(next))
        open.insert(open.end(), arrows[next].begin(), arrows[next].end());
    }
  }
  std::vector<std::string> faults;
  for (const auto& [from, all] : reached)
    if (all.contains(from)) faults.push_back(from + ": the includes lead back to it");
  return faults;
}

std::vector<std::string> wrong_packages(const Tree& tree) {
  std::vector<std::string> faults;
  for (const Include& include : all_includes(tree))
    if (const std::string fault = package_fault(include); !fault.empty())
      faults.push_back(include.place() + ": <" + include.name + "> " + fault);
  for (const auto& [file, text] : tree)
    if (is_built_per_isa(file, tree))
      for (std::string& fault : inline_faults(file, tree)) faults.push_back(std::move(fault));
  return faults;
}

std::vector<std::string> long_files(const Tree& tree) {
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree)
    if (const auto lines = std::count(text.begin(), text.end(), '\n'); lines > most_lines(file))
      faults.push_back(file + ": " + std::to_string(lines) + " lines, and " + std::to_string(most_lines(file)) + " are the limit");
  return faults;
}

std::vector<std::string> long_functions(const Tree& tree) {
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree) {
    const int floor = floor_of(file);
    if (floor < 0 || floor > 5 || (!ends(file, ".h") && !ends(file, ".cpp"))) continue;
    try {
      for (const FunctionLines& function : functions_of(text))
        if (function.count() > 40)
          faults.push_back(file + ":" + std::to_string(function.first) + ": " + function.name + " has " +
                           std::to_string(function.count()) + " lines, and 40 are the limit");
    } catch (const std::runtime_error& error) {
      faults.push_back(file + ": " + error.what());
    }
  }
  return faults;
}

std::vector<std::string> wide_contract(const Tree& tree) {
  static const std::regex word("\\bvirtual\\b");
  const std::string& text = tree.at(contract);
  const auto functions = std::distance(std::sregex_iterator(text.begin(), text.end(), word), std::sregex_iterator());
  if (functions <= 6) return {};
  return {std::string(contract) + ": " + std::to_string(functions) + " virtual functions, and 6 are the limit"};
}

std::vector<std::string> reading_path(const Tree& tree) {
  const std::string& readme = tree.at("README.md");
  const std::size_t from = readme.find("## Read it in an evening"), to = readme.find("\nThen ", from);
  if (from == std::string::npos || to == std::string::npos) return {"README.md: there is no reading path"};
  std::vector<std::string> faults;
  long lines = 0;
  static const std::regex path("`([^`]+)`");
  const std::string text = readme.substr(from, to - from);
  for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at) {
    const auto found = tree.find((*at)[1]);
    if (found == tree.end())
      faults.push_back("README.md: the reading path names " + (*at)[1].str() + ", which does not exist");
    else
      lines += std::count(found->second.begin(), found->second.end(), '\n');
  }
  if (lines > 2500) faults.push_back("README.md: the reading path has " + std::to_string(lines) + " lines, and 2500 are the limit");
  if (lines < 1000) faults.push_back("README.md: the reading path has " + std::to_string(lines) + " lines");
  return faults;
}

std::vector<std::string> long_lines(const Tree& tree) {
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree) {
    std::istringstream lines(text);
    std::string line;
    bool code = false;
    for (int number = 1; std::getline(lines, line); ++number) {
      if (ends(file, ".md") && starts(line, "```")) code = !code;
      if (code || (ends(file, ".md") && starts(line, "|"))) continue;
      // Of a letter that UTF-8 writes in several bytes, the first one counts.
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
      if (columns > 132) faults.push_back(file + ":" + std::to_string(number) + ": " + std::to_string(columns) + " columns");
    }
  }
  return faults;
}

std::vector<std::string> untested_layers(const Tree& tree) {
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree) {
    if (!starts(file, "layers/") || !ends(file, ".h") || !defines_layer(text)) continue;
    const std::size_t name = file.rfind('/') + 1;
    const std::string stem = file.substr(name, file.size() - name - 2), test = "tests/layers/test_" + stem + ".cpp";
    const auto found = tree.find(test);
    if (found == tree.end())
      faults.push_back(file + ": there is no " + test);
    else if (found->second.find("check_layer(") == std::string::npos)
      faults.push_back(test + ": never calls check_layer");
  }
  return faults;
}

}  // namespace cambium_tests
