// The line that lives below a training: in any width, whole, and gone at the end.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "apps/train/progress_line.h"
#include "tests/apps/process.h"

namespace {

using namespace cambium_tests;
using To = Surroundings::To;

cambium::StepReport report(double loss, double speed, int epochs) {
  cambium::StepReport r;
  r.epoch = 1, r.epochs = epochs, r.step = 3, r.steps = 10;
  r.mean_loss = loss, r.mean_accuracy = 0.5, r.samples_per_second = speed, r.seconds = 3;
  return r;
}

std::vector<std::string> parts_of(const std::string& line) {
  std::vector<std::string> parts;
  for (std::size_t at = 0, end; at < line.size(); at = end + 2) {
    end = std::min(line.find("  ", at), line.size());
    parts.push_back(line.substr(at, end - at));
  }
  return parts;
}

TEST_CASE("train: the living line fits any width with whole parts") {
  for (const auto& r : {report(0.25, 12345, 5), report(1e30, 1e9, 2147483647), report(std::nan(""), 0.3, 5)}) {
    const std::string longest = train::progress_line(r, 0.1, 1000);
    std::set<std::string> whole;
    for (const std::string& part : parts_of(longest))
      if (part[0] != '[') whole.insert(part);
    CHECK(whole.size() == 5);
    for (int width = 0; width <= 200; ++width) {
      const std::string line = train::progress_line(r, 0.1, width);
      CHECK(static_cast<int>(line.size()) <= width);
      for (const std::string& part : parts_of(line))
        CHECK_MESSAGE((whole.contains(part) || (part.size() >= 6 && part[0] == '[' && part.back() == ']')), part << " in " << line);
      if (width >= static_cast<int>(whole.begin()->size())) CHECK(!line.empty());
    }
  }
  CHECK(train::progress_line(report(0.25, 12345, 5), 0.1, 78) ==
        "epoch 1/5  [####-----------]  loss 0.2500  50.00 %  12345 samples/s  0:27 left");
  CHECK(train::progress_line(report(0.25, 12345, 5), 0.1, 39) == "epoch 1/5  loss 0.2500  0:27 left");
}

TEST_CASE("train: the living line leaves out what matters less before what matters more") {
  const auto r = report(0.25, 12345, 5);
  const std::vector<std::string> ranks = {"epoch", " left", "loss", " %", "samples/s", "["};
  for (int width = 9; width <= 200; ++width) {
    const std::string line = train::progress_line(r, 0.1, width);
    bool gone = false;
    for (const std::string& part : ranks) {
      const bool there = line.find(part) != line.npos;
      CHECK_MESSAGE(!(gone && there), part << " at " << width << " columns: " << line);
      gone = !there;
    }
  }
  CHECK(train::progress_line(r, 0.1, 29) == "epoch 1/5  0:27 left");
}

// What stands between two clearings of the line.
std::vector<std::string> living_lines(const std::string& text) {
  const std::string clear = "\r\x1b[K";
  std::vector<std::string> lines;
  for (std::size_t at = text.find(clear), next; at != text.npos; at = next) {
    at += clear.size();
    next = text.find(clear, at);
    const std::string line = text.substr(at, next == text.npos ? next : next - at);
    if (line.find('\n') == line.npos) lines.push_back(line);
  }
  return lines;
}

TEST_CASE("train: on terminals of any width, and one that changes, no line is longer than the terminal") {
  if (!is_built("train", "on a terminal")) return;
  for (const int columns : {80, 40, 20, 5, 1}) {
    CAPTURE(columns);
    Process process("train", training({"--epochs", "1000000000"}), {.out = To::terminal, .columns = columns});
    CHECK(process.says("\x1b[K"));
    usleep(150'000);
    process.send(SIGINT);
    const Ending ending = process.wait();
    CHECK(ending.code == 130);
    const std::vector<std::string> lines = living_lines(ending.out);
    CHECK(!lines.empty());
    for (const std::string& line : lines) CHECK_MESSAGE(static_cast<int>(line.size()) < columns, line);
    const std::size_t cleared = ending.out.rfind("\r\x1b[K");
    CHECK(ending.out.find("test accuracy", cleared) != std::string::npos);  // and nothing of it is left there
    CHECK(ending.out.find(" left", cleared) == std::string::npos);
  }
  Process process("train", training({"--epochs", "1000000000"}), {.out = To::terminal, .columns = 100});
  CHECK(process.says("samples/s  "));
  process.resize(30);
  usleep(150'000);
  const std::size_t before = process.out().size();
  usleep(250'000);
  process.send(SIGINT);
  const Ending ending = process.wait();
  const std::vector<std::string> later = living_lines(ending.out.substr(before));
  CHECK(!later.empty());
  for (std::size_t i = 1; i < later.size(); ++i) CHECK_MESSAGE(later[i].size() < 30, later[i]);
}

TEST_CASE("train: what is said on standard error does not stand in the living line") {
  if (!is_built("train", "on a terminal")) return;
  const TempFolder folder;
  const std::vector<std::string> words = training({"--epochs", "1000000000", "--log", "/dev/full"});
  Process process("train", words, {.out = To::terminal});
  CHECK(process.says("cannot be written any more"));
  process.send(SIGTERM);
  CHECK(process.wait().code == 143);
}

}  // namespace
