// A baseline that moves while the fluctuation on it is what matters. Online norm follows a slope k with a lag of
// k alpha / (1 - alpha), over a deviation that has the lag in it; batch norm's running mean, which has seen the batch itself, with
// one of k N (1 - q) / q, q being its momentum. In adapt mode weights stay and statistics follow, in evaluate mode nothing follows.
#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr std::size_t n = 100000, warm_up = 10000;
constexpr double slope = 1e-4, alpha = 0.999;  // in deviations a sample: 10 in all
constexpr int batch = 64;
constexpr double momentum = 0.1;  // of running statistics, the layer's default

plot::Panel panel_of(const Values& y, const Side& side) {
  const Stretches parts = stretches_of(y, 100);
  plot::Panel panel(side.title);
  panel.x({.label = "sample"}).y({.label = side.label, .low = side.low, .high = side.high});
  panel.band(parts.x, parts.low, parts.high, {.name = "nine values of ten", .colour = side.colour});
  panel.line(parts.x, parts.middle, {.name = "middle value", .colour = plot::Colour::ink, .width = 1.25});
  return panel;
}

Shown drift(const Setting& setting) {
  const Values z = normals(n, setting.random("drift"));
  const Values x = made(n, [&](std::size_t i) { return z[i] + slope * static_cast<double>(i); });
  const Sequential norm(Shape{1}, OnlineNorm(for_input));
  Fed early(norm, {.batch = 500, .mode = Mode::adapt}), online(norm, {.batch = 500, .mode = Mode::adapt});
  early.feed(part(x, 0, 5000));
  const Values still = Fed(early, {.batch = 500}).feed(x), y = online.feed(x);
  const Values b = Fed(Sequential(Shape{1}, BatchNorm(for_input)), {.batch = batch, .mode = Mode::adapt}).feed(x);
  const auto late = [](const Values& values) { return part(values, warm_up, n); };
  const double lag = slope * alpha / (1 - alpha);
  return {
      .figure = plot::Figure(
          {panel_of(x, {.title = "before", .low = -4, .high = 14, .label = "input"}),
           panel_of(
               still,
               {.title = "statistics held (evaluate)", .colour = plot::Colour::muted, .low = -4, .high = 14, .label = "output"}),
           panel_of(b, {.title = "batch norm (adapt, batches of 64)", .colour = after, .low = -4, .high = 14, .label = "output"}),
           panel_of(y, {.title = "online norm (adapt)", .colour = after, .low = -4, .high = 14, .label = "output"})}),
      .caption =
          "A fluctuation of deviation 1 on a baseline that climbs by 10: in adapt mode the baseline goes and the "
          "fluctuation stays, under batch norm as under online norm. With its statistics held a layer follows nothing.",
      .formula =
          "offset k a / (1 - a) (online norm), k N (1 - q) / q (batch norm); k = 0.0001 a sample, a = 0.999, N = 64, q = 0.1",
      .measured = {{"offset, online norm", mean_of(late(y)), lag / std::sqrt(1 + lag * lag)},
                   {"variance, online norm", moment_of(late(y), 2), 1},
                   {"correlation with the fluctuation, online norm", correlation_of(late(y), late(z)), 1},
                   {"offset, batch norm", mean_of(late(b)), slope * batch * (1 - momentum) / momentum},
                   {"correlation, batch norm", correlation_of(late(b), late(z)), 1},
                   {"correlation, statistics held", correlation_of(late(still), late(z))}}};
}

}  // namespace

Family drifts() { return {"Inputs that drift", {{"drift", "A baseline that climbs", drift}}}; }

}  // namespace gallery
