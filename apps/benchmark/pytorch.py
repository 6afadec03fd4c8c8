#!/usr/bin/env python3
"""The workloads of `benchmark` in PyTorch, timed in the same way, for a table with both side by side.

    pytorch.py                                            training and inference of W1 to W5 at batch 64, one thread
    pytorch.py --workload W3,W4 --batch 1,64 --threads 1,2
    pytorch.py --against build/apps/benchmark             Cambium and PyTorch in turn, with the ratio of their speeds

PyTorch gets what makes it fast on a CPU: channels_last for convolutions, oneDNN, as many threads as it is told and no more, and
inference_mode. It runs as it is written and as a script, which for inference is frozen and optimized; the faster one counts.
Debian's PyTorch has threads of OpenMP, and OpenBLAS has others that get in their way, so on several threads OpenBLAS for OpenMP is
taken where it is installed (apt-get install libopenblas0-openmp). The networks are those of apps/benchmark/workloads/networks.cpp.
W6 is missing: PyTorch has no online norm.

Every measurement is a process of its own: 0.15 s of steps that do not count, then 0.4 s of steps that are timed one by one, and of
these the median. The table shows the median of the rounds, and the peak memory of the process.
"""

import argparse
import glob
import json
import os
import resource
import statistics
import subprocess
import sys
import time

WARM_SECONDS, SECONDS, MOST_SECONDS, LEAST_STEPS = 0.15, 0.4, 6.0, 5


def version():
    """Asked of another process: the memory of this one counts in those that it starts, so PyTorch must stay out of it."""
    asked = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    if asked.returncode != 0:
        sys.exit("pytorch.py: this Python has no PyTorch; try apt-get install python3-torch and /usr/bin/python3")
    return asked.stdout.strip()


def build(name):
    import torch.nn as nn

    def mlp(widths, norm):
        layers, inputs = [nn.Flatten()], 28 * 28
        for width in widths:
            layers += [nn.Linear(inputs, width)] + ([nn.BatchNorm1d(width)] if norm else []) + [nn.ReLU(inplace=True)]
            inputs = width
        return nn.Sequential(*layers, nn.Linear(inputs, 10))

    def lenet():
        return nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 4 * 4, 10))

    def four_convolutions():
        layers, channels = [], 1
        for filters in (32, 64):
            for _ in range(2):
                layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]
                channels = filters
            layers.append(nn.MaxPool2d(2))
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(inplace=True), nn.Linear(128, 10))

    class Residual(nn.Module):
        """Two convolutions and a shortcut without weights: every second pixel, and zeros for the new channels."""

        def __init__(self, channels, filters):
            super().__init__()
            self.new = filters - channels
            self.path = nn.Sequential(
                nn.Conv2d(channels, filters, 3, stride=2 if self.new else 1, padding=1, bias=False), nn.BatchNorm2d(filters),
                nn.ReLU(inplace=True), nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters))

        def forward(self, x):
            y = self.path(x)
            if self.new > 0:
                x = nn.functional.pad(x[:, :, ::2, ::2], [0, 0, 0, 0, 0, self.new])
            return nn.functional.relu_(y + x)

    def resnet20():
        layers, channels = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)], 16
        for filters in (16, 32, 64):
            for _ in range(3):
                layers.append(Residual(channels, filters))
                channels = filters
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))

    return {
        "W1": lambda: mlp([256, 128], norm=False),
        "W2": lambda: mlp([256, 128], norm=True),
        "W3": lenet,
        "W4": four_convolutions,
        "W5": resnet20,
        "W7": lambda: mlp([500, 300], norm=False),
    }[name]()


WORKLOADS = ["W1", "W2", "W3", "W4", "W5", "W7"]


def median_step(step):
    """The median time of step(i), in seconds."""
    done, begin = 0, time.perf_counter()
    while done < 3 or time.perf_counter() - begin < WARM_SECONDS:
        step(done)
        done += 1
    times, begin = [], time.perf_counter()
    while True:
        before = time.perf_counter()
        step(done)
        after = time.perf_counter()
        done += 1
        times.append(after - before)
        elapsed = after - begin
        if (elapsed >= SECONDS and len(times) >= LEAST_STEPS) or elapsed >= MOST_SECONDS:
            return statistics.median(times)


