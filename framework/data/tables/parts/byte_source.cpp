#include "cambium/framework/data/tables/parts/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cambium/framework/data/parts/unpacked_file.h"

namespace cambium {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(const std::string& path, std::uint64_t most) : file_(path), most_(most) {}

  std::size_t read(char* to, std::size_t n) override {
    const std::size_t got = file_.read(to, n);
    done_ += got;
    if (file_.packed() && done_ > most_)
      file_.fail("more than " + std::to_string(most_) + " bytes are packed in it, and no more are allowed",
                 "a larger .unpacked_bytes");
    return got;
  }
  std::uint64_t size() const override { return file_.packed() ? 0 : file_.file_size(); }

 private:
  UnpackedFile file_;
  std::uint64_t most_, done_ = 0;
};

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  std::size_t read(char* to, std::size_t n) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_, to, std::min(n, std::size_t{1} << 30));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw Error(name_ + ": cannot be read: " + std::generic_category().message(errno), "a file");
    }
  }

 private:
  int descriptor_;
  std::string name_;
};

}  // namespace

std::string source_name(const std::string& path) { return path == "-" ? "standard input" : path; }

std::unique_ptr<ByteSource> open_source(const std::string& path, std::uint64_t most_unpacked) {
  if (path == "-") return std::make_unique<DescriptorSource>(STDIN_FILENO, source_name(path));
  return std::make_unique<FileSource>(path, most_unpacked);
}

}  // namespace cambium
