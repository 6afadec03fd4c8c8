// The examiner is examined: sound layers pass, and each fault built into one is found.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "tests/support/check_layer.h"
#include "tests/support/layer_bench.h"

namespace cambium {

namespace {

struct Sound;

// Each stands for one of the functions of the layer below, to do something wrong in it.
struct Hooks {
  std::function<void(LayerSpec&, const Setting&)> plan = {};
  std::function<void(const Sound&, const Forward&, Slice)> forward = {};
  std::function<void(const Sound&, const Backward&, Slice)> backward = {};
  std::function<void(const Sound&, const Backward&, Slice, Gradients)> gradient = {};
  std::string kind = "sound";
};

// y = (w tanh(x) + b) m, with a weight and a bias for each value of the sample and, while training, a mask m of 0 and 2.
struct Sound : Layer {
  explicit Sound(Hooks h = {}) : hooks(std::move(h)) {}

  LayerSpec plan(const Setting& setting) const override {
    const Shape& in = only_input(setting);
    const auto n = as_size(in.size());
    LayerSpec spec;
    spec.out = in;
    spec.params = {{"weight", {in.size()}, init::ones()}, {"bias", {in.size()}, init::zeros()}};
    spec.saved = {{Saved::Type::reals, 1, n}};
    spec.workspace = n * sizeof(real);
    spec.in_place = spec.backward_in_place = true;
    if (hooks.plan) hooks.plan(spec, setting);
    return spec;
  }

  real* kept(const Context& frame, int row) const { return frame.saved<real>(0) + 1 + row * frame.x[0].shape.size(); }
  real mask(const Context& frame, int row, int j) const {
    if (frame.mode != Mode::train) return 1;
    return frame.random.uniform(as_size(row * frame.x[0].shape.size() + j)) < 0.5 ? real(0) : real(2);
  }

  void right_forward(const Forward& pass, Slice rows) const {
    const int n = pass.y.shape.size();
    real* scratch = pass.workspace_of<real>(rows);
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int j = 0; j < n; ++j) scratch[j] = std::tanh(pass.x[0].row(row)[j]);
      for (int j = 0; j < n; ++j) {
        kept(pass, row)[j] = scratch[j];
        pass.y.row(row)[j] = (pass.params[0][j] * scratch[j] + pass.params[1][j]) * mask(pass, row, j);
      }
    }
  }
  void right_backward(const Backward& back, Slice rows) const {
    for (int row = rows.begin; row < rows.end; ++row)
      for (int j = 0; j < back.dy.shape.size(); ++j) {
        const real t = kept(back, row)[j];
        back.dx[0].row(row)[j] = back.dy.row(row)[j] * back.params[0][j] * (1 - t * t) * mask(back, row, j);
      }
  }
  void right_gradient(const Backward& back, Slice part, Gradients out) const {
    for (int i = 0; i < 2; ++i)
      for (int j = 0; out.at[as_size(i)] && j < back.dy.shape.size(); ++j) {
        real sum = 0;
        for (int row = part.begin; row < part.end; ++row)
          sum += back.dy.row(row)[j] * mask(back, row, j) * (i == 0 ? kept(back, row)[j] : 1);
        out.at[as_size(i)][j] = out.add ? out.at[as_size(i)][j] + sum : sum;
      }
  }

  void forward(const Forward& pass, Slice rows) const noexcept override {
    hooks.forward ? hooks.forward(*this, pass, rows) : right_forward(pass, rows);
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    hooks.backward ? hooks.backward(*this, back, rows) : right_backward(back, rows);
  }
  void backward_params(const Backward& back, Slice part, Gradients out) const noexcept override {
    hooks.gradient ? hooks.gradient(*this, back, part, out) : right_gradient(back, part, out);
  }
  Description describe() const override { return {hooks.kind, {}}; }

  Hooks hooks;
  mutable int calls = 0;
};

