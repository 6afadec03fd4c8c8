// A zip archive that is read member by member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cambium {

// Regular files only. When it is made the directory is read, and checked: names are not empty, printable, at most 1000 columns, and
// there once. Members are stored or packed by deflate; what is encrypted or packed in another way is refused when it is opened.
// Errors name the file and the member.
class Archive {
 public:
  explicit Archive(const std::string& path);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  struct Member {
    std::string name;
    std::uint64_t bytes = 0;  // unpacked, as the directory has it
    std::uint64_t number = 0;
  };
  const std::vector<Member>& members() const { return members_; }
  std::uint64_t file_size() const { return file_size_; }

  // One of the members, until another is opened. Its size is one that so many packed bytes may have. `read` gives less than was
  // asked for only at the end, and fails there where checksum or size are not those of the directory.
  void open(const Member& member);
  std::size_t read(void* to, std::size_t bytes);
  bool packed() const { return packed_; }  // the open one, by deflate

  std::string name_of(const Member& member) const;  // for messages: file and member

 private:
  struct Handle;
  void read_directory();
  void close_member();
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const;

  const std::string path_;
  std::uint64_t file_size_ = 0;
  std::unique_ptr<Handle> handle_;
  std::vector<Member> members_;
  const Member* open_ = nullptr;
  bool packed_ = false;
};

// "" or what is wrong with the name of a member: "is empty".
std::string member_name_fault(const std::string& name);

}  // namespace cambium
