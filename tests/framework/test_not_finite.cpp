// A number that is not finite, put into every place of ten models: the training says where it was, or goes on without the step.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/training/run_notes.h"
#include "tests/data/temp_folder.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

constexpr real nan = std::numeric_limits<real>::quiet_NaN();

enum class Spoils { nothing, forward, backward };
std::atomic<Spoils> spoils{Spoils::nothing};

// y = x, but for one value of sample 1, on the way that `spoils` says.
class Spoiler final : public Layer {
 public:
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec;
    spec.out = only_input(setting);
    return spec;
  }
  void forward(const Forward& ctx, Slice samples) const noexcept override {
    for (int s = samples.begin; s < samples.end; ++s) copy(ctx.x[0].row(s), ctx.y.row(s), ctx.y.shape.size(), s, Spoils::forward);
  }
  void backward_input(const Backward& ctx, Slice samples) const noexcept override {
    for (int s = samples.begin; s < samples.end; ++s)
      copy(ctx.dy.row(s), ctx.dx[0].row(s), ctx.dy.shape.size(), s, Spoils::backward);
  }
  Description describe() const override { return {"spoiler", {}}; }

 private:
  static void copy(const real* from, real* to, int n, int sample, Spoils way) noexcept {
    std::copy_n(from, n, to);
    if (spoils == way && sample == 1) to[n - 1] = nan;
  }
};

struct Model {
  std::string name;
  Graph graph;
};

std::vector<Model> ten_models() {
  const Shape image{1, 28, 28};
  std::vector<Model> made;
  for (const std::string& name : models::model_names()) made.push_back({name, models::recipe(name).model(image, 4)});
  made.push_back({"others", Sequential(image, MaxPool2d(4), BatchRenorm(), Tanh(), GroupNorm(1), Flatten(), Dropout(0.1), Dense(6),
                                       LayerNorm(), Affine(), StreamingNorm(), Dense(4))});
  return made;
}

MemoryDataset images(int n) {
  std::vector<real> x;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    labels.push_back(i % 4);
    for (int p = 0; p < 784; ++p) x.push_back(static_cast<real>(Random(3).normal(static_cast<std::uint64_t>(784 * i + p))));
  }
  return MemoryDataset(Shape{1, 28, 28}, std::move(x), std::move(labels), 4);
}

// An optimizer that moves the weights when all gradients are known.
Sgd separate() { return Sgd({.rate = 1e-3, .clip_norm = 10}); }

// What a training says of the spoiled step, the third.
std::string told(const Graph& graph, const std::function<void(Trainer&)>& spoil) {
  static const MemoryDataset set = images(12);
  spoils = Spoils::nothing;
  Trainer trainer(graph, SoftmaxCrossEntropy(), separate(), {.batch = 4, .seed = 2, .threads = 1});
  try {
    trainer.fit(set, {.epochs = 1, .on_step = [&](StepReport& report) {
                        if (report.step == 2) spoil(trainer);
                      }});
  } catch (const Error& error) {
    spoils = Spoils::nothing;
    return error.problem();
  }
  spoils = Spoils::nothing;
  return "nothing";
}

}  // namespace

TEST_CASE("a weight, a state, an activation or a gradient that is not finite is named, in every layer of ten models") {
  int places = 0;
  for (const Model& model : ten_models()) {
    CAPTURE(model.name);
    const Weights weights(model.graph);
    for (const Weights::Tensor& tensor : weights.tensors()) {
      const std::string text = told(model.graph, [&](Trainer& trainer) { trainer.weights().value(tensor.name).back() = nan; });
      CHECK_MESSAGE(has(text, "the weight " + tensor.name + " is nan at ["), text);
      ++places;
    }
    for (const Weights::StateTensor& tensor : weights.state_tensors()) {
      if (tensor.range.whole) continue;  // nothing but ones is added to a count
      const std::string text =
          told(model.graph, [&](Trainer& trainer) { trainer.weights().state(tensor.name).front() = INFINITY; });
      CAPTURE(tensor.name);
      CHECK_MESSAGE(has(text, "the state " + tensor.name + " is inf at ["), text);
      ++places;
    }
    for (std::size_t i = 0; i < model.graph.entries().size(); ++i) {
      const Graph::Entry& entry = model.graph.entries()[i];
      if (!entry.layer || entry.inputs.size() > 1) continue;
      const Graph spoiled = insert_before(
          model.graph, [&](const Graph::Entry& e) { return e.name == entry.name; }, Spoiler());
      const std::string forward = told(spoiled, [](Trainer&) { spoils = Spoils::forward; });
      CHECK_MESSAGE(has(forward, "the activation of spoiler_1 is nan at ["), forward);
      CHECK_MESSAGE(has(forward, "] of row "), forward);
      ++places;
      const Graph::Entry& before = model.graph.entries()[as_size(entry.inputs[0])];
      if (!before.layer || weights.params_of(entry.inputs[0]).empty()) continue;  // where no gradient needs to reach
      const std::string back = told(spoiled, [](Trainer&) { spoils = Spoils::backward; });
      CHECK_MESSAGE(has(back, "the gradient that reaches " + before.name + " is nan at ["), back);
      ++places;
    }
  }
  CHECK(places > 200);
}

