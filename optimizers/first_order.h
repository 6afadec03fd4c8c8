// What an optimizer of one's own derives from, where each weight moves by its own gradient and a few moments of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cambium/optimizers/fused_first_order.h"

namespace cambium {

// A derived class says in `move` how weights go. All that a user may ask of any optimizer is done for it and cannot be forgotten:
// rate, schedule, the factor on the rate, clipping, penalties, weight decay (coupled), the limit, frozen layers, counting the
// steps, saving the moments, and checking what the rule left.
//
//   class SignSgd : public FirstOrder {
//    public:
//     explicit SignSgd(double rate) : FirstOrder({.kind = "sign_sgd", .rate = rate}, {}) {}
//     Description describe() const override { return {kind(), {{"rate", text_of(common().rate)}}}; }
//
//    private:
//     void move(const Piece& p) noexcept override {
//       for (std::size_t i = 0; i < p.count; ++i)
//         p.weight[i] -= p.rate * static_cast<real>((p.gradient[i] > 0) - (p.gradient[i] < 0));
//     }
//   };
class FirstOrder : public FusedFirstOrder {
 protected:
  // `moments`: their names, at most 8. Throws Error for more, and for numbers that make no sense.
  FirstOrder(Common common, std::vector<std::string> moments);

  // Some weights in a row; which ones and how many is not the rule's to know.
  struct Piece {
    real* weight;
    const real* gradient;  // clipped, with penalties and weight decay in it
    std::size_t count;
    real rate;                       // with the factors of the schedule and of the layer
    std::span<real* const> moments;  // each `count` values, 0 before the first step
  };
  // Any cut into pieces must give the same bits; several threads may be in it, on different pieces. `steps()` is the number of this
  // step, from 1.
  virtual void move(const Piece& piece) noexcept = 0;

 private:
  bool run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept final;
  bool run_row(const Range& range, std::size_t first, std::size_t count, const real* row, real scale, const GradientShape& shape,
               real rate) noexcept;
};

}  // namespace cambium
