// The worst mistakes on a set, to look at.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/common/scaled_target.h"
#include "apps/train/data.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/data/subset.h"
#include "cambium/framework/plot/page.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// Of pictures each as a small one, with what it is, what it was taken for, and how sure the model was; and all as rows, of a table
// with what stands in its columns. The worst come first.
struct WorstOnes {
  std::vector<cambium::plot::Picture> pictures{};
  cambium::plot::Table rows{};
};

// `some`: of the set `whole`, by whose names they go.
WorstOnes worst_ones(cambium::Trainer& trainer, const cambium::Subset& some, const cambium::Dataset& whole, const Data& data,
                     const apps::Scale& scale, int most);

// A sample as a picture of at most so many pixels in each direction. Values from 0 to 1 are its bytes, else those from the least to
// the largest. Of other than 1 or 3 channels the first.
cambium::plot::Picture picture_of(std::span<const cambium::real> values, const cambium::Shape& shape, int most_pixels);
// The same of one whose channels stand one after the other.
cambium::plot::Picture picture_of(const cambium::Picture& picture, int most_pixels);

}  // namespace train
