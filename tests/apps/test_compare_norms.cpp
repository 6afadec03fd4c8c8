// The comparison of norms: that every experiment runs, and the same seed gives the same figures; in the slow cases, what it shows.
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

namespace {

using namespace cambium_tests;
using cambium::fits;

bool is_built() { return cambium_tests::is_built("compare_norms", "at work"); }

// The mean over the seeds of each figure of a CSV file, by "row,setting,measure".
std::map<std::string, double> means_of(const std::string& csv) {
  std::map<std::string, double> sums, counts;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line)
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        cells.emplace_back();
      else
        cells.back() += c;
    REQUIRE_MESSAGE(cells.size() == 6, line);
    const std::string key = cells[1] + "," + cells[2] + "," + cells[4];
    sums[key] += std::atof(cells[5].c_str()), counts[key] += 1;
  }
  for (auto& [key, sum] : sums) sum /= counts[key];
  return sums;
}

struct Result {
  Ending ending;
  std::string csv;
  std::map<std::string, double> means;
};

Result compare(const std::string& arguments) {
  const TempFolder folder;
  const std::string file = folder.file("figures.csv");
  const Ending ending = run_app("compare_norms", arguments + " --csv '" + file + "'", "OPENBLAS_NUM_THREADS=1");
  REQUIRE_MESSAGE(ending.code == 0, ending.err);
  const std::string csv = read_bytes(file);
  return {ending, csv, means_of(csv)};
}

struct Small {
  const char *experiment, *arguments, *table;  // what its table has in it
};

TEST_CASE("compare_norms: every experiment gives its table") {
  if (!is_built()) return;
  for (const Small& one : {Small{"batch_size", "--only batch_norm,online_norm --at 1,32", "*batch_norm *refused*online_norm*"},
                           Small{"two_classes", "--only none,batch_norm --epochs 1", "*two classes*all classes*batch_norm*"},
                           Small{"paper", "--only none,layer_norm --epochs 1", "*best epoch, %*its training loss*none*layer_norm*"},
                           Small{"learning_rate", "--only none,batch_norm --at 0.1,10", "*batch_norm: the largest rate *0.1*"},
                           Small{"rare_class", "--only none,batch_norm --epochs 1", "*recall of the rare class, %*batch_norm*"},
                           Small{"bottleneck", "--at 0.03,10 --only none,batch_norm", "*none*diverged*batch_norm*"},
                           Small{"pixel_range", "--only batch_norm --epochs 1 --at 0..1,0..255", "*batch_norm: over the ranges*"},
                           Small{"new_range", "--only none,batch_norm --epochs 1 --at=-1..1", "*lost after adapting, points*"},
                           Small{"placement", "--only batch_norm --at 0.1", "*batch_norm before relu*batch_norm before linear*"},
                           Small{"time_order", "--only none,online_norm --at 1,64", "*run of*online_norm*"},
                           Small{"affine", "--only batch_norm", "*zeros behind relu, %*batch_norm + affine - batch_norm: *"}}) {
    const Result result = compare(fmt::format("--quick --images 500 --experiment {} {}", one.experiment, one.arguments));
    CHECK_MESSAGE(fits(result.ending.out, fmt::format("*\n{}: *network *training *data *digits*{}", one.experiment, one.table)),
                  result.ending.out);
    CHECK_MESSAGE(result.csv.starts_with("experiment,row,setting,seed,measure,value\n"), result.csv);
  }
}

TEST_CASE("compare_norms: too few images for one batch are refused and give no figure") {
  if (!is_built()) return;
  const Result few = compare("--quick --images 500 --only none --at 512");
  CHECK_MESSAGE(fits(few.ending.out, "*refused: none at batch size 512: 500 images fill no batch of 512*"), few.ending.out);
  CHECK(few.means.empty());
}

TEST_CASE("compare_norms: a name that is in no experiment is no wish, beside one that is") {
  if (!is_built()) return;
  for (const std::string wish : {"--only none,batch_nrom", "--at 8,7"}) {
    const Ending ending = run_app("compare_norms", "--quick --images 500 " + wish);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.err, "compare_norms: batch_size has *, and nothing that --* names; try *\n"), ending.err);
  }
}