// y = x - mean over the batch, value by value; the mean is also followed by a state, and taken from there when evaluating.
struct Centred : Layer, Statistics {
  enum class Fault { none, held, held_but_exact, next_unwritten, moves_in_forward, moves_state, overflows, saves_early, miscounts };
  explicit Centred(Fault f = Fault::none) : fault(f) {}
  LayerSpec plan(const Setting& setting) const override {
    const Shape& in = only_input(setting);
    const auto n = as_size(in.size());
    LayerSpec spec;
    spec.out = in;
    spec.state = {{"running_mean", {in.size()}, 0.5}};
    spec.saved = {{Saved::Type::reals, n, 0}, {Saved::Type::reals, n, 0}, {Saved::Type::reals, 0, 1}};
    spec.statistics = {.ability = this, .partial = n + 1, .partial_back = n};
    spec.gradient = fault == Fault::held ? GradientKind::held : GradientKind::exact;
    spec.min_batch = setting.mode == Mode::train ? 2 : 1;
    return spec;
  }
  void partial(const Forward& pass, Slice rows, std::span<double> out) const noexcept override {
    for (std::size_t j = 0; j + 1 < out.size(); ++j) {
      out[j] = 0;
      for (int row = rows.begin; row < rows.end; ++row) out[j] += static_cast<double>(pass.x[0].row(row)[j]);
    }
    out.back() = fault == Fault::miscounts ? 3 : rows.count();
    if (fault == Fault::saves_early) pass.saved<real>(2)[rows.begin] = 1;
    if (fault == Fault::overflows && rows.index == 0 && rows.count() < pass.batch) out.data()[out.size()] = 0;
  }
  void merge(const Forward& pass, std::span<double> all) const noexcept override {
    const auto n = as_size(pass.y.shape.size());
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0, count = 0;
      for (std::size_t i = 0; i < all.size(); i += n + 1) sum += all[i + j], count += all[i + n];
      const double mean = all.empty() ? pass.state[0][j] : sum / count;
      pass.saved<real>(0)[j] = static_cast<real>(mean);
      if (pass.mode == Mode::evaluate) continue;
      if (fault == Fault::moves_state) const_cast<double&>(pass.state[0][j]) = mean;
      if (fault != Fault::next_unwritten) pass.next[0][j] = 0.9 * pass.state[0][j] + 0.1 * mean;
    }
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    for (int row = rows.begin; row < rows.end; ++row)
      for (int j = 0; j < pass.y.shape.size(); ++j) pass.y.row(row)[j] = pass.x[0].row(row)[j] - pass.saved<real>(0)[j];
    if (fault == Fault::moves_in_forward && !pass.next.empty()) pass.next[0][0] += 1;
  }
  void partial_back(const Backward& back, Slice rows, std::span<double> out) const noexcept override {
    for (std::size_t j = 0; j < out.size(); ++j) {
      out[j] = 0;
      for (int row = rows.begin; row < rows.end; ++row) out[j] += static_cast<double>(back.dy.row(row)[j]);
    }
  }
  void merge_back(const Backward& back, std::span<double> all) const noexcept override {
    const auto n = as_size(back.dy.shape.size());
    const bool held = fault == Fault::held || fault == Fault::held_but_exact;
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t i = j; i < all.size(); i += n) sum += all[i];
      back.saved<real>(1)[j] = static_cast<real>(held ? 0 : sum / back.batch);
    }
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    for (int row = rows.begin; row < rows.end; ++row)
      for (int j = 0; j < back.dy.shape.size(); ++j) back.dx[0].row(row)[j] = back.dy.row(row)[j] - back.saved<real>(1)[j];
  }
  Description describe() const override { return {"centred", {}}; }
  Fault fault;
};

