"""How fast discrete dynamics is: proposed updates a second, and milliseconds a recalled cue.

    python tools/bench/sweeps.py [sparse|recall]

*sparse*: 100,000 sign neurons, each with 100 synapses, in random orders: until they rest, and at a
temperature. *recall*: 5,000 neurons with 500 Hebbian patterns, cues with a tenth of their bits
turned, beside a NumPy loop that sums each field anew, W[i] @ s. One thread; seconds of the
processor, of several repeats the median, so that other processes count little.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

import hamsim
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace.trace import MemorySink, Trace

SPARSE, DEGREE = 100_000, 100
NEURONS, PATTERNS, CUES, TURNED = 5_000, 500, 48, 0.1
REPEATS = 5


def run(network: hamsim.Network, start: np.ndarray, **how: object) -> tuple[float, Trace]:
    """Seconds of the processor for a run that keeps its last state, and its trace."""
    prepared = prepare(network, start, method="asynchronous", record=None, threads=1, **how)
    sink = MemorySink()
    began = time.process_time()
    simulate_into(sink, prepared)
    return time.process_time() - began, sink.trace


def median(measure: Callable[[], float]) -> float:
    """Of several repeats; the first one, which compiles, is left out."""
    measure()
    return statistics.median(measure() for _ in range(REPEATS))


def sparse() -> None:
    """Proposed updates a second, the first sums of all fields included."""
    rng = np.random.default_rng(0)
    weights = {"weights": {"normal": {"mean": 0, "std": 1}}, "degree": DEGREE}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": SPARSE, "lagrangian": "sign"}},
            "connections": [{"within": "a", **weights}],
        }
    )
    start = rng.choice([-1.0, 1.0], SPARSE)
    for name, how in (
        ("until rest", {}),
        ("T = 1, 100 sweeps", {"temperature": 1.0, "sweeps": 100}),
        (
            "T = 1, 100 sweeps, file order",
            {"temperature": 1.0, "sweeps": 100, "order": "sequential"},
        ),
    ):
        kept: list[Trace] = []

        def measure(how: dict[str, object] = how, kept: list[Trace] = kept) -> float:
            seconds, trace = run(network, start, **how)
            kept.append(trace)
            return seconds

        seconds, stats = median(measure), kept[-1].stats
        rate = SPARSE * stats.sweeps / seconds
        print(f"sparse, {name}: {rate:.3g} a second ({stats.sweeps} sweeps, {stats.flips} flips)")


def numpy_loop(W: np.ndarray, state: np.ndarray, seed: int) -> float:
    """Seconds of a plain loop over neurons in random orders until none changes."""
    rng, state = np.random.default_rng(seed), state.copy()
    began, changed = time.process_time(), True
    while changed:
        changed = False
        for i in rng.permutation(state.size):
            field = W[i] @ state
            new = 1.0 if field > 0 else -1.0 if field < 0 else state[i]
            if new != state[i]:
                state[i], changed = new, True
    return time.process_time() - began


def recall() -> None:
    """Milliseconds a cue, and their part of those of a NumPy loop."""
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1.0, 1.0], (PATTERNS, NEURONS))
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": NEURONS, "lagrangian": "sign"}},
            "connections": [{"within": "a", "weights": {"store": {"patterns": patterns.tolist()}}}],
        }
    )
    W = network.W.toarray()
    cues = patterns[:CUES] * np.where(rng.random((CUES, NEURONS)) < TURNED, -1.0, 1.0)
    for count in (CUES, 1):
        ours = median(lambda count=count: run(network, cues[:count])[0] / count)  # type: ignore[misc]
        loop = statistics.median(numpy_loop(W, cues[k], k) for k in range(REPEATS))
        print(
            f"recall, {count} cues: {1e3 * ours:.2f} ms a cue, NumPy {1e3 * loop:.0f} ms: "
            f"{ours / loop:.4f}"
        )


if __name__ == "__main__":
    for what in sys.argv[1:] or ("sparse", "recall"):
        {"sparse": sparse, "recall": recall}[what]()
