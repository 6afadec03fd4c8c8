// The experiments by name, each in a file of its own, and what several of them share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/compare_norms/experiment.h"
#include "apps/compare_norms/normalizers.h"
#include "apps/compare_norms/outcome.h"
#include "apps/compare_norms/training.h"

namespace compare_norms {

Experiment batch_size(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment two_classes(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment paper(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment learning_rate(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment rare_class(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment bottleneck(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment pixel_range(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment new_range(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment placement(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment time_order(const std::shared_ptr<const Data>& data, const Wish& wish);
Experiment affine(const std::shared_ptr<const Data>& data, const Wish& wish);

struct Entry {
  const char* name;
  const char* about;
  Make make;
  int seeds;   // unless told otherwise
  int images;  // of the digits, to be drawn for it
};
const std::vector<Entry>& experiments();

// The rows of experiments on flat inputs: all norms but those for images; and the one of a row.
std::vector<std::string> flat_norms();
const Normalizer& flat_norm(int row);

// The rows of experiments about inputs: norms right after the input, one statistic for all pixels, by the rule for inputs.
std::vector<std::string> input_norms();
cambium::Chain input_norm(int row);

std::string passes(int epochs);  // "one pass", "3 epochs"

// The first `images` samples in a shuffled order, of class `rare` only as many as make a hundredth.
Order with_rare(const Part& part, int images, int rare, std::uint64_t seed);

// Where columns are learning rates: for each row the largest that reaches 60 %, and how many times that of the first row it is.
std::vector<std::string> largest_rates(const Outcome& outcome);

}  // namespace compare_norms
