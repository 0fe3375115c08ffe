"""What is guaranteed of a run, in one line: its clamps, currents, step, method and weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from hamsim.certify.as_run import NotKnown, networks_as_run
from hamsim.certify.certificate import Certificate, NoTruthError
from hamsim.certify.check import conclude
from hamsim.certify.delayed import study_of
from hamsim.certify.moving import with_moving
from hamsim.certify.noise import NAME as LAW
from hamsim.certify.noise import NO_REST, law_of_run
from hamsim.certify.steps import NAME as STEP
from hamsim.certify.study import Study
from hamsim.certify.sweeps import LAW as LAW_OF_SWEEPS
from hamsim.certify.sweeps import RESTS, UPDATES, certificate_of_sweeps
from hamsim.compiler import as_network
from hamsim.condition import Condition, worst
from hamsim.deadline import NOT_YET, left, within
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.discrete import Sweeping, method_name, plan_sweeps
from hamsim.dynamics.timeline.schedule import plan_time
from hamsim.methods import DISCRETE
from hamsim.network import Network, OverTime
from hamsim.shown import Shown

__all__ = ["RunCheck", "check_run", "verdict", "verdict_of_run", "verdict_of_sweeps"]

# Neurons and synapses that can be looked at in a second at all.
MOST_PER_SECOND = 5_000_000


@dataclass(frozen=True, eq=False)
class RunCheck(Shown):
    """What is guaranteed of a run.

    Parameters
    ----------
    text : str
        One line for people.
    certificate : Certificate or None
        Of the network that the run is left to after the last change of a stimulus, in continuous
        time and without noise; None if no such network is known, or there was no time.
    in_steps : bool
        Whether its claims about energy and convergence hold for the steps that are taken.
    method : str
    dt : float or None
        None where steps are chosen.
    """

    text: str
    certificate: Certificate | None
    in_steps: bool
    method: str
    dt: float | None

    def __bool__(self) -> bool:
        raise NoTruthError(
            "what is guaranteed of a run is neither true nor false: ask for .in_steps, or for "
            ".certificate.guaranteed"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain numbers, text, lists and dicts, without the conditions."""
        told = self.certificate
        fields = Certificate.FIELDS
        found = {name: "undecided" if told is None else getattr(told, name) for name in fields}
        step = None if told is None else told.max_step
        return {"verdict": self.text, **found, "max_step": step, "in_steps": self.in_steps}


def check_run(
    network: Network | Any,
    method: str | None = None,
    dt: float | Literal["auto"] | None = None,
    t_end: float | None = None,
    steps: int | None = None,
    until: float | Mapping[str, float] | None = None,
    dtype: DTypeLike = "float64",
    seconds: float = math.inf,
    order: Any = None,
    sweeps: int | None = None,
    temperature: Any = None,
) -> RunCheck:
    """Decide what is guaranteed of a run, with its clamps, currents, step, method and weights.

    Parameters
    ----------
    network : Network, Spec, path or dict
    method, dt, t_end, steps, until, dtype
        As of `simulate`.
    seconds : float
        About how long it may take; what is not decided by then stays undecided.
    order, sweeps, temperature
        As of `simulate`.

    Returns
    -------
    RunCheck
    """
    compiled = as_network(network)
    asked = Asked(
        method=method,
        dt=dt,
        t_end=t_end,
        steps=steps,
        until=until,
        order=order,
        sweeps=sweeps,
        temperature=temperature,
    )
    if method_name(compiled, asked) in DISCRETE:
        return verdict_of_sweeps(compiled, plan_sweeps(compiled, asked, None), seconds)
    schedule = plan_time(compiled, asked, None)
    end = schedule.duration
    return verdict_of_run(compiled, schedule.method.name, schedule.dt, end, dtype, seconds)


def verdict_of_run(
    network: Network,
    method: str,
    dt: float | None,
    t_end: float,
    dtype: DTypeLike,
    seconds: float,
) -> RunCheck:
    """As `check_run`, of a run whose time is planned."""
    found = _without_noise(network, method, dt, t_end, dtype, seconds)
    if network.noise is None:
        return found
    moves = NO_REST
    clamped = any(each.mode != "input" for each in network.acting)
    if found.certificate is not None and not clamped:
        moves = law_of_run(network, found.certificate, seconds).message
    return replace(found, text=f"{moves}; without noise {found.text}", in_steps=False)


def verdict_of_sweeps(network: Network, schedule: Sweeping, seconds: float) -> RunCheck:
    """As `check_run`, of discrete dynamics that is planned; the claims are those of its sweeps."""
    method, warm = schedule.method, bool(schedule.temperature[-1] > 0)
    if network.n_neurons + network.W.nnz > MOST_PER_SECOND * seconds:
        return RunCheck(f"{NOT_YET}; see hamsim check", None, False, method.name, None)
    certificates = []
    with within(seconds), np.errstate(all="ignore"):
        try:
            for left_to in networks_as_run(network, schedule.duration, "float64"):
                study = Study(left_to.network, quick=True, any_input=left_to.any_input)
                certificates.append(certificate_of_sweeps(study, method.together, warm))
        except NotKnown as reason:
            return RunCheck(f"undecided: {reason}", None, False, method.name, None)
    told = _together(certificates)
    return RunCheck(_of_sweeps(told), told, True, method.name, None)


