#include "cambium/framework/export/cpp_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace cambium {

std::string CppWords::word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    if (word.empty() && !letter) word = "m";  // no other start is a word
    if (letter || digit)
      word += c;
    else if (word.back() != '_')
      word += '_';  // two of them are not ours to use
  }
  if (word.empty()) word = "m";
  std::string free = word;
  for (int i = 2; !taken_.insert(free).second; ++i) free = fmt::format("{}_{}", word, i);
  return free;
}

std::string cpp_number(double value) {
  std::string text = fmt::format("{}", static_cast<float>(value));
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + 'f';
}

std::string cpp_list(const std::vector<std::string>& items) {
  constexpr std::size_t columns = 132;
  std::string text = "{\n", line = "   ";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && line.size() + items[i].size() + 3 > columns) text += line + '\n', line = "   ";
    line += ' ' + items[i] + (i + 1 < items.size() ? "," : "");
  }
  return text + line + "}";
}

std::string cpp_list(const std::vector<float>& values) {
  std::vector<std::string> items;
  items.reserve(values.size());
  for (const float value : values) items.push_back(cpp_number(static_cast<double>(value)));
  return cpp_list(items);
}

std::string cpp_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?')  // ?? begins a trigraph
      quoted += {'\\', c};
    else if (byte >= 0x20 && byte < 0x7f)
      quoted += c;
    else
      quoted += fmt::format("\\{:03o}", byte);
  }
  return quoted + '"';
}

std::string cpp_name(std::string_view name) {
  const bool plain = std::ranges::all_of(
      name, [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  return plain ? std::string(name) : cpp_text(name);
}

}  // namespace cambium
