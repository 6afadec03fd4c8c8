#!/usr/bin/env python3
"""What others reach on a stream: the last label, logistic regression and a network of PyTorch, both behind a running scaler.

    /usr/bin/python3 apps/stream/baselines.py --label class [--rows N] [--stream build/apps/stream] FILE.csv ...

Each row is predicted and then learnt, as by stream; the rates are the best of those that are tried on the file itself, so these
figures flatter. With --stream the program is run on the same file, seeds 1 to 3. Needs PyTorch and NumPy.
"""
import argparse
import csv
import re
import statistics
import subprocess
import time

import numpy
import torch


def read(path, label, rows):
    with open(path, newline="") as file:
        reader = csv.reader(file)
        names = next(reader)
        at = names.index(label)
        cells = [row for _, row in zip(range(rows), reader)]
    x = numpy.array([[float(cell) for i, cell in enumerate(row) if i != at] for row in cells], dtype=numpy.float32)
    classes = sorted({row[at] for row in cells})
    return x, numpy.array([classes.index(row[at]) for row in cells]), len(classes)


class Scaler:
    """Mean and deviation of all rows before this one."""

    def __init__(self, columns):
        self.n, self.mean, self.m2 = 0, numpy.zeros(columns), numpy.zeros(columns)

    def take(self, x):
        scale = numpy.sqrt(self.m2 / self.n) if self.n > 1 else numpy.ones_like(self.mean)
        z = (x - self.mean) / numpy.where(scale > 0, scale, 1)
        self.n += 1
        d = x - self.mean
        self.mean = self.mean + d / self.n
        self.m2 = self.m2 + d * (x - self.mean)
        return z.astype(numpy.float32)


def last_label(x, y, classes):
    return float(numpy.mean(y[1:] == y[:-1]))


def network(x, y, classes, layers, rate, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    sizes = [x.shape[1], *layers]
    parts = []
    for a, b in zip(sizes, sizes[1:]):
        parts += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    net = torch.nn.Sequential(*parts, torch.nn.Linear(sizes[-1], classes))
    step, loss, scaler, right = torch.optim.SGD(net.parameters(), lr=rate), torch.nn.CrossEntropyLoss(), Scaler(x.shape[1]), 0
    start = time.perf_counter()
    for row, label in zip(x, y):
        out = net(torch.from_numpy(scaler.take(row))[None])
        right += int(out.argmax()) == label
        step.zero_grad()
        loss(out, torch.tensor([int(label)])).backward()
        step.step()
    return right / len(y), len(y) / (time.perf_counter() - start)


def ours(program, path, label, seed):
    done = subprocess.run([program, "--label", label, "--task", "classify", "--seed", str(seed), "--no-events", "--out", "/dev/null", path],
                          capture_output=True, text=True, check=True)
    accuracy = float(re.search(r"accuracy ([0-9.]+) %", done.stderr).group(1)) / 100
    return accuracy, float(re.search(r"rows(?: and \d+ broken ones)?, ([0-9.]+) rows/s", done.stderr).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--label", required=True)
    parser.add_argument("--rows", type=int, default=10**9)
    parser.add_argument("--stream")
    parser.add_argument("--rates", default="0.01,0.1")
    options = parser.parse_args()
    print("| file | learner | accuracy | rows/s |\n|---|---|--:|--:|")
    for path in options.files:
        x, y, classes = read(path, options.label, options.rows)
        name = path.split("/")[-1]
        print(f"| {name} | as the last one | {100 * last_label(x, y, classes):.2f} % | |", flush=True)
        for what, layers in (("logistic regression, running scaler", []), ("MLP 64-32, running scaler, PyTorch", [64, 32])):
            tried = [network(x, y, classes, layers, float(rate), 1) for rate in options.rates.split(",")]
            best = max(tried)
            print(f"| {name} | {what} | {100 * best[0]:.2f} % | {best[1]:,.0f} |", flush=True)
        if options.stream:
            runs = [ours(options.stream, path, options.label, seed) for seed in (1, 2, 3)]
            print(f"| {name} | stream, median of seeds 1 to 3 | {100 * statistics.median(r[0] for r in runs):.2f} % | "
                  f"{statistics.median(r[1] for r in runs):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
