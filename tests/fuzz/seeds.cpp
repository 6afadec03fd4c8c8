// Writes what a fuzz target begins with: the good and the hostile files of its formats, each into a file of its own.
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/data/temp_folder.h"
#include "tests/hostile/files.h"

int main(int argc, char** argv) {
  using namespace cambium_tests;
  if (argc < 3) {
    std::fprintf(stderr, "fuzz_seeds FOLDER FORMAT...: writes the good and the hostile files of these formats\n");
    return 2;
  }
  constexpr std::size_t most = 1 << 16;  // large ones only make it slow
  std::filesystem::create_directories(argv[1]);
  int count = 0;
  const auto put = [&](const std::string& bytes) {
    if (bytes.size() <= most) write_bytes(std::string(argv[1]) + "/" + std::to_string(count++), bytes);
  };
  for (int i = 2; i < argc; ++i) {
    for (const std::string& bytes : good_files(argv[i])) put(bytes);
    for (const HostileFiles& some : hostile_files())
      if (std::string(some.format) == argv[i])
        for (const HostileFile& file : some.files) put(file.bytes);
  }
  std::printf("%d\n", count);
}
