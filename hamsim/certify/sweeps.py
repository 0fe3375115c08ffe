"""What is guaranteed of discrete dynamics: whether updates lower the energy, and whether it rests.

An update of one neuron from g to g + d changes the energy of a symmetric W by

    E+ - E = - d h - w d^2 / 2 - D(x, x+),        h = (W g + I)_i,  w = W_ii,

with the Bregman divergence D of its Lagrangian. A neuron of two values takes the one that has the
sign of h, so that - d h <= 0, and keeps its own where h = 0: no update raises the energy if w >= 0,
and one that changes anything lowers it (Hopfield 1982). Of other neurons, and of sets that share a
Lagrangian, the same holds if W_CC >= - 1 / slope on the set C, as D >= |d|^2 / (2 slope). Neurons
with tau = 0 that receive from none of their kind minimise the energy given the others, which is
concave in them, so that it falls as well.

All at once the same is asked of the whole matrix: W >= - 1 / slope. Of two-valued neurons and any
symmetric W what comes is rest or a 2-cycle, as L(t) = - g(t).W g(t - 1) - I.(g(t) + g(t - 1))
falls (Goles, Fogelman and Pellegrin 1985); keeping the value at h = 0 is a self-weight too small to
decide anything else.

Beside hidden neurons, with tau = 0 and graded, a neuron of two values takes the one of lower energy
with these following: no update of one neuron raises the energy, whatever their Lagrangians and its
self-weight are, and set at once they may.

At a temperature T updates of one neuron after another draw from the law of each given the others,
of which Boltzmann's, exp(-E / T), is the law that none of them changes (Glauber 1963).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.certify.certificate import Certificate
from hamsim.certify.gains import EPS, rounding
from hamsim.certify.study import GLOBAL, Study
from hamsim.certify.unique import NAME as UNIQUE
from hamsim.condition import Condition
from hamsim.counted import counted
from hamsim.deadline import attempt, left
from hamsim.field.instants import explicit_instants
from hamsim.spectrum import negative_part

__all__ = ["LAW", "RESTS", "UPDATES", "certificate_of_sweeps"]

UPDATES = "descent of updates"
RESTS = "rest of sweeps"
LAW = "law of sweeps"
HOPFIELD = "an update lowers the energy where w_ii >= 0; states are finitely many (Hopfield 1982)"
GOLES = "Goles, Fogelman and Pellegrin, Discrete Appl. Math. 12 (1985) 261"
GLAUBER = "detailed balance of each update: Glauber, J. Math. Phys. 4 (1963) 294"
STARTS, SWEEPS = 24, 60  # of a search for a state in which the energy rises, or for a 2-cycle
WORK = 3e7  # products of such a search


class Found(NamedTuple):
    """What a search has found, states over the neurons of the network.

    Parameters
    ----------
    before, after : ndarray, shape (n,)
        Activations.
    rise : float
        Of the energy.
    """

    before: Floats
    after: Floats
    rise: float


def certificate_of_sweeps(study: Study, together: bool, warm: bool) -> Certificate:
    """Decide what is guaranteed of the network that a study is about.

    Parameters
    ----------
    study : Study
    together : bool
        Whether all neurons are set at once.
    warm : bool
        Whether the last sweeps have a temperature above 0.
    """
    asked = _Sweeps(study, together)
    falls = attempt(UPDATES, lambda: asked.falls)
    rests = _no_rest(asked) if warm else attempt(RESTS, lambda: asked.rests(falls))
    finite = Condition("bounded below", "proved", "states are finitely many")
    bounded = finite if asked.finite else study.coercive[0]
    found = [study.scaling.condition, falls, bounded, study.instants, rests]
    return Certificate(
        symmetry=study.scaling.kind,
        energy_decreases="undecided" if warm else falls.status,
        bounded_below=bounded.status,
        converges="undecided" if warm else rests.status,
        unique_equilibrium="undecided",
        globally_stable="undecided",
        instant_well_posed=study.instants.status,
        max_step=None,
        conditions=(
            *found,
            Condition(UNIQUE, "undecided", "was not asked"),
            Condition(GLOBAL, "undecided", "was not asked"),
        ),
    )


def _no_rest(asked: _Sweeps) -> Condition:
    """What is known at a temperature."""
    told = "at a temperature above 0 no state is final"
    if asked.together or not asked.symmetric or not asked.finite:
        return Condition(LAW, "undecided", told)
    message = f"{told}: the law of states settles to Boltzmann's, exp(-E/T), while T is constant"
    return Condition(LAW, "proved", message, theorem=GLAUBER)


class _Sweeps:
    """A network, as its updates see it."""

    def __init__(self, study: Study, together: bool) -> None:
        self.study, self.together = study, together
        self.network, self.scaled = study.network, study.scaled
        self.moving = self.network.tau > 0

    @property
    def symmetric(self) -> bool:
        """Whether W is, or can be made so."""
        return self.scaled.symmetric

    @cached_property
    def two_valued(self) -> NDArray[np.bool_]:
        """Neurons that take one of two values."""
        groups = self.network.groups
        return np.repeat([g.family.two_valued for g in groups], [g.size for g in groups])

    @cached_property
    def hidden(self) -> NDArray[np.bool_]:
        """Graded neurons that follow at once."""
        return ~self.moving & ~self.two_valued

    @cached_property
    def finite(self) -> bool:
        """Whether there are finitely many states, those of hidden neurons following."""
        return bool(self.two_valued[~self.hidden].all())

    @cached_property
    def beside(self) -> NDArray[np.bool_]:
        """Neurons of two values that are connected with hidden ones."""
        columns = abs(self.network.W)[:, np.flatnonzero(self.hidden)]
        return self.two_valued & (np.asarray(columns.sum(axis=1)).reshape(-1) > 0.0)

    # --- whether the energy falls ------------------------------------------------------------

    @cached_property
    def falls(self) -> Condition:
        """Whether no update, or no sweep, raises the energy."""
        reason = self._outside()
        if reason:
            return Condition(UPDATES, "undecided", reason)
        return self._all_at_once() if self.together else self._one_by_one()

    def _outside(self) -> str:
        """Why nothing is known; empty if something is."""
        network, scaled = self.network, self.scaled
        if not scaled.symmetric:
            return "W cannot be made symmetric, so that there is no energy that updates lower"
        convex = scaled.convex | self.hidden if self.finite else scaled.convex
        if not convex.all():
            neuron = network.label(int(np.argmin(convex)))
            return f"neuron {neuron} is not known to have a convex Lagrangian in all states"
        if not explicit_instants(network):
            return "neurons with tau = 0 depend on each other"
        return ""

    def _one_by_one(self) -> Condition:
        scaled, moving = self.scaled, self.moving
        room = _inverse(scaled.slope)
        own = scaled.W.diagonal()
        alone = scaled.additive & moving & ~self.beside
        bad = np.flatnonzero(alone & (own < -room))
        if bad.size:
            return self._own_weight(int(bad[0]), float(own[bad[0]]))
        inner = self._within_sets()
        if inner.nnz:
            lowest = negative_part(inner) + rounding(inner)
            if lowest > float(room[~scaled.additive].min()):
                message = (
                    f"synapses among neurons that share a Lagrangian have an eigenvalue of down to "
                    f"{-lowest:.4g}: setting them at once may raise the energy"
                )
                return Condition(UPDATES, "undecided", message, theorem=HOPFIELD)
        least = "0" if self.two_valued[moving].all() else "-1 / slope"
        message = f"each update lowers the energy: no self-weight is below {least}"
        if self.beside.any() and self.beside[moving].all():
            message = "each update lowers the energy, which is compared for both values"
        return Condition(UPDATES, "proved", message, theorem=HOPFIELD)

    def _within_sets(self) -> csr_array:
        """Synapses among neurons that share a Lagrangian."""
        scaled = self.scaled
        W = scaled.W.tocoo()
        row, column = W.coords
        inside = (scaled.sets[row] == scaled.sets[column]) & ~scaled.additive[row]
        return csr_array((W.data[inside], (row[inside], column[inside])), shape=W.shape)

    def _own_weight(self, neuron: int, weight: float) -> Condition:
        name = self.network.label(neuron)
        where = {"neurons": [name]}
        repair = f"give neuron {name} a self-weight of at least 0, or none"
        found = self._search()
        if found is None:
            message = f"neuron {name} has a self-weight of {weight:.4g}, which may raise the energy"
            return Condition(UPDATES, "undecided", message, where, {}, HOPFIELD, repair)
        message = (
            f"neuron {name} has a self-weight of {weight:.4g}: an update of a state that is given "
            f"raises the energy by {found.rise:.4g}"
        )
        return Condition(UPDATES, "refuted", message, where, _evidence(found), HOPFIELD, repair)

    def _all_at_once(self) -> Condition:
        if self.beside.any():
            message = (
                f"neuron {self.network.label(int(np.argmax(self.beside)))} compares energies for "
                "its two values alone: with others at once the energy may rise"
            )
            return Condition(UPDATES, "undecided", message, repair="method: asynchronous")
        scaled, moving = self.scaled, np.flatnonzero(self.moving)
        W = scaled.W if moving.size == scaled.W.shape[0] else scaled.W[moving][:, moving]
        lowest = negative_part(csr_array(W))
        room = float(_inverse(scaled.slope[moving]).min(initial=np.inf))
        evidence: dict[str, Any] = {"eigenvalue": -lowest}
        if lowest + (rounding(csr_array(W)) if lowest > 0 else 0.0) <= room:
            message = "no sweep raises the energy: W has no eigenvalue below -1 / slope"
            return Condition(UPDATES, "proved", message, {}, evidence, "concave-convex procedure")
        found = self._search()
        told = f"W has eigenvalues down to about {-lowest:.4g}"
        repair = "method: asynchronous"
        if found is None:
            message = f"{told}, so that a sweep may raise the energy"
            return Condition(UPDATES, "undecided", message, {}, evidence, GOLES, repair)
        message = f"{told}: a sweep from a state that is given raises it by {found.rise:.4g}"
        evidence |= _evidence(found)
        return Condition(UPDATES, "refuted", message, {}, evidence, GOLES, repair)

    # --- whether it comes to rest ------------------------------------------------------------

    def rests(self, falls: Condition) -> Condition:
        """Whether every start comes to rest."""
        if falls.status == "proved" and self.finite:
            what = "sweep" if self.together else "update"
            message = f"each {what} that changes a state lowers the energy, of finitely many states"
            return Condition(RESTS, "proved", message, theorem=HOPFIELD)
        if falls.status == "proved":
            message = "the energy falls, but states are not finitely many"
            return Condition(RESTS, "undecided", message)
        only = self.two_valued.all() and self.symmetric
        if not self.together or not only:
            return Condition(RESTS, "undecided", falls.message, repair=falls.repair)
        cycle = None if self.study.any_input else self._cycle()
        if cycle is None:
            message = "it comes to rest or to a 2-cycle, as W is symmetric"
            return Condition(RESTS, "undecided", message, theorem=GOLES, repair=falls.repair)
        count = int(np.count_nonzero(cycle.before != cycle.after))
        message = (
            f"it comes to rest or to a 2-cycle, as W is symmetric; from a state that is given "
            f"{counted(count, 'neuron')} {'goes' if count == 1 else 'go'} back and forth"
        )
        return Condition(RESTS, "refuted", message, {}, _evidence(cycle), GOLES, falls.repair)

    # --- searches ----------------------------------------------------------------------------

    @cached_property
    def _values(self) -> tuple[Floats, Floats]:
        """The two values of each neuron."""
        groups = self.network.groups
        low, high = (np.concatenate([g.fact(key) for g in groups]) for key in ("low", "high"))
        return low, high

    def _starts(self) -> Floats | None:
        """States to look at, random ones among them; None where there is no time, or no sense."""
        n, nnz = self.network.n_neurons, self.network.W.nnz
        if not self.two_valued.all() or self.study.any_input or left() <= 0.0:
            return None
        count = min(STARTS, int(WORK / max(1, (nnz + n) * SWEEPS)))
        if count < 1:
            return None
        low, high = self._values
        rng = np.random.default_rng(0)
        own = np.atleast_2d(self.network.initial)[:1]
        drawn = np.where(rng.random((count, n)) < 0.5, low, high)
        return np.concatenate([np.where(own > 0.0, high, low), drawn])

    def _energy(self, states: Floats) -> tuple[Floats, Floats]:
        """Energies of rows of activations, and how much rounding may be in them."""
        scaled = self.scaled
        g = states * scaled.scale
        parts = (g * self.network.input, 0.5 * g * (scaled.W @ g.T).T)
        size = np.abs(parts[0]).sum(axis=1) + 0.5 * (
            np.abs(g) * (abs(scaled.W) @ np.abs(g).T).T
        ).sum(axis=1)
        return -parts[0].sum(axis=1) - parts[1].sum(axis=1), 8.0 * EPS * (g.shape[1] + 8) * size

    def _set(self, states: Floats) -> Floats:
        """All neurons at once, as their fields say."""
        low, high = self._values
        h = (self.network.W @ states.T).T + self.network.input
        return np.where(h > 0.0, high, np.where(h < 0.0, low, states))

    def _search(self) -> Found | None:
        """A state from which the energy rises."""
        states = self._starts()
        if states is None:
            return None
        if not self.together:
            return self._single(states, self._set(states))
        for _ in range(SWEEPS):
            new = self._set(states)
            (before, error), (after, more) = self._energy(states), self._energy(new)
            rise = after - before - error - more
            if (rise > 0.0).any():
                worst = int(rise.argmax())
                return Found(states[worst], new[worst], float(after[worst] - before[worst]))
            states = new
        return None

    def _single(self, states: Floats, wanted: Floats) -> Found | None:
        """A state of these in which one neuron with a self-weight below 0 raises the energy."""
        own = np.flatnonzero(self.scaled.W.diagonal() < 0.0)
        for row, target in zip(states, wanted, strict=True):
            h = self.network.W @ row + self.network.input
            step = (target - row)[own]
            rises = -step * h[own] - 0.5 * self.network.W.diagonal()[own] * step**2
            at = int(rises.argmax())
            after = row.copy()
            after[own[at]] = target[own[at]]
            energies, errors = self._energy(np.stack([row, after]))
            if energies[1] - energies[0] > errors.sum():
                return Found(row, after, float(energies[1] - energies[0]))
        return None

    def _cycle(self) -> Found | None:
        """Two states that go back and forth."""
        states = self._starts()
        if states is None:
            return None
        for _ in range(SWEEPS):
            new = self._set(states)
            back = self._set(new)
            going = (back == states).all(axis=1) & (new != states).any(axis=1)
            if going.any():
                at = int(going.argmax())
                return Found(states[at], new[at], 0.0)
            states = back
        return None


def _inverse(slope: Floats) -> Floats:
    """1 / slope from below; 0 where a slope has no bound."""
    with np.errstate(divide="ignore"):
        return np.where(slope > 0.0, (1.0 - 8.0 * EPS) / slope, np.inf)


def _evidence(found: Found) -> dict[str, Any]:
    return {"x": np.stack([found.before, found.after]), "rise": found.rise}
