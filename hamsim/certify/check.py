"""`check`: all theorems together, from cheap to dear."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from hamsim.certify.certificate import Certificate
from hamsim.certify.delayed import study_of
from hamsim.certify.moving import own_inputs, with_moving
from hamsim.certify.noise import with_law
from hamsim.certify.study import GLOBAL, Study
from hamsim.certify.unique import NAME as UNIQUE
from hamsim.compiler import as_network
from hamsim.condition import Condition
from hamsim.deadline import within
from hamsim.errors import HamsimError, shown
from hamsim.network import Network
from hamsim.request import number_of

__all__ = ["check", "conclude"]


def check(
    network: Network | Any,
    confidence: float | None = None,
    quick: bool = False,
    seconds: float = math.inf,
) -> Certificate:
    """Decide what is guaranteed of a network; nothing is simulated.

    Parameters
    ----------
    network : Network, Spec, path or dict
        Taken with its input, without its stimuli and without noise; `check_run` takes it as it is
        run. Of an input that changes over time it is said what holds whatever constant one it is
        held at, and what its changes add to dE/dt; of noise, what law the states settle to.
    confidence : float, optional
        Probability, below 1, that is enough for a claim about an eigenvalue where no rigorous bound
        decides. Without it such claims stay undecided.
    quick : bool
        Leave out what takes long and is not needed to know whether the network converges: the
        number of rest states, the largest step, and whether a network does not converge stay
        undecided then.
    seconds : float
        About how long it may take; what is not decided by then stays undecided.

    Returns
    -------
    Certificate

    Notes
    -----
    Proved means proved, with rounding accounted for; refuted means that the certificate holds a
    witness that was evaluated.
    """
    _refuse_wrong(confidence, quick, seconds)
    # Whatever is not finite decides nothing; nobody is to be warned of it.
    with within(seconds), np.errstate(all="ignore"):
        compiled = as_network(network)
        moving = own_inputs(compiled)
        told = conclude(study_of(compiled, confidence, quick, any_input=bool(moving)))
        return with_law(compiled, with_moving(told, moving) if moving else told)


def _refuse_wrong(confidence: Any, quick: Any, seconds: Any) -> None:
    """Refuse arguments of other kinds, which would only be missed when they are used."""
    if confidence is not None and not (_is_number(confidence) and 0 < confidence < 1):
        raise HamsimError(f"confidence must be between 0 and 1, not {shown(confidence)}")
    if not _is_number(seconds) or math.isnan(number_of(seconds)):
        raise HamsimError(f"seconds must be a number, not {shown(seconds)}")
    if not isinstance(quick, bool | np.bool_ | int):
        raise HamsimError(f"quick must be True or False, not {shown(quick)}")


def _is_number(value: Any) -> bool:
    # NumPy counts spans of time among whole numbers.
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.timedelta64)


def conclude(study: Study, step: bool | None = None) -> Certificate:
    """Ask all questions about a network.

    Parameters
    ----------
    study : Study
    step : bool, optional
        Whether to ask for the largest step; a study that is not quick does.
    """
    rests = study.converges
    if study.quick:
        one = Condition(UNIQUE, "undecided", "was not asked")
        stable = Condition(GLOBAL, "undecided", "was not asked")
        contraction = study.known("contraction")
        if contraction is not None and contraction.proved:
            one, stable = study.unique, study.globally_stable
    else:
        one, stable = study.unique, study.globally_stable
    asked = not study.quick if step is None else step
    size, step_condition = study.step if asked else (None, None)
    bounded, confined = study.coercive
    found = [study.scaling.condition, *study.falls, bounded, confined, study.instants]
    found += [one, stable]
    conditions = [*found, study.known("inhibition"), rests, step_condition]
    return Certificate(
        symmetry=study.scaling.kind,
        energy_decreases=study.energy_falls,
        bounded_below=bounded.status,
        converges=rests.status,
        unique_equilibrium=one.status,
        globally_stable=stable.status,
        instant_well_posed=study.instants.status,
        max_step=size,
        conditions=tuple(condition for condition in conditions if condition is not None),
    )
