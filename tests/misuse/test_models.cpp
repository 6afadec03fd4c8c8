// Models that cannot be: shapes, sizes, options of layers, names and nodes.
#include <doctest/doctest.h>

#include <limits>

#include "cambium/cambium.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

TEST_CASE("misuse: shapes") {
  check_misuses({
      {"a size of 0",
       [] {
         Shape({3, 0, 5});
       },
       "shape 3x0x5: every size must be at least 1, and size 1 is 0; try a size of 1 or more"},
      {"a size below 0", [] { Shape(-7); }, "shape -7: every size must be at least 1, and size 0 is -7; try a size of 1 or more"},
      {"five sizes",
       [] {
         Shape({1, 2, 3, 4, 5});
       },
       "shape of 5 sizes: a sample has one to four; try flattening the sizes that belong together"},
      {"a sample too large to count",
       [] {
         Shape({65536, 65536});
       },
       "shape 65536x65536: one sample has more than 2^31 - 1 values; try smaller samples"},
  });
}

TEST_CASE("misuse: layers that cannot be made") {
  check_misuses({
      {"dense without outputs", [] { Dense(0); }, "dense with 0 outputs: it needs at least 1; try Dense(10)"},
      {"dense with outputs below 0", [] { Dense(-3); }, "dense with -3 outputs: it needs at least 1; try Dense(10)"},
      {"convolution without filters", [] { Conv2d(0); }, "conv2d with 0 filters: it needs at least 1; try Conv2d(16)"},
      {"a kernel of 0", [] { Conv2d(8, {.kernel = 0}); }, "*kernel 0: it must be at least 1 in both directions; try a kernel of 3"},
      {"a stride of 0 in one direction",
       [] {
         Conv2d(8, {.stride = {1, 0}});
       },
       "*stride 1x0: it must be at least 1 in both directions; try .stride = 1"},
      {"a negative pad", [] { Conv2d(8, {.pad = -1}); }, "*pad -1: it must be at least 0 in both directions; try .pad = 0"},
      {"a pooling window of 0", [] { MaxPool2d(0); }, "*kernel 0: it must be at least 1 in both directions; try a kernel of 3"},
      {"a pooling stride of 0", [] { MaxPool2d(2, {.stride = 0}); },
       "*stride 0: it must be at least 1 in both directions; try .stride = 1"},
      {"padding as wide as the window", [] { MaxPool2d(2, {.pad = 2}); },
       "*pad 2 is not smaller than the kernel 2: a window would see nothing but padding; try .pad = 0"},
      {"everything dropped", [] { Dropout(1.0); },
       "dropout with rate 1: the rate must be at least 0 and below 1; try Dropout(0.5)"},
      {"a dropout rate in percent", [] { Dropout(50.0); },
       "dropout with rate 50: the rate must be at least 0 and below 1; try Dropout(0.5)"},
      {"a dropout rate that is no number", [] { Dropout(DropoutOptions{.rate = nan}); },
       "dropout with rate nan: the rate must be at least 0 and below 1; try Dropout(0.5)"},
      {"an affine layer that does nothing", [] { Affine({.gamma = false, .beta = false}); },
       "affine: without gamma and without beta it does nothing; try leaving the layer out"},
      {"batch norm with an epsilon below 0", [] { BatchNorm({.epsilon = -1}); },
       "batch_norm: epsilon = -1, which must be at least 0 and below 1e30; try 1e-5, or BatchNorm(for_input)"},
      {"batch norm with an infinite epsilon", [] { BatchNorm({.epsilon = infinity}); },
       "batch_norm: epsilon = inf, which must be at least 0 and below 1e30; try 1e-5, or BatchNorm(for_input)"},
      {"batch norm with a momentum below 0", [] { BatchNorm({.momentum = -0.5}); },
       "batch_norm: momentum = -0.5, which must be at least 0 and at most 1; try 0.1"},
      {"batch norm with a momentum above 1", [] { BatchNorm({.momentum = 1.5}); },
       "batch_norm: momentum = 1.5, which must be at least 0 and at most 1; try 0.1"},
      {"online norm that remembers more than there was", [] { OnlineNorm({.alpha = 1.5}); },
       "online_norm: alpha = 1.5, which must be at least 0 and at most 1; try 0.999"},
      {"online norm with a decay in percent", [] { OnlineNorm({.alpha_backward = 99}); },
       "online_norm: alpha_backward = 99, which must be at least 0 and at most 1; try 0.99"},
      {"online norm with an epsilon below 0", [] { OnlineNorm({.epsilon = -1e-5}); },
       "online_norm: epsilon = -1e-5, which must be at least 0 and below 1e30; try 1e-5, or OnlineNorm(for_input)"},
      {"an initializer whose number is infinite",
       [] { Weights(Sequential(Shape(4), Dense(2, {.init = init::constant(infinity)}))); },
       "*initializer constant(inf): the number must be finite; try 0.05"},
      {"an initializer of negative width", [] { Weights(Sequential(Shape(4), Dense(2, {.init = init::normal(-0.1)}))); },
       "*initializer normal(-0.1): the width must not be negative; try 0.1"},
  });
}

