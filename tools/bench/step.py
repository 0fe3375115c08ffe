"""Time of one step beside the loops and libraries that people use instead.

Each case is a network; everybody computes the same Euler step x += dt/tau (W g(x) + I - x), in
turn, many times; medians are printed, and ratios to the first peer. That all end in the same state
is asserted before. Not in a step are what a call takes in any case, and building and compiling,
which is printed beside it. A peer that is not installed, or has no such networks, is left out. The
last line of a case says what part of the read bandwidth, measured in the same run on an array of
the weights' size, a whole step reaches.

    pip install '.[bench]'
    python tools/bench/step.py [--case NAME] [--peer NAME] [--repeats 9] [--threads 2] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from bandwidth import bandwidth
from cases import CASES, Array, Problem
from peers import installed
from peers.own import Hamsim
from peers.peer import Peer

# Each turn of a peer takes about so many seconds.
TURN = 0.3
# Before a turn: some peers' threads go on looking for work for a while when theirs is done.
PAUSE = 0.3
# Steps after which end states are compared.
COMPARED = 20


def seconds(peer: Peer, steps: int) -> float:
    begin = time.perf_counter()
    peer.run(steps)
    return time.perf_counter() - begin


def a_step(peer: Peer, steps: int) -> float:
    """Seconds of one step, without what a call takes in any case."""
    return (seconds(peer, steps + 1) - seconds(peer, 1)) / steps


def steps_a_turn(peer: Peer) -> int:
    """Number of steps that take about TURN seconds, and much longer than the call itself."""
    peer.run(2)
    call = min(seconds(peer, 1) for _ in range(3))
    turn = max(TURN, 5 * call)
    steps = 4
    while (taken := seconds(peer, steps) - call) < 0.3 * turn and steps < 10**6:
        steps *= 4
    return max(4, int(steps * turn / taken))


def farthest(states: Array, reference: Array) -> float:
    """Largest difference, relative to the largest state."""
    return float(np.abs(states - reference).max() / np.abs(reference).max())


def require_same_end(present: dict[str, Peer], reference: Array) -> dict[str, float]:
    """How far the peers end from hamsim; too far is an error."""
    found = {name: farthest(peer.run(COMPARED), reference) for name, peer in present.items()}
    for name, peer in present.items():
        assert found[name] <= peer.tolerance, f"{name} ends elsewhere: {found[name]:.2g}"
    return found


def bytes_of_weights(own: Hamsim, trials: int) -> int:
    from hamsim.layout.choose import choose

    return sum(part.bytes for part in choose(own.network, trials).parts)


def compare(
    name: str, repeats: int, threads: int, peers: list[type[Peer]], folder: Path
) -> dict[str, Any]:
    """Medians, in seconds a step, of all who take part in one case."""
    problem = Problem(CASES[name](folder), threads=threads)
    own = Hamsim(problem)
    present: dict[str, Peer] = {}
    build = {}
    for peer in peers:
        if peer.can(problem):
            begin = time.perf_counter()
            present[peer.name] = peer(problem)
            present[peer.name].run(1)
            build[peer.name] = time.perf_counter() - begin
    apart = require_same_end(present, own.run(COMPARED))
    size = bytes_of_weights(own, problem.trials)
    read = bandwidth(threads, size)
    counts = {key: steps_a_turn(peer) for key, peer in present.items()}
    times: dict[str, list[float]] = {key: [] for key in present}
    reads = []
    for _ in range(repeats):
        for key, peer in present.items():
            time.sleep(PAUSE)
            peer.run(1)  # a layout that another one has replaced is made again before the clock
            times[key].append(a_step(peer, counts[key]))
        reads.append(read())
    return {
        "case": name,
        "neurons": problem.n,
        "synapses": problem.synapses,
        "trials": problem.trials,
        "threads": threads,
        "seconds": {key: statistics.median(values) for key, values in times.items()},
        "build": build,
        "apart": apart,
        "bytes": size,
        "read_bandwidth": statistics.median(reads),
    }


def show(result: dict[str, Any]) -> None:
    print(
        f"\n{result['case']}: {result['neurons']:,} neurons, {result['synapses']:,} synapses, "
        f"{result['trials']} trial{'s' if result['trials'] > 1 else ''}, "
        f"{result['threads']} thread{'s' if result['threads'] > 1 else ''}"
    )
    first = next(iter(result["seconds"].values()))
    print(f"  {'':20s} {'a step':>13s} {'ratio':>8s} {'build':>9s}   apart")
    for key, each in result["seconds"].items():
        print(
            f"  {key:20s} {1e3 * each:10.4f} ms {each / first:8.3f} {result['build'][key]:7.2f} s"
            f"   {result['apart'][key]:.0e}"
        )
    fastest = min((s for key, s in result["seconds"].items() if key == Hamsim.name), default=first)
    part = result["bytes"] / fastest / result["read_bandwidth"]
    print(
        f"  weights {result['bytes'] / 1e6:.4g} MB a step; memory is read at "
        f"{result['read_bandwidth'] / 1e9:.1f} GB/s; a whole step reaches {part:.0%} of that"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=list(CASES), action="append")
    parser.add_argument("--peer", action="append", help="part of a name; all if not given")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    peers = installed(arguments.peer)
    results = []
    for name in arguments.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            results.append(compare(name, arguments.repeats, arguments.threads, peers, Path(folder)))
        show(results[-1])
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
