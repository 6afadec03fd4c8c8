// What all programs do alike: help, errors and output that finds no room.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

namespace {

using namespace cambium_tests;
using cambium::fits;
using To = Surroundings::To;
using Words = std::vector<std::string>;

bool is_built() { return cambium_tests::is_built("train", "and the other programs"); }

TEST_CASE("programs: help is a success, unless nobody gets it") {
  if (!is_built()) return;
  for (const std::string name :
       {"train", "evaluate", "stream", "inspect", "export", "digits", "gallery", "compare_norms", "landscape", "benchmark"}) {
    CAPTURE(name);
    for (const std::string help : {"--help", "-h"}) {
      const Ending told = Process(name, {help}).wait();
      CHECK(told.code == 0);
      CHECK(told.err == "");
      CHECK(fits(told.out, "*Usage: " + name + " *--help*"));
    }
    const Ending full = Process(name, {"--help"}, {.out = To::full_disk}).wait();
    CHECK(full.code == 1);
    CHECK_MESSAGE(full.err == name + ": standard output cannot be written: No space left on device\n", full.err);
    CHECK(Process(name, {"--help"}, {.out = To::left_pipe}).wait().code == 1);
    CHECK(Process(name, {"--help"}, {.out = To::closed}).wait().code == 1);
    CHECK(Process(name, {"--help"}, {.err = To::closed}).wait().code == 0);
  }
}

TEST_CASE("programs: each says which version it is") {
  if (!is_built()) return;
  for (const std::string name : {"train", "predict", "evaluate", "stream", "inspect", "export", "digits", "gallery",
                                 "compare_norms", "landscape", "benchmark"}) {
    const Ending told = Process(name, {"--version"}).wait();
    CHECK(told.code == 0);
    CHECK_MESSAGE(told.out == name + " of Cambium " CAMBIUM_VERSION "\n", told.out);
  }
}

TEST_CASE("programs: a wrong start is exit code 2, whoever listens") {
  if (!is_built()) return;
  for (const std::string name : {"train", "evaluate", "stream", "inspect", "export", "digits", "gallery", "compare_norms",
                                 "landscape", "benchmark", "first_network"}) {
    CAPTURE(name);
    const Ending told = Process(name, {"--hepl"}).wait();
    CHECK(told.code == 2);
    CHECK(told.out == "");
    CHECK_MESSAGE(fits(told.err, name + ": *--hepl*\n"), told.err);
    CHECK(Process(name, {"--hepl"}, {.err = To::closed}).wait().code == 2);
    CHECK(Process(name, {"--hepl"}, {.out = To::closed, .err = To::closed, .in_closed = true}).wait().code == 2);
    CHECK(Process(name, {"--hepl"}, {.out = To::full_disk, .err = To::full_disk}).wait().code == 2);
  }
}

TEST_CASE("programs: the first network tells every error in one line") {
  if (!is_built()) return;
  const Ending word = Process("first_network", {"\x1b[31m"}).wait();
  CHECK(word.code == 2);
  CHECK_MESSAGE(word.err == "first_network: takes no options, and got '\\x1b[31m'\n", word.err);
  const Ending environment = run_app("first_network", "", "CAMBIUM_ISA=foo");
  CHECK(environment.code == 2);
  CHECK_MESSAGE(fits(environment.err, "first_network: environment: CAMBIUM_ISA=foo, *; try *\n"), environment.err);
}

TEST_CASE("programs: digits makes the folder before it looks for room in it") {
  if (!is_built()) return;
  const TempFolder folder;
  const Words words = {"--out", folder.file("new"), "--sheet", folder.file("new/s.png"), "--train", "10", "--test", "10"};
  const Ending ending = Process("digits", words).wait();
  CHECK_MESSAGE(ending.code == 0, ending.err);
  CHECK(read_bytes(folder.file("new/s.png")).starts_with("\x89PNG"));
}

TEST_CASE("programs: digits writes whole files or none, and says which it could not") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string sheet = folder.file("sheet.png");
  const Words words = {"--sheet", sheet, "--test", "100"};
  const Ending small = Process("digits", words, {.most_bytes = 1000}).wait();
  CHECK(small.code == 1);
  CHECK_MESSAGE(fits(small.err, "digits: " + sheet + ": * File too large; try *\n"), small.err);
  CHECK(std::filesystem::is_empty(folder.path()));

  const Words images = {"--out", folder.file("set"), "--train", "100", "--test", "10"};
  CHECK(Process("digits", images, {.most_bytes = 1000}).wait().code == 1);
  CHECK(std::filesystem::is_empty(folder.file("set")));
  std::filesystem::remove(folder.file("set"));

  CHECK(Process("digits", words, {.out = To::full_disk}).wait().code == 1);  // nobody was told, but it is there
  const std::string png = read_bytes(sheet);
  CHECK(png.starts_with("\x89PNG"));
  CHECK(png.find("IEND") == png.size() - 8);
  CHECK(Process("digits", words, {.most_bytes = 1000}).wait().code == 1);
  CHECK(read_bytes(sheet) == png);
  CHECK(Process("digits", {"--sheet", "/nowhere/at/all.png"}).wait().code == 2);
}

TEST_CASE("programs: a signal ends the benchmark with what it measured, and no trace is cut short") {
  if (!is_built()) return;
  const Words quick = {"--warm-s", "0", "--time-s", "0", "--min-steps", "1", "--workload", "W3", "--batch", "2"};
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) {
    Words words = quick;
    words.insert(words.end(), {"--rounds", "1000"});
    Process process("benchmark", words);
    CHECK(process.says("Cambium "));
    usleep(100'000);
    process.send(number);
    const Ending ending = process.wait();
    CHECK(ending.code == 128 + number);
    CHECK_MESSAGE(fits(ending.out, "*\nworkload *\nMB: *"), ending.out);
  }
  const TempFolder folder;
  Words words = quick;
  words.insert(words.end(), {"--profile", "--mode", "train", "--trace", folder.file("trace.json")});
  CHECK(Process("benchmark", words, {.out = To::terminal, .most_bytes = 300}).wait().code == 1);
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace
