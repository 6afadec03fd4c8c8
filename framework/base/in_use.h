// Catches two threads in an object that only one may use at a time.
#pragma once

#include <atomic>
#include <cstdint>

#include "cambium/framework/base/processors.h"

namespace cambium {

// A number that no other thread of this process has, nor had.
std::uint64_t this_thread() noexcept;

// Part of an object that only one thread may use at a time, or change. A call holds it from its beginning to its end, which costs
// reading one word, twice; it never waits. Calls within a call of the same thread are free to enter.
class InUse {
 public:
  class Hold {
   public:
    // Throws Error("WHAT: in use by another thread", remedy) unless the object is free. In the child of a fork that fell into the
    // middle of a call of another thread, the object stays taken, because that work is never finished; the Error says so.
    Hold(InUse& object, const char* what, const char* remedy) {
      std::uint64_t holder = 0;
      if (object.holder_.compare_exchange_strong(holder, this_thread(), std::memory_order_acquire)) {
        object_ = &object;
        object.home_.store(forks(), std::memory_order_relaxed);
        object.times_.fetch_add(1, std::memory_order_relaxed);
      } else if (holder != this_thread()) {
        object.refuse(what, remedy);
      }
    }
    ~Hold() {
      if (object_) object_->holder_.store(0, std::memory_order_release);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    InUse* object_ = nullptr;  // null within another hold
  };

  // For calls that only read: any number of threads, but not while one holds the object. The reader is told, and the thread that
  // changes the object is never disturbed.
  class Look {
   public:
    Look(const InUse& object, const char* what, const char* remedy) : object_(object), what_(what), remedy_(remedy) { check(); }
    // At the end: throws if another thread has held the object since the beginning, and what was read may be of two minds.
    void check() const {
      const std::uint64_t holder = object_.holder_.load(std::memory_order_acquire);
      if ((holder != 0 && holder != this_thread()) || object_.times_.load(std::memory_order_relaxed) != times_)
        object_.refuse(what_, remedy_);
    }

   private:
    const InUse& object_;
    const char *what_, *remedy_;
    std::uint64_t times_ = object_.times_.load(std::memory_order_relaxed);
  };

 private:
  [[noreturn]] void refuse(const char* what, const char* remedy) const;

  std::atomic<std::uint64_t> holder_{0}, times_{0};
  std::atomic<unsigned> home_{0};
};

}  // namespace cambium
