#include "apps/stream/saved.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace stream {

using namespace cambium;

Saved::Saved(std::string path) : path_(std::move(path)) {
  if (!path_.empty()) lock();
}

Saved::~Saved() {
  if (lock_ < 0) return;
  unlink((path_ + ".lock").c_str());
  close(lock_);
}

// The lock goes with the process, however that ends. Where none can be made nothing can be saved either, which is said later.
void Saved::lock() {
  const std::string name = path_ + ".lock";
  for (int attempt = 0; attempt < 10; ++attempt) {
    const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0) return;
    const bool locked = flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;  // or the file system has no locks
    struct stat found = {};
    if (locked && (fstat(file, &found) != 0 || found.st_nlink > 0)) return static_cast<void>(lock_ = file);
    close(file);
    if (!locked) throw Error("--save: another stream writes into " + path_, "a file for each stream");
  }  // who held it has just taken it away: once more
}

bool Saved::exists() const {
  std::error_code ignored;
  for (const std::string& name : {path_, before(1), before(2)})
    if (std::filesystem::exists(name, ignored)) return true;
  return false;
}

std::optional<CheckpointFile> Saved::newest(const std::function<void(const std::string&)>& warn) const {
  if (!exists()) return std::nullopt;
  std::error_code ignored;
  for (const std::string& name : {path_, before(1), before(2)}) {
    if (!std::filesystem::exists(name, ignored)) continue;
    try {
      return CheckpointFile(name);
    } catch (const DamagedFile& error) {
      warn(error.problem() + "; the one before it is taken");
    }
  }
  throw Error(path_ + ": neither it nor the two before it are whole", "beginning anew, without --resume");
}

// The names move before the new file takes the first of them. Where a file can have only one name, none is kept before it.
void Saved::write(const Weights& weights, const StateFields& fields, std::span<const WeightsNote> notes) const {
  if (::access(path_.c_str(), F_OK) == 0) {
    std::rename(before(1).c_str(), before(2).c_str());
    std::error_code ignored;
    std::filesystem::create_hard_link(path_, before(1), ignored);
  }
  save_checkpoint(weights, fields, path_, notes);
}

}  // namespace stream
