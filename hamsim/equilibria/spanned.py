"""Planes through the state space, and what people call that which spans them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.landscape.random_starts import typical_states
from hamsim.errors import HamsimError, given
from hamsim.network import Network

__all__ = ["Names", "Plane", "coordinates", "names_attractors", "span"]

_TRIAL = re.compile(r"trial:(\d+)$")
STATES = (-1.5, 1.5)  # range of coordinates where axes lead from the origin to states
DEVIATIONS = 3.0  # standard deviations of what a neuron receives, where they are neurons


@dataclass(frozen=True, eq=False)
class Plane:
    """A state has the coordinates (a, b) if it is origin + a * directions[0] + b * directions[1].

    Parameters
    ----------
    origin : ndarray, shape (n,)
    directions : ndarray, shape (2, n)
    names : (str, str)
        What the axes are.
    neurons : (int or None, int or None)
        The neurons whose states are axes.
    free : ndarray of bool, shape (n,), or None
        Neurons of which it matters how close a state is; None for all.
    """

    origin: Floats
    directions: Floats
    names: tuple[str, str]
    neurons: tuple[int | None, int | None] = (None, None)
    free: NDArray[np.bool_] | None = None

    def states(self, at: Floats) -> Floats:
        """States of coordinates of shape (..., 2), shape (..., n)."""
        found: Floats = self.origin + at @ self.directions
        return found

    def at(self, x: Floats) -> Floats:
        """Coordinates of the states in the plane that are closest to some, shape (..., 2)."""
        free = slice(None) if self.free is None else self.free
        rows = (x - self.origin).reshape(-1, self.origin.size)[:, free]
        found = np.linalg.lstsq(self.directions[:, free].T, rows.T, rcond=None)[0].T
        return np.asarray(found).reshape(*x.shape[:-1], 2)

    def off(self, x: Floats) -> Floats:
        """How far states are from the plane, in the neuron that is furthest, shape (...)."""
        free = slice(None) if self.free is None else self.free
        apart = np.abs(self.states(self.at(x)) - x)[..., free]
        found: Floats = apart.max(axis=-1, initial=0.0)
        return found

    def only(self, free: NDArray[np.bool_], origin: Floats) -> Plane:
        """The plane through another origin in which only some neurons differ from that.

        Raises
        ------
        HamsimError
            It is none any more.
        """
        directions = np.where(free, self.directions, 0.0)
        if np.linalg.matrix_rank(directions) < 2:
            raise HamsimError(
                "a and b span no plane of neurons that are free to move: others have tau = 0, or "
                "are held by a stimulus"
            )
        return Plane(origin, directions, self.names, self.neurons, free)


def names_attractors(*each: Any) -> bool:
    """Whether anything of it is the number of an attractor."""
    return any(isinstance(_plain(one), int) for one in each)


def _plain(each: Any) -> Any:
    """Numbers of attractors as int, also where they are text."""
    if isinstance(each, str) and each.isdigit():
        return int(each)
    return int(each) if isinstance(each, np.integer) else each


def span(network: Network, known: Attractors | None, a: Any, b: Any, through: Any = None) -> Plane:
    """The plane through a state that two neurons or states span.

    Parameters
    ----------
    network : Network
    known : Attractors or None
        Those that numbers mean.
    a, b : str, int or array_like of shape (n,)
        A neuron's name: the axis is its state. Else a state, to which the axis leads from the
        origin: the number of an attractor, ``"initial"``, ``"trial:2"``, ``"zero"`` or numbers.
    through : optional
        The origin, a state. The initial state where both axes are neurons, else 0.

    Raises
    ------
    HamsimError
    """
    names = Names(network, known)
    a, b, through = (_plain(each) for each in (a, b, through))
    neurons = (names.neuron(a), names.neuron(b))
    if through is None:
        through = "zero" if None in neurons else "initial"
    origin = names.state(through).copy()
    directions = np.zeros((2, network.n_neurons))
    for row, (each, neuron) in enumerate(zip((a, b), neurons, strict=True)):
        if neuron is None:
            directions[row] = names.state(each) - origin
        else:
            directions[row, neuron] = 1.0
    origin[[each for each in neurons if each is not None]] = 0.0
    if np.linalg.matrix_rank(directions) < 2:
        raise HamsimError("a and b lead in the same direction, so that they span no plane")
    called = (names.axis(a, neurons[0]), names.axis(b, neurons[1]))
    if called[0] == called[1]:  # both are numbers
        called = ("towards the first state", "towards the second state")
    return Plane(origin, directions, called, neurons)


class Names:
    """What states and neurons are called.

    Parameters
    ----------
    network : Network
    known : Attractors or None
        Those that numbers mean.
    """

    def __init__(self, network: Network, known: Attractors | None = None) -> None:
        self._network, self._known = network, known

    def neuron(self, each: Any) -> int | None:
        """Number of a neuron that is named; None of anything else."""
        if not isinstance(each, str) or _TRIAL.match(each):
            return None
        if each in ("initial", "zero") and each not in self._network.numbering.table:
            return None
        found = self._network.index(each)
        if isinstance(found, int):
            return found
        numbers = np.arange(self._network.n_neurons)[found]
        if numbers.size != 1:
            raise HamsimError(f"'{each}' is {numbers.size} neurons; an axis is one of them")
        return int(numbers[0])

    def state(self, each: Any) -> Floats:
        """A state of shape (n,)."""
        n, initial = self._network.n_neurons, np.atleast_2d(self._network.initial)
        each = _plain(each)
        if isinstance(each, int) and not isinstance(each, bool):
            assert self._known is not None
            if each >= len(self._known):
                raise HamsimError(
                    f"there is no attractor {each}: {len(self._known)} were found, from 0 on"
                )
            state: Floats = self._known.x[each]
            return state
        if isinstance(each, str):
            if each == "zero":
                return np.zeros(n)
            of = _TRIAL.match(each)
            number = int(of[1]) if of else 0
            if not of and each != "initial":
                raise HamsimError(
                    f"'{each}' is no state; allowed are zero, initial, trial:K and a number"
                )
            if number >= len(initial):
                raise HamsimError(f"there is no trial {number}: the file has {len(initial)}")
            return np.array(initial[number])
        try:
            values = np.asarray(each, dtype=np.float64)
        except (TypeError, ValueError):
            values = np.array(np.nan)
        if values.size != n or not np.isfinite(values).all():
            told = f"an array of shape {values.shape}" if values.ndim else given(each)
            raise HamsimError(f"a state is {n} finite numbers, not {told}")
        return values.reshape(n)  # of a group with a shape, as its patterns are

    def axis(self, each: Any, neuron: int | None) -> str:
        """What an axis is called."""
        if neuron is not None:
            return f"x of {self._network.label(neuron)}"
        if isinstance(each, int):
            return f"towards attractor {each}"
        return f"towards {each}" if isinstance(each, str) else "towards the state given"


def coordinates(
    network: Network, neurons: Sequence[int | None], range: Any, size: int
) -> tuple[Floats, Floats]:
    """Coordinates along both axes: between two numbers, or two for each, or what is typical."""
    if range is None:
        typical = None if tuple(neurons) == (None, None) else typical_states(network)
        ends: list[float] = []
        for neuron in neurons:
            if neuron is None or typical is None:
                ends += STATES
            else:
                mean, deviation = (float(values[neuron]) for values in typical)
                ends += [mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation]
    else:
        try:
            ends = [float(each) for each in np.ravel(range)]
        except (TypeError, ValueError):
            ends = []
        ends = ends * 2 if len(ends) == 2 else ends
    fine = len(ends) == 4 and np.isfinite(ends).all()
    if not fine or not (ends[0] < ends[1] and ends[2] < ends[3]):
        raise HamsimError(
            f"range is {given(range)}; it must be two rising numbers, or two for each axis"
        )
    return np.linspace(ends[0], ends[1], size), np.linspace(ends[2], ends[3], size)
