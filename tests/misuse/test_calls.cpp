// Plans and weights, called wrongly.
#include <doctest/doctest.h>

#include <vector>

#include "cambium/cambium.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

Sequential small() { return Sequential(Shape(4), Named("code", Dense(3)), Relu(), Named("out", Dense(2))); }

// A plan of the small model, and some samples to put into it.
struct Ready {
  explicit Ready(PlanOptions options = {.batch = 8, .mode = Mode::train}) : plan(net, weights, std::move(options)) {}
  ConstView samples(int batch, Shape shape = Shape(4)) const { return {values.data(), shape, batch}; }

  Sequential net = small();
  Weights weights{net, 7};
  Plan plan;
  std::vector<real> values = std::vector<real>(1000, 1);
};

void make(PlanOptions options) { Ready ready(std::move(options)); }

TEST_CASE("misuse: plans that cannot be made") {
  check_misuses({
      {"a batch of 0", [] { make({.batch = 0}); }, "plan: batch 0, which must be at least 1; try a batch of 1 or more"},
      {"a batch below 0", [] { make({.batch = -64}); }, "plan: batch -64, which must be at least 1; try a batch of 1 or more"},
      {"threads below 0", [] { make({.threads = -1}); },
       "threads -1: between 1 and 64 are possible, or 0 for one for each processor; try .threads = 0"},
      {"too many threads", [] { make({.threads = 1000}); },
       "threads 1000: between 1 and 64 are possible, or 0 for one for each processor; try .threads = 0"},
      {"backward in adapt mode", [] { make({.mode = Mode::adapt, .backward = true}); },
       "plan: adapt mode has no backward pass; try .mode = Mode::train"},
      {"observing an unknown layer", [] { make({.observe = {"cod"}}); },
       "no layer is named 'cod' (did you mean 'code'?); try a name that summary() lists"},
      {"observing an input", [] { make({.observe = {"input"}}); },
       "observe = 'input': that layer does not run in this plan; try a layer between start and stop"},
      {"starting at an unknown layer", [] { make({.start = "codes"}); },
       "no layer is named 'codes' (did you mean 'code'?); try a name that summary() lists"},
      {"stopping at an unknown layer", [] { make({.stop = "ot"}); },
       "no layer is named 'ot' (did you mean 'out'?); try a name that summary() lists"},
      {"stopping before the start", [] { make({.start = "out", .stop = "code"}); }, "start = 'out'*; try *"},
      {"stopping at an input", [] { make({.stop = "input"}); }, "'input' is an input, not a layer; try a layer to stop at"},
      {"observing what does not run", [] { make({.observe = {"out"}, .stop = "code"}); },
       "observe = 'out': that layer does not run in this plan; try a layer between start and stop"},
      {"starting where two ways meet",
       [] {
         Graph g(Shape(4));
         const Node x{0};
         g.then(g.join(Named("sum", Add()), {g.then(x, Dense(3)), g.then(x, Dense(3))}), Dense(2));
         Weights weights(g);
         Plan(g, weights, {.start = "sum"});
       },
       "start = 'sum': it has 2 inputs, and a pass can start at a layer with one; try a layer with one input"},
      {"starting beside another way",
       [] {
         Graph g(Shape(4));
         const Node x{0};
         g.join(Add(), {g.then(x, Dense(5), Named("left", Dense(3))), g.then(x, Dense(3))});
         Weights weights(g);
         Plan(g, weights, {.start = "left"});
       },
       "start = 'left': the output depends on 'input' by another way too; try a later start, or an earlier stop"},
      {"weights of another model",
       [] {
         const Sequential net = small(), other(Shape(4), Dense(5));
         Weights weights(other);
         Plan(net, weights, {});
       },
       "the weights are of another model: they do not fit 'code'; try Weights(graph) of this graph"},
      {"batch norm at a batch of one",
       [] {
         const Sequential net(Shape(4), Dense(3), BatchNorm(), Dense(2));
         Weights weights(net);
         Plan(net, weights, {.batch = 1, .mode = Mode::train});
       },
       "layer 2 batch_norm_1 (epsilon 1e-5, momentum 0.1, unbiased true, per channel, input false): a training batch of "
       "1 has one value per channel, and its normalization is always 0; came from dense_1; try OnlineNorm, which takes "
       "any batch, or another batch size, or dropping the last short batch"},
  });
}

