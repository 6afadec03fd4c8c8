// What predict says of files that are not what the model takes, or that cannot be read.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/npy.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "for predict") && cambium_tests::is_built("predict", "refusing"); }

Ending in(const TempFolder& folder, const std::string& app, const std::string& arguments, const std::string& before = "") {
  return run_app(app, arguments, "cd '" + folder.path() + "' && " + before);
}

std::string table(const std::string& heading) {
  std::string text = heading + "\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{},{}.5\n", i % 7, i % 5, i);
  return text;
}

void learn_table(const TempFolder& folder) {
  write_bytes(folder.file("houses.csv"), table("area,rooms,price"));
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data csv:houses.csv --label price --epochs 1 --save houses").code == 0);
}

void check_refused(const TempFolder& folder, const std::string& arguments, const std::string& line,
                   const std::string& before = "") {
  const Ending ending = in(folder, "predict", arguments, before);
  CAPTURE(arguments);
  CHECK(ending.code == 2);
  CHECK_MESSAGE(fits(ending.err, "predict: " + line + "\n"), ending.err);
  CHECK(ending.out == "");
}

TEST_CASE("predict: a file of another kind is named as what it is, beside what the model takes") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_table(folder);
  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 20}));
  std::filesystem::copy_file(picture_files(folder.file("pics"))[0], folder.file("a.png"));
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data images:pics --layers 'flatten, dense 10' --epochs 1 --save pets").code ==
          0);
  write_npy(folder.file("x.npy"), {{4, 3}, std::vector<float>(12)});
  write_bytes(folder.file("bom.csv"), "\xef\xbb\xbfid,area\n1,2\n");
  write_bytes(folder.file("BMI.csv"), "BMI,area,rooms\n1,2,3\n");
  write_bytes(folder.file("BMI"), "BMI,area,rooms\n1,2,3\n");
  write_bytes(folder.file("notes"), "a text of no ending\n");
  write_bytes(folder.file("a.gif"), std::string("GIF89a\1\0\1\0\0\0\0", 13));

  const std::string pictures = ": pets takes pictures, and this is ", rows = ": houses takes rows of a table, and this is ";
  const std::string a_picture = "; try PNG or JPEG files, or a folder of them", a_table = "; try a CSV file with the columns of *";
  for (const char* file : {"houses.csv", "csv:houses.csv", "bom.csv", "BMI.csv"})
    check_refused(folder, std::string("pets ") + file, "*.csv" + pictures + "a table" + a_picture);
  check_refused(folder, "pets a.png --id name", "--id names columns, and pets takes no tables; try leaving --id out");
  check_refused(folder, "pets notes", "notes" + pictures + "a text" + a_picture);
  check_refused(folder, "pets x.npy", "x.npy" + pictures + "an array of numpy" + a_picture);
  check_refused(folder, "pets -", "standard input" + pictures + "for a table" + a_picture, "cat houses.csv |");
  check_refused(folder, "pets a.gif", "a.gif: begins with 47 49 46 38 (GIF): *");
  check_refused(folder, "houses a.png", "a.png" + rows + "a picture (PNG)" + a_table);
  check_refused(folder, "houses a.gif", "a.gif" + rows + "a picture (GIF)" + a_table);
  check_refused(folder, "houses x.npy", "x.npy" + rows + "an array of numpy" + a_table);
  // Of a text that begins as a picture may, the columns are looked at.
  CHECK(in(folder, "predict", "houses BMI --new-columns").code == 0);
  CHECK(in(folder, "predict", "houses BMI.csv --new-columns").code == 0);
  CHECK(in(folder, "predict", "houses -", "cat houses.csv |").code == 0);
  CHECK(in(folder, "predict", "pets pics a.png").code == 0);
}

// Three good pictures of 28 x 28 among a text, one that is cut off, one of another size and one that is not there.
void learn_pictures(const TempFolder& folder) {
  write_image_folder(folder.file("pics"), digits(Split::train, {.count = 20}));
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data images:pics --layers 'flatten, dense 10' --epochs 1 --save pets").code ==
          0);
  std::filesystem::create_directory(folder.file("photos"));
  const std::vector<std::string> good = picture_files(folder.file("pics"));
  const auto photo = [&](const char* name) { return folder.file(std::string("photos/") + name); };
  std::filesystem::copy_file(good[0], photo("a.png"));
  const std::string whole = read_bytes(good[1]);
  write_bytes(photo("b.png"), whole.substr(0, whole.size() / 2));
  std::filesystem::copy_file(good[1], photo("c.png"));
  write_png(photo("d.png"), {1, 5, 5, std::vector<std::uint8_t>(25)});
  write_bytes(photo("notes.txt"), "a text\n");
  std::filesystem::copy_file(good[2], photo("z.png"));
}

