// (b) A batch that holds two classes only is no picture of the data. Batch norm learns with the statistics of such batches and is
// tested with those of all classes, so what it has learnt does not hold there. Batch renorm corrects for the difference, online
// norm never had it (Ioffe 2017, section 4.3, found the same on ImageNet).
//
//   each batch of N: N / 2 samples of each of two classes, drawn anew for every batch
#include <fmt/format.h>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/normalizers.h"
#include "apps/compare_norms/training.h"
#include "cambium/framework/base/random.h"

namespace compare_norms {
namespace {

using cambium::Random;

// Samples of a class come in their order, in a circle.
Order by_two_classes(const Part& part, int images, int batch, std::uint64_t seed) {
  const std::vector<Rows> of_class = rows_by_class(part.labels, static_cast<std::size_t>(images));
  return [=](int epoch) {
    const Random random = Random(seed).of(cambium::part_of_name("two classes")).of(static_cast<std::uint64_t>(epoch));
    std::vector<std::size_t> next(10);
    for (std::size_t c = 0; c < 10; ++c) next[c] = random.below(c, of_class[c].size());
    Rows order;
    for (std::uint64_t step = 0; order.size() + static_cast<std::size_t>(batch) <= static_cast<std::size_t>(images); ++step) {
      const std::uint64_t first = random.below(1000 + 2 * step, 10), other = (first + 1 + random.below(1001 + 2 * step, 9)) % 10;
      for (int i = 0; i < batch; ++i) {
        const std::size_t c = i % 2 == 0 ? first : other;
        order.push_back(of_class[c][next[c]++ % of_class[c].size()]);
      }
    }
    return order;
  };
}

std::vector<std::string> conclusions_of(const Outcome& outcome) {
  return differences(outcome, "two classes", {{"online_norm", "batch_norm"}, {"batch_renorm", "batch_norm"}}, "two classes");
}

}  // namespace

Experiment two_classes(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(60000, *data), epochs = wish.epochs_of(2);
  const double rate = wish.rate_of(0.04);
  Experiment one{
      .name = "two_classes", .title = "Batches of two classes", .question = "What if a batch is no picture of the data?"};
  one.network = paper_network_in_words;
  one.training = fmt::format("{} over {} images, batches of 32, SGD at {}", passes(epochs), images, rate);
  one.rows = flat_norms();
  one.columns_are = "batches of", one.columns = {"two classes", "all classes"};
  one.measures = {{"test accuracy, %", 1}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    Training training({.graph = paper_network(flat_norm(row).layers({images / 32.0})),
                       .train = data->train,
                       .order = column == 0 ? by_two_classes(data->train, images, 32, seed) : shuffled(data->train, seed, images),
                       .sgd = {.rate = rate},
                       .seed = seed});
    training.epochs(epochs);
    return {training.accuracy(data->test)};
  };
  one.conclusions = conclusions_of;
  return one;
}

}  // namespace compare_norms
