// A model's file at a test of its own: what evaluate says is what the training said.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/npy.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/layers/linear/dense.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "for evaluate") && cambium_tests::is_built("evaluate", "at all"); }

Ending in(const TempFolder& folder, const std::string& name, const std::string& arguments, const std::string& before = "") {
  return run_app(name, arguments, "cd '" + folder.path() + "' && " + before);
}

// Rows first .. last - 1 of two numbers, a colour, a label that follows from them, and a value.
std::string table(std::uint64_t first, std::uint64_t last, bool turned = false) {
  std::string text = turned ? "value,colour,label,b,a\n" : "a,b,colour,label,value\n";
  for (std::uint64_t i = first; i < last; ++i) {
    const Random random = Random(21).of(i);
    const double a = random.normal(0), b = random.normal(1), value = 5000 + 100 * (a - b);
    const char *colour = i % 3 == 0 ? "red" : "blue", *label = a + b > 0.8 ? "high" : a + b < -0.8 ? "low" : "middle";
    text += turned ? fmt::format("{},{},{},{},{}\n", value, colour, label, b, a)
                   : fmt::format("{},{},{},{},{}\n", a, b, colour, label, value);
  }
  return text;
}

// "0.1234" behind the name of a figure, whether blanks stand there or not; all digits that it has.
std::string figure(const std::string& text, const std::string& name) {
  std::size_t at = text.find('"' + name + "\":");
  if (at == text.npos) return "no " + name;
  at += name.size() + 3;
  at += text[at] == ' ';
  return text.substr(at, text.find_first_of(",}", at) - at);
}

// Trains, and tests the file that was saved on the same set; the figures are equal to their last digit, and so is every line.
void check_same_test(const TempFolder& folder, const std::string& training, const std::string& set) {
  CAPTURE(training);
  const Ending trained = in(folder, "train", "--threads 1 --epochs 2 --batch 16 --save m --log log --worst 3 " + training);
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
  const std::string log = read_bytes(folder.file("log"));
  for (const std::string threads : {"1", "2"}) {
    const Ending json = in(folder, "evaluate", "m " + set + " --format json --worst 3 --threads " + threads);
    CHECK_MESSAGE(json.code == 0, json.err);
    CHECK(std::count(json.out.begin(), json.out.end(), '\n') == 1);
    const bool values = log.find("test_r2") != log.npos;
    CHECK((json.out.find("test_r2") != json.out.npos) == values);
    for (const std::string name : {"test_samples", "test_loss"}) CHECK(figure(json.out, name) == figure(log, name));
    for (const std::string name : {"test_accuracy", "test_standard_error"})
      if (!values) CHECK(figure(json.out, name) == figure(log, name));
    for (const std::string name : {"test_r2", "test_r2_standard_error", "test_mae", "test_rmse"})
      if (values) CHECK(figure(json.out, name) == figure(log, name));
  }
  const Ending text = in(folder, "evaluate", "m " + set + " --worst 3");
  CHECK_MESSAGE(text.code == 0, text.err);
  const std::string tested = text.out.substr(text.out.find('\n') + 1);  // without what the set is
  const std::size_t details = std::min(trained.out.find("\n\ntrue "), trained.out.find("\nthe worst mistakes")) + 1;
  REQUIRE(details < trained.out.size());
  const std::string expected = trained.out.substr(details, trained.out.rfind(" after ") - details) + '\n';
  CHECK_MESSAGE(tested == expected, tested << "--- and the training said\n" << expected);
  CHECK(in(folder, "evaluate", "m " + set + " --quiet").out.ends_with(tested.substr(tested.rfind("\ntest ") + 1)));
}

