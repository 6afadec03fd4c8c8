// The normalizing layers against reference vectors. The folder is named by the environment variable CAMBIUM_VECTORS; without it the
// test is skipped, and says so. Whatever cases the folder lists are run, as long as there is a layer for their kind.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "tests/data/temp_folder.h"
#include "tests/layers/by_hand.h"
#include "tests/vectors/vector_run.h"

namespace cambium {

namespace {

void check_all(const Errors& errors, double tolerance) {
  for (const auto& entry : errors) CHECK_MESSAGE(entry.second <= tolerance, entry.first, ": ", entry.second);
}

double tolerance_of(const VectorCase& vectors) { return vectors.number(sizeof(real) == 8 ? "tol_f64" : "tol_f32"); }

// A row for each kind: the worst error of each group of arrays, and how near a case came to its tolerance.
class Table {
 public:
  void add(const VectorCase& vectors, const Errors& errors) {
    Row& row = rows_[kind_of(vectors)];
    ++row.cases;
    for (const auto& [array, error] : errors) {
      keep_worst(row.groups, group_of(array), error);
      const double share = error / tolerance_of(vectors);
      if (!(share < row.share)) row.share = share, row.nearest = vectors.name() + " " + array;
    }
  }

  std::string text() const {
    std::string text = fmt::format("reference vectors, {} precision: worst |got - expected| / (1 + |expected|)\n{:<32}{:>6}",
                                   sizeof(real) == 8 ? "double" : "single", "kind", "cases");
    const char* const groups[] = {"y", "gx", "xhat", "ggamma", "gbeta", "state", "eval"};
    for (const char* group : groups) text += fmt::format("{:>9}", group);
    text += "   share of the tolerance\n";
    for (const auto& [kind, row] : rows_) {
      text += fmt::format("{:<32}{:>6}", kind, row.cases);
      for (const char* group : groups) {
        const auto found = row.groups.find(group);
        text += found == row.groups.end() ? fmt::format("{:>9}", "-") : fmt::format("{:>9.1e}", found->second);
      }
      text += fmt::format("{:>8.3f} by {}\n", row.share, row.nearest);
    }
    return text;
  }

 private:
  struct Row {
    int cases = 0;
    Errors groups;
    double share = -1;
    std::string nearest;
  };
  static std::string group_of(const std::string& array) {
    if (array.starts_with("eval")) return "eval";
    for (const char* one : {"y", "gx", "xhat", "ggamma", "gbeta"})
      if (array == one) return array;
    return "state";
  }
  std::map<std::string, Row> rows_;
};

}  // namespace

TEST_CASE("reference vectors") {
  const char* const folder = std::getenv("CAMBIUM_VECTORS");
  if (!folder || !*folder) {
    std::printf("SKIPPED the reference vectors: CAMBIUM_VECTORS is not set\n");
    return;
  }
  Table table;
  std::map<std::string, int> missing;
  int run = 0;
  for (const VectorCase& vectors : read_vector_cases(folder)) {
    if (ways_of(vectors).empty()) {
      ++missing[kind_of(vectors)];
      continue;
    }
    CAPTURE(vectors.name());
    const Errors errors = errors_of(vectors);
    CHECK(errors.count("y") + errors.count("gx") == 2);
    check_all(errors, tolerance_of(vectors));
    table.add(vectors, errors);
    ++run;
  }
  CHECK(run > 0);
  CHECK(missing.empty());
  std::printf("%s", table.text().c_str());
  for (const auto& [kind, cases] : missing)
    std::printf("not here yet: %s (%d %s)\n", kind.c_str(), cases, cases == 1 ? "case" : "cases");
  std::fflush(stdout);
}

namespace {

// One feature, the batch (0, 2), gy (1, 0), epsilon 0.25 and gamma 2, so that all is worked out by hand: mean 1, variance 1,
// s = sqrt(1.25), xhat -+1/s, and gx of the first +-(1 - 1/1.25) / s.
class SmallCase {
 public:
  SmallCase() {
    const std::string s = "0.89442719099991588", y = "1.7888543819998318", gx = "0.17888543819998318";
    std::filesystem::create_directory(folder_.file("small"));
    put("index", "small batch_norm\n");
    write("case", "kind batch_norm\nfeatures 1\nsteps 1\neps 0.25\nmomentum 0.5\naffine 1\ntol_f64 1e-10\ntol_f32 2e-05\n");
    write("batches", "1 1\n2\n"), write("gamma", "1 1\n2\n"), write("beta", "1 1\n0\n");
    write("x", "2 2 1\n0\n2\n"), write("gy", "2 2 1\n1\n0\n");
    write("xhat", "2 2 1\n-" + s + "\n" + s + "\n"), write("y", "2 2 1\n-" + y + "\n" + y + "\n");
    write("gx", "2 2 1\n" + gx + "\n-" + gx + "\n");
    write("ggamma", "2 1 1\n-" + s + "\n"), write("gbeta", "2 1 1\n1\n");
    write("batch_mean", "2 1 1\n1\n"), write("batch_var", "2 1 1\n1\n");
    write("running_mean", "2 1 1\n0.5\n"), write("running_var", "2 1 1\n1.5\n"), write("running_var_biased", "2 1 1\n1\n");
    write("eval.x", "2 1 1\n1\n"), write("eval.y", "2 1 1\n0.7559289460184544\n"), write("eval.y_biased", "2 1 1\n" + s + "\n");
  }
  void write(const std::string& array, const std::string& text) { put("small/" + array, text); }
  void put(const std::string& file, const std::string& text) { cambium_tests::write_bytes(folder_.file(file + ".txt"), text); }

