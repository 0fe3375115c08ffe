"""Time the activation pass of each Lagrangian on one core, beside NumPy and a formula of the same.

    python tools/bench/activation.py [NAME ...] [--neurons 100000] [--trials 1] [--repeats 31]

Prints nanoseconds a neuron, medians of interleaved repeats; compiling is not timed.
"""

import argparse
import os
import platform
import statistics
import time

import numpy as np

import hamsim
from hamsim.kernels.addresses import make_table
from hamsim.kernels.step import evaluate
from hamsim.kernels.team import make_board
from hamsim.kernels.works import make_programs
from hamsim.lagrangians.table import TABLE
from hamsim.layout.arrange import arrange
from hamsim.layout.buffers import make_buffers


def softmax(x):
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


NUMPY = {
    "identity": lambda x: 1.0 * x,
    "relu": lambda x: np.maximum(x, 0.0),
    "exponential": np.exp,
    "softplus": lambda x: np.logaddexp(0.0, x),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "tanh": np.tanh,
    "arctan": np.arctan,
    "asinh": np.arcsinh,
    "softmax": softmax,
    "layer_norm": lambda x: (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5),
}


FORMULAS = {
    "identity": "x**2/2",
    "relu": "max(x, 0)**2/2",
    "sigmoid": "log(1 + exp(b*x))/b",
    "tanh": "log(cosh(b*x))/b",
    "softmax": "log(sum(exp(b*x)))/b",
    "ghostmax": "log(1 + sum(exp(b*x)))/b",
    "spherical": "sqrt(sum(x**2) + 1/100000)",
    "layer_norm": "sum(1)*sqrt(mean((x - mean(x))**2) + 1/100000)",
    "power": "x**4/4",
}


def compiled(lagrangian, x):
    """The pass of one family over all neurons, without arguments."""
    neurons, trials = x.shape
    description = {
        "format": "hamsim/1",
        "parameters": {} if isinstance(lagrangian, str) else {"b": 1.0},
        "groups": {"a": {"size": neurons, "lagrangian": lagrangian}},
    }
    layout = arrange(hamsim.compile(description), ["activate"], trials=trials)
    buffers = make_buffers(layout, x, stages=1)
    programs = make_programs(layout.plan, False, 1, trials)
    programs = programs._replace(evaluate=programs.evaluate[:1].copy())
    table, board = make_table(layout.plan, buffers, programs), make_board(alone=True)
    kept = layout, buffers, programs  # what the table points to
    return lambda kept=kept: evaluate(board, table)


def passes(names, neurons, trials):
    """Named functions without arguments, each one pass over all neurons."""
    x = np.random.default_rng(0).normal(size=(neurons, trials))
    found = {}
    for name in names:
        found[name, "hamsim"] = compiled(name, x)
        if name in FORMULAS:
            found[name, "formula"] = compiled({"expression": FORMULAS[name]}, x)
        if name in NUMPY:
            found[name, "numpy"] = lambda f=NUMPY[name]: f(x)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", default=list(TABLE))
    parser.add_argument("--neurons", type=int, default=100_000)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=31)
    given = parser.parse_args()
    found = passes(given.names, given.neurons, given.trials)
    times = {key: [] for key in found}
    for run in range(given.repeats + 1):
        for key, function in found.items():
            began = time.perf_counter()
            function()
            if run:  # the first one may compile
                times[key].append(time.perf_counter() - began)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; "
        f"{given.neurons:,} neurons, {given.trials} trials; ns a neuron and trial"
    )
    scale = 1e9 / (given.neurons * given.trials)
    columns = ("hamsim", "formula", "numpy")
    print(f"{'':22}" + "".join(f"{column:>9}" for column in columns))
    for name in given.names:
        cells = [
            f"{statistics.median(times[name, column]) * scale:9.2f}"
            if (name, column) in times
            else " " * 9
            for column in columns
        ]
        print(f"{name:22}{''.join(cells)}")


if __name__ == "__main__":
    main()
