#include "cambium/framework/base/shape.h"

#include <limits>
#include <span>

#include "cambium/framework/base/error.h"

namespace cambium {

Shape::Shape(const int* sizes, int rank) : rank_(rank) {
  if (rank < 1 || rank > 4)
    throw Error("shape of " + std::to_string(rank) + " sizes: a sample has one to four",
                "flattening the sizes that belong together");
  for (int i = 0; i < rank; ++i) sizes_[i] = sizes[i];
  for (int i = 0; i < rank; ++i)
    if (sizes[i] < 1)
      throw Error(
          "shape " + str() + ": every size must be at least 1, and size " + std::to_string(i) + " is " + std::to_string(sizes[i]),
          "a size of 1 or more");
  long long product = 1;
  for (int i = 0; i < rank && product <= std::numeric_limits<int>::max(); ++i) product *= sizes[i];
  if (product > std::numeric_limits<int>::max())
    throw Error("shape " + str() + ": one sample has more than 2^31 - 1 values", "smaller samples");
  size_ = static_cast<int>(product);
}

std::string Shape::str() const {
  if (rank_ == 0) return "scalar";
  return text_of_sizes(std::span(sizes_, as_size(rank_)));
}

}  // namespace cambium
