"""What hamsim says of a network as it is run: its clamps, its inputs, its step, its precision."""

import copy
import math

import numpy as np

from attack import descent, motion, pieces, rest, steps
from attack.arithmetic import FLOATS
from attack.faults import Fault, short
from attack.model import Model

STEPS = 4000
STARTS = 48


def attack(description, run, hints, rng):
    """Faults of the claims about one run; `run` holds the keywords of `check_run`."""
    import hamsim

    made = hamsim.check_run(copy.deepcopy(description), **run)
    model = left(description, run)
    certificate = made.certificate
    yield from _words(made)
    if certificate is None:
        return
    yield from failures(certificate.to_dict())
    yield from continuous(model, certificate, hints, rng)
    if made.in_steps:
        yield from discrete(model, certificate, made, hints, rng)


def failures(certificate):
    """What broke inside a check."""
    for condition in certificate["conditions"]:
        if "failure" in condition["evidence"]:
            yield Fault(
                "failure inside", f"{condition['name']}: {condition['evidence']['failure']!s:.200}"
            )


def _words(made):
    """The line that is printed says no more than the certificate."""
    proved = made.certificate is not None and made.certificate.converges == "proved"
    if made.text.startswith("proved") and not proved:
        yield Fault("text says more", made.text)
    if made.in_steps and made.method != "euler":
        yield Fault("in steps of another method", f"{made.method}: {made.text}")
    plain = made.text.startswith("proved to converge") and "continuous" not in made.text
    if plain and not made.in_steps:
        yield Fault("text says more", f"in_steps is false: {made.text}")


def left(description, run):
    """The model as it is after the last stimulus that came into force before the end."""
    stimuli = description.get("stimuli", [])
    end = run.get("t_end") or math.inf
    if run.get("steps"):
        end = run["steps"] * run["dt"]
    if run.get("dtype") == "float32":
        description = _rounded(description)
    model = Model({k: v for k, v in description.items() if k != "stimuli"})
    held = {}
    for s in stimuli:
        if not (s.get("start", 0) < end and s.get("stop", math.inf) >= end):
            continue
        neurons = model.groups[s["group"]]
        mask = np.array(s.get("mask", np.ones(len(neurons))), dtype=bool)
        value = np.broadcast_to(np.asarray(s["value"], dtype=float), len(neurons))
        for i, v, on in zip(neurons, value, mask, strict=True):
            if on and s["mode"] == "clamp":
                held[int(i)] = float(v)
            elif on:
                model.input[i] += v
    model.hold(held)
    return model


def _rounded(description):
    """Weights in single precision; the generators give other numbers that it holds."""
    made = copy.deepcopy(description)
    for c in made.get("connections", []):
        c["weights"] = np.array(c["weights"]).astype(np.float32).astype(float).tolist()
    return made


def continuous(model, certificate, hints, rng):
    """Claims on the network as left, in continuous time."""
    claims = {
        k: getattr(certificate, k) for k in ("converges", "unique_equilibrium", "globally_stable")
    }
    if "proved" in claims.values():
        yield from rest.attack(model, claims, hints, rng)
    if claims["converges"] == "proved":
        yield from motion.attack(model, hints, rng, globally=claims["globally_stable"] == "proved")
    freed = model.freed()
    if freed is None:
        return
    yield from pieces.attack(freed, claims)
    if certificate.energy_decreases == "proved":
        yield from descent.attack(freed, {}, rng)


def discrete(model, certificate, made, hints, rng):
    """Claims on the steps of explicit Euler that are taken."""
    freed = model.freed()
    box = steps.box_of(certificate.to_dict())
    if freed is not None and certificate.energy_decreases == "proved":
        yield from steps.attack(freed, float(made.dt), {}, rng, box)
    # At the largest step itself one direction goes back and forth for as long as one likes.
    slow = certificate.max_step is not None and made.dt > 0.99 * certificate.max_step
    if certificate.converges == "proved" and not slow:
        yield from _goes_on(model, float(made.dt), rng, box)


def _goes_on(model, dt, rng, box):
    """Steps that end in a cycle or leave every bound."""
    if len(model.instant) and model.loops():
        return
    free = np.setdiff1d(model.slow, model.clamped)
    xs = (
        rng.normal(size=(STARTS, model.n)) * rng.choice([0.1, 1, 10], size=(STARTS, 1))
        + model.input
    )
    if box is not None:
        there = np.setdiff1d(np.arange(model.n), model.clamped)
        xs[:, there] = np.clip(xs[:, there], *box)
    xs[:, model.clamped] = model.initial[model.clamped]
    sizes = []
    for k in range(STEPS):
        xs = steps.step(model, FLOATS, xs, dt)
        if k % (STEPS // 4) == STEPS // 4 - 1:
            u = np.abs(model.residual(FLOATS, xs)[:, free]).max(axis=1)
            sizes.append(u / (1 + np.abs(xs).max(axis=1)))
            if np.all(sizes[-1] < 1e-9):
                return
    last = sizes[-1]
    bad = (last > 1e-3) & (last > 0.99 * sizes[-2]) & (last > 0.99 * sizes[1]) | ~np.isfinite(last)
    if np.any(bad):
        k = int(np.argmax(bad))
        yield Fault(
            "steps do not rest",
            f"dt = {dt!r}: |u| = {last[k]:.3g} after {STEPS} steps, at {short(xs[k])}",
        )
