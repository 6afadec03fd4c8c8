// Chains of layers, and the same chain before many layers of a model.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cambium/cambium.h"
#include "tests/support/random_graph.h"

using namespace cambium;

namespace {

// A line for each entry: name, what it is, and what it reads.
std::vector<std::string> lines_of(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Graph::Entry& entry : graph.entries()) {
    lines.push_back(entry.name + ": " + (entry.layer ? entry.layer->describe().str() : entry.shape.str()));
    for (int i : entry.inputs) lines.back() += " <- " + graph.entries()[static_cast<std::size_t>(i)].name;
  }
  return lines;
}

std::vector<std::string> names_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Graph::Entry& entry : graph.entries()) names.push_back(entry.name);
  return names;
}

const Graph::Entry& entry_of(const Graph& graph, const std::string& name) {
  return graph.entries()[static_cast<std::size_t>(graph.find(name))];
}

std::string reads(const Graph& graph, const std::string& name) {
  std::string text;
  for (int i : entry_of(graph, name).inputs) text += (text.empty() ? "" : ", ") + graph.entries()[static_cast<std::size_t>(i)].name;
  return text;
}

std::string field(const Graph& graph, const std::string& name, const std::string& field) {
  for (const Field& f : entry_of(graph, name).layer->describe().fields)
    if (f.name == field) return f.value;
  return "none";
}

auto kind(std::string text) {
  return [text](const Graph::Entry& entry) { return entry.layer->describe().kind == text; };
}

// A nonlinearity that does not say so.
class Own final : public Relu {
 public:
  LayerSpec plan(const Setting& setting) const override {
    LayerSpec spec = Relu::plan(setting);
    spec.form = form::Opaque{};
    return spec;
  }
  Description describe() const override { return {"own", {}}; }
};

// Conv, pool and two dense layers, with curves that have no kinks.
Sequential curved() { return Sequential(Shape{2, 6, 5}, Conv2d(3), Tanh(), Flatten(), Dense(6), Logistic(), Dense(3)); }

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("chain: a model with chains is the model without, names and all") {
  const Sequential with(Shape{1, 8, 8}, Chain(Conv2d(2), Chain(BatchNorm(), Affine())), Relu(), Chain(), Conv2d(3),
                        with_affine(BatchNorm()), Chain(Flatten(), Named("code", Dense(3))));
  const Sequential without(Shape{1, 8, 8}, Conv2d(2), BatchNorm(), Affine(), Relu(), Conv2d(3), BatchNorm(), Affine(), Flatten(),
                           Named("code", Dense(3)));
  CHECK(lines_of(with) == lines_of(without));

  const Chain block(Dense(4), with_affine(OnlineNorm()), std::make_shared<Tanh>());
  Graph g(Shape{5});
  const Node end = g.then(Node{0}, block, Relu(), block);
  CHECK(names_of(g) == Names{"input", "dense_1", "online_norm_1", "affine_1", "tanh_1", "relu_1", "dense_2", "online_norm_2",
                             "affine_2", "tanh_2"});
  CHECK(end.index == 9);
  Chain twice = block;
  twice.append(twice);
  CHECK(twice.items().size() == 8);
}

TEST_CASE("chain: a name and settings go to each of its layers") {
  const Sequential net(Shape{4}, Named("first", with_affine(BatchNorm())),
                       Named("more", Chain(Dense(3), Named("a", Dense(2)), Dense(3))),
                       With({.name = "last", .rate = 0.5, .l2 = 0.1}, Chain(Dense(2), Affine())));
  CHECK(names_of(net) ==
        Names{"input", "first_batch_norm", "first_affine", "more_dense", "more_a", "more_dense_2", "last_dense", "last_affine"});
  for (const char* name : {"last_dense", "last_affine"}) {
    CHECK(entry_of(net, name).settings.rate == 0.5);
    CHECK(entry_of(net, name).settings.l2 == 0.1);
  }
  CHECK(entry_of(net, "more_a").settings.rate == 1);
  CHECK_THROWS_WITH_AS(With({.rate = -1}, Chain(Dense(2))), doctest::Contains("settings of dense: rate = -1"), Error);
}

