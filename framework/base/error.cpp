#include "cambium/framework/base/error.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "cambium/framework/base/letters.h"
#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

constexpr std::size_t most_remedy = 300;  // columns; with the problem, a screen of 24 lines

}  // namespace

Error::Error(const std::string& problem, const std::string& remedy)
    : std::runtime_error(screenful(problem) + (remedy.empty() ? "" : "; try " + screenful(remedy, most_remedy))),
      problem_(screenful(problem)),
      remedy_(screenful(remedy, most_remedy)) {}

namespace {

// Without blanks, and with small letters in the place of capitals.
std::string plain(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (c != ' ' && c != '\t') text += small(c);
  return text;
}

}  // namespace

std::string same_but_for_case(const std::string& typed, std::span<const std::string> names) {
  const std::string wanted = plain(typed);
  for (const std::string& name : names)
    if (!name.empty() && plain(name) == wanted) return " (did you mean " + in_quotes(name) + "?)";
  return "";
}

namespace {

// Whether a name is what was typed, at least three letters, and then something that is neither letter nor digit: 'price (EUR)'.
bool goes_on(const std::string& name, const std::string& typed) {
  if (typed.size() < 3 || name.size() <= typed.size()) return false;
  const unsigned char next = static_cast<unsigned char>(name[typed.size()]);
  const bool in_word =
      next >= 0x80 || (small(name[typed.size()]) >= 'a' && small(name[typed.size()]) <= 'z') || (next >= '0' && next <= '9');
  return !in_word && std::equal(typed.begin(), typed.end(), name.begin(), [](char a, char b) { return small(a) == small(b); });
}

// The one name that goes on so; none where there are several.
const std::string* longer(const std::string& typed, std::span<const std::string> names) {
  const std::string* found = nullptr;
  for (const std::string& name : names)
    if (goes_on(name, typed)) {
      if (found != nullptr) return nullptr;
      found = &name;
    }
  return found;
}

}  // namespace

std::string did_you_mean(const std::string& typed, std::span<const std::string> names) {
  if (std::string same = same_but_for_case(typed, names); !same.empty()) return same;
  const std::string* best = nullptr;
  std::size_t best_distance = 1 + typed.size() / 2;
  std::size_t work = 20'000'000;  // letters compared, about 50 ms
  for (const std::string& name : names) {
    // The distance is at least the difference in length.
    if (std::max(name.size(), typed.size()) - std::min(name.size(), typed.size()) >= best_distance) continue;
    const std::size_t cost = (name.size() + 1) * (typed.size() + 1);
    if (cost > work) break;
    work -= cost;
    if (const auto d = static_cast<std::size_t>(edit_distance(typed, name)); d < best_distance) best = &name, best_distance = d;
  }
  if (best == nullptr) best = longer(typed, names);
  return best == nullptr || best->empty() ? "" : " (did you mean " + in_quotes(*best) + "?)";
}

int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);  // row[j]: distance between the first i letters of a and the first j of b
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace cambium
