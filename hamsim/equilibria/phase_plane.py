"""`phase_plane`: how two neurons move by what both are, with nullclines and where they rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import as_network
from hamsim.drawable import Drawable
from hamsim.equilibria.moment import Moment, moment_of
from hamsim.equilibria.spanned import Names, coordinates
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.observables import velocity
from hamsim.operator import Neurons
from hamsim.request import count_of

__all__ = ["PhasePlane", "phase_plane"]

SIZE = 121  # states along each axis
# Reads of synapses for one picture; of larger networks the plane has fewer states.
READS = 2e9
SMALLEST = 31
COARSE = 61  # states along each axis, of the plane in which points of balance are looked for first
MARGIN = 0.12  # around what there is to be seen
FINE = 4001  # states between which an activation is turned into a state
MOST_RESTS = 50  # points of balance; where there are more they are a line
NEWTON = 30
CLOSE = 1e-9  # of the plane's width: points of balance this close are one


@dataclass(frozen=True, eq=False)
class PhasePlane(Drawable):
    """The velocities of two neurons over a plane of their states, or of their activations.

    Parameters
    ----------
    neurons : (int, int)
        The neurons, along a and along b.
    labels : (str, str)
        Their names.
    what : {"x", "g"}
        Whether coordinates are states or activations.
    a, b : ndarray, shape (size,)
        Coordinates.
    velocity : ndarray, shape (2, size, size)
        Of a and of b in time; rows are values of b, columns those of a.
    balance : ndarray, shape (points, 2)
        Where both velocities are 0.
    eigenvalues : ndarray of complex, shape (points, 2)
        Of the motion of both neurons there, a unit of time.
    state : ndarray, shape (n,)
        Where the other neurons are held.
    held : ndarray of int
        Other neurons that would move, and are held there. Where there are none, the plane is the
        whole motion, and points of balance are rest states of the network.
    following : ndarray of int
        Other neurons, with tau = 0, which follow at once.
    stimulated : ndarray of int
        Other neurons that a stimulus holds.
    where : str
        Which state `state` is.
    time : float or None
        Whose inputs act; None for those that last.
    name : str
        Of the network.
    notes : tuple of str
    """

    neurons: tuple[int, int]
    labels: tuple[str, str]
    what: str
    a: Floats
    b: Floats
    velocity: Floats
    balance: Floats
    eigenvalues: np.ndarray
    state: Floats
    held: Ints
    following: Ints
    stimulated: Ints
    where: str
    time: float | None
    name: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        of = f" of {self.name}" if self.name else ""
        count = len(self.balance)
        return (
            f"<PhasePlane{of}: {self.what} of {self.labels[0]} and {self.labels[1]}, "
            f"{count} point{'' if count == 1 else 's'} of balance>"
        )

    @property
    def whole(self) -> bool:
        """Whether no neuron is held that would move."""
        return self.held.size == 0

    def others(self) -> str:
        """What the other neurons do, in words; empty if there are none."""
        parts = []
        if self.held.size:
            noun = "other neuron is" if self.held.size == 1 else "other neurons are"
            parts.append(f"{self.held.size:,} {noun} held at {self.where}")
        if self.following.size:
            noun = "neuron" if self.following.size == 1 else "neurons"
            verb = "follows" if self.following.size == 1 else "follow"
            parts.append(f"{self.following.size:,} {noun} with tau = 0 {verb}")
        if self.stimulated.size:
            noun = "neuron" if self.stimulated.size == 1 else "neurons"
            parts.append(f"stimuli hold {self.stimulated.size:,} {noun}")
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists."""
        arrays = ("a", "b", "velocity", "balance", "state", "held", "following", "stimulated")
        found: dict[str, Any] = {name: getattr(self, name).tolist() for name in arrays}
        pairs = [[[z.real, z.imag] for z in each] for each in self.eigenvalues]
        found |= {"neurons": list(self.neurons), "labels": list(self.labels), "what": self.what}
        found |= {"eigenvalues": pairs, "where": self.where, "time": self.time, "name": self.name}
        return found | {"notes": list(self.notes)}


