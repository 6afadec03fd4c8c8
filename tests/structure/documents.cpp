// The rules of tree.h for what documents say.
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/structure/tree.h"

namespace cambium_tests {
namespace {

// The classes in a header that tell what they are, as cmake/layer_list.cmake finds them.
std::vector<std::string> layers_in(const std::string& header) {
  static const std::regex start("^class ([A-Za-z0-9_]+)");
  std::vector<std::string> layers;
  std::istringstream lines(header);
  std::string line, name;
  for (std::smatch match; std::getline(lines, line);) {
    if (std::regex_search(line, match, start)) name = match[1];
    if (line.find("Description describe() const override") == std::string::npos || name.empty()) continue;
    layers.push_back(name);
    name.clear();
  }
  return layers;
}

}  // namespace

std::vector<std::string> layer_lines(const Tree& tree) {
  const std::string readme = "layers/README.md";
  std::set<std::string> layers;
  for (const auto& [file, text] : tree)
    if (file.starts_with("layers/") && file.ends_with(".h"))
      for (const std::string& layer : layers_in(text)) layers.insert(layer);
  static const std::regex row("^\\| `([A-Z][A-Za-z0-9_]*)\\([^|]*\\|.*$");
  std::vector<std::string> faults;
  std::set<std::string> named;
  std::istringstream lines(tree.at(readme));
  std::string line;
  for (std::smatch match; std::getline(lines, line);) {
    if (!std::regex_match(line, match, row)) continue;
    const std::string name = match[1];
    named.insert(name);
    if (!layers.contains(name)) faults.push_back(readme + ": names " + name + ", which is no layer");
    if (line.find("| y") == std::string::npos) faults.push_back(readme + ": " + name + " has no formula");
  }
  for (const std::string& layer : layers)
    if (!named.contains(layer)) faults.push_back(readme + ": has no line for " + layer);
  return faults;
}

std::vector<std::string> dead_links(const Tree& tree) {
  static const std::regex code("(^|\\n)```[^`]*\\n```");
  static const std::regex link("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");
  std::set<std::string> there;
  for (const auto& [file, text] : tree)
    for (std::filesystem::path path = file; !path.empty(); path = path.parent_path()) there.insert(path.generic_string());
  std::vector<std::string> faults;
  for (const auto& [file, text] : tree) {
    if (!file.ends_with(".md")) continue;
    const std::string prose = std::regex_replace(text, code, "");
    for (std::sregex_iterator at(prose.begin(), prose.end(), link), end; at != end; ++at) {
      const std::string to = (*at)[1];
      std::string path = (std::filesystem::path(file).parent_path() / to).lexically_normal().generic_string();
      if (path.ends_with('/')) path.pop_back();
      if (to.find("://") == std::string::npos && !there.contains(path))
        faults.push_back(file + ": leads to " + to + ", which is not there");
    }
  }
  return faults;
}

}  // namespace cambium_tests
