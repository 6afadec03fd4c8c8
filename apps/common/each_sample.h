// Goes through a set with what a model makes of it.
#pragma once

#include <algorithm>
#include <vector>

#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/trainer.h"

namespace apps {

// see(row, y, target, i) for every sample: the values of the first output, and the target, of whose batch this is sample i.
template <class See>
void each_sample(cambium::Trainer& trainer, const cambium::Dataset& set, const See& see) {
  const int batch = static_cast<int>(std::min<std::int64_t>(128, set.size()));
  cambium::Stream stream(set, {.batch = batch, .shuffle = false});
  while (const cambium::Batch* part = stream.next()) {
    const std::vector<cambium::real> y = trainer.predict(part->inputs);
    const std::size_t width = y.size() / static_cast<std::size_t>(part->size());
    for (int i = 0; i < part->size(); ++i)
      see(part->rows[static_cast<std::size_t>(i)], y.data() + static_cast<std::size_t>(i) * width, part->target(), i);
  }
}

}  // namespace apps
