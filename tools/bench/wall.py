"""Wall time of a run with chosen steps beside SciPy's solvers and CVODE, at equal errors.

Random tanh networks of 1e3 to 1e6 synapses, the circuit of C. elegans and four dense layers. All
record x at RECORDS times. Of each solver the loosest tolerance is taken whose error over records,
|e| / (0.01 + |x|), is at most the one that is asked for; then all take turns, and medians are
printed, with ratios to the least of SciPy's and of CVODE's. SciPy and CVODE call W @ np.tanh(x) as
people write it; where it is not too large, SciPy's BDF is given the sparse Jacobian. What is
compiled is compiled before.

    pip install scikit-sundae       (without it CVODE is left out)
    python tools/bench/wall.py [--network tanh1e4-10] [--method tsit5] [--threads 1 --threads 2]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from motion import Array, Motion
from ode_solvers import SOLVERS
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array, diags_array, eye_array
from time_networks import CASES, described, one_trial, tanh_group

import hamsim

RECORDS = 5
ATOL = 0.01  # times rtol
ERRORS = (1e-3, 1e-6, 1e-9)
TOLERANCES = [10.0 ** (-k / 2) for k in range(3, 24)]
OWN = ("auto", "bs32", "tsit5", "dop853", "bdf")
LONGEST = 20.0  # seconds of a run after which no tighter tolerance is tried
SHORT = 0.02  # seconds of a run that is repeated before it is timed
# Neurons up to which solvers take part that hold a dense Jacobian, or factorise a sparse one.
DENSE, FACTORISED = 2000, 1000

Run = Callable[[float], Array]  # from rtol to states at the times of records


@dataclass(frozen=True)
class Problem:
    """A network, until when it runs, and what its solution is."""

    name: str
    network: hamsim.Network
    t_end: float
    stiff: bool = False

    @property
    def times(self) -> Array:
        return np.arange(RECORDS + 1) * (self.t_end / RECORDS)


# --- networks ----------------------------------------------------------------------------------


def tanh(synapses: int, degree: int, seed: int = 0) -> hamsim.Network:
    """Random symmetric weights, tau from 0.5 to 2, a start of order 1."""
    rng, n = np.random.default_rng(seed), synapses // degree
    i, j = rng.integers(0, n, (2, synapses // 2))
    i, j = i[i != j], j[i != j]
    half = coo_array((rng.normal(0, 0.8 / np.sqrt(degree), i.size), (i, j)), shape=(n, n))
    more = {"tau": 2.0 ** rng.uniform(-1, 1, n), "input": rng.normal(0, 0.3, n)}
    return hamsim.compile(tanh_group((half + half.T).tocsr(), rng.normal(size=n), **more))


def layers(seed: int = 0) -> hamsim.Network:
    """Four dense layers of 300 neurons, each ten times as fast as the one before."""
    rng, names = np.random.default_rng(seed), "abcd"
    groups = {
        name: {
            "size": 300,
            "lagrangian": "tanh",
            "tau": 0.5**k,
            "input": rng.normal(0, 0.3, 300),
            "initial": rng.normal(size=300),
        }
        for k, name in enumerate(names)
    }
    between = [
        {"between": list(pair), "weights": rng.normal(0, 0.5 / np.sqrt(300), (300, 300))}
        for pair in pairwise(names)
    ]
    return hamsim.compile(described(groups, *between))


def problems() -> dict[str, Callable[[], Problem]]:
    def make(name: str, network: Callable[[], hamsim.Network], t_end: float, stiff: bool) -> Any:
        return lambda: Problem(name, one_trial(network()), t_end, stiff)

    found = {}
    for power in (3, 4, 5, 6):
        for degree in (10, 100) if power > 3 else (10,):
            name = f"tanh1e{power}-{degree}"
            found[name] = make(name, partial(tanh, 10**power, degree), 30.0, False)
    found["layers"] = make("layers", layers, 30.0, False)
    found["celegans"] = make("celegans", CASES["celegans"].network, 200.0, True)
    return found


# --- ways --------------------------------------------------------------------------------------


def right_of(problem: Problem) -> Callable[[float, Array], Array]:
    """dx/dt as people write it."""
    network = problem.network
    motion = Motion(network, network.stimuli)
    if len(network.groups) > 1 or network.groups[0].lagrangian != "tanh" or network.stimuli:
        return motion.best
    W, current, rates = network.W, network.input, 1.0 / network.tau

    def right(t: float, x: Array) -> Array:
        u = W @ np.tanh(x)
        u += current
        u -= x
        u *= rates
        return u

    return right


def sparse_jacobian(problem: Problem) -> Callable[[float, Array], Any] | None:
    """d(dx/dt)/dx, of networks of tanh neurons alone."""
    network, n = problem.network, problem.network.n_neurons
    if network.stimuli or any(group.lagrangian != "tanh" for group in network.groups):
        return None
    rates = diags_array(1.0 / network.tau)

    def jacobian(t: float, x: Array) -> Any:
        slopes = diags_array(1.0 - np.tanh(x) ** 2)
        return (rates @ (network.W @ slopes - eye_array(n))).tocsc()

    return jacobian


def scipy_ways(problem: Problem) -> dict[str, Run]:
    start = Motion(problem.network, problem.network.stimuli).start(problem.network.initial)
    right, times, n = right_of(problem), problem.times, problem.network.n_neurons

    def run(method: str, rtol: float, **more: Any) -> Array:
        how = {"rtol": rtol, "atol": ATOL * rtol, "t_eval": times, **more}
        return np.ascontiguousarray(solve_ivp(right, (0, times[-1]), start, method, **how).y.T)

    found = {f"SciPy {name}": partial(run, name) for name in ("DOP853", "RK45")}
    if n <= DENSE:
        found["SciPy LSODA"] = partial(run, "LSODA")
    jacobian = sparse_jacobian(problem)
    if jacobian is not None and n <= FACTORISED:
        found["SciPy BDF"] = partial(run, "BDF", jac=jacobian)
    return found


def cvode_ways(problem: Problem) -> dict[str, Run]:
    found = {}
    motion, right = Motion(problem.network, problem.network.stimuli), right_of(problem)
    start = motion.start(problem.network.initial)
    for name in ("CVODE Adams", "CVODE BDF"):
        if SOLVERS[name].installed:
            prepared = SOLVERS[name].prepare(motion, right, start, problem.times)
            found[name] = lambda rtol, run=prepared: run(rtol, ATOL * rtol).x
    return found


def own_ways(problem: Problem, threads: int, methods: tuple[str, ...]) -> dict[str, Run]:
    record = hamsim.Record(every=problem.t_end / RECORDS, what=("x",))

    def run(method: str, rtol: float) -> Array:
        return hamsim.simulate(
            problem.network,
            method=method,
            t_end=problem.t_end,
            record=record,
            threads=threads,
            rtol=rtol,
            atol=ATOL * rtol,
        ).x

    return {f"{name}, {threads}": partial(run, name) for name in methods}


# --- measuring ---------------------------------------------------------------------------------


def error_of(x: Array, truth: Array) -> float:
    if x.shape != truth.shape or not np.isfinite(x).all():
        return math.inf
    return float((np.abs(x - truth) / (ATOL + np.abs(truth))).max())


def tolerances(run: Run, truth: Array) -> dict[float, float]:
    """The loosest tolerance for each of ERRORS, as far as one is found."""
    found: dict[float, float] = {}
    with contextlib.suppress(hamsim.HamsimError, RuntimeError, ValueError):
        run(TOLERANCES[0])  # compiles
    for rtol in TOLERANCES:
        began = time.perf_counter()
        try:
            error = error_of(run(rtol), truth)
        except (hamsim.HamsimError, RuntimeError, ValueError) as problem:
            print(f"  given up at rtol {rtol:.1g}: {problem}", file=sys.stderr)
            break
        for wanted in ERRORS:
            if error <= wanted:
                found.setdefault(wanted, rtol)
        if len(found) == len(ERRORS) or time.perf_counter() - began > LONGEST:
            break
    return found


def medians(
    ways: Mapping[str, Run],
    settings: Mapping[str, float],
    turns: int,
    clock: Callable[[], float],
) -> dict[str, float]:
    """Seconds of each way at its setting, in turn; fewer turns where they are long.

    Short ones are run once before they are timed: the first after another solver waits for what
    that has put out of the caches, half of the time of a run of a millisecond.
    """
    seconds: dict[str, list[float]] = {name: [] for name in settings}
    began = time.perf_counter()
    for turn in range(turns):
        for name, rtol in settings.items():
            for _ in range(1 if seconds[name] and seconds[name][-1] > SHORT else 2):
                before = clock()
                ways[name](rtol)
                spent = clock() - before
            seconds[name].append(spent)
        if turn >= 2 and time.perf_counter() - began > LONGEST:
            break
    return {name: statistics.median(values) for name, values in seconds.items()}


def best_of(seconds: Mapping[str, float], word: str) -> tuple[str, float]:
    found = {name: each for name, each in seconds.items() if word in name}
    name = min(found, key=lambda name: found[name], default="")
    return name, found.get(name, math.nan)


def compare(problem: Problem, given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Seconds of everyone at each of ERRORS."""
    ways = {**scipy_ways(problem), **cvode_ways(problem)}
    for threads in given.threads:
        ways |= own_ways(problem, threads, tuple(given.method))
    solve = scipy_ways(problem)["SciPy LSODA" if problem.stiff else "SciPy DOP853"]
    truth = solve(2.5e-14 if not problem.stiff else 1e-13)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {name: tolerances(run, truth) for name, run in ways.items()}
        for error in ERRORS:
            at = {name: found[error] for name, found in settings.items() if error in found}
            clock = time.process_time if given.processor else time.perf_counter
            seconds = medians(ways, at, given.turns, clock)
            yield {"network": problem.name, "error": error, "seconds": seconds, "rtol": at}


def show(row: Mapping[str, Any]) -> None:
    seconds = row["seconds"]
    (scipy, least), (cvode, other) = best_of(seconds, "SciPy"), best_of(seconds, "CVODE")
    print(f"{row['network']}, error {row['error']:.0e}: {scipy} {1e3 * least:.3g} ms", end="")
    print(f", {cvode} {1e3 * other:.3g} ms" if cvode else "")
    for name, each in seconds.items():
        if " " not in name.split(",")[0]:
            print(
                f"  {name:12s} {1e3 * each:9.3f} ms, {each / least:5.2f} of SciPy's"
                + (f", {each / other:5.2f} of CVODE's" if cvode else "")
                + f"   rtol {row['rtol'][name]:.1g}"
            )
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", action="append", choices=problems())
    parser.add_argument("--method", action="append", help="of hamsim; several times")
    parser.add_argument("--threads", action="append", type=int)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument(
        "--processor",
        action="store_true",
        help="time of the processor, for one thread on a machine that others use as well",
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    given.method, given.threads = given.method or OWN, given.threads or [1, 2]
    rows = []
    for name in given.network or problems():
        for row in compare(problems()[name](), given):
            show(row)
            rows.append(row)
            if given.json:
                given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
