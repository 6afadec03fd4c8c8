#include "tests/structure/functions.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <string_view>

namespace cambium_tests {
namespace {

struct Token {
  std::string text;  // of a string or a character: "\""
  int line;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Token> tokens() {
    std::vector<Token> all;
    while (skip_blanks(), at_ < text_.size()) {
      const int line = line_;
      if (std::string token = next(); !token.empty()) all.push_back({std::move(token), line});
    }
    return all;
  }

 private:
  bool here(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  bool letter(std::size_t i) const {
    return i < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[i])) != 0 || text_[i] == '_');
  }

  void move_to(std::size_t end) {
    end = std::min(end, text_.size());
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<long>(at_), text_.begin() + static_cast<long>(end), '\n'));
    at_ = end;
  }
  void move_behind(std::string_view what, std::size_t from) {
    const std::size_t found = text_.find(what, from);
    move_to(found == text_.npos ? found : found + what.size());
  }

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) move_to(at_ + 1);
  }

  // "" for a comment or a line of the preprocessor.
  std::string next() {
    if (here("//")) return move_behind("\n", at_), "";
    if (here("/*")) return move_behind("*/", at_ + 2), "";
    if (here("#")) return skip_directive(), "";
    if (letter(at_)) return word();
    if (here("\"") || here("'")) return quoted(text_[at_]);
    for (const std::string_view pair : {"::", "->", "==", "!=", "<=", ">=", "+=", "-=", "&&"})
      if (here(pair)) return move_to(at_ + 2), std::string(pair);
    move_to(at_ + 1);
    return std::string(1, text_[at_ - 1]);
  }

  void skip_directive() {
    for (bool goes_on = true; goes_on && at_ < text_.size();) {
      const std::size_t end = text_.find('\n', at_);
      goes_on = end != text_.npos && end > at_ && text_[end - 1] == '\\';
      move_to(end == text_.npos ? end : end + 1);
    }
  }

  std::string word() {
    std::size_t end = at_;
    const bool number = std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    while (letter(end) || (number && end < text_.size() && text_[end] == '\'' && letter(end + 1))) ++end;
    const std::string text(text_.substr(at_, end - at_));
    const bool raw = text.back() == 'R' && text.size() <= 3 && text_.substr(end, 1) == "\"";
    move_to(end);
    if (!raw) return text;
    const std::size_t open = text_.find('(', at_);
    move_behind(")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"", open);
    return "\"";
  }

  std::string quoted(char mark) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != mark) end += text_[end] == '\\' ? 2 : 1;
    move_to(end + 1);
    return "\"";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

// What stands before a brace, from the end of the statement before it.
class Head {
 public:
  void add(Token token) {
    if (token.text == "(" || token.text == "[") ++depth_;
    if (token.text == ")" || token.text == "]") --depth_;
    tokens_.push_back(std::move(token));
    const bool access = tokens_.size() == 2 && token_at(1) == ":" && one_of(token_at(0), {"public", "private", "protected"});
    if (access) clear();
  }
  void clear() { tokens_.clear(), depth_ = 0; }

  enum class Opens { scope, function, initializer };
  Opens opens() const {
    if (depth_ > 0) return Opens::initializer;  // of an argument
    const std::size_t begin = behind_template();
    if (begin == tokens_.size() || in_head(begin, "namespace")) return Opens::scope;
    const std::string& last = tokens_.back().text;
    if (token_at(begin) == "extern" && last == "\"") return Opens::scope;
    if (is_class(begin)) return Opens::scope;
    if (const std::size_t equals = assigned(begin); equals < tokens_.size())
      return token_at(equals + 1) == "[" ? Opens::function : Opens::initializer;
    if (last == "requires" || (last == ")" && before_group() == "requires")) return Opens::initializer;
    const bool ends_so = one_of(last, {")", "}", "const", "noexcept", "override", "final", "mutable", "&", "&&", "try"});
    return ends_so || in_head(begin, "->") ? Opens::function : Opens::initializer;
  }

