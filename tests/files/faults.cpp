// The functions below take the place of the C library's in the test program.
#undef _FORTIFY_SOURCE
#include "tests/files/faults.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace cambium_tests {

namespace {
thread_local Faults* current = nullptr;
std::atomic<Faults*> elsewhere{nullptr};
}  // namespace

struct FaultsAt {
  // Whether the call that begins now shall not be made; errno is set.
  static bool fails(const char* call, bool interruptible) {
    if (current == nullptr) return elsewhere != nullptr && fails_elsewhere(call, interruptible);
    Faults& faults = *current;
    if (faults.fault_.interrupt && interruptible && (faults.interrupted_ = !faults.interrupted_)) return errno = EINTR, true;
    const int number = static_cast<int>(faults.calls_.size());
    current = nullptr;  // what the list needs is no call of the test's
    faults.calls_.push_back(call);
    current = &faults;
    if (number != faults.fault_.at) return false;
    if (faults.fault_.before != nullptr) {
      current = nullptr;
      faults.fault_.before();
      current = &faults;
      return false;
    }
    if (faults.fault_.error == 0) kill(getpid(), SIGKILL);
    return errno = faults.fault_.error, true;
  }
  static bool fails_elsewhere(const char* call, bool interruptible) {
    current = elsewhere;
    const bool fails = FaultsAt::fails(call, interruptible);
    const int error = errno;
    current = nullptr;
    return errno = error, fails;
  }
  static const Fault* fault() { return current == nullptr ? nullptr : &current->fault_; }
};

Faults::Faults(const Fault& fault) : fault_(fault) {
  if (fault.elsewhere)
    elsewhere = this;
  else
    current = this;
}
Faults::~Faults() { current = nullptr, elsewhere = nullptr; }

}  // namespace cambium_tests

using cambium_tests::Fault;
using cambium_tests::FaultsAt;

extern "C" {

int open(const char* path, int flags, ...) {
  unsigned mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, unsigned);
    va_end(rest);
  }
  if (FaultsAt::fails("open", true)) return -1;
  if (const Fault* fault = FaultsAt::fault(); fault != nullptr && !fault->nameless && (flags & O_TMPFILE) == O_TMPFILE)
    return errno = EOPNOTSUPP, -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

ssize_t read(int file, void* to, size_t bytes) {
  if (FaultsAt::fails("read", true)) return -1;
  if (const Fault* fault = FaultsAt::fault()) bytes = std::min(bytes, fault->most);
  return syscall(SYS_read, file, to, bytes);
}

ssize_t write(int file, const void* from, size_t bytes) {
  if (FaultsAt::fails("write", true)) return -1;
  if (const Fault* fault = FaultsAt::fault()) bytes = std::min(bytes, fault->most);
  return syscall(SYS_write, file, from, bytes);
}

int fsync(int file) { return FaultsAt::fails("fsync", true) ? -1 : static_cast<int>(syscall(SYS_fsync, file)); }

int close(int file) {
  const bool fails = FaultsAt::fails("close", false);
  const int error = errno;
  const auto closed = static_cast<int>(syscall(SYS_close, file));  // it is closed even if it fails
  if (fails) errno = error;
  return fails ? -1 : closed;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return FaultsAt::fails("linkat", false) ? -1 : static_cast<int>(syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int rename(const char* from, const char* to) noexcept {
  return FaultsAt::fails("rename", false) ? -1 : static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int fchmod(int file, mode_t mode) noexcept {
  return FaultsAt::fails("fchmod", false) ? -1 : static_cast<int>(syscall(SYS_fchmod, file, mode));
}

int fchown(int file, uid_t owner, gid_t group) noexcept {
  if (FaultsAt::fails("fchown", false)) return -1;
  if (const Fault* fault = FaultsAt::fault(); fault != nullptr && !fault->give_away) return errno = EPERM, -1;
  return static_cast<int>(syscall(SYS_fchown, file, owner, group));
}
}
