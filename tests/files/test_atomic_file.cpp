#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"
#include "tests/data/temp_folder.h"
#include "tests/files/faults.h"
#include "tests/files/saving.h"

namespace cambium {
namespace {

using cambium_tests::Fault;
using cambium_tests::Faults;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;

std::vector<std::string> calls_of(const std::string& path, Fault fault = {}) {
  Faults faults(fault);
  save(path, new_text);
  return faults.calls();
}

TEST_CASE("a file that is saved reaches the disk before its name does, and its name as well") {
  const TempFolder folder;
  using Calls = std::vector<std::string>;
  const std::string path = folder.file("f");
  CHECK(calls_of(path) == Calls{"open", "write", "write", "fsync", "linkat", "close", "open", "fsync", "close"});
  CHECK(calls_of(path) ==
        Calls{"open", "fchmod", "write", "write", "fsync", "linkat", "linkat", "rename", "close", "open", "fsync", "close"});
  CHECK(calls_of(path, {.nameless = false}) ==
        Calls{"open", "open", "fchmod", "write", "write", "fsync", "rename", "close", "open", "fsync", "close"});
  CHECK(read_bytes(path) == new_text);
}

TEST_CASE("whatever call fails: the old file or the new one, nothing beside it, and the reason is said") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  const auto open_files = [] { return files_in("/proc/self/fd"); };
  const int open_before = open_files();
  for (const bool nameless : {true, false})
    for (const bool there : {true, false}) {
      int failed = 0;
      for (const int error : {EIO, ENOSPC}) {
        const auto begin = [&] { there ? write_bytes(path, old_text) : static_cast<void>(std::filesystem::remove(path)); };
        begin();
        const std::size_t calls = calls_of(path, {.nameless = nameless}).size();
        for (std::size_t at = 0; at < calls; ++at) {
          begin();
          std::vector<std::string> made;
          std::string said;
          {
            Faults faults({.at = static_cast<int>(at), .error = error, .nameless = nameless});
            said = saving(path, new_text);
            made = faults.calls();
          }
          CAPTURE(made.at(at));
          CAPTURE(at);
          const bool written = said.empty() || said.find("is written, but") != std::string::npos;
          CHECK(files_in(folder.path()) == (there || written ? 1 : 0));
          if (there || written) CHECK(read_bytes(path) == (written ? new_text : old_text));
          if (said.empty()) continue;
          ++failed;
          CHECK(said.starts_with(path + ": "));
          CHECK(said.find(std::strerror(error)) != std::string::npos);
          CHECK(said.find("; try ") != std::string::npos);
        }
      }
      CHECK(failed >= (nameless ? 12 : 14));  // of 18 to 24; some have another way, and what a folder is opened for is looked at
    }
  CHECK(open_files() == open_before);
}

TEST_CASE("a file that is in its place already, and what then fails, is said as well") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  // linkat, close, open, fsync of the folder
  const char* said[] = {"closing it failed", "its folder did not reach the disk", "its folder did not reach the disk"};
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove(path);
    std::string problem;
    {
      Faults faults({.at = 5 + i, .error = EIO});
      problem = saving(path, new_text);
    }
    CHECK(problem.starts_with(path + ": is written, but " + said[i] + ": Input/output error; try "));
    CHECK(read_bytes(path) == new_text);
  }
}

TEST_CASE("calls that a signal interrupts, or that do a part, go on") {
  const TempFolder folder;
  for (const bool nameless : {true, false}) {
    write_bytes(folder.file("f"), old_text);
    std::string said;
    {
      Faults faults({.interrupt = true, .most = 7, .nameless = nameless});
      said = saving(folder.file("f"), new_text);
    }
    CHECK(said == "");
    CHECK(read_bytes(folder.file("f")) == new_text);
    CHECK(files_in(folder.path()) == 1);
  }
}

TEST_CASE("a disk that fills up: how far it came") {
  const TempFolder folder;
  std::string said;
  {
    Faults faults({.at = 2, .error = ENOSPC});
    said = saving(folder.file("f"), new_text);
  }
  CHECK(said == folder.file("f") +
                    ": writing stopped after 2500 of 5000 bytes: No space left on device; try a folder with more free space");
}

TEST_CASE("a file that is larger than the limit: what to raise") {
  const TempFolder folder;
  std::string said;
  {
    Faults faults({.at = 2, .error = EFBIG});
    said = saving(folder.file("f"), new_text);
  }
  CHECK(said == folder.file("f") +
                    ": writing stopped after 2500 of 5000 bytes: File too large; "
                    "try a higher limit for the size of a file (ulimit -f)");
}

