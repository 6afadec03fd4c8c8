// A person's own data: from a table, pictures or arrays to a trained model, and from its file alone to predictions.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/npy.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/models/line.h"
#include "cambium/optimizers/sgd.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "on one's own data") && cambium_tests::is_built("predict", "at all"); }

Ending train(const TempFolder& folder, const std::string& arguments) {
  return run_app("train", "--threads 1 " + arguments, "cd '" + folder.path() + "' &&");
}
Ending predict(const TempFolder& folder, const std::string& arguments, const std::string& before = "") {
  return run_app("predict", arguments, "cd '" + folder.path() + "' && " + before);
}

// Columns of three scales, a constant, a category and a label of three texts that follows from them; the value is a sum of them.
struct Row {
  double small, large;
  std::string colour, label;
  double value;
};
Row made_row(std::uint64_t i) {
  const Random random = Random(11).of(i);
  const double a = random.normal(0), b = random.normal(1);
  const bool red = random.uniform(2) < 0.3;
  const double score = a + b + (red ? 1 : -0.5);
  return {1e-4 * a, 1e6 + 1e5 * b, red ? "red" : "blue, light",
          score > 0.8    ? "high"
          : score < -0.8 ? "low"
                         : "middle",
          5000 + 100 * (a - b) + (red ? 50 : 0)};
}

// Rows first .. last - 1. `shape`: "all", "inputs", or "turned", where the columns come in another order.
std::string table(int first, int last, const std::string& shape = "all") {
  std::string text = shape == "inputs"   ? "small,large,same,colour\n"
                     : shape == "turned" ? "label,colour,value,same,large,small\n"
                                         : "small,large,same,colour,label,value\n";
  for (int i = first; i < last; ++i) {
    const Row r = made_row(static_cast<std::uint64_t>(i));
    const std::string colour = '"' + r.colour + '"';
    text += shape == "inputs"   ? fmt::format("{},{},7,{}\n", r.small, r.large, colour)
            : shape == "turned" ? fmt::format("{},{},{},7,{},{}\n", r.label, colour, r.value, r.large, r.small)
                                : fmt::format("{},{},7,{},{},{}\n", r.small, r.large, colour, r.label, r.value);
  }
  return text;
}

std::vector<std::vector<std::string>> cells(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& row = rows.emplace_back();
    std::istringstream words(line);
    for (std::string word; std::getline(words, word, ',');) row.push_back(word);
  }
  return rows;
}

double percent_after(const std::string& text, const std::string& words) {
  const std::size_t at = text.find(words);
  return at == text.npos ? -1 : std::stod(text.substr(at + words.size()));
}

TEST_CASE("own data: from a table to classes, and from its model's file alone to new rows") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("all.csv"), table(0, 1200));
  write_bytes(folder.file("test.csv"), table(1200, 1500));
  write_bytes(folder.file("new.csv"), table(1200, 1500, "inputs"));
  write_bytes(folder.file("turned.csv"), table(1200, 1500, "turned"));
  const Ending trained = train(folder, "--data csv:all.csv --test test.csv --label label --leave-out value --save m --worst 3");
  CHECK_MESSAGE(trained.code == 0, trained.err);
  const double accuracy = percent_after(trained.out, "test accuracy ");
  CHECK_MESSAGE(accuracy > 92, trained.out);
  CHECK_MESSAGE(fits(trained.out, "*the worst mistakes on the test set:\n  line * of test.csv: *, taken for * (* %)\n*"),
                trained.out);

  const Ending named = predict(folder, "m new.csv");
  CHECK_MESSAGE(named.code == 0, named.err);
  const auto rows = cells(named.out);
  REQUIRE(rows.size() == 301);
  CHECK(rows[0] == std::vector<std::string>{"row", "label", "probability", "p(high)", "p(low)", "p(middle)"});
  int right = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    right += rows[i][1] == made_row(1199 + i).label;
    CHECK(std::stod(rows[i][3]) + std::stod(rows[i][4]) + std::stod(rows[i][5]) == doctest::Approx(1).epsilon(1e-5));
  }
  CHECK(100.0 * right / 300 == doctest::Approx(accuracy).epsilon(1e-4));  // what evaluate found, to the row
  CHECK(predict(folder, "m turned.csv").out == named.out);                // columns by name
  CHECK(predict(folder, "m -", "cat new.csv |").out == named.out);
  CHECK(predict(folder, "m new.csv --batch 7 --threads 2").out.size() > 0);
  CHECK(fits(predict(folder, "m new.csv --format jsonl").out,
             "{\"row\": 1, \"label\": \"*\", \"probability\": *, \"probabilities\": {\"high\": *, \"low\": *, \"middle\": *}}\n*"));
  const std::string both = predict(folder, "m new.csv turned.csv").out;
  CHECK(fits(both, "file,row,label,probability,p(high),p(low),p(middle)\nnew.csv,1,*\nnew.csv,300,*\nturned.csv,1,*"));
  CHECK(fits(predict(folder, "m new.csv turned.csv --format jsonl").out, "{\"file\": \"new.csv\", \"row\": 1, *"));
  CHECK(predict(folder, "m new.csv --out answers.csv").out == "");
  CHECK(read_bytes(folder.file("answers.csv")) == named.out);
}

