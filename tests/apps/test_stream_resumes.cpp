// A stream that was stopped, or killed, goes on as if it never was.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cambium/framework/base/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

void write_rows(const std::string& path, std::size_t rows) {
  std::ofstream file(path);
  file << "a,b,kind,value,label\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const Random random = Random(9).of(i);
    const double a = random.normal(0), b = 1e3 + 0.1 * static_cast<double>(i) + random.normal(1);
    const char* label = i > rows / 2 && random.uniform(3) < 0.1 ? "late" : a > 0 ? "yes" : "no";
    file << fmt::format("{},{:.3f},{},{:.2f},{}\n", random.uniform(5) < 0.01 ? "" : fmt::format("{:.3f}", a), b,
                        random.below(4, 5) == 0 ? "x" : "y", 50 + 3 * a, label);
  }
}

struct Files {
  TempFolder folder;
  std::string rows = folder.file("rows.csv");
  std::string options(const std::string& task, const std::string& name) const {
    return fmt::format("{} --every 500 --quiet --save {} --out {} --log {} {}", task, folder.file(name + ".safetensors"),
                       folder.file(name + ".csv"), folder.file(name + ".jsonl"), rows);
  }
  bool same(const std::string& a, const std::string& b) const {
    return read_bytes(folder.file(a + ".csv")) == read_bytes(folder.file(b + ".csv")) &&
           read_bytes(folder.file(a + ".jsonl")) == read_bytes(folder.file(b + ".jsonl"));
  }
};

const std::vector<std::string> tasks = {
    "--label label", "--label label --delay 20",         "--label value --delay 3",
    "--label value", "--task anomaly --leave-out label", "--label label --key b --late 9 --reference 500 --rows-per-day 200"};

}  // namespace

TEST_CASE("stream: resumed at any row, it writes the bytes of a run that never stopped") {
  if (!is_built("stream", "goes on")) return;
  const Files files;
  write_rows(files.rows, 3000);
  for (const std::string& task : tasks) {
    REQUIRE_MESSAGE(run_app("stream", files.options(task, "whole")).code == 0, task);
    for (const std::size_t stop : {2u, 731u, 1777u}) {  // a shorter file, and then all of it
      const std::string all = read_bytes(files.rows);
      std::size_t end = 0;
      for (std::size_t line = 0; line <= stop; ++line) end = all.find('\n', end) + 1;
      write_bytes(files.rows, all.substr(0, end));
      REQUIRE_MESSAGE(run_app("stream", files.options(task, "part")).code == 0, task);
      write_bytes(files.rows, all);
      const Ending on = run_app("stream", files.options(task, "part") + " --resume");
      CHECK_MESSAGE(on.code == 0, on.err);
      const bool same = files.same("whole", "part");
      CHECK_MESSAGE(same, fmt::format("{} stopped after {}", task, stop));
      for (const char* name : {"part.safetensors", "part.safetensors.1", "part.safetensors.2", "part.csv", "part.jsonl"})
        std::filesystem::remove(files.folder.file(name));
    }
    std::filesystem::remove(files.folder.file("whole.safetensors"));
  }
}

TEST_CASE("stream: a damaged file is named, and the one before it taken; other options are refused") {
  if (!is_built("stream", "goes on")) return;
  const Files files;
  write_rows(files.rows, 1700);
  REQUIRE(run_app("stream", files.options("--label label", "whole")).code == 0);
  REQUIRE(run_app("stream", files.options("--label label", "part")).code == 0);
  const std::string saved = files.folder.file("part.safetensors");
  std::string bytes = read_bytes(saved);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(saved, bytes);
  const Ending on = run_app("stream", files.options("--label label", "part") + " --resume");
  CHECK(on.code == 0);
  CHECK_MESSAGE(on.err.find("the one before it is taken") != std::string::npos, on.err);
  CHECK(files.same("whole", "part"));
  const Ending other = run_app("stream", files.options("--label label --rate 0.03", "part") + " --resume");
  CHECK(other.code == 2);
  CHECK_MESSAGE(other.err.find("was learnt with other options") != std::string::npos, other.err);
}