TEST_CASE("evaluate: a table, of classes and of values with error bars, is tested as in the training, to the bit") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("all.csv"), table(0, 300));
  write_bytes(folder.file("test.csv"), table(300, 450));
  write_bytes(folder.file("turned.csv"), table(300, 450, true));
  check_same_test(folder, "--data csv:all.csv --test test.csv --label value --leave-out label --error-bars", "csv:test.csv");
  check_same_test(folder, "--data csv:all.csv --test test.csv --label value --leave-out label", "csv:test.csv");
  check_same_test(folder, "--data csv:all.csv --test test.csv --label label --leave-out value --out run", "csv:test.csv");
  const Ending usual = in(folder, "evaluate", "m csv:test.csv --format json");
  const Ending turned = in(folder, "evaluate", "m csv:turned.csv --format json");
  CHECK(turned.out.substr(turned.out.find("test_samples")) == usual.out.substr(usual.out.find("test_samples")));  // by name
  CHECK(in(folder, "evaluate", "m csv:- --quiet", "cat test.csv |").out == in(folder, "evaluate", "m csv:test.csv --quiet").out);
  for (const auto& entry : fs::directory_iterator(folder.file("run")))  // the last checkpoint has the same weights
    if (entry.path().filename().string().starts_with("step-000000038"))
      CHECK(in(folder, "evaluate", "'" + entry.path().string() + "' csv:test.csv --quiet").out ==
            in(folder, "evaluate", "m csv:test.csv --quiet").out);
  CHECK(fs::exists(folder.file("run/step-000000038.safetensors")));
}

TEST_CASE("evaluate: arrays, and the sets that come as files of their own") {
  if (!is_built()) return;
  const TempFolder folder;
  for (const std::string part : {"train", "test"}) {
    const std::uint64_t seed = part == "train" ? 3 : 4;
    std::vector<float> x;
    std::vector<std::int32_t> y;
    for (std::uint64_t i = 0; i < 400; ++i) x.push_back(static_cast<float>(Random(seed).normal(i)));
    for (std::size_t i = 0; i < 100; ++i) y.push_back((x[4 * i] > x[4 * i + 1]) + (x[4 * i + 2] > 1));
    write_npy(folder.file(part + "_x.npy"), {{100, 4}, x});
    write_npy(folder.file(part + "_y.npy"), {{100}, y});
  }
  const std::string arrays = "--data npy:train_x.npy,train_y.npy --test test_x.npy,test_y.npy";
  check_same_test(folder, arrays, "npy:test_x.npy,test_y.npy");
  check_same_test(folder, arrays + " --task regression", "npy:test_x.npy,test_y.npy");
  check_same_test(folder, "--model linear --data mnist --data-dir '" + few_images() + "'", "'mnist:" + few_images() + "'");
  check_same_test(folder, "--model linear --data fashion-mnist --data-dir '" + few_images() + "'",
                  "'fashion-mnist:" + few_images() + "'");
  CHECK(fits(in(folder, "evaluate", "m 'mnist:" + few_images() + "'").out, "*Trouser*"));  // which has no names of its own
}

TEST_CASE("evaluate: folders of pictures, of which some classes may be missing") {
  if (!is_built()) return;
  const TempFolder folder;
  write_image_folder(folder.file("train"), digits(Split::train, {.count = 100}));
  write_image_folder(folder.file("test"), digits(Split::test, {.count = 50}));
  const std::string layers = "--layers 'conv 2 k5 s4, relu, flatten, dense 10' ";
  check_same_test(folder, layers + "--data images:train --test test --size 20 --fit resize", "images:test");
  fs::remove_all(folder.file("test/0"));
  const Ending fewer = in(folder, "evaluate", "m images:test");
  CHECK_MESSAGE(fewer.code == 0, fewer.err);
  CHECK_MESSAGE(fits(fewer.out, "images:test: 45 pictures *\n0 * 0 * -*\n1 * 5 *"), fewer.out);
  fs::rename(folder.file("test/1"), folder.file("test/one"));
  const Ending unknown = in(folder, "evaluate", "m images:test");
  CHECK(unknown.code == 2);
  CHECK_MESSAGE(fits(unknown.err, "evaluate: *one*; try *\n"), unknown.err);
}

