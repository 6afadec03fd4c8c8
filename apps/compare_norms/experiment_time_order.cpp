// (i) Data in the order of time are not shuffled: what comes next resembles what came before. Here a class stays for a run of
// samples, and then another one comes. A batch is then no picture of the data (b), and the memory of online norm, about a thousand
// samples, is filled by a few runs. What goes by the sample alone does not notice; but the weights do, under every norm.
//
//   runs of L samples of one class, the classes at random, no class twice in a row
#include <fmt/format.h>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/training.h"
#include "cambium/framework/base/random.h"

namespace compare_norms {
namespace {

using cambium::Random;

const std::vector<int> lengths{1, 4, 16, 64, 256};

// Every image comes about as often as in a shuffled order: those of a class in turn, in a circle.
Order in_runs(const Part& part, int images, int length, std::uint64_t seed) {
  if (length == 1) return shuffled(part, seed, images);
  const std::vector<Rows> of_class = rows_by_class(part.labels, static_cast<std::size_t>(images));
  return [=](int epoch) {
    const Random random = Random(seed).of(cambium::part_of_name("runs")).of(static_cast<std::uint64_t>(epoch));
    std::vector<std::size_t> next(10);
    for (std::size_t c = 0; c < 10; ++c) next[c] = random.below(c, of_class[c].size());
    std::size_t c = random.below(100, 10);
    Rows order;
    for (std::uint64_t run = 0; order.size() < static_cast<std::size_t>(images); ++run) {
      for (int i = 0; i < length && order.size() < static_cast<std::size_t>(images); ++i)
        order.push_back(of_class[c][next[c]++ % of_class[c].size()]);
      c = (c + 1 + random.below(1000 + run, 9)) % 10;
    }
    return order;
  };
}

}  // namespace

Experiment time_order(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(60000, *data), epochs = wish.epochs_of(1);
  const double rate = wish.rate_of(0.01);
  Experiment one{.name = "time_order", .title = "In the order of time", .question = "What if the data are not shuffled?"};
  one.formula = "runs of L samples of one class, one after the other";
  one.network = paper_network_in_words;
  one.training = fmt::format("{} over {} images, batches of 32, SGD at {}", passes(epochs), images, rate);
  one.rows = flat_norms();
  set_columns(one, "run of", {lengths.begin(), lengths.end()});
  one.measures = {{"test accuracy, %", 1}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    Training training({.graph = paper_network(flat_norm(row).layers({images / 32.0})),
                       .train = data->train,
                       .order = in_runs(data->train, images, lengths[static_cast<std::size_t>(column)], seed),
                       .sgd = {.rate = rate},
                       .seed = seed});
    training.epochs(epochs);
    return {training.accuracy(data->test)};
  };
  return one;
}

}  // namespace compare_norms
