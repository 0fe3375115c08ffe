"""What to say of synapses that no factors make symmetric."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.condition import Condition, Status
from hamsim.field.symmetry.cycles import find_cycle
from hamsim.field.symmetry.forest import Forest
from hamsim.field.symmetry.pairs import Alone, Pairs
from hamsim.field.symmetry.survey import EPS, TOLERANCE, Survey
from hamsim.network import Network

__all__ = [
    "NAME",
    "THEOREM",
    "disagreement",
    "one_way",
    "opposite_signs",
    "out_of_range",
    "turn_sign",
]

# Synapses of a longer cycle that are named: these many at each end.
NAMED = 5
NAME = "symmetry"
THEOREM = (
    "symmetrizable matrices: Kolmogorov's criterion; Dias, Castonguay and Dourado 2015, "
    "arXiv:1503.03468"
)
TWO_WAY = "make connections two-way: 'between' or 'within' in place of 'from'"


def _edge(network: Network, receiver: int, sender: int) -> dict[str, Any]:
    names = [network.label(sender), network.label(receiver)]
    return {"neurons": names, "edge": names}


def one_way(network: Network, alone: Alone, survey: Survey, factors: Floats) -> Condition:
    """W_ij != 0 and W_ji = 0."""
    i, j = alone.receiver, alone.sender
    a, b = network.label(j), network.label(i)
    message = f"{a} sends to {b} with weight {alone.weight:.4g}, and nothing comes back"
    repair = TWO_WAY
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        back = alone.weight * factors[i] / factors[j]
    alike = not survey.disagreeing and survey.opposite is None
    if alone.count > 1:
        message += f"; {alone.count:,} synapses are one-way"
    elif alike and np.isfinite(back) and back != 0.0:
        repair = f"connect {b} back to {a} with weight {float(back)!r}"
    return Condition(
        NAME,
        "refuted",
        message,
        where=_edge(network, i, j),
        evidence={
            "receiver": i,
            "sender": j,
            "weight": alone.weight,
            "weight_back": 0.0,
            "one_way": alone.count,
        },
        theorem=THEOREM,
        repair=repair,
    )


def opposite_signs(
    network: Network,
    pairs: Pairs,
    edge: int,
    evidence: dict[str, Any],
    more: str = "",
    repair: str = "",
) -> Condition:
    """W_ij W_ji < 0."""
    receiver, sender = pairs.ends(edge)
    there, back = float(pairs.there[edge]), float(pairs.back[edge])
    a, b = network.label(sender), network.label(receiver)
    message = f"{a} sends to {b} with weight {there:.4g} and gets {back:.4g} back, of opposite sign"
    return Condition(
        NAME,
        "refuted",
        message + more,
        where=_edge(network, receiver, sender),
        evidence={
            "receiver": receiver,
            "sender": sender,
            "weight": there,
            "weight_back": back,
            **evidence,
        },
        theorem=THEOREM,
        repair=repair,
    )


def turn_sign(network: Network, pairs: Pairs, edge: int) -> str:
    """The repair of a single synapse of the wrong sign."""
    receiver, sender = (network.label(neuron) for neuron in pairs.ends(edge))
    return f"change the sign of the weight from {sender} to {receiver}"


def disagreement(network: Network, pairs: Pairs, forest: Forest, survey: Survey) -> Condition:
    """No factors, even with signs: a cycle along which the products of weights differ."""
    receivers, senders, ratio, products = find_cycle(pairs, forest, survey.worst)
    evidence = {
        "largest_defect": survey.largest,
        "disagreeing": survey.disagreeing,
        "receivers": receivers,
        "senders": senders,
        "ratio": ratio,
        **products,
    }
    single = survey.disagreeing == 1 and np.isfinite(ratio) and ratio != 0.0
    if survey.opposite is not None:
        alone = single and survey.opposites == 1 and survey.opposite == survey.worst
        alone = alone and abs(ratio + 1.0) <= TOLERANCE
        repair = turn_sign(network, pairs, survey.opposite) if alone else ""
        more = "; no choice of signs and factors makes up for it"
        return opposite_signs(network, pairs, survey.opposite, evidence, more, repair)
    there, back = float(pairs.there[survey.worst]), float(pairs.back[survey.worst])
    a, b = (network.label(int(ends[0])) for ends in (senders, receivers))
    names, around = _names(network, receivers, senders)
    if receivers.size == 1:
        message = (
            f"{a} and {b} share a Lagrangian or gated synapses and so must be scaled alike, but "
            f"the weights between them are {there:.4g} and {back:.4g}"
        )
    else:
        jumps = np.any(senders != np.roll(receivers, 1))
        alike = " (neurons that must be scaled alike count as one)" if jumps else ""
        message = (
            f"the product of the weights along {around}{alike} differs from that of the way back"
        )
    message += f" (ratio 1 {ratio - 1.0:+.4g})" if 0.5 < ratio < 2.0 else f" (ratio {ratio:.4g})"
    if survey.disagreeing > 1:
        message += f"; {survey.disagreeing:,} pairs of synapses disagree"
    # Rounding of two products and a division.
    sure = abs(ratio - 1.0) > EPS * (receivers.size + 4)
    status: Status = "refuted" if sure else "undecided"
    return Condition(
        NAME,
        status,
        message,
        where={"neurons": names, "edge": [a, b]},
        evidence={**evidence, "weight": there, "weight_back": back},
        theorem=THEOREM,
        repair=f"scale the edge from {a} to {b} by {1.0 / ratio!r}" if single else TWO_WAY,
    )


def out_of_range(forest: Forest) -> Condition:
    """Factors exist, but not as floating-point numbers."""
    powers = forest.exponent
    spread = int(powers.max() - powers.min())
    message = (
        f"the factors that could make W symmetric differ by up to 2^{spread}, and with them "
        "weights leave the range of floating-point numbers"
    )
    return Condition(NAME, "undecided", message, evidence={"log2_spread": spread}, theorem=THEOREM)


def _names(network: Network, receivers: Ints, senders: Ints) -> tuple[list[str], str]:
    """Neurons along a cycle, as a list and in a sentence; of long cycles the first and the last."""
    steps = list(range(receivers.size))
    if receivers.size > 2 * NAMED:
        steps[NAMED:-NAMED] = []
    names: list[str] = []
    text, before = "", -1
    for k in steps:
        sender, receiver = network.label(int(senders[k])), network.label(int(receivers[k]))
        if k == 0:
            text = sender
        elif k != before + 1:
            text += f" -> ... {sender}"
        elif senders[k] != receivers[before]:
            text += f", {sender}"
        text += f" -> {receiver}"
        names += [sender, receiver]
        before = k
    return list(dict.fromkeys(names))[: 2 * NAMED], text
