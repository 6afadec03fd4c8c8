// A file that is written whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cambium {

// Writes into a new file without a name in the target's folder; `commit` brings it to disk, puts it in the target's place in one
// step, and brings that to disk as well. Opening the target gives, at any time, also after a crash, the old file or the new
// one. Without a commit the target stays as it was, and nothing stays behind, not even of a process that is killed: what has no
// name goes away by itself. Only to replace a file the new one needs a name of its own for a moment (.cambium-PROCESS-NUMBER.tmp),
// and for all the time where the system cannot do without (no O_TMPFILE, no /proc). Such files are locked; those that are
// not locked any more are removed from the folder by the next call that writes there.
//
// The new file has the permissions, the access list, the group and the owner of the one that it replaces, as far as the writer may
// give them; where the group cannot be kept, it gets no rights that others have not. A file that the writer may not write to is not
// replaced, nor one of another user in a folder where only owners replace files (as /tmp), nor a mount point. Through a symbolic
// link, or several, it is the file at their end that is replaced or made. Not kept: hard links (other names of the old file keep
// the old contents), other extended attributes, and times. Nothing but a regular file is ever replaced.
//
// Errors name the file and what the system said.
class AtomicFile {
 public:
  // `expected`: how many bytes will be written, for messages; 0 where it is not known.
  explicit AtomicFile(std::string path, std::uint64_t expected = 0);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void commit();  // once, and last

 private:
  [[noreturn]] void fail(const std::string& what, int error, const std::string& remedy) const;
  void find_target();
  void check_target() const;
  void open_new();
  bool open_nameless();
  void open_named();
  void take_rights();
  void put_in_place();
  void discard() noexcept;

  std::string path_;             // as it was given
  std::string target_, folder_;  // at the end of the links
  std::string temporary_;        // empty as long as the new file has no name
  std::uint64_t expected_ = 0, written_ = 0;
  int file_ = -1;
};

}  // namespace cambium