  int first_line() const { return tokens_.front().line; }

  std::string name() const {
    const std::size_t begin = behind_template(), end = std::min(outside("=", begin), outside("(", begin));
    return end > 0 ? token_at(end - 1) : "";
  }

 private:
  const std::string& token_at(std::size_t i) const {
    static const std::string none;
    return i < tokens_.size() ? tokens_[i].text : none;
  }
  static bool one_of(const std::string& text, const std::set<std::string>& all) { return all.contains(text); }

  // Outside of parentheses.
  std::size_t outside(const std::string& text, std::size_t from) const {
    for (int depth = 0; from < tokens_.size(); ++from) {
      if (depth == 0 && token_at(from) == text) break;
      if (one_of(token_at(from), {"(", "["})) ++depth;
      if (one_of(token_at(from), {")", "]"})) --depth;
    }
    return from;
  }
  bool in_head(std::size_t from, const std::string& text) const { return outside(text, from) < tokens_.size(); }

  // The first token that belongs to no template<...>.
  std::size_t behind_template() const {
    std::size_t i = 0;
    while (token_at(i) == "template" && token_at(i + 1) == "<") {
      int angles = 0;
      for (++i; i < tokens_.size(); ++i) {
        if (token_at(i) == "<") ++angles;
        if (token_at(i) == ">" && --angles == 0) break;
      }
      i = std::min(i + 1, tokens_.size());
    }
    return i;
  }

  bool is_class(std::size_t from) const {
    while (one_of(token_at(from), {"static", "constexpr", "const", "inline", "typedef", "friend"})) ++from;
    if (!one_of(token_at(from), {"class", "struct", "union", "enum"}) || in_head(from, "=")) return false;
    const std::size_t group = outside("(", from);  // a function may return a struct
    return group == tokens_.size() || token_at(group - 1) == "alignas" || in_head(from, ":");
  }

  // The '=' of a variable; that of operator= is none.
  std::size_t assigned(std::size_t from) const {
    const std::size_t found = outside("=", from);
    return found < tokens_.size() && found > 0 && token_at(found - 1) == "operator" ? outside("=", found + 1) : found;
  }

  // The token before the parentheses that end here.
  const std::string& before_group() const {
    std::size_t i = tokens_.size();
    for (int depth = 0; i-- > 0;) {
      if (token_at(i) == ")") ++depth;
      if (token_at(i) == "(" && --depth == 0) break;
    }
    return i == 0 ? token_at(tokens_.size()) : token_at(i - 1);
  }

  std::vector<Token> tokens_;
  int depth_ = 0;
};

// Of the one at `open`.
std::size_t closing_brace(const std::vector<Token>& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].text == "{") ++depth;
    if (tokens[i].text == "}" && --depth == 0) return i;
  }
  throw std::runtime_error("a brace is not closed");
}

}  // namespace

std::vector<FunctionLines> functions_of(const std::string& source) {
  const std::vector<Token> tokens = Reader(source).tokens();
  std::vector<FunctionLines> found;
  Head head;
  int scopes = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& text = tokens[i].text;
    if (text == "}" && --scopes < 0) throw std::runtime_error("a brace is closed that was not opened");
    if (text == ";" || text == "}") {
      head.clear();
    } else if (text != "{") {
      head.add(tokens[i]);
    } else if (const Head::Opens opens = head.opens(); opens == Head::Opens::scope) {
      ++scopes;
      head.clear();
    } else {
      i = closing_brace(tokens, i);
      if (opens == Head::Opens::initializer) {
        head.add(tokens[i]);
      } else {
        found.push_back({head.name(), head.first_line(), tokens[i].line});
        head.clear();
      }
    }
  }
  if (scopes > 0) throw std::runtime_error("a brace is not closed");
  return found;
}

}  // namespace cambium_tests
