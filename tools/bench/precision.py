"""Work and precision: how far the end is from the truth, and how long it takes to get there.

A sparse network of tanh neurons with unequal time constants is integrated to one time; the truth
is DOP853 at a relative tolerance of 1e-12. hamsim's methods go through a range of steps, SciPy's
solvers through a range of tolerances. Medians of turns; compiling is not timed.

    python tools/bench/precision.py [--neurons 2000] [--degree 50] [--repeats 5] [--plot FILE.png]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from cases import Array, Problem, normal, symmetric, write
from peers.loop import Loop
from scipy.integrate import solve_ivp

import hamsim

T_END = 5.0
# Numbers of steps; by Euler the error only halves when they double.
STEPS = {
    "euler": [2**k for k in range(5, 14)],
    "heun": [2**k for k in range(5, 13)],
    "rk4": [2**k for k in range(4, 11)],
}
TOLERANCES = [10.0**-k for k in range(2, 12)]
SOLVERS = ("RK45", "DOP853", "LSODA")


def network(folder: Path, n: int, degree: int) -> Path:
    """Random symmetric weights, time constants between 0.3 and 3."""
    tau = 10 ** np.random.default_rng(2).uniform(np.log10(0.3), np.log10(3), n)
    return write(folder, symmetric(n, degree, gain=1.0), normal(n), tau)


def own_runs(problem: Problem) -> dict[tuple[str, float], Callable[[], Array]]:
    """What hamsim does, by method and step."""
    built = hamsim.compile(problem.description)

    def run(method: str, steps: int) -> Array:
        dt = T_END / steps
        return hamsim.simulate(
            built,
            problem.start,
            method,
            dt,
            steps=steps,
            record=None,
            threads=problem.threads,
        ).final

    return {
        (f"hamsim {method}", T_END / steps): partial(run, method, steps)
        for method, counts in STEPS.items()
        for steps in counts
    }


def loop_runs(problem: Problem) -> dict[tuple[str, float], Callable[[], Array]]:
    """The Euler loop in NumPy and SciPy, by step."""
    found = {}
    for steps in STEPS["euler"]:
        loop = Loop(Problem(problem.folder, T_END / steps, problem.threads))
        found["NumPy Euler loop", T_END / steps] = partial(loop.run, steps)
    return found


def solver_runs(problem: Problem) -> dict[tuple[str, float], Callable[[], Array]]:
    """SciPy's solvers, by relative tolerance; the absolute one is a tenth of it."""

    def run(method: str, rtol: float) -> Array:
        return solve(problem, method, rtol)

    return {
        (f"SciPy {method}", rtol): partial(run, method, rtol)
        for method in SOLVERS
        for rtol in TOLERANCES
    }


def solve(problem: Problem, method: str, rtol: float) -> Array:
    tau = problem.tau

    def slope(t: float, x: Array) -> Array:
        return problem.rate(x) / tau

    options = {"rtol": rtol, "atol": rtol / 10, "t_eval": [T_END]}
    return solve_ivp(slope, (0, T_END), problem.start, method, **options).y[:, -1]


def measure(problem: Problem, repeats: int) -> list[dict[str, Any]]:
    """A row for each way and setting: error relative to the largest state, and seconds."""
    truth = solve(problem, "DOP853", 1e-12)
    size = np.abs(truth).max()
    runs = own_runs(problem) | loop_runs(problem) | solver_runs(problem)
    errors = {key: float(np.abs(run() - truth).max() / size) for key, run in runs.items()}
    times: dict[tuple[str, float], list[float]] = {key: [] for key in runs}
    for _ in range(repeats):
        for key, run in runs.items():
            begin = time.perf_counter()
            run()
            times[key].append(time.perf_counter() - begin)
    return [
        {
            "way": key[0],
            "setting": key[1],
            "error": errors[key],
            "seconds": statistics.median(times[key]),
        }
        for key in runs
    ]


def show(rows: list[dict[str, Any]]) -> None:
    print(f"{'':20s} {'dt or rtol':>11s} {'error':>10s} {'seconds':>10s}")
    last = None
    for row in rows:
        name = row["way"] if row["way"] != last else ""
        last = row["way"]
        print(f"{name:20s} {row['setting']:11.3g} {row['error']:10.2e} {row['seconds']:10.5f}")


def plot(rows: list[dict[str, Any]], title: str, path: Path) -> None:
    """Seconds over error, both logarithmic, with the names at the ends of the lines."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5.5), layout="constrained")
    lines: list[tuple[float, float, str, str]] = []
    ways = list(dict.fromkeys(row["way"] for row in rows))
    for number, way in enumerate(ways):
        own = way.startswith("hamsim")
        points = [row for row in rows if row["way"] == way]
        error = [row["error"] for row in points]
        seconds = [row["seconds"] for row in points]
        (line,) = axes.loglog(
            error,
            seconds,
            color=f"C{number}",
            marker="o" if own else "s",
            markersize=4,
            linewidth=2.0 if own else 1.0,
            linestyle="-" if own else "--",
        )
        lines.append((error[-1], seconds[-1], way, line.get_color()))
    write_names(axes, lines)
    low, high = min(row["error"] for row in rows), max(row["error"] for row in rows)
    axes.set_xlim(2 * high, low / 100)  # room for the names
    axes.set_xlabel("largest error at the end, relative to the largest state (right: more precise)")
    axes.set_ylabel("time of a run in s (down: faster)")
    axes.set_title(title, fontsize=11)
    axes.grid(which="major", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def write_names(axes: Any, ends: list[tuple[float, float, str, str]]) -> None:
    """Write each name at the end of its line; where two ends are close, the upper one higher."""
    placed: list[tuple[float, float]] = []
    for error, seconds, name, color in sorted(ends, key=lambda end: end[1]):
        place = np.log10(seconds)
        while any(abs(place - y) < 0.1 and abs(np.log10(error) - x) < 2 for x, y in placed):
            place += 0.02
        placed.append((np.log10(error), place))
        axes.annotate(
            name,
            (error, 10**place),
            xytext=(6, 0),
            textcoords="offset points",
            color=color,
            va="center",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=int, default=2000)
    parser.add_argument("--degree", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        problem = Problem(network(Path(folder), given.neurons, given.degree), threads=given.threads)
        rows = measure(problem, given.repeats)
        synapses = problem.synapses
    size = f"{given.neurons:,} tanh neurons, {synapses:,} synapses"
    title = f"{size}, tau from 0.3 to 3, to t = {T_END:g}"
    print(f"{title}; {given.threads} threads")
    show(rows)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if given.plot:
        plot(rows, f"Work and precision: {title}", given.plot)


if __name__ == "__main__":
    main()
