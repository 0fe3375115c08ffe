"""Values of neurons that come from patterns, or are corrupted copies of something."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError
from hamsim.network import Draw
from hamsim.spec.cues import Corrupt, Corruption, PatternsOf
from hamsim.spec.distributions import is_random, two_values
from hamsim.spec.ends import End
from hamsim.spec.forms import neuron_form
from hamsim.spec.schema import Spec
from hamsim.wiring.copies import Copy, copies
from hamsim.wiring.patterns import Stated, patterns_of
from hamsim.wiring.places import makings
from hamsim.wiring.values import one_a_neuron

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
        end: End,
        place: tuple[str, ...],
        path: str,
        trials: int | None = None,
        rows: bool = True,
    ) -> Floats:
        """A value as one number a neuron.

        Parameters
        ----------
        value : Cue
            Of the description.
        end : End
            Whose neurons they are; it knows their numbers in the network.
        place : tuple of str
            Names the streams of random numbers.
        path : str
            Names the value in messages.
        trials : int or None
            How many rows a random value gets; None gives one without an axis.
        rows : bool
            Whether the value may have rows, one a trial.

        Returns
        -------
        ndarray, shape (n,) or (trials, n)
            Newly allocated.
        """
        spec = self.spec
        if isinstance(value, PatternsOf):
            return self._rows(value, end)
        if not isinstance(value, Corrupt):
            return one_a_neuron(
                value,
                end.shape,
                Stream(spec.seed, *place),
                spec.files,
                path,
                trials,
                form=lambda: neuron_form(end, trials=rows),
            )
        copy = self._copy(value.corrupt, end, place, f"{path}.corrupt.of", rows)
        result = copies(copy, end.n, trials, Stream(spec.seed, *place))
        if not np.all(np.isfinite(result)):
            raise CompileError(f"{path}.corrupt: a number is not finite")
        return result

    def draw(
        self, value: object, end: End, place: tuple[str, ...], places: Ints, neurons: Ints
    ) -> Draw | None:
        """How a value is drawn for each trial; None if it is not, or has trials of its own."""
        if isinstance(value, Corrupt):
            copy = self._copy(value.corrupt, end, place, f"{'.'.join(place)}.corrupt.of", True)
            if isinstance(copy.of, np.ndarray) and copy.of.ndim == 2:
                return None
            value = copy
        elif not is_random(value):
            return None
        return Draw(value, self.spec.seed, place, end.n, places, neurons)

    def _copy(
        self, how: Corruption, end: End, place: tuple[str, ...], path: str, rows: bool
    ) -> Copy:
        """What is copied, and the values that are exchanged in it."""
        if is_random(how.of):
            return Copy(how.of, how, np.array(two_values(how.of)))
        of = self.value(how.of, end, place, path, rows=rows)
        if isinstance(how.of, PatternsOf):
            return Copy(of, how, self._stated(how.of.patterns).values)
        return Copy(of, how, of)

    def _rows(self, value: PatternsOf, end: End) -> Floats:
        """The patterns that are meant, of these neurons."""
        patterns, visible = self._stated(value.patterns)
        places = end.places_in(visible)
        if value.row is not None:
            return np.ascontiguousarray(patterns[value.row, places])
        return np.ascontiguousarray(patterns[:, places])

    def _stated(self, name: str) -> Stated:
        """Patterns of the connection with this name."""
        if name not in self._known:
            names = [connection.name for connection in self.spec.connections]
            known = name if name in names else name.removeprefix("connections.")
            self._known[name] = patterns_of(makings(self.spec)[names.index(known)])
        return self._known[name]
