"""States from which to look for a rise of the energy, the most promising ones first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.certify.parts import member_group
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.witness import relax, rows_at_once
from hamsim.network import Group
from hamsim.operator import Neurons

__all__ = [
    "at_rest",
    "bent_states",
    "effort",
    "lopsided_states",
    "others_at_rest",
    "spread_states",
    "worst_velocities",
]

# Neurons that share a Lagrangian, of which all second derivatives are looked at.
_MOST_DENSE = 24
# Neurons and synapses that are evaluated in one search; of networks with more than _LARGE, in
# which one evaluation takes most of a second, fewer.
_WORK, _LARGE, _LARGE_WORK = 200_000_000, 4_000_000, 60_000_000


def effort(scaled: ScaledNetwork, most: int) -> int:
    """How often a network is evaluated at most: often if it is small."""
    work = scaled.network.n_neurons + scaled.network.W.nnz
    if work > _LARGE:
        return int(np.clip(_LARGE_WORK // work, min(4, most), most))
    return int(np.clip(_WORK // work, min(16, most), most))


def at_rest(scaled: ScaledNetwork) -> Floats:
    """State near rest, reached from the first initial state; near that one if it runs away.

    Moved a little, because at a kink, such as 0 of relu, dE/dt is not one number.
    """
    start = np.atleast_2d(scaled.network.initial)[:1]
    nothing = np.zeros(scaled.network.n_neurons, dtype=bool)
    rest: Floats = relax(scaled, start, nothing, effort(scaled, 200))[0]
    moved: Floats = rest + 1e-4 * np.random.default_rng(0).normal(size=rest.size)
    return moved


def others_at_rest(scaled: ScaledNetwork, rows: Iterator[Floats], held: Ints) -> Iterator[Floats]:
    """States in which all neurons but those that are held are close to rest."""
    fixed = np.zeros(scaled.network.n_neurons, dtype=bool)
    fixed[held] = True
    waiting: list[Floats] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == rows_at_once(scaled):
            yield from relax(scaled, np.array(waiting), fixed, effort(scaled, 60))
            waiting = []
    if waiting:
        yield from relax(scaled, np.array(waiting), fixed, effort(scaled, 60))


def spread_states(
    scaled: ScaledNetwork, group: Group, members: Ints, base: Floats
) -> Iterator[Floats]:
    """States in which neurons with unlike tau share a Lagrangian and are shifted or stretched.

    Far out the velocity is almost -x / tau, and the Hessian of many families maps equal shifts or
    the state itself to 0, or nearly so: what is left of dE/dt has a sign that the shift decides.
    """
    far = [sign * size for size in (1e2, 1e4, 1e8, 1e6, 1.0) for sign in (1.0, -1.0)]
    wide = [1e1, 1e3, 1e-2, 1e6, 1e-4]
    by_shift = group.family.kernel in ("ones", "support")
    for pattern in _patterns(scaled, members, base):
        shifted = [pattern + size for size in far]
        stretched = [pattern * factor for factor in wide]
        for states in [pattern, *(shifted + stretched if by_shift else stretched + shifted)]:
            row = base.copy()
            row[members] = states
            yield row


def _patterns(scaled: ScaledNetwork, members: Ints, base: Floats) -> Iterator[Floats]:
    """States of neurons that share a Lagrangian: near ties of the two with the most unlike tau."""
    tau = scaled.network.tau[members]
    low, high = int(np.argmin(tau)), int(np.argmax(tau))
    unit = _unit(scaled, members)
    rng = np.random.default_rng(0)
    for gap in (0.9, -0.9, 0.3, -0.3, 3.1, -3.1):
        for rest in (-20.0, 0.0) if members.size > 2 else (0.0,):
            states = np.full(members.size, rest * unit)
            states[low], states[high] = 0.5 * gap * unit, -0.5 * gap * unit
            yield states
    yield base[members]
    for size in (unit, 1.0, 10.0, unit, 1.0, 10.0):
        yield size * rng.normal(size=members.size)


def _unit(scaled: ScaledNetwork, members: Ints) -> float:
    """Change of the state over which an activation changes by about 1."""
    slope = float(scaled.slope[members[0]] / scaled.scale[members[0]])
    return 1.0 / slope if 0 < slope < np.inf else 1.0


def worst_velocities(
    scaled: ScaledNetwork, group: Group, members: Ints, base: Floats
) -> Iterator[Floats]:
    """States whose velocity is where x'. T H x' is least, with the H of the same state.

    Found by letting neurons that share a Lagrangian go to their drive less a multiple of that
    velocity; only for a few of them.
    """
    if members.size > _MOST_DENSE or effort(scaled, 40) < 40:
        return
    unit = _unit(scaled, members)
    sizes = np.array([s * a for a in (1e-3, 0.03, 0.3, 1.0, 3.0, 30.0) for s in (1.0, -1.0)])
    patterns = [base[members], *list(_patterns(scaled, members, base))[:6:2]]
    rows = np.repeat(base[None], sizes.size * len(patterns), axis=0)
    rows[:, members] = np.repeat(patterns, sizes.size, axis=0)
    sizes = np.tile(unit * sizes, len(patterns))[:, None]
    alone, tau = _alone(group, members), scaled.network.tau[members]
    previous = np.ones((rows.shape[0], members.size))

    def target(states: Floats, g: Floats) -> Floats:
        nonlocal previous
        goal = scaled.field.drive.at(g)
        worst = _least_direction(alone, states[:, members], tau)
        sign = np.where((worst * previous).sum(axis=1) < 0, -1.0, 1.0)[:, None]
        previous = sign * worst
        goal[:, members] -= sizes * tau * previous
        return goal

    nothing = np.zeros(scaled.network.n_neurons, dtype=bool)
    for _ in range(3):
        rows = relax(scaled, rows, nothing, 25, target)
        yield from rows


def _alone(group: Group, members: Ints) -> Neurons:
    """Some neurons of a group by themselves; all that share a Lagrangian, if it is shared."""
    return Neurons([member_group(group, members - group.start, 0, (members.size,))])


def _least_direction(alone: Neurons, states: Floats, tau: Floats) -> Floats:
    """Eigenvector of the least eigenvalue of the symmetric part of T H in each state."""
    trials, k = states.shape
    rows = np.repeat(states, k, axis=0)
    H = alone.hessian(rows, np.tile(np.eye(k), (trials, 1))).reshape(trials, k, k)
    product = tau[:, None] * np.where(np.isfinite(H), H, 0.0)
    _, vectors = np.linalg.eigh(product + product.transpose(0, 2, 1))
    least: Floats = vectors[:, :, 0]
    return least


def bent_states(scaled: ScaledNetwork, group: Group, base: Floats) -> Iterator[tuple[Ints, Floats]]:
    """States in which the Lagrangian of some neurons is not convex, and these neurons."""
    if group.over:
        sets = scaled.sets[group.slice]
        members = group.start + np.flatnonzero(sets == sets[0])
        rng = np.random.default_rng(0)
        for size in np.repeat([0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0], 8):
            row = base.copy()
            row[members] = _inside(group, size * rng.normal(size=members.size))
            yield members, row
        return
    some = group.start + np.unique(np.linspace(0, group.size - 1, 100).astype(np.int64))
    sizes = np.geomspace(0.0103, 97.0, 60)
    states = np.repeat(_inside(group, np.concatenate([-sizes, sizes]))[:, None], some.size, axis=1)
    h = _alone(group, some).hessian(states, np.ones_like(states))
    where, which = np.nonzero(h < 0)
    for k in np.unique(np.linspace(0, where.size - 1, 24).astype(np.int64)) if where.size else ():
        row = base.copy()
        row[some[which[k]]] = states[where[k], which[k]]
        yield some[which[k] : which[k] + 1], row


def _inside(group: Group, states: Floats) -> Floats:
    """States moved into the domain of a formula."""
    return np.clip(states, *group.family.domain)


def lopsided_states(scaled: ScaledNetwork, base: Floats) -> Iterator[Floats]:
    """States in which W that is not symmetric pushes the energy up.

    With S the symmetric part, dE/dt = (W g - S g - u).H T^-1 u with u = W g + I - x; at
    u = (W g - S g) / 2, which these states approach, this is not negative in additive groups.
    """
    drive, n = scaled.field.drive, scaled.network.n_neurons
    nothing = np.zeros(n, dtype=bool)
    rng = np.random.default_rng(0)

    def target(_: Floats, g: Floats) -> Floats:
        skew = 0.5 * (drive.weigh(g) - drive.weigh_back(g))
        goal: Floats = drive.at(g) - 0.5 * skew
        return goal

    count = min(8, rows_at_once(scaled))
    sizes = np.concatenate([[0.0, 0.0], np.geomspace(0.3, 10.0, 6)])[:count, None]
    rows = base + sizes * rng.normal(size=(count, n))
    rows[1:2] = rng.normal(size=n)
    for steps in (5, 20, 75):
        rows = relax(scaled, rows, nothing, effort(scaled, steps), target)
        yield from rows
    for size in np.tile([0.1, 1.0, 10.0], max(1, effort(scaled, 150) // 3)):
        yield size * rng.normal(size=n)