// The model's file is the training's own weights: what the trainer computes with them, in the plan in which it evaluates, is what
// predict prints, to the last digit of a float, whichever rows stand around one. (Another --batch may take other algorithms.)
TEST_CASE("predict: classes of a table stand under the name of the column that was learnt, where the answers have none of it") {
  if (!is_built()) return;
  const TempFolder folder;
  for (const auto& [name, heading] :
       {std::pair{"kind", "kind"}, {"a, b", "\"a, b\""}, {"probability", "label"}, {"row", "label"}}) {
    std::string text = fmt::format("x,\"{}\"\n", name);
    for (int i = 0; i < 60; ++i) text += fmt::format("{},{}\n", i, i % 2 == 0 ? "even" : "odd");
    write_bytes(folder.file("t.csv"), text);
    REQUIRE(train(folder, fmt::format("--data csv:t.csv --label '{}' --epochs 1 --save m --quiet", name)).code == 0);
    CHECK(fits(predict(folder, "m t.csv").out, fmt::format("row,{},probability,p(even),p(odd)\n*", heading)));
    const std::string key = heading[0] == '"' ? heading : fmt::format("\"{}\"", heading);
    CHECK(fits(predict(folder, "m t.csv --format jsonl").out, fmt::format("{{\"row\": 1, {}: *, \"probability\": *", key)));
  }
}

TEST_CASE("own data: predict says what the training evaluated, bit for bit") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("all.csv"), table(0, 600));
  const std::string layers = "batch_norm for_input, dense 9, online_norm, affine, relu, dense 3";
  const Ending trained =
      train(folder, "--data csv:all.csv --label label --leave-out value --epochs 2 --save m --layers '" + layers + "'");
  CHECK_MESSAGE(trained.code == 0, trained.err);

  const TableDataset rows = load_csv(folder.file("all.csv"), {.label = "label", .leave_out = {"value"}}).data;
  Trainer trainer(models::graph_from_line(rows.input_shapes()[0], layers), SoftmaxCrossEntropy(), Sgd(), {.threads = 1});
  load_weights(trainer.weights(), folder.file("m"));
  std::vector<real> x(600 * as_size(rows.input_shapes()[0].size()));
  std::vector<std::int64_t> numbers(600);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::vector<int> labels(600);
  const View input{x.data(), rows.input_shapes()[0], 600}, none;
  const std::span<int> names(labels);
  rows.fetch(numbers, {&input, 1}, {&names, 1}, {&none, 1});
  const std::vector<real> y = trainer.predict(ConstView(input));
  std::string expected, later;  // of all rows; of those from the 301st on, as rows of their own
  for (std::size_t i = 0; i < 600; ++i) {
    const real* z = y.data() + 3 * i;
    const double most = static_cast<double>(*std::max_element(z, z + 3));
    double sum = 0, p[3];
    for (int c = 0; c < 3; ++c) sum += p[c] = std::exp(static_cast<double>(z[c]) - most);
    const auto best = std::max_element(z, z + 3) - z;
    const std::string line =
        fmt::format(",{},{},{},{},{}\n", rows.class_names()[static_cast<std::size_t>(best)], static_cast<float>(p[best] / sum),
                    static_cast<float>(p[0] / sum), static_cast<float>(p[1] / sum), static_cast<float>(p[2] / sum));
    expected += std::to_string(i + 1) + line;
    if (i >= 300) later += std::to_string(i - 299) + line;
  }
  write_bytes(folder.file("new.csv"), table(0, 600, "inputs"));
  write_bytes(folder.file("later.csv"), table(300, 600, "inputs"));
  const auto lines = [&](const std::string& arguments) {
    const std::string out = predict(folder, arguments).out;
    return out.substr(out.find('\n') + 1);
  };
  CHECK(lines("m new.csv") == expected);
  CHECK(lines("m new.csv --threads 2") == expected);
  CHECK(lines("m later.csv") == later);
}

