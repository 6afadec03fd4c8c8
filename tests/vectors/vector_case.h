// Reference vectors: a folder of cases, each a folder of plain text files, made by other programs. `index.txt` lists them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace cambium {

// Doubles in row-major order. The file says on its first line how many axes there are and their extents, then a number per line.
struct VectorArray {
  std::vector<int> extents;
  std::vector<double> values;

  int rows() const { return extents[0]; }
  std::size_t row_size() const { return values.size() / static_cast<std::size_t>(extents[0]); }
};

// One case: its parameters, read at once from case.txt, and its arrays, read when asked for. What is missing or malformed is an
// Error that says which file, which line, and what is wrong with it.
class VectorCase {
 public:
  VectorCase(const std::string& root, std::string name);

  const std::string& name() const { return name_; }
  bool knows(const std::string& key) const;  // whether there is such a parameter
  std::string text(const std::string& key) const;
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;

  bool has(const std::string& array) const;
  VectorArray array(const std::string& array) const;
  // One that must have these extents.
  VectorArray array(const std::string& array, const std::vector<int>& extents) const;

 private:
  std::string folder_, name_;
  std::map<std::string, std::string> parameters_;
};

// Every case that index.txt in `root` lists as "<folder> <kind>", in its order.
std::vector<VectorCase> read_vector_cases(const std::string& root);

}  // namespace cambium
