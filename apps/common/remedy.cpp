#include "apps/common/remedy.h"

#include <algorithm>
#include <regex>

namespace apps {
namespace {

// A member as the library writes it: .clip_norm, perhaps with " = " behind it, or " = true", which a flag says by being there; no
// part of a file's name or of a number.
const std::regex& member() {
  static const std::regex pattern(R"((^|[\s(,])\.([a-z][a-z_]*)(?![\w.])( = (true\b)?)?)");
  return pattern;
}

bool only_in_code(const std::string& text) {
  static const std::regex code(R"([A-Za-z_]\w*\(|::|&\w)");
  return std::regex_search(text, code) || std::regex_search(text, member());
}

// What stands between commas, those within brackets not counted.
std::vector<std::string> alternatives(const std::string& remedy) {
  std::vector<std::string> all(1);
  int depth = 0;
  for (std::size_t i = 0; i < remedy.size(); ++i) {
    depth += (remedy[i] == '(') - (remedy[i] == ')');
    if (depth == 0 && remedy.compare(i, 2, ", ") == 0)
      all.emplace_back(), ++i;
    else
      all.back() += remedy[i];
  }
  for (std::string& one : all)
    if (one.starts_with("or ")) one.erase(0, 3);
  return all;
}

}  // namespace

std::string with_options(const std::string& text, const std::vector<std::string>& options) {
  std::string result;
  auto rest = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), member()), end; match != end; ++match) {
    std::string option = "--" + (*match)[2].str();
    std::replace(option.begin(), option.end(), '_', '-');
    if (std::find(options.begin(), options.end(), option) == options.end()) continue;
    result.append(rest, text.begin() + match->position())
        .append((*match)[1])
        .append(option)
        .append((*match)[3].matched && !(*match)[4].matched ? " " : "");
    rest = text.begin() + match->position() + match->length();
  }
  return result.append(rest, text.end());
}

std::string remedy_with_options(const std::string& remedy, const std::vector<std::string>& options) {
  const std::string text = with_options(remedy, options);
  if (!only_in_code(text)) return text;
  std::vector<std::string> kept;
  for (std::string& one : alternatives(text))
    if (!only_in_code(one)) kept.push_back(std::move(one));
  std::string result;
  for (std::size_t i = 0; i < kept.size(); ++i) result += (i == 0 ? "" : i + 1 == kept.size() ? " or " : ", ") + kept[i];
  return result;
}

}  // namespace apps
