// Lines that are no model: what each is told. And any text is a model or an Error.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cambium/cambium.h"
#include "cambium/models/line.h"
#include "cambium/models/parts/line_kind.h"

namespace cambium::models {
namespace {

struct Refused {
  const char *line, *said;
};

const Refused table[] = {
    {"", "the line has no layers; try \"flatten, dense 10\""},
    {"   ", "the line has no layers; try \"flatten, dense 10\""},
    {"conv 16 q5",
     "column 9 of the line, layer 1 'conv 16 q5': conv2d has no option 'q5'; try filters, kernel, stride, pad, bias, init, "
     "bias_init"},
    {"conv 16 kernal=5",
     "column 9 of the line, layer 1 'conv 16 kernal=5': conv2d has no option 'kernal' (did you mean 'kernel'?); try filters, "
     "kernel, stride, pad, bias, init, bias_init"},
    {"conv", "column 1 of the line, layer 1 'conv': conv2d needs a number, its filters; try 'conv 16'"},
    {"pool s2", "column 1 of the line, layer 1 'pool s2': max_pool2d needs a number, its kernel; try 'pool 2'"},
    {"conv 16 32",
     "column 9 of the line, layer 1 'conv 16 32': conv2d takes one number, its filters, and '32' is a second one; try options by "
     "name: filters, kernel, stride, pad, bias, init, bias_init"},
    {"relu 3", "column 6 of the line, layer 1 'relu 3': relu takes no number, and got '3'; try relu alone"},
    {"relu slope=2",
     "column 6 of the line, layer 1 'relu slope=2': relu has no options, and got 'slope'; try a comma, if another layer begins "
     "here"},
    {"affine 3",
     "column 8 of the line, layer 1 'affine 3': affine takes no number, and got '3'; try its options by name: gamma, beta, per"},
    {"cnov 16", "column 1 of the line, layer 1 'cnov 16': no layer is named 'cnov' (did you mean 'conv'?); try KINDS"},
    {"batch_nrom",
     "column 1 of the line, layer 1 'batch_nrom': no layer is named 'batch_nrom' (did you mean 'batch_norm'?); try KINDS"},
    {"5 conv",
     "column 1 of the line, layer 1 '5 conv': a layer begins with its kind, and not with a number; try 'conv 16', or '3x(conv 16, "
     "relu)'"},
    {"3x conv 16",
     "column 1 of the line, layer 1 '3x conv 16': a layer begins with its kind, and not with a number; try 'conv 16', or '3x(conv "
     "16, relu)'"},
    {"dense(10)",
     "column 1 of the line, layer 1 'dense(10)': what belongs to a layer stands behind it without brackets and commas; try dense "
     "10"},
    {"conv2d(16, k5)",
     "column 1 of the line, layer 1 'conv2d(16, k5)': what belongs to a layer stands behind it without brackets and commas; try "
     "conv2d 16 k5"},
    {"conv 16 affine", "column 9 of the line, layer 1 'conv 16 affine': 'affine' is a layer of its own; try a comma before it"},
    {"relu tanh", "column 6 of the line, layer 1 'relu tanh': 'tanh' is a layer of its own; try a comma before it"},
    {",relu", "column 1 of the line: there is no layer before this ','; try one comma between two layers"},
    {"relu,", "column 6 of the line: the line ends where a layer should stand; try a layer there"},
    {"relu,,relu", "column 6 of the line: there is no layer before this ','; try one comma between two layers"},
    {"3x(relu", "column 3 of the line: this bracket is never closed; try ')' at its end"},
    {"3x(", "column 4 of the line: the line ends where a layer should stand; try a layer there"},
    {"3x()", "column 4 of the line: there is no layer before this ')'; try one comma between two layers"},
    {"relu)", "column 5 of the line: a bracket is closed that was not opened; try the line without it"},
    {"(relu, relu)", "column 1 of the line: a bracket without a number of times; try 2x(conv 16, relu)"},
    {"0x(relu)", "column 1 of the line: a bracket that comes 0 times; try 1 or more times"},
    {"1001x(relu)", "column 1 of the line: here the model comes to more than 1000 layers; try fewer layers"},
    {"30x(40x(relu))", "column 1 of the line: here the model comes to more than 1000 layers; try fewer layers"},
    {"99999999999999999999x(relu)", "column 1 of the line: here the model comes to more than 1000 layers; try fewer layers"},
    {"1x(1x(1x(1x(1x(1x(1x(1x(1x(relu)))))))))", "column 25 of the line: more than 8 brackets inside each other; try fewer"},
    {"3x(relu) flatten", "column 10 of the line: there is no comma after the bracket; try 3x(conv 16, relu), flatten"},
    {"3x(relu) as block", "column 10 of the line: there is no comma after the bracket; try 3x(conv 16, relu), flatten"},
    {"conv 16 k5]", "column 11 of the line: a bracket is closed that was not opened; try the line without it"},
    {"conv 16 init=uniform(0.05]", "column 26 of the line: another bracket is closed than was opened; try ( with ), [ with ]"},
    {"batch_renorm r_max=[5000: 1", "column 20 of the line: this bracket is never closed; try ')' or ']' at its end"},
    {"dense ten", "column 7 of the line, layer 1 'dense ten': dense has no option 'ten'; try outputs, bias, init, bias_init"},
    {"dense 99999999999",
     "column 7 of the line, layer 1 'dense 99999999999': outputs: '99999999999' is not a whole number below 2^31; try outputs=16"},
    {"dense 1e3", "column 7 of the line, layer 1 'dense 1e3': outputs: '1e3' is not a whole number below 2^31; try outputs=16"},
    {"dense 3.5", "column 7 of the line, layer 1 'dense 3.5': outputs: '3.5' is not a whole number below 2^31; try outputs=16"},
    {"flatten, dense -3", "column 10 of the line, layer 2 'dense -3': dense with -3 outputs: it needs at least 1; try dense 10"},
    {"conv 3x3", "column 6 of the line, layer 1 'conv 3x3': filters: '3x3' is not a whole number below 2^31; try filters=16"},
    {"conv 16 k99999999999",
     "column 9 of the line, layer 1 'conv 16 k99999999999': kernel: '99999999999' is not a size, 3 or 3x5 (height x width); try "
     "kernel=3"},
    {"conv 16 kernel",
     "column 9 of the line, layer 1 'conv 16 kernel': kernel needs a value: a size, 3 or 3x5 (height x width); try kernel=3"},
    {"conv 16 kernel=",
     "column 9 of the line, layer 1 'conv 16 kernel=': kernel needs a value: a size, 3 or 3x5 (height x width); try kernel=3"},
    {"conv 16 k5 kernel=3",
     "column 19 of the line, layer 1 'conv 16 k5 kernel=3': kernel is given twice, '5' and '3'; try one of the two"},
    {"conv 16 no_bias bias",
     "column 17 of the line, layer 1 'conv 16 no_bias bias': bias is given twice, 'false' and 'true'; try one of the two"},
    {"conv 16 no_kernel",
     "column 9 of the line, layer 1 'conv 16 no_kernel': conv2d has no option 'no_kernel' (did you mean 'kernel'?); try filters, "
     "kernel, stride, pad, bias, init, bias_init"},
    {"conv 16 bias=maybe",
     "column 14 of the line, layer 1 'conv 16 bias=maybe': bias: 'maybe' is not true or false; try bias=true"},
    {"conv 16 k0",
     "column 1 of the line, layer 1 'conv 16 k0': kernel 0: it must be at least 1 in both directions; try a kernel of 3"},
    {"conv 16 k3x",
     "column 9 of the line, layer 1 'conv 16 k3x': kernel: '3x' is not a size, 3 or 3x5 (height x width); try kernel=3"},
    {"conv 16 k4 pad=same",
     "column 1 of the line, layer 1 'conv 16 k4 pad=same': pad=same needs an odd kernel, and it is 4; try kernel=3"},
    {"conv 16 stride=same",
     "column 16 of the line, layer 1 'conv 16 stride=same': stride: 'same' is not a size, 3 or 3x5 (height x width); try stride=1"},
    {"conv 16 init=unifrm(0.05)",
     "column 14 of the line, layer 1 'conv 16 init=unifrm(0.05)': init: 'unifrm(0.05)' is not one of zeros, ones, constant(0.05), "
     "uniform(0.05), normal(0.05), glorot_uniform, glorot_normal, he_uniform, he_normal; try init=he_normal"},
    {"conv 16 init=uniform",
     "column 14 of the line, layer 1 'conv 16 init=uniform': init: 'uniform' is not one of zeros, ones, constant(0.05), "
     "uniform(0.05), normal(0.05), glorot_uniform, glorot_normal, he_uniform, he_normal; try init=he_normal"},
    {"conv 16 init=he_normal(2)",
     "column 14 of the line, layer 1 'conv 16 init=he_normal(2)': init: 'he_normal(2)' is not one of zeros, ones, constant(0.05), "
     "uniform(0.05), normal(0.05), glorot_uniform, glorot_normal, he_uniform, he_normal; try init=he_normal"},
    {"batch_norm epsilon=nan",
     "column 20 of the line, layer 1 'batch_norm epsilon=nan': epsilon: 'nan' is not a number; try epsilon=1e-5"},
    {"affine per=elephant",
     "column 12 of the line, layer 1 'affine per=elephant': per: 'elephant' is not one of channel, element, pooled; try "
     "per=channel"},
    {"dropout 1.5",
     "column 1 of the line, layer 1 'dropout 1.5': dropout with rate 1.5: the rate must be at least 0 and below 1; try dropout "
     "0.5"},
    {"streaming_norm k0.3",
     "column 16 of the line, layer 1 'streaming_norm k0.3': 'k0.3' may stand for kappa_forward or kappa_backward; try "
     "kappa_forward=0.3"},
    {"streaming_norm forward=[0.5, 0.5]",
     "column 24 of the line, layer 1 'streaming_norm forward=[0.5, 0.5]': forward: '[0.5, 0.5]' is not three weights, [long, "
     "short, current]; try forward=[0.5, 0.5, 0]"},
    {"batch_renorm r_max=[5000: 1, 400: 3]",
     "column 20 of the line, layer 1 'batch_renorm r_max=[5000: 1, 400: 3]': r_max: a ramp with step 400 after step 5000, and "
     "steps must increase; try r_max=[5000: 1, 40000: 3]"},
    {"batch_renorm r_max=[]",
     "column 20 of the line, layer 1 'batch_renorm r_max=[]': r_max: '[]' is not a number, or points such as [5000: 1, 40000: 3]; "
     "try r_max=[5000: 1, 40000: 3]"},
    {"relu for_input",
     "column 6 of the line, layer 1 'relu for_input': relu has no options, and got 'for_input'; try a comma, if another layer "
     "begins here"},
    {"group_norm 2 for_input",
     "column 14 of the line, layer 1 'group_norm 2 for_input': group_norm has no option 'for_input'; try groups, epsilon"},
    {"add",
     "column 1 of the line, layer 1 'add': add takes several inputs, and a line has no branches; try a Graph in C++, with its call "
     "join(): models/residual.cpp has one"},
    {"head:", "column 5 of the line, layer 1 'head:': there is no layer after the name; try 'head: dense 10'"},
    {"head: relu as tail",
     "column 15 of the line, layer 1 'head: relu as tail': the layer has a name already, 'head'; try one of the two"},
    {"relu as", "column 6 of the line, layer 1 'relu as': there is no name after 'as'; try 'dense 10 as head'"},
    {"relu as a.b",
     "column 1 of the line: 'relu as a.b': layer 1 a.b: the name holds a blank, a dot or a quote; came from input; try letters, "
     "digits and '_'"},
    {"relu as input", "column 1 of the line: 'relu as input': layer 1 input: the name is taken; came from input; try another name"},
    {"flatten, dense 10 as head, dense 10 as head",
     "column 28 of the line: 'dense 10 as head': layer 3 head (outputs 10, bias true, init he_normal, bias_init zeros): the name "
     "is taken; came from head; try another name"},
    {"relu with", "column 6 of the line, layer 1 'relu with': there is no setting after 'with'; try 'with rate=0.1'"},
    {"relu with speed=3",
     "column 11 of the line, layer 1 'relu with speed=3': the parameters of a layer have no setting 'speed'; try rate, freeze, "
     "moving_statistics, l1, l2, limit"},
    {"relu with rate", "column 11 of the line, layer 1 'relu with rate': rate needs a value: a number; try rate=1"},
    {"relu with rate=-1",
     "column 1 of the line, layer 1 'relu with rate=-1': settings of relu: rate = -1, which must be a finite factor of at least 0; "
     "try rate=1"},
    {"größe 3",
     "column 3 of the line: the byte 0xc3 in 'größe 3' is no character of plain ASCII; try letters, digits, '_', and the signs = : "
     ", ( ) [ ]"},
    {"dense 10",
     "column 1 of the line: 'dense 10': layer 1 dense_1 (outputs 10, bias true, init he_normal, bias_init zeros): needs a flat "
     "input, got 1x28x28; came from input; try a flatten before it"},
    {"flatten, pool 2",
     "column 10 of the line: 'pool 2': layer 2 max_pool2d_1 (kernel 2, stride 2, pad 0): needs an image of channels x height x "
     "width, got 784; came from flatten_1; try an input of three sizes, such as Shape{1, 28, 28}"},
    {"pool 2, 2x(pool 2), pool 2, pool 2",
     "column 29 of the line: 'pool 2': layer 5 max_pool2d_5 (kernel 2, stride 2, pad 0): input 1x1x1 is smaller than the kernel "
     "2x2 (pad 0); came from max_pool2d_4; try pad=1 or fewer poolings"},
    {"conv 2000000000",
     "column 1 of the line: 'conv 2000000000': layer 1 conv2d_1 (filters 2000000000, kernel 3, stride 1, pad 0, bias true, init "
     "he_normal, bias_init zeros): shape 2000000000x26x26: one sample has more than 2^31 - 1 values; came from input; try smaller "
     "samples"},
    {"conv 3 pad=2147483647",
     "column 1 of the line: 'conv 3 pad=2147483647': layer 1 conv2d_1 (filters 3, kernel 3, stride 1, pad 2147483647, bias true, "
     "init he_normal, bias_init zeros): input 1x28x28 with pad 2147483647 on each side has more than 2^31 - 1 rows or columns; "
     "came from input; try a smaller pad"},
    {"group_norm 2",
     "column 1 of the line: 'group_norm 2': layer 1 group_norm_1 (groups 2, epsilon 1e-5): an input of 1x28x28 has 1 channels, "
     "which cannot be divided into 2 groups; came from input; try group_norm 1, or batch_norm or online_norm, which compare "
     "samples"},
    {"instance_norm, flatten, instance_norm",
     "column 25 of the line: 'instance_norm': layer 3 instance_norm_2 (epsilon 1e-5): an input of 784 has one value in each group, "
     "and its normalization is always 0; came from flatten_1; try layer_norm, or batch_norm or online_norm, which compare samples"},
};

// In the table KINDS stands for all of them.
std::string with_kinds(std::string said) {
  std::string kinds;
  for (const std::string& name : line::kind_names()) kinds += (kinds.empty() ? "" : ", ") + name;
  if (const std::size_t at = said.find("KINDS"); at != said.npos) said.replace(at, 5, kinds);
  return said;
}

const char* const good[] = {
    "conv 16 k5, batch_norm, affine, relu, pool 2, flatten, dense 10",
    "batch_norm for_input, 2x(conv 8 k3 pad=same no_bias, bn momentum=0.2, affine per=element, relu), avg_pool, head: dense 10",
    "pool 2x3 stride=1, online_norm alpha=0.9 start=cold, tanh, flatten, dropout 0.3, dense 4 with rate=0.5 l2=1e-4 as out",
    "streaming_norm forward=[0.5, 0.25, 0.25] kappa_forward=0.3, batch_renorm r_max=[5000: 1, 40000: 3], group_norm 3, 3x(clamp 2)",
    "flatten, 2x(linear 20 init=uniform(0.05) bias_init=constant(1), 2x(sigmoid), layer_norm epsilon=1e-3), range_norm samples=5",
};

// One to three changes: a byte taken away, put in or changed, a piece written twice, or the end of another line.
std::string mutated(Random random) {
  std::uint64_t n = 0;
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random.below(n++, limit)); };
  const std::string signs = " ,=:()[]0123456789xk-.e_abn\x80";
  std::string text = good[below(std::size(good))];
  for (std::size_t i = 0, changes = 1 + below(3); i < changes; ++i) {
    const std::size_t at = below(text.size() + 1), length = below(12);
    const std::size_t way = below(5);
    if (way == 0) text.erase(at, 1 + length / 4);
    if (way == 1) text.insert(at, 1, signs[below(signs.size())]);
    if (way == 2 && at < text.size()) text[at] = signs[below(signs.size())];
    if (way == 3) text.insert(at, text.substr(at, length));
    if (way == 4) text = text.substr(0, at) + std::string(good[below(std::size(good))]).substr(std::min<std::size_t>(at, 60));
  }
  return text;
}

}  // namespace

