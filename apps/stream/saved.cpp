#include "apps/stream/saved.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace stream {

using namespace cambium;

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
