"""`check`: all theorems together, from cheap to dear."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from hamsim.certify.certificate import Certificate, Condition, Status, worst
from hamsim.certify.coercive import coercive
from hamsim.certify.descent import descent
from hamsim.certify.inhibition import instant_inhibition
from hamsim.certify.instants import instant_well_posed
from hamsim.certify.problem import Problem, shared_sets
from hamsim.certify.rest import locally_lipschitz
from hamsim.certify.spectrum import largest_below, negative_part, perron
from hamsim.certify.steps import max_step
from hamsim.certify.symmetry import find_scaling
from hamsim.certify.unique import unique
from hamsim.certify.unstable import all_unstable
from hamsim.compiler import as_network
from hamsim.network import Network

__all__ = ["check"]

THEOREM = (
    "LaSalle's principle with the energy as Lyapunov function: the energy falls, its sublevel sets "
    "are bounded, g is locally Lipschitz; single limits by the Kurdyka-Lojasiewicz inequality"
)


def check(
    network: Network | Any, confidence: float | None = None, quick: bool = False
) -> Certificate:
    """Decide what is guaranteed of a network; nothing is simulated.

    Parameters
    ----------
    network : Network, Spec, path or dict
        Taken with its constant input and without its stimuli.
    confidence : float, optional
        Probability, below 1, that is enough for a claim about an eigenvalue where no rigorous bound
        decides. Without it such claims stay undecided.
    quick : bool
        Leave out what takes long and is not needed to know whether the network converges because
        its energy falls: the number of rest states, the largest step, and whether a network does
        not converge stay undecided then.

    Returns
    -------
    Certificate

    Notes
    -----
    Proved means proved, with rounding accounted for; refuted means that the certificate holds a
    witness that was evaluated.
    """
    compiled = as_network(network)
    below = partial(largest_below, confidence=confidence)
    scaling = find_scaling(compiled)
    symmetric = scaling.kind in ("symmetric", "symmetrizable")
    scale = scaling.scale if symmetric else np.ones(compiled.n_neurons)
    problem = Problem(compiled, scale, symmetric)
    instants = instant_well_posed(problem, below, perron)
    falls = descent(problem, scaling.kind, instants.status)
    bounded, confined = coercive(problem, below)
    one_tau = _one_tau(compiled)
    energy_falls = worst(*(condition.status for condition in falls))
    step, step_condition = None, None
    if quick and "proved" == energy_falls == confined.status == instants.status:
        one = Condition("unique equilibrium", "undecided", "was not asked")
    else:
        one = unique(problem, scaling, one_tau, below, perron)
    if not quick and energy_falls == "proved":
        step, step_condition = max_step(problem, negative_part)
    inhibited = None if symmetric else instant_inhibition(problem, scaling, below, coercive)
    rest = _converges(problem, energy_falls, confined, instants, one, inhibited)
    if not quick and rest.status != "proved":
        rest = all_unstable(problem) or rest
    found = [scaling.condition, *falls, bounded, confined, instants, one, inhibited, rest]
    found.append(step_condition)
    return Certificate(
        symmetry=scaling.kind,
        energy_decreases=energy_falls,
        bounded_below=bounded.status,
        converges=rest.status,
        unique_equilibrium=one.status,
        instant_well_posed=instants.status,
        max_step=step,
        conditions=tuple(condition for condition in found if condition is not None),
    )


def _one_tau(network: Network) -> bool:
    """Whether neurons that share a Lagrangian have one time constant."""
    return bool(np.all(network.tau == network.tau[shared_sets(network)]))


def _converges(
    problem: Problem,
    energy_falls: Status,
    confined: Condition,
    instants: Condition,
    one: Condition,
    inhibited: Condition | None,
) -> Condition:
    """Whether every solution has to come to rest."""
    name = "convergence"
    if one.status == "proved" and instants.status == "proved":
        return Condition(
            name, "proved", "every solution goes to the one rest state", theorem=one.theorem
        )
    if inhibited is not None and inhibited.status == "proved":
        return Condition(name, "proved", inhibited.message, theorem=inhibited.theorem)
    needs = {
        "the energy falls": energy_falls,
        "the energy confines the activations": confined.status,
        "neurons with tau = 0 have one state": instants.status,
        "activations are locally Lipschitz": "proved"
        if locally_lipschitz(problem)
        else "undecided",
    }
    missing = [what for what, status in needs.items() if status != "proved"]
    if not missing:
        message = "the energy falls and confines the activations, so every solution comes to rest"
        return Condition(name, "proved", message, theorem=THEOREM)
    message = f"not shown: {', '.join(missing)}"
    if not problem.symmetric:
        message = "not shown: W cannot be made symmetric, so that there is no energy that must fall"
    return Condition(name, "undecided", message, theorem=THEOREM)
