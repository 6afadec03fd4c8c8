#include "apps/compare_norms/experiments.h"

#include <fmt/format.h>

#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/range_norm.h"

namespace compare_norms {

const std::vector<Entry>& experiments() {
  static const std::vector<Entry> all = {
      {"batch_size", "(a) batches of 1 to 512", batch_size, 3, 12000},
      {"two_classes", "(b) batches that hold two classes only", two_classes, 3, 16000},
      {"paper", "(c) the table of the online normalization paper", paper, 3, 16000},
      {"learning_rate", "(d) the largest learning rate that trains", learning_rate, 3, 16000},
      {"rare_class", "(e) one class in a hundred, with a norm on the logits", rare_class, 5, 20000},
      {"bottleneck", "(e) one class in a hundred, at the bottleneck of an autoencoder", bottleneck, 5, 20000},
      {"pixel_range", "(f) pixel ranges, with and without a norm right after the input", pixel_range, 3, 16000},
      {"new_range", "(g) trained on one range, used on another", new_range, 3, 16000},
      {"placement", "(h) the norm before the nonlinearity, or before every linear layer", placement, 3, 16000},
      {"time_order", "(i) data in the order of time, not shuffled", time_order, 3, 16000},
      {"affine", "scale and shift: behind a norm, alone, and before layers that stay as they were drawn", affine, 3, 16000},
  };
  return all;
}

std::vector<std::string> flat_norms() {
  std::vector<std::string> names;
  for (const Normalizer& one : normalizers())
    if (!one.images_only) names.push_back(one.name);
  return names;
}

const Normalizer& flat_norm(int row) { return normalizer(flat_norms()[static_cast<std::size_t>(row)]); }

std::vector<std::string> input_norms() { return {"none", "batch_norm", "online_norm", "range_norm"}; }

cambium::Chain input_norm(int row) {
  using namespace cambium;
  switch (row) {
    case 1: return Chain(BatchNorm(for_input));
    case 2: return Chain(OnlineNorm(for_input));
    case 3: return Chain(RangeNorm());
    default: return Chain();
  }
}

std::string passes(int epochs) { return epochs == 1 ? "one pass" : fmt::format("{} epochs", epochs); }

}  // namespace compare_norms
