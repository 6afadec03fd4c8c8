// A run in a folder survives whatever ends it: killed at any moment, stopped by a signal, it goes on, and ends as if it never was.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/training/checkpoints.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using cambium_tests::few_images;
using cambium_tests::Process;
using cambium_tests::TempFolder;
using Words = std::vector<std::string>;

Words whole_run(const std::string& folder, int epochs = 6) {
  return {"--data",
          "mnist",
          "--data-dir",
          few_images(),
          "--batch",
          "8",
          "--epochs",
          std::to_string(epochs),
          "--augment",
          "1",
          "--validate",
          "16",
          "--quiet",
          "--threads",
          "1",
          "--checkpoint-steps",
          "2",
          "--layers",
          "conv 2 k5, online_norm, affine, relu, pool 4, flatten, dropout 0.2, dense 10",
          "--out",
          folder};
}

Words going_on(const std::string& folder) { return {"--out", folder, "--resume", "--quiet"}; }

// All that a run leaves but the time that it took.
struct Left {
  std::string model, lines, objects;
  std::string names;
};

void check_same(const Left& left, const Left& expected) {
  CHECK(left.names == expected.names);
  CHECK(left.lines == expected.lines);
  CHECK(left.objects == expected.objects);
  CHECK((left.model == expected.model));  // too long to be shown
}

std::string without_times(const std::string& text, const std::string& begin, const std::string& end) {
  std::string left;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t time = text.find(begin, at), after = time == text.npos ? text.npos : text.find(end, time);
    left += text.substr(at, time - at);
    at = after == text.npos ? text.size() : after;
  }
  return left;
}

Left left_in(const std::string& folder) {
  Left left;
  left.model = cambium_tests::read_bytes(folder + "/model.safetensors");
  const std::string csv = cambium_tests::read_bytes(folder + "/log.csv");
  for (std::size_t at = 0; at < csv.size();) {  // the last two of nine columns are times
    const std::size_t end = csv.find('\n', at);
    std::string line = csv.substr(at, end - at);
    for (int i = 0; i < 2; ++i) line.resize(line.rfind(','));
    left.lines += line + '\n', at = end + 1;
  }
  left.objects = without_times(cambium_tests::read_bytes(folder + "/log.jsonl"), "\"seconds\": ", "}");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) left.names += name + ' ';
  return left;
}

// What is wrong with the checkpoints of a run that was just ended. One that came before its first has none.
std::string damage(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".damaged")) return name;
    if (name.starts_with("step-") || name == "best.safetensors") try {
        const CheckpointFile whole(entry.path().string());
      } catch (const Error& error) {
        return error.what();
      }
  }
  return "";
}

// Runs are killed after times between 0 and that of a whole one, each until it ends by itself.
void check_kills(int kills, std::uint64_t seed) {
  const TempFolder folder;
  const std::string whole = folder.file("whole"), cut = folder.file("cut");
  REQUIRE(Process("train", whole_run(whole)).wait().code == 0);
  const Left expected = left_in(whole);
  const Random random(seed);
  int killed = 0, runs = 0;
  for (std::uint64_t i = 0; killed < kills; ++i) {
    const bool begun = fs::exists(cut) && !checkpoints_in(cut).empty();
    Process process("train", begun ? going_on(cut) : whole_run(cut));
    usleep(static_cast<useconds_t>(random.uniform(i, 5'000, 150'000)));
    process.send(SIGKILL);
    if (const int code = process.wait().code; code == -SIGKILL) {
      ++killed;
      if (fs::exists(cut)) CHECK(damage(cut) == "");
    } else {
      REQUIRE(code == 0);
      check_same(left_in(cut), expected);
      fs::remove_all(cut);
      ++runs;
    }
  }
  if (fs::exists(cut) && !checkpoints_in(cut).empty()) {
    REQUIRE(Process("train", going_on(cut)).wait().code == 0);
    check_same(left_in(cut), expected);
    ++runs;
  }
  MESSAGE(killed << " kills, " << runs << " runs that came to their end");
}