TEST_CASE("own data: from a table to values, with error bars in their own units") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("all.csv"), table(0, 1500));
  const Ending trained = train(folder, "--data csv:all.csv --label value --leave-out label --error-bars --save m --log log");
  CHECK_MESSAGE(trained.code == 0, trained.err);
  CHECK(has(trained.out, "validation R2 "));  // of a tenth, which the bars are fitted to
  CHECK_MESSAGE(percent_after(trained.out, "test R2 ") > 0.95, trained.out);
  CHECK(fits(trained.out, "*no --test: 300 of 1500 are put aside for it, drawn with the seed\n*"));
  const double within = percent_after(trained.out, "within two deviations of the prediction: ");
  CHECK(within > 90);
  CHECK(within < 98.5);
  CHECK(fits(read_bytes(folder.file("log")), "*\"test_r2\": 0.9*, \"test_mae\": *, \"test_rmse\": *"));
  write_bytes(folder.file("new.csv"), table(1500, 1600, "inputs"));
  const auto rows = cells(predict(folder, "m new.csv").out);
  REQUIRE(rows.size() == 101);
  CHECK(rows[0] == std::vector<std::string>{"row", "value", "value_deviation"});
  double squared = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) squared += std::pow(std::stod(rows[i][1]) - made_row(1499 + i).value, 2);
  CHECK(std::sqrt(squared / 100) < 40);  // the values have a deviation of 143
}

TEST_CASE("own data: a folder of pictures, a line of layers, and a picture of another size") {
  if (!is_built()) return;
  const TempFolder folder;
  write_image_folder(folder.file("train"), digits(Split::train, {.count = 400, .difficulty = 0.5}));
  write_image_folder(folder.file("test"), digits(Split::test, {.count = 100, .difficulty = 0.5}));
  const Ending trained =
      train(folder,
            "--data images:train --test test --size 28 --layers 'batch_norm for_input, conv 8 k5 s2, relu, flatten, "
            "dense 10' --epochs 8 --batch 16 --augment shift=1,rotate=5 --save m");
  CHECK_MESSAGE(trained.code == 0, trained.err);
  CHECK_MESSAGE(percent_after(trained.out, "test accuracy ") > 60, trained.out);
  CHECK(has(trained.out, "what sticks out of 28 is cut off; --fit resize: all is kept\n"));
  const Ending named = predict(folder, "m test/3/*.png");
  CHECK_MESSAGE(named.code == 0, named.err);
  const auto rows = cells(named.out);
  REQUIRE(rows.size() == 11);
  CHECK(rows[0][0] == "file");
  int threes = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) threes += rows[i][1] == "3";
  CHECK(threes >= 5);
  CHECK(predict(folder, "m test/3").out == named.out);
  CHECK(cells(predict(folder, "m test/").out).size() == 101);  // those of its folders
  CHECK(predict(folder, "m images:test/3 test/4").out == predict(folder, "m test/3/*.png test/4/*.png").out);
}

TEST_CASE("own data: a damaged picture is told before the first step, wherever it would be met") {
  if (!is_built()) return;
  const TempFolder folder;
  write_image_folder(folder.file("train"), digits(Split::train, {.count = 60}));
  write_image_folder(folder.file("test"), digits(Split::test, {.count = 30}));
  const auto first_in = [&](const std::string& part) {
    return std::filesystem::directory_iterator(folder.file(part))->path().filename().string();
  };
  const auto ends_at = [&](const std::string& path, const std::string& arguments) {
    const std::string whole = read_bytes(folder.file(path));
    write_bytes(folder.file(path), whole.substr(0, whole.size() / 2));
    const Ending end = train(folder, "--layers 'flatten, dense 10' --epochs 2 --save m " + arguments);
    write_bytes(folder.file(path), whole);
    CHECK(end.code == 2);
    CHECK_MESSAGE(fits(end.err, "train: " + path + ": its PNG data is damaged (it is cut off); *"), end.err);
    CHECK_MESSAGE(end.out.find("epoch") == std::string::npos, end.out);
    CHECK_FALSE(std::filesystem::exists(folder.file("m")));
  };
  const std::string in_test = "test/3/" + first_in("test/3");
  const std::string in_train = "train/3/" + first_in("train/3");
  ends_at(in_test, "--data images:train --test test");
  ends_at(in_train, "--data images:train --test test");
  ends_at(in_train, "--data images:train --validate 10");
  CHECK(train(folder, "--layers 'flatten, dense 10' --epochs 2 --save m --data images:train --test test").code == 0);
}

