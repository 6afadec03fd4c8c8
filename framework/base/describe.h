// How objects tell what they are: a kind, and its options as names and texts.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cambium {

struct Field {
  std::string name, value;
};

struct Description {
  std::string kind;
  std::vector<Field> fields;

  std::string str() const;         // "conv2d (filters 16, kernel 5, stride 1)"
  std::string fields_str() const;  // "filters 16, kernel 5, stride 1"
};

std::string text_of(bool value);
std::string text_of(int value);
std::string text_of(std::uint64_t value);
std::string text_of(double value);
inline std::string text_of(const std::string& value) { return value; }
inline std::string text_of(const char* value) { return value; }
template <class T>
requires requires(const T& value) {
  { value.str() } -> std::convertible_to<std::string>;
}
std::string text_of(const T& value) { return value.str(); }

// Options are plain structs with one `template <class V> void fields(V&& visit)`, which calls visit(name, member) for each.
template <class Options>
Description describe_options(std::string kind, Options options) {
  Description description{std::move(kind), {}};
  options.fields([&](const char* field, auto& value) { description.fields.push_back({field, text_of(value)}); });
  return description;
}

}  // namespace cambium