TEST_CASE("with_affine: the affine step covers what the statistics cover, unless one says otherwise") {
  const Sequential net(Shape{3, 4, 5}, with_affine(BatchNorm()), with_affine(OnlineNorm({.per = Per::element})),
                       with_affine(BatchNorm(), {.beta = false, .per = Per::element}),
                       with_affine(Named("n", BatchNorm()), {.gamma = false}), with_affine(Relu()), with_affine(LayerNorm()),
                       with_affine(With({.rate = 0.5}, OnlineNorm({.per = Per::pooled}))));
  CHECK(names_of(net) == Names{"input", "batch_norm_1", "affine_1", "online_norm_1", "affine_2", "batch_norm_2", "affine_3", "n",
                               "n_affine", "relu_1", "affine_4", "layer_norm_1", "affine_5", "online_norm_2", "affine_6"});
  CHECK(field(net, "affine_1", "per") == "channel");
  CHECK(field(net, "affine_2", "per") == "element");
  CHECK(field(net, "affine_3", "per") == "element");
  CHECK(field(net, "affine_3", "beta") == text_of(false));
  CHECK(field(net, "n_affine", "gamma") == text_of(false));
  CHECK(field(net, "affine_4", "per") == "channel");
  CHECK(field(net, "affine_5", "per") == "element");
  CHECK(field(net, "affine_6", "per") == "pooled");
  CHECK(entry_of(net, "affine_6").settings.rate == 0.5);
  CHECK_THROWS_WITH_AS(with_affine(std::shared_ptr<const Layer>()), doctest::Contains("the layer is a null pointer"), Error);
}

TEST_CASE("insert_before: one line is the model as if the chain were written in its places") {
  const Sequential plain(Shape{1, 8, 8}, Conv2d(2), Relu(), Flatten(), Dense(6), Tanh(), Dropout(0.5), Dense(3));
  CHECK(lines_of(insert_before(plain, nonlinearities, with_affine(BatchNorm()))) ==
        lines_of(Sequential(Shape{1, 8, 8}, Conv2d(2), BatchNorm(), Affine(), Relu(), Flatten(), Dense(6), BatchNorm(), Affine(),
                            Tanh(), Dropout(0.5), Dense(3))));
  CHECK(lines_of(insert_before(plain, linear_layers, OnlineNorm())) ==
        lines_of(Sequential(Shape{1, 8, 8}, OnlineNorm(), Conv2d(2), Relu(), Flatten(), OnlineNorm(), Dense(6), Tanh(),
                            Dropout(0.5), OnlineNorm(), Dense(3))));
  CHECK(lines_of(insert_before(plain, kind("dropout"), BatchNorm(), with_affine(OnlineNorm()), Logistic())) ==
        lines_of(Sequential(Shape{1, 8, 8}, Conv2d(2), Relu(), Flatten(), Dense(6), Tanh(), BatchNorm(), OnlineNorm(), Affine(),
                            Logistic(), Dropout(0.5), Dense(3))));
  CHECK(lines_of(plain).size() == 8);  // the model itself stays
}

TEST_CASE("insert_before: layers that were there keep their names, settings and weights") {
  const Sequential net(Shape{4}, Named("affine_1", Dense(5)), Relu(), With({.name = "code", .rate = 0.5}, Dense(4)), BatchNorm(),
                       Named("batch_norm_2", Dense(3)), Tanh());
  const Graph more = insert_before(net, nonlinearities, with_affine(BatchNorm()));
  CHECK(names_of(more) == Names{"input", "affine_1", "batch_norm_3", "affine_2", "relu_1", "code", "batch_norm_1", "batch_norm_2",
                                "batch_norm_4", "affine_3", "tanh_1"});
  CHECK(entry_of(more, "code").settings.rate == 0.5);
  CHECK(entry_of(more, "code").number == 5);
  const Weights before(net, 5), after(more, 5);
  for (const Weights::Tensor& tensor : before.tensors()) {
    const std::span<const real> a = before.value(tensor.name), b = after.value(tensor.name);
    CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  }
  // Names of one's own: as they are at the first place, numbered from the second on.
  CHECK(names_of(insert_before(net, nonlinearities, Named("norm", BatchNorm()))) ==
        Names{"input", "affine_1", "norm", "relu_1", "code", "batch_norm_1", "batch_norm_2", "norm_2", "tanh_1"});
  // Twice gives both.
  CHECK(names_of(insert_before(insert_before(Sequential(Shape{3}, Relu()), nonlinearities, Affine()), nonlinearities,
                               BatchNorm())) == Names{"input", "affine_1", "batch_norm_1", "relu_1"});
}