def phase_plane(
    network: Network | Any,
    a: Any,
    b: Any,
    *,
    through: Any = "initial",
    what: str = "x",
    range: Sequence[float] | None = None,
    size: int | None = None,
    t: float | None = None,
    trial: int = 0,
    where: str | None = None,
) -> PhasePlane:
    """Evaluate how two neurons move, over a plane of their states.

    Parameters
    ----------
    network : Network, Spec, path or dict
    a, b : str or int
        The neurons: names, or numbers.
    through : str or array_like, optional
        The state at which the others are held: ``"initial"``, ``"trial:2"``, ``"zero"`` or numbers.
        Those with tau = 0 follow at once, whatever it says of them.
    what : {"x", "g"}
        Axes are states or activations; these of neurons that have a Lagrangian of their own.
    range : (float, float) or (float, float, float, float), optional
        Least and largest state of both neurons, or of each; such that points of balance are
        seen, if nobody says.
    size : int, optional
        States along each axis.
    t : float, optional
        Inputs and stimuli act as at this time; as they stay in the end if nobody says.
    trial : int
        Of inputs and stimuli that trials have of their own, those of this one act.
    where : str, optional
        What to call `through`.

    Returns
    -------
    PhasePlane

    Raises
    ------
    HamsimError
    """
    compiled = as_network(network)
    if what not in ("x", "g"):
        raise HamsimError(f"what is {given(what)}; allowed are 'x' and 'g'")
    neurons = (_neuron(compiled, a), _neuron(compiled, b))
    if neurons[0] == neurons[1]:
        raise HamsimError(f"a and b are both {compiled.label(neurons[0])}; give two neurons")
    moment = moment_of(compiled, t, trial)
    for neuron in neurons:
        _require_free(moment, neuron)
    size = _size(moment.network) if size is None else count_of("size", size, 2)
    state = moment.put(Names(compiled).state(through))
    if range is None:
        range = _seen(moment, neurons, state, min(size, COARSE))
    states = coordinates(moment.network, neurons, range, size)
    field = _Field(moment, neurons, state, what)
    along = tuple(field.axis(k, states[k]) for k in (0, 1))
    found = field.over(along)
    balance, eigenvalues, notes = _balance(field, along, found)
    tau = moment.network.tau
    rest = np.setdiff1d(np.arange(tau.size), [*neurons, *moment.held])
    return PhasePlane(
        neurons,
        (compiled.label(neurons[0]), compiled.label(neurons[1])),
        what,
        along[0],
        along[1],
        found,
        balance,
        eigenvalues,
        moment.settled(state) if (tau == 0).any() else state,
        rest[tau[rest] > 0],
        rest[tau[rest] == 0],
        moment.held,
        _where(through) if where is None else where,
        None if t is None else float(t),
        compiled.name,
        (*moment.notes, *notes),
    )


def _neuron(network: Network, each: Any) -> int:
    found = network.index(int(each) if isinstance(each, np.integer) else each)
    numbers = np.atleast_1d(np.arange(network.n_neurons)[found])
    if numbers.size != 1:
        raise HamsimError(f"'{each}' is {numbers.size:,} neurons; an axis is one of them")
    return int(numbers[0])


def _require_free(moment: Moment, neuron: int) -> None:
    """Refuse neurons that do not move by themselves."""
    network = moment.network
    if neuron in moment.held:
        raise HamsimError(
            f"a stimulus holds {network.label(neuron)}, which does not move then: name another "
            "neuron, or another time t"
        )
    if network.tau[neuron] == 0:
        raise HamsimError(
            f"{network.label(neuron)} has tau = 0: it follows the others at once, and has no "
            "velocity of its own; name neurons with a tau above 0"
        )


def _size(network: Network) -> int:
    """States along an axis for which there is time."""
    cost = float(max(network.W.nnz, network.n_neurons))
    return int(np.clip(np.sqrt(READS / cost), SMALLEST, SIZE))


