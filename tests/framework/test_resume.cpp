// A training that was cut goes on as if it never was: the same bits, whatever it is made of, wherever it was cut, and with any
// number of threads before and after.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/data/balanced.h"
#include "tests/data/temp_folder.h"
#include "tests/support/lion.h"
#include "tests/support/training.h"

namespace cambium {
namespace {

// Small pictures of four classes, with a weight for each; some classes are rare.
MemoryDataset pictures(int n, std::uint64_t seed) {
  const Random random(seed);
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    const int label = i % 7 % 4;
    for (int p = 0; p < 36; ++p)
      x.push_back(static_cast<real>(0.5 * random.normal(static_cast<std::uint64_t>(36 * i + p)) + (p % 4 == label)));
    labels.push_back(label);
  }
  MemoryDataset set(Shape{1, 6, 6}, std::move(x), std::move(labels), 4);
  std::vector<real> weights;
  for (int i = 0; i < n; ++i) weights.push_back(static_cast<real>(1 + i % 3));
  set.add_weights(weights);
  return set;
}

Sequential net() { return Sequential(Shape{1, 6, 6}, BatchNorm(for_input), Conv2d(3, {.kernel = 3}), Relu(), Flatten(), Dense(4)); }

// What a training is made of, and all that it said.
struct Recipe {
  std::function<Graph()> model = [] { return net(); };
  std::function<std::unique_ptr<Optimizer>()> optimizer = [] { return std::make_unique<Adam>(AdamOptions{.rate = 0.01}); };
  TrainerOptions options{.batch = 8, .seed = 3, .threads = 1};
  FitOptions fit{.epochs = 3};
  bool validated = true;
  std::function<void(Trainer&, long step)> change{};  // after a step
};

struct Told {
  std::vector<double> steps;   // loss, mean loss, rate of each
  std::vector<double> epochs;  // loss, accuracy, validation loss of each
  TrainedWeights end;
  int best_epoch = 0;
  long all_steps = 0;
  bool stopped_early = false;
  std::string warnings;
  bool operator==(const Told&) const = default;
};

struct Cut {};  // as a crash is: nothing is done after it

Told train(const Recipe& recipe, const std::string& folder = "", long cut = -1, Told told = {}, int threads = 1,
           bool kindly = false) {
  const MemoryDataset set = pictures(61, 1), held_back = pictures(24, 2);
  TrainerOptions options = recipe.options;
  options.threads = threads;
  Trainer trainer(recipe.model(), SoftmaxCrossEntropy(), recipe.optimizer(), options);
  FitOptions fit = recipe.fit;
  if (recipe.validated) fit.validate = &held_back;
  if (!folder.empty()) fit.checkpoints = {.folder = folder, .resume = true, .every_steps = 1};
  fit.on_warning = [&](const Error& error) { told.warnings += error.what(); };
  fit.on_step = [&](StepReport& report) {
    if (recipe.change) recipe.change(trainer, report.total_steps);
    if (report.total_steps == cut && !kindly) throw Cut();
    told.steps.insert(told.steps.end(), {report.loss, report.mean_loss, report.rate, report.mean_accuracy});
    report.stop = report.total_steps == cut;
  };
  fit.on_epoch = [&](EpochReport& report) {
    told.epochs.insert(told.epochs.end(), {report.loss, report.accuracy, report.rate, report.validation.loss, double(report.best)});
  };
  try {
    const History history = trainer.fit(set, fit);
    told.best_epoch = history.best_epoch, told.all_steps = history.steps, told.stopped_early = history.stopped_early;
  } catch (const Cut&) {
  }
  const Weights& weights = trainer.weights();
  told.end.values.assign(weights.block().begin(), weights.block().end());
  told.end.state.assign(weights.state_block().begin(), weights.state_block().end());
  told.end.loss = static_cast<double>(weights.version());
  return told;
}

// Cut at each of these steps, one after the other in one training; a cut at step s comes before s is kept.
void check(const std::string& what, const Recipe& recipe, const std::vector<long>& cuts, bool kindly = false) {
  CAPTURE(what);
  const Told whole = train(recipe);
  REQUIRE(whole.steps.size() > 4 * static_cast<std::size_t>(cuts.back()));
  const cambium_tests::TempFolder folder;
  Told told;
  int threads = 1;
  for (const long cut : cuts) told = train(recipe, folder.file("run"), cut, std::move(told), threads = 3 - threads, kindly);
  told = train(recipe, folder.file("run"), -1, std::move(told), 3);
  CHECK(told.steps == whole.steps);
  CHECK(told.epochs == whole.epochs);
  CHECK(told.end == whole.end);
  CHECK(told == whole);
  const Told again = train(recipe, folder.file("run"));  // it has ended, and stays as it is
  CHECK(again.steps.empty());
  CHECK(again.end == whole.end);
  CHECK(again.best_epoch == whole.best_epoch);
  CHECK(again.stopped_early == whole.stopped_early);
}

std::unique_ptr<Optimizer> sgd(SgdOptions options) { return std::make_unique<Sgd>(options); }

}  // namespace

