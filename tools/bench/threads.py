"""Whether two threads are ever slower than one: all sizes, on an idle and on a busy machine.

A busy machine has as many other processes that only count as it has processors, or half as many.
For each size the median step time with one thread and with several is printed, taken in turn.

    python tools/bench/threads.py [--threads 2] [--busy 0 1 2] [--repeats 7]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import hamsim
from hamsim.dynamics.run import PARALLEL_WORK

# Neurons, synapses a neuron, and trials.
SIZES = (
    *((100, 20, 1), (1000, 20, 1), (2000, 50, 1)),
    *((n * 1000, 100, 1) for n in (5, 10, 30, 100)),
    *((300, 50, 64), (1000, 50, 64), (2000, 50, 64), (20_000, 100, 16)),
)
SECONDS = 0.4  # of one turn


def network(n: int, degree: int) -> Any:
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": n, "lagrangian": "tanh"}},
            "connections": [
                {"within": "a", "weights": {"normal": {"std": 0.01}}, "density": degree / n}
            ],
        }
    )


@contextmanager
def others(count: int) -> Iterator[None]:
    """So many processes that keep a processor busy each."""
    started = [
        subprocess.Popen([sys.executable, "-c", "while True: sum(range(10**6))"])
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def stepper(built: Any, trials: int, threads: int) -> Callable[[int], float]:
    """Function of a number of steps: seconds that they take."""
    start = np.linspace(-1, 1, trials * built.n_neurons).reshape(trials, -1)
    start = start if trials > 1 else start[0]

    def run(steps: int) -> float:
        begin = time.perf_counter()
        hamsim.simulate(
            built, start, method="euler", dt=1e-3, steps=steps, record=None, threads=threads
        )
        return time.perf_counter() - begin

    return run


def compare(built: Any, trials: int, threads: int, repeats: int) -> list[float]:
    """Seconds a step, with one thread and with several."""
    runs = [stepper(built, trials, count) for count in (1, threads)]
    for run in runs:
        run(3)
    count = 4
    while runs[0](count) < SECONDS:
        count *= 2
    times: list[list[float]] = [[], []]
    for _ in range(repeats):
        for run, kept in zip(runs, times, strict=True):
            kept.append(run(count) / count)
    return [statistics.median(kept) for kept in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--busy", type=int, nargs="*", default=[0, 1, os.cpu_count() or 1])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--always", action="store_true", help="start threads for small work too")
    arguments = parser.parse_args()
    if arguments.always:
        hamsim.dynamics.run.PARALLEL_WORK = 0  # type: ignore[attr-defined]
    else:
        print(f"threads help from a work of {PARALLEL_WORK:,} on")
    built = [(network(n, degree), trials) for n, degree, trials in SIZES]
    for busy in arguments.busy:
        print(f"\n{busy} other processes: microseconds a step")
        several = f"{arguments.threads} threads"
        head = f"{'neurons':>9s} {'synapses':>11s} {'trials':>6s} {'1 thread':>10s}"
        print(f"{head} {several:>11s}  ratio")
        with others(busy):
            for each, trials in built:
                one, more = compare(each, trials, arguments.threads, arguments.repeats)
                print(
                    f"{each.n_neurons:9,d} {each.W.nnz:11,d} {trials:6d} {1e6 * one:10.2f} "
                    f"{1e6 * more:11.2f} {more / one:6.2f}"
                )


if __name__ == "__main__":
    main()
