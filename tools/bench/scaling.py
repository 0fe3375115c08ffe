"""How step time, compile time and memory grow from 1e4 to 1e8 synapses.

Random symmetric networks of tanh neurons with 100 synapses each. Printed are the median time of
an Euler step, the exponent of a straight line through the logarithms, and the memory of what
a run needs over the bytes of the weights as they are stored.

    python tools/bench/scaling.py [--most 1e8] [--threads 2]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

import numpy as np

import hamsim
from hamsim.dynamics.simulate import prepare

DEGREE = 100
REPEATS = 5
SECONDS = 0.5


def network(synapses: int) -> Any:
    n = max(400, synapses // DEGREE)
    density = synapses / n**2
    weights = {"weights": {"normal": {"std": 0.01}}, "density": density}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": n, "lagrangian": "tanh"}},
            "connections": [{"within": "a", **weights}],
        }
    )


def step_time(built: Any, threads: int) -> float:
    start = np.linspace(-1, 1, built.n_neurons)

    def run(steps: int) -> float:
        begin = time.perf_counter()
        hamsim.simulate(
            built, start, method="euler", dt=1e-3, steps=steps, record=None, threads=threads
        )
        return time.perf_counter() - begin

    run(2)
    steps = 3
    while run(steps) < SECONDS:
        steps *= 2
    return statistics.median((run(steps + 1) - run(1)) / steps for _ in range(REPEATS))


def memory(built: Any) -> tuple[int, int]:
    """Bytes of the stored weights, and of everything that a run holds."""
    start = np.zeros(built.n_neurons)
    run = prepare(built, start, "euler", dt=1e-3, steps=1, record=None, threads=1)
    run.driver.begin(run.schedule.stretches[0])
    bundles = (*run.layout.plan, *run.parts.engine.buffers, *run.parts.engine.forces)
    held = sum(part.nbytes for part in bundles if isinstance(part, np.ndarray))
    return run.layout.bytes, held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=float, default=1e8)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    sizes = [10**k for k in range(4, 9) if 10**k <= arguments.most]
    counts, times = [], []
    print("   synapses   neurons   compile       step  ns a synapse  weights   held   ratio")
    for synapses in sizes:
        begin = time.perf_counter()
        built = network(synapses)
        compiled = time.perf_counter() - begin
        each = step_time(built, arguments.threads)
        weights, held = memory(built)
        counts.append(built.W.nnz)
        times.append(each)
        print(
            f"{built.W.nnz:11,d} {built.n_neurons:9,d} {compiled:7.2f} s {1e3 * each:8.4f} ms "
            f"{1e9 * each / built.W.nnz:10.2f} {weights / 1e6:10.4g} {held / 1e6:6.4g} MB "
            f"{held / weights:6.2f}"
        )
    exponent = np.polyfit(np.log(counts), np.log(times), 1)[0]
    print(f"step time grows with the {exponent:.3f}-th power of the synapses")


if __name__ == "__main__":
    main()
