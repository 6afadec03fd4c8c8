// The one file that decides about threads.
#pragma once

#include <memory>
#include <type_traits>

#include "cambium/framework/base/processors.h"
#include "cambium/framework/base/slice.h"

namespace cambium {

// A few threads that wait for work: thread 0 is the caller, the others sleep between steps, and run on any processor that the
// process was started with. Slices of work are done in any order, so a slice may depend on nothing but its index: then the bits
// do not depend on the number of threads. In the child of a fork the threads do not exist: there the caller does all slices, and
// the bits are the same.
class ThreadPool {
 public:
  // 1 to 64. With 0 one for each available processor, or as many as the system lets run; a number that was asked for is an Error
  // when it cannot be had.
  explicit ThreadPool(int count = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int count() const;

  // Calls work(slice, thread) once for every slice, and returns when all are done. Neither allocates nor throws; work must not.
  // `work` must not call it again unless it is the only slice. Several callers may share a pool for work that shares no memory;
  // while one of them has it, the others do their slices alone, as thread 0. A thread takes the same slices each time, as far as
  // the others keep up: what they left in its cache is there again.
  template <class Work>
  void run(int slices, Work&& work) noexcept {
    using Plain = std::remove_reference_t<Work>;
    run(
        slices, [](void* w, int slice, int thread) { (*static_cast<Plain*>(w))(slice, thread); },
        const_cast<void*>(static_cast<const void*>(&work)));
  }

 private:
  using Call = void (*)(void* work, int slice, int thread);
  void run(int slices, Call call, void* work) noexcept;
  void hand_out(int slices, Call call, void* work) noexcept;
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace cambium
