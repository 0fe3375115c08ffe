"""Velocities of two neurons of a network by their states, or by their activations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.moment import Moment
from hamsim.errors import HamsimError
from hamsim.observables import velocity
from hamsim.operator import Neurons

__all__ = ["Field"]

FINE = 4001  # states between which an activation is turned into a state


class Field:
    """Velocities of two neurons by their states."""

    def __init__(self, moment: Moment, neurons: tuple[int, int], state: Floats, what: str) -> None:
        self._moment, self._neurons, self._state = moment, neurons, state
        self._in_g = what == "g"
        self._of = [self._axis_of(neuron) for neuron in neurons] if self._in_g else []

    def _axis_of(self, neuron: int) -> _Activation:
        network = self._moment.network
        group = next(each for each in network.groups if neuron < each.stop)
        if not group.family.additive or not group.family.convex:
            why = "neurons share it" if not group.family.additive else "it does not always rise"
            raise HamsimError(
                f"the activation of {network.label(neuron)} is no axis ({why}); draw states"
            )
        return _Activation(Neurons([group]), group.size, neuron - group.start)

    def axis(self, k: int, states: Floats) -> Floats:
        """Even coordinates from the first of these states to the last."""
        if not self._in_g:
            return states
        ends = self._of[k].at(states[[0, -1]])
        if not ends[0] < ends[1]:
            label = self._moment.network.label(self._neurons[k])
            raise HamsimError(f"the activation of {label} is the same all over; draw states")
        self._of[k].between(float(states[0]), float(states[-1]))
        return np.linspace(ends[0], ends[1], states.size)

    def over(self, along: Sequence[Floats]) -> Floats:
        """Velocities over the plane, shape (2, b, a)."""
        grid = np.stack(np.meshgrid(*along), axis=-1)
        return np.moveaxis(self.at(grid.reshape(-1, 2)).reshape(grid.shape), -1, 0)

    def at(self, points: Floats) -> Floats:
        """Velocities at coordinates of shape (points, 2)."""
        states, rates = points, np.ones_like(points)
        if self._in_g:
            states = np.stack([self._of[k].state(points[:, k]) for k in (0, 1)], axis=-1)
            rates = np.stack([self._of[k].slope(states[:, k]) for k in (0, 1)], axis=-1)
        result = np.empty_like(states)
        some = self._moment.rows_at_once(len(states))
        for first in range(0, len(states), some):
            part = states[first : first + some]
            rows = np.tile(self._state, (some, 1))  # always as many, so that W is prepared once
            rows[: len(part), self._neurons] = part
            with np.errstate(all="ignore"):
                moved = velocity(self._moment.network, rows)
            result[first : first + some] = moved[: len(part), self._neurons]
        moved_on: Floats = result * rates
        return moved_on


class _Activation:
    """The activation of one neuron by its state, and the other way."""

    def __init__(self, neurons: Neurons, size: int, place: int) -> None:
        self._neurons, self._size, self._place = neurons, size, place

    def _rows(self, states: Floats) -> Floats:
        rows = np.zeros((states.size, self._size))
        rows[:, self._place] = states
        return rows

    def at(self, states: Floats) -> Floats:
        """Activations."""
        found: Floats = self._neurons.activate(self._rows(states))[:, self._place]
        return found

    def slope(self, states: Floats) -> Floats:
        """Slopes dg/dx."""
        ones = self._rows(np.ones(states.size))
        found: Floats = self._neurons.hessian(self._rows(states), ones)[:, self._place]
        return found

    def between(self, low: float, high: float) -> None:
        """Prepare `state` for activations of states between two."""
        self._states = np.linspace(low, high, FINE)
        self._g = self.at(self._states)

    def state(self, g: Floats) -> Floats:
        """A state that has an activation; the nearest of those that were prepared, if none."""
        found: Floats = np.interp(g, self._g, self._states)
        return found