TEST_CASE("resume: with every optimizer and schedule the bits are those of a training that was not cut") {
  const std::vector<long> cuts{1, 6, 8, 9, 17};
  const auto with = [&](const char* what, auto make) {
    Recipe recipe;
    recipe.optimizer = make;
    check(what, recipe, cuts);
  };
  with("sgd", [] { return sgd({.rate = 0.05}); });
  with("momentum, clipped", [] { return sgd({.rate = 0.05, .momentum = 0.9, .clip_norm = 0.5}); });
  with("nesterov, step", [] {
    return sgd({.rate = 0.05, .momentum = 0.9, .nesterov = true, .schedule = schedule::step({.every = 5, .factor = 0.5})});
  });
  with("sgd, milestones", [] { return sgd({.rate = 0.05, .schedule = schedule::milestones({.warm_up = 3})}); });
  with("adam, cosine",
       [] { return std::make_unique<Adam>(AdamOptions{.rate = 0.01, .schedule = schedule::cosine({.warm_up = 2})}); });
  with("adamw, one cycle", [] { return std::make_unique<AdamW>(AdamWOptions{.rate = 0.01, .schedule = schedule::one_cycle()}); });
  with("one of the user's own", [] { return std::make_unique<Lion>(0.01, 0, schedule::cosine()); });
}

TEST_CASE("resume: with every layer that remembers something") {
  const std::vector<long> cuts{2, 8, 13};
  const auto with = [&](const char* what, auto model) {
    Recipe recipe;
    recipe.model = model;
    check(what, recipe, cuts);
  };
  const auto between = [](auto... items) {
    return [=] { return Graph(Sequential(Shape{1, 6, 6}, Conv2d(3, {.kernel = 3}), items..., Flatten(), Dense(4))); };
  };
  const auto flat = [](auto... items) {
    return [=] { return Graph(Sequential(Shape{1, 6, 6}, Flatten(), Dense(5), items..., Dense(4))); };
  };
  with("batch norm", between(BatchNorm(), Affine(), Relu()));
  with("batch renorm", between(BatchRenorm({.alpha = 0.1, .r_max = {{4, 1}, {12, 3}}, .d_max = {{4, 0}, {12, 5}}}), Relu()));
  with("online norm of channels", between(OnlineNorm(), Affine(), Relu()));
  with("online norm", flat(OnlineNorm(), Relu()));
  with("streaming norm", between(StreamingNorm(), Relu()));
  with("range norm", between(RangeNorm(), Relu()));
  with("dropout", flat(Relu(), Dropout(0.4)));
}

TEST_CASE("resume: with every way in which samples come") {
  const auto with = [&](const char* what, auto change, const std::vector<long>& cuts) {
    Recipe recipe;
    change(recipe);
    check(what, recipe, cuts);
  };
  const MemoryDataset set = pictures(61, 1);
  with("two batches a step", [](Recipe& r) { r.options.accumulate = 2; }, {3, 4, 5});
  with("a short batch dropped", [](Recipe& r) { r.options.drop_last = true; }, {7, 8});
  with("one at a time",
       [](Recipe& r) {
         r.options.batch = 1, r.fit.epochs = 2;
         r.model = [] { return Graph(Sequential(Shape{1, 6, 6}, OnlineNorm(), Flatten(), Dense(4))); };
       },
       {5, 61, 70});
  with("drawn by weight", [&](Recipe& r) { r.fit.sampling = balanced(set); }, {7, 9});
  with("changed at random", [](Recipe& r) { r.fit.augment = {Flip(), Noise({.deviation = 0.1})}; }, {7, 9});
  with("mixed", [](Recipe& r) { r.fit.augment = {Mixup({.alpha = 0.4})}; }, {7, 9});
  with("not validated", [](Recipe& r) { r.validated = false; }, {8, 9, 16});
}

TEST_CASE("resume: early stopping, and what callbacks change, go on too") {
  Recipe patient;
  patient.fit.epochs = 30, patient.fit.patience = 1;
  patient.optimizer = [] { return sgd({.rate = 1.5, .momentum = 0.5}); };
  check("patience", patient, {8, 15});
  CHECK(train(patient).stopped_early);
  Recipe restored;
  restored.fit.restore_best = true;
  check("the best restored", restored, {8, 20});
  Recipe changed;
  changed.change = [](Trainer& trainer, long step) {
    if (step == 5) trainer.optimizer().set_rate(0.02), trainer.weights().set("dense_1", {.rate = 0.5, .l2 = 0.01, .limit = 0.4});
    if (step == 11) trainer.weights().set("conv2d_1", {.freeze = true});
  };
  check("rate and settings changed by a callback", changed, {5, 7, 12, 15});
}

TEST_CASE("resume: a training that was asked to stop goes on from that step") { check("stopped", {}, {1, 8, 9, 12}, true); }

TEST_CASE("slow: resume: from any step") {
  for (long cut = 1; cut < 24; ++cut) {
    check("cut", {}, {cut});
    check("stopped", {}, {cut}, true);
  }
}

}  // namespace cambium
