// The normalizing layers against reference vectors, through the public parts: a model, its weights, a plan. The folder is named by
// the environment variable CAMBIUM_VECTORS; without it the test is skipped, and says so.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "cambium/framework/graph/plan.h"
#include "cambium/layers/affine.h"
#include "cambium/layers/batch_norm.h"
#include "cambium/layers/online_norm.h"
#include "tests/data/temp_folder.h"
#include "tests/layers/by_hand.h"
#include "tests/support/vectors.h"

namespace cambium {

namespace {

// The largest |got - expected| / (1 + |expected|), by array.
using Errors = std::map<std::string, double>;

void keep_worst(Errors& errors, const std::string& array, double error) {
  double& worst = errors[array];
  if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
}

void keep_worst(Errors& errors, const Errors& more) {
  for (const auto& [array, error] : more) keep_worst(errors, array, error);
}

template <class Values>
void compare(Errors& errors, const std::string& array, const Values& got, const double* expected) {
  for (const auto value : got) {
    keep_worst(errors, array, std::fabs(static_cast<double>(value) - *expected) / (1 + std::fabs(*expected)));
    ++expected;
  }
}

std::vector<real> narrow(const double* from, std::size_t n) {
  std::vector<real> values(n);
  std::transform(from, from + n, values.begin(), [](double value) { return static_cast<real>(value); });
  return values;
}

// How a case is run.
struct Way {
  Item norm;
  std::map<std::string, std::string> states;  // array of the case -> state of the layer
  bool fuse = true;
  bool outputs = true;                        // whether y, gradients and eval_y are those of this layer
  std::string eval_y = "eval.y";
};

class Run {
 public:
  Run(const VectorCase& vectors, const Way& way)
      : vectors_(vectors), way_(way), affine_(vectors.flag("affine")), x_(vectors.array("x")),
        gy_(vectors.array("gy", x_.extents)), batches_(vectors.array("batches").values),
        shape_(x_.extents.data() + 1, static_cast<int>(x_.extents.size()) - 1), net_(model()), weights_(net_) {}

  Errors go() {
    if (affine_) set_affine();
    if (way_.outputs) expected_["y"] = vectors_.array("y", x_.extents), expected_["gx"] = vectors_.array("gx", x_.extents);
    if (way_.outputs && affine_) expected_["xhat"] = vectors_.array("xhat", x_.extents);
    train();
    if (way_.outputs) evaluate();
    return errors_;
  }

 private:
  Graph model() const {
    if (!affine_) return Sequential(shape_, Named("norm", way_.norm));
    return Sequential(shape_, Named("norm", way_.norm), Named("affine", Affine()));
  }

  void set_affine() {
    for (const std::string name : {"gamma", "beta"}) {
      const std::vector<double> values = vectors_.array(name, {shape_.channels()}).values;
      std::copy_n(narrow(values.data(), values.size()).begin(), values.size(), weights_.value("affine." + name).begin());
    }
  }

  PlanOptions options(int batch, Mode mode) const {
    PlanOptions options{.batch = batch, .mode = mode, .input_gradient = mode == Mode::train, .fuse = way_.fuse};
    if (!way_.fuse && affine_ && mode == Mode::train) options.observe = {"norm"};  // for xhat
    return options;
  }

  void train() {
    const int largest = static_cast<int>(*std::max_element(batches_.begin(), batches_.end()));
    Plan plan(net_, weights_, options(largest, Mode::train));
    int first = 0;
    for (std::size_t call = 0; call < batches_.size(); ++call) {
      const int batch = static_cast<int>(batches_[call]);
      REQUIRE(first + batch <= x_.rows());
      step(plan, static_cast<std::size_t>(first) * x_.row_size(), batch);
      compare_step(plan, static_cast<std::size_t>(first) * x_.row_size(), call);
      first += batch;
    }
    REQUIRE(first == x_.rows());
  }

  void step(Plan& plan, std::size_t at, int batch) {
    now_ = narrow(x_.values.data() + at, static_cast<std::size_t>(batch) * x_.row_size());
    plan.forward({now_.data(), shape_, batch});
    const View dy = plan.output_gradient();
    std::copy_n(narrow(gy_.values.data() + at, dy.size()).begin(), dy.size(), dy.begin());
    weights_.mark_gradients_used();  // each call by itself
    plan.backward();
  }

