// A model as one line: what is read, what is printed, and that the two agree.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/models/line.h"
#include "cambium/models/parts/line_kind.h"
#include "tests/support/odd_layers.h"

namespace cambium::models {
namespace {

const Shape digit{1, 28, 28};

std::string canonical(const std::string& line, const Shape& input = digit) { return line_of(graph_from_line(input, line)); }

std::string fault(const std::string& line, const Shape& input = digit) {
  try {
    graph_from_line(input, line);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void check_same(const Graph& a, const Graph& b) {
  REQUIRE(a.entries().size() == b.entries().size());
  for (std::size_t i = 1; i < a.entries().size(); ++i) {
    CHECK(a.entries()[i].name == b.entries()[i].name);
    CHECK(a.entries()[i].layer->describe().str() == b.entries()[i].layer->describe().str());
    CHECK(changes_to(a.entries()[i].settings).rate == changes_to(b.entries()[i].settings).rate);
  }
  CHECK(a.summary() == b.summary());
  const Weights first(a, 7), second(b, 7);
  CHECK(std::equal(first.block().begin(), first.block().end(), second.block().begin(), second.block().end()));
  REQUIRE(first.tensors().size() == second.tensors().size());
  for (std::size_t i = 0; i < first.tensors().size(); ++i) CHECK(first.tensors()[i].name == second.tensors()[i].name);
}

// Shapes of which every layer takes one.
Shape shape_for(const line::Kind& kind) {
  try {
    graph_from_line(Shape{12}, kind.name + (kind.needs_number ? " 2" : ""));
    return Shape{12};
  } catch (const Error&) {
    return Shape{4, 6, 6};
  }
}

}  // namespace

TEST_CASE("line: every model that is no more than a chain is printed, and made again") {
  for (const Recipe& r : recipes()) {
    CAPTURE(r.name);
    for (const Shape& input : {digit, Shape{3, 33, 18}}) {
      const Graph graph = r.model(input, 7);
      if (r.name == "residual") {
        CHECK_THROWS_AS(line_of(graph), Error);
        continue;
      }
      const std::string line = line_of(graph);
      CAPTURE(line);
      check_same(graph, graph_from_line(input, line));
      CHECK(canonical(line, input) == line);
    }
  }
  CHECK(line_of(conv_bn()) ==
        "batch_norm for_input, conv2d 8 kernel=5 pad=2 bias=false, batch_norm, affine, relu, max_pool2d 2, "
        "conv2d 32 kernel=5 bias=false, batch_norm, affine, relu, max_pool2d 2, flatten, dense 10");
  check_same(graph_from_line(digit,
                             "BatchNorm for_input, conv 8 k5 p2 no_bias, bn, affine, ReLU, pool 2, "
                             "conv 32 k5 no_bias, bn, affine, relu, pool 2, flatten, linear 10"),
             conv_bn());
}

// Every layer of the library is there, and has no option that a line could not set.
TEST_CASE("line: every option of every layer is set, printed, and read again") {
  const std::vector<std::string> values = {"true",
                                           "false",
                                           "0.25",
                                           "0.99",
                                           "2",
                                           "0.002",
                                           "1x2",
                                           "3x2",
                                           "1",
                                           "cold",
                                           "element",
                                           "pooled",
                                           "ones",
                                           "uniform(0.125)",
                                           "[10: 1, 20: 2.5]",
                                           "[0.25, 0.5, 0.25]"};
  CHECK(line::kinds().size() >= 24);
  for (const line::Kind& kind : line::kinds()) {
    if (kind.joins) continue;
    const Shape input = shape_for(kind);
    const std::string plain = kind.name + (kind.needs_number ? " 2" : "");
    CHECK(canonical(plain, input) == plain);
    for (const line::Option& option : kind.options.all) {
      CAPTURE(kind.name);
      CAPTURE(option.name);
      bool was_set = false;
      for (const std::string& value : values) {
        const bool number = &option == &kind.options.all.front() && kind.takes_number;
        std::string line = (number && kind.needs_number ? kind.name : plain) + " " + option.name + "=" + value;
        if (!kind.options.reads({option.name, value}) || fault(line, input) != "") continue;
        const Graph graph = graph_from_line(input, line);
        const std::string printed = line_of(graph);
        if (printed == plain || (option.is_flag && value == "1")) continue;
        if (number) line = kind.name + " " + value;
        CHECK(printed == line);
        check_same(graph, graph_from_line(input, printed));
        was_set = true;
      }
      CHECK(was_set);
    }
  }
}

TEST_CASE("line: numbers come back to the last bit") {
  CHECK(canonical("batch_norm epsilon=0.10000000000000001 momentum=0.30000000000000004") ==
        "batch_norm epsilon=0.1 momentum=0.30000000000000004");
  CHECK(canonical("batch_renorm r_max=[0.1:1,1e300:3.0000000000000004]") ==
        "batch_renorm r_max=[0.1: 1, 1e300: 3.0000000000000004]");
}

TEST_CASE("line: what others call it, and short ways to say it") {
  struct Pair {
    const char *typed, *printed;
  };
  for (const Pair& pair : std::initializer_list<Pair>{
           {"conv 16 k5, batch_norm, affine, relu, pool 2, flatten, dense 10",
            "conv2d 16 kernel=5, batch_norm, affine, relu, max_pool2d 2, flatten, dense 10"},
           {"conv 16 k=5 s 2 p1", "conv2d 16 kernel=5 stride=2 pad=1"},
           {"conv k5 filters 16", "conv2d 16 kernel=5"},
           {"conv 16 kernel = 3x5 pad=same", "conv2d 16 kernel=3x5 pad=1x2"},
           {"conv 16 pad same", "conv2d 16 pad=1"},
           {"max_pool 3 stride=1 pad=same", "max_pool2d 3 stride=1 pad=1"},
           {"conv 4 no_bias, conv 4 bias no, conv 4 bias=off, conv 4 bias",
            "conv2d 4 bias=false, conv2d 4 bias=false, conv2d 4 bias=false, conv2d 4"},
           {"pool 2x3, MaxPool2d 2 s2, MaxPool kernel=2 s1", "max_pool2d 2x3, max_pool2d 2, max_pool2d 2 stride=1"},
           {"sigmoid, Tanh, clamp 3, clamp, clamp bound 4",
            "logistic, tanh, activation_clamp 3, activation_clamp, activation_clamp 4"},
           {"dropout 0.3, dropout .25, dropout rate=0.5", "dropout 0.3, dropout 0.25, dropout"},
           {"avg_pool, linear 3 init=zeros, fc 2", "global_avg_pool, dense 3 init=zeros, dense 2"},
           {"bn, bn for_input, bn m0.2 for_input, bn input=true epsilon=0",
            "batch_norm, batch_norm for_input, batch_norm for_input momentum=0.2, batch_norm for_input"},
           {"online_norm for_input no_bounded start=cold", "online_norm for_input start=cold bounded=false"},
           {"flatten,dense 3 as head,tail:dense 2", "flatten, dense 3 as head, dense 2 as tail"},
           {"flatten, dense 3 as dense_1, dense 4 as dense_3, dense 5", "flatten, dense 3, dense 4 as dense_3, dense 5"},
           {"flatten, dense 3 with rate=0.1 freeze l2 1e-5 as head", "flatten, dense 3 with rate=0.1 freeze=true l2=1e-5 as head"},
           {"3x(relu), tanh", "relu, relu, relu, tanh"},
           {"2 x ( 2*(relu,tanh) , relu )", "relu, tanh, relu, tanh, relu, relu, tanh, relu, tanh, relu"},
           {"\tconv 2 ,\n  relu\n", "conv2d 2, relu"},
           {"flatten, dense 2 init=uniform( 0.5 )", "flatten, dense 2 init=uniform(0.5)"},
       }) {
    CAPTURE(pair.typed);
    CHECK(canonical(pair.typed) == pair.printed);
    CHECK(canonical(pair.printed) == pair.printed);
  }
  for (const std::string& other : line::other_names()) {
    CAPTURE(other);
    CHECK(line::find_kind(other) != nullptr);
    CHECK(std::ranges::count(line::kind_names(), other) == 0);
  }
}

TEST_CASE("line: settings are those of With, and names those of Named") {
  const Sequential net(digit, Flatten(),
                       With({.name = "code", .rate = 0.25, .freeze = true, .moving_statistics = true, .l1 = 0.5}, Dense(3)),
                       With({.limit = 2}, Dense(2)), Named("dense_7", Dense(2)), Dense(2));
  const std::string line = line_of(net);
  CHECK(line ==
        "flatten, dense 3 with rate=0.25 freeze=true moving_statistics=true l1=0.5 as code, dense 2 with limit=2, "
        "dense 2 as dense_7, dense 2");
  const Graph again = graph_from_line(digit, line);
  check_same(net, again);
  CHECK(again.entries()[2].settings.freeze);
  CHECK(again.entries()[2].settings.l1 == 0.5);
  CHECK(again.entries()[3].settings.limit == 2);
}

TEST_CASE("line: a repeated layer has weights of its own each time") {
  const Weights weights(graph_from_line(digit, "flatten, 2x(dense 9, relu)"));
  CHECK(weights.value("dense_1.weight").size() == 784 * 9);
  CHECK(weights.value("dense_2.weight").size() == 81);

  // One layer object in several places computes what several do.
  const Graph repeated = graph_from_line(Shape{9}, "3x(dense 9, bn, affine, relu)"),
              single = graph_from_line(Shape{9}, line_of(repeated));
  std::vector<real> x(8 * 9);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(Random(3).normal(i));
  std::vector<std::vector<real>> results;
  for (const Graph& graph : {repeated, single}) {
    Weights w(graph, 5);
    Plan plan(graph, w, {.batch = 8, .mode = Mode::train});
    Sgd sgd({.rate = 0.1});
    for (int step = 0; step < 2; ++step) {
      const ConstView y = plan.forward({x.data(), Shape{9}, 8});
      std::copy(y.begin(), y.end(), plan.output_gradient().begin());
      plan.backward(&sgd);
    }
    results.emplace_back(w.block().begin(), w.block().end());
  }
  CHECK(results[0] == results[1]);
}

TEST_CASE("line: the longest are read and printed, and one more is refused") {
  const std::string most = canonical("1000x(relu)");
  CHECK(most.size() == 1000 * 6 - 2);
  CHECK(canonical(most) == most);
  CHECK(fault(most + ", relu") == "column 6001 of the line: here the model comes to more than 1000 layers; try fewer layers");
  CHECK(fault(std::string(line_limit, ' ') + "relu") ==
        "a line of 100004 characters, and 100000 are the limit for a model as a line; try a shorter line, or the model in C++");
  CHECK(fault("batch_renorm r_max=[1: " + std::string(1000, '1') + "]").find("a word of 1005 characters, and 1000 are the limit") !=
        std::string::npos);
}

TEST_CASE("line: what is no line says so") {
  const auto refused = [](const Graph& graph) {
    try {
      return "made " + line_of(graph);
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const std::string no = "this model cannot be written as one line: ", cpp = "; try describing it in C++, as models/ does";
  CHECK(refused(residual_net()) == no + "layer 14 'add_1' reads 2 others, and a line has no branches" + cpp);
  Graph fork(digit);
  const Node x = fork.then(Node{0, 0}, Flatten());
  fork.then(x, Dense(2));
  fork.then(x, Dense(3));
  CHECK(refused(fork) == no + "layer 3 'dense_2' follows 'flatten_1', as 'dense_1' does, and a line has no branches" + cpp);
  Graph two(Shape{2});
  two.then(two.input(Shape{3}), Dense(1));
  CHECK(refused(two) == no + "it has 2 inputs" + cpp);
  Graph named;
  named.then(named.input(Shape{3}, "pixels"), Dense(1));
  CHECK(refused(named) ==
        no + "its input is named 'pixels', which a line has no place for; try Graph(shape), whose input is named 'input'");
  Graph early(digit);
  early.output(early.then(Node{0, 0}, Flatten()));
  early.then(Node{1, 0}, Dense(2));
  CHECK(refused(early) == no + "it has other outputs than its last layer" + cpp);
  early.output(Node{2, 0});
  CHECK(refused(early) == no + "it has other outputs than its last layer" + cpp);
  CHECK(refused(Sequential(Shape{3}, Square())) == no + "layer 1 'square_1' is a square, which is no layer of this library" + cpp);
  CHECK(refused(Sequential(Shape{3}, Named("a,b", Relu()))) ==
        no + "layer 1 'a,b': the name has no place in a line; try letters, digits and '_'");
  CHECK(refused(Graph(digit)) == "the model has no layers; try adding one: Sequential(Shape{1, 28, 28}, Flatten(), Dense(10))");
  Graph last(Shape{3});
  last.output(last.then(Node{0, 0}, Relu()));
  CHECK(line_of(last) == "relu");
}

TEST_CASE("line: the help has a row for each kind") {
  const std::string help = line_help();
  CHECK(help.find("\nconv2d FILTERS kernel=3 stride=1 pad=0 bias=true init=he_normal bias_init=zeros\n") != std::string::npos);
  CHECK(help.find("\nmax_pool2d KERNEL stride=KERNEL pad=0\n") != std::string::npos);
  CHECK(help.find("\nrelu\n") != std::string::npos);
  CHECK(help.find("per=channel input=false for_input\n") != std::string::npos);
  CHECK(help.find("concat") == std::string::npos);
}

}  // namespace cambium::models
