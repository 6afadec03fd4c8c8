// What a run that goes on needs, keeps and saves: how it was trained, no --load, and the best weights when it breaks.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/files/safetensors.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/checkpoints.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using namespace cambium_tests;
using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Ending train(const Words& words) { return Process("train", words).wait(); }

// The note of that key; or nothing.
std::string note_of(const std::string& file, const std::string& key = "cambium.training") {
  for (const WeightsNote& note : read_notes(file))
    if (note.key == key) return note.text;
  return "";
}

TEST_CASE("train: the model's file says how it was trained, and no more of a path than its last name") {
  if (!cambium_tests::is_built("train", "on record") || !cambium_tests::is_built("inspect", "on record")) return;
  const TempFolder folder;
  fs::create_directories(folder.file("private/place"));
  const std::string data = folder.file("private/place/houses.csv"), run = folder.file("run"), model = run + "/model.safetensors";
  std::string rows = "a,b,value\n";
  for (std::uint64_t i = 0; i < 100; ++i) {
    const double a = Random(5).normal(2 * i), b = Random(5).normal(2 * i + 1);
    rows += fmt::format("{},{},{}\n", a, b, 100 * (a - b) + 5000);
  }
  write_bytes(data, rows);
  const Words words{"--data", "csv:" + data, "--label",          "value",   "--layers", "dense 1",     "--validate",
                    "10",     "--seed",      "9007199254740993", "--batch", "16",       "--optimizer", "momentum",
                    "--rate", "0.01",        "--schedule",       "cosine",  "--quiet"};
  REQUIRE(train(words + Words{"--epochs", "3", "--out", run}).code == 0);
  const std::string record = note_of(model);
  for (const std::string part :
       {"{\"version\":\"" CAMBIUM_VERSION "\",\"precision\":\"F32\",*", "*\"data\":{\"kind\":\"csv\",\"name\":\"houses.csv\",*",
        "*\"samples\":70,\"validation_samples\":10,\"test_samples\":20}*", "*\"loss\":\"squared_error*",
        "*\"optimizer\":{\"kind\":\"sgd\",\"rate\":0.01,*\"momentum\":0.9,*\"schedule\":\"cosine*", "*\"batch\":16,*",
        "*\"seed\":\"9007199254740993\",*", "*\"epochs\":3,\"epochs_planned\":3,\"steps\":15,*",
        "*\"validation\":{\"loss\":*,\"r2\":*,\"mae\":*,\"rmse\":*},\"best_validation\":{\"epoch\":*",
        "*\"test\":{\"loss\":*,\"r2\":*,\"mae\":*,\"rmse\":*}}"})
    CHECK_MESSAGE(fits(record, part), part << " does not fit " << record);
  const std::string bytes = read_bytes(model);
  for (const std::string secret : {"private", folder.path().c_str()}) CHECK(bytes.find(secret) == bytes.npos);

  const std::string checkpoint = run + '/' + checkpoints_in(run).at(0);
  CHECK(note_of(checkpoint) == record.substr(0, record.find(",\"test\":{\"loss")) + '}');  // it was not tested yet
  const Ending told = Process("inspect", {model}).wait();
  CHECK(told.code == 0);
  CHECK_MESSAGE(fits(told.out,
                     "*\nhow it was trained:\n*  data * csv, name houses.csv, samples 70, *\n  optimizer * sgd, rate 0.01, *\n"
                     "  seed * 9007199254740993\n*  test * loss *, r2 *, mae *, rmse *\n*"),
                told.out);

  // Longer, and cut in between: the same record as of one that was not.
  REQUIRE(train({"--out", run, "--resume", "--quiet", "--epochs", "5"}).code == 0);
  CHECK(fits(note_of(model), "*\"epochs\":5,\"epochs_planned\":5,\"steps\":25,*"));
}

