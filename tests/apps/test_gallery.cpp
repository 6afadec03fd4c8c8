// The gallery: its figures against what the article says, by the rows of tests/article/README.md, and how the program ends.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("gallery", "at all"); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// What it has measured, as figures.csv has it: by "picture: figure".
class Figures {
 public:
  explicit Figures(const std::string& arguments) {
    const Ending ending = run_app("gallery", fmt::format("--out '{}' {}", folder_.path(), arguments));
    CHECK_MESSAGE(ending.code == 0, ending.err);
    bytes = read_bytes(folder_.file("figures.csv"));
    for (const std::string& line : lines_of(bytes)) {
      const std::size_t quote = line.find('"'), end = line.rfind("\",");
      if (quote == line.npos) continue;
      measured_[line.substr(0, quote - 1) + ": " + line.substr(quote + 1, end - quote - 1)] = std::stod(line.substr(end + 2));
    }
  }

  double operator[](const std::string& name) const {
    const auto found = measured_.find(name);
    CHECK_MESSAGE(found != measured_.end(), "no figure is called ", name);
    return found == measured_.end() ? std::nan("") : found->second;
  }
  void near_to(const std::string& name, double expected, double tolerance) const {
    const double value = (*this)[name];
    CHECK_MESSAGE(std::fabs(value - expected) <= tolerance, name, " is ", value, " and not ", expected, " +- ", tolerance);
  }
  void at_most(const std::string& name, double bound) const {
    const double value = (*this)[name];
    CHECK_MESSAGE(std::fabs(value) <= bound, name, " is ", value, ", at most ", bound);
  }
  void at_least(const std::string& name, double bound) const {
    const double value = (*this)[name];
    CHECK_MESSAGE(value >= bound, name, " is ", value, ", at least ", bound);
  }
  bool is_whole(const std::string& picture) const {
    const std::string svg = read_bytes(folder_.file(picture + ".svg"));
    return fits(svg, "*<svg*") && svg.find("</svg>") != svg.npos && svg.find("<script") == svg.npos;
  }
  bool has_page() const { return std::filesystem::exists(folder_.file("gallery.html")); }
  std::string page() const { return read_bytes(folder_.file("gallery.html")); }
  // What a browser finds wrong with the page: tests/pages.sh. Where there is none, nothing.
  std::string in_browser() const {
    const std::string command = fmt::format("bash '{}/tests/pages.sh' '{}' >'{}' 2>&1 </dev/null", CAMBIUM_SOURCE,
                                            folder_.file("gallery.html"), folder_.file("said"));
    const int status = std::system(command.c_str()), code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    const std::string said = read_bytes(folder_.file("said"));
    if (code == 77) fmt::print("{}", said);
    return code == 0 || code == 77 ? "" : said;
  }

  std::string bytes;  // of figures.csv

 private:
  TempFolder folder_;
  std::map<std::string, double> measured_;
};

// Rows 4 to 8. Means of n values are sure to sigma / sqrt(n), deviations to sigma / sqrt(2 n); here is six of each.
void check_distributions(const Figures& f) {
  f.near_to("normal: mean", 0, 0.019), f.near_to("normal: deviation", 1, 0.0135);
  f.near_to("normal: share within one deviation", 0.6827, 0.012);  // 16 inputs are not quite many
  f.near_to("shifted: mean", 2, 0.019), f.near_to("shifted: deviation", 1, 0.0135);
  f.near_to("bimodal: mean", -0.02, 0.045), f.at_most("bimodal: kurtosis", 2);
  f.near_to("centred: mean before", 2, 0.085), f.at_most("centred: mean after", 1e-6);
  f.near_to("centred: deviation after / before", 1, 1e-5);
  f.at_most("scaled: mean after", 1e-6), f.near_to("scaled: deviation before", 2, 0.06);
  f.near_to("scaled: deviation after", 1, 1e-4);
  f.at_most("odd: mean", 1e-6), f.near_to("odd: variance", 1, 1e-4);
  f.near_to("odd: peak 1", -1.7, 0.1), f.near_to("odd: peak 2", -0.6, 0.1), f.near_to("odd: peak 3", 1, 0.1);
  f.at_most("odd: change of the skewness", 1e-3), f.at_most("odd: change of the kurtosis", 1e-3);
  f.at_most("odd: pairs in another order", 0);
  f.at_most("affine: mean after batch norm", 1e-6), f.near_to("affine: mean after Affine", 2, 1e-5);
  f.near_to("affine: deviation after Affine", 1.5, 1e-3);
}