TEST_CASE("insert_before: inputs, outputs, joins and several readers stay as they were") {
  Graph g;
  const Node a = g.input(Shape{4}), b = g.input(Shape{3}, "side");
  const Node x = g.then(a, Dense(3));
  const Node relu = g.then(x, Relu()), tanh = g.then(x, Tanh());
  const Node sum = g.join(Add(), {relu, tanh, x, b});
  const Node last = g.then(sum, Dense(2));
  g.output(last), g.output(relu);

  const Graph more = insert_before(g, nonlinearities, BatchNorm());
  CHECK(more.inputs() == g.inputs());
  CHECK(more.entries()[1].name == "side");
  CHECK(reads(more, "relu_1") == "batch_norm_1");
  CHECK(reads(more, "tanh_1") == "batch_norm_2");
  CHECK(reads(more, "batch_norm_1") == "dense_1");
  CHECK(reads(more, "batch_norm_2") == "dense_1");
  CHECK(reads(more, "add_1") == "relu_1, tanh_1, dense_1, side");
  CHECK(more.outputs() == std::vector<int>{more.find("dense_2"), more.find("relu_1")});

  const Graph joined = insert_before(g, kind("add"), Affine());
  CHECK(reads(joined, "add_1") == "affine_1, affine_2, affine_3, affine_4");
  CHECK(reads(joined, "affine_4") == "side");

  // Where nobody said which layer is the output, it is still the last, also after more are added.
  Graph open = insert_before(Sequential(Shape{3}, Dense(4), Relu()), nonlinearities, BatchNorm());
  CHECK(!open.names_outputs());
  open.then(Node{open.find("relu_1")}, Dense(2));
  CHECK(open.outputs() == std::vector<int>{open.find("dense_2")});

  RandomCase c(more, 1, 4);  // and it runs
  CHECK(std::isfinite(c.step(PlanOptions{}).loss));
}

TEST_CASE("insert_before: what was picked by nothing, and what does not fit, is told") {
  const Sequential net(Shape{3, 4, 4}, Conv2d(2), BatchNorm(), Own(), Flatten(), Own());
  CHECK_THROWS_WITH_AS(
      insert_before(net, nonlinearities, BatchNorm()),
      doctest::Contains("insert_before: no layer was picked; the model has conv2d, batch_norm, own and flatten; try "
                        "[](const Graph::Entry& e)"),
      Error);
  CHECK_THROWS_WITH_AS(insert_before(net, kind("relu"), BatchNorm()), doctest::Contains("no layer was picked"), Error);
  CHECK_THROWS_WITH_AS(insert_before(Graph(Shape{3}), linear_layers, BatchNorm()), doctest::Contains("the model has no layers"),
                       Error);
  CHECK_THROWS_WITH_AS(insert_before(net, linear_layers, Chain()), doctest::Contains("there is nothing to insert"), Error);
  for (const int wrong : {-1, 0, 6})
    CHECK_THROWS_WITH_AS(insert_before_each(net, {wrong}, Chain(BatchNorm())), doctest::Contains("is no layer of this model"),
                         Error);
  CHECK_THROWS_WITH_AS(insert_before(net, linear_layers, Flatten()), doctest::Contains("layer 2 conv2d_1"), Error);
  CHECK(names_of(insert_before(net, kind("own"), Affine())) ==
        Names{"input", "conv2d_1", "batch_norm_1", "affine_1", "own_1", "flatten_1", "affine_2", "own_2"});
}

TEST_CASE("insert_before: both orders train") {
  for (const Graph& net :
       {insert_before(curved(), nonlinearities, with_affine(BatchNorm())),
        insert_before(curved(), linear_layers, with_affine(BatchNorm())),
        insert_before(curved(), nonlinearities, with_affine(OnlineNorm())), insert_before(curved(), linear_layers, OnlineNorm())}) {
    INFO(net.entries()[1].name, ", ", net.entries()[2].name);
    RandomCase c(net, 3, 12);
    Plan plan(c.graph, c.weights, {.batch = 12, .mode = Mode::train});
    Adam adam({.rate = 0.02});
    double first = 0, last = 0;
    for (int step = 0; step < 60; ++step) {
      plan.forward(c.data.inputs);
      last = c.loss.evaluate(plan);
      if (step == 0) first = last;
      plan.backward(&adam);
    }
    CHECK(plan.finite());
    CHECK(last < first / 4);
  }
}

