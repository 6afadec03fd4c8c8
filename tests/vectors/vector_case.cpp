#include "tests/vectors/vector_case.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

[[noreturn]] void fail(const std::string& file, std::size_t line, const std::string& problem) {
  throw Error(file + (line ? ", line " + std::to_string(line) : "") + ": " + problem, "another copy of the vectors");
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  if (!in) fail(file, 0, "cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty()) fail(file, 0, "is empty");
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

double number_of(const std::string& word, const std::string& file, std::size_t line) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
    fail(file, line, "'" + word + "' is no finite number");
  return value;
}

std::vector<int> extents_of(const std::string& line, const std::string& file) {
  std::vector<int> extents;
  for (const std::string& word : words_of(line)) {
    const double extent = number_of(word, file, 1);
    if (!(extent >= 1 && extent <= 1e6) || extent != std::floor(extent)) fail(file, 1, "'" + word + "' is no size");
    extents.push_back(static_cast<int>(extent));
  }
  if (extents.empty() || extents.size() != static_cast<std::size_t>(extents[0]) + 1)
    fail(file, 1, "'" + line + "' should be the number of axes and then their sizes");
  extents.erase(extents.begin());
  return extents;
}

std::string sizes_text(const std::vector<int>& extents) {
  std::string text;
  for (const int extent : extents) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

}  // namespace

VectorCase::VectorCase(const std::string& root, std::string name) : folder_(root + "/" + name + "/"), name_(std::move(name)) {
  const std::string file = folder_ + "case.txt";
  std::size_t number = 0;
  for (const std::string& line : lines_of(file)) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.size() != 2) fail(file, number, "'" + line + "' should be a key and a value");
    if (!parameters_.emplace(words[0], words[1]).second) fail(file, number, "'" + words[0] + "' is there twice");
  }
}

std::string VectorCase::text(const std::string& key) const {
  const auto found = parameters_.find(key);
  if (found == parameters_.end()) fail(folder_ + "case.txt", 0, "there is no '" + key + "'");
  return found->second;
}

bool VectorCase::knows(const std::string& key) const { return parameters_.count(key) > 0; }

double VectorCase::number(const std::string& key) const { return number_of(text(key), folder_ + "case.txt, " + key, 0); }

bool VectorCase::flag(const std::string& key) const {
  const std::string value = text(key);
  if (value != "0" && value != "1") fail(folder_ + "case.txt", 0, key + " is '" + value + "', which should be 0 or 1");
  return value == "1";
}

bool VectorCase::has(const std::string& array) const { return std::filesystem::exists(folder_ + array + ".txt"); }

VectorArray VectorCase::array(const std::string& array) const {
  const std::string file = folder_ + array + ".txt";
  const std::vector<std::string> lines = lines_of(file);
  VectorArray result{extents_of(lines[0], file), {}};
  double count = 1;
  for (const int extent : result.extents) count *= extent;
  if (static_cast<double>(lines.size() - 1) != count)
    fail(file, 0,
         "has " + std::to_string(lines.size() - 1) + " numbers, and " + sizes_text(result.extents) + " need " +
             std::to_string(static_cast<long long>(count)));
  for (std::size_t i = 1; i < lines.size(); ++i) result.values.push_back(number_of(lines[i], file, i + 1));
  return result;
}

VectorArray VectorCase::array(const std::string& array, const std::vector<int>& extents) const {
  VectorArray result = this->array(array);
  if (result.extents != extents)
    fail(folder_ + array + ".txt", 1, "is " + sizes_text(result.extents) + ", and should be " + sizes_text(extents));
  return result;
}

std::vector<VectorCase> read_vector_cases(const std::string& root) {
  const std::string file = root + "/index.txt";
  std::vector<VectorCase> cases;
  std::size_t number = 0;
  for (const std::string& line : lines_of(file)) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.size() != 2) fail(file, number, "'" + line + "' should be a folder and a kind");
    cases.emplace_back(root, words[0]);
    if (cases.back().text("kind") != words[1])
      fail(file, number, words[0] + " is listed as " + words[1] + ", and its case.txt says " + cases.back().text("kind"));
  }
  return cases;
}

}  // namespace cambium
