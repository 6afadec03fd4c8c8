# Trains one of our models in PyTorch, from our weights and on our batches, and writes what became of it.
#   train_torch.py MODEL OPTIMIZER FILE TO
# FILE and TO are safetensors files: parameters by our names; x (steps, batch, ...), labels (steps, batch); losses (steps), and
# those of the same training in double.
import json
import struct
import sys

import torch
import torch.nn.functional as F

TYPES = {"F64": (torch.float64, 8), "F32": (torch.float32, 4), "I64": (torch.int64, 8)}


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, of in header.items():
        first, last = of["data_offsets"]
        kind, _ = TYPES[of["dtype"]]
        tensors[name] = torch.frombuffer(values[first:last], dtype=kind).reshape(of["shape"]).clone()
    return tensors


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        kind = "F64" if tensor.dtype == torch.float64 else "F32"
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def dense(p, x, i):
    return F.linear(x, p[f"dense_{i}.weight"], p[f"dense_{i}.bias"])


def norm(p, x, i):
    return F.batch_norm(x, None, None, p[f"affine_{i}.gamma"], p[f"affine_{i}.beta"], training=True, eps=1e-5)


def conv(p, x, i, pad):
    return F.conv2d(x, p[f"conv2d_{i}.weight"], padding=pad)


def input_norm(x):
    return F.batch_norm(x, None, None, training=True, eps=0.0)


def mlp(p, x):
    x = F.relu(dense(p, x.flatten(1), 1))
    return dense(p, F.relu(dense(p, x, 2)), 3)


def conv_bn(p, x):
    x = F.max_pool2d(F.relu(norm(p, conv(p, input_norm(x), 1, 2), 1)), 2)
    x = F.max_pool2d(F.relu(norm(p, conv(p, x, 2, 0), 2)), 2)
    return dense(p, x.flatten(1), 1)


def residual(p, x):
    def block(x, i):
        y = F.relu(norm(p, conv(p, x, i, 1), i))
        return F.relu(x + norm(p, conv(p, y, i + 1, 1), i + 1))

    x = F.max_pool2d(F.relu(norm(p, conv(p, input_norm(x), 1, 1), 1)), 2)
    x = block(x, 2)
    x = F.max_pool2d(F.relu(norm(p, conv(p, x, 4, 1), 4)), 2)
    x = block(x, 5)
    return dense(p, x.mean((2, 3)), 1)


def train(model, how, given, x, labels):
    for parameter in given.values():
        parameter.requires_grad_(True)
    if how == "sgd":
        optimizer = torch.optim.SGD(given.values(), lr=0.01, momentum=0.9)
    else:
        optimizer = torch.optim.Adam(given.values(), lr=1e-3)
    losses = []
    for step in range(x.shape[0]):
        loss = F.cross_entropy(model(given, x[step]), labels[step])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64)


torch.set_num_threads(1)
model = {"mlp": mlp, "conv_bn": conv_bn, "residual": residual}[sys.argv[1]]
given = read(sys.argv[3])
x, labels = given.pop("x"), given.pop("labels")
double = {name: tensor.double().clone() for name, tensor in given.items()}
given["losses"] = train(model, sys.argv[2], given, x, labels)
given["losses_in_double"] = train(model, sys.argv[2], double, x.double(), labels)
write(sys.argv[4], given)
