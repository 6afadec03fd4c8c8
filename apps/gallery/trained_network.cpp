// The channels of a trained network before and after batch norm, as in the notebook of David C. Page that the article shows: the
// second convolution, a batch of 512.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/common/signals.h"
#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/models/conv_bn.h"
#include "cambium/optimizers/adam.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr int shown_channels = 10, batch = 512;
const std::string norm = "batch_norm_3";  // behind the second convolution

struct Channels {
  std::vector<Values> raw, normal;
};

Channels channels_of(Trainer& trainer, const Setting& setting) {
  Plan plan(trainer.graph(), trainer.weights(),
            {.batch = batch, .mode = Mode::train, .threads = setting.threads, .observe = {norm}});
  const MemoryDataset test = digits(Split::test, {.count = batch, .seed = setting.seed, .threads = setting.threads});
  Channels channels;
  for (const Batch& one : test.stream({.batch = batch, .shuffle = false})) {
    plan.forward(one.x());
    for (int c = 0; c < plan.output_of(norm).shape.channels(); ++c) {
      channels.raw.push_back(channel_of(plan.input_of(norm), c));
      channels.normal.push_back(channel_of(plan.output_of(norm), c));
    }
  }
  return channels;
}

Shown page(const Setting& setting) {
  const MemoryDataset train = digits(Split::train, {.count = 6000, .seed = setting.seed, .threads = setting.threads});
  const MemoryDataset test = digits(Split::test, {.count = 2000, .seed = setting.seed, .threads = setting.threads});
  Trainer trainer(models::conv_bn(), SoftmaxCrossEntropy(), Adam({.rate = 5e-3}),
                  {.batch = 64, .seed = setting.seed, .threads = setting.threads});
  trainer.fit(train, {.epochs = 2, .on_step = [](StepReport& report) { report.stop = apps::stopped(); }});
  const Channels channels = channels_of(trainer, setting);
  std::vector<std::string> names;
  Values means, widths;
  double mean = 0, width = 0;
  for (std::size_t c = 0; c < channels.raw.size(); ++c) {
    names.push_back(fmt::format("{}", c + 1));
    means.push_back(mean_of(channels.raw[c])), widths.push_back(deviation_of(channels.raw[c]));
    mean = std::max(mean, std::fabs(mean_of(channels.normal[c])));
    width = std::max(width, std::fabs(deviation_of(channels.normal[c]) - 1));
  }
  const auto first = [](std::vector<Values> all) { return all.resize(shown_channels), all; };
  return {.figure = plot::Figure(
              {ridges_of(names, first(channels.raw), {.title = "before batch norm", .low = -7, .high = 7}).height(360),
               ridges_of(names, first(channels.normal), {.title = "after", .colour = after, .low = -7, .high = 7}).height(360)}),
          .caption =
              "The first ten channels behind the second convolution of conv_bn, trained for two epochs on 6,000 digits, over "
              "512 test digits. Weights have sent each channel elsewhere, and batch norm brings all of them back.",
          .formula = "y_c = (x_c - mean_c) / sigma_c, mean and sigma over 512 samples of 10 x 10 pixels",
          .measured = {{"test accuracy", 100 * trainer.evaluate(test).accuracy(), {}, "%"},
                       {"spread of the channel means before", deviation_of(means)},
                       {"least width before", lowest_of(widths)},
                       {"largest width before", highest_of(widths)},
                       {"largest channel mean after", mean, 0},
                       {"furthest width from 1 after", width, 0}}};
}

}  // namespace

Family trained_network() { return {"In a trained network", {{"page", "Channels of a trained network, before and after", page}}}; }

}  // namespace gallery
