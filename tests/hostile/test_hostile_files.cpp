// Files that were made to do harm: each is refused, by name, and takes no more memory than it holds.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <filesystem>

#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/training/parts/checkpoint_folder.h"
#include "tests/data/temp_folder.h"
#include "tests/hostile/files.h"
#include "tests/hostile/memory_file.h"
#include "tests/hostile/model_files.h"
#include "tests/hostile/readers.h"
#include "tests/support/error_text.h"
#include "tests/support/memory_peak.h"

namespace cambium_tests {
namespace {

constexpr cambium::PictureLimits limits = {.pixels = 1 << 22};

std::string name_of(const HostileFiles& some, const HostileFile& file) {
  return fmt::format("{}: {}", some.format, file.what.empty() ? cambium::in_quotes(file.bytes, 60) : file.what);
}

// "" or what is wrong with the answer.
std::string fault_of(const Format& format, const HostileFile& file, const Reading& answer) {
  if (answer.message.empty()) return "it was accepted";
  if (answer.message.find(file.says) == std::string::npos) return "is told: " + answer.message + "\n  expected: " + file.says;
  if (answer.message.find(format.place) == std::string::npos) return "the place is not told: " + answer.message;
  if (answer.message.find("; try ") == std::string::npos) return "nothing to try in: " + answer.message;
  if (cambium::screenful(answer.message, 100'000) != answer.message) return "is not fit for a terminal: " + answer.message;
  const std::int64_t most = file.most > 0 ? file.most : allowed_memory(format, file.bytes);
  if (answer.memory > most)
    return fmt::format("{} bytes of memory for a file of {}, and {} are allowed", answer.memory, file.bytes.size(), most);
  return "";
}

TEST_CASE("hostile files: each is refused, with a message of its own, in little memory") {
  const bool show = std::getenv("CAMBIUM_SHOW_MESSAGES") != nullptr;
  int count = 0;
  for (const HostileFiles& some : hostile_files())
    for (const HostileFile& file : some.files) {
      const std::string name = name_of(some, file);
      std::string fault;
      try {
        const Reading answer = reading(format(some.format), file.bytes);
        fault = fault_of(format(some.format), file, answer);
        if (show) fmt::print("{}, {} bytes of memory\n    {}\n", name, answer.memory, answer.message);
      } catch (const std::exception& other) {
        fault = std::string("not an Error: ") + other.what();
      }
      CHECK_MESSAGE(fault == "", name);
      ++count;
    }
  CHECK(count >= 150);
  if (!MemoryPeak::counted()) fmt::print("SKIPPED the memory of hostile files: malloc cannot be counted here\n");
  if (show) fmt::print("{} hostile files\n", count);
}

TEST_CASE("hostile files: good ones are read") {
  for (const Format& format : formats())
    for (const std::string& bytes : good_files(format.name)) {
      const Reading answer = reading(format, bytes);
      const std::string name = format.name;
      CAPTURE(name);
      CHECK(answer.message == "");
      CHECK(answer.memory <= allowed_memory(format, bytes));
    }
}

TEST_CASE("hostile files: a picture's header alone says the same, or nothing; and so does a file in memory") {
  for (const HostileFile& file : hostile_pictures().files) {
    const MemoryFile memory(file.bytes);
    const std::string whole = cambium::error_of([&] { cambium::read_picture(memory.path(), limits); });
    const std::string header = cambium::error_of([&] { cambium::picture_shape(memory.path(), limits); });
    const std::vector<std::uint8_t> bytes(file.bytes.begin(), file.bytes.end());
    CHECK((header == "" || header == whole));
    CHECK(cambium::error_of([&] { cambium::decode_picture(bytes, memory.path(), limits); }) == whole);
  }
}

// The checkpoint before it is taken where it is damaged. One that is whole, and of something else, is taken; one of a later version
// is refused.
TEST_CASE("hostile files: as the newest checkpoint of a folder") {
  int set_aside = 0, taken = 0, refused = 0;
  for (const HostileFile& file : hostile_checkpoints().files) {
    const TempFolder folder;
    const std::string before = folder.file("step-000000001.safetensors"), newest = folder.file("step-000000002.safetensors");
    write_bytes(before, checkpoint_bytes()), write_bytes(newest, file.bytes);
    std::string warned, found;
    const std::string said = cambium::error_of([&] {
      const cambium::CheckpointFolder checkpoints(folder.path());
      found = checkpoints.newest([&](const cambium::Error& error) { warned = error.what(); }).value().path();
    });
    const bool damaged = found == before;
    CHECK(damaged == warned.starts_with(newest));
    CHECK(damaged == std::filesystem::exists(newest + ".damaged"));
    CHECK((damaged || found == newest || cambium::has(said, newest + ": its version is '2'")));
    ++(damaged ? set_aside : found == newest ? taken : refused);
  }
  CHECK(set_aside == 10);
  CHECK(taken == 14);
  CHECK(refused == 1);
}

TEST_CASE("hostile files: memory is counted") {
  if (!MemoryPeak::counted()) return;
  const MemoryPeak peak;
  {
    const std::string large(3 << 20, 'x');
    CHECK(peak.bytes() >= 3 << 20);
  }
  std::free(std::realloc(std::malloc(100), 5 << 20));
  CHECK(peak.bytes() >= 5 << 20);
  CHECK(peak.bytes() < 6 << 20);
}

}  // namespace
}  // namespace cambium_tests
