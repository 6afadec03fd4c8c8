// check_layer against layers whose samples go one by one through recurrences, right ones and wrong ones.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/check_layer.h"

namespace cambium {

namespace {

// y = x less an average of the samples before it; the gradient passes as it is.
struct Trailing : Layer, Recurrence {
  enum class Fault { none, no_channels, next_unwritten, dx_unwritten, writes_x, takes_the_neighbour };
  explicit Trailing(Fault f = Fault::none) : fault(f) {}

  LayerSpec plan(const Setting& setting) const override {
    const int n = only_input(setting).size();
    LayerSpec spec;
    spec.out = setting.in[0];
    spec.state = {{"average", {n}, 0.5}};
    spec.saved = {{Saved::Type::reals, 0, as_size(n)}};
    spec.recurrence = {this, fault == Fault::no_channels ? 0 : n};
    spec.gradient = setting.mode == Mode::evaluate ? GradientKind::exact : GradientKind::controller;
    return spec;
  }
  void recur(const Forward& pass, Slice channels) const noexcept override {
    const auto n = as_size(pass.y.shape.size());
    for (auto c = as_size(channels.begin); c < as_size(channels.end); ++c) {
      double average = pass.state[0][c];
      for (int row = 0; row < pass.batch; ++row) {
        const double x = static_cast<double>(pass.x[0].row(row)[c]);
        pass.saved<real>(0)[as_size(row) * n + c] = static_cast<real>(x - average);
        average = 0.75 * average + 0.25 * x;
      }
      if (fault == Fault::takes_the_neighbour && c > 0) average += 0 * pass.next[0][c - 1];
      if (fault != Fault::next_unwritten || c > 0) pass.next[0][c] = average;
    }
    if (fault == Fault::writes_x) const_cast<real*>(pass.x[0].data)[0] = 7;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const int n = pass.y.shape.size();
    for (int row = rows.begin; row < rows.end; ++row)
      for (int c = 0; c < n; ++c) {
        const real still = pass.x[0].row(row)[c] - static_cast<real>(pass.state[0][c]);
        pass.y.row(row)[c] = pass.mode == Mode::evaluate ? still : pass.saved<real>(0)[as_size(row) * as_size(n) + as_size(c)];
      }
  }
  void recur_back(const Backward& back, Slice channels, const Epilogue&) const noexcept override {
    const int first = fault == Fault::dx_unwritten ? 1 : 0;
    for (int row = first; row < back.batch && back.dx[0].data; ++row)
      for (int c = channels.begin; c < channels.end; ++c) back.dx[0].row(row)[c] = back.dy.row(row)[c];
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {  // in evaluate mode
    for (int row = rows.begin; row < rows.end; ++row)
      for (int c = 0; c < back.dy.shape.size(); ++c) back.dx[0].row(row)[c] = back.dy.row(row)[c];
  }
  Description describe() const override { return {"trailing", {}}; }
  Fault fault;
};

}  // namespace

TEST_CASE("layers that recur: sound ones pass, and faults are found") {
  using Fault = Trailing::Fault;
  const auto faults_of = [](Fault fault) {
    std::string all;
    for (const Shape& shape : {Shape{7}, Shape{3, 5, 5}})
      for (const std::string& text : layer_faults(Trailing(fault), shape)) all += text + "\n";
    return all;
  };
  CHECK(faults_of(Fault::none) == "");
  for (const auto& expected :
       {std::pair(Fault::no_channels, "it recurs, but recurrence.channels is 0"),
        std::pair(Fault::next_unwritten, "recur left a part of next average unwritten"),
        std::pair(Fault::dx_unwritten, "dx[0] was not written"), std::pair(Fault::writes_x, "recur wrote to x 0"),
        std::pair(Fault::takes_the_neighbour, "in another order")}) {
    const std::string all = faults_of(expected.first);
    CAPTURE(all);
    CHECK_MESSAGE(all.find(expected.second) != std::string::npos, expected.second);
  }
}

}  // namespace cambium
