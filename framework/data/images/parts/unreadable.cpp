#include "cambium/framework/data/images/parts/unreadable.h"

#include <algorithm>
#include <new>

namespace cambium {

void Unreadable::note(int row) noexcept {
  const std::lock_guard lock(mutex_);
  if (lowest_ < 0 || row < lowest_) lowest_ = row, exception_ = std::current_exception();
  try {
    rows_.push_back(row);
  } catch (const std::bad_alloc&) {
  }
}

std::vector<int> Unreadable::rows() const {
  std::vector<int> rows = rows_;
  std::ranges::sort(rows);
  return rows;
}

}  // namespace cambium
