// What the readers share.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/data/temp_folder.h"
#include "tests/hostile/memory_file.h"
#include "tests/hostile/readers.h"

namespace cambium_tests {

inline void require(bool good, const std::string& what) {
  if (!good) throw std::logic_error(what);
}

constexpr const char* memory_place = "/proc/self/fd/";

std::vector<Format> array_formats();
std::vector<Format> data_formats();
std::vector<Format> picture_formats();
std::vector<Format> model_formats();

// A folder whose file `name` is the bytes in memory that were put there last: nothing is written to a disk.
class LinkedFile {
 public:
  explicit LinkedFile(const std::string& name);
  void put(const std::string& bytes);
  const std::string& folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  std::string link_;
  std::unique_ptr<MemoryFile> file_;
};

// Of `beside` in a Format: a text in JSON is kept four times while it is read, and every value in it takes some places.
std::uint64_t beside_json(const std::string& bytes);

// In memory where the system has a folder for that.
const std::string& quick_folder();

}  // namespace cambium_tests
