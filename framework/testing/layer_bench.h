// A layer on the bench: driven through its contract alone, with memory that tells on it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/testing/guarded.h"

namespace cambium::testing {

struct BenchOptions {
  Mode mode = Mode::train;
  int batch = 7;                // samples in every call
  int planned = 0;              // Setting::batch; 0: as many as in the calls
  int pieces = 1;               // into how many the batch, and the gradient, are cut
  int lanes = 1;
  bool reversed = false;        // hands out the last piece first, and the last lane first
  bool y_is_x = false;          // forward in place (input 0)
  bool dx_is_dy = false;        // backward in place (input 0)
  bool backward_first = false;  // backward comes before gradient
  bool watch = true;            // look at every buffer after every call
  int parts = 1;                // into how many the outputs are cut in forward, where the layer allows it
  bool show_x = false;          // backward sees x even where the layer says that it does not read it
  bool show_y = false;          // the same for y
  std::uint64_t random = 1;     // of Frame::random
  Isa isa = best_isa();
};

// Owns every buffer that a layer is handed, each poisoned and between guard bands, and makes the calls of a step in the order of
// framework/base/layer.h. After every single call it checks that nothing was written but what that call may write, and that no
// memory was taken; what it finds is in `faults`.
class LayerBench {
 public:
  // Throws what Layer::plan throws. State starts at its declared values; x, dy and params are drawn with seed 1.
  LayerBench(const Layer& layer, std::vector<Shape> in, BenchOptions options = {});
  LayerBench(const Layer&& layer, std::vector<Shape> in, BenchOptions options = {}) = delete;  // the layer must stay

  const Needs& needs() const { return needs_; }
  const BenchOptions& options() const { return options_; }
  int inputs() const { return static_cast<int>(in_.size()); }

  View x(int input = 0) { return {x_[at(input)].as<real>().data(), in_[at(input)], options_.batch}; }
  View dx(int input = 0) { return {dx_memory(input).as<real>().data(), in_[at(input)], options_.batch}; }
  View y() { return {y_memory().as<real>().data(), needs_.out, options_.batch}; }
  View dy() { return {dy_.as<real>().data(), needs_.out, options_.batch}; }
  std::span<real> param(int i) { return params_[at(i)].as<real>(); }
  std::span<real> gradient(int i) { return gradients_[at(i)].as<real>(); }
  std::span<double> state(int i) { return state_[at(i)].as<double>(); }
  std::span<double> next(int i) { return next_[at(i)].as<double>(); }
  template <class T>
  std::span<T> keep(int room) { return keep_[at(room)].as<T>(); }

  // New x, dy and params of order 1, exact in float. The values of x are distinct, in random order, at least `distance` apart,
  // and as far from 0 and from the kinks.
  void draw(std::uint64_t seed, double distance = 0, const std::vector<double>& kinks = {});

  void forward();        // gather, settle and forward; fills y, and next
  void forward_alone();  // forward only: with what settle left
  // gather_back, settle_back, gradient, backward. dx and, unless `add`, the gradients are poisoned first.
  void backward(bool add = false);
  void commit();         // the next state becomes the state
  void weights_moved() { ++weights_version_; }  // as an optimizer's step says it, by Frame::weights_version

  void want_dx(int input, bool want) { want_dx_[at(input)] = want; }  // else dx is null
  void freeze(int param, bool frozen) { frozen_[at(param)] = frozen; }  // its gradient is null
  bool wants_dx(int input) const { return want_dx_[at(input)]; }
  bool frozen(int param) const { return frozen_[at(param)]; }

  const std::vector<std::string>& faults() const { return faults_; }

 private:
  struct Stretch {  // bytes of a buffer that a call may write
    const Guarded* memory;
    std::size_t begin, end;
  };
  struct Named {
    std::string name;
    const Guarded* memory;
  };
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  Guarded& y_memory() { return options_.y_is_x ? x_[0] : y_; }
  Guarded& dx_memory(int input) { return options_.dx_is_dy && input == 0 ? dy_ : dx_[at(input)]; }
  bool coupled() const { return needs_.coupling.per != Coupling::Per::none; }
  bool recurs() const { return needs_.coupling.per == Coupling::Per::channel && options_.mode != Mode::evaluate; }
  std::vector<Rows> cut(int n) const;  // in the order in which the pieces are handed out
  std::vector<Named> all_memory() const;

  void take_memory();
  void fill_frame(Frame& frame);
  Pass make_pass();
  Back make_back();

  static Stretch whole(const Guarded& memory) { return {&memory, 0, memory.bytes()}; }
  Stretch rows_of(const Guarded& memory, const Shape& shape, Rows rows) const;
  Stretch share_of(const Guarded& memory, Rows units) const;
  std::vector<Stretch> rows_kept(Rows rows) const;  // the scratch of the lane as well
  template <class Call>
  void watched(const std::string& call, const std::vector<Stretch>& may_write, Call make);

  template <class Gather>
  std::span<double> gather_all(const char* call, std::size_t each, Gather gather);
  template <class Recur>
  void recur(const std::string& name, const std::vector<Stretch>& may_write, Recur call);
  std::vector<Stretch> settled() const;  // what settle, recur and settle_back may write
  void run_forward(const Pass& pass);
  void run_backward(const Back& back);
  void run_gradient(const Back& back, bool add);
  void check_written(const std::string& name, std::span<const real> values);
  void check_moved();
  void report(const std::string& fault);

  const Layer& layer_;
  std::vector<Shape> in_;
  BenchOptions options_;
  Needs needs_;
  std::vector<Guarded> x_, dx_, hidden_x_, params_, gradients_, state_, next_, keep_;
  Guarded y_, hidden_y_, dy_, scratch_, gathered_;
  std::vector<std::vector<Guarded>> sums_;  // of the pieces after the first, where the gradient is cut by rows
  std::size_t scratch_stride_ = 0;
  std::uint64_t weights_version_ = 0;
  std::vector<bool> want_dx_, frozen_;
  // What Frame, Back and Gradients point to.
  std::vector<ConstView> x_views_;
  std::vector<View> dx_views_;
  std::vector<const real*> param_pointers_;
  std::vector<const double*> state_pointers_;
  std::vector<double*> next_pointers_;
  std::vector<void*> keep_pointers_;
  std::vector<std::string> faults_;
};

}  // namespace cambium::testing
