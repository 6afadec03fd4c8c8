#include "cambium/framework/data/dataset.h"

#include <atomic>

namespace cambium {

std::uint64_t Dataset::new_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace cambium
