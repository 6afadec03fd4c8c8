// System calls that fail, are interrupted, do a part, or end the process, when a test says so.
#pragma once

#include <climits>
#include <cstddef>
#include <string>
#include <vector>

namespace cambium_tests {

// Counted are open, read, write, fsync, linkat, rename, fchmod, fchown and close, of this thread, from 0 on; or those of the one
// other that calls any.
struct Fault {
  int at = -1;                   // the call that fails
  int error = 0;                 // with this; 0: the process is killed there
  void (*before)() = nullptr;    // or: what is done before it, and then it does not fail
  bool interrupt = false;        // every call that can be interrupted is, once, before it does anything
  std::size_t most = SSIZE_MAX;  // bytes that one read or write takes
  bool nameless = true;          // false: files without a name cannot be made
  bool elsewhere = false;        // in the other thread
  bool give_away = true;         // false: no file can be given to somebody else
};

// As long as it lives. Nothing but what is looked at should run then: reports of tests write as well.
class Faults {
 public:
  explicit Faults(const Fault& fault);
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  const std::vector<std::string>& calls() const { return calls_; }  // "open", "write", ...

 private:
  friend struct FaultsAt;
  Fault fault_;
  std::vector<std::string> calls_;
  bool interrupted_ = false;
};

}  // namespace cambium_tests