// y = (a - b) r, r the sum of b: b matters to all values of y.
struct Difference : Layer {
  explicit Difference(bool wrong = false) : wrong_(wrong) {}
  LayerSpec plan(const Setting& setting) const override {
    if (setting.in.size() != 2 || setting.in[0] != setting.in[1]) throw Error("difference: needs two inputs of one shape");
    LayerSpec spec;
    spec.out = setting.in[0];
    spec.reads_x = true;
    return spec;
  }
  static real sum(const real* b, int n) {
    real total = 0;
    for (int j = 0; j < n; ++j) total += b[j];
    return total;
  }
  void forward(const Forward& pass, Slice rows) const noexcept override {
    const int n = pass.y.shape.size();
    for (int row = rows.begin; row < rows.end; ++row)
      for (int j = 0; j < n; ++j) pass.y.row(row)[j] = (pass.x[0].row(row)[j] - pass.x[1].row(row)[j]) * sum(pass.x[1].row(row), n);
  }
  void backward_input(const Backward& back, Slice rows) const noexcept override {
    const int n = back.dy.shape.size();
    for (int row = rows.begin; row < rows.end; ++row) {
      const real *a = back.x[0].row(row), *b = back.x[1].row(row), *dy = back.dy.row(row);
      real through = 0;
      for (int j = 0; j < n; ++j) through += dy[j] * (a[j] - b[j]);
      for (int j = 0; back.dx[0].data && j < n; ++j) back.dx[0].row(row)[j] = dy[j] * sum(b, n);
      for (int j = 0; back.dx[1].data && j < n; ++j) back.dx[1].row(row)[j] = (wrong_ ? 0 : through) - dy[j] * sum(b, n);
    }
  }
  Description describe() const override { return {"difference", {}}; }
  bool wrong_;
};

bool any_says(const std::vector<std::string>& faults, const std::string& words) {
  for (const std::string& fault : faults)
    if (fault.find(words) != std::string::npos) return true;
  return false;
}

// At least one of the faults found says these words, for a flat sample and for an image.
void finds(const std::string& words, const Layer& layer) {
  for (const Shape& shape : {Shape{7}, Shape{3, 5, 5}}) {
    const auto faults = layer_faults(layer, shape);
    std::string all;
    for (const std::string& fault : faults) all += "\n  " + fault;
    CHECK_MESSAGE(any_says(faults, words), shape.str(), ": looked for '", words, "', found", all);
  }
}

constexpr bool in_double = sizeof(real) == 8;

TEST_CASE("sound layers pass") {
  // Not by check_layer, which would enter them in the table of the real layers' errors.
  const auto pass = [](const Layer& layer, const std::vector<Inputs>& cases) {
    for (const Inputs& inputs : cases)
      for (const std::string& fault : layer_faults(layer, inputs)) FAIL_CHECK(fault);
  };
  pass(Sound(), {Shape{7}, Shape{3, 5, 5}, Shape{1}});
  pass(Centred(), {Shape{7}, Shape{3, 5, 5}});
  pass(Centred(Centred::Fault::held), {Shape{7}, Shape{3, 5, 5}});
  pass(Difference(), {{Shape{7}, Shape{7}}, {Shape{2, 3, 5}, Shape{2, 3, 5}}});
}

TEST_CASE("wrong gradients are found") {
  if (!in_double) return;
  finds("central differences say", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          s.right_backward(back, rows);
          back.dx[0].row(rows.begin)[0] += real(1e-6);
        }}));
  finds("gradient of bias[6]", Sound({.gradient = [](const Sound& s, const Backward& back, Slice part, Gradients out) {
          s.right_gradient(back, part, out);
          if (out.at[1]) out.at[1][6] += real(1e-3);
        }}));
  finds("dx[", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          Backward other = back;
          other.random = back.random.of(1);  // another mask than in forward
          s.right_backward(other, rows);
        }}));
  finds("dx[", Centred(Centred::Fault::held_but_exact));
  CHECK(any_says(layer_faults(Difference(true), {Shape{7}, Shape{7}}), "dx 1["));
  // Of more values than are moved one by one, the random direction finds the one that is wrong.
  const Sound wrong_in_one({.backward = [](const Sound& s, const Backward& back, Slice rows) {
    s.right_backward(back, rows);
    if (rows.begin == 0) back.dx[0].data[140] += real(0.01);
  }});
  CHECK(any_says(layer_faults(wrong_in_one, Shape{200}, {.batches = {3}, .coordinates = 2}), "random direction"));
}

