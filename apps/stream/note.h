// Fields of what a saved stream says of itself.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"

namespace stream {

// None is believed unseen: the file may be an older one, or anybody's. Errors: a field that is not there, is of another kind, or
// holds what it cannot.
class Note {
 public:
  Note(const cambium::Json& json, std::string who) : json_(json), who_(std::move(who)) {}

  bool has(const char* name) const { return json_.field(name) != nullptr; }
  const cambium::Json& json(const char* name) const {
    if (const cambium::Json* field = json_.field(name)) return *field;
    fail(fmt::format("has no '{}'", name));
  }
  template <class T>
  const T& get(const char* name) const {
    if (const T* value = json(name).template as<T>()) return *value;
    fail(fmt::format("has {} for '{}'", json(name).kind(), name));
  }
  const std::string& text(const char* name) const { return get<std::string>(name); }
  std::int64_t whole(const char* name, double most = 0x1p53) const {
    const double number = get<double>(name);
    if (!(number >= 0 && number <= most) || number != static_cast<double>(static_cast<std::int64_t>(number)))
      fail(fmt::format("has {} for '{}', which is no whole number from 0 to {:.0f}", number, name, most));
    return static_cast<std::int64_t>(number);
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw cambium::Error(who_ + ": its note " + what, "another copy of the file");
  }

 private:
  const cambium::Json& json_;
  std::string who_;
};

}  // namespace stream
