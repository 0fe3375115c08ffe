"""How far something is, in words and as a part: one function for whatever is told of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hamsim.counted import counted
from hamsim.methods import DISCRETE
from hamsim.report.words import duration
from hamsim.telling import What

__all__ = ["TELLERS", "Told", "left_of", "sweeps_of"]


@dataclass(frozen=True)
class Told:
    """How far something is.

    Parameters
    ----------
    label : str
        What is going on.
    part : float or None
        How much of it is done, from 0 to 1; None where nobody knows.
    words : str
    left : float or None
        Seconds that are left, where who tells it knows; else they are estimated.
    whole : str
        What is said instead when it has come to its end, with a full bar: something that may end
        before all of it is done. Empty where nothing else is.
    """

    label: str
    part: float | None
    words: str
    left: float | None = None
    whole: str = ""


def sweeps_of(progress: Any) -> bool:
    """Whether a run counts sweeps instead of time."""
    return progress.header is not None and progress.header.made.method in DISCRETE


def _run(progress: Any) -> Told:
    sweeps = sweeps_of(progress)
    if progress.steps is not None:
        part = _part(progress.step, progress.steps)
        noun = "sweep" if sweeps else "step"
        words = [f"{noun} {progress.step:,} of {progress.steps:,}"]
    else:
        part = _part(progress.time, progress.duration)
        words = [f"t = {progress.time:.4g} of {progress.duration:.4g}"]
    if sweeps:
        words.append(f"{counted(int(progress.residual), 'neuron')} to change")
    else:
        words.append(f"residual {progress.residual:.2g}")
    if progress.energy is not None:
        words.append(f"energy {progress.energy:.6g}")
    told = ", ".join(words)
    return Told("run", part, told, whole=told)


def _training(progress: Any) -> Told:
    done = (progress.epoch - 1) * progress.batches + progress.batch
    words = [f"epoch {progress.epoch:,} of {progress.epochs:,}"]
    words += [
        f"{name} {value:.4g}"
        for name, value in (("loss", progress.loss), ("score", progress.score))
        if math.isfinite(value)
    ]
    if progress.unstable:
        words.append(f"{progress.unstable:,} left out")
    return Told("training", _part(done, progress.epochs * progress.batches), ", ".join(words))


def _sweep(progress: Any) -> Told:
    words = f"{progress.done:,} of {counted(progress.total, 'run')}"
    if progress.rate:
        words += f", {progress.rate:.3g} a second"
    return Told("runs", _part(progress.done, progress.total), words, progress.left)


def _attractors(search: Any) -> Told:
    found = counted(search.found, "rest state")
    words = f"{search.done:,} of {search.total:,}, {found} so far"
    return Told(search.what, _part(search.done, search.total), words, whole=found)


def _branches(parameter: float, points: int, branches: int) -> Told:
    words = f"parameter {parameter:.6g}, {counted(points, 'point')} in all"
    return Told(f"branch {branches:,}", None, words)


def _stages(done: int, stages: int) -> Told:
    return Told("annealing", _part(done, stages), f"stage {done:,} of {stages:,}")


def _weights(method: str, done: int, edges: int) -> Told:
    return Told(method, _part(done, edges), f"{done:,} of {counted(edges, 'weight')}")


def _part(done: float, total: float) -> float | None:
    """How much is done; None of what has no end that is known."""
    if not (math.isfinite(total) and total > 0):
        return None
    return min(max(done / total, 0.0), 1.0)


TELLERS: Mapping[What, Callable[..., Told]] = {
    "run": _run,
    "training": _training,
    "sweep": _sweep,
    "attractors": _attractors,
    "branches": _branches,
    "stages": _stages,
    "weights": _weights,
}


def left_of(told: Told, seconds: float, part: float) -> str:
    """How long it takes until the end, in words; empty where nobody can tell.

    Parameters
    ----------
    told : Told
    seconds : float
        That passed since `part` was done.
    part : float
    """
    left = told.left
    if left is None and told.part is not None and told.part > part:
        left = seconds / (told.part - part) * (1.0 - told.part)
    return "" if left is None or left < 1.0 else f"{duration(left)} left"
