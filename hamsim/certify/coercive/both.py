"""Both conditions together."""

from __future__ import annotations

from hamsim.certify.coercive.degrees import find_degrees, in_groups
from hamsim.certify.coercive.finding import CONJUGATE, RAYS, Below, Finding, labels_of, names_of
from hamsim.certify.coercive.lower import lower_bound
from hamsim.certify.coercive.not_convex import without_conjugate
from hamsim.certify.coercive.outrun import outrun, strong_ray
from hamsim.certify.coercive.quadratic import linear_part
from hamsim.certify.coercive.synapses import sort_synapses
from hamsim.certify.rays import scaled_triples, watch
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition

__all__ = ["coercive"]


def coercive(scaled: ScaledNetwork, below: Below) -> tuple[Condition, Condition]:
    """Decide whether E is bounded below, and coercive in the activations.

    Parameters
    ----------
    scaled : ScaledNetwork
    below : callable
        Decides whether the largest eigenvalue of a symmetric matrix is below a threshold, as
        `hamsim.spectrum.largest_below`.

    Returns
    -------
    Condition, Condition
        Named ``bounded below`` and ``coercive``.

    Notes
    -----
    Synapses of bounded neurons only add linear terms, which the cost of unbounded activations
    outgrows (Rockafellar 1970, Corollary 13.3.1). Among unbounded ones Young's inequality decides
    where the weights e = a / (1 + a) do not add up to 1; else C - W must be positive definite, or
    so without synapses that only inhibit neurons bounded on one side (Murty and Kabadi 1987 on
    copositivity). Time and memory are linear in the synapses.
    """
    finding = _find(scaled, below)
    claims = {
        "bounded below": ("E has a lower bound", "E has no lower bound"),
        "coercive": (
            "E grows without bound wherever activations do",
            "E does not grow wherever activations do",
        ),
    }
    conditions = []
    for name, (good, bad) in claims.items():
        status = finding.status
        if name == "coercive" and finding.confined is not None:
            status = finding.confined
        start = {"proved": good, "refuted": bad, "undecided": f"it is open whether {good}"}
        conditions.append(
            Condition(
                name,
                status,
                f"{start[status]}: {finding.reason}",
                where=finding.where,
                evidence=finding.evidence,
                theorem=finding.theorem,
                repair=finding.repair,
            )
        )
    return conditions[0], conditions[1]


def _find(scaled: ScaledNetwork, below: Below) -> Finding:
    if not scaled.symmetric:
        return Finding("undecided", "W is not symmetric, so that there is no energy to be bounded")
    if scaled_triples(scaled) is None:
        return Finding(
            "undecided", "scaling makes W symmetric but not the drives of its gated synapses"
        )
    # x g - L >= g^2 / 2 + const is all that is asked of a Lagrangian.
    strange = ~scaled.convex & ~in_groups(scaled, lambda g: bool(g.family.floor))
    if strange.any():
        return without_conjugate(scaled, strange)
    degrees = find_degrees(scaled)
    if not degrees.unbounded.any():
        return Finding(
            "proved",
            "all activations are bounded",
            "Cohen and Grossberg 1983; Hopfield 1984",
            lower_bound(scaled, degrees),
        )
    synapses = sort_synapses(scaled, degrees)
    if synapses.none:
        return Finding(
            "proved",
            "there are no synapses among neurons whose activations are unbounded, except "
            "inhibition of themselves",
            CONJUGATE,
            lower_bound(scaled, degrees),
        )
    strongest = sorted(synapses.strong, key=lambda s: (s.total, abs(s.weight)), reverse=True)
    for strong in strongest[:RAYS]:
        seen = watch(scaled, strong_ray(scaled, degrees, strong))
        if seen is not None:
            return outrun(scaled, degrees, strong, seen)
    linear = linear_part(scaled, degrees, synapses, below)
    if linear.status == "refuted":
        return linear
    members = synapses.strong[0].members if synapses.strong else synapses.open
    if members:
        return Finding(
            "undecided",
            f"the activations of {names_of(scaled, members)} are not known to grow slowly enough "
            "for a synapse among them to cost less than their leak",
            where={"neurons": labels_of(scaled, members)},
            repair="use a Lagrangian with bounded activation there, or remove the synapse",
        )
    return linear