// The spread of 2,000 means is sure to 1 / sqrt(4,000), a slope over nine sizes to 0.003; the deviation of few values has a bias.
void check_observations(const Figures& f) {
  f.at_most("draws: furthest mean", 0.75), f.at_least("draws: spread of the six means", 0.01);
  f.near_to("batch_noise: slope of the mean's error", -0.5, 0.018);
  f.near_to("batch_noise: slope of the deviation's error", -0.5, 0.03);
  f.near_to("batch_noise: mean at 64", 0.125, 0.0119), f.near_to("batch_noise: deviation at 64", 0.0884, 0.0084);
  f.near_to("batch_noise: mean at 1024", 0.03125, 0.003);
}

// Rows 14, 17, 19, 30, 32 to 35.
void check_inputs(const Figures& f) {
  f.at_most("elements: largest mean after", 1e-6), f.at_most("elements: furthest deviation from 1", 1e-4);
  f.at_most("elements: values of nodes 2 and 3 that change when node 1 is 1,000 times as large", 0);
  f.at_least("channels: largest channel mean before", 0.1), f.at_most("channels: largest channel mean after", 1e-6);
  f.at_most("channels: furthest deviation from 1", 2e-4), f.at_least("channels: largest mean of a pixel after", 0.3);
  f.at_least("plateau: beyond 2 without norm", 90), f.near_to("plateau: beyond 2 with it", 4.55, 1.5);
  f.at_most("plateau: mean slope of tanh without norm", 0.1), f.near_to("plateau: mean slope with it", 0.6057, 0.02);
  f.at_most("pixels: largest difference between the five", 1e-5);
  f.at_most("pixels: mean", 1e-6), f.near_to("pixels: deviation", 1, 1e-4);
  f.at_least("sensors: widest / narrowest before", 1e5), f.at_most("sensors: largest mean after", 1e-6);
  f.at_most("sensors: furthest deviation from 1 after", 1e-4);
  f.at_most("constant: largest output of the constant, online norm", 0);
  f.at_most("constant: largest output of the constant, batch norm", 0);
  f.at_most("constant: largest output 10,000 samples after the break, online norm", 0.01);
  f.at_most("constant: the same in batches of 100, batch norm", 0);
  f.near_to("levels: low, half of the time", -1, 1e-3), f.near_to("levels: high, half of the time", 1, 1e-3);
  f.near_to("levels: low, three quarters", -0.5774, 1e-3), f.near_to("levels: high, a quarter", 1.7321, 1e-3);
  f.near_to("rare: event at 1 in 64", 7.937, 0.08), f.near_to("rare: rest at 1 in 64", -0.126, 0.0013);
  f.near_to("rare: event at 1 in 1,024", 31.98, 0.32);
}

// Row 39.
void check_drifts(const Figures& f) {
  f.near_to("drift: offset, online norm", 0.0994, 0.0106), f.near_to("drift: variance, online norm", 0.995, 0.015);
  f.at_least("drift: correlation with the fluctuation, online norm", 0.999);
  f.near_to("drift: offset, batch norm", 0.0576, 0.0106);
  f.at_least("drift: correlation, batch norm", 0.98), f.at_most("drift: correlation, statistics held", 0.9);
  f.at_least("market: wander of the weekly mean, in deviations of a week, before", 1.5), f.at_most("market: wander after", 0.7);
}

const std::string quick =
    "normal,shifted,bimodal,centred,scaled,odd,affine,draws,batch_noise,elements,channels,plateau,pixels,sensors,constant,levels,"
    "rare,"
    "drift,"
    "market";

TEST_CASE("gallery: every picture that needs no training shows what the article says of it") {
  if (!is_built()) return;
  const Figures figures("--only " + quick);
  check_distributions(figures), check_observations(figures), check_inputs(figures), check_drifts(figures);
  std::istringstream names(quick);
  for (std::string name; std::getline(names, name, ',');) CHECK_MESSAGE(figures.is_whole(name), name << ".svg");
  CHECK(!figures.has_page());
}

