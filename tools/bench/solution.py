"""Time to solution: from the same start to rest, beside what people use instead.

At rest max|W g + I - x| is at most the tolerance. Explicit Euler has the same step for all, and
hamsim's other methods have it too; hamsim also chooses one for accuracy all the way (`dt: auto`),
and SciPy's solve_ivp stops at an event. Printed are the seconds of a warm run, the median of
several in turn; how far its end is from that of the first, relative to the largest state; and apart
from them what building and compiling takes, and the first run.

    pip install '.[bench]'
    python tools/bench/solution.py [--case NAME] [--peer NAME] [--tolerance 1e-6] [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cases import Array, Problem, csr_array, normal, write
from peers import installed
from peers.own import Hamsim, OneThread, SinglePrecision
from peers.peer import Peer
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array, diags_array

# A solver that needs the Jacobian as a dense matrix is for so many neurons.
DENSE_JACOBIAN = 1000
LONGEST = 300.0  # duration of a run of SciPy's solvers
# Before a turn: some peers' threads go on looking for work for a while when theirs is done.
PAUSE = 0.3


# --- networks ----------------------------------------------------------------------------------


def memory(folder: Path, n: int, degree: int) -> Path:
    """Hopfield network with most synapses left out, from a memory with every fifth neuron wrong."""
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, n, (2, n * degree // 2))
    i, j = i[i != j], j[i != j]
    patterns = rng.choice([-1.0, 1.0], (5, n))
    w = 3.0 / degree * (patterns[:, i] * patterns[:, j]).sum(axis=0)
    half = coo_array((w, (i, j)), shape=(n, n))
    start = patterns[0] * rng.choice([-1.0, 1.0], n, p=[0.2, 0.8])
    return write(folder, csr_array(half + half.T), start, np.exp(rng.normal(0, 0.5, n)))


def layers(folder: Path, n: int) -> Path:
    """Two dense layers with n memories, from one of them with noise; a fast hidden layer."""
    rng = np.random.default_rng(0)
    D = rng.choice([-0.1, 0.1], (n, n))
    start = np.concatenate([D[:, 0] + normal(n, std=0.1), np.zeros(n)])
    return write(folder, D, start, np.repeat([1.0, 0.1], n))


def stiff(folder: Path, n: int) -> Path:
    """Few neurons with time constants from 0.01 to 1."""
    rng = np.random.default_rng(0)
    W = rng.normal(0, 0.2 / np.sqrt(n), (n, n))
    np.fill_diagonal(W, 0)
    tau = 10 ** rng.uniform(-2, 0, n)
    return write(folder, csr_array(W + W.T), normal(n), tau, rng.normal(0, 1.0, n))


# Network, and step of explicit Euler: about half of the smallest tau where there is no other limit.
CASES: dict[str, tuple[Callable[[Path], Path], float]] = {
    "memory": (lambda folder: memory(folder, 20_000, 50), 0.05),
    "layers": (lambda folder: layers(folder, 2048), 0.05),
    "stiff": (lambda folder: stiff(folder, 500), 0.005),
}


# --- ways to rest --------------------------------------------------------------------------------


def own_ways(own: Hamsim, tolerance: float) -> dict[str, Callable[[], Array]]:
    """Methods of higher order with Euler's step, and what hamsim does if nobody says how."""
    dt = own.problem.dt
    return {
        "hamsim, heun": lambda: own.integrate("heun", dt, tolerance),
        "hamsim, rk4": lambda: own.integrate("rk4", dt, tolerance),
        "hamsim, rk4, dt: auto": lambda: own.integrate("rk4", "auto", tolerance),
    }


def jacobian(problem: Problem) -> Callable[[float, Array], Array]:
    """Derivative of tanh neurons' x' by x, as a dense matrix."""
    W, eye = problem.W, np.eye(problem.n)

    def of(t: float, x: Array) -> Array:
        slopes = W @ diags_array(1 - np.tanh(x) ** 2)
        return (slopes.toarray() - eye) / problem.tau[:, None]

    return of