// Online norm is no derivative in train mode, so that its statistics are held.
TEST_CASE("insert_before: gradients through both orders against central differences" * doctest::skip(sizeof(real) == 4)) {
  for (const bool online : {false, true})
    for (const LayerKind where : {nonlinearities, linear_layers}) {
      const Chain chain = online ? with_affine(OnlineNorm()) : with_affine(BatchNorm());
      RandomCase c(insert_before(curved(), where, chain), 3, 6);
      Plan train(c.graph, c.weights, {.batch = 6, .mode = Mode::train});
      for (int i = 0; i < 3; ++i) train.forward(c.data.inputs), c.loss.evaluate(train), train.backward();
      Plan plan(c.graph, c.weights,
                {.batch = 6, .mode = online ? Mode::evaluate : Mode::train, .input_gradient = true, .backward = true});
      const StepValues analytic = c.step(plan);
      const auto loss = [&] { return plan.forward(c.data.inputs), c.loss.value(plan); };
      Random random(5);
      std::uint64_t drawn = 0;
      for (std::size_t i = 0; i < c.weights.ranges().size(); ++i) {
        const Range& range = c.weights.ranges()[i];
        const real* const gradient = analytic.weight_gradients.data() + range.offset;
        double largest = 1e-3, worst = 0;
        for (std::size_t k = 0; k < range.size; ++k) largest = std::max(largest, std::fabs(static_cast<double>(gradient[k])));
        for (int tries = 0; tries < 6; ++tries) {
          const auto k = static_cast<std::size_t>(random.below(drawn++, range.size));
          const real saved = range.weight[k], h = real(1e-5);
          range.weight[k] = saved + h;
          const double above = loss();
          range.weight[k] = saved - h;
          const double below = loss();
          range.weight[k] = saved;
          worst = std::max(worst, std::fabs((above - below) / 2e-5 - static_cast<double>(gradient[k])) / largest);
        }
        INFO(c.weights.tensors()[i].name);
        CHECK(worst <= 1e-6);
      }
    }
}

TEST_CASE("with_affine: batch norm and its affine step are the textbook's one layer, forward and back") {
  const int batch = 5, channels = 3, spatial = 8, size = channels * spatial;
  RandomCase c(static_cast<Graph>(Sequential(Shape{channels, 2, 4}, with_affine(BatchNorm()))), 3, batch);
  Plan plan(c.graph, c.weights, {.batch = batch, .mode = Mode::train, .input_gradient = true});
  plan.forward(c.data.inputs);
  for (std::size_t i = 0; i < plan.output().size(); ++i) plan.output_gradient().data[i] = static_cast<real>(Random(6).normal(i));
  std::vector<real> dy(plan.output_gradient().begin(), plan.output_gradient().end());
  plan.backward();

  const std::vector<real>& x = c.data.values[0];
  const Weights& weights = c.weights;
  const auto gamma = weights.value("affine_1.gamma"), beta = weights.value("affine_1.beta");
  const double m = batch * spatial;
  double worst = 0;
  const auto compare = [&](double expected, real got, double scale) {
    worst = std::max(worst, std::fabs(expected - static_cast<double>(got)) / scale);
  };
  for (int ch = 0; ch < channels; ++ch) {
    const auto each = [&](auto visit) {
      for (int n = 0; n < batch; ++n)
        for (int i = 0; i < spatial; ++i) visit(static_cast<std::size_t>(n * size + ch * spatial + i));
    };
    const auto at = [](const auto& values, std::size_t i) { return static_cast<double>(values[i]); };
    const auto k = static_cast<std::size_t>(ch);
    double mean = 0, var = 0, dgamma = 0, dbeta = 0;
    each([&](std::size_t i) { mean += at(x, i) / m; });
    each([&](std::size_t i) { var += (at(x, i) - mean) * (at(x, i) - mean) / m; });
    const double deviation = std::sqrt(var + 1e-5);
    each([&](std::size_t i) { dbeta += at(dy, i), dgamma += at(dy, i) * (at(x, i) - mean) / deviation; });
    each([&](std::size_t i) {
      const double xhat = (at(x, i) - mean) / deviation;
      compare(at(gamma, k) * xhat + at(beta, k), plan.output().data[i], 4);
      compare(at(gamma, k) / (m * deviation) * (m * at(dy, i) - dbeta - xhat * dgamma), plan.input_gradient().data[i], 4);
    });
    compare(dgamma, weights.gradient("affine_1.gamma")[k], 10);
    compare(dbeta, weights.gradient("affine_1.beta")[k], 10);
  }
  CHECK(worst <= (sizeof(real) == 4 ? 1e-6 : 1e-12));
}
