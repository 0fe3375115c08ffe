"""Errors of methods that choose their steps, in tolerances, on the zoo and on other networks.

Asked for is rtol (atol is a hundredth of it); told is the largest |e| / (atol + rtol |x|) over
neurons and records, divided by what a small change of the start grows to. What is above 5 is
marked, and the exit status says whether anything was. The truth is that of `exact.py`, for stiff
networks that of `truth.py`; it is kept in the folder for temporary files.

    python tools/bench/accuracy.py [--network NAME] [--method NAME] [--trials 2]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from exact import Exact, kept, worst_error
from time_networks import CASES, ZOO
from truth import RECORDS, times_of, truth_of

import hamsim
from hamsim.errors import HamsimError
from hamsim.methods import METHODS
from hamsim.network import Network
from hamsim.request import Settings

__all__ = ["Asked", "asked_of", "errors", "names"]

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

    def __init__(self, network: Network, most: int = TRIALS, end: float | None = None) -> None:
        end = network.settings.t_end if end is None else end
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

    @property
    def alone(self) -> list[Network]:
        """The networks of single trials."""
        return [self.of_trial(trial) for trial in range(len(self.trials or [0]))]


def errors(asked: Asked, true: list[Exact], method: str, rtol: float) -> tuple[float, float, str]:
    """Largest error of all trials, in tolerances over growth, mean products, and who took steps."""
    record = hamsim.Record(every=asked.t_end / RECORDS, what=("x",))
    trace = hamsim.simulate(
        asked.network, method=method, t_end=asked.t_end, rtol=rtol, record=record
    )
    states = [trace.x] if asked.trials is None else list(trace.x)
    worst = max(
        worst_error(x, exact, rtol, ATOL * rtol) for x, exact in zip(states, true, strict=True)
    )
    return worst, float(np.mean(trace.stats.products)), str(trace.stats.method)


def names() -> list[str]:
    """The zoo's networks, and those of `time_networks.py` that are no files of the zoo."""
    own = [name for name, case in CASES.items() if not isinstance(case.source(), Path)]
    return [*sorted(path.stem for path in ZOO.glob("*.yaml")), *own]


def asked_of(name: str, most: int = TRIALS) -> tuple[Asked, list[Exact]]:
    """A network as it is run here, and what it does.

    Raises
    ------
    ValueError
        It has no solution to compare with.
    """
    path = ZOO / f"{name}.yaml"
    if not path.exists():
        case = CASES[name]
        asked = Asked(case.network(), most, case.t_end)
        if case.stiff:
            return asked, [Exact(*truth_of(name, case))]
        return asked, kept(name, asked.alone, asked.times)
    network = hamsim.compile(path)
    if network.noise is not None or network.delays is not None:
        raise ValueError("has noise or delays: no solution to compare with")
    asked = Asked(network, most)
    return asked, kept(name, asked.alone, asked.times)


def lines(name: str, methods: list[str], most: int) -> Iterator[str]:
    """What each method is found to do on a network."""
    try:
        asked, true = asked_of(name, most)
    except (ValueError, RuntimeError) as problem:
        yield f"{name:24s} {problem}"
        return
    yield f"{name:24s} {asked.network.n_neurons:5d} neurons; a change of the start grows " + (
        ", ".join(f"{exact.growth:.3g}-fold" for exact in true)
    )
    for method in methods:
        cells = []
        for rtol in TOLERANCES:
            try:
                error, products, taken = errors(asked, true, method, rtol)
            except HamsimError as problem:
                cells.append(str(problem)[:60])
                break
            mark = "!" if not error <= ALLOWED else " "
            cells.append(f"{error:9.3g}{mark} {products:8.0f} {taken if method == 'auto' else ''}")
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
    missed = False
    for name in given.network or names():
        for line in lines(name, given.method or ["auto", *chosen], given.trials):
            missed |= "!" in line
            print(line, flush=True)
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
