#include "apps/common/augments.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <vector>

#include "apps/common/command_line.h"
#include "cambium/framework/data/augment/cutout.h"
#include "cambium/framework/data/augment/elastic.h"
#include "cambium/framework/data/augment/flip.h"
#include "cambium/framework/data/augment/noise.h"
#include "cambium/framework/data/augment/random_crop.h"
#include "cambium/framework/data/augment/rotate.h"
#include "cambium/framework/data/augment/scale.h"
#include "cambium/models/recipe.h"

namespace apps {
namespace {

using namespace cambium;
using Made = std::shared_ptr<const Augment>;

template <class A>
Made make(const A& augment) {
  return std::make_shared<const A>(augment);
}

int pixels(double amount) { return static_cast<int>(std::clamp<double>(amount, INT_MIN, INT_MAX)); }

struct Entry {
  const char* name;
  double usual;
  const char* about;
  Made (*make)(double amount);
};

const Entry entries[] = {
    {"shift", 2, "by whole pixels", [](double a) { return make(Shift({.pixels = pixels(a)})); }},
    {"flip", 0.5, "left and right change places, with this probability", [](double a) { return make(Flip({.probability = a})); }},
    {"crop", 4, "padded by so many pixels, cut back somewhere", [](double a) { return make(RandomCrop({.padding = pixels(a)})); }},
    {"rotate", 10, "by degrees, either way", [](double a) { return make(Rotate({.degrees = a})); }},
    {"scale", 0.1, "larger or smaller by this share", [](double a) { return make(Scale({.low = 1 - a, .high = 1 + a})); }},
    {"elastic", 34, "bent, alpha of Simard 2003", [](double a) { return make(Elastic({.alpha = a})); }},
    {"noise", 0.1, "of this deviation", [](double a) { return make(Noise({.deviation = a})); }},
    {"cutout", 8, "a square of this side is covered", [](double a) { return make(Cutout({.size = pixels(a)})); }},
};

Made made(const std::string& option, const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  models::check_name("augmentation", name, names);
  const Entry& entry = *std::ranges::find(entries, name, [](const Entry& one) { return std::string(one.name); });
  try {
    return entry.make(equals == std::string::npos ? entry.usual : number<double>(option + ' ' + name, word.substr(equals + 1)));
  } catch (const Error& error) {
    throw Error(option + ": " + error.problem(), option + ' ' + name + '=' + text_of(entry.usual));
  }
}

}  // namespace

Augments augments_of(const std::string& option, const std::string& text) {
  std::vector<Made> steps;
  if (!text.empty() && text.find_first_not_of("-0123456789") == std::string::npos) {
    const int amount = number<int>(option, text);
    check_range<int>(option, amount, {0, INT_MAX, "2"});
    return amount == 0 ? Augments() : Augments(Shift({.pixels = amount}));
  }
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, end - at);
    std::erase(word, ' ');
    steps.push_back(made(option, word));
    at = end + 1;
  }
  return Augments(std::move(steps));
}

std::string augment_help() {
  std::string text;
  for (const Entry& entry : entries) text += (text.empty() ? "" : ", ") + std::string(entry.name) + '=' + text_of(entry.usual);
  return text;
}

}  // namespace apps
