"""How good and how fast networks are at problems, beside exact programs and another annealer.

    python tools/bench/problems.py tours 0 10               # maps 0 to 9 against shortest tours
    PYTHONPATH=FOLDER python tools/bench/problems.py cut     # with dwave-neal installed into FOLDER

Tours: the settings of the example `tour`, whatever the map. Cuts: the graph of the example
`maximum_cut`; both programs get about the same time, by their numbers of sweeps, one thread each.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from scipy.sparse import triu

import hamsim
from hamsim.cli.examples import zoo

STARTS = 8


def tours(first: int, last: int) -> None:
    """How much longer tours are than the shortest, of each map the best of some starts, and all."""
    spec = hamsim.load(zoo() / "tour.yaml")
    best, single, valid, seconds = [], [], [], []
    for seed in range(first, last):
        cities = np.random.default_rng(seed).random((30, 2)).tolist()
        place = "connections[0].weights.salesman.cities"
        solution = hamsim.solve(spec, seed=seed, exact=60.0, overrides={place: cities}, threads=1)
        assert solution.exact is not None
        assert solution.exact.optimal
        length: Any = solution.exact.value
        best.append(solution.value / length - 1.0)
        single.append(solution.values / length - 1.0)
        valid.append(solution.valid)
        seconds.append(solution.seconds)
    every = np.concatenate(single)
    for name, excess in (("best of 8", np.array(best)), ("single", every)):
        print(
            f"{name:10} within 10 %: {(excess <= 0.1).sum()} of {excess.size}, "
            f"median {np.median(excess):.2%} longer, worst {excess.max():.2%}"
        )
    print(f"tours as they stand {np.mean(valid):.1%}; {np.median(seconds):.2f} s a map")


def cut() -> None:
    """The heaviest cut of eight starts, over time, of both annealers in turns."""
    import dimod  # type: ignore[import-not-found, unused-ignore]
    import neal  # type: ignore[import-not-found, unused-ignore]

    network = hamsim.compile(zoo() / "maximum_cut.yaml")
    edges = triu(-network.W).tocoo()
    couplings = dict(
        zip(zip(edges.row.tolist(), edges.col.tolist(), strict=True), edges.data, strict=True)
    )
    model = dimod.BinaryQuadraticModel.from_ising({k: 0.0 for k in range(800)}, couplings)
    sampler = neal.SimulatedAnnealingSampler()
    hamsim.solve(network, stages=2, starts=2, threads=1)
    for stages in (30, 100, 300, 1000):
        solution = hamsim.solve(network, stages=stages, starts=STARTS, threads=1)
        began = time.perf_counter()
        sampler.sample(model, num_reads=STARTS, num_sweeps=stages, seed=1)
        for_so_many = time.perf_counter() - began
        sweeps = max(1, round(stages * solution.seconds / for_so_many))
        began = time.perf_counter()
        found = sampler.sample(model, num_reads=STARTS, num_sweeps=sweeps, seed=2)
        seconds = time.perf_counter() - began
        cuts = (edges.data.sum() - found.record.energy) / 2
        print(
            f"{stages:5} sweeps: {solution.value:.0f} (mean {solution.values.mean():.0f}) in "
            f"{solution.seconds:.2f} s; neal {sweeps:6} sweeps: {cuts.max():.0f} (mean "
            f"{cuts.mean():.0f}) in {seconds:.2f} s; {1 - solution.value / cuts.max():.2%} less"
        )


if __name__ == "__main__":
    if sys.argv[1] == "cut":
        cut()
    else:
        tours(*map(int, sys.argv[2:]))