TEST_CASE("own data: what stands for a missing cell can be said") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b,kind\n";
  for (int i = 0; i < 60; ++i)
    text += (i % 20 == 7    ? "unknown"
             : i % 20 == 9  ? "n/a"
             : i % 20 == 11 ? "#N/A"
                            : std::to_string(i)) +
            (i == 13 ? ",-" : ",2.5") + (i < 30 ? ",x\n" : ",y\n");
  write_bytes(folder.file("t.csv"), text);
  const std::string begin = "--epochs 1 --data csv:t.csv --label kind --missing mean --save m ";
  const Ending odd = train(folder, begin);
  CHECK_MESSAGE(
      fits(
          odd.err,
          "train: t.csv: line 9, column 1 'a': 'unknown' is no number, and 51 of the 54 cells are; nor will 3 others "
          "do, in 'a', 'b', such as '-'; try a number there, or --missing-texts 'unknown,-' where they stand for a missing value*"),
      odd.err);
  std::string marks = "a,b,kind\n";
  for (int i = 0; i < 60; ++i) marks += fmt::format("{},{},{}\n", i, i % 9 == 4 ? "-" : "red", i < 30 ? "x" : "y");
  write_bytes(folder.file("marks.csv"), marks);
  const Ending asked = train(folder, "--epochs 1 --data csv:marks.csv --label kind");
  CHECK_MESSAGE(has(asked.err, "column 'b' has the category '-'; where it stands for a missing cell: --missing-texts=-"),
                asked.err);
  CHECK_FALSE(has(train(folder, "--epochs 1 --data csv:marks.csv --label kind --missing mean --missing-texts=-").err, "category"));
  const Ending said = train(folder, begin + "--missing-texts unknown,-");
  CHECK_MESSAGE(said.code == 0, said.err);
  CHECK_MESSAGE(said.out.find("missing cells, filled as --missing says: 10") != std::string::npos, said.out);
  write_bytes(folder.file("new.csv"), "a,b\nunknown,-\n3,2.5\n");  // the model knows them
  CHECK(cells(predict(folder, "m new.csv").out).size() == 3);
  const Ending arrays = train(folder, "--data npy:x.npy,y.npy --missing-texts -");
  CHECK_MESSAGE(fits(arrays.err, "train: --missing-texts is for tables, and --data is npy; try leaving --missing-texts out*"),
                arrays.err);
}

TEST_CASE("own data: arrays that numpy saved") {
  if (!is_built()) return;
  const TempFolder folder;
  std::vector<float> x;
  std::vector<std::int64_t> y;
  for (std::uint64_t i = 0; i < 500; ++i) {
    for (std::uint64_t k = 0; k < 4; ++k) x.push_back(static_cast<float>(100 * Random(3).normal(4 * i + k)));
    y.push_back(x[4 * i] > x[4 * i + 1]);
  }
  write_npy(folder.file("x.npy"), {{500, 4}, x});
  write_npy(folder.file("y.npy"), {{500}, y});
  const Ending trained = train(folder, "--data npy:x.npy,y.npy --save m");
  CHECK_MESSAGE(trained.code == 0, trained.err);
  CHECK_MESSAGE(percent_after(trained.out, "test accuracy ") > 90, trained.out);
  const auto rows = cells(predict(folder, "m x.npy").out);
  REQUIRE(rows.size() == 501);
  CHECK(rows[0][0] == "sample");
}

