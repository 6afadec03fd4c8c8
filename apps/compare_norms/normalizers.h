// What is compared: every normalizer by its name, as the layers that stand for it in a network.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/graph/item.h"

namespace compare_norms {

// What a normalizer may have to know of the training that it is part of.
struct Course {
  double steps_per_epoch = 1000;
};

struct Normalizer {
  const char *name, *about;
  bool images_only;  // it needs several positions per channel
  cambium::Chain (*layers)(const Course& course);
};

// "none" first; each of the others with the scale and shift (Affine) behind it.
const std::vector<Normalizer>& normalizers();

// An unknown name throws an Error that lists all and names the closest one.
const Normalizer& normalizer(const std::string& name);

}  // namespace compare_norms
