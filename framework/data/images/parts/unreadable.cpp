#include "cambium/framework/data/images/parts/unreadable.h"

#include <algorithm>
#include <new>

#include "cambium/framework/base/text.h"

namespace cambium {

Error with_others(const Error& first, const std::vector<std::string>& others) {
  if (others.empty()) return first;
  return Error(first.problem() + "; nor will " + some_of(others) + " do", "moving them out of the folder, or " + first.remedy());
}

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
