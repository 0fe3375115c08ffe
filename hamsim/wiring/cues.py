"""Values of neurons that come from patterns, or are corrupted copies of something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.errors import CompileError
from hamsim.network import Floats
from hamsim.spec.cues import Corrupt, Corruption, PatternsOf, flip_values
from hamsim.spec.distributions import is_random, two_values
from hamsim.spec.ends import End
from hamsim.spec.forms import neuron_form
from hamsim.spec.schema import Spec
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.places import makings
from hamsim.wiring.values import one_a_neuron, stream

__all__ = ["cue"]


def cue(
    value: object,
    spec: Spec,
    group: str,
    place: Sequence[str],
    path: str,
    trials: int | None = None,
    rows: bool = True,
    rng: np.random.Generator | None = None,
) -> Floats:
    """A value as one number a neuron, also one that comes from patterns.

    Parameters
    ----------
    value : Cue
        Of the description.
    spec : Spec
    group : str
        Whose neurons they are.
    place : sequence of str
        Names the streams of random numbers.
    path : str
        Names the value in messages.
    trials : int or None
        How many rows a random value gets; None gives one without an axis.
    rows : bool
        Whether the value may have rows, one a trial.
    rng : numpy Generator, optional
        The stream itself, if more is drawn from it.

    Returns
    -------
    ndarray, shape (n,) or (trials, n)
        Newly allocated.
    """
    end = End([group], [spec.groups[group]])
    if isinstance(value, PatternsOf):
        return _rows(value, spec, end)[0]
    if not isinstance(value, Corrupt):
        rng = stream(spec.seed, *place) if rng is None else rng
        form = neuron_form(end, trials=rows)
        return one_a_neuron(value, end.shape, rng, spec.files, path, trials, form=form)
    of = value.corrupt.of
    if isinstance(of, PatternsOf):
        copied, all_values = _rows(of, spec, end)
    else:
        copied = cue(of, spec, group, place, f"{path}.corrupt.of", trials, rows, rng)
        all_values = np.array(two_values(of)) if is_random(of) else copied
    if copied.ndim == 1 and trials is not None:
        copied = np.tile(copied, (trials, 1))
    corrupted = _corrupted(value.corrupt, copied, all_values, spec.seed, (*place, "corrupt"))
    if not np.all(np.isfinite(corrupted)):
        raise CompileError(f"{path}.corrupt.noise: a draw is not finite")
    return corrupted


def _rows(value: PatternsOf, spec: Spec, end: End) -> tuple[Floats, Floats]:
    """The patterns that are meant, of one group's neurons, and all of the connection."""
    name = value.patterns.removeprefix("connections.")
    names = [connection.name for connection in spec.connections]
    number = names.index(value.patterns if value.patterns in names else name)
    patterns, visible = patterns_of(makings(spec)[number])
    start = visible.offsets[end.names[0]]
    own = patterns[:, start : start + end.n]
    return np.array(own if value.row is None else own[value.row]), patterns


def _corrupted(
    how: Corruption, copied: Floats, all_values: Floats, seed: int, place: tuple[str, ...]
) -> Floats:
    """What is done to a copy: each thing by a stream of its own, and row by row.

    So a larger part of the neurons holds those of a smaller one, and the rows of fewer trials are
    the first of more.
    """
    rows = np.atleast_2d(copied)
    if how.flips is not None:
        low, high = flip_values(all_values)
        wrong = _chosen(how.flips, rows.shape, stream(seed, *place, "flips"))
        rows[wrong] = np.where(rows[wrong] == high, low, high)
    if how.erase is not None:
        gone = _chosen(how.erase, rows.shape, stream(seed, *place, "erase"))
        rows[gone] = 0.0 if how.value is None else how.value
    if how.noise is not None:
        rows += how.noise * stream(seed, *place, "noise").normal(size=rows.shape)
    return rows.reshape(copied.shape)


def _chosen(part: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """In each row the same number of neurons, drawn without putting any back."""
    chosen = np.zeros(shape, dtype=bool)
    for row in chosen:
        row[rng.permutation(row.size)[: round(part * row.size)]] = True
    return chosen
