#include "tests/hostile/readers.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cambium/framework/base/error.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"
#include "tests/support/memory_peak.h"

namespace cambium_tests {

const std::vector<Format>& formats() {
  static const std::vector<Format> all = [] {
    std::vector<Format> list;
    for (const auto& some : {array_formats(), data_formats(), picture_formats(), model_formats()})
      list.insert(list.end(), some.begin(), some.end());
    return list;
  }();
  return all;
}

const Format& format(const std::string& name) {
  const auto found = std::find_if(formats().begin(), formats().end(), [&](const Format& one) { return one.name == name; });
  require(found != formats().end(), "no format is called " + name);
  return *found;
}

std::uint64_t beside_json(const std::string& bytes) {
  return 4 * bytes.size() + 130 * static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), ','));
}

const std::string& quick_folder() {
  std::error_code ignored;
  static const std::string folder =
      std::filesystem::is_directory("/dev/shm", ignored) ? "/dev/shm" : std::filesystem::temp_directory_path().string();
  return folder;
}

LinkedFile::LinkedFile(const std::string& name) : link_(folder_.file(name)) {
  std::filesystem::create_directories(std::filesystem::path(link_).parent_path());
}

// The number of the file may be another one each time.
void LinkedFile::put(const std::string& bytes) {
  file_ = std::make_unique<MemoryFile>(bytes);
  std::filesystem::remove(link_);
  std::filesystem::create_symlink(file_->path(), link_);
}

std::int64_t allowed_memory(const Format& format, const std::string& bytes) {
  const std::size_t came = bytes.starts_with("\x1f\x8b") ? bytes.size() + unpacked(bytes).size() : bytes.size();
  return static_cast<std::int64_t>(2 * came + (1 << 20) + (format.beside == nullptr ? 0 : format.beside(bytes)));
}

Reading reading(const Format& format, const std::string& bytes) {
  Reading result;
  Check check;
  const MemoryPeak peak;
  try {
    check = format.read(bytes);
    result.memory = peak.bytes();
  } catch (const cambium::Error& error) {
    result.memory = peak.bytes();
    result.message = error.what();
  }
  if (check) check();
  return result;
}

int fuzz(const char* name, const unsigned char* data, std::size_t size) {
  const Format& one = format(name);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string& each :
       one.repaired == nullptr ? std::vector<std::string>{bytes} : std::vector{bytes, one.repaired(bytes)}) {
    const Reading result = reading(one, each);
    const auto little = static_cast<std::int64_t>(2 * each.size() + (1 << 20));  // which is soon found out
    if (result.memory <= little || result.memory <= allowed_memory(one, each)) continue;
    std::fprintf(stderr, "%s: %lld bytes of memory for a file of %zu; %s\n", name, static_cast<long long>(result.memory),
                 each.size(), result.message.c_str());
    std::abort();
  }
  return 0;
}

}  // namespace cambium_tests
