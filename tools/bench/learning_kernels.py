"""Time what learning adds to the steps of a network: derivatives by weights, and new weights.

    python tools/bench/learning_kernels.py [--repeats 25]

Prints medians of interleaved repeats, in milliseconds and in steps of Euler's method as `simulate`
takes them in as many trials. Compiling is not timed.
"""

import argparse
import os
import platform
import statistics
import time

import numpy as np

import hamsim
from hamsim.layout.refill import arranged
from hamsim.learning.synapses import LearnedWeights, SynapseGradient
from hamsim.network import transposed

# Steps of two runs, whose difference is that of the steps.
MANY, FEW = 24, 4
TANH = {"lagrangian": "tanh", "initial": {"normal": {"std": 1}}}


def description(groups, *connections):
    return {"format": "hamsim/1", "seed": 1, "groups": groups, "connections": list(connections)}


def normal(std):
    return {"normal": {"std": std}}


NETWORKS = {
    "20,000 neurons, 200,000 edges, 16 trials": (
        16,
        description(
            {"a": {"size": 20_000, **TANH}}, {"within": "a", "weights": normal(0.1), "degree": 20}
        ),
    ),
    "the same, one way": (
        16,
        description(
            {"a": {"size": 20_000, **TANH}},
            {"from": "a", "to": "a", "weights": normal(0.1), "density": 0.001},
        ),
    ),
    "784-256-10, 32 trials": (
        32,
        description(
            {name: {"size": size, **TANH} for name, size in (("p", 784), ("h", 256), ("o", 10))},
            {"between": ["p", "h"], "weights": normal(0.02)},
            {"between": ["h", "o"], "weights": normal(0.1)},
        ),
    ),
    "kernel 5 x 5, 3 to 16 channels, 32 x 32, 32 trials": (
        32,
        description(
            {"image": {"shape": [32, 32, 3], **TANH}, "found": {"shape": [32, 32, 16], **TANH}},
            {
                "between": ["found", "image"],
                "weights": {"conv2d": {"kernel": normal(0.1), "window": 5, "padding": "same"}},
            },
        ),
    ),
}


def timed(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def measure(network, trials, repeats):
    """Medians of a step, a derivative, and a change of weights; all are called in turn."""
    rng = np.random.default_rng(0)
    a, g = (rng.normal(size=(trials, network.n_neurons)) for _ in range(2))
    gradient, learned = SynapseGradient(network, edges=False), LearnedWeights(network)

    def steps(count):
        hamsim.simulate(network, g, method="euler", dt=0.01, steps=count, record=None)

    def change():
        learned.changed()
        changed = learned.network
        arranged(changed, trials, "auto", np.float64)
        if not changed.symmetric:
            arranged(transposed(changed), trials, "auto", np.float64)

    calls = {
        "few": lambda: steps(FEW),
        "many": lambda: steps(MANY),
        "adjoint": lambda: gradient.adjoint(a, g),
        "contrast": lambda: gradient.contrast(a, g),
        "change": change,
    }
    for call in calls.values():
        call()
    times = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            times[name].append(timed(call))
    found = {name: statistics.median(values) for name, values in times.items()}
    step = (found.pop("many") - found.pop("few")) / (MANY - FEW)
    return {"step": step, **found}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, median ms")
    for title, (trials, written) in NETWORKS.items():
        found = measure(hamsim.compile(written), trials, repeats)
        step = found.pop("step")
        print(f"{title}: a step {1e3 * step:.3g}")
        for name, seconds in found.items():
            print(f"    {name:<10} {1e3 * seconds:8.3g}  {seconds / step:6.2f} steps")


if __name__ == "__main__":
    main()
