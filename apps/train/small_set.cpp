#include "apps/train/small_set.h"

#include <algorithm>

namespace train {
namespace {

constexpr std::int64_t enough_steps = 300, most_epochs = 50;
constexpr int least_batch = 16;

std::int64_t up(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

}  // namespace

int batch_without_rest(std::int64_t samples, int batch) {
  while (batch < samples && samples % batch == 1) ++batch;
  return batch;
}

void suit_set(const Given& given, std::int64_t samples, Options& options) {
  const cambium::models::Recipe usual = options.recipe;
  int& batch = options.recipe.batch;
  const bool few = samples >= 1 && usual.epochs * up(samples, batch) < enough_steps;
  if (!given.batch) {
    while (few && batch > least_batch && most_epochs * up(samples, batch) < enough_steps) batch = std::max(least_batch, batch / 2);
    batch = batch_without_rest(samples, batch);
  }
  if (!few) return;
  const std::int64_t epochs = std::min(most_epochs, up(enough_steps, up(samples, batch)));
  if (!given.epochs) options.recipe.epochs = std::max(usual.epochs, static_cast<int>(epochs));
  options.small_set = batch != usual.batch || options.recipe.epochs != usual.epochs;
}

}  // namespace train
