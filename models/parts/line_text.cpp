#include "cambium/models/parts/line_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "cambium/framework/base/text.h"
#include "cambium/models/line.h"
#include "cambium/models/parts/line_kind.h"

namespace cambium::models::line {
namespace {

constexpr std::size_t word_limit = 1000, depth_limit = 8;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_one_of(char c, std::string_view these) { return these.find(c) != these.npos; }

class Splitter {
 public:
  explicit Splitter(const std::string& line) : line_(line) {}

  LineText whole() {
    sequence(0);
    if (!end()) throw here("a bracket is closed that was not opened", "the line without it");
    return std::move(text_);
  }

 private:
  bool end() const { return at_ == line_.size(); }
  char next() const { return line_[at_]; }
  Error here(const std::string& problem, const std::string& remedy) const { return at_column(at_ + 1, problem, remedy); }
  void skip_blanks() { at_ = after_blanks(at_); }
  std::size_t after_blanks(std::size_t at) const {
    while (at < line_.size() && is_blank(line_[at])) ++at;
    return at;
  }

  void sequence(std::size_t depth) {
    for (;; ++at_) {
      skip_blanks();
      item(depth);
      skip_blanks();
      if (end() || next() == ')') return;
      if (next() != ',') throw here("there is no comma after the bracket", "3x(conv 16, relu), flatten");
    }
  }

  void item(std::size_t depth) {
    if (end()) throw here("the line ends where a layer should stand", "a layer there");
    if (is_one_of(next(), ",)"))
      throw here(std::string("there is no layer before this '") + next() + "'", "one comma between two layers");
    if (next() == '(') throw here("a bracket without a number of times", "2x(conv 16, relu)");
    const std::size_t opening = opening_of_repetition();
    if (opening == 0) return layer();
    repeat(opening, depth);
  }

  // Where the bracket stands, if what comes is "3x(", or 0.
  std::size_t opening_of_repetition() const {
    std::size_t at = at_;
    while (at < line_.size() && is_digit(line_[at])) ++at;
    if (at == at_) return 0;
    at = after_blanks(at);
    if (at == line_.size() || !is_one_of(line_[at], "xX*")) return 0;
    at = after_blanks(at + 1);
    return at < line_.size() && line_[at] == '(' ? at : 0;
  }

  void repeat(std::size_t opening, std::size_t depth) {
    const std::size_t start = at_, before = text_.order.size();
    std::size_t times = 0;
    for (; is_digit(next()); ++at_) times = std::min(times * 10 + static_cast<std::size_t>(next() - '0'), layer_limit + 1);
    if (times == 0) throw at_column(start + 1, "a bracket that comes 0 times", "1 or more times");
    if (depth == depth_limit)
      throw at_column(start + 1, fmt::format("more than {} brackets inside each other", depth_limit), "fewer");
    at_ = opening + 1;
    sequence(depth + 1);
    if (end()) throw at_column(opening + 1, "this bracket is never closed", "')' at its end");
    ++at_;
    const std::size_t count = text_.order.size() - before;
    if (count * times + before > layer_limit) throw too_many(start);
    text_.order.reserve(before + count * times);
    for (std::size_t i = count; i < count * times; ++i) text_.order.push_back(text_.order[before + i - count]);
  }

  void layer() {
    if (text_.order.size() == layer_limit) throw too_many(at_);
    const std::size_t start = at_;
    LayerText layer{.text = "", .column = start + 1, .number = text_.order.size() + 1, .words = {}};
    std::size_t last = at_;
    for (; !end() && !is_one_of(next(), ",)"); skip_blanks()) {
      layer.words.push_back(word());
      last = at_;
    }
    layer.text = line_.substr(start, last - start);
    text_.order.push_back(text_.layers.size());
    text_.layers.push_back(std::move(layer));
  }

  Word word() {
    const std::size_t start = at_;
    if (is_one_of(next(), "=:")) return {std::string(1, line_[at_++]), start + 1};
    std::vector<std::size_t> open;
    for (; !end() && !(open.empty() && (is_blank(next()) || is_one_of(next(), ",)=:"))); ++at_) {
      if (is_one_of(next(), "([")) open.push_back(at_);
      if (!is_one_of(next(), ")]")) continue;
      if (open.empty()) throw here("a bracket is closed that was not opened", "the line without it");
      if ((line_[open.back()] == '(') != (next() == ')'))
        throw here("another bracket is closed than was opened", "( with ), [ with ]");
      open.pop_back();
    }
    if (!open.empty()) throw at_column(open.back() + 1, "this bracket is never closed", "')' or ']' at its end");
    if (at_ - start > word_limit)
      throw at_column(start + 1, fmt::format("a word of {} characters, and {} are the limit", at_ - start, word_limit),
                      "a shorter one");
    return {line_.substr(start, at_ - start), start + 1};
  }

  Error too_many(std::size_t at) const {
    return at_column(at + 1, fmt::format("here the model comes to more than {} layers", layer_limit), "fewer layers");
  }

  const std::string& line_;
  std::size_t at_ = 0;
  LineText text_;
};

}  // namespace

LineText split(const std::string& line) {
  if (line.size() > line_limit)
    throw Error(fmt::format("a line of {} characters, and {} are the limit for a model as a line", line.size(), line_limit),
                "a shorter line, or the model in C++");
  for (std::size_t i = 0; i < line.size(); ++i)
    if (const auto c = static_cast<unsigned char>(line[i]); !is_blank(line[i]) && (c < 0x20 || c > 0x7e))
      throw at_column(i + 1,
                      fmt::format("the byte 0x{:02x} in {} is no character of plain ASCII", c,
                                  in_quotes(line.substr(i - std::min<std::size_t>(i, 8), 16))),
                      "letters, digits, '_', and the signs = : , ( ) [ ]");
  if (std::all_of(line.begin(), line.end(), is_blank)) throw Error("the line has no layers", "\"flatten, dense 10\"");
  return Splitter(line).whole();
}

Error at_column(std::size_t column, const std::string& problem, const std::string& remedy) {
  return Error(fmt::format("column {} of the line: {}", column, problem), remedy);
}

Error in_layer(const LayerText& layer, std::size_t column, const std::string& problem, const std::string& remedy) {
  return Error(fmt::format("column {} of the line, layer {} {}: {}", column, layer.number, in_quotes(layer.text), problem), remedy);
}

std::string in_line_words(const std::string& remedy) {
  static const std::regex set("(^|[ (])\\.([a-z][a-z_0-9]*) = "), named("(^|[ (])\\.([a-z])"), comma(", *");
  static const std::regex layer("([A-Za-z][A-Za-z0-9_]*)\\(([^(){}]*)\\)");
  std::string text = std::regex_replace(std::regex_replace(remedy, set, "$1$2="), named, "$1$2"), result;
  for (std::smatch found; std::regex_search(text, found, layer); text = found.suffix()) {
    const Kind* kind = find_kind(found[1]);
    const std::string inside = std::regex_replace(found[2].str(), comma, " ");
    result += found.prefix().str() + (kind == nullptr ? found.str() : kind->name + (inside.empty() ? "" : " ") + inside);
  }
  return result + text;
}

}  // namespace cambium::models::line
