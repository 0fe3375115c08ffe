"""`energy_plane`: the energy over a plane through the state space."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.drawable import Drawable
from hamsim.equilibria.attractors import Search, attractors
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.moment import shortened
from hamsim.equilibria.principal import around, principal_plane
from hamsim.equilibria.space import space_of
from hamsim.equilibria.spanned import Plane, coordinates, names_attractors, span
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.observables import activation, states_of
from hamsim.request import count_of
from hamsim.shown import Shown

__all__ = ["EnergyPlane", "energy_plane"]

SIZE = 121  # states along each axis
# Reads of synapses for one picture; of larger networks the plane has fewer states.
READS = 2e9
SMALLEST = 31
# Starts of the search for attractors, and how many synapses all of them have where that takes long.
STARTS, FEWEST, SYNAPSES = 200, 8, 4e7
MOST = 24  # attractors whose principal axes are taken


@dataclass(frozen=True, eq=False)
class EnergyPlane(Shown, Drawable):
    """The energy of the states of a plane.

    Parameters
    ----------
    network : Network
    plane : Plane
        Its origin and its two directions.
    what : {"x", "g"}
        Whether the plane is one of states or of activations.
    a, b : ndarray, shape (size,)
        Coordinates.
    energy : ndarray, shape (size, size)
        Rows are values of b, columns those of a; NaN where it is not finite.
    scaled : bool
        Whether it is the energy of a network that is symmetrizable; see `hamsim.energy`.
    known : Attractors or None
        What was found first, where the plane goes through attractors.
    time : float or None
        Whose inputs act; None for those that last.
    notes : tuple of str
    """

    network: Network
    plane: Plane
    what: str
    a: Floats
    b: Floats
    energy: Floats
    scaled: bool
    known: Attractors | None = field(default=None, repr=False)
    time: float | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        of = f" of {self.network.name}" if self.network.name else ""
        least, most = np.nanmin(self.energy), np.nanmax(self.energy)
        return f"<EnergyPlane{of}: {self.names[0]}, {self.names[1]}, E {least:.4g} to {most:.4g}>"

    def at(self, x: ArrayLike) -> Floats:
        """Coordinates of the points of the plane that are closest to states, shape (..., 2).

        Parameters
        ----------
        x : array_like, shape (..., n)
            States, also where the plane is one of activations.
        """
        return self.plane.at(self._points(x))

    def off(self, x: ArrayLike) -> Floats:
        """How far states are from the plane, in the neuron that is furthest, shape (...)."""
        return self.plane.off(self._points(x))

    def parts(self, x: ArrayLike) -> tuple[float, float]:
        """How far one state is from the origin along the plane, and how far from the plane."""
        point, plane = self._points(x), self.plane
        near = plane.states(plane.at(point))
        free = np.ones(point.size, dtype=bool) if plane.free is None else plane.free
        along, beside = (near - plane.origin)[free], (point - near)[free]
        return float(np.linalg.norm(along)), float(np.linalg.norm(beside))

    def _points(self, x: ArrayLike) -> Floats:
        states = states_of(self.network, x)
        return activation(self.network, states) if self.what == "g" else states

    @property
    def names(self) -> tuple[str, str]:
        """What the axes are."""
        return self.plane.names

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists."""
        found: dict[str, Any] = {name: getattr(self, name).tolist() for name in ("a", "b")}
        found["energy"] = [
            [each if math.isfinite(each) else None for each in row] for row in self.energy.tolist()
        ]
        found |= {"origin": self.plane.origin.tolist(), "names": list(self.names)}
        found |= {"directions": self.plane.directions.tolist(), "what": self.what}
        found |= {"scaled": self.scaled, "time": self.time, "name": self.network.name}
        return found | {"notes": list(self.notes)}


