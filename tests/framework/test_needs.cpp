// What a layer says of itself and cannot be: the plan refuses it, rather than to work with it.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

#include "cambium/cambium.h"

using namespace cambium;

namespace {

// y = x, with three weights for nothing, and whatever else it is told to need.
class Contradictory final : public Layer {
 public:
  explicit Contradictory(std::function<void(Needs&)> change) : change_(std::move(change)) {}

  Needs plan(const Setting& setting) const override {
    Needs needs;
    needs.out = only_input(setting);
    needs.params.push_back({"weight", {3}, init::ones(), 1, 1});
    change_(needs);
    return needs;
  }
  void forward(const Pass&, Rows) const noexcept override {}
  void backward(const Back&, Rows) const noexcept override {}
  Description describe() const override { return {"contradictory", {}}; }

 private:
  std::function<void(Needs&)> change_;
};

std::string refusal(const std::function<void(Needs&)>& change) {
  const Sequential net(Shape{4}, Named("odd", Contradictory(change)), Dense(2));
  Weights weights(net, 1);
  try {
    Plan(net, weights, {.batch = 2, .mode = Mode::train});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a plan refuses layers whose needs contradict themselves, and says what would do") {
  CHECK(refusal([](Needs&) {}) == "");
  const auto by_outputs = [](int units) {
    return [units](Needs& needs) { needs.cut = GradientCut::outputs, needs.gradient_units = units; };
  };
  CHECK(refusal(by_outputs(3)) == "");
  CHECK(refusal(by_outputs(2)) ==
        "layer 'odd': 3 values of odd.weight cannot be shared by gradient_units = 2; try .gradient_units = 1");
  CHECK(refusal(by_outputs(0)) ==
        "layer 'odd': 3 values of odd.weight cannot be shared by gradient_units = 0; try .gradient_units = 1");
  CHECK(refusal([](Needs& needs) { needs.parts = true; }) ==
        "layer 'odd': parts, but nothing that is cut by outputs; try GradientCut::outputs");
  CHECK(refusal([](Needs& needs) { needs.coupling.per = Coupling::Per::channel; }) ==
        "layer 'odd': Coupling::Per::channel without channels; try .channels, at least 1");
}
