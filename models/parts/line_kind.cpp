#include "cambium/models/parts/line_kind.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/letters.h"

namespace cambium::models::line {
namespace {

// As people type them, without '_', to the name of the kind.
constexpr std::array<std::pair<const char*, const char*>, 14> others{{{"conv", "conv2d"},
                                                                      {"linear", "dense"},
                                                                      {"fc", "dense"},
                                                                      {"pool", "max_pool2d"},
                                                                      {"maxpool", "max_pool2d"},
                                                                      {"avgpool", "global_avg_pool"},
                                                                      {"globalpool", "global_avg_pool"},
                                                                      {"sigmoid", "logistic"},
                                                                      {"clamp", "activation_clamp"},
                                                                      {"bn", "batch_norm"},
                                                                      {"batchnorm2d", "batch_norm"},
                                                                      {"batchnorm1d", "batch_norm"},
                                                                      {"rmsnorm", "layer_scaling"},
                                                                      {"scale", "affine"}}};

// Letters and digits, all small: BatchNorm is batch_norm.
std::string plain(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (c != '_') text += small(c);
  return text;
}

bool takes(const Layer& layer, std::size_t inputs) {
  for (const Shape& shape : {Shape{8}, Shape{2, 8, 8}}) {
    try {
      const std::vector<Shape> shapes(inputs, shape);
      layer.plan({.in = shapes, .batch = 2, .mode = Mode::evaluate});
      return true;
    } catch (const Error&) {  // perhaps the other one
    }
  }
  return false;
}

}  // namespace

const Option* Options::find(const std::string& name) const {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Option& option) { return option.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> Options::names() const {
  std::vector<std::string> names;
  for (const Option& option : all) names.push_back(option.name);
  return names;
}

const Kind* find_kind(const std::string& name) {
  const auto named = [](const std::string& wanted) {
    const auto found = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& kind) { return plain(kind.name) == wanted; });
    return found == kinds().end() ? nullptr : &*found;
  };
  const std::string typed = plain(name);
  if (const Kind* kind = named(typed)) return kind;
  for (const auto& [other, kind] : others)
    if (typed == other) return named(plain(kind));
  return nullptr;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds())
    if (!kind.joins) names.push_back(kind.name);
  return names;
}

std::vector<std::string> other_names() {
  std::vector<std::string> names;
  for (const auto& [other, kind] : others) names.emplace_back(other);
  return names;
}

bool takes_several(const Layer& layer) { return !takes(layer, 1) && takes(layer, 2); }

}  // namespace cambium::models::line
