"""`basins`: to which attractor each state of a plane through the state space goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import as_network
from hamsim.equilibria.attractors import Search, attractors
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.landscape.random_starts import typical_states
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.request import count_of
from hamsim.shown import Shown
from hamsim.telling import telling

__all__ = ["Basins", "basins"]

_TRIAL = re.compile(r"trial:(\d+)$")
STATES = (-1.5, 1.5)  # range of coordinates where axes lead from the origin to states
DEVIATIONS = 3.0  # standard deviations of what a neuron receives, where they are neurons


@dataclass(frozen=True, eq=False)
class Basins(Shown):
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
    a, b, through = (_plain(each) for each in given_states)
    known = None
    if any(isinstance(each, int) for each in (a, b, through)):
        known = attractors(compiled, starts, seed, **how)
    plane = _Plane(compiled, known)
    neurons = [plane.neuron(each) for each in (a, b)]
    if through is None:
        through = "zero" if None in neurons else "initial"
    origin = plane.state(through)
    directions = np.zeros((2, compiled.n_neurons))
    for row, (each, neuron) in enumerate(zip((a, b), neurons, strict=True)):
        if neuron is None:
            directions[row] = plane.state(each) - origin
        else:
            directions[row, neuron] = 1.0
    origin = origin.copy()
    origin[[each for each in neurons if each is not None]] = 0.0
    if np.linalg.matrix_rank(directions) < 2:
        raise HamsimError("a and b lead in the same direction, so that they span no plane")
    values = _coordinates(compiled, neurons, range, size)
    grid = np.stack(np.meshgrid(*values), axis=-1).reshape(-1, 2)
    found = attractors(compiled, origin + grid @ directions, **how)
    names = (plane.name(a, neurons[0]), plane.name(b, neurons[1]))
    return _put_together(found, known, values, names, origin, directions)


def _plain(each: Any) -> Any:
    """Numbers of attractors as int, also where they are text."""
    if isinstance(each, str) and each.isdigit():
        return int(each)
    return int(each) if isinstance(each, np.integer) else each


class _Plane:
    """What states and neurons are called."""

    def __init__(self, network: Network, known: Attractors | None) -> None:
        self._network, self._known = network, known

    def neuron(self, each: Any) -> int | None:
        """Number of a neuron that is named; None of anything else."""
        if not isinstance(each, str) or _TRIAL.match(each):
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
            values = np.zeros(0)
        if values.shape != (n,) or not np.isfinite(values).all():
            raise HamsimError(f"a state is {n} finite numbers, not {given(each)}")
        return values

    def name(self, each: Any, neuron: int | None) -> str:
        """What an axis is called."""
        if neuron is not None:
            return f"x of {self._network.label(neuron)}"
        if isinstance(each, int):
            return f"towards attractor {each}"
        return f"towards {each}" if isinstance(each, str) else "towards the state given"


def _coordinates(
    network: Network, neurons: Sequence[int | None], range: Any, size: int
) -> tuple[Floats, Floats]:
    if range is None:
        mean, deviation = typical_states(network)
        ends: list[float] = []
        for neuron in neurons:
            if neuron is None:
                ends += STATES
            else:
                reach = DEVIATIONS * float(deviation[neuron])
                ends += [float(mean[neuron]) - reach, float(mean[neuron]) + reach]
    else:
        ends = [float(each) for each in np.ravel(range)]
        ends = ends * 2 if len(ends) == 2 else ends
    fine = len(ends) == 4 and np.isfinite(ends).all()
    if not fine or not (ends[0] < ends[1] and ends[2] < ends[3]):
        raise HamsimError(
            f"range is {given(range)}; it must be two rising numbers, or two for each axis"
        )
    return np.linspace(ends[0], ends[1], size), np.linspace(ends[2], ends[3], size)


def _put_together(
    found: Attractors,
    known: Attractors | None,
    values: tuple[Floats, Floats],
    names: tuple[str, str],
    origin: Floats,
    directions: Floats,
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
    at: Floats = np.asarray(np.linalg.lstsq(directions.T, (x - origin).T, rcond=None)[0].T)
    off: Floats = np.abs(origin + at @ directions - x).max(axis=1, initial=0.0)
    interrupted = found.interrupted or (known is not None and known.interrupted)
    return Basins(
        labels.reshape(values[1].size, values[0].size),
        *values,
        names,
        origin,
        directions,
        x,
        energy,
        tuple(kind),
        share,
        at,
        off,
        known,
        interrupted,
        found.notes,
    )