  void compare_step(const Plan& plan, std::size_t at, std::size_t call) {
    for (const auto& [array, state] : way_.states) {
      const std::span<double> got = weights_.state("norm." + state);
      const VectorArray expected = vectors_.array(array, {static_cast<int>(batches_.size()), static_cast<int>(got.size())});
      compare(errors_, array, got, expected.values.data() + call * got.size());
    }
    if (!way_.outputs) return;
    compare(errors_, "y", plan.output(), expected_["y"].values.data() + at);
    compare(errors_, "gx", plan.input_gradient(), expected_["gx"].values.data() + at);
    if (!affine_) return;
    if (!way_.fuse) compare(errors_, "xhat", plan.output_of("norm"), expected_["xhat"].values.data() + at);
    for (const std::string name : {"gamma", "beta"}) {
      const VectorArray expected = vectors_.array("g" + name, {static_cast<int>(batches_.size()), shape_.channels()});
      compare(errors_, "g" + name, weights_.gradient("affine." + name), expected.values.data() + call * expected.row_size());
    }
  }

  void evaluate() {
    const VectorArray x = vectors_.array("eval.x"), y = vectors_.array(way_.eval_y, x.extents);
    const std::vector<double> before(weights_.state_block().begin(), weights_.state_block().end());
    Plan plan(net_, weights_, options(x.rows(), Mode::evaluate));
    const std::vector<real> values = narrow(x.values.data(), x.values.size());
    compare(errors_, way_.eval_y, plan.forward({values.data(), shape_, x.rows()}), y.values.data());
    CHECK(std::equal(before.begin(), before.end(), weights_.state_block().begin()));
  }

  const VectorCase& vectors_;
  const Way& way_;
  bool affine_;
  VectorArray x_, gy_;
  std::vector<double> batches_;
  Shape shape_;
  Graph net_;
  Weights weights_;
  std::vector<real> now_;
  std::map<std::string, VectorArray> expected_;
  Errors errors_;
};

std::vector<Way> ways_of_batch_norm(const VectorCase& vectors) {
  const double epsilon = vectors.number("eps"), momentum = vectors.number("momentum");
  const BatchNorm unbiased({.epsilon = epsilon, .momentum = momentum});
  const BatchNorm biased({.epsilon = epsilon, .momentum = momentum, .unbiased = false});
  const BatchNorm of_the_batch({.epsilon = epsilon, .momentum = 1, .unbiased = false});
  std::vector<Way> ways;
  for (const bool fuse : {true, false}) {
    ways.push_back({unbiased, {{"running_mean", "running_mean"}, {"running_var", "running_var"}}, fuse});
    ways.push_back(
        {biased, {{"running_mean", "running_mean"}, {"running_var_biased", "running_var"}}, fuse, true, "eval.y_biased"});
    ways.push_back({of_the_batch, {{"batch_mean", "running_mean"}, {"batch_var", "running_var"}}, fuse, false});
  }
  return ways;
}

std::vector<Way> ways_of_online_norm(const VectorCase& vectors) {
  const OnlineNorm cold({.alpha = vectors.number("alpha_fwd"), .alpha_backward = vectors.number("alpha_bkw"),
                         .epsilon = vectors.number("eps"), .start = OnlineNormOptions::Start::cold});
  std::vector<Way> ways;
  for (const bool fuse : {true, false}) ways.push_back({cold, {{"mu", "mean"}, {"var", "var"}, {"u", "u"}, {"v", "v"}}, fuse});
  return ways;
}

// What a case is of, as far as there are layers for it here; empty when there are none.
std::vector<Way> ways_of(const VectorCase& vectors) {
  const std::string kind = vectors.text("kind");
  if (kind == "batch_norm") return ways_of_batch_norm(vectors);
  if ((kind == "online_norm_1d" || kind == "online_norm_2d") && vectors.text("ecm") == "none") return ways_of_online_norm(vectors);
  return {};
}

std::string kind_of(const VectorCase& vectors) {
  const std::string kind = vectors.text("kind");
  const bool compensated = kind.starts_with("online_norm") && vectors.text("ecm") != "none";
  return compensated ? kind + " with error compensation " + vectors.text("ecm") : kind;
}

Errors errors_of(const VectorCase& vectors) {
  Errors errors;
  for (const Way& way : ways_of(vectors)) keep_worst(errors, Run(vectors, way).go());
  return errors;
}

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
    std::string text = fmt::format("reference vectors, {} precision: worst |got - expected| / (1 + |expected|)\n{:<16}{:>6}",
                                   sizeof(real) == 8 ? "double" : "single", "kind", "cases");
    const char* const groups[] = {"y", "gx", "xhat", "ggamma", "gbeta", "state", "eval"};
    for (const char* group : groups) text += fmt::format("{:>9}", group);
    text += "   share of the tolerance\n";
    for (const auto& [kind, row] : rows_) {
      text += fmt::format("{:<16}{:>6}", kind, row.cases);
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
    CHECK(errors.size() >= 7);
    check_all(errors, tolerance_of(vectors));
    table.add(vectors, errors);
    ++run;
  }
  CHECK(run > 0);
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
