// What a line of layers knows of a kind of layer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/layer.h"

namespace cambium::models::line {

struct Option {
  std::string name;      // "kernel"
  std::string standard;  // its default value; "" where it has none, or where that follows from the layer's number
  std::string wanted;    // "a size, 3 or 3x5"
  bool is_flag = false;
  bool takes_number = false;  // so that "k5" may stand for it
};

struct Options {
  std::vector<Option> all;
  bool (*reads)(const Field& field) = nullptr;  // whether it could be set so

  const Option* find(const std::string& name) const;
  std::vector<std::string> names() const;
};

struct Kind {
  std::string name;
  Options options;            // in the order of describe()
  bool needs_number = false;  // the constructor's first argument, which is the first option here
  bool takes_number = false;  // the first option may be written as a number alone
  std::vector<Field> preset;  // what for_input sets; empty: there is none
  bool joins = false;         // takes several inputs
  std::shared_ptr<const Layer> (*make)(const std::vector<Field>& fields) = nullptr;
  bool (*is)(const Layer& layer) = nullptr;  // of this class, and no other
};

// Of every layer in layers/, in the order of their files. Generated: cmake/layer_list.cmake.
const std::vector<Kind>& kinds();

// By the kind's name, or by one that others use for it; null where there is none.
const Kind* find_kind(const std::string& name);
std::vector<std::string> kind_names();   // those that have a place in a line
std::vector<std::string> other_names();  // conv, pool, ...

bool takes_several(const Layer& layer);  // two inputs, and no single one

}  // namespace cambium::models::line