def measure(name, batch, threads, mode, how):
    """One measurement, in this process. `how` is "written" or "script". Returns the samples per second."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, images = build(name), name in ("W3", "W4", "W5")
    size = (3, 32, 32) if name == "W5" else (1, 28, 28)
    batches = 2 if batch >= 1024 else 4 if batch >= 64 else 16
    xs = [torch.rand(batch, *size) for _ in range(batches)]
    ys = [torch.randint(10, (batch,)) for _ in range(batches)]
    if images:
        model = model.to(memory_format=torch.channels_last)
        xs = [x.contiguous(memory_format=torch.channels_last) for x in xs]

    model.train(mode == "train")
    if how == "script":
        model = torch.jit.script(model)

    if mode == "infer":
        with torch.inference_mode():
            if how == "script":
                model = torch.jit.optimize_for_inference(torch.jit.freeze(model))
            return batch / median_step(lambda i: model(xs[i % batches]))

    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(i):
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(xs[i % batches]), ys[i % batches])
        loss.backward()
        optimizer.step()
        return loss.item()

    return batch / median_step(step)


def environment(who, threads):
    settings = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    folders = glob.glob("/usr/lib/*/openblas-openmp")
    if who == "PyTorch" and threads > 1 and folders:
        settings.update(LD_LIBRARY_PATH=folders[0], OMP_PROC_BIND="true")
    return settings


def run(who, command, threads):
    """Runs a measurement as a process of its own; returns its last line as JSON, or None when it failed."""
    result = subprocess.run(command, env=environment(who, threads), capture_output=True, text=True)
    if result.returncode != 0:
        said = result.stderr.strip().splitlines()
        print(f"  {who} failed:", said[-1] if said else result.returncode, file=sys.stderr)
        return None
    return json.loads(result.stdout.strip().splitlines()[-1])


def candidates(cell, against):
    """(who, command) for one cell of the table."""
    name, batch, threads, mode = cell
    options = ["--workload", name, "--batch", str(batch), "--threads", str(threads), "--mode", mode]
    me = [sys.executable, os.path.abspath(__file__)]
    found = [("PyTorch", me + options + ["--one", how]) for how in ("written", "script")]
    if against:
        found.append(("Cambium", [against, "--bench-line"] + options))
    return found


def measure_cell(cell, rounds, against):
    """For each of the two the figures of all rounds, as (samples per second, MB): the best way of each round."""
    figures = {"PyTorch": [], "Cambium": []}
    for _ in range(rounds):
        best = {}
        for who, command in candidates(cell, against):
            line = run(who, command, cell[2])
            if line is not None:
                best[who] = max(best.get(who, (0, 0)), (line["samples_per_s"], line["peak_rss_mb"]))
        for who, figure in best.items():
            figures[who].append(figure)
    return figures


def show(cell, figures):
    name, batch, threads, mode = cell
    speeds = {who: sorted(speed for speed, _ in some) for who, some in figures.items()}
    line = f"| {name} | {batch} | {threads} | {mode} |"
    for who in ("PyTorch", "Cambium"):
        if speeds[who]:
            middle = statistics.median(speeds[who])
            memory = statistics.median(megabytes for _, megabytes in figures[who])
            line += f" {middle:,.0f} ({speeds[who][0]:,.0f} .. {speeds[who][-1]:,.0f}) | {memory:.0f} |"
        elif who == "PyTorch":
            line += " | |"
    if speeds["PyTorch"] and speeds["Cambium"]:
        line += f" {statistics.median(speeds['Cambium']) / statistics.median(speeds['PyTorch']):.2f} |"
    print(line, flush=True)


def listed(kind, allowed=None):
    def read(text):
        values = [kind(part) for part in text.split(",")]
        for value in values:
            if allowed and value not in allowed:
                raise argparse.ArgumentTypeError(f"'{value}' is not one of {', '.join(map(str, allowed))}")
            if kind is int and value < 1:
                raise argparse.ArgumentTypeError(f"{value} must be at least 1")
        return values

    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", type=listed(str, WORKLOADS), default=["W1", "W2", "W3", "W4", "W5"], metavar="NAME,..")
    parser.add_argument("--batch", type=listed(int), default=[64], metavar="N,..")
    parser.add_argument("--threads", type=listed(int), default=[1], metavar="N,..")
    parser.add_argument("--mode", choices=["train", "infer", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--against", metavar="PROGRAM", help="Cambium's benchmark, measured in turn")
    parser.add_argument("--one", choices=["written", "script"], help="one measurement in this process, as a line of JSON")
    options = parser.parse_args()
    if options.one:
        cell = options.workload[0], options.batch[0], options.threads[0], options.mode
        speed = measure(*cell, options.one)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"samples_per_s": speed, "peak_rss_mb": memory}))
        return

    print(f"PyTorch {version()}\n")
    both = ["Cambium /s (least .. most)", "MB", "ratio"] if options.against else []
    columns = ["workload", "batch", "threads", "mode", "PyTorch /s (least .. most)", "MB"] + both
    print("| " + " | ".join(columns) + " |\n|" + "---|" + "--:|" * 2 + "---|" + "--:|" * (len(columns) - 4))
    modes = ["train", "infer"] if options.mode == "both" else [options.mode]
    try:
        for name in options.workload:
            for batch in options.batch:
                for threads in options.threads:
                    for mode in modes:
                        cell = name, batch, threads, mode
                        show(cell, measure_cell(cell, options.rounds, options.against))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
