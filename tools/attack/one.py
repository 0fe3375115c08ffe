"""The attack on one network."""

import copy
import signal
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from attack import asrun, below, descent, motion, pieces, rest, steps, twins, unrest, witness
from attack.faults import ROUNDING, Fault
from attack.model import Model

FIELDS = (
    "energy_decreases",
    "bounded_below",
    "converges",
    "unique_equilibrium",
    "globally_stable",
    "instant_well_posed",
)
SECONDS = 12.0  # of processor time, for one network


class OutOfTime(Exception):
    """The attack on one network took too long."""


@dataclass
class Result:
    """What came of one network."""

    name: str
    claims: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    cost: dict = field(default_factory=dict)
    refused: str = ""
    late: str = ""
    broken: str = ""


def _alarm(signum, frame):
    raise OutOfTime


def attack(case, rng, seconds=SECONDS, as_run=True):
    """Check a network and search for what contradicts the certificate."""
    result = Result(case.name)
    if seconds is not None:
        before = signal.signal(signal.SIGPROF, _alarm)
        signal.setitimer(signal.ITIMER_PROF, seconds)
    stage = "check"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            last, start = stage, time.process_time()
            for stage, fault in _stages(case, rng, result, as_run):
                now = time.process_time()
                result.cost[last] = result.cost.get(last, 0.0) + now - start
                last, start = stage, now
                if fault is not None:
                    (result.notes if fault.kind == ROUNDING else result.faults).append(fault)
            result.cost[last] = result.cost.get(last, 0.0) + time.process_time() - start
    except OutOfTime:
        result.late = stage
    except SystemError:  # the alarm within code of C
        result.late = stage
    except Exception as error:  # the attack's own mistake: it must not end the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        result.broken = f"{stage}: {error!r} ({Path(last.filename).name}:{last.lineno})"
    finally:
        if seconds is not None:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
    return result


def _stages(case, rng, result, as_run):
    import hamsim

    description, hints = case.description, case.hints
    yield "check", None
    try:
        certificate = hamsim.check(hamsim.compile(copy.deepcopy(description))).to_dict()
    except hamsim.HamsimError as error:
        result.refused = str(error)
        return
    except OutOfTime:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
        yield "check", Fault("traceback", text)
        return
    result.claims = {k: certificate[k] for k in FIELDS if k in certificate}
    result.claims["max_step"] = "none" if certificate["max_step"] is None else "given"
    model = Model({k: v for k, v in description.items() if k != "stimuli"})
    claims = result.claims
    yield from _each("numbers", witness.numbers(certificate))
    yield from _each("numbers", asrun.failures(certificate))
    yield from _each("numbers", _agree(claims))
    yield from _each("numbers", _false(claims, hints))
    yield from _each("witness", witness.attack(model, certificate))
    yield from _each("pieces", pieces.attack(model, claims))
    if claims["energy_decreases"] == "proved":
        yield from _each("descent", descent.attack(model, hints, rng))
    if certificate["max_step"] is not None:
        box = steps.box_of(certificate)
        yield from _each("step", steps.attack(model, certificate["max_step"], hints, rng, box))
    if claims["bounded_below"] == "proved":
        yield from _each("below", below.attack(model, _lower(certificate), hints, rng))
    if "proved" in (claims["unique_equilibrium"], claims["globally_stable"]):
        yield from _each("rest", rest.attack(model, claims, hints, rng))
    if claims["instant_well_posed"] == "proved":
        yield from _each("branches", rest.branches(model, hints, rng))
    if claims["converges"] == "proved":
        globally = claims["globally_stable"] == "proved"
        yield from _each("motion", motion.attack(model, hints, rng, globally))
    if "refuted" in (claims["converges"], claims["globally_stable"]):
        yield from _each("unrest", unrest.attack(model, certificate, hints, rng))
    yield from _each("twins", twins.attack(model, description, claims, rng))
    if as_run and (description.get("stimuli") or "run" in hints):
        for f in _each("as run", asrun.attack(description, hints.get("run", {}), hints, rng)):
            yield f if f[1] is None else (f[0], Fault(_as_run(f[1].kind), f[1].detail))


def _as_run(kind):
    return kind if kind == ROUNDING else f"as run: {kind}"


def _agree(claims):
    """Claims that follow from each other do not contradict."""
    stable, unique, rests = (
        claims[k] for k in ("globally_stable", "unique_equilibrium", "converges")
    )
    if stable == "proved" and "refuted" in (unique, rests):
        yield Fault("claims contradict", f"globally stable, yet {claims}")
    if stable == "refuted" and unique == rests == "proved":
        yield Fault("claims contradict", f"{claims}")


def _false(claims, hints):
    """Claims of which it is known that they are false."""
    for claim, status in hints.get("false", ()):
        if claims[claim] == status:
            yield Fault("known to be false", f"{claim}: {status}")


def _each(stage, faults):
    yield stage, None
    for f in faults:
        yield stage, f


def _lower(certificate):
    for condition in certificate["conditions"]:
        if condition["status"] == "proved" and "lower_bound" in condition["evidence"]:
            return condition["evidence"]["lower_bound"]
    return None
