"""States of the past, as polynomials over the steps that were taken, in a ring."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.kernels.delayed import states_of_earlier
from hamsim.kernels.jit import first_call
from hamsim.ram import require_memory

__all__ = ["CLOSE", "History", "hermite", "straight", "through_nodes"]

# Times this close, relative to themselves, are the same: that much is rounding.
CLOSE = 1e-12
LEAST_RING = 8  # steps


class History:
    """States of some neurons in one or several trials.

    Parameters
    ----------
    before : ndarray, shape (neurons, m)
        States before the first step, always the same.
    longest : float
        So long ago states are asked for.
    degree : int
        Of the polynomials.
    """

    def __init__(self, before: Floats, longest: float, degree: int) -> None:
        self.before, self.longest = np.ascontiguousarray(before), longest
        self.kept: Ints = np.zeros(2, dtype=np.int64)
        self._known = self.kept  # with what is now
        self._make(LEAST_RING, degree)

    def _make(self, size: int, degree: int) -> None:
        shape = (size, self.before.shape[0], degree + 1, self.before.shape[1])
        require_memory(
            8.0 * np.prod(shape, dtype=float),
            lambda wanted: SimulationError(
                f"the states of the last {self.longest:g} of time, which delays need, take "
                f"{wanted} of memory: take longer steps, shorter delays or fewer trials"
            ),
        )
        self.starts, self.lengths = np.zeros(size), np.ones(size)
        self.polynomials: Floats = np.empty(shape)

    def add(self, begins: Floats, lengths: Floats, polynomials: Floats) -> None:
        """Add steps that were taken.

        Parameters
        ----------
        begins, lengths : ndarray, shape (steps,)
        polynomials : ndarray, shape (steps, neurons, degree + 1, m)
            In the part of a step that has passed, from 0 to 1.
        """
        if not begins.size:
            return
        self._forget(float(begins[0]))
        first, last = self.kept.tolist()
        self._make_room(last - first + begins.size)
        at = (last + np.arange(begins.size)) % self.starts.size
        self.starts[at], self.lengths[at], self.polynomials[at] = begins, lengths, polynomials
        self.kept[1] += begins.size
        self._known = self.kept

    def be_at(self, time: float, x: Floats) -> None:
        """Say where the next step begins, at x of shape (neurons, m): that is known already."""
        first, last = self.kept.tolist()
        self._make_room(last - first + 1)
        at = last % self.starts.size
        self.starts[at], self.lengths[at] = time, 1.0
        self.polynomials[at, :, 0], self.polynomials[at, :, 1:] = x, 0.0
        self._known = self.kept + np.array([0, 1])

    def _forget(self, now: float) -> None:
        """Let go of steps that ended longer ago than anybody asks."""
        first, last = self.kept.tolist()
        at = np.arange(first, last) % self.starts.size
        ends = self.starts[at] + self.lengths[at]
        # What lies within rounding of the border is kept.
        old = ends < (now - self.longest) - 1e-9 * (abs(now) + self.longest)
        self.kept[0] += int(np.count_nonzero(old))

    def _make_room(self, steps: int) -> None:
        size = self.starts.size
        if steps <= size:
            return
        begins, lengths, polynomials = self.steps()
        while size < steps:
            size *= 2
        self._make(size, polynomials.shape[2] - 1)
        at = np.arange(self.kept[0], self.kept[1]) % size
        self.starts[at], self.lengths[at], self.polynomials[at] = begins, lengths, polynomials

    def steps(self) -> tuple[Floats, Floats, Floats]:
        """Steps that are kept, in their order: begins, lengths, polynomials."""
        at = np.arange(self.kept[0], self.kept[1]) % self.starts.size
        return self.starts[at], self.lengths[at], self.polynomials[at]

    def put_back(self, begins: Floats, lengths: Floats, polynomials: Floats) -> None:
        """Have the steps that `steps` gave, and no others."""
        self.kept[:] = 0
        self.add(begins, lengths, polynomials)

    def stand_in(self, gone: Ints, source: int) -> None:
        """Let the past of one trial be that of others too."""
        self.polynomials[..., gone] = self.polynomials[..., source, None]
        self.before[:, gone] = self.before[:, source, None]

    def states(self, time: float, from_left: bool, neurons: Ints, delays: Floats) -> Floats:
        """States of neurons some time before `time`, shape (m, pairs).

        Parameters
        ----------
        time : float
        from_left : bool
            Whether a jump just then has not come yet.
        neurons : ndarray of int, shape (pairs,)
        delays : ndarray, shape (pairs,)
        """
        out = np.empty((self.before.shape[1], neurons.size))
        with first_call("states of earlier"):
            states_of_earlier(
                time,
                from_left,
                CLOSE,
                self._known,
                self.starts,
                self.lengths,
                self.polynomials,
                self.before,
                neurons,
                delays,
                out,
            )
        return out


def hermite(x: Floats, slopes: Floats) -> Floats:
    """Cubic polynomials over steps with these states and slopes at their ends.

    Parameters
    ----------
    x : ndarray, shape (steps + 1, ...)
    slopes : ndarray, shape (steps + 1, ...)
        dx/dt times the length of a step.

    Returns
    -------
    ndarray, shape (steps, 4, ...)
        Of the powers 0 to 3 of the part of a step that has passed; the first is x to the bit.
    """
    begin, end, change = slopes[:-1], slopes[1:], np.diff(x, axis=0)
    return np.stack(
        [x[:-1], begin, 3.0 * change - 2.0 * begin - end, begin + end - 2.0 * change], axis=1
    )


def straight(x: Floats) -> Floats:
    """Straight lines between states at the ends of steps, shape (steps, neurons, 4, m).

    Of noise nothing more is known between them.
    """
    result = np.zeros((x.shape[0] - 1, x.shape[1], 4, x.shape[2]))
    result[:, :, 0], result[:, :, 1] = x[:-1], np.diff(x, axis=0)
    return result


def through_nodes(times: Floats, x: Floats, known: int) -> Floats:
    """Polynomials over steps through states at their ends and before, of degree up to 3.

    Parameters
    ----------
    times : ndarray, shape (known + steps + 1,)
    x : ndarray, shape (known + steps + 1, ...)
    known : int
        So many are those of before the first step.

    Returns
    -------
    ndarray, shape (steps, 4, ...)
    """
    result = np.zeros((x.shape[0] - known - 1, 4, *x.shape[1:]))
    for k in range(result.shape[0]):
        here = k + known
        before = min(2, here)
        at = slice(here - before, here + 2)
        nodes = (times[at] - times[here]) / (times[here + 1] - times[here])
        powers = np.vander(nodes, before + 2, increasing=True)
        result[k, : before + 2] = np.tensordot(np.linalg.inv(powers), x[at], axes=1)
        result[k, 0] = x[here]
    return result
