"""Time the functions of the Lagrangians in plain loops, beside NumPy's on the same data.

    python tools/bench/primitives.py [REPEATS]

Each loop runs over 2048 numbers, which stay in the first cache; compiling is not counted. Runs are
interleaved, and the figures are medians.
"""

import os
import platform
import statistics
import sys
import time

import numpy as np
from numba import njit

from hamsim.lagrangians import primitives, special

SIZE = 2048
INNER = 10  # calls per reading of the clock
HILL_EXPONENT = 2.5
POSITIVE = {"hill_dual", "hill_integral", "log", "log1p", "mills", "mills_excess", "softsign_dual"}


def loop(function):
    @njit(error_model="numpy")
    def run(x, out):
        for k in range(x.shape[0]):
            out[k] = function(x[k])

    return run


def loop_of_two(function):
    @njit(error_model="numpy")
    def run(x, out):
        for k in range(x.shape[0]):
            out[k] = function(x[k], HILL_EXPONENT)

    return run


def nanoseconds(function, x, out):
    began = time.perf_counter()
    for _ in range(INNER):
        function(x, out)
    return (time.perf_counter() - began) / (INNER * SIZE) * 1e9


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    x = 3.0 * np.random.default_rng(0).standard_normal(SIZE)
    out = np.empty(SIZE)
    rows = {}
    for module in (primitives, special):
        for name in module.__all__:
            make = loop_of_two if name.startswith("hill") else loop
            rows[name] = (make(getattr(module, name)), np.abs(x) if name in POSITIVE else x)
            if hasattr(np, name):
                rows[f"np.{name}"] = (getattr(np, name), rows[name][1])
    times = {name: [] for name in rows}
    for function, data in rows.values():
        function(data, out)
    for _ in range(repeats):
        for name, (function, data) in rows.items():
            times[name].append(nanoseconds(function, data, out))

    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {repeats} repeats"
    )
    print(f"{'ns per element':20} {'hamsim':>8} {'numpy':>8}")
    for name in rows:
        if not name.startswith("np."):
            numpys = times.get(f"np.{name}")
            beside = f"{statistics.median(numpys):8.2f}" if numpys else ""
            print(f"{name:20} {statistics.median(times[name]):8.2f} {beside}".rstrip())


if __name__ == "__main__":
    main()
