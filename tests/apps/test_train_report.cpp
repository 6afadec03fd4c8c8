// --report: a training as a page, whatever is learnt and however it ends.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "--report"); }

constexpr const char* hostile = "<script>alert(1)</script>";
constexpr const char* hostile_column = "<img src=x onerror=alert(2)>";

// A value that follows from two columns, and a class that follows from it.
std::string table(int rows) {
  std::string text = fmt::format("a,{},town,value,kind\n", hostile_column);
  for (int i = 0; i < rows; ++i) {
    const Random random = Random(5).of(static_cast<std::uint64_t>(i));
    const double a = random.normal(0), b = random.normal(1), value = 100 + 10 * (a + b) + random.normal(2);
    text += fmt::format("{:.4f},{:.4f},{},{:.3f},{}\n", a, b, a > 0.3 ? "Ulm" : "\"</svg>&amp;\"", value,
                        value > 105  ? hostile
                        : value < 95 ? "low"
                                     : "\"a & 'b'\"");
  }
  return text;
}

Ending train(const TempFolder& folder, const std::string& arguments, const std::string& before = "") {
  return run_app("train", "--threads 1 --quiet " + arguments, "cd '" + folder.path() + "' && " + before);
}

constexpr const char* classes = "--data csv:t.csv --label kind --leave-out value --batch 32 --epochs 4";

// The whole page, which needs nothing else and does nothing.
std::string page_in(const TempFolder& folder, const std::string& name = "r.html") {
  const std::string page = read_bytes(folder.file(name));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.size() < 1'000'000);
  CHECK(is_utf8(page));
  for (const std::string part :
       {"<script", "<link", "onerror=alert(2)>", "javascript:", "@import", "url(", "src=\"http", "href=\"http"}) {
    CAPTURE(part);
    CHECK(!has(page, part));
  }
  return page;
}

// The line of the panel with this title: the same numbers give the same letters.
std::string line_of(const std::string& page, const std::string& title) {
  const std::size_t panel = page.find("<title>" + title), end = page.find("</svg>", panel);
  REQUIRE(end != page.npos);
  std::string longest;  // not that of the legend
  for (std::size_t at = page.find("class=\"line", panel); at < end; at = page.find("class=\"line", at + 1))
    if (const std::string line = page.substr(at, page.find("/>", at) - at); line.size() > longest.size()) longest = line;
  return longest;
}

TEST_CASE("train --report: classes of a table, whose names stay text") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(300));
  const Ending ending = train(folder, std::string(classes) + " --validate 60 --seed 7 --report r.html --save with.st");
  REQUIRE(ending.code == 0);
  const std::string page = page_in(folder);
  for (const std::string part : {"epoch 4 of 4: the training has ended", "<title>Loss", "<title>Accuracy", "<title>Learning rate",
                                 "taken for", "&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img src=x onerror", "line ", "of t.csv",
                                 "probability", "before batch_norm_1", "after batch_norm_1", "batch_norm_2 + affine_1 + relu_1",
                                 "forward ms", "--validate 60 --seed 7 --report r.html", "seed 7", "dense_1"}) {
    CAPTURE(part);
    CHECK(has(page, part));
  }
  CHECK(has(page, ending.out.substr(0, ending.out.find(" after"))));  // the test, as the program says it

  // The training is the same without it, to the bit.
  REQUIRE(train(folder, std::string(classes) + " --validate 60 --seed 7 --save without.st").code == 0);
  CHECK(read_bytes(folder.file("with.st")) == read_bytes(folder.file("without.st")));
}

TEST_CASE("train --report: values, and values with error bars") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(200));
  for (const std::string more : {"", " --error-bars"}) {
    CAPTURE(more);
    REQUIRE(train(folder, "--data csv:t.csv --label value --leave-out kind --epochs 3 --report r.html" + more).code == 0);
    const std::string page = page_in(folder);
    for (const std::string part : {"R2 ", "<title>Predicted", "<title>How far off", "off by", "predicted - value", "Ulm"}) {
      CAPTURE(part);
      CHECK(has(page, part));
    }
  }
}

TEST_CASE("train --report: pictures, with those that were mistaken and the first layer") {
  if (!is_built()) return;
  const TempFolder folder;
  const MemoryDataset some = digits(Split::test, {.count = 120});
  write_image_folder(folder.file("p"), some);
  std::filesystem::rename(folder.file("p/3"), folder.file("p/<b>&3"));
  const Ending ending = train(
      folder,
      "--data images:p --layers 'conv 6 k5, batch_norm, relu, pool 4, flatten, dense 10' --epochs 1 --worst 5 --report r.html");
  REQUIRE_MESSAGE(ending.code == 0, ending.err);
  const std::string page = page_in(folder);
  for (const std::string part : {"data:image/png;base64,", "Weights of conv2d_1", "6 of 6 outputs", " %, is ", "conv2d_1, 6x"}) {
    CAPTURE(part);
    CHECK(has(page, part));
  }
  CHECK(!has(page, "<b>"));
  CHECK(has(page, "&lt;b&gt;&amp;3"));
  const Ending dense = train(folder, "--data images:p --layers 'flatten, dense 12, relu, dense 10' --epochs 1 --report d.html");
  REQUIRE_MESSAGE(dense.code == 0, dense.err);
  CHECK(has(page_in(folder, "d.html"), "12 of 12 outputs"));
}

