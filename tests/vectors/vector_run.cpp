#include "tests/vectors/vector_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/planning/plan.h"
#include "cambium/layers/linear/affine.h"

namespace cambium {

void keep_worst(Errors& errors, const std::string& array, double error) {
  double& worst = errors[array];
  if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
}

void keep_worst(Errors& errors, const Errors& more) {
  for (const auto& [array, error] : more) keep_worst(errors, array, error);
}

namespace {

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

class Run {
 public:
  Run(const VectorCase& vectors, const Way& way)
      : vectors_(vectors),
        way_(way),
        affine_(vectors.knows("affine") ? vectors.flag("affine") : vectors.has("gamma")),
        x_(vectors.array("x")),
        gy_(vectors.array("gy", x_.extents)),
        batches_(vectors.array("batches").values),
        shape_(x_.extents.data() + 1, static_cast<int>(x_.extents.size()) - 1),
        net_(model()),
        weights_(net_) {}

  Errors go() {
    if (affine_) set_affine();
    if (way_.outputs) expected_["y"] = vectors_.array("y", x_.extents), expected_["gx"] = vectors_.array("gx", x_.extents);
    if (way_.outputs && norm_inside()) expected_["xhat"] = vectors_.array("xhat", x_.extents);
    train();
    if (way_.outputs && vectors_.has("eval.x")) evaluate();
    return errors_;
  }

 private:
  Graph model() const {
    Graph net;
    Node last = net.then(net.input(shape_), Named("norm", way_.norm));
    if (affine_) last = net.then(last, Named("affine", Affine({.per = way_.affine})));
    for (const Item& item : way_.after) last = net.then(last, item);
    return net;
  }
  bool norm_inside() const { return affine_ || !way_.after.empty(); }

  void set_affine() {
    for (const std::string name : {"gamma", "beta"}) {
      const std::vector<double> values = vectors_.array(name).values;
      const std::span<real> to = weights_.value("affine." + name);
      REQUIRE(values.size() == to.size());
      std::copy_n(narrow(values.data(), values.size()).begin(), values.size(), to.begin());
    }
  }

  PlanOptions options(int batch, Mode mode) const {
    PlanOptions options{.batch = batch, .mode = mode, .input_gradient = mode == Mode::train, .fuse = way_.fuse};
    if (!way_.fuse && norm_inside() && mode == Mode::train) options.observe = {"norm"};  // for xhat
    return options;
  }

  void train() {
    const int largest = static_cast<int>(*std::max_element(batches_.begin(), batches_.end()));
    Plan plan(net_, weights_, options(largest, Mode::train));
    const std::vector<double> updates = vectors_.has("weights_updated_before")
                                            ? vectors_.array("weights_updated_before", {static_cast<int>(batches_.size())}).values
                                            : std::vector<double>(batches_.size());
    int first = 0;
    for (std::size_t call = 0; call < batches_.size(); ++call) {
      const int batch = static_cast<int>(batches_[call]);
      REQUIRE(first + batch <= x_.rows());
      if (updates[call] != 0) weights_.raise_version();
      step(plan, static_cast<std::size_t>(first) * x_.row_size(), batch);
      compare_step(plan, static_cast<std::size_t>(first) * x_.row_size(), call);
      first += batch;
    }
    REQUIRE(first == x_.rows());
    for (const auto& [array, state] : way_.finals) {
      const std::span<double> got = weights_.state("norm." + state);
      compare(errors_, array, got, vectors_.array(array, {static_cast<int>(got.size())}).values.data());
    }
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
    if (norm_inside() && !way_.fuse) compare(errors_, "xhat", plan.output_of("norm"), expected_["xhat"].values.data() + at);
    if (!affine_) return;
    for (const std::string name : {"gamma", "beta"}) {
      std::vector<int> extents = vectors_.array(name).extents;
      extents.insert(extents.begin(), static_cast<int>(batches_.size()));
      const VectorArray expected = vectors_.array("g" + name, extents);
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

}  // namespace

Errors run_case(const VectorCase& vectors, const Way& way) { return Run(vectors, way).go(); }

Errors errors_of(const VectorCase& vectors) {
  Errors errors;
  for (const Way& way : ways_of(vectors)) keep_worst(errors, run_case(vectors, way));
  return errors;
}

}  // namespace cambium
