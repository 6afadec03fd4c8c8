#include "cambium/models/parts/line_values.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace cambium::models::line {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == text.npos ? "" : text.substr(from, to + 1 - from);
}

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(separator, from)) != text.npos; from = at + 1)
    parts.push_back(trimmed(text.substr(from, at - from)));
  parts.push_back(trimmed(text.substr(from)));
  return parts;
}

// What stands in the brackets of "[1, 2]" or "(1)", when the text is nothing else.
std::optional<std::string> inside(const std::string& text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

}  // namespace

bool is_finite(double value) { return std::isfinite(value); }

bool read_text(const std::string& text, bool& value) {
  const auto is = [&](std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
  };
  if (is({"true", "yes", "on", "1"})) return value = true, true;
  if (is({"false", "no", "off", "0"})) return value = false, true;
  return false;
}

bool read_text(const std::string& text, Size2& value) {
  const std::vector<std::string> sizes = parts_of(text, 'x');
  int height = 0, width = 0;
  if (sizes.size() > 2 || !read_text(sizes.front(), height) || !read_text(sizes.back(), width)) return false;
  value = {height, width};
  return true;
}

bool read_text(const std::string& text, Initializer& value) {
  const std::size_t bracket = std::min(text.find('('), text.size());
  const std::string name = text.substr(0, bracket), end = Initializer{static_cast<Initializer::Kind>(-1)}.str();
  for (int kind = 0;; ++kind) {
    Initializer rule{static_cast<Initializer::Kind>(kind)};
    const std::string said = rule.str();
    if (said == end) return false;
    if (said.substr(0, said.find('(')) != name) continue;
    if ((said.find('(') != said.npos) != (bracket < text.size())) return false;
    if (const auto number = inside(text.substr(bracket), '(', ')'); bracket < text.size())
      if (!number || !read_text(trimmed(*number), rule.value)) return false;
    value = rule;
    return true;
  }
}

bool read_text(const std::string& text, Ramp& value) {
  double always = 0;
  if (read_text(text, always)) return value = Ramp(always), true;
  const auto list = inside(text, '[', ']');
  if (!list) return false;
  std::vector<Ramp::Point> points;
  for (const std::string& part : parts_of(*list, ',')) {
    const std::vector<std::string> pair = parts_of(part, ':');
    Ramp::Point point{};
    if (pair.size() != 2 || !read_text(pair[0], point.step) || !read_text(pair[1], point.value)) return false;
    points.push_back(point);
  }
  value = Ramp(std::move(points));
  return true;
}

bool read_text(const std::string& text, StreamMix& value) {
  const auto list = inside(text, '[', ']');
  if (!list) return false;
  const std::vector<std::string> parts = parts_of(*list, ',');
  StreamMix mix;
  if (parts.size() != 3 || !read_text(parts[0], mix.long_term) || !read_text(parts[1], mix.short_term) ||
      !read_text(parts[2], mix.current))
    return false;
  value = mix;
  return true;
}

std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "one of " : ", ") + name;
  return text;
}

std::string wanted(bool) { return "true or false"; }
std::string wanted(const Size2&) { return "a size, 3 or 3x5 (height x width)"; }
std::string wanted(const Initializer&) {
  std::vector<std::string> names;
  const std::string end = Initializer{static_cast<Initializer::Kind>(-1)}.str();
  for (int kind = 0;; ++kind) {
    const std::string name = Initializer{static_cast<Initializer::Kind>(kind), 0.05}.str();
    if (name == end) return one_of(names);
    names.push_back(name);
  }
}
std::string wanted(const Ramp&) { return "a number, or points such as [5000: 1, 40000: 3]"; }
std::string wanted(const StreamMix&) { return "three weights, [long, short, current]"; }

}  // namespace cambium::models::line