def _of_sweeps(certificate: Certificate) -> str:
    """What is guaranteed of sweeps, in one line."""
    said = {condition.name: condition for condition in certificate.conditions}
    if LAW_OF_SWEEPS in said:
        return said[LAW_OF_SWEEPS].message
    falls, rests = said[UPDATES], said[RESTS]
    if rests.status == "proved":
        return f"proved to come to rest: {falls.message}"
    how = "not guaranteed to come to rest" if rests.status == "refuted" else "undecided"
    return f"{how}: {rests.message}"


def _without_noise(
    network: Network,
    method: str,
    dt: float | None,
    t_end: float,
    dtype: DTypeLike,
    seconds: float,
) -> RunCheck:
    """As `verdict_of_run`, of the network without its noise."""
    size = network.n_neurons + network.W.nnz
    if size > MOST_PER_SECOND * seconds:
        return RunCheck(f"{NOT_YET}; see hamsim check", None, False, method, dt)
    euler = method == "euler" and dt is not None
    certificates, longest, one_way = [], math.inf, False
    moving: tuple[OverTime, ...] = ()
    with within(seconds), np.errstate(all="ignore"):
        try:
            for left_to in networks_as_run(network, t_end, dtype):
                study = study_of(left_to.network, quick=True, any_input=left_to.any_input)
                certificates.append(conclude(study, step=euler))
                if method == "exponential_euler":
                    longest = min(longest, study.exponential_step or 0.0)
                one_way, moving = one_way or left_to.one_way, left_to.moving
        except NotKnown as reason:
            return RunCheck(f"undecided: {reason}", None, False, method, dt)
        late = left() <= 0.0
    told = _together(certificates)
    text = verdict(told)
    if one_way and told.converges != "proved":  # with weights that are not those of the file
        text = (
            "not guaranteed to converge: a part of the neurons that share a softmax is clamped, so "
            "that weights out of it act one way"
        )
    if moving:
        told = with_moving(told, moving)
        held, it_is = NOT_YET if late else text, "it is" if len(moving) == 1 else "they are"
        text = f"undecided: {told.conditions[0].message}; while {it_is} held: {held}"
        return RunCheck(text, told, False, method, dt)
    if late and told.converges == "undecided":
        return RunCheck(f"{NOT_YET}; see hamsim check", told, False, method, dt)
    steps = euler and told.max_step is not None and (dt or 0.0) <= told.max_step
    steps = steps or (method == "exponential_euler" and (dt or 0.0) <= longest)
    # The parts of its steps lower any energy that falls, whatever their length.
    steps = steps or (method == "splitting" and told.energy_decreases == "proved")
    if any("low" in c.evidence for one in certificates for c in one.conditions if c.name == STEP):
        # Of states in a box, in which a stimulus that changes may have left the network or not.
        always = all(s.start <= 0.0 and s.stop >= t_end for s in network.stimuli)
        steps = steps and always and not network.over_time
    if told.converges == "proved" and not steps:
        text += " in continuous time"
        if euler and told.max_step is not None and (dt or 0.0) > told.max_step:
            text += f"; dt is above {told.max_step:.4g}"
        elif method == "exponential_euler" and longest > 0:
            text += f"; dt is above {longest:.4g}"
    return RunCheck(text, told, steps, method, dt)


def _together(certificates: list[Certificate]) -> Certificate:
    """What holds of all trials: each answer the worst one, told of a trial that rests least."""
    told = min(certificates, key=lambda one: one.converges == "proved")
    fields: dict[str, Any] = {
        f: worst(*(getattr(c, f) for c in certificates)) for f in Certificate.FIELDS
    }
    steps = [c.max_step for c in certificates if c.max_step is not None]
    step = min(steps) if len(steps) == len(certificates) else None
    return replace(told, **fields, max_step=step)


def verdict(certificate: Certificate) -> str:
    """One line: what is guaranteed, or what stands against it."""
    if certificate.converges == "proved":
        how = "to one rest state" if certificate.globally_stable == "proved" else "to rest"
        return f"proved to converge {how}"
    against = [c for c in certificate.conditions if c.status == "refuted" and _counts(c)]
    if against:
        return f"not guaranteed to converge: {against[0].message}"
    open_ones = [c for c in certificate.conditions if c.status == "undecided"]
    open_ones.sort(key=lambda condition: not _counts(condition))  # those first
    return f"undecided: {open_ones[0].message}" if open_ones else "undecided"


def _counts(condition: Condition) -> bool:
    return condition.name not in ("unique equilibrium", "global stability", "convergence", LAW)
