// How a training ends: what it leaves, and what it says to whoever started it.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace cambium_tests;
using To = Surroundings::To;
using Words = std::vector<std::string>;

const Words endless = {"--epochs", "1000000000"};

bool is_built() { return cambium_tests::is_built("train", "at its end"); }

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return training(words);
}

// What a saved file is worth: the last line of testing it, without the time.
std::string tested(const std::string& weights) {
  const Ending ending = Process("train", training({"--load", weights, "--epochs", "0", "--quiet"})).wait();
  return ending.code == 0 ? ending.out.substr(0, ending.out.find(" after")) : ending.err;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n'), start = text.rfind('\n', end);
  return text.substr(start + 1, end - start);
}

TEST_CASE("train: the weights that are saved are those of the result, and the result is that of the test set") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string weights = folder.file("w"), log = folder.file("log");
  const Ending ending = Process("train", training({"--epochs", "2", "--save", weights, "--log", log})).wait();
  CHECK_MESSAGE(ending.code == 0, ending.err);
  CHECK(ending.err == "");
  const std::string result = last_line(ending.out);
  CHECK_MESSAGE(fits(result, "test accuracy * % +- * (loss *) after 2 epochs, * s"), result);
  CHECK(tested(weights) == result.substr(0, result.find(" after")));
  CHECK(tested(weights) != tested(few_images() + "/none"));
  const std::string lines = read_bytes(log);
  CHECK_MESSAGE(fits(lines,
                     "{\"epoch\": 1, *}\n{\"epoch\": 2, *}\n{\"final\": true, *\"epochs\": 2, \"interrupted\": false, "
                     "\"test_samples\": 20, *}\n"),
                lines);
}

TEST_CASE("train: of a training that a signal ends, and that nothing keeps, that is said") {
  if (!is_built()) return;
  Process process("train", with(endless, {"--batch", "8"}));
  CHECK(process.says("epoch 3/"));
  process.send(SIGINT);
  const Ending ending = process.wait();
  CHECK(ending.code == 128 + SIGINT);
  CHECK_MESSAGE(
      fits(ending.out, "*\ninterrupted after * of 1000000000 epochs, and nothing is kept of it: --save FILE or --out DIR *"),
      ending.out);
}

TEST_CASE("train: a signal ends it after the step, with what it made saved, tested and logged") {
  if (!is_built()) return;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    CAPTURE(number);
    const TempFolder folder;
    const std::string weights = folder.file("w"), log = folder.file("log");
    Process process("train", with(endless, {"--batch", "8", "--save", weights, "--log", log}));
    CHECK(process.says("epoch 3/"));
    process.send(number);
    const Ending ending = process.wait();
    CHECK(ending.code == 128 + number);
    const std::string result = last_line(ending.out);
    CHECK_MESSAGE(fits(result, "test accuracy *"), result);
    CHECK_MESSAGE(fits(ending.out, "*\ninterrupted after * of 1000000000 epochs: saved in " + weights + "\n*\ntest accuracy *"),
                  ending.out);
    CHECK(tested(weights) == result.substr(0, result.find(" after")));
    const std::size_t after = result.find("after ") + 6;
    const std::string epochs = result.substr(after, result.find(" epoch") - after), end = last_line(read_bytes(log));
    CHECK_MESSAGE(fits(end, "{\"final\": true, *\"epochs\": " + epochs + ", \"interrupted\": true,*}"), end << " after " << epochs);
  }
}

