// A user's file that touches every header, and makes what is only made on use: copies of the contracts, iterators, options' fields.
// Compiled with a user's flags, none of which the library may be in the way of.
#include <cambium/cambium.h>
#include <cambium/files.h>
#include <cambium/plot.h>
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

static double read_files(const char* const* paths) {
  using namespace cambium;
  const Table table = load_csv(paths[1], {.label = "price", .missing = CsvOptions::Missing::mean});
  const ImageFolder pictures(paths[2], {.height = 8, .width = 8, .fit = Fit::crop});
  std::vector<real> row(static_cast<std::size_t>(pictures.input_shapes()[0].size()));
  for (TableRows rows(paths[1], table.format); rows.next(row);) row[0] += 1;
  return learn(load_npy(paths[3], paths[4], {.channels = ChannelOrder::first})) + static_cast<double>(row[0]);
}

static std::string draw(double loss) {
  using namespace cambium::plot;
  const std::vector<double> x = {0, 1}, y = {1, loss};
  Panel panel("loss");
  panel.x({.label = "epoch", .ticks = {{0, "first"}, {1, "last"}}}).line(x, y, {.name = "training", .dashed = true}).wide();
  panel.contours({x, y, {0, 1, 2, 3}}, {.levels = 3}).pictures(std::vector<Picture>{{1, 1, 1, {7}, "one"}}, 1);
  const Panel copy = panel;
  return Page("page").figure("figure", Figure({copy, panel}), {.text = "text"}).table({{"a"}, {{"1"}}}).html();
}

int main(int count, char** words) {
  const double loss = count == 5 ? read_files(words) : learn(cambium::digits(cambium::Split::test));
  if (draw(loss).empty()) return 2;
  return loss < 0 ? 1 : 0;
}