// Ten classes of three records each, which are as bright as their class is far up in the list.
void write_cifar(const std::string& folder, const std::vector<std::string>& names) {
  std::string records, meta;
  for (std::size_t i = 0; i < 30; ++i) {
    const std::string& name = names[i % 10];
    records += static_cast<char>(i % 10) + std::string(3072, static_cast<char>(25 * (name[0] - 'a') + static_cast<int>(i / 10)));
  }
  for (const std::string& name : names) meta += name + '\n';
  fs::create_directory(folder);
  for (const std::string file : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"})
    write_bytes(folder + '/' + file + ".bin", records);
  write_bytes(folder + "/batches.meta.txt", meta);
}

TEST_CASE("evaluate: classes go by their names, whatever their order, and one that is new is refused") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::vector<std::string> names{"ant", "bee", "cat", "dog", "eel", "fly", "gnu", "hen", "ibis", "jay"};
  std::vector<std::string> turned(names.rbegin(), names.rend()), other = names;
  std::swap(turned[0], turned[4]);
  other[3] = "doge";
  write_cifar(folder.file("usual"), names);
  write_cifar(folder.file("turned"), turned);
  write_cifar(folder.file("other"), other);
  check_same_test(folder, "--data cifar10:usual --layers 'flatten, dense 10'", "cifar10:usual");
  const auto accuracy_on = [&](const std::string& set) {
    const Ending told = in(folder, "evaluate", "m cifar10:" + set + " --format json");
    CHECK_MESSAGE(told.code == 0, told.err);
    return figure(told.out, "test_accuracy") + told.out.substr(told.out.find("\"confusion\""));
  };
  CHECK(accuracy_on("turned") == accuracy_on("usual"));
  const Ending refused = in(folder, "evaluate", "m cifar10:other");
  CHECK(refused.code == 2);
  CHECK_MESSAGE(fits(refused.err, "evaluate: cifar10:other: the model knows no class 'doge' (did you mean 'dog'?); try *\n"),
                refused.err);
}

