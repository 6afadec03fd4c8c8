#include "tests/plot/xml.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "cambium/framework/base/text.h"

namespace cambium_tests {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == ':' || c == '_'; }

class Checker {
 public:
  Checker(const std::string& text, const std::vector<std::string>& open) : text_(text), may_stay_open_(open) {}

  std::string fault() {
    if (text_.rfind("<!DOCTYPE html>", 0) == 0) at_ = 15;
    while (fault_.empty() && at_ < text_.size()) text_[at_] == '<' ? tag() : character(false);
    if (fault_.empty() && !elements_.empty()) fail("<" + elements_.back() + "> is not closed");
    return fault_;
  }

 private:
  void fail(const std::string& what) {
    if (fault_.empty()) fault_ = what + " at " + std::to_string(at_) + ": " + text_.substr(at_ > 20 ? at_ - 20 : 0, 60);
  }

  bool next_is(char c) { return at_ < text_.size() && text_[at_] == c; }
  void take(char c) { next_is(c) ? static_cast<void>(++at_) : fail(std::string("there is no ") + c); }

  std::string name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    if (at_ == start) fail("there is no name");
    return text_.substr(start, at_ - start);
  }

  void character(bool in_attribute) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) fail("a control character");
    if (c == '<') fail("a < within");
    if (c == '>' && !in_attribute && (elements_.empty() || elements_.back() != "style")) fail("a > within");
    if (c == '&') {
      static const std::set<std::string> known = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
      const std::size_t end = text_.find(';', at_);
      if (end == std::string::npos || !known.contains(text_.substr(at_, end + 1 - at_))) fail("an & of no entity");
    }
    ++at_;
  }

  void tag() {
    take('<');
    const bool closing = next_is('/');
    if (closing) ++at_;
    const std::string element = name();
    if (closing) {
      if (elements_.empty() || elements_.back() != element) return fail("</" + element + "> closes what is not open");
      elements_.pop_back();
      return take('>');
    }
    std::set<std::string> attributes;
    while (next_is(' ')) {
      ++at_;
      if (!attributes.insert(name()).second) fail("an attribute that comes twice");
      take('=');
      take('"');
      while (fault_.empty() && at_ < text_.size() && text_[at_] != '"') character(true);
      take('"');
    }
    const bool empty = next_is('/');
    if (empty) ++at_;
    take('>');
    if (!empty && std::find(may_stay_open_.begin(), may_stay_open_.end(), element) == may_stay_open_.end())
      elements_.push_back(element);
  }

  const std::string& text_;
  const std::vector<std::string>& may_stay_open_;
  std::size_t at_ = 0;
  std::vector<std::string> elements_ = {};
  std::string fault_ = {};
};

}  // namespace

std::string xml_fault(const std::string& text, const std::vector<std::string>& open) {
  return cambium::is_utf8(text) ? Checker(text, open).fault() : "is no UTF-8";
}

std::vector<std::string> contents_of(const std::string& text, const std::string& element) {
  std::vector<std::string> all;
  for (std::size_t at = 0; (at = text.find("<" + element, at)) != std::string::npos;) {
    const std::size_t end = text.find('>', at);
    if (is_name(text[at + 1 + element.size()]) || text[end - 1] == '/') {
      ++at;
      continue;
    }
    const std::size_t close = text.find("</" + element + ">", end);
    all.push_back(text.substr(end + 1, close - end - 1));
    at = close;
  }
  return all;
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

}  // namespace cambium_tests
