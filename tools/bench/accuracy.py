"""Errors of methods that choose their steps, in tolerances, on every network of the zoo.

Asked for is rtol (atol is a hundredth of it); told is the largest |e| / (atol + rtol |x|) over
neurons and records, divided by what a small change of the start grows to. What is above 5 is
marked. The truth is DOP853 at a tolerance of 1e-12 with steps as short as the fastest rate asks
for, from one switch of a stimulus to the next; it is kept in the folder for temporary files.

    python tools/bench/accuracy.py [--network NAME] [--method NAME] [--trials 2]
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from motion import Array, Motion
from time_networks import ZOO
from truth import DIRECTIONS, RECORDS, SMALL, error_of, solve, times_of

import hamsim
from hamsim.errors import HamsimError
from hamsim.methods import METHODS
from hamsim.network import Network
from hamsim.request import Settings

__all__ = ["Asked", "errors", "names", "truth"]

TOLERANCES = (1e-3, 1e-6, 1e-9)
ATOL = 0.01  # times rtol
ALLOWED = 5.0
TRIALS = 2


class Asked:
    """A network of the zoo as it is run here: to its end, some trials, nothing else of its file.

    Parameters
    ----------
    network : Network
    trials : sequence of int or None
        Which of the network's trials; None where it has no axis of them.
    """

    def __init__(self, network: Network, most: int = TRIALS) -> None:
        end = network.settings.t_end
        self.t_end = float(end if end is not None else 100.0 * network.tau.max())
        self.trials: list[int] | None = None
        start, stimuli = network.initial, network.stimuli
        if network.trials is not None:
            count = network.trials
            self.trials = sorted({*np.linspace(0, count - 1, min(most, count)).astype(int)})
            if start.ndim == 2:
                start = start[self.trials]
            stimuli = tuple(
                s if s.value.ndim < 2 else replace(s, value=s.value[self.trials]) for s in stimuli
            )
        self.network = replace(network, initial=start, stimuli=stimuli, settings=Settings())
        self.times = times_of(self.t_end)

    def of_trial(self, trial: int) -> Network:
        """The network of one trial alone."""
        network = self.network
        stimuli = tuple(
            s if s.value.ndim < 2 else replace(s, value=s.value[trial]) for s in network.stimuli
        )
        start = network.initial if network.initial.ndim < 2 else network.initial[trial]
        return replace(network, initial=start, stimuli=stimuli)


def _switches(network: Network, end: float) -> list[float]:
    moments = {t for s in network.stimuli for t in (s.start, s.stop) if 0 < t < end}
    return [0.0, *sorted(moments), end]


def _follow(network: Network, start: Array, times: Array, rtol: float) -> Array:
    """States at times, from switch to switch; what is recorded at one belongs to what begins."""
    end = float(times[-1])
    found = np.empty((times.size, start.size))
    x = start
    for begin, stop in pairwise(_switches(network, end)):
        acting = [s for s in network.stimuli if s.start <= begin and stop <= s.stop]
        motion = Motion(network, acting)
        inside = (times >= begin) & ((times < stop) | (stop == end))
        moments = np.unique(np.concatenate([[begin], times[inside], [stop]]))
        y = solve(motion, x, moments, "DOP853", rtol, rtol / 100)
        y = motion.settled(y) if (motion.tau == 0).any() else y
        found[inside] = y[np.searchsorted(moments, times[inside])]
        x = y[-1]
    return found


def truth(name: str, asked: Asked) -> list[tuple[Array, float]]:
    """For each trial the states, shape (times, n), and the growth of a small change, kept."""
    digest = hashlib.sha256()
    for trial in range(len(asked.trials or [0])):
        network = asked.of_trial(trial)
        acting = [s.value for s in network.stimuli]
        for numbers in (network.W.data, network.tau, network.input, network.initial, *acting):
            digest.update(np.ascontiguousarray(numbers).tobytes())
    keep = Path(tempfile.gettempdir()) / "hamsim-truth"
    path = keep / f"zoo-{name}-{asked.t_end:g}-{RECORDS}-{digest.hexdigest()[:12]}.npz"
    if path.exists():
        with np.load(path) as kept:
            return list(zip(kept["x"], kept["growth"].tolist(), strict=True))
    found = []
    for trial in range(len(asked.trials or [0])):
        network = asked.of_trial(trial)
        x = _follow(network, network.initial, asked.times, 1e-12)
        found.append((x, _growth(network, asked.times)))
    keep.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=[x for x, _ in found], growth=[grows for _, grows in found])
    return found


def _growth(network: Network, times: Array) -> float:
    rng = np.random.default_rng(0)
    x = _follow(network, network.initial, times, 1e-10)
    largest = 1.0
    for _ in range(DIRECTIONS):
        change = SMALL * rng.choice([-1.0, 1.0], network.n_neurons)
        y = _follow(network, network.initial + change, times, 1e-10)
        largest = max(largest, float(np.abs(y - x).max() / SMALL))
    return largest


def errors(
    asked: Asked, true: list[tuple[Array, float]], method: str, rtol: float
) -> tuple[float, float]:
    """Largest error of all trials, in tolerances over growth, and the mean number of products."""
    record = hamsim.Record(every=asked.t_end / RECORDS, what=("x",))
    trace = hamsim.simulate(
        asked.network, method=method, t_end=asked.t_end, rtol=rtol, record=record
    )
    states = [trace.x] if asked.trials is None else list(trace.x)
    worst = max(
        error_of(x, exact, rtol, ATOL * rtol) / grows
        for x, (exact, grows) in zip(states, true, strict=True)
    )
    return worst, float(np.mean(trace.stats.products))


def names() -> list[str]:
    """Networks of the zoo."""
    return sorted(path.stem for path in ZOO.glob("*.yaml"))


def lines(name: str, methods: list[str], most: int) -> Iterator[str]:
    """What each method is found to do on a network."""
    network = hamsim.compile(ZOO / f"{name}.yaml")
    if getattr(network, "noise", None) is not None or getattr(network, "delays", None) is not None:
        yield f"{name:24s} has noise or delays: no solution to compare with"
        return
    asked = Asked(network, most)
    true = truth(name, asked)
    yield f"{name:24s} {network.n_neurons:5d} neurons; a change of the start grows " + ", ".join(
        f"{grows:.3g}-fold" for _, grows in true
    )
    for method in methods:
        cells = []
        for rtol in TOLERANCES:
            try:
                error, products = errors(asked, true, method, rtol)
            except HamsimError as problem:
                cells.append(str(problem)[:60])
                break
            mark = "!" if not error <= ALLOWED else " "
            cells.append(f"{error:9.3g}{mark} {products:8.0f}")
        yield f"    {method:20s} {'   '.join(cells)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", action="append", choices=names())
    chosen = [name for name, method in METHODS.items() if method.steps == "chosen"]
    parser.add_argument("--method", action="append", choices=["auto", *chosen])
    parser.add_argument("--trials", type=int, default=TRIALS, help="at most so many of each")
    given = parser.parse_args()
    told = "   ".join(f"error and products at {rtol:g}" for rtol in TOLERANCES)
    print(f"{'':24s} {told}")
    for name in given.network or names():
        for line in lines(name, given.method or ["auto", *chosen], given.trials):
            print(line, flush=True)


if __name__ == "__main__":
    main()
