#include "apps/landscape/measures/channels.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Found {
  Channels none, batch, linear;
};

void scatter_nodes(Panel& panel, const Channels& found, Norm norm) {
  Vector means, deviations;
  for (const Net::Node& node : found.nodes) means.push_back(node.mean), deviations.push_back(node.deviation);
  panel.scatter(means, deviations, mark_of(norm));
}

Figure figure_of(const Found& found) {
  Panel share("Share of the variance within channels"), nodes("The channels of layer 50");
  const Vector layers = counted(found.none.share.size());
  share.x({.label = "layer"}).y({.label = "within / (within + between)", .low = 0, .high = 1.05});
  share.line(layers, found.none.share, mark_of(Norm::none)).line(layers, found.batch.share, mark_of(Norm::batch));
  share.line(layers, found.linear.share, {.name = "no norm, no rectifiers", .colour = Colour::muted, .dashed = true});
  nodes.x({.label = "mean over the samples"}).y({.label = "deviation over the samples", .low = 0});
  scatter_nodes(nodes, found.none, Norm::none), scatter_nodes(nodes, found.batch, Norm::batch);
  return Figure({share, nodes});
}

constexpr const char* text =
    "Before any training. Fifty layers of 100 rectifiers with the usual start of He et al. 2015 see 256 samples of normal random "
    "numbers. The variance of all values together stays as large as it was, layer after layer, as that start promises. But it "
    "moves: from within the channels, where it says which sample this is, to between them, where each channel has a constant of "
    "its own. A deep network of rectifiers starts as almost a constant function. Without rectifiers it does not happen, and "
    "batch norm, which makes every mean zero, cannot let it happen.";

constexpr const char* doubts =
    "This is the plainest of all the explanations, and one that nobody disputes: it is arithmetic. How much of the benefit it "
    "explains is open. Page 2019 repairs it without batch norm, by statistics that are frozen at the start, and gets a network "
    "that trains, but at lower rates; and in networks with shortcuts, which most deep ones are, it is much weaker to begin with.";

}  // namespace

Chapter channels_chapter(const Experiment& experiment) {
  const auto found = std::make_shared<Found>();
  found->none = channels(Norm::none, {.seed = experiment.seed});
  found->batch = channels(Norm::batch, {.seed = experiment.seed});
  found->linear =
      channels(Norm::none, {.layers = {.depth = 50, .nonlinearity = Nonlinearity::none, .classes = 0}, .seed = experiment.seed});
  Chapter chapter;
  chapter.headline = 4;
  chapter.other = "no norm, no rectifiers";
  for (const int layer : {1, 5, 10, 20, 50}) {
    const auto at = [&](const Channels& of) { return fmt::format("{:.4f}", of.share[static_cast<std::size_t>(layer - 1)]); };
    chapter.rows.push_back(
        {fmt::format("share within channels, layer {}", layer), at(found->none), at(found->batch), at(found->linear)});
  }
  const Vector layers = counted(found->none.share.size());
  chapter.add("50 layers, relu", Norm::none, "share within channels", layers, found->none.share);
  chapter.add("50 layers, relu", Norm::batch, "share within channels", layers, found->batch.share);
  chapter.add("50 layers, linear", Norm::none, "share within channels", layers, found->linear.share);
  chapter.draw = [found](Page& page) {
    page.heading("Channels that become constants").paragraph(text);
    page.figure("Variance within and between channels", figure_of(*found),
                {"A channel far to the side and low down is a constant: its mean says much, its deviation little.",
                 "share = mean_c var_c / (mean_c var_c + var_c mean_c)",
                 fmt::format("layer 50: {:.3f} without norm, {:.4f} with batch norm, {:.3f} without rectifiers",
                             found->none.share.back(), found->batch.share.back(), found->linear.share.back())});
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
