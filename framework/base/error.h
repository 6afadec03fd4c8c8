// The one exception of the framework.
#pragma once

#include <stdexcept>
#include <string>

namespace cambium {

// Thrown while building, planning, loading and at public entries, before anything moves; never inside a step.
// `problem` says who, what it got and what it needs; `remedy` is one thing to try. what() is "problem; try remedy".
class Error : public std::runtime_error {
 public:
  explicit Error(std::string problem, std::string remedy = "")
      : std::runtime_error(remedy.empty() ? problem : problem + "; try " + remedy),
        problem_(std::move(problem)), remedy_(std::move(remedy)) {}

  const std::string& problem() const { return problem_; }
  const std::string& remedy() const { return remedy_; }

 private:
  std::string problem_, remedy_;
};

// " (did you mean 'conv_bn'?)" when one of the names is close to what was typed, else "".
template <class Names>
std::string did_you_mean(const std::string& typed, const Names& names);

// How many single-character edits turn one word into the other.
int edit_distance(const std::string& a, const std::string& b);

template <class Names>
std::string did_you_mean(const std::string& typed, const Names& names) {
  std::string best;
  int best_distance = 1 + static_cast<int>(typed.size()) / 2;
  for (const auto& name : names)
    if (const int d = edit_distance(typed, name); d < best_distance) best = name, best_distance = d;
  return best.empty() ? "" : " (did you mean '" + best + "'?)";
}

}  // namespace cambium
