// What train says of the file that it wrote, of classes that are mostly one, and of columns that a model cannot take as they are.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace cambium_tests;

Ending train(const TempFolder& folder, const std::string& arguments) {
  return run_app("train", "--threads 1 --epochs 1 " + arguments, "cd '" + folder.path() + "' &&");
}

void write_rows(const TempFolder& folder) {
  std::string text = "a,b,label\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},{}\n", i % 7, i % 5, i % 3 == 0 ? "Bikes" : i % 3 == 1 ? "bikes" : "cars");
  write_bytes(folder.file("t.csv"), text);
}

TEST_CASE("train: the file that was written is named before the result, and whether it took the place of another") {
  if (!is_built("train", "saves")) return;
  const TempFolder folder;
  write_rows(folder);
  const std::string data = "--data csv:t.csv --label label ";
  CHECK(fits(train(folder, data + "--save m").out, "*\nsaved in m\n*\ntest accuracy *\n"));
  CHECK(fits(train(folder, data + "--save m").out, "*\nsaved in m, in place of what was there\n*\ntest accuracy *\n"));
  CHECK(fits(train(folder, data + "--out run").out, "*\nsaved in run/model.safetensors\n*\ntest accuracy *\n"));
  CHECK(fits(train(folder, data + "--save m --quiet").out, "test accuracy *\n"));
  CHECK(!fits(train(folder, data).out, "*saved in*"));
}

TEST_CASE("train: class names that differ only in case are warned of once") {
  if (!is_built("train", "warns")) return;
  const TempFolder folder;
  write_rows(folder);
  const std::string warning = "warning: the classes 'Bikes' and 'bikes' differ only in case, *\n";
  const Ending table = train(folder, "--quiet --data csv:t.csv --label label");
  CHECK_MESSAGE(fits(table.err, warning), table.err);
  CHECK(!fits(table.err, "*warning*warning*"));
  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 60}));
  CHECK(train(folder, "--quiet --data images:pics --layers 'flatten, dense 10'").err == "");
  std::filesystem::rename(folder.file("pics/3"), folder.file("pics/Bikes"));
  std::filesystem::rename(folder.file("pics/5"), folder.file("pics/bikes"));
  const Ending pictures = train(folder, "--quiet --data images:pics --layers 'flatten, dense 10'");
  CHECK_MESSAGE(fits(pictures.err, warning), pictures.err);
}

TEST_CASE("train: what was learnt by heart is told behind the result, and what follows from the columns is not") {
  if (!is_built("train", "says")) return;
  const TempFolder folder;
  constexpr int columns = 40;
  std::string chance, rule;
  for (int c = 0; c < columns; ++c) chance += fmt::format("x{},", c);
  rule = chance += "label\n";
  for (int i = 0; i < 400; ++i) {
    const Random random = Random(3).of(static_cast<std::uint64_t>(i));
    std::string row;
    for (std::uint64_t c = 0; c < columns; ++c) row += fmt::format("{:.4f},", random.normal(c));
    chance += row + (random.normal(columns) > 0 ? "yes\n" : "no\n"), rule += row + (random.normal(0) > 0 ? "yes\n" : "no\n");
  }
  write_bytes(folder.file("chance.csv"), chance), write_bytes(folder.file("rule.csv"), rule);
  const auto learns = [&](const std::string& arguments) {
    return run_app("train", "--threads 1 --epochs 60 --batch 16 --label label --data csv:" + arguments,
                   "cd '" + folder.path() + "' &&");
  };
  const std::string large = " --layers 'batch_norm for_input, dense 64, relu, dense 2' ";
  const std::string said = "training samples * %, test * %: a part was learnt by heart";
  const Ending ending = learns("chance.csv" + large);
  CHECK_MESSAGE(fits(ending.err, said + "; more samples or a smaller model; --validate 10% --out DIR keeps the epoch *\n"),
                ending.err);
  CHECK(fits(ending.out, "*\ntest accuracy * after 60 epochs, * s\n"));
  CHECK(fits(learns("chance.csv" + large + "--validate 10% --out run").err, said + "; *; run/best.safetensors has the epoch *\n"));
  CHECK(std::filesystem::exists(folder.file("run/best.safetensors")));
  CHECK(learns("chance.csv" + large + "--quiet").err == "");
  CHECK(learns("rule.csv --model linear").err == "");
  std::filesystem::copy_file(folder.file("chance.csv"), folder.file("again.csv"));
  CHECK(learns("chance.csv" + large + "--test csv:again.csv").err == "");  // which it knows by heart
}

TEST_CASE("train: one class alone is nothing to tell apart, whatever the size of a batch") {
  if (!is_built("train", "refuses one class")) return;
  const TempFolder folder;
  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 80}));
  for (int c = 1; c < 10; ++c) std::filesystem::remove_all(folder.file("pics/" + std::to_string(c)));
  CHECK(train(folder, "--quiet --data images:pics").err ==
        "train: images:pics: there is one class, '0', and nothing to tell apart; try samples of another class\n");
}