TEST_CASE("train: a signal leaves the file of an earlier training as it was, and the weights go beside it") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string good = folder.file("photos.2.safetensors"), beside = folder.file("photos.2.interrupted.safetensors");
  CHECK(Process("train", training({"--epochs", "2", "--quiet", "--save", good})).wait().code == 0);
  const std::string before = read_bytes(good);
  for (const bool quiet : {false, true}) {  // the second time in the place of what the first one has left
    CAPTURE(quiet);
    Process process("train", with(endless, {"--save", good, "--log", folder.file("log"), quiet ? "--quiet" : "--worst=0"}));
    while (read_bytes(folder.file("log")).find("\"epoch\": 3,") == std::string::npos) usleep(10'000);
    process.send(SIGINT);
    const Ending ending = process.wait();
    std::filesystem::remove(folder.file("log"));
    CHECK(ending.code == 130);
    const std::string said = "interrupted after * of 1000000000 epochs: saved in " + beside + "; " + good + " is as it was\n";
    CHECK_MESSAGE(fits(quiet ? ending.err : ending.out, quiet ? said : "*\n" + said + "*\ntest accuracy *"), ending.out);
    CHECK((read_bytes(good) == before));
    const std::string result = last_line(ending.out);
    CHECK(tested(beside) == result.substr(0, result.find(" after")));
  }

  const std::string name = folder.file("w"), run = folder.file("run");  // a name without an ending, and a run in a folder
  write_bytes(name, "old");
  Process process("train", with(endless, {"--save", name, "--out", run}));
  CHECK(process.says("epoch 2/"));
  process.send(SIGTERM);
  const Ending ending = process.wait();
  CHECK_MESSAGE(fits(ending.out, "*\ninterrupted after * of 1000000000 epochs: saved in " + name + ".interrupted; " + name +
                                     " is as it was\ninterrupted after * of 1000000000 epochs; to go on: /*/apps/train --out *\n"),
                ending.out);
  CHECK(read_bytes(name) == "old");
}

TEST_CASE("train: the same signal twice at once is one wish; another one later ends it at once") {
  if (!is_built()) return;
  const TempFolder folder;
  Process twice("train", with(endless, {"--save", folder.file("w")}));
  CHECK(twice.says("epoch 1/"));
  twice.send(SIGTERM), twice.send(SIGTERM);
  CHECK(twice.wait().code == 143);
  CHECK(std::filesystem::exists(folder.file("w")));

  Process stuck("train", with(endless, {"--save", folder.file("other"), "--log", folder.file("log")}), {.out = To::stuck_pipe});
  while (read_bytes(folder.file("log")).size() < 5000) usleep(10'000);  // until nobody reads what it prints
  usleep(100'000);
  stuck.send(SIGTERM);
  usleep(100'000);
  stuck.send(SIGINT);
  CHECK(stuck.wait().code == 130);
  CHECK(!std::filesystem::exists(folder.file("other")));
}

TEST_CASE("train: a signal that the parent ignores stays ignored") {
  if (!is_built()) return;
  const TempFolder folder;
  Process process("train", with(endless, {"--save", folder.file("w")}), {.ignored = {SIGINT, SIGHUP}});
  CHECK(process.says("epoch 1/"));
  process.send(SIGINT), process.send(SIGHUP);
  usleep(100'000);
  process.send(SIGTERM);
  CHECK(process.wait().code == 143);
  CHECK(std::filesystem::exists(folder.file("w")));
}

TEST_CASE("train: no reader, no disk and no descriptor for its output ends a training") {
  if (!is_built()) return;
  for (const To out : {To::left_pipe, To::full_disk, To::closed}) {
    CAPTURE(static_cast<int>(out));
    const TempFolder folder;
    const std::string weights = folder.file("w"), log = folder.file("log");
    const Ending ending = Process("train", training({"--epochs", "2", "--save", weights, "--log", log}), {.out = out}).wait();
    CHECK(ending.code == 1);
    CHECK_MESSAGE(fits(ending.err, "train: standard output cannot be written: *\n"), ending.err);
    CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
    CHECK(fits(tested(weights), "test accuracy *"));
    CHECK(fits(read_bytes(log), "{*}\n{*}\n{\"final\"*}\n"));
  }
}

TEST_CASE("train: without standard error it ends as with it") {
  if (!is_built()) return;
  CHECK(Process("train", training({"--epochs", "1"}), {.err = To::closed}).wait().code == 0);
  CHECK(Process("train", {"--epochs", "x"}, {.err = To::closed}).wait().code == 2);
  CHECK(Process("train", {"--epochs", "x"}, {.out = To::closed, .err = To::closed, .in_closed = true}).wait().code == 2);
}

TEST_CASE("train: with all descriptors closed nothing but objects goes into the log, and the weights load") {
  if (!is_built()) return;
  const TempFolder folder;
  const Words words = training({"--epochs", "2", "--save", folder.file("w"), "--log", folder.file("log")});
  CHECK(Process("train", words, {.out = To::closed, .err = To::closed, .in_closed = true}).wait().code == 1);
  CHECK(fits(tested(folder.file("w")), "test accuracy *"));
  CHECK(fits(read_bytes(folder.file("log")), "{\"epoch\"*}\n{\"epoch\"*}\n{\"final\"*}\n"));
}

TEST_CASE("train: a log that cannot be written costs the log, and is said once") {
  if (!is_built()) return;
  const TempFolder folder;
  const Words words = {"--epochs", "4", "--quiet", "--save", folder.file("w"), "--log"};
  Ending ending = Process("train", with(words, {"/dev/full"})).wait();
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.err, "train: --log: /dev/full cannot be written any more: No space left on device; *\n"), ending.err);
  CHECK(fits(ending.out, "test accuracy *\n"));
  CHECK(fits(tested(folder.file("w")), "test accuracy *"));

  const std::string log = folder.file("log");  // with room for two objects and a half, and none for weights
  ending = Process("train", training({"--epochs", "9", "--quiet", "--log", log}), {.most_bytes = 420}).wait();
  CHECK(ending.code == 1);
  CHECK(fits(ending.err, "train: --log: * cannot be written any more: File too large; *\n"));
  CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
  CHECK_MESSAGE(fits(read_bytes(log), "{\"epoch\": 1,*}\n{\"epoch\": 2,*}\n"), read_bytes(log));
}

TEST_CASE("train: weights that find no room take neither the old file nor the result with them") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string weights = folder.file("w");
  write_bytes(weights, "old");
  const Ending ending = Process("train", training({"--epochs", "1", "--save", weights}), {.most_bytes = 3000}).wait();
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.err, "train: --save: * File too large; try *\n"), ending.err);
  CHECK(fits(last_line(ending.out), "test accuracy *"));
  CHECK(read_bytes(weights) == "old");

  Process stopped("train", with(endless, {"--save", weights}), {.out = To::terminal, .most_bytes = 3000});
  CHECK(stopped.says("epoch 1/"));
  stopped.send(SIGTERM);
  CHECK(stopped.wait().code == 1);  // that nothing was saved matters more than who ended it
}

