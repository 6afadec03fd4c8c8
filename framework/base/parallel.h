// The one file that decides about threads.
#pragma once

#include <memory>
#include <type_traits>

#include "cambium/framework/base/processors.h"

namespace cambium {

// What one call works on: samples, or outputs, from begin to end, as piece number `index`, with the scratch memory of `lane`.
struct Rows {
  int begin = 0, end = 0;
  int index = 0;
  int lane = 0;
  int count() const { return end - begin; }
};

// Part `index` when `n` things are cut into `pieces` nearly equal parts.
inline Rows piece_of(int n, int pieces, int index) {
  const auto bound = [&](int i) { return static_cast<int>(static_cast<long long>(n) * i / pieces); };
  return {bound(index), bound(index + 1), index, 0};
}

// A few threads that wait for work: lane 0 is the caller, the others sleep between steps, and run on any processor that the
// process was started with. Pieces of work are done in any order, so a piece may depend on nothing but its index: then the bits do
// not depend on the number of lanes. In the child of a fork the threads do not exist: there the caller does all pieces, and the
// bits are the same.
class Lanes {
 public:
  // 1 to 64. With 0 one for each available processor, or as many as the system lets run; a number that was asked for is an Error
  // when it cannot be had.
  explicit Lanes(int count = 0);
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  int count() const;

  // Calls work(piece, lane) once for every piece, and returns when all are done. Neither allocates nor throws; work must not.
  // `work` must not call it again unless it is the only piece. Several threads may call it for work that shares no memory; while
  // one of them has the lanes, the others do their pieces alone, as lane 0. A lane takes the same pieces each time, as far as the
  // others keep up: what they left in its cache is there again.
  template <class Work>
  void run(int pieces, Work&& work) noexcept {
    using Plain = std::remove_reference_t<Work>;
    run(
        pieces, [](void* w, int piece, int lane) { (*static_cast<Plain*>(w))(piece, lane); },
        const_cast<void*>(static_cast<const void*>(&work)));
  }

 private:
  using Call = void (*)(void* work, int piece, int lane);
  void run(int pieces, Call call, void* work) noexcept;
  void hand_out(int pieces, Call call, void* work) noexcept;
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace cambium