TEST_CASE("a step that is not finite is left out when that is wanted, and the training goes on from the same weights") {
  const MemoryDataset set = images(12);
  const auto train = [&](OnNan on_nan, Spoils way, std::vector<std::string>& warnings) {
    Trainer trainer(Sequential(Shape{1, 28, 28}, Flatten(), BatchNorm(), Dense(5), Spoiler(), Relu(), Dense(4)),
                    SoftmaxCrossEntropy(), Adam(), {.batch = 4, .seed = 2, .threads = 1});
    FitOptions fit{.epochs = 3, .on_nan = on_nan};
    fit.on_warning = [&](const Error& error) { warnings.push_back(error.what()); };
    std::vector<real> before;
    std::vector<double> state;
    int bad = 0;
    fit.on_step = [&](StepReport& report) {
      if (std::isnan(report.loss)) {
        ++bad;
        CHECK(std::ranges::equal(before, trainer.weights().block()));
        CHECK(std::ranges::equal(state, trainer.weights().state_block()));
      }
      before.assign(trainer.weights().block().begin(), trainer.weights().block().end());
      state.assign(trainer.weights().state_block().begin(), trainer.weights().state_block().end());
      spoils = report.step == 1 ? way : Spoils::nothing;
      CHECK(std::isfinite(report.mean_loss));
    };
    const History history = trainer.fit(set, fit);
    CHECK(history.steps_not_finite == bad);
    CHECK(history.epochs.size() == 3);
    CHECK(history.steps == 9);
    return bad;
  };
  std::vector<std::string> warnings;
  CHECK(train(OnNan::skip, Spoils::nothing, warnings) == 0);
  CHECK(warnings.empty());
  for (const Spoils way : {Spoils::forward, Spoils::backward}) {
    warnings.clear();
    CHECK(train(OnNan::skip, way, warnings) == 3);
    REQUIRE(warnings.size() == 1);
    CHECK_MESSAGE(has(warnings[0], way == Spoils::forward ? "the activation of spoiler_1" : "the gradient that reaches dense_1"),
                  warnings[0]);
    CHECK_THROWS_AS(train(OnNan::stop, way, warnings), Error);
    spoils = Spoils::nothing;
  }
}

TEST_CASE("with nothing to skip, a training that would skip has the bits of one that would stop") {
  const MemoryDataset set = images(12);
  const auto train = [&](OnNan on_nan) {
    Trainer trainer(models::recipe("conv_bn").model(Shape{1, 28, 28}, 4), SoftmaxCrossEntropy(), Adam(),
                    {.batch = 4, .seed = 2, .threads = 1});
    trainer.fit(set, {.epochs = 2, .on_nan = on_nan});
    return std::vector<real>(trainer.weights().block().begin(), trainer.weights().block().end());
  };
  CHECK(train(OnNan::skip) == train(OnNan::stop));
}

TEST_CASE("without end there is an end: ten bad steps in a row are no accident") {
  const MemoryDataset set = images(12);
  Trainer trainer(Sequential(Shape{1, 28, 28}, Flatten(), Dense(5), Spoiler(), Dense(4)), SoftmaxCrossEntropy(), Sgd(),
                  {.batch = 4, .threads = 1});
  spoils = Spoils::forward;
  FitOptions fit{.epochs = 20, .on_nan = OnNan::skip};
  fit.on_warning = [](const Error&) {};
  CHECK_THROWS_AS(trainer.fit(set, fit), Error);
  spoils = Spoils::nothing;
}

TEST_CASE("bad steps with good ones between them never end a training") {
  const MemoryDataset set = images(12);
  Trainer trainer(Sequential(Shape{1, 28, 28}, Flatten(), Dense(5), Spoiler(), Dense(4)), SoftmaxCrossEntropy(), Sgd(),
                  {.batch = 4, .threads = 1});
  FitOptions fit{.epochs = 12, .on_nan = OnNan::skip};
  fit.on_warning = [](const Error&) {};
  fit.on_step = [](StepReport& report) { spoils = report.step == 1 ? Spoils::forward : Spoils::nothing; };
  CHECK(trainer.fit(set, fit).steps_not_finite == 12);
  spoils = Spoils::nothing;
}

