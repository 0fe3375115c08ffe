"""Points drawn in a space of several values: at random, or one in each stripe of each value."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.samples import DrawnSpec, SamplesSpec

__all__ = ["drawn"]


def drawn(samples: SamplesSpec) -> tuple[tuple[Any, ...], ...]:
    """Values for each sample, in the order of its names.

    Parameters
    ----------
    samples : SamplesSpec

    Returns
    -------
    tuple of tuple
        The same for the same seed, count, method and number of names.
    """
    from scipy.stats import qmc

    width = len(samples.over)
    generator = np.random.default_rng(samples.seed)
    if samples.method == "random":
        unit = generator.random((samples.count, width))
    else:
        unit = _latin(qmc.LatinHypercube, width, generator).random(samples.count)
    columns: list[list[Any]] = [
        _taken(how, unit[:, k]) for k, how in enumerate(samples.over.values())
    ]
    return tuple(zip(*columns, strict=True))


def _latin(kind: Any, width: int, generator: np.random.Generator) -> Any:
    try:
        return kind(d=width, rng=generator)
    except TypeError:  # before SciPy 1.15 it had another name
        return kind(d=width, seed=generator)


def _taken(how: DrawnSpec, unit: Floats) -> list[Any]:
    """Values whose distribution functions are these."""
    if how.choice is not None:
        places = np.minimum((unit * len(how.choice)).astype(int), len(how.choice) - 1)
        return [how.choice[place] for place in places]
    if how.integers is not None:
        low, high = how.integers.low, how.integers.high
        whole = low + np.floor(unit * (high - low + 1)).astype(int)
        return list(np.minimum(whole, high).tolist())
    return list(_numbers(how, unit).tolist())


def _numbers(how: DrawnSpec, unit: Floats) -> Any:
    if how.uniform is not None:
        return how.uniform.low + unit * (how.uniform.high - how.uniform.low)
    if how.log_uniform is not None:
        low, high = np.log([how.log_uniform.low, how.log_uniform.high])
        return np.exp(low + unit * (high - low))
    from scipy.special import ndtri

    moments = how.normal or how.lognormal
    assert moments is not None
    # A number of 0 would be infinitely far.
    values = moments.mean + moments.std * ndtri(np.maximum(unit, np.finfo(float).tiny))
    return values if how.normal is not None else np.exp(values)