TEST_CASE("train: a result that is not finite is no success, and replaces nothing") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string weights = folder.file("w");
  write_bytes(weights, "old");
  const Ending ending =
      Process("train", {"--data", "mnist", "--data-dir", few_images(), "--threads", "1", "--epochs", "1", "--batch", "80", "--rate",
                        "3e38", "--optimizer", "sgd", "--schedule", "constant", "--save", weights})
          .wait();
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.err, "train: *finite*; try *\n"), ending.err);
  CHECK(read_bytes(weights) == "old");
}

TEST_CASE("train: a training that runs away is told once, in the words of the command line, and stands in the log") {
  if (!is_built()) return;
  const TempFolder folder;
  const Words words = {"--epochs", "40",         "--rate",   "1e4",   "--optimizer",
                       "sgd",      "--schedule", "constant", "--log", folder.file("log")};
  const Ending ending = Process("train", training(words)).wait();
  CHECK_MESSAGE(fits(ending.err, "train: warning: epoch *; try a smaller rate*\n*"), ending.err);
  CHECK(ending.err.find("clip_norm") == ending.err.npos);
  CHECK(ending.err.find("warning", ending.err.find("warning") + 1) == ending.err.npos);
  const std::string end = last_line(read_bytes(folder.file("log")));
  CHECK_MESSAGE(fits(end, "{\"final\": true, *\"warnings\": [\"epoch *; try a smaller rate*\"]}"), end);
}

TEST_CASE("train: a training that breaks says why in the log, and saves nothing") {
  if (!is_built()) return;
  const TempFolder folder;
  const Words words = {"--epochs", "40", "--rate", "1e38", "--optimizer", "sgd", "--schedule", "constant", "--log"};
  const Ending ending = Process("train", with(words, {folder.file("log"), "--save", folder.file("w")})).wait();
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.err, "*train: epoch *; try a smaller rate*\n"), ending.err);
  CHECK(!std::filesystem::exists(folder.file("w")));
  const std::string end = last_line(read_bytes(folder.file("log")));
  CHECK_MESSAGE(fits(end, "{\"final\": true, \"error\": \"epoch *\", \"warnings\": [*]}"), end);
}

