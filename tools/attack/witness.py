"""Attacks on what is refuted: every witness is evaluated again, with all digits."""

import itertools
import math

import numpy as np

from attack import below, search
from attack.arithmetic import EXACT, FLOATS, digits
from attack.faults import Fault, certain, short
from attack.rest import _beside

FURTHER = 14  # how often a ray is followed by another factor


def attack(model, certificate):
    """Faults of the witnesses of a certificate."""
    whole = model
    if certificate["symmetry"] not in ("symmetric", "symmetrizable"):
        whole = model.plain()  # the energy that is spoken of has no D
    seen = set()
    for condition in certificate["conditions"]:
        if condition["status"] != "refuted":
            continue
        evidence, name = condition["evidence"], condition["name"]
        # Several claims fall with one witness.
        moves = name.startswith(("converg", "global"))
        key = repr([evidence.get(k) for k in ("x", "states", "growth_rates")] + [moves])
        if key in seen:
            continue
        seen.add(key)
        # Of a part that hears nobody else, or of all.
        at = model.part(evidence["neurons"]) if "neurons" in evidence else whole
        if at is None:
            continue
        if "dE_dt" in evidence:
            yield from _rise(at, name, evidence)
        elif "energy" in evidence:
            yield from _ray(at, name, evidence)
        elif "states" in evidence:
            yield from _states(at, name, evidence)


def _rise(model, name, evidence):
    x = np.array(evidence["x"], dtype=float)

    def evaluate(x=x):
        X = _on_drive(model, EXACT.array(x))
        return None if X is None else model.rate(EXACT, X)[0]

    value = certain(evaluate, model.digits_at(x))
    if value is None or value <= 0:
        exact = "nothing certain" if value is None else f"{float(value):.3g}"
        yield Fault(
            "witness does not rise",
            f"{name}: dE/dt = {evidence['dE_dt']!r} said, {exact} found at {short(x)}",
        )
        return
    said = evidence["dE_dt"]
    plain = model.D is None or all(d == 1 for d in model.D)
    if (
        plain
        and abs(float(value) - said) > 1e-3 * abs(said) + 1e-8 * evidence.get("size", 0) + 1e-300
    ):
        yield Fault(
            "number of a witness",
            f"{name}: dE/dt = {said!r} said, {float(value)!r} found at {short(x)}",
        )


def _on_drive(model, X):
    """Neurons of tau 0 at their drive, from the state that is given."""
    f = model.instant
    if not len(f):
        return X
    if not model.loops():
        return model.settle(EXACT, X)
    done = search.polish(model, [float(v) for v in X], f)
    return None if done is None else done[0]