TEST_CASE("what is left out, or made from nothing, is found") {
  finds("dx[6] was not written", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          for (int row = rows.begin; row < rows.end; ++row) {
            const real last = back.dx[0].row(row)[6];
            s.right_backward(back, {row, row + 1, rows.index, rows.thread});
            back.dx[0].row(row)[6] = last;
          }
        }}));
  finds("was not written", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          s.right_forward(pass, {rows.begin, rows.end - 1, rows.index, rows.thread});
        }}));
  finds("gradient of weight[0] was not written",
        Sound({.gradient = [](const Sound& s, const Backward& back, Slice part, Gradients out) {
          if (out.at[0] && out.at[1]) return;
          s.right_gradient(back, part, out);
        }}));
  finds("y[0]", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          const real old = *pass.workspace_of<real>(rows);
          s.right_forward(pass, rows);
          pass.y.row(rows.begin)[0] += 0 * old;
        }}));
  finds("y[0] is inf", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          s.right_forward(pass, rows);
          pass.y.row(rows.begin)[0] = INFINITY;
        }}));
  finds("merge left a part of next running_mean unwritten", Centred(Centred::Fault::next_unwritten));
}

TEST_CASE("writing where nothing may be written is found") {
  const auto after_forward = [](auto write) {
    return Sound({.forward = [write](const Sound& s, const Forward& pass, Slice rows) {
      s.right_forward(pass, rows);
      write(pass, rows);
    }});
  };
  finds("wrote to y, where", after_forward([](const Forward& pass, Slice rows) { pass.y.row(rows.end % pass.batch)[0] += 1; }));
  finds("outside y, into the guard", after_forward([](const Forward& pass, Slice) { pass.y.end()[0] = 1; }));
  finds("outside y, into the guard", after_forward([](const Forward& pass, Slice) { pass.y.data[-1] = 1; }));
  // Data for the whole batch, where a view holds one chunk of it.
  finds("wrote to y, where", after_forward([](const Forward& pass, Slice rows) {
          if (rows.begin > 0 && 2 * rows.begin < pass.batch) pass.y.data[rows.begin * pass.y.shape.size()] += 1;
        }));
  finds("wrote to x 0", after_forward([](const Forward& pass, Slice) { const_cast<real*>(pass.x[0].data)[0] = 7; }));
  finds("wrote to param 1", after_forward([](const Forward& pass, Slice) { const_cast<real*>(pass.params[1])[0] = 7; }));
  finds("wrote to saved buffer 0", after_forward([](const Forward& pass, Slice) { *pass.saved<real>(0) = 1; }));
  finds("wrote to workspace",
        after_forward([](const Forward& pass, Slice rows) { pass.workspace_of<real>(rows)[pass.y.shape.size()] = 1; }));
  finds("wrote to dy", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          s.right_backward(back, rows);
          if (back.dx[0].data != back.dy.data) const_cast<real*>(back.dy.data)[0] = 7;
        }}));
  finds("wrote to dx 0", Sound({.gradient = [](const Sound& s, const Backward& back, Slice part, Gradients out) {
          s.right_gradient(back, part, out);
          if (back.dx[0].data) back.dx[0].data[0] = 7;
        }}));
  finds("wrote to next state 0", Centred(Centred::Fault::moves_in_forward));
  finds("wrote to state 0", Centred(Centred::Fault::moves_state));
  finds("wrote to sums", Centred(Centred::Fault::overflows));
  finds("wrote to saved buffer 2", Centred(Centred::Fault::saves_early));
}

TEST_CASE("reading what was not declared is found") {
  finds("does not set spec.reads_x", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          for (int row = rows.begin; row < rows.end; ++row)
            for (int j = 0; j < back.dy.shape.size(); ++j) s.kept(back, row)[j] = std::tanh(back.x[0].row(row)[j]);
          s.right_backward(back, rows);
        }}));
  finds("does not set spec.reads_y", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          s.right_backward(back, rows);
          for (int row = rows.begin; row < rows.end; ++row)
            for (int j = 0; j < back.dy.shape.size(); ++j) back.dx[0].row(row)[j] *= back.y.row(row)[j] > -100 ? real(1) : real(2);
        }}));
}

