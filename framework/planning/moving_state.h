// The state that plans on the same weights move, so that the statistics of all of them count.
//
// A forward pass leaves the moved state in memory of its plan, and what it left becomes the state when the backward pass has ended
// well. Between the two, other plans may run. Passes count in the order of their forward passes:
//   - A forward pass reads what the latest one before it has left, be that the state already or not. So no pass undoes another.
//   - Whoever's backward pass ends first makes all that it read part of the state. Those still under way go on from there: what
//     only backward passes move (the controllers of online norm) is handed on to them, and what their forward pass has moved is
//     replaced where the new state holds that move.
// With a single plan, or plans that finish one step before the next, that is: read the state, move it, write it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/graph/state_line.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

// The share of one plan. A plan may be made while another thread has a pass under way, which is refused, and destroyed at any time.
class MovingState {
 public:
  struct Leave {
    void operator()(MovingState* share) const noexcept { share->gone_.store(true, std::memory_order_release); }
  };
  using Place = std::unique_ptr<MovingState, Leave>;
  static Place join(Weights& weights);  // throws while another thread holds the weights
  explicit MovingState(Weights& weights);
  MovingState(const MovingState&) = delete;
  MovingState& operator=(const MovingState&) = delete;

  // This plan moves that state tensor, and finds what to read through `*read`, which must stay where it is.
  void add(int tensor, const double** read);
  double* next(int tensor) const { return next_at(tensors_of_[as_size(tensor)]); }

  void begin() noexcept;                        // a forward pass
  void commit() noexcept;                       // its backward pass has ended well: `next` becomes the state
  void drop() noexcept { under_way_ = false; }  // it has not
  bool finite() const noexcept;                 // `next`, without which it must not become the state

 private:
  double* base_at(const Weights::StateTensor& t) const { return reinterpret_cast<double*>(base_.data()) + t.offset; }
  double* next_at(const Weights::StateTensor& t) const { return reinterpret_cast<double*>(next_.data()) + t.offset; }
  bool moves(int tensor) const { return moves_[as_size(tensor)]; }
  void keep_base() noexcept;
  void read_newest() noexcept;
  void follow(const MovingState& other, int tensor) noexcept;
  void point(double* block) noexcept;

  struct Reader {
    const double** at;
    std::size_t offset;
  };
  // Tensors that lie side by side, and the zeros between them.
  struct Stretch {
    std::size_t first, end;
  };
  StateLine* line_;  // of the weights, which its plan keeps alive
  std::span<const Weights::StateTensor> tensors_of_;
  double* state_;
  Block next_, base_;  // base_: what the forward pass read, where that is not the state, or may cease to be
  std::vector<bool> moves_;
  std::vector<int> moved_;          // the tensors for which it is true
  std::vector<Stretch> stretches_;  // the same
  std::vector<Reader> readers_;
  std::uint64_t number_ = 0;  // of the pass
  bool under_way_ = false, own_base_ = false, finite_ = true;
  std::atomic<bool> gone_{false};
};

}  // namespace cambium