def _ray(model, name, evidence):
    xs, said = np.array(evidence["x"], dtype=float), evidence["energy"]
    if xs.ndim != 2 or not np.all(np.isfinite(xs)) or not all(math.isfinite(e) for e in said):
        yield Fault("ray that is not finite", f"{name}: {said[-3:]} at {xs.tolist()}")
        return
    some = [*range(0, len(xs) - 2, 1 + len(xs) // 8), *range(max(len(xs) - 2, 0), len(xs))]
    xs, said = xs[some], np.array(said[-len(xs) :])[some]
    energies = [_energy(model, x) for x in xs]
    if len(model.instant) and not name.startswith(("converg", "global")):
        return  # said of all states, also of those that are not on their drive
    if any(e is None for e in energies):
        return
    for e, s in zip(energies, said, strict=True):
        # With tau = 0 the energy may be said of the state as it stands, or of that on its drive.
        known = model.symmetric and not len(model.instant)
        if known and abs(e - s) > 1e-6 * abs(EXACT.number(s)):
            yield Fault("number of a witness", f"{name}: E = {s!r} said, {float(e)!r} found")
            return
    if not all(b < a for a, b in itertools.pairwise(energies)) or energies[-1] >= 0:
        yield Fault("witness does not fall", f"{name}: {[float(e) for e in energies]}")
        return
    if not _falls_on(model, xs, evidence):
        yield Fault("ray turns round", f"{name}: E does not fall for ever beyond {short(xs[-1])}")


def _energy(model, x):
    def evaluate():
        X = _on_drive(model, EXACT.array(x))
        return None if X is None else model.energy(EXACT, X)

    try:
        return certain(evaluate, model.digits_at(x) + 10)
    except (OverflowError, ValueError, ZeroDivisionError):
        return None


def _falls_on(model, xs, evidence):
    """Further along: by the factors of the last two states, or with the direction that is given."""
    direction = evidence.get("direction")
    if direction is not None and len(direction) == model.n:
        exponents = np.array(evidence.get("exponents", np.ones(model.n)), dtype=float)
        if exponents.shape == (model.n,) and below.falls(
            model, np.array(direction, dtype=float), exponents
        ):
            return True
    with digits(400):
        a, b = EXACT.array(xs[-2]), EXACT.array(xs[-1])
        for geometric in (True, False):
            X, last, good = b.copy(), model.energy(EXACT, _on_drive(model, b)), True
            factor = np.array(
                [q / p if p != 0 else EXACT.number(1) for p, q in zip(a, b, strict=True)]
            )
            for k in range(1, FURTHER):
                X = X * factor if geometric else b + (b - a) * (2**k)
                try:
                    e = model.energy(EXACT, _on_drive(model, X))
                except (OverflowError, ValueError, ZeroDivisionError, MemoryError):
                    break
                if not e < last:
                    good = False
                    break
                last = e
            if good:
                return True
    return False


def _states(model, name, evidence):
    free = model.instant if name.startswith("instant") else np.arange(model.n)
    bounds = evidence.get("error_bounds", [1e-6] * len(evidence["states"]))
    exact = []
    for x, bound in zip(evidence["states"], bounds, strict=True):
        x = np.array(x, dtype=float)
        if model.n > search.LARGE:
            u = model.residual(FLOATS, x)[free]
            if np.abs(u).max() > 1e-6 * (1 + np.abs(x).max()):
                yield Fault("witness is no rest state", f"{name}: |u| = {np.abs(u).max():.3g}")
            continue
        done = search.polish(model, x, free)
        if done is None:
            yield Fault("witness is no rest state", f"{name}: {short(x)}")
            return
        with digits():
            away = max(abs(v) for v in done[0] - EXACT.array(x))
        if away > EXACT.number(bound) * (1 + 1e-9) + 1e-13:
            yield Fault(
                "witness outside its bound", f"{name}: {float(away):.3g} > {bound!r} at {short(x)}"
            )
            return
        exact.append(done[0])
    if "growth_rate" in evidence or "growth_rates" in evidence:
        for X in exact:
            if not _beside(model, X):
                yield Fault("rest state is not unstable", f"{name}: {short(X)}")
                return
    elif len(exact) > 1 and not search._apart(exact[0], exact[1]):
        yield Fault("one state given twice", f"{name}: {short(exact[0])}")


def numbers(certificate):
    """Faults of what is printed: not-a-numbers, infinities where there is a number."""
    for path, value in _walk(certificate, ""):
        text = isinstance(value, str) and value in ("nan", "inf", "-inf")
        if (isinstance(value, float) and not math.isfinite(value)) or text:
            if ".low[" in path or ".high[" in path:  # a box without a side
                continue
            # A Hessian with a kernel has no condition number, and tau 0 beside another no ratio.
            if path.endswith((".kappa", ".ratio")) and value == "inf":
                continue
            yield Fault("not a number", f"{path} = {value!r}")
            return


def _walk(thing, path):
    if isinstance(thing, dict):
        for k, v in thing.items():
            yield from _walk(v, f"{path}.{k}")
    elif isinstance(thing, list | tuple):
        for k, v in enumerate(thing):
            yield from _walk(v, f"{path}[{k}]")
    else:
        yield path, thing
