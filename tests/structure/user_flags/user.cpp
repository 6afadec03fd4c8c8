// A user's file that touches every header, and makes what is only made on use: copies of the contracts, iterators, options' fields.
// Compiled with a user's flags, none of which the library may be in the way of.
#include <cambium/cambium.h>
#include <cambium/testing.h>

struct Mirror : cambium::Augment {
  void check(const cambium::Shape& /*sample*/) const override {}
  void apply(cambium::real* sample, const cambium::Shape& shape, cambium::Random /*random*/,
             cambium::real* /*scratch*/) const noexcept override {
    std::swap(sample[0], sample[shape.size() - 1]);
  }
  cambium::Description describe() const override { return {"mirror", {}}; }
};

static double learn(const cambium::MemoryDataset& set) {
  using namespace cambium;
  const Sequential net(Shape{1, 8, 8}, BatchNorm(for_input), Conv2d(4), with_affine(OnlineNorm()), Relu(), Flatten(), Dense(2));
  const Graph normed = insert_before(net, linear_layers, LayerNorm());
  const SoftmaxCrossEntropy loss;
  Adam adam({.rate = 1e-3, .schedule = schedule::cosine()});
  Weights weights(normed, 7);
  Plan plan(normed, weights, {.batch = 4, .mode = Mode::train});
  double last = 0;
  for (const auto& [image, label] : set.stream(4, 7)) {
    last = loss.evaluate(plan.forward(image), label, plan.output_gradient());
    plan.backward(&adam);
  }
  Trainer trainer(net, SoftmaxCrossEntropy(loss), AdamW(), {.batch = 4, .seed = 7});
  StreamOptions options;
  options.augment = {Mirror(), Shift({.pixels = 1})};
  ThreadPool(1).run(2, [&](int piece, int thread) { last += piece + thread; });
  return last + trainer.evaluate(set).loss;
}

int main() { return learn(cambium::digits(cambium::Split::test)) < 0 ? 1 : 0; }