TEST_CASE("own data: what cannot be is said in one line, before the first step, and no file changes") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(0, 50));
  write_bytes(folder.file("few.csv"), "a,b\n1,x\n");
  write_bytes(folder.file("odd.csv"), table(0, 20) + "1,2,3\n");
  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 10}));
  struct Wrong {
    const char *arguments, *line;
  };
  const Wrong table[] = {
      {"--data csv", "train: --data csv does not say where it is; try --data csv:FILE"},
      {"--data csvs:t.csv", "train: no data is named 'csvs' (did you mean 'csv'?); try *"},
      {"--data csv:t.csv",
       "train: --data csv needs to know which column of t.csv is to be learnt: 'small', 'large', *'value'; try --label COLUMN*"},
      {"--data csv:t.csv --label label --save m.onnx", "train: --save m.onnx: *export*; try --save m.safetensors"},
      {"--data csv:none.csv --label a", "train: none.csv: *"},
      {"--data csv:t.csv --label lable", "train: *'lable'*label*"},
      {"--data csv:odd.csv --label label", "train: odd.csv: line 22*"},
      {"--data csv:few.csv --label b", "train: *"},
      {"--data csv:t.csv --label label --task regression", "train: *label*"},
      {"--data csv:t.csv --label label --error-bars", "train: --error-bars are for values, and the targets of --data are classes*"},
      {"--data csv:t.csv --label value --balanced", "train: --balanced is for classes, and the targets of --data are values; *"},
      {"--data csv:t.csv --label label --layers 'dense 10, rellu'", "train: --layers: *rellu*relu*"},
      {"--data csv:t.csv --label label --layers 'dense 10'",
       "train: --layers: the last layer has 10 outputs, and 3 are needed for 3 classes; try dense 3 at the end"},
      {"--data csv:t.csv --label label --layers 'dense 3' --model mlp",
       "train: --layers and --model both name a model; try one of them"},
      {"--data csv:t.csv --label label --save t.csv", "train: *t.csv*"},
      {"--data csv:t.csv --label label --validate 120%",
       "train: --validate 120% must be at least 0% and below 100%; try --validate 10%"},
      {"--data csv:t.csv --label label --augment flop", "train: no augmentation is named 'flop' (did you mean 'flip'?)*"},
      {"--data images:none", "train: *none*"},
      {"--data npy:x.npy", "train: --data needs two files with a comma between them; try --data X.npy,Y.npy"},
      {"--data digits:here", "train: --data digits: 'here' has no place here*"},
      {"--missing often --data csv:t.csv --label label",
       "train: --missing 'often' is not known; try mean, leave-out, refuse or a number"},
      {"--missing drop --data csv:t.csv --label label",
       "train: --missing 'drop' is not known (did you mean 'leave-out'?); try mean*"},
      {"--missing maen --data csv:t.csv --label label", "train: --missing 'maen' is not known (did you mean 'mean'?); try mean, *"},
      {"--task regress --data csv:t.csv --label label", "train: *label*"},
      {"--data pics", "train: --data pics does not say what kind of data it is; try --data images:pics"},
  };
  for (const Wrong& wrong : table) {
    const Ending ending = train(folder, std::string("--quiet ") + wrong.arguments);
    CAPTURE(wrong.arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, std::string(wrong.line) + "\n"), ending.err);
  }
  CHECK(read_bytes(folder.file("t.csv")) == cambium::table(0, 50));
}

TEST_CASE("own data: what predict refuses") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(0, 200));
  REQUIRE(train(folder, "--data csv:t.csv --label label --leave-out value --epochs 1 --save m --quiet").code == 0);
  write_bytes(folder.file("less.csv"), "small,same,colour\n1,2,red\n");
  write_bytes(folder.file("more.csv"), "small,large,same,colour,size\n1,2,7,red,3\n");
  struct Wrong {
    const char *arguments, *line;
  };
  const Wrong wrongs[] = {
      {"", "predict: which model?*"},
      {"m", "predict: m stands alone, and a model and what it shall predict are needed; try predict MODEL FILE*"},
      {"none t.csv", "predict: none: *"},
      {"t.csv t.csv", "predict: t.csv: *"},
      {"m less.csv", "predict: less.csv: *large*"},
      {"m more.csv", "predict: more.csv: *size*"},
      {"m t.csv --format xml", "predict: no format is named 'xml'*"},
      {"m t.csv --out t.csv", "predict: --out is one of the files to predict, t.csv; try another --out"},
      {"m t.csv --out m", "predict: --out is the model, m; try another --out"},
  };
  for (const Wrong& wrong : wrongs) {
    const Ending ending = predict(folder, wrong.arguments);
    CAPTURE(wrong.arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, std::string(wrong.line) + "\n"), ending.err);
    CHECK(ending.out == "");
  }
  CHECK(predict(folder, "m more.csv --new-columns").code == 0);
}

}  // namespace
}  // namespace cambium