TEST_CASE("line: what is wrong with a line, and where") {
  CHECK(std::size(table) >= 80);
  for (const Refused& wrong : table) {
    CAPTURE(wrong.line);
    std::string said = "nothing";
    try {
      graph_from_line(Shape{1, 28, 28}, wrong.line);
    } catch (const Error& error) {
      said = error.what();
    }
    CHECK(said == with_kinds(wrong.said));
  }
}

TEST_CASE("line: a single byte, whichever, and one between two words") {
  for (int c = 0; c < 256; ++c)
    for (const std::string& line : {std::string(1, static_cast<char>(c)), "relu" + std::string(1, static_cast<char>(c)) + "relu"})
      if (c != ',' && c != ':') CHECK_THROWS_AS(graph_from_line(Shape{4}, line), Error);
}

TEST_CASE("line: 20,000 changed lines are models that come back, or errors") {
  for (const char* line : good) CHECK_NOTHROW(graph_from_line(Shape{3, 9, 9}, line));
  int models = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::string line = mutated(Random(5).of(i));
    CAPTURE(line);
    std::string printed;
    try {
      printed = line_of(graph_from_line(Shape{3, 9, 9}, line));
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
      continue;
    }
    ++models;
    CHECK(line_of(graph_from_line(Shape{3, 9, 9}, printed)) == printed);
  }
  CHECK(models > 900);
}

}  // namespace cambium::models
