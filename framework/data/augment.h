// Small random changes of samples on their way into a model.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/augment/mixup.h"

namespace cambium {

// Changes one sample in place. An augmentation is immutable and may be used by several threads at once.
class Augment {
 public:
  virtual ~Augment() = default;

  // Throws Error for samples of a shape that it cannot change.
  virtual void check(const Shape& sample) const = 0;
  // How many values of scratch memory `apply` needs.
  virtual std::size_t scratch(const Shape& /*sample*/) const { return 0; }
  // `random` belongs to this sample in this epoch alone. Neither allocates nor throws.
  virtual void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept = 0;

  virtual Description describe() const = 0;

 protected:
  Augment() = default;
  Augment(const Augment&) = default;
  Augment& operator=(const Augment&) = default;
};

// Any number of augmentations, applied in order: `.augment = Shift({.pixels = 2})`, `.augment = {Shift(), MyNoise(0.1)}`; and one
// Mixup, which goes last.
class Augments {
 public:
  template <class... Each>
  requires((std::derived_from<Each, Augment> || std::same_as<Each, Mixup>)&&...) Augments(Each... each) {
    (add(std::move(each)), ...);
  }

  void add(std::shared_ptr<const Augment> step) { steps_.push_back(std::move(step)); }  // not null
  void add(Mixup mixup);                                                                // Error: a second one
  template <std::derived_from<Augment> Each>
  void add(Each each) {
    add(std::shared_ptr<const Augment>(std::make_shared<const Each>(std::move(each))));
  }

  bool empty() const { return steps_.empty(); }  // of those that change a sample by itself
  const std::optional<Mixup>& mixup() const { return mixup_; }
  void check(const Shape& sample) const;
  std::size_t scratch(const Shape& sample) const;  // the most that one of them needs
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept;
  std::string str() const;  // "shift (pixels 2, fill 0), mixup (alpha 0.2)", or "none"

 private:
  std::vector<std::shared_ptr<const Augment>> steps_;
  std::optional<Mixup> mixup_;
};

struct ShiftOptions {
  int pixels = 2;   // the furthest, in either direction
  double fill = 0;  // what comes in from outside

  template <class V>
  void fields(V&& visit) {
    visit("pixels", pixels), visit("fill", fill);
  }
};

// Moves an image (channels, height, width) by whole pixels, all channels alike: y(c, i, j) = x(c, i - down, j - right), and `fill`
// where that lies outside. `down` and `right` are uniform in [-pixels, pixels]. Errors: negative pixels, a fill that is not
// finite, samples that are not images, images not larger than the shift.
class Shift : public Augment {
 public:
  explicit Shift(const ShiftOptions& options = {});

  void check(const Shape& sample) const override;
  std::size_t scratch(const Shape& sample) const override;
  void apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept override;
  Description describe() const override;

 private:
  ShiftOptions options_;
};

}  // namespace cambium
