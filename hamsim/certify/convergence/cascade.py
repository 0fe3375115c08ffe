"""Parts of a network that come to rest one after the other.

Parts are the strongly connected ones: what a part receives comes from parts before it, and from its
own neurons. Let all parts before contract, a part itself have an energy that confines it, and all
parts after contract again.

- A network of contracting parts contracts, in a function V of x - x* that is made of squares and
  Lagrangians: V' <= -a |f|^2 with f = g(x) - g(x*), and what it sends is off its limit by W f.
- In the part with the energy E, taken at the limit of its input, E' <= -(|p|^2 - c |p| |f|) with
  p = H^1/2 T^1/2 x' and c finite as slopes are. So E + K V falls for a large K, strictly where not
  all is at rest, and confines the part: LaSalle's principle and the Kurdyka-Lojasiewicz inequality
  hold for it as they do for E alone. Neurons of tau = 0 in that part are off the states that they
  follow at the limit of the input by W f too, so that the same holds of the energy with these.
- Parts that contract follow an input that settles (input-to-state stability), whatever the parts
  before do: asymptotically autonomous systems (Thieme 1992, J. Math. Biol. 30:755; Mischaikow,
  Smith and Thieme 1995, Trans. AMS 347:1669).

Without parts that have an energy this shows one rest state, to which all solutions go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from hamsim.arrays import Ints
from hamsim.certify.convergence.energy import NAME
from hamsim.certify.parts import part_of
from hamsim.condition import Condition
from hamsim.counted import counted
from hamsim.deadline import look
from hamsim.field.sharing import shared_sets
from hamsim.network import Network

__all__ = ["Verdict", "cascade", "parts_in_order"]

THEOREM = (
    "a cascade of contracting parts and parts with an energy: E plus a multiple of the function "
    "that contracts (LaSalle; Thieme 1992; Mischaikow, Smith and Thieme 1995)"
)
# Most parts that are looked at.
MOST_PARTS = 2000


class Verdict(NamedTuple):
    """What is known of a part by itself, for every constant input.

    Parameters
    ----------
    contracts : bool
    quadratic : bool
        Whether what contracts can be added to an energy.
    rests : bool
        Whether an energy shows that every solution comes to rest, with bounded slopes.
    moves : Condition or None
        Refuted: not all solutions come to rest, with the part's own input.
    reason : str
        What is missing.
    """

    contracts: bool
    quadratic: bool
    rests: bool
    moves: Condition | None
    reason: str


Judge = Callable[[Network, bool], Verdict]


def cascade(network: Network, judge: Judge) -> tuple[Condition, bool] | None:
    """Decide whether every solution comes to rest, part by part.

    Parameters
    ----------
    network : Network
        With neurons of tau = 0 that are explicit, if any.
    judge : callable
        What is known of a part by itself, and whether it receives nothing from others, so that its
        own input is all.

    Returns
    -------
    condition : Condition
        Proved, refuted (a part that receives nothing does not come to rest) or undecided.
    one : bool
        Whether it shows one rest state to which all solutions go.
    None
        In place of both for a network that is one part.
    """
    look(1e-7 * network.W.nnz)
    parts, before = parts_in_order(network)
    if len(parts) < 2 or len(parts) > MOST_PARTS:
        return None
    g = np.zeros(network.n_neurons)
    # Whether all up to a part contract, and by what can be added to an energy.
    settled, quadratic = np.zeros(len(parts), bool), np.zeros(len(parts), bool)
    counts = {"contracting": 0, "with an energy": 0}
    reason = ""
    for k, neurons in enumerate(parts):
        verdict = judge(part_of(network, neurons, g), before[k].size == 0)
        if verdict.moves is not None:
            return _moving(network, neurons, verdict.moves), False
        if verdict.contracts:
            counts["contracting"] += 1
            settled[k] = settled[before[k]].all()
            quadratic[k] = verdict.quadratic and quadratic[before[k]].all()
        elif verdict.rests and quadratic[before[k]].all():
            counts["with an energy"] += 1
        elif not reason:
            first = network.label(int(neurons[0]))
            what = verdict.reason if not verdict.rests else "what drives it need not contract"
            reason = f"the part of {counted(neurons.size, 'neuron')} from {first} on: {what}"
    if reason:
        return Condition(NAME, "undecided", f"not shown: {reason}", theorem=THEOREM), False
    message = (
        f"{len(parts):,} parts come to rest one after the other, {counts['contracting']:,} that "
        f"contract and {counts['with an energy']:,} with an energy"
    )
    evidence: dict[str, Any] = {"parts": len(parts), **counts}
    condition = Condition(NAME, "proved", message, evidence=evidence, theorem=THEOREM)
    return condition, bool(settled.all())


def _moving(network: Network, neurons: Ints, moves: Condition) -> Condition:
    first = network.label(int(neurons[0]))
    evidence = {"neurons": neurons, **moves.evidence}
    alone = f"the {neurons.size:,} neurons from {first} on receive from no others"
    if neurons.size == 1:
        alone = f"{first} receives from no others"
    message = f"{alone}, and {moves.message}"
    return Condition(NAME, "refuted", message, moves.where, evidence, moves.theorem, moves.repair)


def parts_in_order(network: Network) -> tuple[list[Ints], list[Ints]]:
    """Strongly connected parts, senders first, and for each the numbers of those it receives from.

    Neurons that share a Lagrangian, and those of a gated synapse, are in one part.
    """
    neurons = np.arange(network.n_neurons)
    receives = _receives(network)
    count, label = connected_components(receives, directed=True, connection="strong")
    if count == 1 or count > MOST_PARTS:
        return [neurons] * count, [neurons[:0]] * count
    row = np.repeat(neurons, np.diff(receives.indptr))
    pairs = np.unique(np.stack([label[row], label[receives.indices]], axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    senders = [pairs[pairs[:, 0] == part, 1] for part in range(count)]
    order = _senders_first(senders)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    members = [np.flatnonzero(label == part) for part in order]
    return members, [place[senders[part]] for part in order]


def _receives(network: Network) -> csr_array:
    """Entries where a neuron depends on another; W itself if nothing else joins neurons."""
    sets, neurons = shared_sets(network), np.arange(network.n_neurons)
    if network.triples is None and np.array_equal(sets, neurons):
        return network.W  # which may be large
    rows = [np.repeat(neurons, np.diff(network.W.indptr)), neurons, sets]
    columns = [network.W.indices, sets, neurons]
    if network.triples is not None:
        i, j, k, _ = network.triples
        rows += [i, j, k, j, k, i]
        columns += [j, k, i, i, j, k]
    row, column = np.concatenate(rows), np.concatenate(columns)
    return csr_array(coo_array((np.ones(row.size, np.int8), (row, column)), network.W.shape))


def _senders_first(senders: list[Ints]) -> list[int]:
    """Parts in an order in which each comes after all that it receives from."""
    done, order = np.zeros(len(senders), dtype=bool), []
    for root in range(len(senders)):
        stack = [root]
        while stack:
            part = stack[-1]
            missing = [s for s in senders[part].tolist() if not done[s]] if not done[part] else []
            if missing:
                stack += missing
                continue
            stack.pop()
            if not done[part]:
                done[part] = True
                order.append(part)
    return order
