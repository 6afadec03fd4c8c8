// How well a model does, in a few letters.
#pragma once

#include <string>

#include "cambium/framework/training/metrics.h"

namespace apps {

// Losses of any size: "0.0312", "1.23e+30", "nan".
std::string loss_text(double loss);

std::string percent(double share);                // "98.97 %"
std::string accuracy(const cambium::Metrics& m);  // "98.97 % +- 0.10"
std::string r2(double r2);                        // "R2 0.9731", and "R2 -" where the values never differ
std::string quality(const cambium::Metrics& m);   // the same, or of values "R2 0.9731"

// "test accuracy 98.97 % +- 0.10 (loss 0.0312)", or of values "test R2 0.9731 +- 0.0021 (MAE 12.3, RMSE 17.8, loss 0.0269)"; where
// the values never differ, as one alone does not, there is no R2, and this is said.
std::string test_score(const cambium::Metrics& test);

}  // namespace apps