const std::string cut_off = "predict: photos/b.png: *; it is passed over; try another copy of the file, *\n";
const std::string too_small = "predict: photos/d.png: *5 x 5*; it is passed over; try *\n";
const std::string no_picture =
    "predict: photos/notes.txt: pets takes pictures, and this is a text; it is passed over; try PNG or JPEG files, or a folder of "
    "them\n";

TEST_CASE("predict: pictures that cannot be read are told, counted and passed over, and the others answered in their order") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_pictures(folder);
  const Ending good = in(folder, "predict", "pets photos/a.png photos/c.png photos/z.png --batch 2");
  REQUIRE(good.code == 0);
  REQUIRE(fits(good.out, "file,*\nphotos/a.png,*\nphotos/c.png,*\nphotos/z.png,*\n"));

  const Ending all = in(folder, "predict", "pets photos/* none.png --batch 2");
  CHECK(all.code == 1);
  CHECK(all.out == good.out);
  CHECK_MESSAGE(fits(all.err, cut_off + too_small + no_picture +
                                  "predict: none.png: cannot be read: *; it is passed over; try another path\n"
                                  "predict: 4 of 7 files were passed over\n"),
                all.err);
  const Ending written = in(folder, "predict", "pets photos/* --batch 2 --out answers.csv");
  CHECK(written.code == 1);
  CHECK(written.out == "");
  CHECK(read_bytes(folder.file("answers.csv")) == good.out);
  const Ending of_folder = in(folder, "predict", "pets photos --batch 2");  // what is no picture by its name is not looked at
  CHECK(of_folder.code == 1);
  CHECK(of_folder.out == good.out);
  CHECK_MESSAGE(fits(of_folder.err, cut_off + too_small + "predict: 2 of 5 files were passed over\n"), of_folder.err);
}

TEST_CASE("predict: folders without pictures and pictures of other kinds are passed over too, and not all are told") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_pictures(folder);
  std::filesystem::create_directory(folder.file("photos/empty"));
  std::filesystem::create_directory(folder.file("photos/phone"));
  write_bytes(folder.file("photos/phone/a.heic"),
              "\0\0\0\x18"
              "ftypheic");
  std::filesystem::copy_file(folder.file("photos/a.png"), folder.file("photos/phone/b.png"));
  const Ending several = in(folder, "predict", "pets photos/a.png photos/empty photos/phone");
  CHECK(several.code == 1);
  CHECK_MESSAGE(fits(several.out, "file,*\nphotos/a.png,*\nphotos/phone/b.png,*\n"), several.out);
  CHECK_MESSAGE(fits(several.err,
                     "predict: photos/empty: has no pictures in it*; it is passed over; try *\n"
                     "predict: photos/phone/a.heic: *; it is passed over; try *\n"
                     "predict: 2 of 4 files were passed over\n"),
                several.err);
  CHECK(fits(in(folder, "predict", "pets photos/phone").out, "file,*\nphotos/phone/b.png,*\n"));
  check_refused(folder, "pets photos/empty", "photos/empty: has no pictures in it*; try *");
  std::string many;
  for (int i = 0; i < 30; ++i) many += fmt::format(" none{}.png", i);
  const Ending told = in(folder, "predict", "pets photos/a.png" + many);
  CHECK(std::count(told.err.begin(), told.err.end(), '\n') == 22);
  CHECK_MESSAGE(fits(told.err, "*more are passed over without a line of their own\npredict: 30 of 31 files were passed over\n"),
                told.err);
}

TEST_CASE("predict: where no picture can be read there are no answers, and one alone is an error as it is") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_pictures(folder);
  const Ending none = in(folder, "predict", "pets photos/notes.txt photos/b.png --out answers.csv");
  CHECK(none.code == 2);
  CHECK(none.out == "");
  CHECK_MESSAGE(fits(none.err, no_picture + cut_off +
                                   "predict: none of the 2 files could be read, beginning with photos/notes.txt: pets takes "
                                   "pictures, and this is a text; try PNG or JPEG files, or a folder of them\n"),
                none.err);
  CHECK(!std::filesystem::exists(folder.file("answers.csv")));
  check_refused(folder, "pets photos/notes.txt", "photos/notes.txt: pets takes pictures, and this is a text; try PNG or JPEG *");
  CHECK(!has(in(folder, "predict", "pets photos/b.png").err, "passed over"));
}

TEST_CASE("predict: what would hit every picture alike is the end at once") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_pictures(folder);
  const Ending full = in(folder, "predict", "pets photos/a.png photos/c.png --batch 1 --out /dev/full");
  CHECK(full.code != 0);
  CHECK_MESSAGE(!has(full.err, "passed over"), full.err);
