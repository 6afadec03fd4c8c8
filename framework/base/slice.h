// A slice of a batch, of the outputs or of the channels of a layer: what one call works on.
#pragma once

namespace cambium {

// From begin to end, as slice number `index`, with the workspace of `thread`.
struct Slice {
  int begin = 0, end = 0;
  int index = 0;
  int thread = 0;
  int count() const { return end - begin; }
};

// Slice `index` when n things are cut into `slices` nearly equal ones.
inline Slice slice_of(int n, int slices, int index) {
  const auto bound = [&](int i) { return static_cast<int>(static_cast<long long>(n) * i / slices); };
  return {bound(index), bound(index + 1), index, 0};
}

}  // namespace cambium