TEST_CASE("killed at any call: the old file or the new one, whole; and after the next save nothing beside it") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  for (const bool nameless : {true, false}) {
    int beside = 0;
    bool killed = true;
    for (int at = 0; killed; ++at) {
      write_bytes(path, old_text);
      killed = killed_in([&] {
        Faults faults({.at = at, .nameless = nameless});
        save(path, new_text);
      });
      CAPTURE(at);
      const std::string found = read_bytes(path);
      CHECK((found == old_text || found == new_text));
      CHECK((killed || found == new_text));
      beside += files_in(folder.path()) - 1;
      CHECK(saving(path, new_text) == "");
      CHECK(files_in(folder.path()) == 1);
    }
    CHECK(beside == (nameless ? 1 : 5));  // between the link and the renaming; or from the making to the renaming
  }
}

void kill_at_random(int times, unsigned seed) {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, std::string(100'000, 'a'));
  for (int i = 0; i < times; ++i) {
    const pid_t child = fork();
    if (child == 0)
      for (int n = 0;; ++n) save(path, std::string(100'000, static_cast<char>('a' + n % 26)));
    seed = seed * 1664525u + 1013904223u;
    usleep(500 + (seed >> 16) % 8000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string found = read_bytes(path);
    CHECK(found.size() == 100'000);
    CHECK(found == std::string(found.size(), found[0]));
    CHECK(files_in(folder.path()) <= 2);
  }
  save(path, "");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("killed at random, 20 times") { kill_at_random(20, 1); }
TEST_CASE("slow: killed at random, 500 times") { kill_at_random(500, 2); }

TEST_CASE("what nobody holds any more is removed, and nothing else") {
  const TempFolder folder;
  const std::vector<std::string> others = {".cambium-.tmp",    ".cambium-1.tmp",     ".cambium-1-2",    ".cambium-1-2.tmp.gz",
                                           ".cambium-a-2.tmp", ".cambium-1-2-3.tmp", "cambium-1-2.tmp", ".cambium-1-.tmp"};
  for (const std::string& name : others) write_bytes(folder.file(name), "x");
  write_bytes(folder.file(".cambium-1-0.tmp"), "x");
  write_bytes(folder.file(".cambium-999999-12.tmp"), "x");
  write_bytes(folder.file(".cambium-1-1.tmp"), "x");
  std::filesystem::create_directory(folder.file(".cambium-1-3.tmp"));
  std::filesystem::create_symlink("others", folder.file(".cambium-1-4.tmp"));
  const int held = open(folder.file(".cambium-1-1.tmp").c_str(), O_WRONLY);
  REQUIRE(flock(held, LOCK_EX) == 0);
  save(folder.file("f"), new_text);
  for (const std::string& name : others) CHECK(std::filesystem::exists(folder.file(name)));
  CHECK(std::filesystem::exists(folder.file(".cambium-1-1.tmp")));
  CHECK(std::filesystem::exists(folder.file(".cambium-1-3.tmp")));
  CHECK(files_in(folder.path()) == static_cast<int>(others.size()) + 4);
  close(held);
  {
    const AtomicFile waiting(folder.file("f"));
    CHECK_FALSE(std::filesystem::exists(folder.file(".cambium-1-1.tmp")));
  }
}

TEST_CASE("several writers at the same time do not take each other's files") {
  const TempFolder folder;
  for (const bool nameless : {true, false}) {
    Faults faults({.nameless = nameless});
    AtomicFile first(folder.file("f")), second(folder.file("f"));
    second.write("second", 6), first.write("first", 5);
    save(folder.file("g"), "third");
    second.commit();
    first.commit();
  }
  CHECK(read_bytes(folder.file("f")) == "first");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("a file that is about to be renamed is not taken for abandoned") {
  const TempFolder folder;
  static std::string another;
  another = folder.file("g");
  const auto save_another = [] { save(another, "another"); };
  write_bytes(folder.file("f"), old_text);
  for (const bool nameless : {true, false}) {
    const std::vector<std::string> calls = calls_of(folder.file("f"), {.nameless = nameless});
    const auto renaming = std::find(calls.begin(), calls.end(), "rename") - calls.begin();
    std::string said;
    {
      Faults faults({.at = static_cast<int>(renaming), .before = save_another, .nameless = nameless});
      said = saving(folder.file("f"), old_text);
    }
    CHECK(said == "");
    CHECK(read_bytes(folder.file("f")) == old_text);
    CHECK(read_bytes(another) == "another");
  }
}

}  // namespace
}  // namespace cambium
