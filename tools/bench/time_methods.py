"""Work and precision of every method of hamsim beside SciPy's, CVODE's and diffrax's solvers.

Work is the number of products W g and the time of a run, both against the largest error over
records, |e| / (0.01 + |x|), on the networks of `time_networks.py`. Curves go through a range of
tolerances, or of steps, and are interpolated to equal errors. Those who call back for dx/dt get
the faster of NumPy's and hamsim's. Times are the least of several turns; compiling is not timed.

    pip install scikit-sundae diffrax       (who is not installed is left out)
    python tools/bench/time_methods.py [--network NAME] [--method NAME] [--plot FILE.svg]
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from motion import Array, Motion
from ode_solvers import SOLVERS, Outcome, Prepared, TooMuch
from time_networks import CASES, Case
from truth import RECORDS, Truth, error_of, times_of, truth_of
from work_precision import Curve, Point

import hamsim
from hamsim.dynamics.timeline.stepsize import fastest_rate
from hamsim.methods import METHODS

ATOL = 0.01  # times rtol
TOLERANCES = [10.0**-k for k in range(2, 12)]
# Steps of methods that have fixed ones, in units of the fastest rate of the network.
STEPS = [2.0**-k for k in range(-1, 7)]
MOST_STEPS = 100_000
LONGEST = 5.0  # seconds of a run after which none is asked for more precision
TOLD = (1e-3, 1e-6, 1e-9)


class Result(NamedTuple):
    """Error, products and seconds of one run; the setting is rtol or dt."""

    setting: float
    error: float
    products: float
    seconds: float


@dataclass(frozen=True)
class Problem:
    """A network with what its solution is."""

    name: str
    case: Case
    network: hamsim.Network
    motion: Motion
    times: Array
    truth: Truth

    @classmethod
    def named(cls, name: str) -> Problem:
        case = CASES[name]
        network = case.network()
        motion = Motion(network, network.stimuli)
        return cls(name, case, network, motion, times_of(case.t_end), truth_of(name, case))


def own(problem: Problem, method: str) -> Iterator[tuple[float, Prepared]]:
    """Runs of a method of hamsim: a setting, and what runs with it."""
    chosen = method == "auto" or METHODS[method].steps == "chosen"
    every = problem.case.t_end / RECORDS
    record = hamsim.Record(every=every, what=("x",))
    if chosen:
        for rtol in TOLERANCES:
            yield rtol, _own(problem, record, method=method, rtol=rtol, atol=ATOL * rtol)
        return
    rate = fastest_rate(problem.network)
    for step in STEPS:
        count = math.ceil(every * rate / step)
        if count * RECORDS <= MOST_STEPS:
            yield every / count, _own(problem, record, method=method, dt=every / count)


def _own(problem: Problem, record: hamsim.Record, **how: Any) -> Prepared:
    def run(rtol: float, atol: float) -> Outcome:
        end = problem.case.t_end
        trace = hamsim.simulate(problem.network, t_end=end, record=record, **how)
        products = getattr(trace.stats, "products", trace.stats.evaluations)
        return Outcome(trace.x, float(np.mean(products)))

    return run


def others(problem: Problem, name: str) -> Iterator[tuple[float, Prepared]]:
    """Runs of a solver of a library."""
    motion, start = problem.motion, problem.motion.start(problem.network.initial)
    run = SOLVERS[name].prepare(motion, motion.best, start, problem.times)
    for rtol in TOLERANCES:
        yield rtol, run


def measure(problem: Problem, name: str, repeats: int) -> list[Result]:
    """All runs of a method of hamsim or of a solver; it is given up when it takes too long."""
    found = []
    for setting, run in others(problem, name) if name in SOLVERS else own(problem, name):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                began = time.perf_counter()
                outcome = run(setting, ATOL * setting)
                seconds = time.perf_counter() - began
                # Some compile what the first run is of.
                again = repeats if found else max(1, repeats)
                seconds = min([seconds, *_seconds(run, setting, again)])
        except (TooMuch, hamsim.HamsimError) as error:
            if isinstance(error, hamsim.HamsimError):
                print(f"{problem.name}, {name}: {error}")
            break
        error = error_of(outcome.x, problem.truth.x, 1.0, ATOL)
        found.append(Result(setting, error, outcome.products, seconds))
        if seconds > LONGEST:
            break
    return found


def _seconds(run: Prepared, setting: float, repeats: int) -> Iterator[float]:
    """Times of further runs, fewer of long ones."""
    for _ in range(repeats):
        began = time.perf_counter()
        run(setting, ATOL * setting)
        yield time.perf_counter() - began
        if time.perf_counter() - began > 1.0:
            return


def ways(problem: Problem, only: list[str] | None) -> list[str]:
    """Who takes part in a network's comparison."""
    n, stiff = problem.network.n_neurons, problem.case.stiff
    adaptive = "rtol" in inspect.signature(hamsim.simulate).parameters
    found = ["auto"] * adaptive + [
        name for name in METHODS if not getattr(METHODS[name], "noisy", False)
    ]
    explicit = ("SciPy DOP853", "SciPy RK45", "CVODE Adams", "diffrax Tsit5")
    found += [
        name
        for name, solver in SOLVERS.items()
        if solver.installed and solver.can(n) and not (stiff and name in explicit)
    ]
    return [name for name in found if not only or any(word in name for word in only)]