TEST_CASE("train: a run that began with --load goes on without that file") {
  if (!cambium_tests::is_built("train", "without --load")) return;
  const TempFolder folder;
  const std::string weights = folder.file("w"), whole = folder.file("whole"), cut = folder.file("cut");
  REQUIRE(train(training({"--epochs", "1", "--seed", "7", "--save", weights, "--quiet"})).code == 0);
  const Words run = training({"--load", weights, "--batch", "8", "--schedule", "constant", "--validate", "16"});
  REQUIRE(train(run + Words{"--epochs", "4", "--out", whole, "--quiet"}).code == 0);
  const Ending first = train(run + Words{"--epochs", "2", "--out", cut});
  REQUIRE(first.code == 0);
  CHECK_MESSAGE(fits(first.out, "*\nweights of *, trained for 2 more epochs; *"), first.out);
  CHECK(fits(note_of(cut + "/model.safetensors"), "*\"began_with\":\"w\",*"));
  fs::remove(weights);
  const Ending again = train({"--out", cut, "--resume", "--epochs", "4"});
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK_MESSAGE(!fits(again.out, "*weights of *"), again.out);  // they are not: it goes on from a checkpoint, which it says
  CHECK((read_bytes(cut + "/model.safetensors") == read_bytes(whole + "/model.safetensors")));

  const Ending begun = train(run + Words{"--epochs", "2", "--out", folder.file("new"), "--resume"});  // here it has to begin
  CHECK(begun.code == 2);
  CHECK_MESSAGE(fits(begun.err, "train: " + weights + ": *; try *\n"), begun.err);
}

TEST_CASE("train: a run that went on and breaks saves the best weights of the whole run, as one that was never cut") {
  if (!cambium_tests::is_built("train", "as it breaks")) return;
  const TempFolder folder;
  const std::string whole = folder.file("whole"), cut = folder.file("cut");
  const Words words = training({"--epochs", "30", "--validate", "16", "--rate", "3e37", "--optimizer", "sgd", "--batch", "8",
                                "--schedule", "one_cycle", "--checkpoint-steps", "1", "--keep", "1000", "--quiet"});
  const std::string says =
      "*train: epoch *: the loss is *; the weights are those of epoch 1 again, the best so far; they are saved; *";
  const Ending first = train(words + Words{"--out", whole, "--save", folder.file("first")});
  CHECK(first.code == 1);
  CHECK_MESSAGE(fits(first.err, says), first.err);
  CHECK(fits(note_of(folder.file("first")), "*\"best_validation\":{\"epoch\":1,*\"weights_of\":\"best_validation\"}"));

  fs::copy(whole, cut);
  const std::vector<std::string> all = checkpoints_in(cut);
  REQUIRE(all.size() > 10);
  for (std::size_t i = 0; i < 2; ++i) fs::remove(cut + '/' + all[i]);  // the newest
  const Ending again = train({"--out", cut, "--resume", "--quiet", "--save", folder.file("again")});
  CHECK(again.code == 1);
  CHECK_MESSAGE(fits(again.err, says), again.err);
  REQUIRE(fs::exists(folder.file("again")));
  CHECK((read_bytes(folder.file("again")) == read_bytes(folder.file("first"))));
}

TEST_CASE("inspect: a record that is none is told, and the rest is shown") {
  if (!cambium_tests::is_built("inspect", "on record")) return;
  const TempFolder folder;
  const float values[] = {1};
  const auto told = [&](const std::string& note) {
    write_safetensors(folder.file("w"), std::vector<NamedTensor>{{"a", Dtype::f32, {1}, values}}, {{"cambium.training", note}});
    return Process("inspect", {folder.file("w")}).wait();
  };
  const Ending wild = told("{\"a\x01\":[1,true,null,{\"b\":\"\\u001b[31m\"}]}");
  CHECK(wild.code == 0);
  CHECK_MESSAGE(fits(wild.err, "inspect: warning: cambium.training: *\n"), wild.err);
  const Ending odd = told("{\"kind\":\"x\",\"list\":[1.5,true,null,{\"kind\":\"k\",\"b\":\"\\u001b[31m\"}]}");
  CHECK_MESSAGE(fits(odd.out, "*\nhow it was trained:\n  kind * x\n  list * 1.5, yes, none, k, b \\x1b[31m\n*tensor *"), odd.out);
  for (const std::string note : {"[1]", "", "{\"a\":", "7"}) {
    const Ending ending = told(note);
    CHECK(ending.code == 0);
    CHECK_MESSAGE(fits(ending.err, "inspect: warning: cambium.training: *\n"), ending.err);
    CHECK_MESSAGE(fits(ending.out, "*tensor *\na *"), ending.out);
  }
}

}  // namespace
}  // namespace cambium