TEST_CASE("train --report: going on, its curves are those of a training that was never cut") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(300));
  const std::string six = "--data csv:t.csv --label kind --epochs 6 --batch 32 --schedule constant --report r.html --out ";
  REQUIRE(train(folder, six + "whole").code == 0);
  const std::string whole = page_in(folder);
  const auto as_the_whole = [&](const char* name) {
    const std::string page = page_in(folder, name);
    for (const char* title : {"Loss", "Accuracy", "Learning rate"}) CHECK(line_of(page, title) == line_of(whole, title));
    return page;
  };
  const std::string three = "--data csv:t.csv --label kind --epochs 3 --batch 32 --schedule constant ";
  REQUIRE(train(folder, three + "--report cut.html --out cut").code == 0);
  CHECK(line_of(page_in(folder, "cut.html"), "Loss") != line_of(whole, "Loss"));
  REQUIRE(train(folder, "--out cut --resume --epochs 6").code == 0);  // whose report is known
  const std::string page = as_the_whole("cut.html");
  CHECK(line_of(page, "after batch_norm_1") == line_of(whole, "after batch_norm_1"));
  CHECK(!has(page, "--resume"));  // in the command that makes it anew

  // Begun without a report: from the log.
  REQUIRE(train(folder, three + "--out plain").code == 0);
  REQUIRE(train(folder, "--out plain --resume --epochs 6 --report late.html").code == 0);
  as_the_whole("late.html");
}

TEST_CASE("train --report: a signal, an error and a test alone leave a whole page") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(2000));
  const std::string endless = "--data csv:t.csv --label kind --epochs 1000000 --report r.html";
  CHECK(train(folder, endless, "timeout --preserve-status -s INT 1.2").code == 130);
  std::string page = page_in(folder);
  CHECK(has(page, "of 1000000: the training was stopped"));
  CHECK(has(page, "test accuracy"));
  std::filesystem::remove(folder.file("r.html"));
  CHECK(train(folder, endless + " --out o", "timeout --preserve-status -s INT 1.2").code == 130);
  CHECK(has(page_in(folder), "of 1000000; stopped, and --resume goes on"));
  std::filesystem::remove(folder.file("r.html"));
  {
    Process process("train", {"--data", "csv:" + folder.file("t.csv"), "--label", "kind", "--epochs", "1000000", "--threads", "1",
                              "--report", folder.file("r.html")});
    CHECK(process.says("epoch 20/"));
    process.send(SIGKILL);  // in the middle of an epoch, or of a writing
    CHECK(process.wait().code == -SIGKILL);
  }
  CHECK(has(page_in(folder), "of 1000000"));
  std::filesystem::remove(folder.file("r.html"));
  CHECK(train(folder, "--data csv:t.csv --label value --epochs 5 --optimizer sgd --rate 1e30 --report r.html").code != 0);
  CHECK(has(page_in(folder), "ended by an error"));
  REQUIRE(train(folder, std::string(classes) + " --save w.st").code == 0);
  CHECK(train(folder, "--data csv:t.csv --label kind --leave-out value --load w.st --epochs 0 --report r.html").code == 0);
  page = page_in(folder);
  CHECK(has(page, "the training has ended"));
  CHECK(!has(page, "<title>Loss"));
}

TEST_CASE("train --report: a place that will not do is refused before the training") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    const Ending ending = train(folder, std::string(classes) + ' ' + arguments);
    CAPTURE(arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(has(ending.err, part), ending.err);
  };
  refused("--report none/r.html", "No such file or directory");
  refused("--report .", "r");
  refused("--report t.csv", "--report and a file of the data are the same file, t.csv");
  refused("--report x --save x", "--report and --save are the same file, x");
  refused("--report x --log x", "--report and --log are the same file, x");
  refused("--out o --report o/log.csv", "--report is a file of the run itself");
  if (geteuid() == 0) return;  // who may write everywhere
  std::filesystem::create_directory(folder.file("closed"));
  std::filesystem::permissions(folder.file("closed"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  refused("--report closed/r.html", "Permission denied");
}

TEST_CASE("train --report: on a full disk the training goes on, and it is told once") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(300));
  const Ending ending = train(folder, "--data csv:t.csv --label kind --epochs 20 --report r.html", "ulimit -f 8 &&");
  CHECK(ending.code == 1);
  CHECK(has(ending.out, "test accuracy"));
  CHECK(has(ending.err, "--report: "));
  CHECK(has(ending.err, "File too large"));
  CHECK(std::ranges::count(ending.err, '\n') == 1);
  CHECK(!std::filesystem::exists(folder.file("r.html")));
}

}  // namespace
}  // namespace cambium
