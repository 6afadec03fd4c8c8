// Words, numbers and texts as a C++ file has them.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cambium {

// Words of C++ that come from any text, each of them once: "conv2d_1.weight" gives conv2d_1_weight, and if it is there already,
// conv2d_1_weight_2.
class CppWords {
 public:
  std::string word(std::string_view text);

 private:
  std::set<std::string> taken_;
};

// The shortest that reads back as the same float: 0.1f, 3.0f, 1e-05f.
std::string cpp_number(double value);
// With braces around and commas between, in lines of 132 columns.
std::string cpp_list(const std::vector<std::string>& items);
std::string cpp_list(const std::vector<float>& values);

// A text in quotes. Whatever is in it, it stays on its line, also in a comment.
std::string cpp_text(std::string_view text);
// A name for a comment: as it is, or in quotes where it has more than letters, digits and '_'.
std::string cpp_name(std::string_view name);

}  // namespace cambium
