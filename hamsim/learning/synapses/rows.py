"""Some trials of a and g, and their sums on the synapses of one connection."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.kernels.jit import first_call
from hamsim.kernels.outer import (
    add_block,
    add_edges,
    add_edges_of_few,
    add_kernel,
    add_triples,
    side_by_side,
)
from hamsim.kernels.registers import LANES
from hamsim.learning.synapses.parts import Part

__all__ = ["Room", "Rows", "rows_of"]

# Trials that are worked on at once: what two neurons have of them stays in the first cache.
MOST_TRIALS = 64


class Room:
    """Memory that is used again from batch to batch: to be given new pages costs much."""

    def __init__(self) -> None:
        self._arrays: dict[str, Floats] = {}

    def array(self, what: str, shape: tuple[int, ...]) -> Floats:
        """An array, which holds anything."""
        found = self._arrays.get(what)
        if found is None or found.shape != shape:
            found = self._arrays[what] = np.empty(shape)
        return found


class Rows:
    """Some trials.

    Parameters
    ----------
    a, g : ndarray, shape (rows, n)
    trials : ndarray of int, shape (m,)
        Which rows.
    scale : ndarray, shape (m,)
        Factors of a.
    room : Room
    """

    def __init__(self, a: Floats, g: Floats, trials: Ints, scale: Floats, room: Room) -> None:
        self._room = room
        self._a, self._g, self._trials, self._scale = a, g, trials, scale
        self.count, self.n = trials.size, a.shape[1]

    @cached_property
    def by_neuron(self) -> Floats:
        """Of each neuron a and g in all trials, shape (n, 2, m); m made up to whole vectors."""
        few = self.count < LANES
        width = self.count if few else self.count + -self.count % LANES
        out = self._room.array("by neuron", (self.n, 2, width))
        with first_call("side by side"):
            side_by_side(self._a, self._g, self._trials, self._scale, out)
        return out

    @cached_property
    def _stacked(self) -> Floats:
        """The rows of a, then those of g, shape (2 m, n)."""
        m = self.count
        out = self._room.array("stacked", (2 * m, self.n))
        np.take(self._a, self._trials, axis=0, out=out[:m], mode="clip")
        out[:m] *= self._scale[:, None]
        np.take(self._g, self._trials, axis=0, out=out[m:], mode="clip")
        return out

    def add_edges(self, receivers: Ints, senders: Ints, both: bool, out: Floats) -> None:
        """Add the sums of edges that are summed one by one."""
        values = self.by_neuron
        if values.shape[2] < LANES:
            with first_call("add edges of few"):
                add_edges_of_few(values, receivers, senders, both, out)
        else:
            with first_call("add edges"):
                add_edges(values, receivers, senders, both, out)

    def add_block(self, part: Part, out: Floats) -> None:
        """Add the sums of a whole block."""
        values, sides, terms = self._sides(part, part.rows, part.columns, True)
        with first_call("add block"):
            size = part.rows.size, part.columns.size
            add_block(values.reshape(-1), values.shape[1], sides, terms, out, *size)

    def add_kernel(self, part: Part, out: Floats) -> None:
        """Add the sums of a convolution's kernel."""
        own = part.convolution
        assert own is not None
        assert part.kernel is not None
        found, image = part.rows, part.columns
        if own.image_receives:
            found, image = image, found
        values, sides, terms = self._sides(part, found, image, not own.image_receives)
        shape = [*own.image, *own.found, *own.window, *own.stride, *own.before]
        channels_out, channels_in, down, across = part.kernel.shape
        sums = np.zeros(part.kernel.size)
        with first_call("add kernel"):
            add_kernel(
                values.reshape(-1), values.shape[1], sides, terms, np.array(shape, np.int64), sums
            )
        kernel = sums.reshape(down, channels_out, across, channels_in).transpose(1, 3, 0, 2)
        by_weight: Floats = kernel.reshape(-1)[part.places]
        if part.loops is not None:
            by_weight[part.loops] *= 0.5
        out += by_weight

    def add_triples(self, part: Part, hebbian: bool, out: Floats) -> None:
        """Add the sums of gated synapses; if Hebbian of all three activations, a being g / 2."""
        with first_call("add triples"):
            add_triples(self.by_neuron, part.receivers, part.senders, part.gates, hebbian, out)

    def _sides(
        self, part: Part, left: Ints, right: Ints, left_receives: bool
    ) -> tuple[Floats, Ints, Ints]:
        """Rows, where factors of both directions begin in the first of them, and their numbers.

        A direction in which nobody that receives has anything but 0 needs no sums.
        """
        values, starts = self._stacked, []
        if part.is_stretch:
            starts = [int(left[0]), int(right[0])]
        else:
            values = np.ascontiguousarray(values[:, np.concatenate([left, right])])
            starts = [0, left.size]
        m, step = self.count, values.shape[1]
        later = m * step
        sides = [[starts[0], later + starts[1]], [later + starts[0], starts[1]]]
        terms = []
        for start, size, wanted in (
            (starts[0], left.size, part.both or left_receives),
            (starts[1], right.size, part.both or not left_receives),
        ):
            some = wanted and bool(values[:m, start : start + size].any())
            terms.append(m if some else 0)
        return values, np.array(sides, dtype=np.int64), np.array(terms, dtype=np.int64)


def rows_of(a: Floats, g: Floats, scale: Any, n: int, room: Room) -> Iterator[Rows]:
    """Trials that count, some at a time."""
    a, g = (np.ascontiguousarray(np.atleast_2d(each), dtype=np.float64) for each in (a, g))
    factors = np.broadcast_to(np.asarray(scale, dtype=np.float64), a.shape[:1])
    if a.shape != g.shape or a.shape[1] != n:
        raise ValueError(f"a and g have shapes {a.shape} and {g.shape}; both must be (rows, {n})")
    counting = np.flatnonzero(factors)
    for first in range(0, counting.size, MOST_TRIALS):
        trials = counting[first : first + MOST_TRIALS]
        yield Rows(a, g, trials, np.ascontiguousarray(factors[trials]), room)
