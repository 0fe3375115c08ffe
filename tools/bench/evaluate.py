"""Time what is evaluated of a prepared network: velocity, energy, new weights, SciPy's solver.

    python tools/bench/evaluate.py [--repeats 15]

Prints medians of interleaved repeats, and what they are compared with: NumPy's own line where a
network is small, a step of Euler's method in `simulate` where it is large. Compiling is not timed.
"""

import argparse
import os
import platform
import statistics
import time

import numpy as np
from scipy.integrate import solve_ivp

import hamsim

NEURONS, DEGREE = 20_000, 50
# Steps of two runs, whose difference is that of the steps, and calls that a median is taken of.
MANY, FEW, TIMES = 12, 4, 20


def timed(function, calls):
    """Seconds of a call: the median of some calls, of which a busy machine disturbs a few."""
    found = []
    for _ in range(calls):
        began = time.perf_counter()
        function()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def small(n):
    """A network with all synapses, its velocity, and the same in NumPy."""
    rng = np.random.default_rng(0)
    W = rng.normal(size=(n, n)) / np.sqrt(n)
    W = (W + W.T) / 2
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": n, "lagrangian": "tanh"}},
        "connections": [{"within": "a", "weights": W, "self_connections": True}],
    }
    network = hamsim.compile(description)
    tau, current = network.tau, network.input
    x = rng.normal(size=n)
    return (
        x,
        lambda x: hamsim.velocity(network, x),
        lambda x: (W @ np.tanh(x) + current - x) / tau,
    )


def stepper(network, x):
    """A function that runs so many steps of `simulate`, without records."""

    def run(steps):
        hamsim.simulate(network, x, method="euler", dt=0.01, steps=steps, record=None)

    return run


def large_rows(repeats):
    """Rows of the table about a large network, in steps."""
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": 1,
            "groups": {"a": {"size": NEURONS, "lagrangian": "tanh"}},
            "connections": [
                {"within": "a", "weights": {"normal": {"std": 0.02}}, "degree": DEGREE}
            ],
        }
    )
    x = np.random.default_rng(1).normal(size=NEURONS)
    edges = 0.5 * network.W.data
    run = stepper(network, x)
    wanted = {
        "velocity": lambda: hamsim.velocity(network, x),
        "energy": lambda: hamsim.energy(network, x),
        "with_weights": lambda: network.with_weights(edges=edges),
        "with_weights, velocity": lambda: hamsim.velocity(network.with_weights(edges=edges), x),
        "replace(tau=)": lambda: network.replace(tau=2.0),
    }
    found = {name: [] for name in ("many", "few", *wanted)}
    run(MANY)
    for function in wanted.values():
        function()
    for _ in range(repeats):
        found["many"].append(timed(lambda: run(MANY), TIMES))
        found["few"].append(timed(lambda: run(FEW), TIMES))
        for name, function in wanted.items():
            found[name].append(timed(function, TIMES))
    times = {name: statistics.median(seconds) for name, seconds in found.items()}
    step = (times.pop("many") - times.pop("few")) / (MANY - FEW)
    return [("step", step, 1.0)] + [(name, own, own / step) for name, own in times.items()]


def small_rows(repeats):
    """Rows about small networks, in times that NumPy takes."""
    rows = []
    x, ours, numpys = small(100)
    ours(x)
    pairs = [(timed(lambda: ours(x), 1000), timed(lambda: numpys(x), 1000)) for _ in range(repeats)]
    rows.append(("velocity, 100 neurons", pairs))
    x, ours, numpys = small(500)
    ours(x)

    def solve(line):
        return solve_ivp(lambda t, x: line(x), (0.0, 20.0), x)

    pairs = [
        (timed(lambda: solve(ours), 1), timed(lambda: solve(numpys), 1)) for _ in range(repeats)
    ]
    rows.append(("RK45, 500 neurons", pairs))
    return [
        (name, *(statistics.median(column) for column in zip(*pairs, strict=True)))
        for name, pairs in rows
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    print(f"{platform.machine()}, {os.cpu_count()} cores; us")
    for name, ours, numpys in small_rows(repeats):
        print(f"{name:24}{1e6 * ours:12.1f}{ours / numpys:8.2f} times NumPy's {1e6 * numpys:.1f}")
    print(f"{NEURONS:,} neurons, {NEURONS * DEGREE:,} synapses")
    for name, seconds, ratio in large_rows(repeats):
        print(f"{name:24}{1e6 * seconds:12.1f}{ratio:8.2f} steps")


if __name__ == "__main__":
    main()
