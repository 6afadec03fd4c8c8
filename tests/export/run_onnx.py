# run_onnx.py FILE.onnx...: reads each as the format is described, without any package, runs it as the operators of opset 13 are
# described, and compares with FILE.json. Prints "FILE ERROR" where the error, as a part of 1 + the largest |y|, is beyond 1e-5,
# and in the end "worst ERROR". run_onnx.py --show FILE.onnx prints what stands in it. Sums are in double.
import itertools
import json
import math
import struct
import sys

sys.dont_write_bytecode = True  # beside the sources
from wire import fields  # noqa: E402


def message_of(data):
    """The fields of a message: number -> list of values, in their order."""
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


def text(message, field):
    return message[field][0].decode("utf-8", "strict")


class Tensor:
    """Values with sizes, the last fastest."""

    def __init__(self, sizes, values):
        self.sizes, self.values = list(sizes), list(values)
        if math.prod(self.sizes) != len(self.values):
            raise ValueError(f"{len(self.values)} values for {self.sizes}")

    def spread(self, sizes):
        """As ONNX broadcasts to larger sizes: matched from the last on, and 1 repeats."""
        own = [1] * (len(sizes) - len(self.sizes)) + self.sizes
        steps, step = [], 1
        for size, wanted in zip(reversed(own), reversed(sizes)):
            if size not in (1, wanted):
                raise ValueError(f"{self.sizes} does not spread to {sizes}")
            steps.insert(0, 0 if size == 1 else step)
            step *= size
        return [self.values[sum(i * s for i, s in zip(index, steps))] for index in itertools.product(*map(range, sizes))]


def each(f):
    return lambda node, x: Tensor(x.sizes, map(f, x.values))


def both(f):
    def run(node, a, b):
        rank = max(len(a.sizes), len(b.sizes))
        sizes = [max(p) for p in zip([1] * (rank - len(a.sizes)) + a.sizes, [1] * (rank - len(b.sizes)) + b.sizes)]
        return Tensor(sizes, map(f, a.spread(sizes), b.spread(sizes)))
    return run


def gemm(node, x, w, b=None):
    rows, inputs = x.sizes
    outputs, depth = w.sizes
    assert node["transB"] == 1 and depth == inputs
    bias = b.values if b else [0.0] * outputs
    return Tensor([rows, outputs], [bias[o] + sum(x.values[r * inputs + i] * w.values[o * inputs + i] for i in range(inputs))
                                    for r in range(rows) for o in range(outputs)])


def windows(node, sizes):
    """For each output position, what of a channel lies under the window: (place in the kernel, place in the channel)."""
    (kh, kw), (sh, sw), (top, left, bottom, right) = node["kernel_shape"], node["strides"], node["pads"]
    height, width = sizes[2:]
    rows, columns = (height + top + bottom - kh) // sh + 1, (width + left + right - kw) // sw + 1
    places = []
    for i, j in itertools.product(range(rows), range(columns)):
        under = [(u * kw + v, (i * sh + u - top) * width + j * sw + v - left) for u in range(kh) for v in range(kw)
                 if 0 <= i * sh + u - top < height and 0 <= j * sw + v - left < width]
        places.append(under)
    return rows, columns, places


def conv(node, x, w, b=None):
    rows, columns, places = windows(node, x.sizes)
    samples, channels, area, kernel = x.sizes[0], x.sizes[1], x.sizes[2] * x.sizes[3], w.sizes[2] * w.sizes[3]
    assert w.sizes[1] == channels and w.sizes[2:] == node["kernel_shape"]
    y = []
    for n, f in itertools.product(range(samples), range(w.sizes[0])):
        for under in places:
            y.append((b.values[f] if b else 0.0) +
                     sum(w.values[(f * channels + c) * kernel + k] * x.values[(n * channels + c) * area + at]
                         for c in range(channels) for k, at in under))
    return Tensor([samples, w.sizes[0], rows, columns], y)


def max_pool(node, x):
    rows, columns, places = windows(node, x.sizes)
    planes, area = x.sizes[0] * x.sizes[1], x.sizes[2] * x.sizes[3]
    return Tensor(x.sizes[:2] + [rows, columns], [max(x.values[p * area + at] for _, at in under)
                                                  for p in range(planes) for under in places])


def mean_of_rows(x, rows):
    n = len(x.values) // rows
    return [math.fsum(x.values[r * n:(r + 1) * n]) / n for r in range(rows)]


def reduce_mean(node, x):
    assert node["axes"] == [len(x.sizes) - 1] and node["keepdims"] == 1
    return Tensor(x.sizes[:-1] + [1], mean_of_rows(x, math.prod(x.sizes[:-1])))


def global_average_pool(node, x):
    return Tensor(x.sizes[:2] + [1] * (len(x.sizes) - 2), mean_of_rows(x, x.sizes[0] * x.sizes[1]))


def softmax(node, x):
    assert node["axis"] == 1
    y, channels, positions = list(x.values), x.sizes[1], math.prod(x.sizes[2:])
    for first in range(0, len(y), channels * positions):
        for place in range(first, first + positions):
            along = slice(place, first + channels * positions, positions)
            powers = [math.exp(value - max(y[along])) for value in y[along]]
            y[along] = [power / sum(powers) for power in powers]
    return Tensor(x.sizes, y)


def flatten(node, x):
    assert node["axis"] == 1
    return Tensor([x.sizes[0], math.prod(x.sizes[1:])], x.values)


def reshape(node, x, sizes):
    return Tensor([x.sizes[i] if size == 0 else size for i, size in enumerate(sizes.values)], x.values)