TEST_CASE("misuse: passes called wrongly") {
  check_misuses({
      {"backward before forward",
       [] {
         Ready ready;
         ready.plan.backward();
       },
       "backward: there was no forward pass since the last one; try forward(x) first"},
      {"backward twice",
       [] {
         Ready r;
         r.plan.forward(r.samples(8)), r.plan.backward(), r.plan.backward();
       },
       "backward: there was no forward pass since the last one; try forward(x) first"},
      {"backward in evaluate mode",
       [] {
         Ready r({.batch = 8});
         r.plan.forward(r.samples(8)), r.plan.backward();
       },
       "backward: this plan is for evaluate mode; try PlanOptions .mode = Mode::train"},
      {"a larger batch than planned",
       [] {
         Ready r;
         r.plan.forward(r.samples(9));
       },
       "forward: a batch of 9, and the plan is for 1 to 8; try PlanOptions .batch = 9"},
      {"a batch of no samples",
       [] {
         Ready r;
         r.plan.forward(r.samples(0));
       },
       "forward: a batch of 0, and the plan is for 1 to 8; try PlanOptions .batch = 1"},
      {"samples of another shape",
       [] {
         Ready r;
         r.plan.forward(r.samples(8, Shape{2, 2, 2}));
       },
       "forward: input 0 has samples of 2x2x2, and the model takes 4; try samples of that shape"},
      {"samples of the same size but another shape",
       [] {
         Ready r;
         r.plan.forward(r.samples(8, Shape{1, 2, 2}));
       },
       "forward: input 0 has samples of 1x2x2, and the model takes 4; try samples of that shape"},
      {"a view of nothing",
       [] {
         Ready r;
         r.plan.forward(ConstView{nullptr, Shape(4), 8});
       },
       "forward: input 0 is empty; try a view of some samples"},
      {"too many inputs",
       [] {
         Ready r;
         const std::vector<ConstView> two(2, r.samples(8));
         r.plan.forward(two);
       },
       "forward: 2 inputs, and the model has 1; try one view for each input, in order"},
      {"inputs of different batches",
       [] {
         Graph g;
         g.join(Add(), {g.input(Shape(4)), g.input(Shape(4))});
         Weights weights(g);
         Plan plan(g, weights, {.batch = 8});
         const std::vector<real> values(32, 1);
         const ConstView inputs[] = {{values.data(), Shape(4), 8}, {values.data(), Shape(4), 7}};
         plan.forward(inputs);
       },
       "forward: input 1 has 7 samples, and input 0 has 8; try the same number in each"},
      {"a last batch of one sample into batch norm",
       [] {
         const Sequential net(Shape(4), Dense(3), BatchNorm(), Dense(2));
         Weights weights(net);
         Plan plan(net, weights, {.batch = 8, .mode = Mode::train});
         const std::vector<real> values(32, 1);
         plan.forward(ConstView{values.data(), Shape(4), 1});
       },
       "layer 2 batch_norm_1 (epsilon 1e-5, momentum 0.1, unbiased true, per channel, input false): a training batch of "
       "1 has one value per channel, and its normalization is always 0; came from dense_1; try OnlineNorm, which takes "
       "any batch, or another batch size, or dropping the last short batch"},
      {"an optimizer that must know how many steps there will be",
       [] {
         Ready r;
         Sgd sgd({.schedule = schedule::cosine()});
         r.plan.forward(r.samples(8)), r.plan.backward(&sgd);
       },
       "sgd: the schedule cosine (floor 0) must know how many steps the training takes; try .steps = 10000 in the "
       "schedule, or plan_steps(10000)"},
  });
}

TEST_CASE("misuse: looking where nothing can be seen") {
  check_misuses({
      {"a second output", [] { Ready().plan.output(1); }, "output 1: there are 1; try a number from 0"},
      {"an output below 0", [] { Ready().plan.output(-1); }, "output -1: there are 1; try a number from 0"},
      {"an output gradient in evaluate mode", [] { Ready({.batch = 8}).plan.output_gradient(); },
       "output_gradient: this plan is for evaluate mode; try PlanOptions .mode = Mode::train"},
      {"an input gradient that was not asked for", [] { Ready().plan.input_gradient(); },
       "input_gradient: this plan does not compute it; try PlanOptions .input_gradient = true"},
      {"a layer that is not observed", [] { Ready().plan.output_of("code"); },
       "layer 'code' is not observed; try PlanOptions .observe = {\"code\"}"},
      {"an unknown layer", [] { Ready({.observe = {"code"}}).plan.output_of("coda"); },
       "no layer is named 'coda' (did you mean 'code'?); try a name that summary() lists"},
      {"the second input of a layer that has one", [] { Ready({.observe = {"code"}}).plan.input_of("code", 1); },
       "input 1: there are 1; try a number from 0"},
      {"a layer's gradient in evaluate mode", [] { Ready({.observe = {"code"}}).plan.output_gradient_of("code"); },
       "there is no backward pass in this plan; try PlanOptions .mode = Mode::train"},
      {"an unknown parameter", [] { Weights(small()).value("code.weigth"); },
       "no parameter is named 'code.weigth' (did you mean 'code.weight'?); try a name that tensors() lists"},
      {"the gradient of an unknown parameter",
       [] {
         const Weights w(small());
         w.gradient("relu_1.bias");
       },
       "no parameter is named 'relu_1.bias' (did you mean 'out.bias'?); try a name that tensors() lists"},
      {"an unknown state", [] { Weights(small()).state("batch_norm_1.running_mean"); },
       "no state is named 'batch_norm_1.running_mean'; try a name that state_tensors() lists"},
      {"settings of an unknown layer", [] { Weights(small()).set("oud", {}); },
       "no layer is named 'oud' (did you mean 'out'?); try a name that summary() lists"},
      {"settings that are not finite", [] { Weights(small()).set("out", {.rate = 1e300 * 1e300}); },
       "settings of out: rate = inf, which must be a finite factor of at least 0; try .rate = 1"},
      {"the snapshot of another model",
       [] {
         Weights w(small());
         w.restore(Weights(Sequential(Shape(4), Dense(50))).snapshot());
       },
       "the snapshot is of another model; try a snapshot of these weights"},
  });
}

}  // namespace
}  // namespace cambium
