// The mistakes that a trained model makes, by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/common/scaled_target.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/training/trainer.h"

namespace apps {

// What a sample is called, what it is, and what it was taken for: classes by their names, and how sure the model was; or values, in
// their own units.
struct Mistake {
  std::string sample{};
  bool of_class = false;
  std::string truth{}, taken{};  // classes
  double probability = 0;
  double value = 0, predicted = 0;
  double size = 0;  // how bad it is
  std::int64_t row = 0;
};

// The `most` worst ones, the worst first.
std::vector<Mistake> worst_mistakes(cambium::Trainer& trainer, const cambium::Dataset& test, int most, const Scale& scale);

// "  line 18 of pets.csv: cat, taken for dog (98.3 %)\n"; "  row 17: 12.5, predicted 99\n".
std::string line_of(const Mistake& mistake);

}  // namespace apps
