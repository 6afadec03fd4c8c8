// --tensorboard: a training as event files.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "tests/apps/run_app.h"
#include "tests/export/events.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "--tensorboard"); }

std::string table(int rows) {
  std::string text = "a,b,value\n";
  for (int i = 0; i < rows; ++i) {
    const Random random = Random(5).of(static_cast<std::uint64_t>(i));
    text += fmt::format("{:.4f},{:.4f},{:.4f}\n", random.normal(0), random.normal(1), random.normal(0) - random.normal(1));
  }
  return text;
}

Ending train(const TempFolder& folder, const std::string& arguments, const std::string& before = "") {
  return run_app("train", "--threads 1 --quiet " + arguments, "cd '" + folder.path() + "' && " + before);
}

// How often each tag is there, and at which steps, the first and the last.
struct Tag {
  int scalars = 0, histograms = 0, pictures = 0;
  std::int64_t first = 0, last = 0;
};
std::map<std::string, Tag> tags_of(const std::vector<ReadEvent>& events) {
  std::map<std::string, Tag> tags;
  for (const ReadEvent& event : events) {
    if (event.tag.empty()) continue;
    Tag& tag = tags[event.tag];
    tag.scalars += event.has_scalar, tag.histograms += !event.counts.empty(), tag.pictures += !event.png.empty();
    if (tag.scalars + tag.histograms + tag.pictures == 1) tag.first = event.step;
    tag.last = event.step;
  }
  return tags;
}

TEST_CASE("train --tensorboard: scalars, weights and the first layer, epoch by epoch") {
  if (!is_built()) return;
  const TempFolder folder;
  write_image_folder(folder.file("p"), digits(Split::test, {.count = 100}));
  const std::string how =
      "--data images:p --layers 'conv 6 k5, batch_norm, relu, pool 4, flatten, dense 10' --epochs 3 --batch 20 --validate 20 ";
  const Ending ending = train(folder, how + "--tensorboard runs --save with.st --log log.jsonl");
  REQUIRE_MESSAGE(ending.code == 0, ending.err);
  const std::vector<ReadEvent> events = read_events(event_file_in(folder.file("runs")));
  std::map<std::string, Tag> tags = tags_of(events);
  for (const std::string name :
       {"loss/training", "accuracy/training", "loss/validation", "accuracy/validation", "rate", "samples_per_second"}) {
    CAPTURE(name);
    CHECK(tags[name].scalars == 3);
    CHECK(tags[name].first == 1);
    CHECK(tags[name].last == 3);
  }
  for (const std::string name : {"loss/test", "accuracy/test"}) CHECK((tags[name].scalars == 1 && tags[name].last == 3));
  for (const std::string name : {"conv2d_1.weight", "conv2d_1.bias", "dense_1.weight", "dense_1.bias"})
    CHECK(tags[name].histograms == 3);
  CHECK(tags["conv2d_1"].pictures == 3);
  CHECK(tags.size() == 13);
  const auto picture = std::ranges::find_if(events, [](const ReadEvent& event) { return !event.png.empty(); });
  const std::string& png = picture->png;
  const Picture sheet = decode_picture({reinterpret_cast<const std::uint8_t*>(png.data()), png.size()}, "the sheet");
  CHECK(sheet.shape() == Shape{1, 13, 19});  // two rows of three pictures of 5 by 5, a line around each
  const auto weights = std::ranges::find_if(events, [](const ReadEvent& event) { return event.tag == "conv2d_1.weight"; });
  CHECK(weights->count == 150);

  REQUIRE(train(folder, how + "--save without.st").code == 0);
  CHECK(read_bytes(folder.file("with.st")) == read_bytes(folder.file("without.st")));

  const Ending again = train(folder, how + "--tensorboard runs");
  CHECK(again.code == 2);
  CHECK(has(again.err, "runs has the events of another training"));
}

TEST_CASE("train --tensorboard: going on, a second file says from which epoch the first no longer counts") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(200));
  REQUIRE(train(folder, "--data csv:t.csv --label value --epochs 2 --validate 20 --tensorboard runs --out o").code == 0);
  const std::string first = event_file_in(folder.file("runs"));
  REQUIRE(train(folder, "--out o --resume --epochs 5").code == 0);
  std::vector<ReadEvent> second;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("runs")))
    if (entry.path() != first) second = read_events(entry.path());
  REQUIRE(second.size() > 2);
  CHECK(second[1].starts);
  CHECK(second[1].step == 3);
  std::map<std::string, Tag> tags = tags_of(second);
  CHECK((tags["loss/training"].scalars == 3 && tags["loss/training"].first == 3 && tags["loss/training"].last == 5));
  CHECK(tags["r2/validation"].scalars == 3);
  CHECK(!tags.contains("accuracy/training"));
}

TEST_CASE("train --tensorboard: going on where no epoch is left, the test stands at the last one, and all that was there counts") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(200));
  REQUIRE(train(folder, "--data csv:t.csv --label value --epochs 2 --tensorboard runs --out o").code == 0);
  const std::string first = event_file_in(folder.file("runs"));
  REQUIRE(train(folder, "--out o --resume").code == 0);
  std::vector<ReadEvent> second;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file("runs")))
    if (entry.path() != first) second = read_events(entry.path());
  REQUIRE(second.size() == 3);
  CHECK(std::ranges::none_of(second, &ReadEvent::starts));
  CHECK((second[1].tag == "loss/test" && second[1].step == 2));
}

TEST_CASE("train --tensorboard: a folder that will not do is refused, and a full disk is told once") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(200));
  const std::string how = "--data csv:t.csv --label value ";
  const Ending refused = train(folder, how + "--tensorboard t.csv/runs");
  CHECK(refused.code == 2);
  CHECK(has(refused.err, "--tensorboard: t.csv/runs cannot be made: Not a directory"));
  CHECK(train(folder, how + "--tensorboard t.csv").code == 2);
  CHECK(train(folder, how + "--epochs 1 --tensorboard runs/one --out a/b").code == 0);  // folders above them are made too
  CHECK(read_events(event_file_in(folder.file("runs/one"))).size() > 3);
  const Ending full = train(folder, how + "--epochs 40 --tensorboard full", "ulimit -f 8 &&");
  CHECK(full.code == 1);
  CHECK(has(full.out, "test R2"));
  CHECK(has(full.err, "cannot be written: File too large"));
  CHECK(std::ranges::count(full.err, '\n') == 1);
  CHECK(read_events(event_file_in(folder.file("full"))).size() > 3);  // what is there is whole
}

}  // namespace
}  // namespace cambium
