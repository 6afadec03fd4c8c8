// JSON as values: for what a file says of itself in a few kilobytes.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/one_of.h"

namespace cambium {

// Null, true or false, a number, a text, a list, or fields in the order in which they stand, each name once.
struct Json {
  using List = std::vector<Json>;
  using Fields = std::vector<std::pair<std::string, Json>>;
  OneOf<std::nullptr_t, bool, double, std::string, List, Fields> value;

  Json() = default;
  Json(bool v) : value(v) {}
  Json(double v) : value(v) {}
  Json(std::string v) : value(std::move(v)) {}
  Json(const char* v) : value(std::string(v)) {}
  Json(List v) : value(std::move(v)) {}
  Json(Fields v) : value(std::move(v)) {}

  // Null where the value is of another kind.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  const Json* field(const std::string& name) const;  // null where there is none
  std::string kind() const;                          // "a list", for messages
};

// Reads the whole text. Errors begin with `who`: no JSON (with the byte), nested deeper than 16, a name twice, a number beyond the
// largest double. Memory is in proportion to the text, whatever stands in it.
Json parse_json(const std::string& text, const std::string& who);

// On one line. Numbers are written with the digits that read back as the same double. Errors begin with `who`: text that is not
// UTF-8, a number that is not finite.
std::string json_text(const Json& json, const std::string& who);

}  // namespace cambium
