"""Saddles between minima: rest states with one unstable direction, and what they join.

Ways between minima that are close together are settled; where they are highest Newton's method
begins, once plainly and once with all known rest states deflated. A rest state with one unstable
direction is a saddle, and it joins the two attractors to which its sides go. Of one with several
such directions each leads on to further saddles. Minima that turn up on the way count too. As long
as parts are not connected, ways between them are tried.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.landscape.classes import Class, Told, matcher_of
from hamsim.equilibria.landscape.continua import in_own_time
from hamsim.equilibria.landscape.deflation import newton
from hamsim.equilibria.landscape.found import Saddles
from hamsim.equilibria.landscape.merging import merge, nearest
from hamsim.equilibria.landscape.pool import Pool
from hamsim.equilibria.landscape.strings import highest
from hamsim.equilibria.linear.forces import held_neurons
from hamsim.equilibria.linear.stability import stability
from hamsim.equilibria.linear.stable import Stability
from hamsim.equilibria.rest.fixed_point import fixed_point
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["SaddleSearch"]

NEAR = 6  # other minima to which ways are tried from each
MOST_MINIMA = 100  # of which that is done, those that most starts come to
MOST_PAIRS = 200  # ways that are tried in one round
ROUNDS = 5
SAME = 1e-6  # relative to 1 + the largest state
ALIKE = 1e-3  # the same, of where ways are highest: Newton's method goes to one state from there
ASIDE = 1e-3  # how far from a saddle its sides begin, relative to the same
BEYOND = 0.2  # the same, where further saddles are looked for
HIGHER = 30  # rest states with several unstable directions from which that is done


class _Saddle(NamedTuple):
    """A saddle, and the classes that it joins."""

    x: Floats
    rate: float
    joins: tuple[int, int]


class SaddleSearch:
    """Looks for saddles; what has been found is there at any time.

    Parameters
    ----------
    network : Network
        With an energy, and with what acts on it in the end.
    pool : Pool
        Takes in minima that are found on the way.
    classes : list of Class
    exact : bool
        How starts are followed by whoever asks for the label of one.
    seed : int
    """

    def __init__(
        self, network: Network, pool: Pool, classes: list[Class], exact: bool, seed: int
    ) -> None:
        self.network, self.own = network, in_own_time(network)
        self.pool, self.classes, self._exact = pool, list(classes), exact
        self._free = np.flatnonzero(~held_neurons(network))
        self._seed = seed
        self._found: list[_Saddle] = []
        self._known: list[Floats] = []  # rest states that are neither minima nor new
        self._tried: set[tuple[int, int]] = set()
        self._higher = 0
        self._before = 0  # classes between which ways were tried

    def saddles(self) -> Saddles:
        """What has been found."""
        x = np.array([each.x for each in self._found]).reshape(-1, self.network.n_neurons)
        energy = operator_of(self.network).energy(x).total if len(x) else np.zeros(0)
        order = np.argsort(energy, kind="stable")
        joins = np.array([each.joins for each in self._found], dtype=np.int64).reshape(-1, 2)
        rate = np.array([each.rate for each in self._found])
        return Saddles(x[order], energy[order], joins[order], rate[order])

    def go(self, told: Told) -> None:
        """Look for saddles until all minima are connected, or nothing new is found."""
        for each in self.classes:
            if each.stability is not None and each.stability.index:
                self._take(self.pool.x[each.members[0]])
        for number in range(ROUNDS):
            pairs = self._pairs()
            self._before = len(self.classes)
            if len(pairs) == 0:
                return
            self._tried |= {(int(a), int(b)) for a, b in pairs}
            self._between(pairs, number, told)

    # --- which ways are tried --------------------------------------------------------------------

    def _pairs(self) -> Ints:
        """Pairs of minima between which a way is to be tried, shape (pairs, 2)."""
        minima = [k for k, each in enumerate(self.classes) if each.attracts][:MOST_MINIMA]
        x = np.array([self._state(k) for k in minima]).reshape(len(minima), -1)
        part = self._parts()
        found: dict[tuple[int, int], float] = {}
        for row, a in enumerate(minima):
            away = np.abs(x - x[row]).max(axis=1)
            near = 0
            for column in np.argsort(away, kind="stable").tolist():
                b = minima[column]
                pair = (min(a, b), max(a, b))
                # First to those nearby; later from new ones, and to what is not connected yet.
                if a == b or (max(a, b) < self._before and part[a] == part[b]):
                    continue
                near += 1
                if near > NEAR:
                    break
                if pair not in self._tried:
                    found[pair] = float(away[column])
        order = sorted(found, key=lambda pair: (found[pair], pair))[:MOST_PAIRS]
        return np.array(order, dtype=np.int64).reshape(-1, 2)

    def _state(self, number: int) -> Floats:
        state: Floats = self.pool.x[self.classes[number].members[0]]
        return state

    def _parts(self) -> list[int]:
        """Number of the connected part of each class."""
        part = list(range(len(self.classes)))
        for each in self._found:
            a, b = each.joins
            if a >= 0 and b >= 0 and part[a] != part[b]:
                old = part[b]
                part = [part[a] if p == old else p for p in part]
        return part

    # --- what is found on them -------------------------------------------------------------------

    def _between(self, pairs: Ints, number: int, told: Told) -> None:
        def pause() -> None:
            told("saddles", len(self._found), len(self._found))

        begin = np.array([self._state(a) for a in pairs[:, 0]])
        end = np.array([self._state(b) for b in pairs[:, 1]])
        tops = highest(self.own, begin, end, self._seed + number, pause)
        near = ALIKE * (1.0 + np.abs(tops).max(axis=1, initial=0.0))
        for x in tops[merge(tops, near).first]:
            pause()
            plain = newton(self.own, x, self._free)
            if plain is not None:
                self._take(plain)
            beside = newton(self.own, x, self._free, self._all_known())
            if beside is not None:
                self._take(beside)

    def _all_known(self) -> Floats:
        minima = [self._state(k) for k, each in enumerate(self.classes) if each.cycle is None]
        return np.array([*minima, *self._known])

    def _is_known(self, x: Floats, states: Floats) -> bool:
        if len(states) == 0:
            return False
        return bool(nearest(x[None], states)[1][0] <= SAME * (1.0 + np.abs(x).max()))

    def _take(self, x: Floats) -> None:
        """Take in a rest state, if it is new."""
        if self._is_known(x, np.array(self._known)):
            return
        here = stability(self.network, x)
        if here.index == 0:
            self._take_minimum(x, here)
            return
        self._known.append(x)
        if here.index == 1:
            self._found.append(self._joined(x, here))
        elif self._higher < HIGHER:
            self._higher += 1
            self._go_on_from(x, here)

    def _go_on_from(self, x: Floats, here: Stability) -> None:
        """Look for what the unstable directions of a rest state lead to."""
        modes = np.real(here.modes[: min(here.index, len(here.modes))])
        size = 1.0 + float(np.abs(x).max())
        sides = np.concatenate([modes, -modes])
        below = fixed_point(self.network, x + ASIDE * size * sides)
        for state in below.x[below.converged]:
            self._take(state)
        for side in sides:
            further = newton(self.own, x + BEYOND * size * side, self._free, self._all_known())
            if further is not None:
                self._take(further)

    def _take_minimum(self, x: Floats, here: Stability) -> int:
        """Number of the class of a minimum, which may be new."""
        matcher = matcher_of(self.network, self.pool, self.classes, self._exact)
        label = int(matcher.of_rest(x[None], np.zeros(1))[0])
        if label >= 0:
            return label
        energy = float(operator_of(self.network).energy(x[None]).total[0])
        place = np.array([self.pool.add_state(x, energy, 0.0)])
        nobody = np.zeros(0, dtype=np.int64)
        self.classes.append(Class(place, 0, np.nan, 0.0, None, nobody, here))
        return len(self.classes) - 1

    def _joined(self, x: Floats, here: Stability) -> _Saddle:
        """A saddle with the attractors on its sides."""
        mode = np.real(here.modes[0])
        aside = ASIDE * (1.0 + float(np.abs(x).max())) * mode
        below = fixed_point(self.network, np.stack([x + aside, x - aside]), exact=True)
        joins = []
        for state, rests in zip(below.x, below.converged, strict=True):
            label = -1
            if rests:
                there = stability(self.network, state)
                label = self._take_minimum(state, there) if there.index == 0 else -1
            joins.append(label)
        return _Saddle(x, float(np.real(here.eigenvalues[0])), (joins[0], joins[1]))
