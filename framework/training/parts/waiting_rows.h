// Rows whose targets come later.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/training/parts/voices.h"

namespace cambium {

// The last so many rows that were asked about, by key, each with its input and what was said of it. A row that is older goes, and
// counts as dropped where its target had not come. Nothing allocates after the constructor.
class WaitingRows {
 public:
  WaitingRows(int room, std::size_t input, std::size_t said);

  static constexpr std::int64_t largest_key = std::int64_t{1} << 53;
  int room() const { return static_cast<int>(keys_.size()); }
  int waiting() const { return waiting_; }
  std::int64_t dropped() const { return dropped_; }

  // A new row, which the caller writes.
  struct Row {
    std::span<real> input, said;
    double* last;  // the last known target then: a class, or -1
  };
  Row add(std::int64_t key) noexcept;
  // The row of this key; all empty where none waits.
  Row find(std::int64_t key) noexcept;
  void remove(std::int64_t key) noexcept;  // it waits no longer

  void grow(std::size_t voices, std::size_t from, std::size_t to);  // values of each voice
  void state_dict(StateDict& dict);

 private:
  static constexpr std::size_t none = ~std::size_t{0};
  std::size_t place_of(double key) const noexcept;  // in the table
  void enter(std::size_t slot) noexcept;
  void leave(std::size_t place) noexcept;
  std::size_t start_of(double key) const noexcept;
  Row row(std::size_t slot) noexcept;

  std::size_t input_, said_;
  std::vector<double> keys_;          // of slots, in a ring; whole numbers up to 2^53
  std::vector<double> last_, alive_;  // alive: 1 where the row waits
  std::vector<real> inputs_, said_values_;
  std::vector<std::size_t> table_;  // slots by key, open addressing; none: free
  std::int64_t added_ = 0, dropped_ = 0;
  int waiting_ = 0;
};

}  // namespace cambium