  Errors run() const { return errors_of(read_vector_cases(folder_.path()).at(0)); }
  std::string error() const {
    const std::string text = error_of([&] { run(); });
    return text.starts_with(folder_.path()) ? text.substr(folder_.path().size() + 1) : text;
  }

 private:
  cambium_tests::TempFolder folder_;
};

}  // namespace

TEST_CASE("vectors: a small case passes, and a wrong number in any array is seen") {
  SmallCase small;
  const Errors errors = small.run();
  CHECK(errors.size() == 12);
  check_all(errors, sizeof(real) == 8 ? 1e-14 : 1e-6);
  for (const auto& entry : errors) {
    const std::string& array = entry.first;
    SmallCase wrong;
    const bool two = array == "xhat" || array == "y" || array == "gx";
    wrong.write(array, two ? "2 2 1\n0.51\n0.51\n" : "2 1 1\n0.51\n");
    CHECK_MESSAGE(wrong.run().at(array) > 1e-3, array);
  }
}

TEST_CASE("vectors: malformed files say where and what") {
  const auto error_with = [](const std::string& array, const std::string& text) {
    SmallCase small;
    small.write(array, text);
    return small.error();
  };
  const std::string remedy = "; try another copy of the vectors";
  CHECK(error_with("x", "") == "small/x.txt: is empty" + remedy);
  CHECK(error_with("x", "2 2 1\n0\n") == "small/x.txt: has 1 numbers, and 2x1 need 2" + remedy);
  CHECK(error_with("x", "2 2 1\n0\n2\n4\n") == "small/x.txt: has 3 numbers, and 2x1 need 2" + remedy);
  CHECK(error_with("x", "2 2 1\n0\n2,5\n") == "small/x.txt, line 3: '2,5' is no finite number" + remedy);
  CHECK(error_with("y", "2 2 1\n0\nnan\n") == "small/y.txt, line 3: 'nan' is no finite number" + remedy);
  CHECK(error_with("y", "2 2 1\n0\n1e999\n") == "small/y.txt, line 3: '1e999' is no finite number" + remedy);
  CHECK(error_with("y", "2 2\n0\n2\n") == "small/y.txt, line 1: '2 2' should be the number of axes and then their sizes" + remedy);
  CHECK(error_with("y", "2 2 -1\n0\n2\n") == "small/y.txt, line 1: '-1' is no size" + remedy);
  CHECK(error_with("y", "2 1 2\n0\n2\n") == "small/y.txt, line 1: is 1x2, and should be 2x1" + remedy);
  CHECK(error_with("ggamma", "2 2 1\n0\n2\n") == "small/ggamma.txt, line 1: is 2x1, and should be 1x1" + remedy);
  CHECK(error_with("case", "kind batch_norm\naffine 1\n") == "small/case.txt: there is no 'eps'" + remedy);
  CHECK(error_with("case", "kind\n") == "small/case.txt, line 1: 'kind' should be a key and a value" + remedy);
  CHECK(error_with("case", "kind x\nkind y\n") == "small/case.txt, line 2: 'kind' is there twice" + remedy);
  CHECK(error_with("case", "kind batch_norm\neps 1\nmomentum 1\naffine 2\n") ==
        "small/case.txt: affine is '2', which should be 0 or 1" + remedy);
  CHECK(error_with("case", "kind batch_norm\neps small\n") == "small/case.txt, eps: 'small' is no finite number" + remedy);
  CHECK(error_with("case", "kind group_norm\n") ==
        "index.txt, line 1: small is listed as batch_norm, and its case.txt says group_norm" + remedy);

  SmallCase small;
  small.put("index", "small batch_norm\nother batch_norm\n");
  CHECK(small.error() == "other/case.txt: cannot be read" + remedy);
  small.put("index", "small\n");
  CHECK(small.error() == "index.txt, line 1: 'small' should be a folder and a kind" + remedy);
  CHECK(error_of([] { read_vector_cases("/no/such/folder"); }) == "/no/such/folder/index.txt: cannot be read" + remedy);
}

}  // namespace cambium
