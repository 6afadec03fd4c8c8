// The values of options from their texts: what text_of prints is read back, to the last bit.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/init.h"
#include "cambium/layers/normalization/ramp.h"
#include "cambium/layers/normalization/streams.h"
#include "cambium/layers/pooling/window2d.h"

namespace cambium::models::line {

// read_text(text, value) is false for a text that is no such value. A type beside a layer, in namespace cambium, may bring its own,
//   bool read_text(const std::string& text, Mine& value);
// and is then known in lines. wanted(value) says what was wanted.

template <class T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

bool is_finite(double value);

template <Number T>
bool read_text(const std::string& text, T& value) {
  T read{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (fault != std::errc() || end != text.data() + text.size()) return false;
  if constexpr (std::floating_point<T>)
    if (!is_finite(static_cast<double>(read))) return false;
  value = read;
  return true;
}
bool read_text(const std::string& text, bool& value);         // true, yes, on, 1, and their opposites
bool read_text(const std::string& text, Size2& value);        // "5", "3x5"
bool read_text(const std::string& text, Initializer& value);  // "he_normal", "uniform(0.05)"
bool read_text(const std::string& text, Ramp& value);         // "3", "[5000: 1, 40000: 3]"; throws what Ramp throws
bool read_text(const std::string& text, StreamMix& value);    // "[0.5, 0.5, 0]"

// What text_of calls the values 0, 1, 2, ... of an enumeration; any value beyond the last it calls as it called one before.
template <class E>
requires std::is_enum_v<E> std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    const std::string name = text_of(static_cast<E>(i));
    for (const std::string& before : names)
      if (before == name) return names;
    names.push_back(name);
  }
  return names;
}

template <class E>
requires std::is_enum_v<E>
bool read_text(const std::string& text, E& value) {
  const std::vector<std::string> names = names_of<E>();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return value = static_cast<E>(i), true;
  return false;
}

template <class T>
concept Readable = requires(const std::string& text, T& value) {
  { read_text(text, value) } -> std::same_as<bool>;
};

std::string one_of(const std::vector<std::string>& names);  // "one of channel, element, pooled"

template <class T>
std::string wanted(const T& value) {
  if constexpr (std::integral<T>)
    return std::is_unsigned_v<T> ? "a whole number from 0 on" : "a whole number below 2^" + std::to_string(sizeof(T) * 8 - 1);
  else if constexpr (std::floating_point<T>)
    return "a number";
  else if constexpr (std::is_enum_v<T>)
    return one_of(names_of<T>());
  else
    return "something like " + text_of(value);
}
std::string wanted(bool);
std::string wanted(const Size2&);
std::string wanted(const Initializer&);
std::string wanted(const Ramp&);
std::string wanted(const StreamMix&);

}  // namespace cambium::models::line