TEST_CASE("stream: behind a pipe it answers each row at once, ends at a signal, and says how to go on") {
  if (!is_built("stream", "lives")) return;
  const Files files;
  write_rows(files.rows, 200);
  const std::string fifo = files.folder.file("fifo"), saved = files.folder.file("live.safetensors");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  Process stream("stream", {"--label", "label", "--save", saved, fifo});
  std::ofstream to(fifo);
  to << read_bytes(files.rows) << std::flush;
  const bool answered = stream.says("\n200,");
  CHECK(answered);
  stream.send(SIGTERM);
  const Ending end = stream.wait();
  CHECK(end.code == 128 + SIGTERM);
  CHECK_MESSAGE(end.err.find("stopped after 200 rows; to go on: ") != std::string::npos, end.err);
  CHECK_MESSAGE(end.err.find(" --resume\n") != std::string::npos, end.err);
  CHECK(std::filesystem::exists(saved));
}

TEST_CASE("stream: a second one that would save to the same file is refused, and not when the first has ended or was killed") {
  if (!is_built("stream", "locks")) return;
  const Files files;
  write_rows(files.rows, 50);
  const std::string fifo = files.folder.file("fifo"), saved = files.folder.file("one.safetensors");
  const std::string second = fmt::format("--label label --quiet --save {} {}", saved, files.rows);
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  for (const int signal : {SIGTERM, SIGKILL}) {
    std::filesystem::remove(saved);
    Process stream("stream", {"--label", "label", "--save", saved, fifo});
    std::ofstream to(fifo);
    to << read_bytes(files.rows) << std::flush;
    const bool runs = stream.says("\n50,");
    REQUIRE(runs);
    const Ending refused = run_app("stream", second);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK_MESSAGE(refused.err == fmt::format("stream: --save: another stream writes into {}; try a file for each stream\n", saved),
                  refused.err);
    stream.send(signal);
    CHECK(stream.wait().code == (signal == SIGKILL ? -SIGKILL : 128 + signal));
    const Ending now = run_app("stream", second + " --resume");
    CHECK_MESSAGE(now.code == 0, now.err);
    CHECK(!std::filesystem::exists(saved + ".lock"));
  }
}

TEST_CASE("slow: stream killed at 200 moments, it goes on with the bytes of a run that was not") {
  if (!is_built("stream", "is killed")) return;
  const Files files;
  write_rows(files.rows, 40000);
  int kills = 0;
  for (std::size_t round = 0; kills < 200; ++round) {
    const std::size_t which = round % tasks.size();
    const std::string &task = tasks[which], whole = fmt::format("whole{}", which);
    if (round < tasks.size()) REQUIRE(run_app("stream", files.options(task, whole)).code == 0);
    std::string resume;
    while (kills < 200) {
      const auto wait = 30 + Random(3).below(static_cast<std::uint64_t>(kills), 400);
      const Ending end =
          run_app("stream", files.options(task, "part") + resume, fmt::format("timeout --foreground -s KILL {}e-3", wait));
      if (end.code == 0) break;
      ++kills, resume = " --resume";
    }
    const Ending last = run_app("stream", files.options(task, "part") + " --resume");
    CHECK_MESSAGE(last.code == 0, last.err);
    const bool same = files.same(whole, "part");
    CHECK_MESSAGE(same, fmt::format("{} after {} kills", task, kills));
    for (const char* name : {"part.safetensors", "part.safetensors.1", "part.safetensors.2", "part.csv", "part.jsonl"})
      std::filesystem::remove(files.folder.file(name));
  }
}

TEST_CASE("stream --reference FILE: a signal before its end begins nothing, and saves nothing that would go on from half of it") {
  if (!is_built("stream", "reads a reference")) return;
  const TempFolder folder;
  std::ofstream(folder.file("s.csv")) << "a,b,label\n1,2,up\n2,1,down\n3,5,up\n";
  const std::string before =
      fmt::format("cd '{}' && mkfifo r && {{ (cat s.csv; sleep 3) >r & }} && timeout --preserve-status -s INT 1", folder.path());
  const Ending cut = run_app("stream", "--label label --reference r --save s.st s.csv", before);
  CHECK(cut.code == 2);
  CHECK_MESSAGE(cut.err.find("--reference: r was not read to its end") != cut.err.npos, cut.err);
  CHECK(!std::filesystem::exists(folder.file("s.st")));
}

}  // namespace cambium_tests
