"""`basins`: to which attractor each state of a plane through the state space goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import as_network
from hamsim.drawable import Drawable
from hamsim.equilibria.attractors import Search, attractors
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.spanned import Plane, coordinates, names_attractors, span
from hamsim.network import Network
from hamsim.request import count_of
from hamsim.shown import Shown
from hamsim.telling import telling

__all__ = ["Basins", "basins"]


@dataclass(frozen=True, eq=False)
class Basins(Shown, Drawable):
    """A plane through the state space, and where its states go.

    A state has the coordinates (a, b) if it is ``origin + a * directions[0] + b * directions[1]``.

    Parameters
    ----------
    labels : ndarray of int, shape (size, size)
        Number of the attractor of each state; rows are values of b, columns those of a. -1 where a
        state comes to none.
    a, b : ndarray, shape (size,)
        Coordinates.
    names : (str, str)
        What the axes are.
    origin : ndarray, shape (n,)
    directions : ndarray, shape (2, n)
    x : ndarray, shape (attractors, n)
        All attractors that have a number: first those of `known`, then others in the plane.
    energy : ndarray, shape (attractors,)
    kind : tuple of str
    share : ndarray, shape (attractors,)
        Parts of the plane.
    at : ndarray, shape (attractors, 2)
        Coordinates of the state in the plane that is closest to each attractor.
    off : ndarray, shape (attractors,)
        How far from the plane it is, in the largest neuron.
    known : Attractors or None
        What was found first, where an axis leads to an attractor.
    interrupted : bool
        Whether Ctrl-C came before all was done.
    notes : tuple of str
    name : str
        Of the network.
    """

    labels: Ints
    a: Floats
    b: Floats
    names: tuple[str, str]
    origin: Floats
    directions: Floats
    x: Floats
    energy: Floats
    kind: tuple[str, ...]
    share: Floats
    at: Floats
    off: Floats
    known: Attractors | None = field(default=None, repr=False)
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists."""
        arrays = ("labels", "a", "b", "origin", "directions", "x", "energy", "share", "at", "off")
        found: dict[str, Any] = {name: getattr(self, name).tolist() for name in arrays}
        found |= {"names": list(self.names), "kind": list(self.kind)}
        return found | {"interrupted": self.interrupted, "notes": list(self.notes)}


def basins(
    network: Network | Any,
    a: Any,
    b: Any,
    size: int = 100,
    range: Sequence[float] | None = None,
    through: Any = None,
    starts: int = 1000,
    seed: int = 0,
    *,
    exact: bool = False,
    trial: int = 0,
    progress: Callable[[Search], None] | bool | None = None,
) -> Basins:
    """Follow the states of a plane to their attractors.

    Parameters
    ----------
    network : Network, Spec, path or dict
        It is taken as it is in the end; see `attractors`.
    a, b : str, int or array_like of shape (n,)
        What the plane is spanned by. A neuron's name: the axis is its state. A number: an attractor
        of ``attractors(network, starts, seed)``. ``"trial:2"``: the file's initial state of that
        trial. Or a state. To a state the axis leads from the origin, which is at 0, the state at 1.
    size : int
        States along each axis.
    range : (float, float) or (float, float, float, float), optional
        Least and largest coordinate, of both axes or of each. -1.5 to 1.5 along axes to states, and
        three standard deviations of random starts around their mean along neurons if nobody says.
    through : "zero", "initial", int, str or array_like, optional
        The origin: 0, the file's initial state, or whatever `a` may be but a neuron. The initial
        state where both axes are neurons, else 0, if nobody says.
    starts, seed : int
        Of the search for attractors, where numbers of these are given.
    exact : bool
        Follow each state tightly; see `fixed_point`.
    trial : int
        See `attractors`.
    progress : True or callable, optional
        Called with a `Search` now and then; True shows a bar.

    Returns
    -------
    Basins

    Raises
    ------
    HamsimError
    """
    with telling(progress, "attractors") as tell:
        return _basins(
            as_network(network),
            (a, b, through),
            size,
            range,
            starts,
            seed,
            {
                "exact": exact,
                "trial": trial,
                "progress": tell,
            },
        )


def _basins(
    compiled: Network,
    given_states: tuple[Any, Any, Any],
    size: int,
    range: Sequence[float] | None,
    starts: int,
    seed: int,
    how: Mapping[str, Any],
) -> Basins:
    """See `basins`; `how` starts are followed is as of `attractors`."""
    size = count_of("size", size, 2)
    a, b, through = given_states
    known = None
    if names_attractors(a, b, through):
        known = attractors(compiled, starts, seed, **how)
    plane = span(compiled, known, a, b, through)
    values = coordinates(compiled, plane.neurons, range, size)
    grid = np.stack(np.meshgrid(*values), axis=-1).reshape(-1, 2)
    found = attractors(compiled, plane.states(grid), **how)
    return _put_together(compiled, found, known, values, plane)


def _put_together(
    network: Network,
    found: Attractors,
    known: Attractors | None,
    values: tuple[Floats, Floats],
    plane: Plane,
) -> Basins:
    """The plane with the numbers of attractors that are known, and new ones after these."""
    x, energy, kind = found.x, found.energy, list(found.kind)
    numbers = np.arange(len(found))
    if known is not None and known.matcher is not None:
        numbers = known.matcher.of_rest(found.x, np.zeros(len(found)))
        new = np.flatnonzero(numbers < 0)
        numbers[new] = len(known) + np.arange(new.size)
        x = np.concatenate([known.x, found.x[new]])
        energy = np.concatenate([known.energy, found.energy[new]])
        kind = [*known.kind, *(found.kind[k] for k in new)]
    # After Ctrl-C states are missing at the end.
    labels = np.full(values[0].size * values[1].size, -1, dtype=np.int64)
    here = found.labels >= 0
    labels[: found.labels.size][here] = numbers[found.labels[here]]
    share = np.bincount(labels[labels >= 0], minlength=len(x)) / labels.size
    interrupted = found.interrupted or (known is not None and known.interrupted)
    return Basins(
        labels.reshape(values[1].size, values[0].size),
        *values,
        plane.names,
        plane.origin,
        plane.directions,
        x,
        energy,
        tuple(kind),
        share,
        plane.at(x),
        plane.off(x),
        known,
        interrupted,
        found.notes,
        network.name,
    )
