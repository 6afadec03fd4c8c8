// Far from zero a nonlinearity is flat, and no gradient comes back: the derivative of tanh at y is 1 - y^2.
#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/layers/activation/tanh.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr int width = 64, samples = 512;

// What goes into tanh, and what comes out.
struct Passed {
  Values into, out;
};

Passed passed(const Graph& net, const std::string& last, const Values& x, std::uint64_t seed) {
  Fed fed(net, {.batch = samples, .mode = Mode::train, .observe = {last}}, seed);
  const Values out = fed.feed(x);
  return {values_of(fed.plan().output_of(last)), out};
}

double share_beyond(const Values& x, double bound) {
  double count = 0;
  for (const double value : x) count += std::fabs(value) > bound ? 1 : 0;
  return 100 * count / static_cast<double>(x.size());
}

double mean_slope(const Values& y) {
  return mean_of(made(y.size(), [&](std::size_t i) { return 1 - y[i] * y[i]; }));
}

Shown plateau(const Setting& setting) {
  const Values x = normals(width * samples, setting.random("plateau"), 0, 100);  // nobody has scaled the inputs
  const Passed raw = passed(Sequential(Shape{width}, Dense(width), Tanh()), "dense_1", x, setting.seed);
  const Passed with = passed(Sequential(Shape{width}, Dense(width), BatchNorm(), Tanh()), "batch_norm_1", x, setting.seed);
  return {.figure = plot::Figure({histogram_of(raw.out, {.title = "tanh without norm", .low = -1, .high = 1}),
                                  histogram_of(with.out, {.title = "behind batch norm", .colour = after, .low = -1, .high = 1})}),
          .caption =
              "Inputs a hundred times too large send the nodes of a layer to both ends of tanh, where it is flat and lets no "
              "gradient through. Batch norm before the nonlinearity keeps them where it bends.",
          .formula = "tanh' = 1 - tanh^2; of a bell 4.55 % lie beyond 2",
          .measured = {{"beyond 2 without norm", share_beyond(raw.into, 2), {}, "%"},
                       {"beyond 2 with it", share_beyond(with.into, 2), 4.55, "%"},
                       {"mean slope of tanh without norm", mean_slope(raw.out)},
                       {"mean slope with it", mean_slope(with.out), 0.6057}}};
}

}  // namespace

Family nonlinearity() { return {"Before the nonlinearity", {{"plateau", "Where the nonlinearity is flat", plateau}}}; }

}  // namespace gallery
