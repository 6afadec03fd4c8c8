#include "cambium/framework/data/npy.h"

#include "cambium/framework/data/parts/npy_impl.h"
#include "cambium/framework/data/parts/unpacked_file.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {
namespace {

class FileSource final : public NpySource {
 public:
  explicit FileSource(const std::string& path) : path_(path), file_(path) {}

  std::string name() const override { return path_; }
  std::size_t read(void* to, std::size_t bytes) override { return file_.read(to, bytes); }
  std::uint64_t capacity() const override { return file_.capacity(); }
  bool exact() const override { return !file_.packed(); }
  bool packed() const override { return file_.packed(); }

 private:
  const std::string path_;
  UnpackedFile file_;
};

}  // namespace

NpyHeader read_npy_header(const std::string& path) {
  FileSource source(path);
  return npy_header(read_npy_format(source));
}

NpyArray read_npy(const std::string& path, const NpyLimits& limits) {
  FileSource source(path);
  const NpyFormat format = read_npy_format(source);
  return read_npy_values(source, format, limits);
}

void write_npy(const std::string& path, const NpyArray& array) {
  const std::string header = npy_header_bytes(path, array);
  const std::size_t bytes = std::visit([](const auto& values) { return values.size() * sizeof values[0]; }, array.values);
  AtomicFile file(path, header.size() + bytes);
  file.write(header.data(), header.size());
  write_npy_values(array, [&file](const void* data, std::size_t n) { file.write(data, n); });
  file.commit();
}

}  // namespace cambium
