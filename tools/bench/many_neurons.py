"""How much 100,000 neurons with 1,000 patterns take, stored as factors, and how fast they recall.

    python tools/bench/many_neurons.py [--neurons 100000] [--patterns 1000] [--rule hebbian]

Prints the seconds of compiling, the bytes of W beside those of n^2 weights, the largest memory of
the process, and of one recall with a fifth of the neurons wrong, in time (`euler`, dt = 0.5) with
tanh neurons and by asynchronous updates with signs: seconds and the overlap that is reached.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

import hamsim


def described(n: int, patterns: int, rule: str, lagrangian: object) -> dict[str, object]:
    """Random patterns as factors, and a cue with a fifth of the signs wrong."""
    start = {"corrupt": {"of": {"patterns": "stored", "row": 0}, "flips": 0.2}}
    drawn = {"patterns": {"signs": {}, "count": patterns}, "rule": rule}
    return {
        "format": "hamsim/1",
        "seed": 1,
        "groups": {
            "neurons": {"size": n, "lagrangian": lagrangian, "initial": start},
            "memories": {"size": patterns, "lagrangian": "identity", "tau": 0},
        },
        "connections": [
            {"name": "stored", "between": ["neurons", "memories"], "weights": {"store": drawn}}
        ],
    }


def gigabytes() -> float:
    """Largest memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def recalled(network: hamsim.Network, n: int, **how: object) -> str:
    """One recall in words: seconds, those of a second run, and the overlap."""
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        trace = hamsim.simulate(network, record=None, threads=1, **how)
        seconds.append(time.perf_counter() - begin)
    pattern = np.sign(network.W[[n], :n].toarray()[0])
    overlap = float((np.sign(trace.final[:n]) * pattern).mean())
    done = trace.stats.sweeps or trace.stats.steps
    return (
        f"{seconds[0]:.1f} s with preparation, {seconds[1]:.2f} s again, {done} steps or sweeps: "
        f"{trace.outcome}; overlap {overlap:.5f}"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=100_000)
    parser.add_argument("--patterns", type=int, default=1_000)
    parser.add_argument("--rule", default="hebbian")
    parser.add_argument("--only", choices=["rates", "signs"])
    asked = parser.parse_args()
    n = asked.neurons
    for name, lagrangian, how in (
        ("rates", {"kind": "tanh", "beta": 8.0}, {"method": "euler", "dt": 0.5, "t_end": 10}),
        ("signs", "sign", {"method": "asynchronous"}),
    ):
        if asked.only not in (None, name):
            continue
        small = hamsim.compile(described(100, 4, asked.rule, lagrangian))
        hamsim.simulate(small, record=None, threads=1, **how)  # what is compiled does not count
        begin = time.perf_counter()
        network = hamsim.compile(described(n, asked.patterns, asked.rule, lagrangian))
        print(f"{name}: {network!r}, compiled in {time.perf_counter() - begin:.1f} s")
        W = network.W
        size = W.data.nbytes + W.indices.nbytes + W.indptr.nbytes
        print(
            f"  W {size / 1e9:.2f} GB, n^2 weights {12 * n**2 / 1e9:.0f} GB; {gigabytes():.1f} GB"
        )
        print(f"  {recalled(network, n, **how)}; {gigabytes():.1f} GB at most", flush=True)


if __name__ == "__main__":
    main()