def energy_plane(
    network: Network | Any,
    a: Any = None,
    b: Any = None,
    *,
    through: Any = None,
    states: ArrayLike | None = None,
    what: str | None = None,
    range: Sequence[float] | None = None,
    size: int | None = None,
    t: float | None = None,
    trial: int = 0,
    starts: int | None = None,
    seed: int = 0,
    progress: Callable[[Search], None] | bool | None = None,
) -> EnergyPlane:
    """Evaluate the energy over a plane through states.

    Parameters
    ----------
    network : Network, Spec, path or dict
        Its energy, or the scaled one where W is symmetrizable.
    a, b : str, int or array_like of shape (n,), optional
        What the plane is spanned by, as of `hamsim.basins`: a neuron's name, the number of an
        attractor, ``"trial:2"``, ``"initial"``, or a state. Without both it is the plane of the
        principal axes of `states`, or of the attractors.
    through : optional
        The origin, where a and b are given: a state. With it three states span a plane.
    states : array_like, shape (k, n), optional
        States whose principal axes span the plane, as of a trajectory.
    what : {"x", "g"}, optional
        A plane of states or of activations. "g" is for networks whose neurons all take two
        values, and is taken for these if nobody says: over their states the energy is made of
        steps, over activations between the two values it is smooth.
    range : (float, float) or (float, float, float, float), optional
        Least and largest coordinate, of both axes or of each.
    size : int, optional
        States along each axis.
    t : float, optional
        Inputs and stimuli act as at this time; as they stay in the end if nobody says.
    trial : int
        Of inputs and stimuli that trials have of their own, those of this one act.
    starts, seed : int, optional
        Of the search for attractors, where the plane goes through these; 200 starts, and fewer in
        large networks, if nobody says.
    progress : True or callable, optional
        Called with a `Search` now and then.

    Returns
    -------
    EnergyPlane

    Raises
    ------
    HamsimError
        The network has no energy, or what is given spans no plane.

    Notes
    -----
    Neurons with tau = 0 are where the others put them: it is the reduced energy of `hamsim.energy`.
    What stimuli hold is held.
    """
    compiled = as_network(network)
    size = _size(compiled) if size is None else count_of("size", size, 2)
    if (a is None) != (b is None) or (a is None and through is not None):
        raise HamsimError("give a and b, which span the plane, or neither of them")
    within = space_of(compiled, what, t, trial)
    known, chosen = None, a is not None or states is not None
    two = within.only_two() if not chosen else None
    if not chosen or names_attractors(a, b, through):
        starts = _starts(compiled) if starts is None else starts
        known = attractors(compiled, starts, seed, trial=trial, progress=progress)
        if len(known) == 0 and two is None:
            raise HamsimError("no attractor was found; give a and b, which span the plane")
    if a is not None or two is not None:
        a, b = (a, b) if two is None else two
        plane = span(within.network, within.attractors(known), a, b, through)
        ends = within.ends(plane, known) if range is None else range
    else:
        shown = known.x[:MOST] if states is None and known else states_of(compiled, _rows(states))
        shown = within.points(shown)
        plane = principal_plane(shown, within.free, within.network.label)
        ends = around(plane.at(shown)) if range is None else range
    plane = plane.only(within.free, within.put(plane.origin))
    along = coordinates(within.network, plane.neurons, ends, size)
    return EnergyPlane(
        compiled,
        plane,
        within.what,
        *along,
        within.over(plane, along),
        within.scaled,
        known,
        None if t is None else float(t),
        _notes(within.notes, known),
    )


def _size(network: Network) -> int:
    """States along an axis for which there is time."""
    cost = float(max(network.W.nnz, network.n_neurons))
    return int(np.clip(np.sqrt(READS / cost), SMALLEST, SIZE))


def _starts(network: Network) -> int:
    return int(np.clip(SYNAPSES / max(network.W.nnz, 1), FEWEST, STARTS))


def _notes(own: tuple[str, ...], known: Attractors | None) -> tuple[str, ...]:
    """Each thing said once, though the search for attractors says it too."""
    found = () if known is None else shortened(known.notes)
    return tuple(dict.fromkeys((*own, *found)))


def _rows(states: Any) -> Any:
    """States as rows, also a single one."""
    return states if np.ndim(states) > 1 else np.atleast_2d(states)
