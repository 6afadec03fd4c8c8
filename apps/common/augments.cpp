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
int pixels(double amount) { return static_cast<int>(std::clamp<double>(amount, INT_MIN, INT_MAX)); }

struct Entry {
  const char* name;
  double usual;
  const char* about;
  void (*add)(Augments& to, double amount);
};

const Entry entries[] = {
    {"shift", 2, "by whole pixels", [](Augments& to, double a) { to.add(Shift({.pixels = pixels(a)})); }},
    {"flip", 0.5, "left and right change places, with this probability",
     [](Augments& to, double a) { to.add(Flip({.probability = a})); }},
    {"crop", 4, "padded by so many pixels, cut back somewhere",
     [](Augments& to, double a) { to.add(RandomCrop({.padding = pixels(a)})); }},
    {"rotate", 10, "by degrees, either way", [](Augments& to, double a) { to.add(Rotate({.degrees = a})); }},
    {"scale", 0.1, "larger or smaller by this share", [](Augments& to, double a) { to.add(Scale({.low = 1 - a, .high = 1 + a})); }},
    {"elastic", 34, "bent, alpha of Simard 2003", [](Augments& to, double a) { to.add(Elastic({.alpha = a})); }},
    {"noise", 0.1, "of this deviation", [](Augments& to, double a) { to.add(Noise({.deviation = a})); }},
    {"cutout", 8, "a square of this side is covered", [](Augments& to, double a) { to.add(Cutout({.size = pixels(a)})); }},
    {"mixup", 0.2, "two samples in one, alpha of Zhang 2018", [](Augments& to, double a) { to.add(Mixup({.alpha = a})); }},
};

void add(Augments& to, const std::string& option, const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  models::check_name("augmentation", name, names);
  const Entry& entry = *std::ranges::find(entries, name, [](const Entry& one) { return std::string(one.name); });
  try {
    entry.add(to, equals == std::string::npos ? entry.usual : number<double>(option + ' ' + name, word.substr(equals + 1)));
  } catch (const Error& error) {
    throw Error(option + ": " + error.problem(), option + ' ' + name + '=' + text_of(entry.usual));
  }
}

}  // namespace

Augments augments_of(const std::string& option, const std::string& text) {
  if (!text.empty() && text.find_first_not_of("-0123456789") == std::string::npos) {
    const int amount = number<int>(option, text);
    check_range<int>(option, amount, {0, INT_MAX, "2"});
    return amount == 0 ? Augments() : Augments(Shift({.pixels = amount}));
  }
  Augments augments;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, end - at);
    std::erase(word, ' ');
    add(augments, option, word);
    at = end + 1;
  }
  return augments;
}

std::string augment_help() {
  std::string text;
  for (const Entry& entry : entries) text += (text.empty() ? "" : ", ") + std::string(entry.name) + '=' + text_of(entry.usual);
  return text;
}

}  // namespace apps
