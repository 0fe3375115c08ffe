"""Whether the energy falls: dE/dt <= 0 in every state, in continuous time and without stimuli."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.certify.candidates import (
    at_rest,
    bent_states,
    effort,
    lopsided_states,
    others_at_rest,
    spread_states,
    worst_velocities,
)
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.witness import Rise, climb, first_rise
from hamsim.condition import Condition, Status
from hamsim.deadline import attempt
from hamsim.expression import names_in, parse
from hamsim.field.instants import explicit_instants
from hamsim.field.symmetry import Scaling
from hamsim.network import Group

__all__ = ["descent"]

_IDENTITY = (
    "dE/dt = - x'. D T H x' where D W is symmetric, H = d2L/dx2 "
    "(Cohen and Grossberg 1983; Krotov 2021, arXiv:2107.06446, eq. 4)"
)
_ADDITIVE = "T H is diagonal and not negative if each neuron has a convex Lagrangian of its own"
_ONE_TAU = "x'. T H x' = tau x'. H x' >= 0 if L is convex and tau is the same throughout"
_KERNEL = (
    "if T H has a positive semidefinite symmetric part, then T leaves the kernel of H unchanged "
    "(a vector of the kernel minimises v. T H v, so that H T v = 0)"
)
_RATIO = (
    "T H has a positive semidefinite symmetric part for all H of condition number kappa exactly if "
    "(sqrt(rho) - 1)(sqrt(kappa) - 1) <= 2, rho the ratio of time constants (Gustafson 1968)"
)
_JUMPS = (
    "at a jump of g, E changes by - (u- + u+).dg / 2 with u = tau x' before and after, and each of "
    "u-.dg and u+.dg is not negative because g is monotone (solutions in the sense of Filippov)"
)
_EPS = float(np.finfo(np.float64).eps)
_ALMOST = 1e-9  # Closeness to a threshold, relative to it, within which nothing is claimed.


def descent(
    scaled: ScaledNetwork, scaling: Scaling, instants: Status = "undecided"
) -> list[Condition]:
    """Decide whether dE/dt <= 0 in every state: one condition for W and one for each group.

    Parameters
    ----------
    scaled : ScaledNetwork
    scaling : Scaling
        How `scaled` came to be symmetric.
    instants : {"proved", "refuted", "undecided"}
        Whether neurons with tau = 0 have one state for each state of the others; needed only if
        they depend on each other.

    Returns
    -------
    list of Condition
        All are proved: the energy falls. One is refuted: it holds a state in which it rises.

    Notes
    -----
    A refuted condition does not say that the network does not come to rest.
    """
    search = _Search(scaled)
    found = [attempt("descent of W", partial(_weights, search, scaling))]
    found += [
        attempt(f"descent of {group.name}", partial(_group, search, group))
        for group in scaled.network.groups
    ]
    if not search.explicit and instants != "proved":
        found.append(
            Condition(
                "descent of instantaneous neurons",
                "undecided",
                "neurons with tau = 0 depend on each other, so their states may jump",
                theorem="the energy of the others is that with their states put in",
                repair="give neurons with tau = 0 that depend on each other a tau above 0",
            )
        )
    return found


class _Search:
    """Where the energy rises, with the state near rest that every search begins with."""

    def __init__(self, scaled: ScaledNetwork) -> None:
        self.scaled = scaled
        self.explicit = explicit_instants(scaled.network)
        self._base: Floats | None = None

    @property
    def base(self) -> Floats:
        if self._base is None:
            self._base = at_rest(self.scaled)
        return self._base

    def among(self, rows: Iterator[Floats], neurons: Ints, rounds: int) -> Rise | None:
        """Rise in one of these states, or in one that a climb from the best of them finds."""
        if not self.explicit:
            return None
        rise, best = first_rise(self.scaled, rows)
        count = effort(self.scaled, 48 * rounds) // 48
        if rise is None and best.shape[0] and count:
            rise = climb(self.scaled, best, neurons, count, np.random.default_rng(0))
        return rise

    def lopsided(self) -> Rise | None:
        """Rise where W is not symmetric."""
        neurons = np.arange(self.scaled.network.n_neurons)
        return self.among(lopsided_states(self.scaled, self.base), neurons, 60)

    def spread(self, group: Group, members: Ints) -> Rise | None:
        """Rise where neurons that share a Lagrangian have unlike time constants."""
        scaled, base = self.scaled, self.base
        count = effort(scaled, 400)
        plain = islice(spread_states(scaled, group, members, base), count)
        again = islice(spread_states(scaled, group, members, base), count)
        relaxed = others_at_rest(scaled, again, members)
        if count < 100:  # A large network: what costs least first.
            rows = chain(plain, worst_velocities(scaled, group, members, base))
        else:
            rows = chain(relaxed, plain, worst_velocities(scaled, group, members, base))
        return self.among(rows, self._near(members), 60)

    def bent(self, group: Group) -> Rise | None:
        """Rise where a Lagrangian is not convex."""
        scaled, base = self.scaled, self.base
        states = list(islice(bent_states(scaled, group, base), effort(scaled, 60)))
        if not states:
            return None
        members = states[0][0]
        relaxed = (
            row for held, state in states for row in others_at_rest(scaled, iter([state]), held)
        )
        rows = chain(
            relaxed,
            worst_velocities(scaled, group, members, base),
            (state for _, state in states),
        )
        rise = self.among(rows, self._near(members), 60)
        low, high = group.family.domain
        if rise is None or np.all((rise.x[group.slice] >= low) & (rise.x[group.slice] <= high)):
            return rise
        return None

    def _near(self, members: Ints) -> Ints:
        """Neurons that a climb changes: all of a small network."""
        n = self.scaled.network.n_neurons
        return np.arange(n) if n <= 200 else members


def _evidence(rise: Rise | None) -> dict[str, Any]:
    if rise is None:
        return {}
    return {"x": rise.x, "dE_dt": rise.rate, "size": rise.size}


def _weights(search: _Search, scaling: Scaling) -> Condition:
    scaled, kind = search.scaled, scaling.kind
    name = "descent of W"
    if not _gates_fit(scaled):
        message = "gated synapses join neurons whose activations are scaled differently"
        return Condition(name, "undecided", message, theorem=_IDENTITY)
    if scaled.symmetric and not scaling.exact:
        message = (
            f"a scaling D > 0 makes D W symmetric up to a relative {scaling.defect:.2g} only, "
            "which is more than rounding of the weights; near rest the energy may rise"
        )
        return Condition(name, "undecided", message, {}, {"defect": scaling.defect}, _IDENTITY)
    if scaled.symmetric:
        what = "W is symmetric"
        if kind != "symmetric":
            what = "a scaling D > 0 makes D W symmetric"
            what += (
                f" up to {scaling.defect:.2g}, rounding of the weights" if scaling.defect else ""
            )
        return Condition(
            name, "proved", f"{what}, so that dE/dt = - x'. D T H x'", {}, {}, _IDENTITY
        )
    repair = "give both directions of each synapse one weight"
    rise = search.lopsided()
    if rise is None:
        message = "W cannot be made symmetric, so that the energy need not fall"
        return Condition(name, "undecided", message, theorem=_IDENTITY, repair=repair)
    message = f"W cannot be made symmetric; in a state that is given, dE/dt = {rise.rate:.4g}"
    return Condition(name, "refuted", message, {}, _evidence(rise), _IDENTITY, repair)


def _gates_fit(scaled: ScaledNetwork) -> bool:
    """Whether the three neurons of each gated synapse have one scaling."""
    triples = scaled.network.triples
    if triples is None:
        return True
    d = scaled.scale
    return bool(np.all((d[triples.i] == d[triples.j]) & (d[triples.j] == d[triples.k])))


def _group(search: _Search, group: Group) -> Condition:
    scaled = search.scaled
    name, where = f"descent of {group.name}", {"group": group.name}
    if group.family.convex is False:
        return _not_convex(search, group, name)
    if not scaled.convex[group.start]:
        message = f"the Lagrangian of {group.name} is not known to be convex in all states"
        return Condition(name, "undecided", message, where, theorem=_ONE_TAU)
    spread = _Spread(scaled, group)
    if spread.beyond.any():
        return _unequal(search, group, spread, name)
    if spread.unsure.any():
        message = f"the time constants of {group.name} are at the largest ratio that is allowed"
        return Condition(name, "undecided", message, where, spread.numbers, _RATIO, spread.repair)
    reason = _jump_reason(scaled, group)
    if reason:
        return Condition(name, "undecided", reason, where, theorem=_JUMPS)
    return _falls(scaled, group, spread, name)


def _falls(scaled: ScaledNetwork, group: Group, spread: _Spread, name: str) -> Condition:
    """Say which theorem holds."""
    evidence: Mapping[str, Any] = {}
    if not group.over:
        message = f"each neuron of {group.name} has a convex Lagrangian of its own: any tau"
        theorem = _ADDITIVE
    elif spread.uniform:
        message = f"{group.name} is convex, and neurons that share a Lagrangian share one tau"
        theorem = _ONE_TAU
    else:
        evidence = spread.numbers
        message = (
            f"time constants of {group.name} differ by a factor of {evidence['ratio']:.4g} where "
            f"{evidence['allowed_ratio']:.4g} is allowed"
        )
        theorem = _RATIO
    if _may_jump(group).any():
        theorem = f"{theorem}; {_JUMPS}"
    return Condition(name, "proved", message, {"group": group.name}, evidence, theorem)


class _Spread:
    """Ratios of the time constants of neurons that share a Lagrangian, and what is allowed."""

    def __init__(self, scaled: ScaledNetwork, group: Group) -> None:
        self.group = group
        tau = scaled.network.tau[group.slice].reshape(group.shape)
        low, high = (edge(tau, axis=group.over, keepdims=True) for edge in (np.min, np.max))
        with np.errstate(all="ignore"):
            ratio = np.where(high == low, 1.0, high / low)
            more = np.where(high == low, 0.0, (high - low) / low)  # the ratio may round to 1
        self.ratio, more = (np.broadcast_to(a, group.shape).reshape(-1) for a in (ratio, more))
        self.excess = excess = _excess(group)
        self.kappa = 1.0 + excess
        self.uniform = bool(np.all(low == high))
        with np.errstate(all="ignore"):
            # (sqrt(rho) - 1)(sqrt(kappa) - 1), without the differences of numbers near 1
            product = more / (np.sqrt(self.ratio) + 1.0) * (excess / (np.sqrt(self.kappa) + 1.0))
        # No theorem allows an infinite ratio; where kappa is infinite, no ratio but 1 is allowed.
        endless = np.isinf(self.ratio) | ((more > 0) & np.isinf(excess))
        self.product = np.where(more == 0.0, 0.0, np.where(endless, np.inf, product))
        self.beyond = ~(self.product <= 2.0 * (1.0 + _ALMOST))
        self.unsure = (self.product >= 2.0 * (1.0 - _ALMOST)) & ~self.beyond
        # Of the worst sets one in which nobody follows at once: there a state is easily shown.
        moving = np.where(np.isfinite(self.ratio), self.ratio, 0.0)
        self.worst = int(np.argmax(np.where(self.product == self.product.max(), moving, -1.0)))

    @property
    def numbers(self) -> dict[str, float]:
        """Evidence about the neurons with the most unlike time constants."""
        return {
            "ratio": float(self.ratio[self.worst]),
            "kappa": float(self.kappa[self.worst]),
            "allowed_ratio": _allowed(float(self.excess[self.worst])),
        }

    @property
    def repair(self) -> str:
        """What would make the condition hold."""
        if np.isinf(self.ratio[self.worst]):
            return f"make tau 0 for all or for none of those that share in {self.group.name}"
        allowed = _allowed(float(self.excess[self.worst]))
        if allowed < 1.0005:
            return f"make tau equal inside group {self.group.name}"
        return (
            f"tau may differ by a factor of at most {_down(allowed)} inside group {self.group.name}"
        )


def _down(number: float) -> str:
    """Four digits that are not above the number."""
    digits = 3 - int(np.floor(np.log10(number)))
    return f"{np.floor(number * 10.0**digits) / 10.0**digits:.4g}"


def _allowed(excess: float) -> float:
    """Largest ratio of time constants for a Hessian of condition number 1 + excess; finite."""
    if excess == np.inf:
        return 1.0
    root = np.sqrt(1.0 + excess) + 1.0
    with np.errstate(all="ignore"):
        allowed = (root * root / excess) ** 2 if excess > 0 else np.inf
    return float(min(allowed, np.finfo(np.float64).max))


def _excess(group: Group) -> Floats:
    """Bound of the condition number of the Hessian in all states, less 1, of each Lagrangian."""
    family = group.family
    # A bound that grows with the states says nothing of all of them.
    if family.excess and "r" not in names_in(parse(family.excess)):
        excess = np.maximum(group.fact("excess"), np.finfo(np.float64).tiny)  # it may underflow
        return np.where(excess >= 0.0, excess, np.inf)  # not so if it is NaN
    with np.errstate(all="ignore"):
        least, slope = group.fact("least"), group.fact("slope")
        above = np.where(slope == least, 0.0, slope * (1.0 + 8.0 * _EPS) - least)
        excess = np.where((least > 0) & np.isfinite(slope), above / least, np.inf)
    return np.where(excess >= 0.0, excess, np.inf)


def _unequal(search: _Search, group: Group, spread: _Spread, name: str) -> Condition:
    """Time constants that differ by more than is allowed for all Hessians."""
    scaled, tau = search.scaled, search.scaled.network.tau
    first = scaled.sets[group.start + spread.worst]
    members = group.start + np.flatnonzero(scaled.sets[group.slice] == first)
    slow, fast = members[np.argmax(tau[members])], members[np.argmin(tau[members])]
    labels = [scaled.network.label(int(k)) for k in (fast, slow)]
    where = {"group": group.name, "neurons": labels}
    theorem = _KERNEL if _has_kernel(group) else _RATIO
    shared = f"{labels[0]} and {labels[1]} share a Lagrangian but have tau {tau[fast]:.4g} and"
    rise = search.spread(group, members)
    evidence = {**spread.numbers, **_evidence(rise)}
    if rise is None:
        message = f"{shared} {tau[slow]:.4g}; no state was found in which the energy rises"
        return Condition(name, "undecided", message, where, evidence, theorem, spread.repair)
    message = f"{shared} {tau[slow]:.4g}: in a state that is given, dE/dt = {rise.rate:.4g}"
    return Condition(name, "refuted", message, where, evidence, theorem, spread.repair)


def _has_kernel(group: Group) -> bool:
    """Whether the Hessian maps something to 0 in every state."""
    family = group.family
    if not family.kernel:
        return False
    return not family.kernel_if or bool(np.all(group.parameters[family.kernel_if] == 0.0))


def _not_convex(search: _Search, group: Group, name: str) -> Condition:
    where = {"group": group.name}
    repair = f"give group {group.name} a convex Lagrangian"
    rise = search.bent(group)
    if rise is None:
        message = f"the Lagrangian of {group.name} is not convex, so that the energy need not fall"
        return Condition(name, "undecided", message, where, theorem=_IDENTITY, repair=repair)
    message = (
        f"the Lagrangian of {group.name} is not convex: in a state that is given, "
        f"dE/dt = {rise.rate:.4g}"
    )
    return Condition(name, "refuted", message, where, _evidence(rise), _IDENTITY, repair)


def _may_jump(group: Group) -> NDArray[np.bool_]:
    """Neurons whose activation may jump where the state passes a point."""
    family = group.family
    steep = np.isinf(group.fact("slope"))
    if family.formula:
        return steep & family.kinks
    # An activation of the table that is bounded has a bounded slope unless it jumps.
    bounded = np.isfinite(group.fact("low")) & np.isfinite(group.fact("high"))
    result: NDArray[np.bool_] = steep & bounded
    return result


def _jump_reason(scaled: ScaledNetwork, group: Group) -> str:
    """Why nothing is claimed of activations that jump; empty if they are no obstacle.

    The energy falls at each jump. But where neurons that jump inhibit themselves, the state stays
    at the jump with an activation in between, which the state does not tell; and the change of E
    at a jump is exact only if E is quadratic in what jumps.
    """
    if not _may_jump(group).any():
        return ""
    network = scaled.network
    jumps = np.concatenate([_may_jump(other) for other in network.groups])
    own = scaled.W[group.slice][:, group.slice].tocoo()
    sets = scaled.sets[group.slice]
    rows, columns = own.coords
    inside = (sets[rows] == sets[columns]) & _may_jump(group)[rows]
    row, column, weight = rows[inside], columns[inside], own.data[inside]
    signed = np.where(row == column, weight, -np.abs(weight))
    if np.any(np.bincount(row, signed, group.size) < 0):
        return f"activations of {group.name} jump, and a neuron of it inhibits itself"
    if network.triples is not None:
        times = sum(jumps[neurons].astype(np.int64) for neurons in network.triples[:3])
        if np.any(times > 1):
            return f"activations of {group.name} jump, and two neurons that jump share a gate"
    instant = network.tau == 0
    if instant.any() and _receives(scaled, instant, jumps):
        return f"activations of {group.name} jump, and a neuron with tau = 0 follows such a jump"
    return ""


def _receives(scaled: ScaledNetwork, to: NDArray[np.bool_], senders: NDArray[np.bool_]) -> bool:
    """Whether one of some neurons is driven by one of others."""
    network = scaled.network
    if np.any(senders[network.W[np.flatnonzero(to)].indices]):
        return True
    if network.triples is None:
        return False
    neurons = np.stack(network.triples[:3])
    return bool(np.any(to[neurons].any(axis=0) & senders[neurons].any(axis=0)))
