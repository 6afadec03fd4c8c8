// The folder in which a training keeps its checkpoints.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checkpoint_file.h"

namespace cambium {

class CheckpointFolder {
 public:
  // Makes the folder where it is missing, and holds it until it is destroyed. Errors: it cannot be made, or another has it.
  explicit CheckpointFolder(const std::string& path);
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string name_after(long steps) const;
  // The newest that is whole. Those that are not are put aside, and `warn` is told. Error where there are some, and none is whole,
  // also when that was found out before; and for one that cannot be read, or is of a newer version.
  std::optional<CheckpointFile> newest(const std::function<void(const Error&)>& warn) const;
  // Leaves the newest so many, and the last that was written. What cannot be removed stays.
  void leave(int newest, const std::string& last) const noexcept;
  std::string best() const { return path_ + "/best.safetensors"; }
  // Makes a checkpoint of this folder the best one as well. False where a file can have only one name: then a copy is.
  bool mark_best(const std::string& name) const;
  void copy_to_best(const std::string& name) const;

 private:
  void lock();
  bool has_damaged() const;
  std::string next_best() const { return path_ + "/.best.next"; }

  std::string path_;
  struct Lock {
    int file = -1;
    ~Lock();
  } lock_;  // also where the constructor ends in an Error
};

}  // namespace cambium
