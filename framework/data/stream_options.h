// How a dataset is cut into batches, and in which order they come.
#pragma once

#include <cstdint>

#include "cambium/framework/data/augment.h"
#include "cambium/framework/data/sampling.h"

namespace cambium {

struct StreamOptions {
  int batch = 64;  // samples per batch
  std::uint64_t seed = 0;
  bool shuffle = true;     // false: the order of the dataset, in every epoch
  bool drop_last = false;  // leave out a last batch that is shorter than the others
  bool endless = false;    // go on with the next epoch instead of ending
  bool prefetch = true;    // a thread gathers the next batch while this one is used; changes no value
  Augments augment = {};   // applied to the first input; mixup to all, and to targets
  Sampling sampling = {};  // which samples make an epoch; drawn by weight, they come in the order of the draws

  template <class V>
  void fields(V&& visit) {
    visit("batch", batch), visit("seed", seed), visit("shuffle", shuffle), visit("drop_last", drop_last), visit("endless", endless);
    visit("prefetch", prefetch), visit("augment", augment), visit("sampling", sampling);
  }
};

}  // namespace cambium
