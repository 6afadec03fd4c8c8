// A short training, with a look before every step.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "apps/landscape/net.h"

namespace landscape {

// Plain SGD, as in the experiments of Santurkar et al.; the batches follow from the seed, so every network sees the same ones.
struct Training {
  int steps = 400, batch = 128;
  double rate = 0.05;
  double momentum = 0;
  double growth = 1;  // the rate grows by this factor with every step
  std::uint64_t seed = 1;
};

using Look = std::function<bool(int step, const cambium::ConstView& x, std::span<const int> labels)>;

// The steps, as each saw its batch before it moved. Ends early when a loss or a gradient is not finite, which is the last step
// then, or when `look` has had enough and returns false. It sees the batch that the step is about to learn from.
std::vector<Step> train(Net& net, const cambium::Dataset& set, const Training& training, const Look& look = {});

// Of the last n steps; those that were not made, because the training had diverged, count with an accuracy of 0.
double last_accuracy(const std::vector<Step>& steps, int planned, int n);

}  // namespace landscape
