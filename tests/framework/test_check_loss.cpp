// The examiner of losses is examined: sound ones pass, and each fault built into one is found.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/testing/check_loss.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"

namespace cambium {
namespace {

enum class Fault {
  none,
  sum,
  gradient,
  scale,
  last_unwritten,
  beyond,
  remembers,
  takes_memory,
  overflows,
  hides_nan,
  writes_y,
  refuses
};

// softplus(-t y) of a single output and two classes, t = -1 or 1: log(1 + exp(-t y)), dy = -t / (1 + exp(t y)).
class Logistic2 : public Loss {
 public:
  explicit Logistic2(Fault fault = Fault::none) : fault_(fault) {}

  void check(const Shape& output, const Dataset::TargetKind& target) const override {
    if (output.size() != 1 || target.classes < 1 || fault_ == Fault::refuses)
      throw Error("logistic2: needs one output", "Dense(1)");
  }
  Description describe() const override { return {"logistic2", {}}; }
  int classes(const Shape&) const override { return 2; }

 private:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override {
    double sum = 0;
    const double each = (fault_ == Fault::scale ? 1 : scale) / (fault_ == Fault::sum ? 1 : y.batch);
    for (int i = 0; i < y.batch; ++i) {
      const double t = target.labels[static_cast<std::size_t>(i)] == 1 ? 1 : -1, z = -t * static_cast<double>(*y.row(i));
      sum += fault_ == Fault::overflows ? std::log(1 + std::exp(z)) : std::fmax(z, 0) + std::log1p(std::exp(-std::fabs(z)));
      if (dy.data == nullptr || (fault_ == Fault::last_unwritten && i + 1 == y.batch)) continue;
      *dy.row(i) = static_cast<real>(-t / (1 + std::exp(-z)) * each * (fault_ == Fault::gradient ? 1.001 : 1));
    }
    if (fault_ == Fault::beyond && dy.data) *dy.row(y.batch) = 0;
    if (fault_ == Fault::remembers) sum += ++calls_;
    if (fault_ == Fault::hides_nan && std::isnan(sum)) sum = 0;
    if (fault_ == Fault::writes_y) const_cast<real*>(y.data)[0] += 1;
    static std::vector<int>* volatile memory;
    if (fault_ == Fault::takes_memory) memory = new std::vector<int>(3), delete memory;
    return sum * each;
  }

  Fault fault_;
  mutable double calls_ = 0;
};

void finds(const std::string& words, Fault fault) {
  std::string all;
  for (const std::string& text : testing::loss_faults(Logistic2(fault), Shape{1}, {2, {}})) all += "\n  " + text;
  CHECK_MESSAGE(all.find(words) != std::string::npos, "looked for '", words, "', found", all);
}

constexpr bool in_double = sizeof(real) == 8;

TEST_CASE("check_loss: the losses of the library keep the contract") {
  testing::check_loss(SoftmaxCrossEntropy(), Shape{5}, {5, {}});
  testing::check_loss(SoftmaxCrossEntropy({.label_smoothing = 0.2}), Shape{3}, {3, {}});
  testing::check_loss(SoftmaxCrossEntropy({.class_weights = {1, 0.25, 3}}), Shape{3}, {3, {}});
  testing::check_loss(SquaredError(), Shape{2, 3, 1}, {0, Shape{2, 3, 1}});
  testing::check_loss(Logistic2(), Shape{1}, {2, {}});
}

TEST_CASE("check_loss: what is wrong is found") {
  finds("the losses sum to", Fault::sum);
  finds("scale 0.25 makes", Fault::scale);
  finds("dy[6] was not written", Fault::last_unwritten);
  finds("beyond the samples that it was given", Fault::beyond);
  finds("a second call gives other bits", Fault::remembers);
  finds("takes memory", Fault::takes_memory);
  finds("the loss is inf for outputs of", Fault::overflows);
  finds("an output of NaN is hidden", Fault::hides_nan);
  finds("writes to y or to the target", Fault::writes_y);
  finds("check refuses such outputs and targets: logistic2: needs one output", Fault::refuses);
  if (in_double) finds("central differences say", Fault::gradient);
}

TEST_CASE("check_loss: it throws what it found") {
  CHECK_THROWS_AS(testing::check_loss(Logistic2(Fault::sum), Shape{1}, {2, {}}), Error);
}

}  // namespace
}  // namespace cambium