#if !defined(__SANITIZE_ADDRESS__)  // it takes terabytes of addresses
  write_png(folder.file("photos/k.png"), {1, 8000, 8000, std::vector<std::uint8_t>(64'000'000)});
  const std::string files = "--threads 1 pets photos/a.png photos/k.png photos/none.png photos/z.png";
  CHECK(has(in(folder, "predict", files).err, "k.png: 8000 x 8000"));  // where there is memory for it
  const Ending ended = in(folder, "predict", files, "ulimit -c 0; ulimit -v 60000; ");
  CHECK_MESSAGE(fits(ended.err, "predict: *k.png: no memory for *; try closing other programs\n"), ended.err);
  CHECK(ended.code == 2);
  CHECK_MESSAGE(fits(ended.out, "file,*\nphotos/a.png,*\n"), ended.out);  // what came before it is said
#endif
}

TEST_CASE("predict: of a column that is missing it is said which table has it, and how to do without") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_table(folder);
  write_bytes(folder.file("less.csv"), table("area,price,x"));
  write_bytes(folder.file("other.csv"), table("area,ROOMS,price"));
  const std::string remedy =
      "; try a table with the columns of the one that the model was trained on, or training without it (train --leave-out rooms)";
  check_refused(folder, "houses less.csv", "less.csv: has no column 'rooms'" + remedy);
  check_refused(folder, "houses other.csv", "other.csv: has no column 'rooms' (did you mean 'ROOMS'?)" + remedy);
  const Ending tested = in(folder, "train", "--quiet --data csv:houses.csv --label price --test less.csv");
  CHECK_MESSAGE(fits(tested.err, "train: less.csv: has no column 'rooms'; try *, or training without it (--leave-out rooms)\n"),
                tested.err);
}

TEST_CASE("tables without a heading, where that of the training had one: how their columns are taken is told once for each") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_table(folder);
  write_bytes(folder.file("named.csv"), "area,rooms\n1,2\n3,4\n");
  write_bytes(folder.file("bare.csv"), "1,2\n3,4\n");
  write_bytes(folder.file("whole.csv"), "1,2,0.5\n3,4,1.5\n");
  const Ending named = in(folder, "predict", "houses named.csv");
  REQUIRE(named.code == 0);
  CHECK(named.err == "");
  const std::string has_none = ": has no heading; its ", in_order = " columns are taken in the order of the training, ";
  const Ending bare = in(folder, "predict", "houses csv:bare.csv --batch 1");
  CHECK(bare.code == 0);
  CHECK(bare.out == named.out);
  CHECK(bare.err == "predict: bare.csv" + has_none + "2" + in_order + "without the label\n");
  CHECK(in(folder, "predict", "houses -", "cat whole.csv |").err ==
        "predict: standard input" + has_none + "3" + in_order + "with the label\n");
  CHECK(in(folder, "predict", "houses bare.csv named.csv whole.csv").err ==
        bare.err + "predict: whole.csv" + has_none + "3" + in_order + "with the label\n");
  if (cambium_tests::is_built("evaluate", "without a heading"))
    CHECK(in(folder, "evaluate", "houses csv:whole.csv").err ==
          "evaluate: whole.csv" + has_none + "3" + in_order + "with the label\n");
  CHECK(in(folder, "train", "--quiet --threads 1 --data csv:houses.csv --label price --epochs 1 --test whole.csv").err ==
        "train: whole.csv" + has_none + "3" + in_order + "with the label\n");

  write_bytes(folder.file("first.csv"), table("").substr(1));  // nor has that of the training
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data csv:first.csv --label 3 --epochs 1 --save places").code == 0);
  const Ending both = in(folder, "predict", "places bare.csv");
  CHECK(both.code == 0);
  CHECK(both.err == "");
  if (!cambium_tests::is_built("stream", "without a heading")) return;
  REQUIRE(in(folder, "stream", "--quiet --label 'column 3' --task regress --save rows first.csv").code == 0);
  const Ending rows = in(folder, "predict", "rows bare.csv");
  CHECK(rows.code == 0);
  CHECK(rows.err == "");
}

TEST_CASE("predict: a model and a file that have changed places") {
  if (!is_built()) return;
  const TempFolder folder;
  learn_table(folder);
  write_bytes(folder.file("other.csv"), table("area,rooms,price"));
  check_refused(folder, "houses.csv houses",
                "houses.csv is no model, and houses is one: the model comes first; try predict houses houses.csv");
  check_refused(folder, "houses.csv other.csv houses", "houses.csv is no model, *; try predict houses houses.csv other.csv");
  check_refused(folder, "houses.csv other.csv",
                "houses.csv: is no safetensors file but a text; try the file of weights that was saved");
  check_refused(folder, "none houses", "none: cannot be read: *");
}

}  // namespace
}  // namespace cambium
