// The program stream, from outside: what columns and labels are, and what is done where they are not what they seem.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "cambium/framework/base/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A number, a text and a class that follows from both; in the first rows the text is missing.
std::string row_of(std::size_t i, std::size_t missing) {
  const double x = Random(8).of(i).normal(0);
  const bool red = Random(8).of(i).uniform(1) < 0.5;
  return fmt::format("{:.4f},{},{}", x, i < missing ? "" : red ? "red" : "blue", (red ? x : -x) > 0 ? "up" : "down");
}

void write_table(const std::string& path, std::size_t rows, std::size_t missing) {
  std::ofstream file(path);
  file << "x,kind,label\n";
  for (std::size_t i = 0; i < rows; ++i) file << row_of(i, missing) << '\n';
}

}  // namespace

TEST_CASE("stream: rows of a pipe are held back until each column has had a cell, and give the lines of a file") {
  if (!is_built("stream", "holds rows back")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv"), saved = folder.file("s.safetensors"), out = folder.file("out.csv");
  write_table(path, 300, 40);
  const Ending file = run_app("stream", "--label label " + path), pipe = run_app("stream", "--label label", "cat " + path + " |");
  REQUIRE_MESSAGE(file.code == 0, file.err);
  CHECK(pipe.out == file.out);
  CHECK_MESSAGE(!has(pipe.err, "broken"), pipe.err);

  // Saved while rows were held nothing is: what goes on gives the bytes of a run that never stopped.
  const std::string options = fmt::format("--label label --every 7 --save {} --out {} --resume", saved, out);
  for (const char* part : {"head -46", "sed -n '1p; 47,90p'", "sed -n '1p; 91,$p'"}) {
    const Ending end = run_app("stream", options, fmt::format("{} {} |", part, path));
    REQUIRE_MESSAGE(end.code == 0, end.err);
  }
  CHECK(read_bytes(out) == file.out);

  write_table(path, 30, 30);  // the input ends before there is a cell
  const Ending none = run_app("stream", "--label label", "cat " + path + " |");
  CHECK_MESSAGE(has(none.err, "30 rows,"), none.err);
}

TEST_CASE("stream: behind a pipe that is silent held rows are answered, and a column whose cells come later may still be a text") {
  if (!is_built("stream", "lets held rows go")) return;
  const TempFolder folder;
  const std::string fifo = folder.file("fifo"), saved = folder.file("s.safetensors");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  Process stream("stream", {"--label", "label", "--save", saved, fifo});
  std::ofstream to(fifo);
  to << "x,kind,label\n" << row_of(0, 2) << '\n' << row_of(1, 2) << '\n' << std::flush;
  const bool answered = stream.says("\n2,");
  CHECK(answered);
  for (std::size_t i = 2; i < 200; ++i) to << row_of(i, 2) << '\n';
  to << std::flush;
  const bool learnt = stream.says("\n200,");
  CHECK(learnt);
  to.close();
  const Ending end = stream.wait();
  CHECK_MESSAGE(end.code == 0, end.err);
  CHECK_MESSAGE(has(end.err, "is a text, and by now there is room for one; --text kind makes more"), end.err);
  CHECK_MESSAGE(has(end.err, "200 rows,"), end.err);
  CHECK_MESSAGE(!has(end.err, "broken"), end.err);
}

TEST_CASE("stream: a run that is stopped while it holds rows back takes them first") {
  if (!is_built("stream", "takes held rows at a signal")) return;
  const TempFolder folder;
  const std::string fifo = folder.file("fifo"), saved = folder.file("s.safetensors");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  Process stream("stream", {"--label", "label", "--save", saved, fifo});
  const int to = open(fifo.c_str(), O_WRONLY);
  REQUIRE(to >= 0);
  std::string text = "x,kind,label\n";
  for (std::size_t i = 0; i < 20; ++i) text += row_of(i, 20) + '\n';
  REQUIRE(write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  for (int waits = 1; waits > 0; poll(nullptr, 0, 1)) REQUIRE(ioctl(to, FIONREAD, &waits) == 0);  // until it has read them
  stream.send(SIGTERM);
  const Ending end = stream.wait();
  close(to);
  CHECK(end.code == 128 + SIGTERM);
  CHECK_MESSAGE(has(end.err, "stopped after 20 rows"), end.err);
  CHECK_MESSAGE(has(end.out, "\n20,"), end.out);
  CHECK(std::filesystem::exists(saved));
}

TEST_CASE("stream: a label of many numbers is a value where it can be read ahead, as train takes it, and else is warned of") {
  if (!is_built("stream", "takes labels")) return;
  const TempFolder folder;
  const auto ends = [&](const std::function<std::string(int)>& label, const char* before = "") {
    std::ofstream file(folder.file("rows.csv"));
    file << "x,y\n";
    for (int i = 0; i < 400; ++i) file << fmt::format("{:.3f},{}\n", Random(3).normal(static_cast<std::uint64_t>(i)), label(i));
    file.close();
    const std::string path = folder.file("rows.csv");
    return *before ? run_app("stream", "--label y", before + path + " |").err : run_app("stream", "--label y " + path).err;
  };
  const auto price = [](int i) { return fmt::format("{}", 100000 + 997 * i % 400); };
  const auto half = [](int i) { return fmt::format("{}", i == 0 ? 0.0 : i + 0.5); };
  for (const std::string& err : {ends(price), ends(half)}) CHECK_MESSAGE(has(err, "mean absolute error"), err);
  for (const std::string& err :
       {ends([](int i) { return std::to_string(i % 3); }), ends([](int i) { return i % 2 ? "1.0" : "0.0"; }),
        ends([](int i) { return i % 2 ? "7" : "often"; })})
    CHECK_MESSAGE(has(err, "accuracy"), err);

  const std::string piped = ends(price, "cat ");
  CHECK_MESSAGE(has(piped, "the label 'y' has 31 different numbers so far, each a class; try --task regress"), piped);
  CHECK_MESSAGE(has(piped, "; others will be learnt without a word"), piped);
  std::size_t told = 0;
  for (std::size_t at = piped.find("a class that"); at != piped.npos; at = piped.find("a class that", at + 1)) ++told;
  CHECK(told == 10);
}

}  // namespace cambium_tests
