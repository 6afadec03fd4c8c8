#include "cambium/framework/planning/moving_state.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "cambium/framework/kernels/kernels.h"

namespace cambium {

// To ask for the state in this way does not count as a change of it.
MovingState::MovingState(Weights& weights)
    : line_(weights.state_line().get()),
      tensors_of_(weights.state_tensors()),
      state_(const_cast<double*>(std::as_const(weights).state_block().data())),
      next_(std::as_const(weights).state_block().size_bytes(), "the next state of layers"),
      base_(std::as_const(weights).state_block().size_bytes(), "the state of layers"),
      moves_(weights.state_tensors().size(), false) {}

MovingState::Place MovingState::join(Weights& weights) {
  auto made = std::make_shared<MovingState>(weights);
  const InUse::Hold hold(weights.in_use(), "these weights", "making the plan before the training, or between two steps");
  weights.state_line()->plans.push_back(made);
  return Place(made.get());
}

void MovingState::add(int tensor, const double** read) {
  const Weights::StateTensor& t = tensors_of_[as_size(tensor)];
  readers_.push_back({read, t.offset});
  if (moves(tensor)) return;
  moves_[as_size(tensor)] = true, moved_.push_back(tensor);
  const std::size_t end = t.offset + aligned(t.size * sizeof(double)) / sizeof(double);
  if (!stretches_.empty() && stretches_.back().end == t.offset)
    stretches_.back().end = end;
  else
    stretches_.push_back({t.offset, end});
}

void MovingState::point(double* block) noexcept {
  for (const Reader& reader : readers_) *reader.at = block + reader.offset;
}

void MovingState::begin() noexcept {
  under_way_ = false;  // a pass before it that went nowhere
  std::erase_if(line_->plans, [](const auto& plan) { return plan->gone_.load(std::memory_order_acquire); });
  bool alone = true;
  for (const auto& other : line_->plans)
    if (other->under_way_) alone = false, other->keep_base(), other->finite_ = other->finite();
  if (!alone) {
    read_newest();
    point(reinterpret_cast<double*>(base_.data()));
  } else if (own_base_) {
    point(state_);
  }
  own_base_ = !alone;
  number_ = ++line_->forwards;
  under_way_ = true;
}

// The state may now move before this plan's backward pass, which must find what its forward pass read.
void MovingState::keep_base() noexcept {
  if (own_base_) return;
  own_base_ = true;
  for (const int tensor : moved_) {
    const Weights::StateTensor& t = tensors_of_[as_size(tensor)];
    std::memcpy(base_at(t), state_ + t.offset, t.size * sizeof(double));
  }
  point(reinterpret_cast<double*>(base_.data()));
}

bool MovingState::finite() const noexcept {
  const auto all_finite = kernels(best_isa()).elementwise.all_finite_state;
  const double* const next = reinterpret_cast<const double*>(next_.data());
  return std::ranges::all_of(stretches_, [&](const Stretch& s) { return all_finite(next + s.first, s.end - s.first); });
}

void MovingState::read_newest() noexcept {
  for (const int tensor : moved_) {
    const Weights::StateTensor& t = tensors_of_[as_size(tensor)];
    const double* from = state_ + t.offset;
    std::uint64_t newest = line_->holds[as_size(tensor)];
    for (const auto& other : line_->plans)
      if (other->under_way_ && other->moves(tensor) && other->number_ > newest && other->finite_)
        from = other->next_at(t), newest = other->number_;
    std::memcpy(base_at(t), from, t.size * sizeof(double));
  }
}

void MovingState::commit() noexcept {
  under_way_ = false;
  const double* const next = reinterpret_cast<const double*>(next_.data());
  for (const Stretch& s : stretches_) std::memcpy(state_ + s.first, next + s.first, (s.end - s.first) * sizeof(double));
  for (const int tensor : moved_) {
    std::uint64_t& holds = line_->holds[as_size(tensor)];
    holds = std::max(holds, number_);
    for (const auto& other : line_->plans)
      if (other->under_way_ && other->moves(tensor)) other->follow(*this, tensor);
  }
}

void MovingState::follow(const MovingState& other, int tensor) noexcept {
  const Weights::StateTensor& t = tensors_of_[as_size(tensor)];
  const std::size_t bytes = t.size * sizeof(double);
  const bool forward_moved_it = std::memcmp(next_at(t), base_at(t), bytes) != 0;
  if (!forward_moved_it) std::memcpy(base_at(t), state_ + t.offset, bytes);
  if (!forward_moved_it || number_ < other.number_) std::memcpy(next_at(t), state_ + t.offset, bytes);
}

}  // namespace cambium
