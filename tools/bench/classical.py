"""How much a classical network keeps: overlaps of patterns with the rest states beside them.

Random patterns of -1 and 1 are stored by Hebb's rule without self-connections, and neurons are set
one by one in random orders, from the patterns themselves, until none wants to change. Means and
standard errors are over sets of patterns, each of which counts once: overlaps of one set hang
together. Beside them stands the overlap of Amit, Gutfreund and Sompolinsky, for networks without
end, which breaks down at a load of 0.1379 and is 0 above, and the time of a cue on one thread.

    python tools/bench/classical.py [--neurons 5000] [--loads 0.05 0.1 0.13 0.138 0.15] [--sets 8]
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import NamedTuple

import numpy as np

import hamsim
from hamsim.memory.patterns import stored_of
from hamsim.memory.theory import retrieval_overlap

LOADS = (0.05, 0.10, 0.13, 0.138, 0.15)


class Set(NamedTuple):
    """What became of the patterns of one set.

    Parameters
    ----------
    overlap : float
        Mean over cues.
    seconds : float
        Of a cue, on one thread.
    sweeps : int
        Of the cue that took the most.
    """

    overlap: float
    seconds: float
    sweeps: int


def tried(neurons: int, load: float, seed: int, cues: int) -> Set:
    """Store a set of patterns, and begin with some of them."""
    patterns = {"signs": {}, "count": round(load * neurons)}
    rule = {"store": {"patterns": patterns, "rule": "hebbian"}}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": seed,
            "groups": {"a": {"size": neurons, "lagrangian": "sign"}},
            "connections": [{"within": "a", "weights": rule}],
        }
    )
    start = stored_of(network).values[:cues]
    began = time.perf_counter()
    trace = hamsim.simulate(network, start, method="asynchronous", record=None, threads=1)
    seconds = (time.perf_counter() - began) / len(start)
    assert set(trace.outcomes) == {"converged"}
    assert trace.state is not None
    overlaps = (trace.state.x * start).mean(axis=1)
    return Set(float(overlaps.mean()), seconds, trace.stats.sweeps or 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--neurons", type=int, default=5000)
    parser.add_argument("--loads", type=float, nargs="+", default=LOADS)
    parser.add_argument("--sets", type=int, default=8)
    parser.add_argument("--cues", type=int, default=100, help="patterns of a set that are tried")
    parser.add_argument("--seed", type=int, default=0, help="of the first set")
    asked = parser.parse_args()
    print(f"{asked.neurons:,} neurons, {asked.sets} sets, {asked.cues} cues of each", flush=True)
    print("load   overlap            theory    deviation  sweeps  ms a cue")
    tried(100, 0.05, 0, 3)  # what must be compiled
    for load in asked.loads:
        seeds = range(asked.seed, asked.seed + asked.sets)
        found = [tried(asked.neurons, load, seed, asked.cues) for seed in seeds]
        means = [each.overlap for each in found]
        error = statistics.stdev(means) / np.sqrt(len(means)) if len(means) > 1 else np.nan
        theory = float(retrieval_overlap(load))
        off = (statistics.mean(means) - theory) / error if error > 0 and theory > 0 else np.nan
        ms = 1e3 * statistics.median(each.seconds for each in found)
        print(
            f"{load:<6g} {statistics.mean(means):.6f} +- {error:.6f} {theory:9.6f} "
            f"{off:7.1f} s.e. {max(each.sweeps for each in found):7d} {ms:8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
