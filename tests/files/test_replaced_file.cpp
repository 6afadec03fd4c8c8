#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
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

using cambium_tests::Faults;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;

TEST_CASE("a file that is replaced keeps its permissions; a new one has those that files get") {
  const TempFolder folder;
  for (const unsigned mode : {0600u, 0640u, 0666u, 0755u, 0200u}) {
    write_bytes(folder.file("f"), old_text);
    REQUIRE(chmod(folder.file("f").c_str(), mode) == 0);
    save(folder.file("f"), new_text);
    CHECK(mode_of(folder.file("f")) == mode);
  }
  REQUIRE(chmod(folder.file("f").c_str(), 04755) == 0);  // never the right to run as somebody else
  save(folder.file("f"), new_text);
  CHECK(mode_of(folder.file("f")) == 0755);
  const mode_t mask = umask(027);
  save(folder.file("new"), new_text);
  umask(mask);
  CHECK(mode_of(folder.file("new")) == 0640);
}

TEST_CASE("owner and group are kept by who may give them away; else nobody gains rights") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, old_text);
  if (chown(path.c_str(), 12345, 23456) != 0) {
    MESSAGE("not run: it needs the rights of root");
    return;
  }
  REQUIRE(chmod(path.c_str(), 0664) == 0);
  struct stat found;
  save(path, new_text);
  REQUIRE(stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 12345);
  CHECK(found.st_gid == 23456);
  CHECK(mode_of(path) == 0664);
  std::string said;
  {
    Faults faults({.give_away = false});
    said = saving(path, old_text);
  }
  CHECK(said == "");
  REQUIRE(stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == geteuid());
  CHECK(found.st_gid == getegid());
  CHECK(mode_of(path) == 0644);
}

TEST_CASE("the access list is kept") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, old_text);
  // Version 2; owner rw, user 12345 r, group none, mask r, others none.
  const unsigned char list[] = {2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,   4,  0, 57, 48, 0,   0,   4,   0,
                                0, 0, 255, 255, 255, 255, 16, 0, 4,   0,   255, 255, 255, 255, 32, 0, 0,  0,  255, 255, 255, 255};
  if (setxattr(path.c_str(), "system.posix_acl_access", list, sizeof list, 0) != 0) {
    MESSAGE("not run: no access lists here");
    return;
  }
  save(path, new_text);
  unsigned char kept[sizeof list] = {};
  CHECK(getxattr(path.c_str(), "system.posix_acl_access", kept, sizeof kept) == sizeof list);
  CHECK(std::equal(kept, kept + sizeof kept, list));
}

TEST_CASE("links lead to the file that is replaced, and stay") {
  const TempFolder folder;
  std::filesystem::create_directory(folder.file("there"));
  write_bytes(folder.file("there/f"), old_text);
  std::filesystem::create_symlink("there/f", folder.file("relative"));
  std::filesystem::create_symlink(folder.file("relative"), folder.file("absolute"));
  std::filesystem::create_symlink("../absolute", folder.file("there/back"));
  std::filesystem::create_symlink("there/new", folder.file("dangling"));
  int n = 0;
  for (const char* link : {"relative", "absolute", "there/back"}) {
    const std::string contents = new_text + std::to_string(++n);
    save(folder.file(link), contents);
    CHECK(std::filesystem::is_symlink(folder.file(link)));
    CHECK_FALSE(std::filesystem::is_symlink(folder.file("there/f")));
    CHECK(read_bytes(folder.file("there/f")) == contents);
  }
  save(folder.file("dangling"), new_text);
  CHECK(std::filesystem::is_symlink(folder.file("dangling")));
  CHECK(read_bytes(folder.file("there/new")) == new_text);
  CHECK(files_in(folder.path()) == 4);
  CHECK(files_in(folder.file("there")) == 3);

  std::filesystem::create_symlink("nowhere/new", folder.file("lost"));
  CHECK(saving(folder.file("lost"), new_text).find("making the folder " + folder.file("nowhere") + " first") != std::string::npos);
  std::filesystem::create_symlink("b", folder.file("a"));
  std::filesystem::create_symlink("a", folder.file("b"));
  CHECK(saving(folder.file("a"), new_text).find("Too many levels of symbolic links") != std::string::npos);
}

TEST_CASE("a second name of the old file keeps the old contents") {
  const TempFolder folder;
  write_bytes(folder.file("f"), old_text);
  std::filesystem::create_hard_link(folder.file("f"), folder.file("g"));
  save(folder.file("f"), new_text);
  CHECK(read_bytes(folder.file("f")) == new_text);
  CHECK(read_bytes(folder.file("g")) == old_text);
}

