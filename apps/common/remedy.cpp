#include "apps/common/remedy.h"

#include <algorithm>
#include <regex>
#include <string_view>

#include "cambium/framework/base/letters.h"

namespace apps {
namespace {

// A member as the library writes it: .clip_norm, perhaps with " = " behind it, or " = true", which a flag says by being there; no
// part of a file's name or of a number, and no kind of file.
const std::regex& member() {
  static const std::regex pattern(
      R"((^|[\s(,])\.(?!(?:png|jpe?g|np[yz]|csv|gz|txt|jsonl?|onnx|html|safetensors)\b)([a-z][a-z_]*)(?![\w.])( = (true\b)?)?)");
  return pattern;
}

// What the library calls in its own way, and how the command line says it where it has this option.
struct Saying {
  std::string code, text, option, lacking = "";  // lacking: for programs without this option, which another one has
};

const std::vector<Saying>& sayings() {
  static const std::vector<Saying> all{
      {"Fit::resize, or Fit::crop, which keeps proportions", "--size 64, or --fit resize", "--size"},
      {"Fit::resize", "--fit resize", "--fit"},
      {"Fit::crop", "--fit crop", "--fit"},
      {"uniform(0.05)", "init=uniform(0.05)", "--layers"},
      {".pad = ", "pad=", "--layers"},
      {".pad", "pad", "--layers"},
      {".forward = {0.5, 0.5, 0}, .backward = {0.6, 0, 0.4}", "forward=[0.5, 0.5, 0] backward=[0.6, 0, 0.4]", "--layers"},
      {"PlanOptions .", ".", ""},
      {".leave_out = ", "train --leave-out ", "", "--leave-out"},
      {".missing = leave_out", "--missing leave-out", "--missing"},
  };
  return all;
}

// Dense(10) is "dense 10" in --layers, and BatchNorm(for_input) "batch_norm for_input".
std::string with_layers(const std::string& text) {
  static const std::regex layer(
      R"(\b(ActivationClamp|BatchNorm|Conv2d|Dense|Dropout|Flatten|GroupNorm|OnlineNorm|PadChannels)\(([\w.]*)\))");
  std::string result;
  auto rest = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), layer), end; match != end; ++match) {
    result.append(rest, text.begin() + match->position());
    const std::string name = (*match)[1];
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = cambium::small(name[i]);
      if (c != name[i] && i > 0) result += '_';
      result += c;
    }
    if ((*match)[2].length() > 0) result.append(" ").append((*match)[2]);
    rest = text.begin() + match->position() + match->length();
  }
  return result.append(rest, text.end());
}

std::string as_typed(std::string text, const std::vector<std::string>& options) {
  const auto has = [&](const std::string& option) {
    return option.empty() || std::find(options.begin(), options.end(), option) != options.end();
  };
  for (const Saying& saying : sayings())
    for (std::size_t at = 0;
         has(saying.option) && (saying.lacking.empty() || !has(saying.lacking)) && (at = text.find(saying.code, at)) != text.npos;
         at += saying.text.size())
      text.replace(at, saying.code.size(), saying.text);
  return has("--layers") ? with_layers(text) : text;
}

// Without what is in quotes, such as names of columns. An apostrophe within a word is none.
std::string unquoted(const std::string& text) {
  static const std::regex quoted(R"((^|[\s(=,])'[^']*')");
  return std::regex_replace(text, quoted, "$1");
}

bool only_in_code(const std::string& whole) {
  const std::string text = unquoted(whole);
  static const std::regex code(R"((^|[^=\w])[A-Za-z_]\w*\(|::|&\w|View\{\}|\bload_weights\b)");
  return std::regex_search(text, code) || std::regex_search(text, member());
}

// Whether the words are a clause that belongs to what stands before it: ", which keeps proportions".
bool is_clause(const std::string& words) {
  static const std::regex clause(R"(^(which|who|that|where|with|by|in|for|if|as|and|so|of|at|to)\b)");
  return std::regex_search(words, clause);
}

// What stands between commas, those within brackets and quotes not counted, each with its clause.
std::vector<std::string> alternatives(const std::string& remedy) {
  std::vector<std::string> parts(1), all;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < remedy.size(); ++i) {
    if (remedy[i] == '\'') quoted = !quoted && (i == 0 || std::string_view(" (=,").find(remedy[i - 1]) != std::string_view::npos);
    if (!quoted) depth += (remedy[i] == '(' || remedy[i] == '{') - (remedy[i] == ')' || remedy[i] == '}');
    if (depth == 0 && !quoted && remedy.compare(i, 2, ", ") == 0)
      parts.emplace_back(), ++i;
    else
      parts.back() += remedy[i];
  }
  for (std::string& one : parts)
    if (is_clause(one) && !all.empty())
      all.back() += ", " + one;
    else
      all.push_back(one.starts_with("or ") ? one.substr(3) : std::move(one));
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
  const std::string text = with_options(as_typed(remedy, options), options);
  if (!only_in_code(text)) return text;
  std::vector<std::string> kept;
  for (std::string& one : alternatives(text))
    if (!only_in_code(one)) kept.push_back(std::move(one));
  std::string result;
  for (std::size_t i = 0; i < kept.size(); ++i) result += (i == 0 ? "" : i + 1 == kept.size() ? " or " : ", ") + kept[i];
  return result;
}

}  // namespace apps