TEST_CASE("gallery: neither threads nor the pictures beside it change a figure, and the seed does") {
  if (!is_built()) return;
  const Figures one("--only channels,rare --threads 1"), two("--only channels --threads 2"), other("--only channels --seed 2");
  CHECK(one.bytes.substr(0, two.bytes.size()) == two.bytes);
  CHECK(other.bytes != two.bytes);
}

TEST_CASE("slow: gallery: all of it, with the networks that are trained, and one page that needs nothing else") {
  if (!is_built()) return;
  const Figures f("");
  check_distributions(f), check_observations(f), check_inputs(f), check_drifts(f);
  // Row 9: a memory in between is best; too long a one is off by more than 0.2 deviations.
  const double best = f["staleness: least error"];
  f.at_least("staleness: error at 16,000 samples", std::max(0.2, 1.15 * best)),
      f.at_least("staleness: error at 5 samples", 1.3 * best);
  // Row 20.
  f.at_least("page: test accuracy", 90), f.at_least("page: spread of the channel means before", 0.5);
  f.at_most("page: largest channel mean after", 1e-5), f.at_most("page: furthest width from 1 after", 1e-3);
  CHECK(f["market_learner: accuracy with online norm"] > f["market_learner: standardized once"] + 2);
  CHECK(f["market_learner: accuracy with online norm"] > f["market_learner: as it comes"] + 5);
  const std::string page = f.page();
  CHECK(fits(page.substr(0, 15), "<!*html>"));
  for (const char* outside : {"<script", "<link", "@import", "src=\"http", "url(http"}) CHECK(page.find(outside) == page.npos);
  for (const std::string& line : lines_of(run_app("gallery", "--list").out))
    CHECK_MESSAGE(f.is_whole(line.substr(0, line.find(' '))), line);
}

TEST_CASE("slow: gallery: in a browser nothing of the page is cut off, no two texts meet, and all can be read") {
  if (!is_built()) return;
  const Figures f("");
  const std::string said = f.in_browser();
  CHECK_MESSAGE(said == "", said);
}

TEST_CASE("gallery: the list names every picture, and draws none") {
  if (!is_built()) return;
  const Ending list = run_app("gallery", "--list");
  CHECK(list.code == 0);
  CHECK(lines_of(list.out).size() == 22);
  CHECK_MESSAGE(fits(list.out, "normal *\n*\nrare *\n*market_learner *\n"), list.out);
}

TEST_CASE("gallery: Ctrl-C ends it after the picture that it is at, and leaves the folder as it was") {
  if (!is_built()) return;
  const TempFolder folder;
  Process process("gallery", {"--out", folder.path(), "--threads", "1"});
  CHECK(process.says("\nshifted "));
  process.send(SIGINT);
  const Ending ending = process.wait();
  CHECK(ending.code == 130);
  CHECK_MESSAGE(fits(ending.err, "*gallery: ended after * pictures; nothing was written\n"), ending.err);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("gallery: a picture is written whole or not at all") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::vector<std::string> words = {"--only", "rare,levels", "--out", folder.path()};
  const Ending small = Process("gallery", words, {.most_bytes = 1000}).wait();
  CHECK(small.code == 1);
  CHECK_MESSAGE(fits(small.err, "*gallery: *.svg: * File too large; try *\n"), small.err);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(Process("gallery", words, {.out = Surroundings::To::full_disk}).wait().code == 1);  // nobody was told, but it is there
  CHECK(std::filesystem::exists(folder.file("rare.svg")));
}

TEST_CASE("gallery: a market of one's own") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string table = "when,cost,up\n";
  for (int i = 0; i < 6000; ++i) table += fmt::format("{},{},{}\n", i % 24, 100 + 0.01 * i + i * i % 7, i % 3 == 0 ? "yes" : "no");
  write_bytes(folder.file("shop.csv"), table);
  const Figures figures(fmt::format("--only market --market '{}' --price cost --label up", folder.file("shop.csv")));
  CHECK(figures["market: rows"] == 6000);
  CHECK(figures["market: wander of the weekly mean, in deviations of a week, before"] > 2 * figures["market: wander after"]);
}

}  // namespace
}  // namespace cambium
