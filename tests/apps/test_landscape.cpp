// Every measure of landscape on a small scale, the program and its page; and, slowly, the figures that it is there for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "apps/landscape/measures/along_gradient.h"
#include "apps/landscape/measures/drift.h"
#include "apps/landscape/measures/gradient_shift.h"
#include "apps/landscape/measures/growth.h"
#include "apps/landscape/measures/hessian.h"
#include "apps/landscape/measures/rates.h"
#include "apps/landscape/measures/saturation.h"
#include "apps/landscape/measures/surface.h"
#include "cambium/framework/data/digits/digits.h"
#include "tests/apps/run_app.h"
#include "tests/data/temp_folder.h"
#include "tests/misuse/misuse.h"

namespace landscape {
namespace {

using namespace cambium;

const MemoryDataset& few() {
  static const MemoryDataset set = digits(Split::train, {.count = 640});
  return set;
}
constexpr Layers small{.depth = 4, .width = 16};
constexpr Training brief{.steps = 21, .batch = 32, .rate = 0.1};
constexpr Norm norms[] = {Norm::none, Norm::batch, Norm::noisy_batch};

TEST_CASE("landscape: along the gradient everything is found at every measured step, and is what it is called") {
  for (const Norm norm : norms) {
    const AlongGradient found =
        along_gradient(few(), mlp(Shape{1, 28, 28}, norm, small), {.training = brief, .every = 10, .points = 3});
    CHECK(found.steps == std::vector<double>{0, 10, 20});
    REQUIRE(found.smoothness.size() == 3);
    CHECK(found.loss.size() == 21);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(found.low[i] <= found.high[i]);
      CHECK(found.least_change[i] > 0);
      CHECK(found.least_change[i] <= found.change[i]);
      CHECK(found.smoothness[i] > 0);
    }
    // What is looked at does not change the training.
    Net net(mlp(Shape{1, 28, 28}, norm, small), brief.batch, brief.seed);
    const std::vector<Step> steps = train(net, few(), brief);
    for (std::size_t i = 0; i < steps.size(); ++i) CHECK(steps[i].loss == found.loss[i]);
  }
}

TEST_CASE("landscape: behind batch norm means stand still, noise moves them, and without norm the weights do") {
  const auto of = [](Norm norm) { return drift(few(), norm, {.layers = small, .training = brief, .every = 10, .batch = 64}); };
  const Drift none = of(Norm::none), batch = of(Norm::batch), noisy = of(Norm::noisy_batch);
  CHECK(none.steps == std::vector<double>{1, 11});
  for (std::size_t layer = 0; layer < 4; ++layer) {
    CHECK(batch.drift[layer].back() < 1e-5);
    CHECK(none.drift[layer].back() > 0.01);
    // The difference of two uniform numbers within 0.5, on average 1/3, over deviations of about 1: 16 nodes.
    CHECK(noisy.change[layer].back() > 0.05);
    CHECK(noisy.change[layer].back() < 0.8);
  }
}

TEST_CASE("landscape: a gradient is compared with itself after the layers below have moved") {
  const GradientShift found =
      gradient_shift(few(), Norm::batch, {.layers = small, .training = brief, .every = 20, .at = {1, 2, 4}});
  REQUIRE(found.shift.size() == 3);
  CHECK(found.shift[0][0] == 0);  // below the first layer there is none
  CHECK(std::fabs(found.cosines[0][0] - 1) < 1e-9);
  for (std::size_t i = 1; i < 3; ++i) {
    CHECK(found.shift[i][0] > 0);
    CHECK(found.cosines[i][0] < 1);
  }
}

TEST_CASE("landscape: no step changes nothing, a long one makes layers grow together where no norm stands between them") {
  const Layers layers{.depth = 6, .width = 32};
  const auto of = [&](Norm norm) {
    return growth(few(), norm, {.layers = layers, .training = brief, .rates = {0, 3}, .batch = 128});
  };
  const Growth none = of(Norm::none), batch = of(Norm::batch);
  for (const Growth* one : {&none, &batch}) {
    REQUIRE(one->growth.size() == 2);
    CHECK(one->growth[0] == Vector(6, 1));
    CHECK(one->loss[0] == 1);
    CHECK(std::fabs(length(one->gradient) - 32) < 1e-9);  // 32 x 32 weights whose rms is 1
    CHECK(one->kurtosis >= 1);
  }
  CHECK(none.growth[1].back() > 10 * batch.growth[1].back());
  CHECK(std::fabs(kurtosis({-1, 1, -1, 1}) - 1) < 1e-12);
  CHECK(std::fabs(kurtosis({0, 0, 0, 2}) - 4) < 1e-12);
}

TEST_CASE("landscape: the remaining measures run, and say what can be known") {
  const Graph net = mlp(Shape{1, 28, 28}, Norm::batch, small);
  const Curvature bent = curvature(few(), net, {.training = {.steps = 60, .batch = 32}, .losses = {2.2, 2}, .batch = 64});
  REQUIRE(bent.loss.size() == 2);
  CHECK(bent.loss[1] <= 2);
  CHECK(std::min(bent.eigenvalue[0], bent.eigenvalue[1]) > 0);

  const Surface around = surface(few(), net, {.training = brief, .points = 3, .batch = 64});
  REQUIRE(around.losses.size() == 9);
  CHECK(around.at == Vector{-1, 0, 1});
  CHECK(around.losses[4] == around.centre);

  const SaturationOverTime flat = saturation(few(), Norm::none, {.training = brief, .scale = 100, .batch = 64});
  REQUIRE(flat.start.far.size() == 5);
  CHECK(flat.start.far[0] > 0.8);
  CHECK(flat.start.flat[0] <= flat.start.far[0]);  // a slope is below 0.01 beyond 2.99

  const RatesOptions options{.layers = small, .training = brief, .rates = {0.1, 1, 10}, .last = 5, .reached = 0.5};
  CHECK(accuracy_at(few(), Norm::none, 1e6, options) <= 0.3);  // diverges, or guesses
  CHECK(largest_rate({0.6, 0.5, 0.4}, options) == 1);
  CHECK(largest_rate({0.1, 0.1, 0.1}, options) == 0);
  const Stress grown = stress(few(), net, {.training = {.batch = 32, .rate = 0.01}, .epochs = 3, .epoch = 4});
  REQUIRE(grown.rates.size() == 3);
  CHECK(std::fabs(grown.rates[2] / grown.rates[0] - 2) < 1e-9);
}

TEST_CASE("landscape: the program writes one page, the points, and the same figures for any number of threads") {
  using namespace cambium_tests;
  if (!is_built("landscape", "at all")) return;
  const TempFolder folder;
  const auto run = [&](const std::string& words) { return run_app("landscape", words, "cd '" + folder.path() + "' && "); };
  const Ending list = run("--list");
  CHECK(list.code == 0);
  CHECK(fits(list.out, "  gradient *\n  identity *\n"));
  const Ending one = run("--only identity,channels --seed 3 --csv one.csv --threads 1");
  CHECK_MESSAGE(one.code == 0, one.err);
  CHECK(fits(one.out, "*channels: *share within channels, layer 50*identity: *landscape.html: 2 measures*"));
  CHECK(one.out.find('\x1b') == one.out.npos);
  const std::string html = read_bytes(folder.file("landscape.html"));
  CHECK(html.size() < 1000000);
  CHECK(html.find("<svg") != html.npos);
  CHECK(html.find("<script") == html.npos);
  CHECK(html.find("src=") == html.npos);
  const Ending two = run("--only identity,channels --seed 3 --csv two.csv --threads 2 --out two.html");
  CHECK(two.code == 0);
  CHECK(read_bytes(folder.file("one.csv")) == read_bytes(folder.file("two.csv")));
  CHECK(read_bytes(folder.file("two.html")) == html);
  CHECK(
      read_bytes(folder.file("one.csv")).starts_with("measure,network,norm,series,x,value\nchannels,\"50 layers, relu\",no norm,"));
}

TEST_CASE("slow: landscape: the figures that it is there for, with its own settings") {
  const MemoryDataset set = digits(Split::train, {.count = 25600});
  const auto smooth = [&](Norm norm, int depth) {
    return along_gradient(set, mlp(Shape{1, 28, 28}, norm, {.depth = depth}), {.training = {.rate = 0.1}});
  };
  const AlongGradient none = smooth(Norm::none, 10), batch = smooth(Norm::batch, 10);
  CHECK(none.mean_range() / batch.mean_range() >= 5);
  CHECK(mean(none.change) / mean(batch.change) >= 2);

  const auto accuracy = [&](Norm norm) {
    Net net(mlp(Shape{1, 28, 28}, norm, {.depth = 20}), 128, 1);
    return last_accuracy(train(net, set, {.rate = 0.1}), 400, 50);
  };
  CHECK(accuracy(Norm::noisy_batch) >= accuracy(Norm::none) + 0.1);

  const Growth grown = growth(set, Norm::none, {}), even = growth(set, Norm::batch, {});
  CHECK(grown.growth[2].back() >= 10 * even.growth[2].back());
  CHECK(grown.kurtosis >= 2 * even.kurtosis);

  HessianOptions options;
  options.losses = {1};
  const auto steepest = [&](Norm norm) {
    return curvature(set, mlp(Shape{1, 28, 28}, norm, {.depth = 8}), options).eigenvalue.at(0);
  };
  CHECK(steepest(Norm::none) / steepest(Norm::batch) >= 3);

  Vector reached;
  for (const Norm norm : {Norm::none, Norm::batch}) {
    Vector accuracies;
    for (const double rate : RatesOptions().rates) accuracies.push_back(accuracy_at(set, norm, rate, {}));
    reached.push_back(largest_rate(accuracies, {}));
  }
  CHECK(reached[1] >= 10 * reached[0]);
  CHECK(reached[0] > 0);
}

}  // namespace
}  // namespace landscape
