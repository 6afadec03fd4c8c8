#include "cambium/optimizers/sgd.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/optimizers/check_option.h"

namespace cambium {

Sgd::Sgd(const SgdOptions& options) try
    : FusedFirstOrder({"sgd", options.rate, options.weight_decay, options.schedule, options.clip_norm, options.clip_value},
                      options.momentum == 0 ? std::vector<std::string>{} : std::vector<std::string>{"velocity"}),
      options_(options) {
  check_option("sgd", "momentum", options.momentum, options.momentum >= 0 && options.momentum < 1, "at least 0 and below 1", "0.9");
  if (options.nesterov && options.momentum == 0)
    throw Error("sgd: .nesterov = true looks ahead along the velocity, and without a momentum there is none", ".momentum = 0.9");
} catch (const std::bad_alloc&) {
  no_memory_for("an optimizer");
}

bool Sgd::run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept {
  const SgdRule rule{static_cast<real>(rate() * range.settings.rate), static_cast<real>(options_.momentum), options_.nesterov};
  real* const velocity = options_.momentum == 0 ? nullptr : moment(0, range, first);
  return kernels().sgd(range.weight + first, gradient, velocity, rule, shape_of(range, options_.weight_decay));
}

Description Sgd::describe() const {
  SgdOptions options = options_;
  options.rate = common().rate;  // set_rate may have changed it
  return describe_options("sgd", options);
}

}  // namespace cambium
