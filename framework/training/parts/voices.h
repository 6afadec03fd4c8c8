// Several that predict the same row, and how far each is believed.
#pragma once

#include <vector>

#include "cambium/framework/base/shape.h"

namespace cambium {

class StateDict;

// A target as it was known last: a class, or values.
struct LastTarget {
  int label = -1;  // -1: none was known
  bool known = false;
};

// What the last known target says of the next: how often each class followed which, older ones fading. A voice p(y) of the row then
// becomes p(y) p(y | last) / p(y), which is right where columns and last target each say something of their own (naive Bayes).
class Followers {
 public:
  explicit Followers(int classes);
  // q = p of these classes, each times what `last` says for it, summing up to 1.
  void apply(const real* p, int last, real* q) const noexcept;
  void learn(int last, int truth) noexcept;
  void grow(int classes);
  void state_dict(StateDict& dict);

 private:
  static constexpr double memory = 0.999, prior = 0.5;
  int classes_;
  std::vector<double> after_, sums_, alone_;  // (last, next); their sums; each class whatever came before
  double sum_ = 0;
};

// Weights of voices by what they have lost lately, w_i = exp(-L_i) with L_i = memory L_i + loss_i (exponential weights, Vovk 1990,
// with a horizon as in Herbster, Warmuth 1998). Classes: a voice is a probability for each, its loss -log p, at most 5; the answer
// is the logarithm of the weighted mean. Values: the loss is the squared error over twice the recent one of the answer.
class Voices {
 public:
  Voices(int voices, int classes, int values, double memory);

  int count() const { return static_cast<int>(losses_.size()); }
  std::size_t size() const { return losses_.size() * as_size(width_); }  // values of all voices of a row
  void mix(const real* voices, real* answer) noexcept;
  void learn(const real* voices, int truth) noexcept;
  void learn(const real* voices, const real* truth, const real* answer) noexcept;
  void grow(int classes) { width_ = classes; }
  void state_dict(StateDict& dict);

 private:
  int width_;  // of one voice
  double memory_, error_ = 0;
  std::vector<double> losses_, weights_;
};

}  // namespace cambium
