"""From rest states that starts came to, to attractors: what belongs together, and its share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.landscape.continua import (
    LEAST_STATES,
    Continuum,
    continua,
    in_own_time,
    soft_directions,
)
from hamsim.equilibria.landscape.found import CONTINUOUS, CYCLE, Attractors, Saddles
from hamsim.equilibria.landscape.matching import Matcher
from hamsim.equilibria.landscape.merging import nearest, tolerances
from hamsim.equilibria.landscape.pool import Pool
from hamsim.equilibria.landscape.rounds import Round, rounds
from hamsim.equilibria.landscape.shares import unseen, wilson
from hamsim.equilibria.landscape.tree import Tree, join
from hamsim.equilibria.linear.stability import rates_about, stability
from hamsim.equilibria.linear.stable import Stability
from hamsim.network import Network

__all__ = ["Class", "Told", "attractors_of", "classes_of", "matcher_of", "rest_states_of"]

# Rest states of which it is asked whether they are soft: fewer where products with W are dear.
MOST_ASKED, FEW_ASKED, READS = 40, 8, 10_000_000
RANK = 8  # eigenvalues that are looked at for that

Told = Callable[[str, int, int], None]


class Class(NamedTuple):
    """One attractor.

    Parameters
    ----------
    members : ndarray of int
        Its rest states in the pool; none for a cycle.
    dimension : int
    drift, reach : float
        See `Continuum`; NaN and 0 of single states.
    cycle : Round or None
    starts : ndarray of int
        Starts that came to it.
    stability : Stability or None
        Of its member of lowest energy; None of a cycle.
    """

    members: Ints
    dimension: int
    drift: float
    reach: float
    cycle: Round | None
    starts: Ints
    stability: Stability | None = None

    @property
    def attracts(self) -> bool:
        """Whether it is made of rest states from which no direction leads away."""
        return self.stability is not None and self.stability.index == 0


def classes_of(network: Network, pool: Pool, told: Told) -> list[Class]:
    """What belongs together of all that starts came to, the most frequent first.

    Parameters
    ----------
    network : Network
    pool : Pool
    told : callable
        Told what is done, how much of it, and of how much; what it raises ends all.
    """
    classes = []
    left = set(range(len(pool.x)))
    for one in _continua(network, pool, told):
        classes.append(_of_rest(pool, one))
        left -= set(one.states.tolist())
    for k in sorted(left):
        classes.append(_alone(pool, k))
    lost = np.flatnonzero(pool.labels < 0)
    if lost.size:
        told("limit cycles", 0, 1)
    states = np.array(pool.lost).reshape(lost.size, network.n_neurons)
    cycles, which = rounds(network, states, lambda: told("limit cycles", 0, 1))
    nobody = np.zeros(0, dtype=np.int64)
    for k, cycle in enumerate(cycles):
        classes.append(Class(nobody, 1, np.nan, 0.0, cycle, lost[which == k]))
    return _known(network, pool, classes, told)


def rest_states_of(network: Network, pool: Pool) -> list[Class]:
    """Each rest state as an attractor of its own, where there is no time for more."""
    classes = [_alone(pool, k) for k in range(len(pool.x))]
    return _known(network, pool, classes, lambda *_: None)


def _known(network: Network, pool: Pool, classes: list[Class], told: Told) -> list[Class]:
    """Classes in their order, and what their rest states are like."""
    classes.sort(key=lambda each: _order(pool, each))
    for number, each in enumerate(classes):
        told("stability", number, len(classes))
        if each.cycle is None:
            here = stability(network, pool.x[each.members[0]])
            classes[number] = each._replace(stability=here)
    return classes


def _alone(pool: Pool, k: int) -> Class:
    return _of_rest(pool, Continuum(np.array([k]), 0, np.nan, 0.0))


def _of_rest(pool: Pool, one: Continuum) -> Class:
    starts = np.flatnonzero(np.isin(pool.labels, one.states))
    by_energy = one.states[np.argsort(pool.energy[one.states], kind="stable")]
    return Class(by_energy, one.dimension, one.drift, one.reach, None, starts)


def _order(pool: Pool, each: Class) -> tuple[int, float, int]:
    energy = float(pool.energy[each.members[0]]) if each.members.size else np.inf
    first = int(each.starts[0]) if each.starts.size else -1
    # Energies that differ by rounding alone do not decide.
    return -each.starts.size, float(f"{energy:.9g}"), first


def _continua(network: Network, pool: Pool, told: Told) -> list[Continuum]:
    """Rest states that are continuous attractors together."""
    count = len(pool.x)
    if count < LEAST_STATES:
        return []
    own = in_own_time(network)
    most = int(np.clip(READS // max(1, int(network.W.nnz)), FEW_ASKED, MOST_ASKED))
    asked = _spread(pool.x, int(np.argmax(pool.counts())), most)
    k = min(RANK, network.n_neurons)
    known = []
    for done, state in enumerate(asked):
        told("soft directions", done, asked.size)
        known.append(soft_directions(rates_about(own, pool.x[state], k)))
    if not any(number for number, _ in known):
        return []
    soft = known
    if count > asked.size:
        soft = [known[j] for j in nearest(pool.x, pool.x[asked])[0]]
    return continua(own, pool.x, soft, lambda: told("ways between rest states", 0, 1))


def _spread(x: Floats, first: int, most: int) -> Ints:
    """Some states that are far from each other, so that each other one is close to one of them."""
    chosen, away = [first], np.abs(x - x[first]).max(axis=1)
    while len(chosen) < min(most, len(x)):
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, np.abs(x - x[chosen[-1]]).max(axis=1))
    return np.array(chosen, dtype=np.int64)


def attractors_of(
    network: Network,
    pool: Pool,
    classes: list[Class],
    exact: bool,
    notes: tuple[str, ...],
    interrupted: bool = False,
    between: Saddles | None = None,
    asked: int | None = None,
) -> Attractors:
    """Put together what is known.

    Parameters
    ----------
    network : Network
    pool : Pool
    classes : list of Class
    exact : bool
        As starts were followed.
    notes : tuple of str
    interrupted : bool
    between : Saddles, optional
        Saddles, if they were looked for.
    asked : int, optional
        Starts that were asked for.
    """
    starts, labels = pool.labels.size, np.full(pool.labels.size, -1, dtype=np.int64)
    x: list[Floats] = []
    energy: list[float] = []
    kinds: list[str] = []
    found: list[Stability | None] = []
    members: list[Floats] = []
    for number, each in enumerate(classes):
        labels[each.starts] = number
        found.append(each.stability)
        if each.cycle is not None:
            x.append(each.cycle.orbit[0])
            energy.append(np.nan)
            kinds.append(CYCLE)
            members.append(each.cycle.orbit)
            continue
        lowest = each.members[0]
        x.append(pool.x[lowest])
        energy.append(float(pool.energy[lowest]))
        assert each.stability is not None
        kinds.append(CONTINUOUS if each.dimension else each.stability.kind)
        members.append(pool.x[each.members])
    count = np.array([each.starts.size for each in classes], dtype=np.int64)
    low, high = wilson(count, starts)
    left = unseen(count, starts)
    return Attractors(
        np.array(x).reshape(len(classes), network.n_neurons),
        np.array(energy),
        count,
        count / max(starts, 1),
        low,
        high,
        tuple(kinds),
        tuple(found),
        np.array([each.dimension for each in classes], dtype=np.int64),
        np.array([each.drift for each in classes]),
        _of_cycles(classes, "period"),
        _of_cycles(classes, "amplitude"),
        tuple(members),
        labels,
        pool.basin,
        left.share,
        left.share_high,
        left.number,
        saddles=between,
        tree=None if between is None else _tree(classes, np.array(energy), between),
        interrupted=interrupted,
        asked=starts if asked is None else asked,
        notes=notes,
        matcher=matcher_of(network, pool, classes, exact),
    )


def _tree(classes: list[Class], energy: Floats, between: Saddles) -> Tree:
    """The tree of what attracts; of other rest states saddles say more."""
    leaves = np.where([each.attracts for each in classes], energy, np.nan)
    joins = [(int(a), int(b)) for a, b in between.joins]
    return join(leaves, between.energy, joins)


def _of_cycles(classes: list[Class], name: str) -> Floats:
    return np.array([np.nan if c.cycle is None else getattr(c.cycle, name) for c in classes])


def matcher_of(network: Network, pool: Pool, classes: list[Class], exact: bool) -> Matcher:
    """What follows starts to these attractors."""
    owner = np.full(len(pool.x), -1, dtype=np.int64)
    reach = tolerances(pool.x, pool.error)
    cycles, places = [], []
    for number, each in enumerate(classes):
        owner[each.members] = number
        reach[each.members] = np.maximum(reach[each.members], each.reach)
        if each.cycle is not None:
            cycles.append(each.cycle)
            places.append(number)
    return Matcher(network, exact, pool.x, owner, reach, cycles, places)
