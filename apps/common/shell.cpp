#include "apps/common/shell.h"

namespace apps {
namespace {

constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@";

}  // namespace

std::string shell_word(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + '\'';
}

std::string shell_line(const std::string& program, const std::vector<std::string>& words) {
  std::string text = program;
  for (const std::string& word : words) text += ' ' + shell_word(word);
  return text;
}

}  // namespace apps
