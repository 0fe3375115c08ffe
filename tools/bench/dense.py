"""Dense associative memories by their own rule, beside what theory says of them.

    python tools/bench/dense.py errors      one-step bit errors of degree 2, 3 and 4
    python tools/bench/dense.py loads       patterns of Hebb's rule that are stored without an error
    python tools/bench/dense.py exponential 2^(N/4) patterns in 40 neurons
    python tools/bench/dense.py rate        the rule beside the rate network of the same patterns

Errors within a set of patterns are not independent: the standard errors are those between sets.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hamsim
from hamsim.memory import theory
from hamsim.network import Network

Array = NDArray[np.float64]
# Degree, neurons, patterns, sets of patterns, and patterns of each set whose neurons are asked. Of
# degree 2 many neurons: of 100, 8 % of the errors that a normal noise gives are ties, which keep.
ERRORS = [
    (2, 1000, 240, 40, 5),
    (3, 100, 700, 40, 50),
    (4, 100, 15_000, 20, 100),
]


def memory(patterns: Array, dense: dict[str, Any], visible: Any = "sign") -> Network:
    """A network with these patterns in its memory neurons."""
    count, n = patterns.shape
    weights = {"memories": patterns, "dense": dense}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"neurons": {"size": n, "lagrangian": visible}, "memories": {"size": count}},
            "connections": [
                {"name": "patterns", "between": ["neurons", "memories"], "weights": weights}
            ],
        }
    )


def beside(states: Array, network: Network) -> Array:
    """States of the neurons, with room for the memories, which follow them."""
    hidden = network.n_neurons - states.shape[1]
    return np.hstack([states, np.zeros((len(states), hidden))])


def drawn(sets: int, count: int, n: int, seed: int) -> Iterator[Array]:
    """Sets of random patterns."""
    numbers = np.random.default_rng(seed)
    for _ in range(sets):
        yield numbers.choice([-1.0, 1.0], (count, n))


def after(network: Network, starts: Array, method: str, sweeps: int | None, **more: Any) -> Array:
    """What the neurons are after sweeps."""
    n = starts.shape[1]
    trace = hamsim.simulate(
        network, beside(starts, network), method=method, sweeps=sweeps, record=None, **more
    )
    return np.atleast_2d(trace.state.x)[:, :n]


def errors() -> None:
    """One-step bit errors beside the form with exact moments and the paper's tail."""
    print("  n      K  neurons  measured             exact moments      z  tail     tail/measured")
    for degree, n, count, sets, asked in ERRORS:
        began = time.perf_counter()
        found = []
        for patterns in drawn(sets, count, n, degree):
            starts = patterns[:asked]
            wrong = after(memory(patterns, {"degree": degree}), starts, "synchronous", 1) != starts
            found.append(wrong.mean())
        mean, spread = np.mean(found), np.std(found, ddof=1) / np.sqrt(sets)
        exact = float(theory.bit_error(n, count, degree))
        tail = float(theory.bit_error_tail(n, count, degree))
        seconds = time.perf_counter() - began
        print(
            f"{degree:3} {count:6} {sets * asked * n:8}  {mean:.5f} +- {spread:.5f}  {exact:.5f}"
            f"        {(mean - exact) / spread:6.2f}  {tail:.5f}  {tail / mean:.3f}"
            f"  ({seconds:.0f} s)"
        )


def loads() -> None:
    """Patterns that are stored without an error, for a given one and for all at once."""
    n, sets = 1000, 40
    one, every = (theory.error_free_patterns(n, 2, all_) for all_ in (False, True))
    print(f"N = {n}: N/(2 ln N) = {one:.1f}, N/(4 ln N) = {every:.1f}, log2 N = {np.log2(n):.1f}")
    for count in (round(np.log2(n)), round(every), round(one), 2 * round(one)):
        whole, all_whole = [], []
        for patterns in drawn(sets, count, n, count):
            same = (
                after(memory(patterns, {"degree": 2}), patterns, "synchronous", 1) == patterns
            ).all(axis=1)
            whole.append(same.mean())
            all_whole.append(same.all())
        error = float(theory.bit_error(n, count))
        print(
            f"K = {count:4}: a pattern is stored with probability {np.mean(whole):.3f} +- "
            f"{np.std(whole, ddof=1) / np.sqrt(sets):.3f} (theory {(1 - error) ** n:.3f}), "
            f"all at once in {np.mean(all_whole):.2f} of {sets} sets (theory "
            f"{(1 - error) ** (n * count):.2f})"
        )


def exponential() -> None:
    """All of 2^(N/4) patterns, as they are and with a tenth of the neurons turned over."""
    n, sets = 40, 20
    count = 2 ** (n // 4)
    wrong = turned = 0
    numbers = np.random.default_rng(9)
    for patterns in drawn(sets, count, n, 7):
        network = memory(patterns, {"kind": "exponential"})
        wrong += int((after(network, patterns, "synchronous", 1) != patterns).sum())
        cues = patterns.copy()
        for cue in cues:
            cue[numbers.choice(n, n // 10, replace=False)] *= -1
        turned += int((after(network, cues, "asynchronous", 20, seed=1) == patterns).all(1).sum())
    print(
        f"N = {n}, {count} patterns, {sets} sets: {wrong} of {sets * count * n} neurons leave "
        f"their pattern; {turned / (sets * count):.4f} of the cues with {n // 10} neurons turned "
        "over come back"
    )


def rate() -> None:
    """Degree 4, 40 neurons, 2,560 patterns: a rate network couples each neuron to itself."""
    n, count, sets, asked = 40, 2560, 10, 100
    by_rule, by_one, by_rates = [], [], []
    numbers = np.random.default_rng(11)
    for patterns in drawn(sets, count, n, 5):
        cues = patterns[:asked].copy()
        for cue in cues:
            cue[numbers.choice(n, n // 10, replace=False)] *= -1
        network = memory(patterns, {"degree": 4})
        by_rule.append(overlap(after(network, cues, "asynchronous", 50, seed=1), patterns))
        by_one.append(overlap(after(network, cues, "asynchronous", 1, seed=1), patterns))
        steep = memory(patterns, {"degree": 4}, {"kind": "tanh", "beta": 10})
        trace = hamsim.simulate(
            steep, beside(cues, steep), method="euler", dt=0.1, steps=200, record=None
        )
        by_rates.append(overlap(np.sign(np.atleast_2d(trace.state.x)[:, :n]), patterns))
    made = {"rule, at rest": by_rule, "rule, one sweep": by_one, "rates": by_rates}
    for what, found in made.items():
        mean, spread = np.mean(found), np.std(found, ddof=1) / np.sqrt(sets)
        print(f"{what:15} overlap {mean:.3f} +- {spread:.3f}, of the cues 0.800")


def overlap(states: Array, patterns: Array) -> float:
    """Mean overlap of states with the patterns of the same numbers."""
    return float((states * patterns[: len(states)]).mean())


PARTS: dict[str, Callable[[], None]] = {
    "errors": errors,
    "loads": loads,
    "exponential": exponential,
    "rate": rate,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()
