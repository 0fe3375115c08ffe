"""Whether the energy falls: dE/dt <= 0 in every state, in continuous time and without stimuli."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

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
from hamsim.certify.jumps import JUMPS, jump_reason, may_jump
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.spread import RATIO, Spread
from hamsim.certify.witness import Rise, climb, first_rise
from hamsim.condition import Condition, Status
from hamsim.deadline import attempt
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
    spread = Spread(scaled, group)
    if spread.beyond.any():
        return _unequal(search, group, spread, name)
    if spread.unsure.any():
        message = f"the time constants of {group.name} are at the largest ratio that is allowed"
        return Condition(name, "undecided", message, where, spread.numbers, RATIO, spread.repair)
    reason = jump_reason(scaled, group)
    if reason:
        return Condition(name, "undecided", reason, where, theorem=JUMPS)
    return _falls(scaled, group, spread, name)


def _falls(scaled: ScaledNetwork, group: Group, spread: Spread, name: str) -> Condition:
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
        theorem = RATIO
    if may_jump(group).any():
        theorem = f"{theorem}; {JUMPS}"
    return Condition(name, "proved", message, {"group": group.name}, evidence, theorem)


def _unequal(search: _Search, group: Group, spread: Spread, name: str) -> Condition:
    """Time constants that differ by more than is allowed for all Hessians."""
    scaled, tau = search.scaled, search.scaled.network.tau
    first = scaled.sets[group.start + spread.worst]
    members = group.start + np.flatnonzero(scaled.sets[group.slice] == first)
    slow, fast = members[np.argmax(tau[members])], members[np.argmin(tau[members])]
    labels = [scaled.network.label(int(k)) for k in (fast, slow)]
    where = {"group": group.name, "neurons": labels}
    theorem = _KERNEL if _has_kernel(group) else RATIO
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
