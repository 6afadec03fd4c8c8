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
  explicit Contradictory(std::function<void(LayerSpec&)> change) : change_(std::move(change)) {}

  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    spec.params.push_back({"weight", {3}, init::ones(), 1, 1});
    change_(spec);
    return spec;
  }
  void forward(const Forward&, Slice) const noexcept override {}
  void backward_input(const Backward&, Slice) const noexcept override {}
  Description describe() const override { return {"contradictory", {}}; }

 private:
  std::function<void(LayerSpec&)> change_;
};

std::string refusal(const std::function<void(LayerSpec&)>& change) {
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
  CHECK(refusal([](LayerSpec&) {}) == "");
  const auto by_outputs = [](int units) { return [units](LayerSpec& spec) { spec.param_outputs = units; }; };
  CHECK(refusal(by_outputs(3)) == "");
  CHECK(refusal(by_outputs(2)) ==
        "layer 'odd': 3 values of odd.weight cannot be shared by param_outputs = 2; try .param_outputs = 1");
  CHECK(refusal(by_outputs(-1)) ==
        "layer 'odd': 3 values of odd.weight cannot be shared by param_outputs = -1; try .param_outputs = 1");
  static const OnlineNorm recurs;
  static const Dense splits(1);
  CHECK(refusal([](LayerSpec& spec) { spec.output_split = &splits; }) ==
        "layer 'odd': an output split, but param_outputs is 0; try .param_outputs, at least 1");
  CHECK(refusal([](LayerSpec& spec) { spec.recurrence.ability = &recurs; }) ==
        "layer 'odd': a recurrence without channels; try .channels, at least 1");
}