def _seen(moment: Moment, neurons: tuple[int, int], state: Floats, size: int) -> list[float]:
    """Ranges that hold what there is to be seen: where they begin, and where they are at rest."""
    wide = coordinates(moment.network, neurons, None, size)
    field = _Field(moment, neurons, state, "x")
    rest, _, _ = _balance(field, wide, field.over(wide))
    ends: list[float] = []
    for k, neuron in enumerate(neurons):
        middle, sixth = 0.5 * (wide[k][0] + wide[k][-1]), (wide[k][-1] - wide[k][0]) / 6.0
        seen = np.concatenate([rest[:, k], [state[neuron], middle - sixth, middle + sixth]])
        low, high = float(seen.min()), float(seen.max())
        ends += [low - MARGIN * (high - low), high + MARGIN * (high - low)]
    return ends


def _where(through: Any) -> str:
    """Which state it is, in words."""
    if not isinstance(through, str):
        return "the state given"
    return {"initial": "the initial state", "zero": "0"}.get(through, f"initial state {through}")


class _Field:
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


def _balance(
    field: _Field, along: tuple[Floats, ...], found: Floats
) -> tuple[Floats, np.ndarray, tuple[str, ...]]:
    """Points where both velocities are 0: cells where both change sign, and Newton's iteration."""
    a, b = along
    changes = np.ones((b.size - 1, a.size - 1), dtype=bool)
    for v in found:
        corners = np.stack([v[:-1, :-1], v[1:, :-1], v[:-1, 1:], v[1:, 1:]])
        changes &= (corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)
    row, column = np.nonzero(changes)
    none = np.zeros((0, 2))
    if row.size > 4 * MOST_RESTS:
        return none, none.astype(complex), ("both velocities are 0 along a line, or nearly",)
    cell = np.array([a[1] - a[0], b[1] - b[0]])
    points = np.stack([a[column], b[row]], axis=-1) + 0.5 * cell
    start = points.copy()
    step = 1e-6 * cell
    for _ in range(NEWTON):
        if not len(points):
            break
        J, v = _derivative(field, points, step)
        moved = _solved(J, v)
        points = np.clip(points - moved, start - 1.5 * cell, start + 1.5 * cell)
    ends = np.array([[a[0], b[0]], [a[-1], b[-1]]])
    kept: list[Floats] = []
    for point, v in zip(points, field.at(points) if len(points) else none, strict=True):
        near = np.abs(found).max(axis=(1, 2))
        inside = np.all((point >= ends[0]) & (point <= ends[1]))
        new = all(np.abs((point - other) / cell).max() > CLOSE * a.size + 1e-4 for other in kept)
        if inside and new and np.all(np.abs(v) <= 1e-7 * near):
            kept.append(point)
    if len(kept) > MOST_RESTS:
        return none, none.astype(complex), ("both velocities are 0 along a line, or nearly",)
    if not kept:
        return none, none.astype(complex), ()
    balance = np.stack(kept)
    J, _ = _derivative(field, balance, step)
    return balance, np.linalg.eigvals(J).astype(complex), ()


def _solved(J: Floats, v: Floats) -> Floats:
    """Solutions of J d = v, shape (points, 2); 0 where there is no single one."""
    with np.errstate(all="ignore"):
        size = J[:, 0, 0] * J[:, 1, 1] - J[:, 0, 1] * J[:, 1, 0]
        first = (J[:, 1, 1] * v[:, 0] - J[:, 0, 1] * v[:, 1]) / size
        second = (J[:, 0, 0] * v[:, 1] - J[:, 1, 0] * v[:, 0]) / size
    found = np.stack([first, second], axis=-1)
    return np.where(np.isfinite(found), found, 0.0)


def _derivative(field: _Field, points: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Derivatives of velocities by central differences, shape (points, 2, 2), and velocities."""
    moves = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * step
    v = field.at((points[:, None] + moves).reshape(-1, 2)).reshape(len(points), 5, 2)
    J = np.stack([(v[:, 1] - v[:, 2]) / (2 * step[0]), (v[:, 3] - v[:, 4]) / (2 * step[1])], -1)
    return J, v[:, 0]