TEST_CASE("a loss that is infinite ends the training before anything moves, however finite its gradient is") {
  const MemoryDataset set(Shape(1), {2, 2}, Shape(1), {0, 0});
  Trainer trainer(Sequential(Shape(1), Dense(1, {.bias = false})),
                  FunctionLoss("steep",
                               [](std::span<const real>, std::span<const real>, SampleGradient dy) {
                                 dy[0] = 1;
                                 return static_cast<double>(INFINITY);
                               }),
                  Sgd({.rate = 0.1}), {.batch = 1, .threads = 1});
  const real before = trainer.weights().block()[0];
  CHECK_THROWS_WITH_AS(trainer.fit(set), doctest::Contains("epoch 1, step 1 of 2: the loss is inf"), Error);
  CHECK(trainer.weights().block()[0] == before);
}

TEST_CASE("ten bad steps in a row are ten, however often the training is cut and goes on") {
  const cambium_tests::TempFolder folder;
  const MemoryDataset set = images(12);
  long counted = 0;
  const auto steps_until = [&](long cut, long good = -1) {
    Trainer trainer(Sequential(Shape{1, 28, 28}, Flatten(), Dense(5), Spoiler(), Dense(4)), SoftmaxCrossEntropy(), Sgd(),
                    {.batch = 4, .threads = 1});
    FitOptions fit{.epochs = 20, .on_nan = OnNan::skip};
    fit.checkpoints = {.folder = folder.file("run"), .resume = true, .every_steps = 1};
    fit.on_warning = [](const Error&) {};
    int steps = 0;
    fit.on_step = [&](StepReport& report) {
      if (report.total_steps == cut) throw cut;
      if (report.total_steps == good) spoils = Spoils::nothing;
      ++steps;
    };
    try {
      counted = trainer.fit(set, fit).steps_not_finite;
    } catch (long) {
    } catch (const Error& error) {
      CHECK_MESSAGE(has(error.what(), "; 11 times in a row"), error.what());
      steps += 100;
    }
    return steps;
  };
  spoils = Spoils::forward;
  CHECK(steps_until(5) == 4);
  CHECK(steps_until(9) == 4);
  CHECK(steps_until(-1) == 102);
  std::filesystem::remove_all(folder.file("run"));
  CHECK(steps_until(5, 3) == 4);  // three of them, and then it is cut
  CHECK(steps_until(-1) == 56);
  CHECK(counted == 3);
}

TEST_CASE("a training that blows up goes back to its last checkpoint, and on with half the rate") {
  const cambium_tests::TempFolder folder;
  const MemoryDataset set = images(12);
  Trainer trainer(Sequential(Shape{1, 28, 28}, Flatten(), Dense(5), Spoiler(), Dense(4)), SoftmaxCrossEntropy(),
                  Sgd({.rate = 0.02}), {.batch = 4, .seed = 2, .threads = 1});
  FitOptions fit{.epochs = 4, .on_nan = OnNan::rollback};
  fit.checkpoints = {.folder = folder.file("run")};
  std::vector<std::string> warnings;
  fit.on_warning = [&](const Error& error) { warnings.push_back(error.what()), spoils = Spoils::nothing; };
  struct Notes : RunNotes {
    std::vector<std::string> read_from;
    void write(std::vector<WeightsNote>&) override {}
    void read(const std::string& path, std::span<const WeightsNote>) override { read_from.push_back(path); }
  } notes;
  fit.checkpoints.notes = &notes;
  std::vector<int> steps;
  fit.on_step = [&](StepReport& report) {
    steps.push_back(static_cast<int>(report.total_steps));
    spoils = steps.size() == 4 || steps.size() == 6 ? Spoils::forward : Spoils::nothing;  // in the second epoch, twice
    CHECK(trainer.weights().settings("dense_1").rate == (steps.size() <= 4 ? 1 : steps.size() <= 6 ? 0.5 : 0.25));
  };
  const History history = trainer.fit(set, fit);
  spoils = Spoils::nothing;
  CHECK(steps == std::vector<int>{1, 2, 3, 4, 4, 5, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  CHECK(notes.read_from == std::vector<std::string>(2, folder.file("run/step-000000003.safetensors")));
  CHECK(history.epochs.size() == 4);
  CHECK(history.steps_not_finite == 2);
  REQUIRE(warnings.size() == 2);
  CHECK_MESSAGE(has(warnings[0], "back to " + folder.file("run/step-000000003.safetensors") + ", and on at 0.5 times"),
                warnings[0]);
  Trainer nowhere(Sequential(Shape{1, 28, 28}, Flatten(), Dense(4)), SoftmaxCrossEntropy(), Sgd(), {.batch = 4, .threads = 1});
  CHECK_THROWS_AS(nowhere.fit(set, {.on_nan = OnNan::rollback}), Error);
}

}  // namespace cambium
