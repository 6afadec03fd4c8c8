// The examiner of optimizers is examined: sound ones pass, and each fault built into one is found.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cambium/framework/testing/check_optimizer.h"
#include "cambium/optimizers/adamw.h"
#include "cambium/optimizers/sgd.h"

namespace cambium {
namespace {

enum class Fault { none, cut, outside, reads_early, frozen, rate, l1, l2, limit, decay, uncounted, forgets, takes_memory };

// w -= rate v, v = v / 2 + g + penalties, w kept within the limit.
class HalfMomentum : public Optimizer {
 public:
  explicit HalfMomentum(Fault fault = Fault::none) : fault_(fault) {}

  void begin(std::span<const Range> ranges) noexcept override {
    if (fault_ != Fault::uncounted) ++steps_;
    early_ = fault_ == Fault::reads_early ? ranges[0].gradient[0] : 0;
  }
  void update(const Range& range, std::size_t first, std::size_t last) noexcept override {
    const ParamSettings& s = range.settings;
    if (s.freeze && fault_ != Fault::frozen) return;
    static std::vector<int>* volatile memory;
    if (fault_ == Fault::takes_memory) memory = new std::vector<int>(3), delete memory;
    const double rate = 0.1 * (fault_ == Fault::rate ? 1 : s.rate);
    for (std::size_t i = first; i < last; ++i) {
      real& v = v_[range.offset + i];
      const double w = static_cast<double>(range.weight[i]);
      double g = static_cast<double>(range.gradient[i] + early_) + (fault_ == Fault::cut && i == first ? 1e-3 : 0);
      if (fault_ != Fault::l1) g += s.l1 * ((w > 0) - (w < 0));
      if (fault_ != Fault::l2) g += s.l2 * w;
      if (fault_ == Fault::decay) g += 0.1 * w;
      v = static_cast<real>(static_cast<double>(v) / 2 + g);
      double moved = w - rate * static_cast<double>(v);
      if (s.limit > 0 && fault_ != Fault::limit) moved = std::clamp(moved, -s.limit, s.limit);
      range.weight[i] = static_cast<real>(moved);
    }
    if (fault_ == Fault::outside && last < range.size) range.weight[last] = 0;
  }
  bool needs_whole_gradient() const noexcept override { return false; }
  void plan_steps(long) override {}
  long steps() const noexcept override { return steps_; }
  void resume(long steps) override { steps_ = steps; }
  double rate() const noexcept override { return 0.1; }
  std::vector<Block> blocks() override {
    if (fault_ == Fault::forgets) return {};
    return {{"v", v_}};
  }
  Description describe() const override { return {"half_momentum", {}}; }

 protected:
  void allocate(std::size_t block_size, Isa) override {
    if (v_.size() != block_size) v_.assign(block_size, 0);
  }

 private:
  Fault fault_;
  std::vector<real> v_;
  long steps_ = 0;
  real early_ = 0;
};

void finds(const std::string& words, Fault fault) {
  std::string all;
  for (const std::string& text : testing::optimizer_faults([&] { return std::make_unique<HalfMomentum>(fault); }))
    all += "\n  " + text;
  CHECK_MESSAGE(all.find(words) != std::string::npos, "looked for '", words, "', found", all);
}

TEST_CASE("check_optimizer: sound ones pass") {
  testing::check_optimizer(HalfMomentum());
  testing::check_optimizer(Sgd({.rate = 0.1}));
  testing::check_optimizer(Sgd({.rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}));
  testing::check_optimizer(Sgd({.rate = 0.1, .clip_norm = 1, .clip_value = 0.3}));
  testing::check_optimizer(Adam({.rate = 0.01, .schedule = schedule::cosine()}));
  testing::check_optimizer(AdamW({.rate = 0.01, .weight_decay = 0.1, .clip_norm = 2}));
}

TEST_CASE("check_optimizer: what is wrong is found") {
  finds("in parts gets other bits", Fault::cut);
  finds("outside the part that it was given", Fault::outside);
  finds("begin reads the gradients", Fault::reads_early);
  finds("a frozen range moves", Fault::frozen);
  finds("rate factor is 0 moves", Fault::rate);
  finds("the penalty l1", Fault::l1);
  finds("the penalty l2", Fault::l2);
  finds("beyond its limit", Fault::limit);
  finds("takes no weight decay moves", Fault::decay);
  finds("steps() is 0 after 1", Fault::uncounted);
  finds("going on from weights, blocks and steps", Fault::forgets);
  finds("a step takes memory", Fault::takes_memory);
}

}  // namespace
}  // namespace cambium
