"""The attack on one network."""

import copy
import signal
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from attack import asrun, below, descent, motion, rest, steps, witness
from attack.faults import Fault
from attack.model import Model

FIELDS = ("energy_decreases", "bounded_below", "converges", "unique_equilibrium", "globally_stable",
          "instant_well_posed")  # fmt: skip
SECONDS = 12.0  # of processor time, for one network


class OutOfTime(Exception):
    """The attack on one network took too long."""


@dataclass
class Result:
    """What came of one network."""

    name: str
    claims: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    refused: str = ""
    late: str = ""
    broken: str = ""


def _alarm(signum, frame):
    raise OutOfTime


def attack(case, rng, seconds=SECONDS, as_run=True):
    """Check a network and search for what contradicts the certificate."""
    result = Result(case.name)
    signal.signal(signal.SIGPROF, _alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    stage = "check"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for stage, fault in _stages(case, rng, result, as_run):
                if fault is not None:
                    result.faults.append(fault)
    except OutOfTime:
        result.late = stage
    except Exception as error:  # the attack's own mistake: it must not end the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        result.broken = f"{stage}: {error!r} ({Path(last.filename).name}:{last.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
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
    for f in witness.numbers(certificate):
        yield "numbers", f
    yield from _each("witness", witness.attack(model, certificate))
    claims = result.claims
    if claims["energy_decreases"] == "proved":
        yield from _each("descent", descent.attack(model, hints, rng))
    if certificate["max_step"] is not None:
        yield from _each("step", steps.attack(model, certificate["max_step"], hints, rng))
    if claims["bounded_below"] == "proved":
        yield from _each("below", below.attack(model, _lower(certificate), hints, rng))
    if "proved" in (claims["unique_equilibrium"], claims.get("globally_stable")):
        yield from _each("rest", rest.attack(model, claims, hints, rng))
    if claims["instant_well_posed"] == "proved":
        yield from _each("branches", rest.branches(model, hints, rng))
    if claims["converges"] == "proved":
        yield from _each("motion", motion.attack(model, hints, rng))
    if as_run and description.get("stimuli"):
        yield from _as_run(description, hints, rng)


def _each(stage, faults):
    yield stage, None
    for f in faults:
        yield stage, f


def _lower(certificate):
    for condition in certificate["conditions"]:
        if condition["status"] == "proved" and "lower_bound" in condition["evidence"]:
            return condition["evidence"]["lower_bound"]
    return None


def _as_run(description, hints, rng):
    yield "as run", None
    claims = asrun.claims(description)
    if claims.get("converges") == "proved":
        for f in motion.attack(Model(description), hints, rng, starts=4):
            yield "as run", Fault("as run: " + f.kind, f.detail)