def concat(node, *all_x):
    assert node["axis"] == 1
    y = []
    for n in range(all_x[0].sizes[0]):
        for x in all_x:
            each_size = len(x.values) // x.sizes[0]
            y += x.values[n * each_size:(n + 1) * each_size]
    sizes = all_x[0].sizes
    return Tensor([sizes[0], sum(x.sizes[1] for x in all_x)] + sizes[2:], y)


def pad(node, x, pads):
    rank = len(x.sizes)
    assert all(p == 0 for i, p in enumerate(pads.values) if i != rank + 1)
    samples, more = x.sizes[0], pads.values[rank + 1]
    rest, n = math.prod(x.sizes[2:]), len(x.values) // samples
    y = []
    for s in range(samples):
        y += x.values[s * n:(s + 1) * n] + [0.0] * (more * rest)
    return Tensor([samples, x.sizes[1] + more] + x.sizes[2:], y)


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


OPERATORS = {
    "Gemm": gemm, "Conv": conv, "MaxPool": max_pool, "GlobalAveragePool": global_average_pool, "Flatten": flatten,
    "Reshape": reshape, "Concat": concat, "Pad": pad, "ReduceMean": reduce_mean, "Softmax": softmax,
    "Identity": lambda node, x: x, "Relu": each(lambda x: max(x, 0.0)), "Tanh": each(math.tanh), "Sigmoid": each(sigmoid),
    "Sqrt": each(math.sqrt), "Add": both(lambda a, b: a + b), "Sub": both(lambda a, b: a - b),
    "Mul": both(lambda a, b: a * b), "Div": both(lambda a, b: a / b),
    "Clip": lambda node, x, least, most: Tensor(x.sizes, [min(max(v, least.values[0]), most.values[0]) for v in x.values]),
}


def attributes_of(node):
    found = {}
    for attribute in map(message_of, node.get(5, [])):
        kind = attribute[20][0]
        found[text(attribute, 1)] = attribute[3][0] if kind == 2 else attribute[8]
    return found


def constant_of(tensor):
    kind, raw = tensor[2][0], tensor.get(9, [b""])[0]
    letter, size = {1: ("f", 4), 7: ("q", 8)}[kind]
    return Tensor(tensor.get(1, []), struct.unpack(f"<{len(raw) // size}{letter}", raw))


def declared(value):
    """The name and the sizes of an input or output."""
    sizes = message_of(message_of(message_of(value[2][0])[1][0])[2][0]).get(1, [])
    return text(value, 1), [text(d, 2) if 2 in d else d[1][0] for d in map(message_of, sizes)]


class Model:
    def __init__(self, path):
        with open(path, "rb") as file:
            model = message_of(file.read())
        assert model[1] == [7] and message_of(model[8][0])[2] == [13], "IR version 7 and operator set 13"
        assert text(model, 2) == "Cambium"
        graph = message_of(model[7][0])
        self.notes = {text(p, 1): text(p, 2) for p in map(message_of, model.get(14, []))}
        self.nodes = [message_of(node) for node in graph.get(1, [])]
        self.constants = {text(t, 8): constant_of(t) for t in map(message_of, graph.get(5, []))}
        self.inputs = [declared(message_of(value)) for value in graph[11]]
        self.outputs = [declared(message_of(value)) for value in graph[12]]
        names = list(self.constants) + [n for n, _ in self.inputs] + [n.decode() for node in self.nodes for n in node[2]]
        assert len(names) == len(set(names)), "a name is there twice"

    def run(self, inputs):
        values = {**self.constants, **inputs}
        for node in self.nodes:
            x = [values[name.decode()] for name in node[1]]
            values[text(node, 2)] = OPERATORS[text(node, 4)](attributes_of(node), *x)
        return {name: values[name] for name, _ in self.outputs}


def single(value):
    """The float that such digits stand for."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def error_of(path):
    with open(path[:-len(".onnx")] + ".json", encoding="utf-8") as file:
        wanted = json.load(file)
    model = Model(path)
    assert [name for name, _ in model.inputs] == list(wanted["inputs"]), "other inputs"
    assert [name for name, _ in model.outputs] == list(wanted["outputs"]), "other outputs"
    got = model.run({name: Tensor(x["sizes"], map(single, x["values"])) for name, x in wanted["inputs"].items()})
    most = worst = 0.0
    for name, sizes in model.outputs:
        y, ours = got[name], wanted["outputs"][name]
        assert y.sizes == ours["sizes"] and sizes == ["N"] + y.sizes[1:], f"{name} is {y.sizes}, declared as {sizes}"
        for a, b in zip(y.values, ours["values"]):
            worst = max(worst, abs(a - b)) if a == a else math.inf
            most = max(most, abs(b))
    return worst / (1 + most)


def show(path):
    model = Model(path)
    for name, sizes in model.inputs:
        print("input", name, sizes)
    for node in model.nodes:
        inputs = [n.decode() + (str(self.sizes) if (self := model.constants.get(n.decode())) else "") for n in node[1]]
        print(text(node, 4), " ".join(inputs), "->", text(node, 2), attributes_of(node) or "")
    for name, sizes in model.outputs:
        print("output", name, sizes)
    for key, value in model.notes.items():
        print("note", key, "=", value)


def main(arguments):
    if arguments[0] == "--show":
        return show(arguments[1])
    worst = 0.0
    for path in arguments:
        error = error_of(path)
        if error > 1e-5:
            print(path, error)
        worst = max(worst, error)
    print("worst", worst)


main(sys.argv[1:])
