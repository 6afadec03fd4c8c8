// Calls into libraries that end by longjmp where something is wrong.
#pragma once

#include <csetjmp>
#include <cstdio>
#include <type_traits>

namespace cambium {

// The one place that setjmp is called. `run` makes a call, and is false where it was ended by `leave`, which is for the library's
// error function. Between the two there are frames of `run`, of the call, and of the library, and none of them has an object with a
// destructor: that of the call is a lambda of references, in whose body no object is made. What it wrote to before it was left is
// memory that others own.
class CCall {
 public:
  template <class Call>
  bool run(Call call) noexcept {
    static_assert(std::is_trivially_destructible_v<Call>);
    if (setjmp(back_) != 0) return false;
    call();
    return true;
  }

  [[noreturn]] void leave() { std::longjmp(back_, 1); }

  // The first message counts: what comes after it is often its consequence.
  void note(const char* message) {
    if (message_[0] == 0) std::snprintf(message_, sizeof message_, "%s", message);
  }
  const char* message() const { return message_; }

 private:
  std::jmp_buf back_;
  char message_[256] = {};
};

}  // namespace cambium