def solver_ways(problem: Problem, tolerance: float) -> dict[str, Callable[[], Array]]:
    """SciPy's solvers with an event at rest; implicit ones where the Jacobian is small."""
    tau = problem.tau

    def slope(t: float, x: Array) -> Array:
        return problem.rate(x) / tau

    def to_rest(t: float, x: Array) -> float:
        return float(np.abs(problem.rate(x)).max() - tolerance)

    to_rest.terminal = True  # type: ignore[attr-defined]

    def solve(method: str, **options: Any) -> Array:
        # Looser ones let a solver wander around the rest state, at the border of its stability.
        options |= {"rtol": tolerance / 1000, "atol": tolerance / 100, "events": to_rest}
        return solve_ivp(slope, (0, LONGEST), problem.start, method, **options).y[:, -1]

    ways = {"SciPy solve_ivp RK45": lambda: solve("RK45")}
    if problem.n <= DENSE_JACOBIAN:
        jac = jacobian(problem)
        for method in ("LSODA", "BDF"):
            ways[f"SciPy solve_ivp {method}"] = lambda method=method: solve(method, jac=jac)
    return ways


# --- measuring -----------------------------------------------------------------------------------


def compare(
    name: str,
    tolerance: float,
    repeats: int,
    threads: int,
    peers: list[type[Peer]],
    folder: Path,
) -> dict[str, Any]:
    """Seconds to rest of all who take part in one case."""
    make, dt = CASES[name]
    problem = Problem(make(folder), dt, threads)
    ways: dict[str, Callable[[], Array]] = {}
    build: dict[str, float] = {}
    for kind in peers:
        if not kind.can(problem) or kind in (OneThread, SinglePrecision):
            continue
        begin = time.perf_counter()
        peer = kind(problem)
        found = {f"{kind.name}, Euler": lambda peer=peer: peer.rest(tolerance)}
        took = time.perf_counter() - begin
        if isinstance(peer, Hamsim):
            found |= own_ways(peer, tolerance)
        ways |= found
        build |= dict.fromkeys(found, took)
    ways |= solver_ways(problem, tolerance)
    ends, first, times = {}, {}, {}
    for way, run in list(ways.items()):
        begin = time.perf_counter()
        ends[way] = run()
        first[way] = time.perf_counter() - begin
        times[way] = []
        residual = float(np.abs(problem.rate(ends[way])).max())
        if residual > 1.01 * tolerance:
            print(f"{way} is left out: its residual stays at {residual:.2g}")
            del ways[way]
    for _ in range(repeats):
        for way, run in ways.items():
            time.sleep(PAUSE)
            begin = time.perf_counter()
            run()
            times[way].append(time.perf_counter() - begin)
    reference = next(iter(ends.values()))
    size = np.abs(reference).max()
    return {
        "case": name,
        "neurons": problem.n,
        "synapses": problem.synapses,
        "threads": threads,
        "dt": dt,
        "tolerance": tolerance,
        "seconds": {way: statistics.median(times[way]) for way in ways},
        "build": build,
        "first": first,
        "apart": {way: float(np.abs(x - reference).max() / size) for way, x in ends.items()},
    }


def show(result: dict[str, Any]) -> None:
    print(
        f"\n{result['case']}: {result['neurons']:,} neurons, {result['synapses']:,} synapses; "
        f"to a residual of {result['tolerance']:g}; Euler's dt {result['dt']:g}, "
        f"{result['threads']} threads"
    )
    print(f"  {'':24s} {'to rest':>11s} {'ratio':>8s} {'build':>9s} {'first run':>11s}   apart")
    base = next(iter(result["seconds"].values()))
    for way, seconds in result["seconds"].items():
        build = result["build"].get(way)
        built = f"{build:7.2f} s" if build is not None else " " * 9
        print(
            f"  {way:24s} {seconds:9.4f} s {seconds / base:8.3f} {built} "
            f"{result['first'][way]:9.3f} s   {result['apart'][way]:.0e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=list(CASES), action="append")
    parser.add_argument("--peer", action="append", help="part of a name; all if not given")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    peers = installed(given.peer)
    results = []
    for name in given.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            result = compare(
                name, given.tolerance, given.repeats, given.threads, peers, Path(folder)
            )
        results.append(result)
        show(result)
        if given.json:
            given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