void check_signals(int signals, std::uint64_t seed) {
  const TempFolder folder;
  const std::string whole = folder.file("whole");
  REQUIRE(Process("train", whole_run(whole, 12)).wait().code == 0);
  const Left expected = left_in(whole);
  int stopped = 0;
  for (std::uint64_t i = 0; stopped < signals; ++i) {
    const std::string cut = folder.file("cut");
    const int signal = std::vector<int>{SIGINT, SIGTERM, SIGHUP}[i % 3];
    Process process("train", whole_run(cut, 12));
    while (!fs::exists(cut) || checkpoints_in(cut).empty()) usleep(500);  // it has begun, and knows what a signal is
    usleep(static_cast<useconds_t>(Random(seed).uniform(i, 0, 60'000)));
    process.send(signal);
    const cambium_tests::Ending ending = process.wait();
    if (ending.code != 0) {
      ++stopped;
      CHECK(ending.code == 128 + signal);
      CHECK_MESSAGE(fits(ending.out, "interrupted after * of 12 epochs; to go on: /*/apps/train --out * --resume\n"), ending.out);
      CHECK(ending.err == "");
      CHECK(damage(cut) == "");
      REQUIRE(Process("train", going_on(cut)).wait().code == 0);
    }
    check_same(left_in(cut), expected);
    fs::remove_all(cut);
  }
}

}  // namespace

TEST_CASE("train: a run that is killed goes on bit for bit, its logs too") {
  if (!cambium_tests::is_built("train", "killed")) return;
  check_kills(12, 1);
}

TEST_CASE("train: a run that a signal stops says how it goes on, and does") {
  if (!cambium_tests::is_built("train", "stopped")) return;
  check_signals(4, 2);
}

TEST_CASE("slow: train: 1,000 kills") {
  if (!cambium_tests::is_built("train", "killed")) return;
  check_kills(1000, 3);
}

TEST_CASE("slow: train: 200 signals") {
  if (!cambium_tests::is_built("train", "stopped")) return;
  check_signals(200, 4);
}

TEST_CASE("train: what cannot be in --out is refused") {
  if (!cambium_tests::is_built("train", "refused")) return;
  const TempFolder folder;
  const std::string run = folder.file("run"), file = folder.file("file");
  cambium_tests::write_bytes(file, "no folder");
  REQUIRE(Process("train", whole_run(run, 1)).wait().code == 0);
  const auto refused = [](Words words, const std::string& error) {
    const cambium_tests::Ending ending = Process("train", words).wait();
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, error), ending.err);
  };
  const auto changed = [&](const std::string& where, Words more) {
    Words words = whole_run(where, 1);
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  refused(whole_run(run, 1), "train: --out: * has the checkpoints of an earlier training; try --resume to go on with it*");
  refused({"--resume"}, "train: --resume needs the folder of the training; try --out DIR\n");
  refused({"--resume", "--out", folder.file("none")}, "train: --resume: in * there is no checkpoint to go on from; try *");
  refused(whole_run(file + "/run", 1), "train: --out: * cannot be made: Not a directory; try *");
  refused(whole_run(file, 1), "train: --out: * cannot be made: *; try *");
  refused(changed(run, {"--resume", "--seed", "9"}), "train: --seed 9, and the run in * has 1; try --out * --resume alone\n");
  refused({"--out", run, "--resume", "--rate", "0.5"}, "train: --rate 0.5, and the run in * has *; try --out * --resume alone\n");
  refused({"--out", run, "--resume", "--balanced"}, "train: --balanced, and the run in * has none; try *");
  refused(changed(folder.file("run2"), {"--keep", "0"}), "train: --keep = 0 must be at least 1; try *");
  refused(changed(folder.file("run2"), {"--checkpoint-seconds", "-1"}), "train: --checkpoint-seconds = -1 must be at least 0*");
  for (const std::string& name : checkpoints_in(run)) {
    fs::remove(run + '/' + name);  // which may be best.safetensors too
    cambium_tests::write_bytes(run + '/' + name, "torn");
  }
  for (const Words& words : {changed(run, {"--resume"}), Words{"--out", run, "--resume"}})  // both know which, and a way out
    refused(words,
            "train: --resume: none of the checkpoints in * is whole (step-*.safetensors*); try * with --load */best.* --out *");
  cambium_tests::write_bytes(run + "/best.safetensors", "torn");
  refused({"--out", run, "--resume"},
          "train: --resume: none of the checkpoints * is whole *; try * --out ANOTHER, without --resume\n");
}

TEST_CASE("train: two runs on one folder: the second is refused, and the first goes on") {
  if (!cambium_tests::is_built("train", "twice")) return;
  const TempFolder folder;
  const std::string run = folder.file("run");
  Process first("train", whole_run(run, 100000));
  while (!fs::exists(run) || checkpoints_in(run).empty()) usleep(500);
  const cambium_tests::Ending second = Process("train", going_on(run)).wait();
  CHECK(second.code == 2);
  CHECK_MESSAGE(fits(second.err, "train: --out: * is being written by another run; try *"), second.err);
  first.send(SIGTERM);
  CHECK(first.wait().code == 128 + SIGTERM);
}

}  // namespace cambium
