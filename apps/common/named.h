// One of several things that have a name.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cambium/models/recipe.h"

namespace apps {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  for (const T& one : all) names.push_back(one.name);
  return names;
}

// The names between commas; what is empty is a name too, and no known one.
inline std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0, end = 0; at <= text.size(); at = end + 1) {
    end = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, end - at));
  }
  return names;
}

// Throws cambium::Error for an unknown name, with the closest one: "no <what> is named ...".
template <class T>
const T& named(const std::string& what, const std::string& name, const std::vector<T>& all) {
  cambium::models::check_name(what, name, names_of(all));
  return *std::ranges::find(all, name, &T::name);
}

}  // namespace apps