TEST_CASE("bits that depend on more than they may are found") {
  const auto added = [](auto amount) {
    return Sound({.forward = [amount](const Sound& s, const Forward& pass, Slice rows) {
      s.right_forward(pass, rows);
      pass.y.row(rows.begin)[0] += static_cast<real>(amount(s, pass, rows));
    }});
  };
  finds("in another order and on other threads: y[",
        added([](const Sound&, const Forward&, Slice rows) { return rows.thread * 1e-6; }));
  finds("cut into 2: y is off", added([](const Sound&, const Forward&, Slice rows) { return rows.index; }));
  finds("a second run: y[0]", added([](const Sound& s, const Forward&, Slice) { return ++s.calls; }));
  finds("other random numbers: y[", added([](const Sound&, const Forward& pass, Slice) { return pass.random.uniform(0); }));
  finds("cut into 2: y is off", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          Forward other = pass;
          other.random = pass.random.of(as_size(rows.index));
          s.right_forward(other, rows);
        }}));
  CHECK(any_says(layer_faults(Centred(Centred::Fault::miscounts), Shape{7}), "cut into 2"));
}

TEST_CASE("passes that do not work in place, though declared so, are found") {
  finds("y in place of x: y[", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          s.right_forward(pass, rows);
          s.right_forward(pass, rows);  // from y, if that is x
        }}));
  finds("dx in place of dy: dx[", Sound({.backward = [](const Sound& s, const Backward& back, Slice rows) {
          s.right_backward(back, rows);
          s.right_backward(back, rows);
        }}));
  finds("works in place, but", Sound({.plan = [](LayerSpec& spec, const Setting&) { spec.out = Shape{spec.out.size() + 1}; }}));
}

TEST_CASE("gradients that are not added, or not overwritten, are found") {
  const auto with_add = [](bool add) {
    return Sound({.gradient = [add](const Sound& s, const Backward& back, Slice part, Gradients out) {
      s.right_gradient(back, part, {out.at, add});
    }});
  };
  finds("gradients added to what was there: gradient of weight", with_add(false));
  finds("gradient of weight[0]", with_add(true));
}

TEST_CASE("a pass that takes memory is found") {
  finds("forward of 0 to 7 took memory 1 time", Sound({.forward = [](const Sound& s, const Forward& pass, Slice rows) {
          s.right_forward(pass, rows);
          static int* volatile memory;
          memory = new int(3);
          delete memory;
        }}));
}

TEST_CASE("declarations that do not hold are found") {
  int calls = 0;
  finds("plan is not pure", Sound({.plan = [&](LayerSpec& spec, const Setting&) { spec.flops = ++calls; }}));
  finds("params or state depend on mode or batch", Sound({.plan = [](LayerSpec& spec, const Setting& setting) {
          if (setting.mode == Mode::evaluate) spec.params[0].sizes.push_back(1);
        }}));
  finds("'weight' is empty or used twice",
        Sound({.plan = [](LayerSpec& spec, const Setting&) { spec.params[1].name = "weight"; }}));
  finds("param_outputs is -1", Sound({.plan = [](LayerSpec& spec, const Setting&) { spec.param_outputs = -1; }}));
  finds("names no kind", Sound({.kind = ""}));
  finds("plan refuses: no", Sound({.plan = [](LayerSpec&, const Setting&) { throw Error("no", "another layer"); }}));
}

TEST_CASE("a fault names layer, shape, batch, index and both values") {
  const auto faults = layer_faults(Sound({.forward =
                                              [](const Sound& s, const Forward& pass, Slice rows) {
                                                s.right_forward(pass, rows);
                                                if (rows.thread > 0) pass.y.data[4] = 3;
                                              }}),
                                   Shape{3, 5, 5}, {.batches = {2}});
  CHECK(any_says(faults, "sound of 3x5x5, batch 2, train"));
  CHECK(any_says(faults, "y[4] is 3, expected the same bits as"));
}

}  // namespace

}  // namespace cambium
