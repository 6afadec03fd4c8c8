#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tests/structure/tree.h"

namespace cambium_tests {
namespace {

// The pieces between dots, of at least some letters: what comes before and behind them differs from case to case.
std::vector<std::string> pieces(const std::string& message) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find("...", at), message.size());
    std::size_t first = at, last = end;
    while (first < last && message[first] == ' ') ++first;
    while (last > first && message[last - 1] == ' ') --last;
    if (std::count_if(message.begin() + static_cast<std::ptrdiff_t>(first), message.begin() + static_cast<std::ptrdiff_t>(last),
                      [](unsigned char c) { return std::isalpha(c) != 0; }) > 1)
      found.push_back(message.substr(first, last - first));
    at = end + 3;
  }
  return found;
}

// Sources with texts that go on over a line put together.
std::string all_texts(const Tree& tree) {
  std::string texts;
  for (const auto& [path, text] : tree) {
    if (path.starts_with("tests/") || !path.ends_with(".cpp")) continue;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::size_t next = text[i] == '"' ? text.find_first_not_of(" \n", i + 1) : std::string::npos;
      if (next != std::string::npos && next > i + 1 && text[next] == '"')
        i = next;
      else
        texts += text[i];
    }
  }
  return texts;
}

}  // namespace

std::vector<std::string> unknown_messages(const Tree& tree) {
  const std::string page = "apps/when_things_go_wrong.md", texts = all_texts(tree);
  std::vector<std::string> faults;
  const auto found = tree.find(page);
  if (found == tree.end()) return {page + ": is not there"};
  int messages = 0;
  for (std::size_t at = found->second.find("\n| `"); at != std::string::npos; at = found->second.find("\n| `", at + 1)) {
    const std::size_t begin = at + 4, end = found->second.find('`', begin);
    ++messages;
    for (const std::string& piece : pieces(found->second.substr(begin, end - begin)))
      if (texts.find(piece) == std::string::npos) faults.push_back(page + ": nothing says '" + piece + "'");
  }
  if (messages < 10) faults.push_back(page + ": has " + std::to_string(messages) + " messages");
  return faults;
}

}  // namespace cambium_tests
