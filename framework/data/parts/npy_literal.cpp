#include "cambium/framework/data/parts/npy_literal.h"

#include <fmt/format.h>

#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

constexpr std::size_t most_sizes = 32;  // as in numpy

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class LiteralReader {
 public:
  LiteralReader(const std::string& who, std::string_view text) : who_(who), text_(text) {}

  NpyLiteral read() {
    NpyLiteral literal;
    expect('{', "a dictionary");
    while (!take('}')) {
      read_entry(literal);
      if (take('}')) break;
      expect(',', "a comma");
    }
    skip_space();
    if (at_ < text_.size()) unexpected("nothing more");
    for (std::size_t key = 0; key < std::size(keys); ++key)
      if (!seen_[key]) fail(fmt::format("its header has no '{}'", keys[key]));
    return literal;
  }

 private:
  static constexpr const char* keys[] = {"descr", "fortran_order", "shape"};

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r\f").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "getting the file again") const {
    throw Error(who_ + ": " + problem, remedy);
  }

  [[noreturn]] void unexpected(const std::string& expected) const {
    const std::string found = at_ == text_.size() ? "its end" : in_quotes(text_.substr(at_, 20));
    fail(fmt::format("its header is not what numpy writes: {} stands at byte {} of {}, where {} should", found, at_, text_.size(),
                     expected));
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted, const char* what) {
    if (!take(wanted)) unexpected(what);
  }

  void read_entry(NpyLiteral& literal) {
    const std::string name = read_string("a name in quotes");
    std::size_t key = 0;
    while (key < std::size(keys) && name != keys[key]) ++key;
    if (key == std::size(keys)) fail(fmt::format("its header has {}, which the format has not", in_quotes(name)));
    if (seen_[key]) fail(fmt::format("its header has '{}' twice", name));
    seen_[key] = true;
    expect(':', "a colon");
    if (key == 0)
      literal.type = read_type();
    else if (key == 1)
      literal.fortran_order = read_bool();
    else
      literal.sizes = read_sizes();
  }

  // Without backslashes: no name and no type of numbers has one.
  std::string read_string(const char* what) {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') unexpected(what);
    const std::size_t end = text_.find_first_of(std::string{quote, '\\', '\n'}, at_ + 1);
    if (end == std::string_view::npos || text_[end] != quote) unexpected("a text in quotes");
    const std::string text(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return text;
  }

  std::string read_type() {
    if (take('['))
      fail("holds records of several fields, and arrays of numbers can be read",
           "one array for each field: np.save(path, x['field'])");
    return read_string("a type in quotes");
  }

  bool read_bool() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      if (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '_')) unexpected("a comma");
      return value;
    }
    unexpected("True or False");
  }

  std::vector<std::int64_t> read_sizes() {
    std::vector<std::int64_t> sizes;
    expect('(', "a tuple of sizes");
    for (bool comma = false; !take(')');) {
      if (!sizes.empty() && !comma) unexpected("a comma");
      if (sizes.size() == most_sizes) fail(fmt::format("has more than {} sizes, and numpy knows no such array", most_sizes));
      sizes.push_back(read_size());
      comma = take(',');
      if (sizes.size() == 1 && !comma) unexpected("a comma, as in (3,),");
    }
    return sizes;
  }

  std::int64_t read_size() {
    skip_space();
    const std::size_t start = at_;
    std::int64_t size = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      const int digit = text_[at_] - '0';
      if (size > (std::numeric_limits<std::int64_t>::max() - digit) / 10) at_ = start, unexpected("a size below 2^63");
      size = size * 10 + digit;
    }
    if (at_ == start || (text_[start] == '0' && at_ > start + 1)) at_ = start, unexpected("a size");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
    return size;
  }

  const std::string& who_;
  const std::string_view text_;
  std::size_t at_ = 0;
  bool seen_[std::size(keys)] = {};
};

}  // namespace

NpyLiteral parse_npy_literal(const std::string& who, std::string_view text) { return LiteralReader(who, text).read(); }

}  // namespace cambium