TEST_CASE("misuse: layers that do not fit each other") {
  check_misuses({
      {"dense on an image",
       [] {
         Sequential(Shape{1, 28, 28}, Dense(10));
       },
       "layer 1 dense_1 (outputs 10, bias true, init he_normal, bias_init zeros): needs a flat input, got 1x28x28; came "
       "from input; try a Flatten() before it"},
      {"a convolution of a flat input", [] { Sequential(Shape(784), Conv2d(8)); },
       "layer 1 conv2d_1 (filters 8, kernel 3, stride 1, pad 0, bias true, init he_normal, bias_init zeros): needs an "
       "image of channels x height x width, got 784; came from input; try an input of three sizes, such as Shape{1, 28, "
       "28}"},
      {"a kernel larger than the image",
       [] {
         Sequential(Shape{1, 28, 28}, Conv2d(16, {.kernel = 5}), MaxPool2d(8), Conv2d(16, {.kernel = 5}));
       },
       "layer 3 conv2d_2 (filters 16, kernel 5, stride 1, pad 0, bias true, init he_normal, bias_init zeros): input "
       "16x3x3 is smaller than the kernel 5x5 (pad 0); came from max_pool2d_1; try .pad = 1 or fewer poolings"},
      {"a kernel that is wider than the image",
       [] {
         Sequential(Shape{3, 9, 4}, Conv2d(2, {.kernel = {3, 7}, .pad = 1}));
       },
       "layer 1 conv2d_1 (filters 2, kernel 3x7, stride 1, pad 1, bias true, init he_normal, bias_init zeros): input "
       "3x9x4 is smaller than the kernel 3x7 (pad 1); came from input; try .pad = 2 or fewer poolings"},
      {"one pooling too many",
       [] {
         Sequential(Shape{1, 5, 5}, MaxPool2d(2), MaxPool2d(2), MaxPool2d(2));
       },
       "layer 3 max_pool2d_3 (kernel 2, stride 2, pad 0): input 1x1x1 is smaller than the kernel 2x2 (pad 0); came from "
       "max_pool2d_2; try .pad = 1 or fewer poolings"},
      {"pooling after flattening",
       [] {
         Sequential(Shape{1, 8, 8}, Flatten(), MaxPool2d(2));
       },
       "layer 2 max_pool2d_1 (kernel 2, stride 2, pad 0): needs an image of channels x height x width, got 64; came "
       "from flatten_1; try an input of three sizes, such as Shape{1, 28, 28}"},
      {"global pooling of a flat input", [] { Sequential(Shape(8), GlobalAvgPool()); },
       "layer 1 global_avg_pool_1: needs an image of channels x height x width, got 8; came from input; try an input of "
       "three sizes, such as Shape{1, 28, 28}"},
      {"a pad that makes the image too large to count",
       [] {
         Sequential(Shape{1, 8, 8}, Conv2d(1, {.pad = 2000000000}));
       },
       "layer 1 conv2d_1 (filters 1, kernel 3, stride 1, pad 2000000000, bias true, init he_normal, bias_init zeros): "
       "input 1x8x8 with pad 2000000000 on each side has more than 2^31 - 1 rows or columns; came from input; try a "
       "smaller .pad"},
      {"a sum of one", [] { Sequential(Shape(8), Add()); },
       "layer 1 add_1: needs at least 2 inputs, got 1; came from input; try g.join(Add(), {x, y})"},
      {"a sum of different shapes",
       [] {
         Graph g;
         const Node x = g.input(Shape{3, 8, 8});
         g.join(Add(), {x, g.then(x, Conv2d(4, {.pad = 1}))});
       },
       "layer 2 add_1: needs inputs of one shape: input 0 is 3x8x8, input 1 is 4x8x8; came from input, conv2d_1; try a "
       "Conv2d with a 1x1 kernel on the path that differs"},
      {"joining what is of different height",
       [] {
         Graph g;
         const Node x = g.input(Shape{3, 8, 8});
         g.join(Concat(), {x, g.then(x, MaxPool2d(2))});
       },
       "layer 2 concat_1: joins along channels, and all other sizes must agree: input 0 is 3x8x8, input 1 is 3x4x4; "
       "came from input, max_pool2d_1; try the same stride and pad on all paths"},
      {"joining one", [] { Sequential(Shape(8), Concat()); },
       "layer 1 concat_1: needs at least 2 inputs, got 1; came from input; try g.join(Concat(), {x, y})"},
      {"a difference of three",
       [] {
         Graph g(Shape(4));
         const Node x{0};
         g.join(Difference(), {x, x, x});
       },
       "layer 1 difference_1: needs two inputs, the first minus the second, got 3; came from input, input, input; try "
       "Add() for the others first"},
      {"two inputs into a layer that takes one",
       [] {
         Graph g(Shape(4));
         g.join(Relu(), {Node{0}, Node{0}});
       },
       "layer 1 relu_1: needs one input, got 2; came from input, input; try joining them first, by Add() or Concat()"},
  });
}

