// stream --report: a whole stream as a page.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "cambium/framework/base/random.h"
#include "tests/apps/run_app.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("stream", "--report"); }

Ending stream(const TempFolder& folder, const std::string& arguments, const std::string& before = "") {
  return run_app("stream", arguments + " --quiet", "cd '" + folder.path() + "' && " + before);
}

// A column stands still from the middle on; the class follows from the other, and so does the value.
std::string rows(int first, int last) {
  std::string text = first == 0 ? "a,<script>alert(1)</script>,kind,value\n" : "";
  for (int i = first; i < last; ++i) {
    const Random random = Random(5).of(static_cast<std::uint64_t>(i));
    const double a = random.normal(0);
    text += fmt::format("{:.4f},{:.4f},{},{:.4f}\n", a, i < 1500 ? random.normal(1) : 7.5, a > 0 ? "</svg>" : "no", 3 * a + 0.5);
  }
  return text;
}

std::string page_in(const TempFolder& folder, const std::string& name = "r.html") {
  const std::string page = read_bytes(folder.file(name));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.size() < 1'000'000);
  for (const std::string part : {"<script", "<link", "javascript:", "@import", "src=\"http", "href=\"http"})
    CHECK(!has(page, part));
  return page;
}

// The lines of the panel with this title.
std::string panel_of(const std::string& page, const std::string& title) {
  const std::size_t begin = page.find("<title>" + title), end = page.find("</svg>", begin);
  REQUIRE(end != page.npos);
  return page.substr(begin, end - begin);
}

TEST_CASE("stream --report: figures beside those of the last label, events and columns") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("s.csv"), rows(0, 3000));
  REQUIRE(stream(folder, "--label kind --leave-out value --report r.html --out with.csv s.csv").code == 0);
  const std::string page = page_in(folder);
  for (const std::string part :
       {"3000 rows; the stream has ended", "<title>Accuracy", "as the last one", "<title>Kappa", "kappa temporal", "<title>Speed",
        "&lt;script&gt;alert(1)&lt;/script&gt;", "is constant for", "new_range", "<title>a", "--label kind", "seed 1"}) {
    CAPTURE(part);
    CHECK(has(page, part));
  }
  CHECK(!has(page, "--resume"));
  REQUIRE(stream(folder, "--label kind --leave-out value --out without.csv s.csv").code == 0);
  CHECK(read_bytes(folder.file("with.csv")) == read_bytes(folder.file("without.csv")));
}

TEST_CASE("stream --report: values, and what is unusual") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("s.csv"), rows(0, 2500));
  REQUIRE(stream(folder, "--label value --leave-out kind --report r.html --out o.csv s.csv").code == 0);
  CHECK(has(page_in(folder), "<title>Error"));
  REQUIRE(stream(folder, "--task anomaly --leave-out kind,value --report r.html --out o.csv s.csv").code == 0);
  const std::string page = page_in(folder);
  CHECK(has(page, "<title>Score"));
  CHECK(has(page, "<title>Alarms"));
}

TEST_CASE("stream --report: going on, it is that of a stream that never stopped") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string how = "--label kind --leave-out value --save s.st --report r.html --out ";
  write_bytes(folder.file("s.csv"), rows(0, 1903));
  REQUIRE(stream(folder, how + "o.csv s.csv").code == 0);
  CHECK(has(page_in(folder), "1903 rows"));
  write_bytes(folder.file("s.csv"), rows(0, 3000));
  REQUIRE(stream(folder, how + "o.csv --resume s.csv").code == 0);
  const std::string on = page_in(folder);
  REQUIRE(stream(folder, "--label kind --leave-out value --report whole.html --out w.csv s.csv").code == 0);
  const std::string whole = page_in(folder, "whole.html");
  CHECK(has(on, "3000 rows"));
  for (const std::string title : {"Accuracy", "Kappa", "Loss", "a</title>", "&lt;script"}) {
    CAPTURE(title);
    CHECK(panel_of(on, title) == panel_of(whole, title));
  }
}

TEST_CASE("stream --report: a signal leaves a whole page, and a place that will not do is refused") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("s.csv"), rows(0, 500));
  const Ending cut = run_app("stream", "--label kind --leave-out value --report r.html --out o.csv --quiet",
                             fmt::format("cd '{}' && (cat s.csv; sleep 3) | timeout --preserve-status -s INT 1", folder.path()));
  CHECK(cut.code == 130);
  CHECK(has(page_in(folder), "500 rows; stopped"));
  const Ending broken = stream(folder, "--label kind --strict --report b.html --out o.csv -", "(cat s.csv; echo 1,2) |");
  CHECK(broken.code == 1);
  CHECK(has(page_in(folder, "b.html"), "500 rows; ended by an error: standard input: line 502: has 2 cells"));
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    const Ending ending = stream(folder, "--label kind " + arguments);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(has(ending.err, part), ending.err);
  };
  refused("--report none/r.html s.csv", "No such file or directory");
  refused("--report s.csv s.csv", "--report and a file of the stream are the same file");
  refused("--report x --out x s.csv", "--report and --out are the same file");
  const Ending full = stream(folder, "--label kind --report full.html --out o.csv s.csv", "ulimit -f 8 &&");
  CHECK(full.code == 1);
  CHECK(has(full.err, "File too large"));
  CHECK(!std::filesystem::exists(folder.file("full.html")));
}

}  // namespace
}  // namespace cambium