TEST_CASE("train: classes of fewer than five samples are warned of once, five of them by name") {
  if (!is_built("train", "warns")) return;
  const TempFolder folder;
  const auto said = [&](const std::vector<int>& counts) {
    std::string text = "a,label\n";
    for (std::size_t c = 0; c < counts.size(); ++c)
      for (int i = 0; i < counts[c]; ++i) text += fmt::format("{},{}\n", i % 7, static_cast<char>('A' + c));
    write_bytes(folder.file("t.csv"), text);
    return train(folder, "--quiet --data csv:t.csv --label label --model linear").err;
  };
  CHECK(said({50, 5, 50}) == "");
  CHECK(said({50, 4, 50}) == "warning: class 'B' has 4 samples, too few to learn it or to test it; more of it, or none\n");
  const std::string two = "warning: class 'A' has 1 sample, class 'C' has 3 samples";
  CHECK(said({1, 50, 3, 50}) == two + ", too few to learn such a class or to test it; more of each, or none\n");
  CHECK(
      fits(said({1, 50, 3, 2, 2, 2, 2, 50}), two + ", class 'D' *, class 'F' has 2 samples (6 such classes in all), too few *\n"));

  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 60}));
  const auto pictures = [&] { return train(folder, "--quiet --data images:pics --layers 'flatten, dense 10'").err; };
  CHECK(pictures() == "");
  int left = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.file("pics/4")))
    if (++left > 2) std::filesystem::remove(file.path());
  CHECK_MESSAGE(fits(pictures(), "warning: class '4' has 2 samples, *\n"), pictures());
}

TEST_CASE("train: columns that count the rows are warned of with what to type, and those that never differ are named") {
  if (!is_built("train", "warns")) return;
  const TempFolder folder;
  const auto write = [&](int rows) {
    std::string text = "id,size,place,year,steps,kind,when,value\n";
    for (int i = 0; i < rows; ++i)
      text += fmt::format("{},{},Ulm,2020,{},{},{},{}.5\n", i + 7, i * 7 % 20, i == rows - 1 ? i - 1 : i, i % 2 == 0 ? "x" : "y",
                          10 * i - 5, i);
    write_bytes(folder.file("t.csv"), text);
  };
  write(21);
  const std::string data = "--data csv:t.csv --label value ";
  const Ending both = train(folder, data + "--leave-out kind");
  CHECK_MESSAGE(
      fits(both.err, "warning: in columns 'id', 'when' numbers grow from each row to the next, *; --leave-out id,kind,when\n*"),
      both.err);
  CHECK_MESSAGE(fits(both.out, "*\ncolumns 'place', 'year': the same in every row, which teaches nothing\n*"), both.out);
  const Ending one = train(folder, data + "--leave-out id,year");
  CHECK_MESSAGE(fits(one.err, "warning: in column 'when' *; --leave-out id,year,when\n*"), one.err);
  CHECK_MESSAGE(fits(one.out, "*\ncolumn 'place': the same in every row, *"), one.out);
  const Ending none = train(folder, data + "--leave-out id,year,when,place");
  CHECK(!fits(none.err, "*warning*"));
  CHECK(!fits(none.out, "*teaches nothing*"));
  CHECK(!fits(train(folder, data + "--leave-out when,size,place,year,steps,kind").err, "*warning*"));  // there is no other
  write(19);
  CHECK(!fits(train(folder, data).err, "*warning*"));
}

TEST_CASE("train: columns of large values are told to a model without a norm at its input, with what to type") {
  if (!is_built("train", "warns")) return;
  const TempFolder folder;
  std::string text = "year,price,value\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{},{}.5\n", 1990 + i % 7, 100000 + i % 5, i);
  write_bytes(folder.file("large.csv"), text);
  const std::string data = "--quiet --label value --data csv:";
  const Ending raw = train(folder, data + "large.csv --model linear");
  CHECK_MESSAGE(fits(raw.err,
                     "warning: column 'price' has values of 1e+05, *; --layers 'batch_norm for_input, flatten, dense 1 *' in place "
                     "of --model, *\n"),
                raw.err);
  CHECK(fits(train(folder, data + "large.csv --layers 'dense 3, relu, dense 1'").err,
             "warning: column 'price' *; --layers 'batch_norm for_input, dense 3, relu, dense 1', *\n"));
  CHECK(fits(train(folder, data + "large.csv --error-bars --layers 'dropout 0.1, dense 2'").err,
             "warning: column 'price' *; --layers 'batch_norm for_input, dropout *, dense 2', *\n"));
  CHECK(train(folder, data + "large.csv").err == "");
  CHECK(fits(train(folder, data + "large.csv --model mlp --save m").err, "*column 'price'*"));
  CHECK(train(folder, data + "large.csv --model mlp --load m").err == "");  // whose layers are as they are
  CHECK(train(folder, data + "large.csv --layers 'batch_norm for_input, flatten, dense 1 init=zeros'").err == "");
  std::string small = "a,value\n";
  for (int i = 0; i < 60; ++i) small += fmt::format("{},{}.5\n", i % 7, i);
  write_bytes(folder.file("small.csv"), small);
  CHECK(train(folder, data + "small.csv --model linear").err == "");
}

}  // namespace
}  // namespace cambium
