// An optimizer that the library does not have, as a user would write it.
#pragma once

#include "cambium/optimizers/first_order.h"

namespace cambium {

class Lion : public FirstOrder {  // Chen et al. 2023: the sign of a running mean
 public:
  explicit Lion(double rate, double weight_decay = 0, Schedule schedule = {})
      : FirstOrder({.kind = "lion", .rate = rate, .weight_decay = weight_decay, .schedule = schedule, .clip_norm = 1}, {"m"}) {}
  Description describe() const override { return {kind(), {{"rate", text_of(common().rate)}}}; }

 private:
  void move(const Piece& p) noexcept override {
    for (std::size_t i = 0; i < p.count; ++i) {
      real& m = p.moments[0][i];
      const real ahead = real(0.9) * m + real(0.1) * p.gradient[i];
      p.weight[i] -= p.rate * static_cast<real>((ahead > 0) - (ahead < 0));
      m = real(0.99) * m + real(0.01) * p.gradient[i];
    }
  }
};

}  // namespace cambium
