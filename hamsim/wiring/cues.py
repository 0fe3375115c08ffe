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
from hamsim.wiring.patterns import Stated, patterns_of
from hamsim.wiring.places import makings
from hamsim.wiring.values import one_a_neuron, stream

__all__ = ["Cues"]


class Cues:
    """Values of neurons of one network, also those that come from patterns.

    Parameters
    ----------
    spec : Spec
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._known: dict[str, Stated] = {}

    def value(
        self,
        value: object,
        group: str,
        place: Sequence[str],
        path: str,
        trials: int | None = None,
        rows: bool = True,
        rng: np.random.Generator | None = None,
    ) -> Floats:
        """A value as one number a neuron.

        Parameters
        ----------
        value : Cue
            Of the description.
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
        spec, end = self.spec, End([group], [self.spec.groups[group]])
        if isinstance(value, PatternsOf):
            return self._rows(value, end)
        if not isinstance(value, Corrupt):
            rng = stream(spec.seed, *place) if rng is None else rng
            form = neuron_form(end, trials=rows)
            return one_a_neuron(value, end.shape, rng, spec.files, path, trials, form=form)
        of, at = value.corrupt.of, f"{path}.corrupt.of"
        copied = self.value(of, group, place, at, trials, rows, rng)
        if copied.ndim == 1 and trials is not None:
            copied = np.tile(copied, (trials, 1))
        values = copied
        if isinstance(of, PatternsOf):
            values = self._stated(of.patterns).values
        elif is_random(of):
            values = np.array(two_values(of))
        _corrupt(copied, value.corrupt, values, spec.seed, (*place, "corrupt"))
        if not np.all(np.isfinite(copied)):
            raise CompileError(f"{path}.corrupt.noise: a number is not finite")
        return copied

    def _rows(self, value: PatternsOf, end: End) -> Floats:
        """The patterns that are meant, of one group's neurons."""
        patterns, visible = self._stated(value.patterns)
        start = visible.offsets[end.names[0]]
        own = patterns[:, start : start + end.n]
        return np.array(own if value.row is None else own[value.row])

    def _stated(self, name: str) -> Stated:
        """Patterns of the connection with this name."""
        if name not in self._known:
            names = [connection.name for connection in self.spec.connections]
            known = name if name in names else name.removeprefix("connections.")
            self._known[name] = patterns_of(makings(self.spec)[names.index(known)])
        return self._known[name]


def _corrupt(
    copied: Floats, how: Corruption, values: Floats, seed: int, place: tuple[str, ...]
) -> None:
    """Do to a copy what is to be done: each thing by a stream of its own, and row by row.

    So a larger part of the neurons holds those of a smaller one, and the rows of fewer trials are
    the first of more.
    """
    rows = np.atleast_2d(copied)
    if how.flips is not None:
        low, high = flip_values(values)
        wrong = _chosen(how.flips, rows.shape, stream(seed, *place, "flips"))
        rows[wrong] = np.where(rows[wrong] == high, low, high)
    if how.erase is not None:
        gone = _chosen(how.erase, rows.shape, stream(seed, *place, "erase"))
        rows[gone] = 0.0 if how.value is None else how.value
    if how.noise is not None:
        with np.errstate(over="ignore"):  # what is not finite is told
            rows += how.noise * stream(seed, *place, "noise").normal(size=rows.shape)


def _chosen(part: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """In each row the same number of neurons, drawn without putting any back."""
    chosen = np.zeros(shape, dtype=bool)
    for row in chosen:
        row[rng.permutation(row.size)[: round(part * row.size)]] = True
    return chosen
