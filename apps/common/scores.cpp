#include "apps/common/scores.h"

#include <fmt/format.h>

#include <cmath>

namespace apps {

std::string loss_text(double loss) { return std::abs(loss) < 1e6 ? fmt::format("{:.4f}", loss) : fmt::format("{:.3g}", loss); }

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string accuracy(const cambium::Metrics& m) {
  return fmt::format("{} +- {:.2f}", percent(m.accuracy()), 100 * m.standard_error());
}

std::string r2(double r2) { return std::isnan(r2) ? "R2 -" : fmt::format("R2 {:.4f}", r2); }

std::string quality(const cambium::Metrics& m) { return m.classes > 0 ? accuracy(m) : r2(m.r2); }

std::string test_score(const cambium::Metrics& test) {
  if (test.classes > 0) return fmt::format("test accuracy {} (loss {})", accuracy(test), loss_text(test.loss));
  if (std::isnan(test.r2))
    return fmt::format("test MAE {:.6g}, RMSE {:.6g}, loss {}{}", test.mean_absolute_error, test.root_mean_squared_error,
                       loss_text(test.loss), std::isfinite(test.loss) ? " (R2 needs at least two different values)" : "");
  return fmt::format("test R2 {:.4f} +- {:.4f} (MAE {:.6g}, RMSE {:.6g}, loss {})", test.r2, test.r2_standard_error,
                     test.mean_absolute_error, test.root_mean_squared_error, loss_text(test.loss));
}

}  // namespace apps