TEST_CASE("misuse: names and nodes") {
  check_misuses({
      {"a name twice", [] { Sequential(Shape(4), Named("code", Dense(3)), Named("code", Dense(2))); },
       "layer 2 code (outputs 2, bias true, init he_normal, bias_init zeros): the name is taken; came from code; try "
       "another name"},
      {"a name with a blank", [] { Sequential(Shape(4), Named("my layer", Dense(3))); },
       "layer 1 my layer (outputs 3, bias true, init he_normal, bias_init zeros): the name holds a blank, a dot or a "
       "quote; came from input; try letters, digits and '_'"},
      {"a name with a dot", [] { Sequential(Shape(4), Named("block.dense", Dense(3))); },
       "layer 1 block.dense (outputs 3, bias true, init he_normal, bias_init zeros): the name holds a blank, a dot or a "
       "quote; came from input; try letters, digits and '_'"},
      {"an input's name twice",
       [] {
         Graph g;
         g.input(Shape(4), "x"), g.input(Shape(4), "x");
       },
       "input 'x': the name is taken; try another name"},
      {"a node of another graph",
       [] {
         Graph one(Shape(4)), other;
         const Node x = other.input(Shape(4));
         one.then(x, Dense(3));
       },
       "a node of another graph was used after 'input'; try a node that this graph returned"},
      {"a node that was never made",
       [] {
         Graph g(Shape(4));
         g.then(Node{}, Dense(3));
       },
       "node -1 is not in this graph, which has 1; try a node that input() or then() returned"},
      {"the shape of a node that was never made", [] { Graph(Shape(4)).shape(Node{7}); },
       "node 7 is not in this graph, which has 1; try a node that input() or then() returned"},
      {"an output twice",
       [] {
         Graph g(Shape(4));
         const Node y = g.then(Node{0}, Dense(3));
         g.output(y), g.output(y);
       },
       "'dense_1' is an output already; try each output once"},
      {"a model without layers",
       [] {
         const Graph g(Shape(4));
         Weights w(g);
         Plan(g, w, {});
       },
       "the model has no layers; try adding one: Sequential(Shape{1, 28, 28}, Flatten(), Dense(10))"},
      {"an unknown layer", [] { Sequential(Shape(4), Named("encoder", Dense(3))).find("encodr"); },
       "no layer is named 'encodr' (did you mean 'encoder'?); try a name that summary() lists"},
      {"a rate factor below 0", [] { With({.name = "code", .rate = -1}, Dense(3)); },
       "settings of code: rate = -1, which must be a finite factor of at least 0; try .rate = 1"},
      {"a rate factor that is no number", [] { With({.rate = nan}, Dense(3)); },
       "settings of dense: rate = nan, which must be a finite factor of at least 0; try .rate = 1"},
      {"a penalty below 0", [] { With({.l2 = -1e-4}, Dense(3)); },
       "settings of dense: l2 = -0.0001, which must be finite and at least 0; try .l2 = 0"},
      {"a penalty that is infinite", [] { With({.l1 = infinity}, Dense(3)); },
       "settings of dense: l1 = inf, which must be finite and at least 0; try .l1 = 0"},
      {"a limit below 0", [] { With({.limit = -2}, Dense(3)); },
       "settings of dense: limit = -2, which must be finite and at least 0 (0: no limit); try .limit = 0"},
  });
}

}  // namespace
}  // namespace cambium