TEST_CASE("evaluate: what cannot be is said in one line") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(0, 60));
  write_bytes(folder.file("less.csv"), "a,colour,label\n1,red,low\n");
  write_bytes(folder.file("unlabelled.csv"), "a,b,colour\n1,2,red\n");
  write_bytes(folder.file("more.csv"), "a,b,colour,label,size\n1,2,red,low,7\n");
  write_bytes(folder.file("green.csv"), "a,b,colour,label\n1,2,red,low\n1,2,green,low\n");
  write_bytes(folder.file("lower.csv"), "a,b,colour,label\n1,2,red,lower\n");
  write_npy(folder.file("x.npy"), {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}});
  write_npy(folder.file("x5.npy"), {{2, 5}, std::vector<float>(10, 1)});
  write_npy(folder.file("y.npy"), {{2}, std::vector<std::int32_t>{0, 1}});
  write_npy(folder.file("y9.npy"), {{2}, std::vector<std::int32_t>{0, 9}});
  write_npy(folder.file("values.npy"), {{2}, std::vector<float>{0.5f, 1}});
  REQUIRE(in(folder, "train", "--data csv:t.csv --label label --leave-out value --epochs 1 --batch 16 --save m --quiet").code == 0);
  REQUIRE(in(folder, "train", "--data npy:x.npy,y.npy --test x.npy,y.npy --batch 2 --epochs 1 --save a --quiet").code == 0);
  struct Wrong {
    const char *arguments, *line;
  };
  const Wrong wrongs[] = {
      {"", "which model?; try evaluate MODEL WHERE"},
      {"m", "m: and on what shall it be tested?; try evaluate MODEL csv:FILE*"},
      {"m csv:t.csv more", "a model and one set are needed, and there is 'more' too; try evaluate MODEL WHERE"},
      {"m none.csv", "none.csv does not say what kind of data it is; try csv:none.csv"},
      {"a x.npy", "x.npy does not say what kind of data it is; try npy:X.npy,Y.npy"},
      {"m csv", "csv does not say where it is; try csv:FILE"},
      {"m csvs:t.csv", "no data is named 'csvs' (did you mean 'csv'?); try *"},
      {"a digits:here", "digits: 'here' has no place here; try digits"},
      {"none csv:t.csv", "none: *; try *"},
      {"t.csv csv:t.csv", "t.csv: *; try *"},
      {"m csv:none.csv", "none.csv: *; try *"},
      {"m images:x", "m takes rows of a table, and images:x is another kind of data; try csv:FILE"},
      {"a csv:t.csv", "a takes arrays of numbers, and csv:t.csv is another kind of data; try npy:X.npy,Y.npy"},
      {"m csv:less.csv", "less.csv: * no column 'b'*; try *"},
      {"m csv:unlabelled.csv", "unlabelled.csv: * no column 'label'*; try *"},
      {"m csv:more.csv", "more.csv: *size*; try *"},
      {"m csv:green.csv", "green.csv: line 3*green*; try *"},
      {"m csv:lower.csv", "lower.csv: line 2*lower*; try *"},
      {"a npy:x.npy", "npy needs two files with a comma between them; try npy:X.npy,Y.npy"},
      {"a npy:x5.npy,y.npy", "npy:x5.npy,y.npy: samples of 5, and the model takes 3; try a set of such samples"},
      {"a npy:x.npy,y9.npy", "y9.npy: *9*; try *"},
      {"a npy:x.npy,values.npy", "npy:x.npy,values.npy: its targets are values, and the model gives classes; try *"},
      {"a digits", "digits: samples of 1x28x28, and the model takes 3; try *"},
      {"m csv:t.csv --format xml", "no format is named 'xml'; try text, json"},
      {"m csv:t.csv --wrost 3", "no option is named '--wrost' (did you mean '--worst'?); try --help"},
      {"m csv:t.csv --worst -1", "--worst = -1 must be at least 0*; try --worst 10"},
  };
  for (const Wrong& wrong : wrongs) {
    const Ending ending = in(folder, "evaluate", wrong.arguments);
    CAPTURE(wrong.arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, "evaluate: " + std::string(wrong.line) + "\n"), ending.err);
    CHECK(ending.out == "");
  }
  CHECK(in(folder, "evaluate", "m csv:more.csv --new-columns").code == 0);
  const std::vector<std::string> words{folder.file("m"), "csv:" + folder.file("t.csv"), "--quiet"};
  const Ending full = Process("evaluate", words, {.out = Surroundings::To::full_disk}).wait();
  CHECK(full.code == 1);
  CHECK_MESSAGE(fits(full.err, "warning: t.csv is *\nevaluate: standard output cannot be written: No space left on device\n"),
                full.err);
}

TEST_CASE("evaluate, predict, export and inspect: a model that its file cannot hold is refused before memory is taken for it") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(0, 60));
  REQUIRE(in(folder, "train", "--data csv:t.csv --label label --leave-out value --epochs 1 --batch 16 --save m --quiet").code == 0);
  std::vector<WeightsNote> notes = read_notes(folder.file("m"));
  for (WeightsNote& note : notes) {
    const std::string key = "\"layers\":\"";
    if (const std::size_t at = note.text.find(key); at != note.text.npos)
      note.text.insert(at + key.size(), "flatten, dense 400000, dense 400000, ");
  }
  const Graph small = Sequential(Shape(2), Dense(1));
  save_weights(Weights(small), folder.file("large"), notes);
  for (const auto& [name, arguments] :
       {std::pair{"evaluate", "large csv:t.csv"}, {"predict", "large t.csv"}, {"export", "large out.onnx"}, {"inspect", "large"}}) {
    if (!cambium_tests::is_built(name, "on a large model")) continue;
    const Ending ending = in(folder, name, arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, std::string(name) + ": large: it describes a model of 16* numbers, and has * bytes; try *\n"),
                  ending.err);
  }
}

}  // namespace
}  // namespace cambium
