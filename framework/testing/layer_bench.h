// A layer on the bench: driven through its contract alone, in memory that shows what was written.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/layer_calls.h"
#include "cambium/framework/testing/bench_options.h"
#include "cambium/framework/testing/guarded.h"

namespace cambium::testing {

// Owns every buffer that a layer is handed, each poisoned and between guard bands, and makes the calls of a step in the order of
// framework/base/layer.h. After every single call it checks that nothing was written but what that call may write, and that no
// memory was taken; what it finds is in `faults`.
class LayerBench {
 public:
  // Throws what Layer::plan throws. State starts at its declared values; x, dy and params are drawn with seed 1.
  LayerBench(const Layer& layer, std::vector<Shape> in, BenchOptions options = {});
  LayerBench(const Layer&& layer, std::vector<Shape> in, BenchOptions options = {}) = delete;  // the layer must stay

  const LayerSpec& spec() const { return spec_; }
  const BenchOptions& options() const { return options_; }
  int inputs() const { return static_cast<int>(in_.size()); }

  View x(int input = 0) { return {x_[as_size(input)].as<real>().data(), in_[as_size(input)], options_.batch}; }
  View dx(int input = 0) { return {dx_memory(input).as<real>().data(), in_[as_size(input)], options_.batch}; }
  View y() { return {y_memory().as<real>().data(), spec_.out, options_.batch}; }
  View dy() { return {dy_.as<real>().data(), spec_.out, options_.batch}; }
  std::span<real> param(int i) { return params_[as_size(i)].as<real>(); }
  std::span<real> gradient(int i) { return gradients_[as_size(i)].as<real>(); }
  std::span<double> state(int i) { return state_[as_size(i)].as<double>(); }
  std::span<double> next(int i) { return next_[as_size(i)].as<double>(); }
  template <class T>
  std::span<T> saved(int buffer) {
    return saved_[as_size(buffer)].as<T>();
  }

  // New x, dy and params of order 1, exact in float. The values of x are distinct, in random order, at least `distance` apart,
  // and as far from 0 and from the kinks.
  void draw(std::uint64_t seed, double distance = 0, const std::vector<double>& kinks = {});

  void forward();        // all calls of the forward pass; fills y, and next
  void forward_alone();  // forward only: with what merge left
  // All calls of the backward pass. dx and, unless `add`, the gradients are poisoned first.
  void backward(bool add = false);
  void commit();                                // the next state becomes the state
  void weights_moved() { ++weights_version_; }  // as an optimizer's step says it, by Context::weights_version

  void want_dx(int input, bool want) { want_dx_[as_size(input)] = want; }    // else dx is null
  void freeze(int param, bool frozen) { frozen_[as_size(param)] = frozen; }  // its gradient is null
  bool wants_dx(int input) const { return want_dx_[as_size(input)]; }
  bool frozen(int param) const { return frozen_[as_size(param)]; }

  const std::vector<std::string>& faults() const { return faults_; }

 private:
  struct Writable {  // bytes of a buffer that a call may write
    const Guarded* memory;
    std::size_t begin, end;
  };
  struct Watched {
    std::string name;
    const Guarded* memory;
  };
  Guarded& y_memory() { return options_.y_is_x ? x_[0] : y_; }
  Guarded& dx_memory(int input) { return options_.dx_is_dy && input == 0 ? dy_ : dx_[as_size(input)]; }
  std::vector<Slice> cut(int n) const;  // in the order in which the slices are handed out
  std::vector<Watched> all_memory() const;
  void take_memory();
  void fill_context(Context& context);
  Forward make_forward();
  Backward make_backward();
  static Writable whole(const Guarded& memory) { return {&memory, 0, memory.bytes()}; }
  Writable samples_of(const Guarded& memory, const Shape& shape, Slice samples) const;
  Writable share_of(const Guarded& memory, Slice outputs) const;
  Writable workspace_of(int thread) const;
  std::vector<Writable> saved_of(Slice samples) const;  // the workspace of the thread as well
  std::vector<Writable> merged() const;                 // what merge, recur and their like may write
  std::vector<Writable> dx_of(Slice samples);
  void watched(const std::string& call, const std::vector<Writable>& may_write, const std::function<void()>& make);

  void show(Slice samples, Forward& forward, Backward* backward);
  void run(CallKind kind, Forward& forward, Backward* backward, bool add);
  void run_once(CallKind kind, const CallArguments& arguments);
  void run_partial(CallKind kind, Forward& forward, Backward* backward);
  void run_forward(Forward& forward);
  void run_input(Forward& forward, Backward& backward);
  void run_params(Forward& forward, Backward& backward, bool add);
  void add_partial_gradients();
  void check_written(const std::string& name, std::span<const real> values);
  void check_dx();
  void check_moved(CallKind kind);
  void report(const std::string& fault);

  const Layer& layer_;
  std::vector<Shape> in_;
  BenchOptions options_;
  LayerSpec spec_;
  std::vector<Guarded> x_, dx_, hidden_x_, params_, gradients_, state_, next_, saved_;
  Guarded y_, hidden_y_, dy_, workspace_, sums_;
  std::vector<std::vector<Guarded>> partials_;  // of the slices after the first, where gradients are cut by samples
  std::size_t workspace_stride_ = 0;
  std::uint64_t weights_version_ = 0;
  std::vector<bool> want_dx_, frozen_;
  // What Context, Backward and Gradients point to.
  std::vector<ConstView> x_views_;
  std::vector<View> dx_views_;
  std::vector<const real*> param_pointers_;
  std::vector<const double*> state_pointers_;
  std::vector<double*> next_pointers_;
  std::vector<void*> saved_pointers_;
  std::vector<std::string> faults_;
};

}  // namespace cambium::testing
