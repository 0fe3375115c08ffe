"""`phase_plane`: how two neurons move by what both are, with nullclines and where they rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import as_network
from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.equilibria.balance import balance_of
from hamsim.equilibria.moment import Moment, moment_of
from hamsim.equilibria.spanned import Names, coordinates
from hamsim.equilibria.two_neurons import Field
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.request import count_of
from hamsim.shown import Shown

__all__ = ["PhasePlane", "phase_plane"]

SIZE = 121  # states along each axis
# Reads of synapses for one picture; of larger networks the plane has fewer states.
READS = 2e9
SMALLEST = 31
COARSE = 61  # states along each axis, of the plane in which points of balance are looked for first
MARGIN = 0.12  # around what there is to be seen


@dataclass(frozen=True, eq=False)
class PhasePlane(Shown, Drawable):
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
            f"{counted(count, 'point')} of balance>"
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
    field = Field(moment, neurons, state, what)
    along = tuple(field.axis(k, states[k]) for k in (0, 1))
    found = field.over(along)
    balance, eigenvalues, notes = balance_of(field, along, found)
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
    field = Field(moment, neurons, state, "x")
    rest, _, _ = balance_of(field, wide, field.over(wide))
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
