#include "tests/structure/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace cambium_tests {
namespace {

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
  if (include.name == "cambium/cambium.h") return floor_of(include.file) >= 5 ? "" : "brings in every floor";
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
  const bool kernel = starts(file, "framework/kernels/"), source = ends(file, ".cpp");
  if (name == "cblas.h" && file != "framework/kernels/blas.cpp") return "belongs in framework/kernels/blas.cpp";
  if (starts(name, "nlohmann/") && !(source && (starts(file, "framework/files/") || starts(file, "apps/"))))
    return "belongs in a .cpp file of framework/files or of an app";
  if (is_public_header(file) && (starts(name, "fmt/") || any({"ranges", "regex", "iostream"}, name)))
    return "is too expensive for a public header";
  if (kernel && source && !any({"framework/kernels/blas.cpp", "framework/kernels/isa.cpp"}, file) &&
      !starts(name, "cambium/framework/kernels/") &&
      !any({"cmath", "cstddef", "cstdint", "cstring", "math.h", "stddef.h", "stdint.h", "string.h", "immintrin.h"}, name))
    return "may bring inline functions into a file that is built once per instruction set";
  return "";
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
  for (const std::string file : {"README.md", "CHANGELOG.md", "CMakeLists.txt"}) take(fs::directory_entry(fs::path(root) / file));
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
// the file or the room. Kernels are joined in one table, which all of them are compiled against.
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
    if (unit(include.file) != unit(to) && !starts(to, "framework/kernels/")) arrows[unit(include.file)].insert(unit(to));
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
  return faults;
}

std::vector<std::string> long_files(const Tree& tree) {
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree)
    if (const auto lines = std::count(text.begin(), text.end(), '\n'); lines > 400)
      faults.push_back(file + ": " + std::to_string(lines) + " lines, and 400 are the limit");
  return faults;
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
    const std::string stem = file.substr(7, file.size() - 9), test = "tests/layers/test_" + stem + ".cpp";
    const auto found = tree.find(test);
    if (found == tree.end())
      faults.push_back(file + ": there is no " + test);
    else if (found->second.find("check_layer(") == std::string::npos)
      faults.push_back(test + ": never calls check_layer");
  }
  return faults;
}

}  // namespace cambium_tests