TEST_CASE("train: a training that breaks after its best epoch saves that one, and says so") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string weights = folder.file("w"), log = folder.file("log");
  const Words words = {"--epochs",    "30",  "--validate", "16",        "--rate", "3e37",
                       "--optimizer", "sgd", "--schedule", "one_cycle", "--log",  log};
  Ending ending = Process("train", with(words, {"--save", weights})).wait();
  CHECK(ending.code == 1);
  const std::string remedy = "try a smaller rate or batch_norm for_input as the first layer if the inputs are not scaled\n";
  const std::string says = "epoch *: the loss is *; the weights are those of epoch 1 again, the best so far";
  CHECK_MESSAGE(fits(ending.err, "*train: " + says + "; they are saved; " + remedy), ending.err);
  CHECK(fits(last_line(read_bytes(log)), "{\"final\": true, \"error\": \"" + says + "; they are saved; *\"*}"));
  CHECK(fits(tested(weights), "test accuracy *"));

  ending = Process("train", with(words, {})).wait();
  CHECK_MESSAGE(fits(ending.err, "*train: " + says + "; " + remedy), ending.err);
  ending = Process("train", with(words, {"--save", weights}), {.most_bytes = 3000}).wait();
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.err, "*train: --save: * File too large; *\ntrain: " + says + "; " + remedy), ending.err);
}

TEST_CASE("train: what a terminal would act on is written out, wherever it comes from") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string wild = "\x1b[31m\a\xc2\x9b\xe2\x80\xae\xff";
  const auto tame = [](const Ending& ending) {
    for (const std::string& text : {ending.out, ending.err})
      for (const char* bad : {"\x1b", "\a", "\xc2\x9b", "\xe2\x80\xae", "\xff"}) CHECK_MESSAGE(text.find(bad) == text.npos, text);
    return ending;
  };
  const std::string weights = folder.file(wild);
  tame(Process("train", training({"--epochs", "1", "--save", weights})).wait());
  CHECK(tame(Process("train", training({"--epochs", "0", "--load", weights})).wait()).code == 0);
  for (const Words& words : {Words{"--data", wild},
                             {"--model", wild},
                             {"--" + wild},
                             {wild},
                             {"--seed", wild},
                             {"--log", "/no/" + wild},
                             {"--save", "/no/" + wild},
                             {"--load", wild},
                             {"--data", "mnist", "--data-dir", wild}})
    CHECK(tame(Process("train", words).wait()).code == 2);
  const Ending typed = Process("train", {"--data", std::string(100'000, 'x')}).wait();
  CHECK(typed.code == 2);
  CHECK(typed.err.size() < 3000);
  tame(Process("digits", {"--test", "10", "--sheet", folder.file(wild + ".png")}).wait());
}

TEST_CASE("train: two trainings do not share a log, and the one that is refused leaves it alone") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string log = folder.file("log");
  std::filesystem::create_symlink(log, folder.file("link"));
  Process first("train", with(endless, {"--log", log}));
  CHECK(first.says("epoch 2/"));
  for (const std::string name : {"log", "link"}) {
    const std::string before = read_bytes(log);
    const Ending second = Process("train", training({"--log", folder.file(name)})).wait();
    CHECK(second.code == 2);
    CHECK_MESSAGE(fits(second.err, "train: --log: * is being written by another run; try a file for each of them\n"), second.err);
    CHECK(read_bytes(log).substr(0, before.size()) == before);
  }
  first.send(SIGTERM);
  CHECK(first.wait().code == 143);
  CHECK(Process("train", training({"--epochs", "1", "--log", log})).wait().code == 0);
  CHECK(fits(read_bytes(log), "{\"epoch\": 1,*}\n{\"final\"*}\n"));
}

TEST_CASE("train: a log that is a pipe without a reader is refused instead of waited for") {
  if (!is_built()) return;
  const TempFolder folder;
  CHECK(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  const Ending ending = Process("train", training({"--log", folder.file("pipe")})).wait();
  CHECK(ending.code == 2);
  CHECK_MESSAGE(fits(ending.err, "train: --log: * cannot be written: *; try starting who reads it first\n"), ending.err);
}

TEST_CASE("train: a log that is the standard output is written behind what is there") {
  if (!is_built()) return;
  const Ending ending = Process("train", training({"--epochs", "1", "--log", "/dev/stdout"})).wait();
  CHECK(ending.code == 0);
  CHECK_MESSAGE(fits(ending.out, "Cambium *\nepoch 1/1 *\n{\"epoch\": 1,*}\n{\"final\"*}\n*\ntest accuracy *\n"), ending.out);
}

}  // namespace
}  // namespace cambium
