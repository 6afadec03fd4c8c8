// The one exception of the framework.
#pragma once

#include <span>
#include <stdexcept>
#include <string>

namespace cambium {

// Thrown while building, planning, loading and at public entries, before anything moves; never inside a step.
// `problem` says who, what it got and what it needs; `remedy` is one thing to try. what() is "problem; try remedy".
// Names and paths in them may come from anywhere: all of it is made fit for a terminal, see screenful() in text.h.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& problem, const std::string& remedy = "");

  const std::string& problem() const { return problem_; }
  const std::string& remedy() const { return remedy_; }

 private:
  std::string problem_, remedy_;
};

// " (did you mean 'conv_bn'?)" when one of the names is close to what was typed, else "". The work is bounded, whatever the number
// and the length of the names: what comes too late is not looked at.
std::string did_you_mean(const std::string& typed, std::span<const std::string> names);

// The same for names that differ from it only in capitals of the Latin alphabet and in blanks.
std::string same_but_for_case(const std::string& typed, std::span<const std::string> names);

// How many single-character edits turn one word into the other.
int edit_distance(const std::string& a, const std::string& b);

}  // namespace cambium
