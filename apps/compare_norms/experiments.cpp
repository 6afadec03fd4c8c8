#include "apps/compare_norms/experiments.h"

#include <fmt/format.h>

namespace compare_norms {

const std::vector<Entry>& experiments() {
  static const std::vector<Entry> all = {
      {"batch_size", "(a) batches of 1 to 512", batch_size, 3, 16000},
      {"two_classes", "(b) batches that hold two classes only", two_classes, 3, 16000},
      {"paper", "(c) the table of the online normalization paper", paper, 3, 16000},
      {"learning_rate", "(d) the largest learning rate that trains", learning_rate, 3, 16000},
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

std::string passes(int epochs) { return epochs == 1 ? "one pass" : fmt::format("{} epochs", epochs); }

}  // namespace compare_norms
