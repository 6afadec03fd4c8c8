// (a) Batch norm measures by its batch, so it suffers when that is small: of N values the mean is off by 1 / sqrt(N) deviations,
// and of one value nothing is left. Online norm measures by what came before, so the size of the batch does not concern it.
//
//   the same images for all;  rate = 0.00125 N, so that an image counts as much in a batch of any size
//
// (Goyal et al. 2017 for the linear rule; 0.00125 is 0.04 / 32, the rate of the online normalization paper.)
#include <fmt/format.h>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/normalizers.h"
#include "apps/compare_norms/training.h"

namespace compare_norms {
namespace {

const std::vector<int> sizes{1, 2, 4, 8, 32, 128, 512};

std::vector<std::string> conclusions_of(const Outcome& outcome) {
  return differences(outcome, "at batch 2", {{"online_norm", "batch_norm"}, {"online_norm", "none"}}, "2");
}

}  // namespace

Experiment batch_size(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(16000, *data), epochs = wish.epochs_of(1);
  const double rate = wish.rate_of(0.00125);
  Experiment one{
      .name = "batch_size", .title = "Small and large batches", .question = "How small may a batch become, and how large?"};
  one.formula = fmt::format("rate = {} N", rate);
  one.network = paper_network_in_words;
  one.training = fmt::format("{} over {} images (batch 1: half of them), SGD", passes(epochs), images);
  one.rows = flat_norms();
  set_columns(one, "batch size", {sizes.begin(), sizes.end()});
  one.measures = {{"test accuracy, %", 1}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    const int batch = sizes[static_cast<std::size_t>(column)], count = batch == 1 ? images / 2 : images;
    Training training({.graph = paper_network(flat_norm(row).layers({static_cast<double>(count) / batch})),
                       .train = data->train,
                       .order = shuffled(data->train, seed, count),
                       .batch = batch,
                       .sgd = {.rate = rate * batch},
                       .seed = seed});
    training.epochs(epochs);
    return {training.accuracy(data->test)};
  };
  one.conclusions = conclusions_of;
  return one;
}

}  // namespace compare_norms