TEST_CASE("compare_norms: a seed gives the same figures on any number of threads") {
  if (!is_built()) return;
  const std::string what = "--quick --images 500 --seeds 2 --experiment paper --epochs 1 --only batch_norm,online_norm --threads ";
  const std::string alone = compare(what + "1").csv;
  CHECK(alone == compare(what + "3").csv);
  CHECK(alone.find(",2,") != alone.npos);
}

TEST_CASE("compare_norms: the page is one file without scripts, the picture is one file") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string files = fmt::format(" --report '{}' --svg '{}'", folder.file("page.html"), folder.file("picture.svg"));
  const Result result = compare("--quick --images 500 --only none,layer_norm --at 32,128" + files);
  const std::string page = read_bytes(folder.file("page.html")), svg = read_bytes(folder.file("picture.svg"));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.find("<script") == page.npos);
  CHECK(page.find("Small and large batches") != page.npos);
  CHECK(page.find("compare_norms --quick --images 500") != page.npos);
  CHECK_MESSAGE(svg.find("layer_norm") != svg.npos, svg.substr(0, 200));
}

TEST_CASE("compare_norms: Ctrl-C ends it with what is there") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string file = folder.file("figures.csv");
  Process process("compare_norms", {"--quick", "--seeds", "1000", "--only", "none", "--at", "128", "--csv", file});
  CHECK(process.says("batch_size: "));
  usleep(300'000);
  process.send(SIGINT);
  const Ending ending = process.wait();
  CHECK(ending.code == 130);
  CHECK_MESSAGE(fits(ending.out, "*ended after * of 1000 runs*"), ending.out);
  CHECK(read_bytes(file).starts_with("experiment,row,"));
}

TEST_CASE("slow: compare_norms: small batches need statistics that do not come from them") {
  if (!is_built()) return;
  const auto means = compare("--only none,batch_norm,online_norm --at 2").means;
  const auto at = [&](const std::string& row) { return means.at(row + ",2,test accuracy, %"); };
  CHECK(at("online_norm") >= at("batch_norm") + 10);
  CHECK(at("online_norm") >= at("none") + 1);
}

TEST_CASE("slow: compare_norms: a network with a norm takes a ten times larger rate, and any range") {
  if (!is_built()) return;
  const auto rates = compare("--experiment learning_rate --only none,batch_norm --at 0.1,0.3,1,3").means;
  const auto largest = [&](const std::string& row) {
    double found = 0;
    for (const std::string rate : {"0.1", "0.3", "1", "3"})
      if (rates.at(row + "," + rate + ",training accuracy over the last 30 steps, %") >= 60) found = std::atof(rate.c_str());
    return found;
  };
  CHECK(largest("batch_norm") >= 10 * std::max(0.1, largest("none")));
  const auto ranges = compare("--experiment pixel_range --at 0..1,0..255 --only none,batch_norm,online_norm").means;
  const auto at = [&](const std::string& row, const std::string& range) {
    return ranges.at(row + "," + range + ",test accuracy, %");
  };
  for (const std::string norm : {"batch_norm", "online_norm"}) CHECK(std::abs(at(norm, "0..1") - at(norm, "0..255")) <= 0.3);
  CHECK(at("none", "0..255") < at("none", "0..1") - 5);
}

TEST_CASE("slow: compare_norms: a norm on the logits finds the rare class, and one after the input goes along to another range") {
  if (!is_built()) return;
  const auto rare = compare("--experiment rare_class --only none,batch_norm").means;
  CHECK(rare.at("batch_norm,,recall of the rare class, %") >= rare.at("none,,recall of the rare class, %"));
  const auto there = compare("--experiment new_range --at=-1..1 --only none,batch_norm,online_norm").means;
  for (const std::string norm : {"batch_norm", "online_norm"}) CHECK(there.at(norm + ",-1..1,lost after adapting, points") <= 0.5);
  CHECK(there.at("none,-1..1,lost after adapting, points") > 20);
}

}  // namespace
