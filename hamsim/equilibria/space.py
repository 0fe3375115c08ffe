"""The space in which an energy is drawn: of states, or of activations of two-valued neurons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.landscape.random_starts import typical_states
from hamsim.equilibria.moment import Moment, moment_of
from hamsim.equilibria.spanned import Plane
from hamsim.errors import HamsimError, given
from hamsim.field.scaled import require_scale
from hamsim.lagrangians.table import TABLE
from hamsim.network import Network
from hamsim.network.replaced import copied
from hamsim.observables import activation, energy, lagrangian

__all__ = ["Space", "space_of"]

BESIDE = 0.25  # of its range: how far beyond both values of an activation the plane goes
MARGIN = 0.2  # around what there is to be seen, as a part of it
CLIPPED = "activations beyond their two values are put to the nearer one"


@dataclass(frozen=True, eq=False)
class Space:
    """What the points of a plane are, and which energy they have.

    Parameters
    ----------
    what : {"x", "g"}
    network : Network
        Nothing moves in it by itself. Of activations: each neuron's state is its activation.
    scaled : bool
        Whether the scaled energy is taken.
    free : ndarray of bool, shape (n,)
        Neurons that move, and not at once.
    moment : Moment
    """

    what: str
    network: Network
    scaled: bool
    free: NDArray[np.bool_]
    moment: Moment

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        scaled = ("the energy is that of a symmetrizable network, scaled",) if self.scaled else ()
        return self.moment.notes + scaled + ((CLIPPED,) if self.what == "g" else ())

    def points(self, x: Floats) -> Floats:
        """States as points of this space."""
        return activation(self.moment.network, x) if self.what == "g" else x

    def put(self, point: Floats) -> Floats:
        """A point with what stimuli hold at its place."""
        if self.what == "x":
            return self.moment.put(point)
        held = activation(self.moment.network, self.moment.put(np.zeros(point.size)))
        result = np.array(point)
        result[self.moment.held] = held[self.moment.held]
        return result

    def attractors(self, known: Attractors | None) -> Attractors | None:
        """The same attractors, whose states are points of this space."""
        return known if known is None else replace(known, x=self.points(known.x))

    def only_two(self) -> tuple[str, str] | None:
        """Names of the neurons that move, if these are two."""
        found = np.flatnonzero(self.free)
        if found.size != 2:
            return None
        return self.network.label(int(found[0])), self.network.label(int(found[1]))

    def ends(self, plane: Plane, known: Attractors | None) -> list[float] | None:
        """Ranges along axes that are neurons; None where they are not, and the usual ones do."""
        if None in plane.neurons:
            return None
        if self.what == "x":
            return self._seen(plane, known)
        result: list[float] = []
        for neuron in plane.neurons:
            low, high = (float(ends[neuron]) for ends in self._bounds())
            result += [low - BESIDE * (high - low), high + BESIDE * (high - low)]
        return result

    def _seen(self, plane: Plane, known: Attractors | None) -> list[float]:
        """Ranges that hold attractors, and what the neurons receive at random."""
        mean, deviation = typical_states(self.network)
        result: list[float] = []
        for neuron in plane.neurons:
            assert neuron is not None
            seen = [
                float(mean[neuron] - deviation[neuron]),
                float(mean[neuron] + deviation[neuron]),
            ]
            if known is not None:
                seen += known.x[:, neuron].tolist()
            low, high = min(seen), max(seen)
            result += [low - MARGIN * (high - low), high + MARGIN * (high - low)]
        return result

    def _bounds(self) -> tuple[Floats, Floats]:
        low, high = (
            np.concatenate([group.fact(end) for group in self.moment.network.groups])
            for end in ("low", "high")
        )
        return low, high

    def over(self, plane: Plane, along: tuple[Floats, Floats]) -> Floats:
        """Energies over a plane, shape (b, a)."""
        grid = np.stack(np.meshgrid(*along), axis=-1)
        points = grid.reshape(-1, 2)
        result = np.empty(len(points))
        some = self.moment.rows_at_once(len(points))
        for first in range(0, len(points), some):
            part = points[first : first + some]
            rows = np.tile(plane.origin, (some, 1))  # always as many, so that W is prepared once
            rows[: len(part)] = plane.states(part)
            result[first : first + some] = self._energy(rows)[: len(part)]
        return result.reshape(grid.shape[:-1])

    def _energy(self, rows: Floats) -> Floats:
        if self.what == "x":
            with np.errstate(all="ignore"):
                total: Floats = energy(self.network, rows, self.scaled).total
            return np.where(np.isfinite(total), total, np.nan)
        # E = L*(g) - I.g - g.W g / 2, where L* is -L(0) between both values.
        rows = np.clip(rows, *self._bounds())
        found = energy(self.network, rows, self.scaled, settle=False).total
        scale = require_scale(self.network) if self.scaled else np.ones(rows.shape[1])
        lowered: Floats = found - 0.5 * (rows**2) @ scale - self._at_0(scale)
        return lowered

    def _at_0(self, scale: Floats) -> float:
        """L of all neurons at 0."""
        network = self.moment.network
        parts = lagrangian(network, np.zeros(network.n_neurons))
        return sum(float(parts[g.name]) * float(scale[g.start]) for g in network.groups)


def space_of(network: Network, what: str | None, t: float | None, trial: int) -> Space:
    """The space in which the energy of a network is drawn.

    Parameters
    ----------
    network : Network
    what : {"x", "g"} or None
        None is "g" where each neuron takes two values, else "x".
    t : float or None
    trial : int
        As of `moment_of`.

    Raises
    ------
    HamsimError
        It has no energy, or no plane of activations.
    """
    if what not in (None, "x", "g"):
        raise HamsimError(f"what is {given(what)}; allowed are 'x' and 'g'")
    two_valued = all(group.family.two_valued for group in network.groups)
    if what == "g" and not two_valued:
        raise HamsimError(
            "a plane of activations is for networks whose neurons all take two values; draw states"
        )
    scaled = _needs_scale(network)
    moment = moment_of(network, t, trial)
    free = moment.network.tau > 0
    free[moment.held] = False
    if what == "x" or not two_valued:
        return Space("x", moment.network, scaled, free, moment)
    groups = tuple(
        replace(group, family=TABLE["identity"], parameters={"gain": np.ones(group.size)})
        for group in network.groups
    )
    plain = moment.network
    initial = activation(plain, plain.initial)
    # It shares nothing that was prepared for the neurons as they are.
    graded = copied(plain, source="", groups=groups, initial=initial)
    return Space("g", graded, scaled, free, moment)


def _needs_scale(network: Network) -> bool:
    if network.symmetric:
        return False
    try:
        require_scale(network)
    except HamsimError as error:
        raise HamsimError(f"there is no energy to draw: {error}") from None
    return True