TEST_CASE("nothing but a regular file is replaced, even if it comes in between") {
  const TempFolder folder;
  const std::string pipe = folder.file("pipe"), device = folder.file("device");
  REQUIRE(mkfifo(pipe.c_str(), 0666) == 0);
  CHECK(saving(pipe, new_text) == pipe + ": is not a regular file but a pipe; try another name");
  CHECK_THROWS_AS(AtomicFile{pipe}, Error);  // before anything is written
  std::filesystem::create_symlink("pipe", folder.file("to pipe"));
  CHECK(saving(folder.file("to pipe"), new_text).find("not a regular file but a pipe") != std::string::npos);
  CHECK(saving(folder.path(), new_text) == folder.path() + ": is not a regular file but a folder; try the name of a file in it");
  if (mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0) {
    CHECK(saving(device, new_text) == device + ": is not a regular file but a device; try another name");
    struct stat found;
    CHECK((lstat(device.c_str(), &found) == 0 && S_ISCHR(found.st_mode)));
    std::filesystem::remove(device);
  }
  write_bytes(folder.file("f"), old_text);
  {
    AtomicFile file(folder.file("f"));
    file.write("x", 1);
    std::filesystem::remove(folder.file("f"));
    REQUIRE(mkfifo(folder.file("f").c_str(), 0666) == 0);
    CHECK_THROWS_AS(file.commit(), Error);
  }
  struct stat found;
  CHECK((lstat(folder.file("f").c_str(), &found) == 0 && S_ISFIFO(found.st_mode)));
  CHECK(files_in(folder.path()) == 3);
  CHECK(saving("", new_text) == ": cannot be written: No such file or directory; try a name");
  CHECK(saving(folder.file("none/"), new_text).find("making the folder " + folder.file("none") + " first") != std::string::npos);
}

TEST_CASE("a file that may not be written to is not replaced") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, old_text);
  REQUIRE(chmod(path.c_str(), 0444) == 0);
  REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
  // The rights of root are above such bits.
  const bool refused = killed_in([&] {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    const std::string wanted = path + ": cannot be replaced: Permission denied; try another name, or permission to write to it";
    if (saving(path, new_text) == wanted) kill(getpid(), SIGKILL);
  });
  CHECK(refused);
  CHECK(read_bytes(path) == old_text);
  CHECK(files_in(folder.path()) == 1);
}

// What is said before anything is written.
std::string refusal(const std::string& path) {
  try {
    AtomicFile probe(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a file of somebody else in a folder like /tmp is refused before anything is written") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, old_text);
  REQUIRE(chmod(path.c_str(), 0666) == 0);
  REQUIRE(chmod(folder.path().c_str(), 01777) == 0);
  if (geteuid() != 0) {
    MESSAGE("not run: it needs the rights of root");
    return;
  }
  const std::string wanted =
      path + ": cannot be replaced, in a folder where only owners replace files: Operation not permitted; try another name";
  const auto said_to = [&](uid_t owner, uid_t owner_of_folder) {
    REQUIRE(chown(path.c_str(), owner, owner) == 0);
    REQUIRE(chown(folder.path().c_str(), owner_of_folder, owner_of_folder) == 0);
    return killed_in([&] {
      if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
      if (refusal(path) == wanted) kill(getpid(), SIGKILL);
    });
  };
  CHECK(said_to(0, 0));
  CHECK_FALSE(said_to(65534, 0));
  CHECK_FALSE(said_to(0, 65534));
  CHECK(read_bytes(path) == old_text);
  CHECK(saving(path, new_text) == "");  // root is above that
}

TEST_CASE("a file that something is mounted on is refused before anything is written") {
  const TempFolder folder;
  const std::string path = folder.file("f");
  write_bytes(path, old_text);
  const std::string wanted = path + ": cannot be replaced, being a mount point: Device or resource busy; try another name";
  // In a child, whose mounts are its own.
  const bool refused = killed_in([&] {
    const char* name = path.c_str();
    const bool mounted = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount(name, name, nullptr, MS_BIND, nullptr) == 0;
    if (!mounted) fmt::print("not run: nothing can be mounted here\n");
    if (!mounted || refusal(path) == wanted) kill(getpid(), SIGKILL);
  });
  CHECK(refused);
}

}  // namespace
}  // namespace cambium