def curves(results: Mapping[str, list[Result]], what: str) -> dict[str, Curve]:
    """Work over error of everyone, in products or in seconds."""
    found = {}
    for name, rows in results.items():
        points = [Point(row.error, getattr(row, what)) for row in rows]
        curve = Curve.through(points)
        if curve.points:
            found[name] = curve
    return found


def table(name: str, grows: float, results: Mapping[str, list[Result]]) -> Iterator[str]:
    """Products and milliseconds at equal errors, and errors in tolerances, less what grows."""
    head = "".join(f"{f'at {error:g}':>20s}" for error in TOLD)
    yield f"{name:18s}{head}   error / rtol / growth at " + ", ".join(f"{tol:g}" for tol in TOLD)
    work, clock = curves(results, "products"), curves(results, "seconds")
    for way, rows in results.items():
        cells = []
        for error in TOLD:
            products = work[way].at(error) if way in work else math.nan
            seconds = clock[way].at(error) if way in clock else math.nan
            cells.append(f"{products:10.0f} {1e3 * seconds:7.1f} ms")
        met = [
            f"{row.error / row.setting / grows:.2g}"
            for tol in TOLD
            for row in rows
            if math.isclose(row.setting, tol)
        ]
        yield f"  {way:16s}{''.join(cells)}   {', '.join(met)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", action="append", choices=CASES)
    parser.add_argument("--method", action="append", help="part of a name; several times")
    parser.add_argument("--repeats", type=int, default=3, help="further runs for the time")
    parser.add_argument("--json", type=Path, help="keep the figures, those of earlier runs too")
    parser.add_argument("--plot", type=Path, help="draw what --json keeps, or what was measured")
    given = parser.parse_args()
    kept: dict[str, dict[str, list[Any]]] = {}
    if given.json and given.json.exists():
        kept = json.loads(given.json.read_text(encoding="utf-8"))
    for name in given.network or CASES:
        problem = Problem.named(name)
        results = {way: measure(problem, way, given.repeats) for way in ways(problem, given.method)}
        kept.setdefault(name, {}).update(results)
        merged = {way: [Result(*row) for row in rows] for way, rows in kept[name].items()}
        print("\n".join(table(name, problem.truth.growth, merged)), flush=True)
        if given.json:
            given.json.write_text(json.dumps(kept), encoding="utf-8")
    if given.plot:
        from work_precision import plot

        drawn = {
            name: curves(
                {way: [Result(*r) for r in rows] for way, rows in found.items()}, "products"
            )
            for name, found in kept.items()
        }
        plot(drawn, given.plot)


if __name__ == "__main__":
    main()
