"""Attacks on `max_step`: states from which a step of explicit Euler raises the energy."""

import math

import numpy as np
from scipy.optimize import minimize

from attack import search
from attack.arithmetic import EXACT, FLOATS
from attack.faults import ROUNDING, Fault, certain, short
from attack.symmetry import ROUNDED

SURE = 1e-3  # of the change: energies of float64 that fall by so much do fall


def attack(model, dt, hints, rng, box=None):
    """Faults of a guaranteed step."""
    if not (isinstance(dt, float | int) and math.isfinite(dt) and dt > 0):
        yield Fault("max_step is no positive number", repr(dt))
        return
    if model.D is None or model.loops():
        return
    low, high = (-np.inf, np.inf) if box is None else box

    def inside(x):
        return np.clip(x, low, high)

    xs = inside(_candidates(model, hints, rng))
    if box is not None:
        yield from _leaves(model, dt, xs, box, rng)
    gains = _gains(model, xs, dt)
    order = np.argsort(-np.nan_to_num(gains, nan=-9, posinf=-9, neginf=-9))
    near = [k for k in order[:6] if gains[k] > -SURE or gains[k] == -5]
    chosen = [xs[k] for k in [*range(min(len(hints.get("states", ())), 4)), *near]]
    if model.n <= 8 and gains[order[0]] > -0.5:
        done = minimize(
            lambda y: -np.nan_to_num(_gains(model, inside(y)[None], dt)[0], nan=-9),
            xs[order[0]],
            method="Nelder-Mead",
            options={"maxfev": 120},
        )
        chosen.append(inside(done.x))
    for x in chosen:
        for share in (1.0, 1 - 1e-9, 0.999):
            gain = raised(model, x, share * dt)
            if gain is None:
                break
            kind = "step raises energy" if share < 1 else "step raises energy by its last digits"
            if 0 < model.ulps <= ROUNDED and gain < 1e-12 * _moved(model, x, dt):
                kind = ROUNDING
            worst = Fault(kind, f"dt = {share} * {dt!r}: E rises by {gain:.3g} from x = {short(x)}")
            if share == 1.0:
                last = worst
                continue
            yield worst
            return
        else:
            continue
        if raised(model, x, dt) is not None:
            yield last
            return


def box_of(certificate):
    """Bounds of the states for which a step is guaranteed; None where it is for all."""
    for condition in certificate["conditions"]:
        evidence = condition["evidence"]
        if condition["name"].startswith("step") and "low" in evidence:
            return np.array(evidence["low"], dtype=float), np.array(evidence["high"], dtype=float)
    return None


def _leaves(model, dt, xs, box, rng):
    """States within the box whose step ends outside, and initial states outside."""
    low, high = box
    size = np.where(np.isfinite(low) & np.isfinite(high), np.abs(low) + np.abs(high), 1)
    corners = np.where(rng.random((40, model.n)) < 0.5, low, high)
    corners = np.where(np.isfinite(corners), corners, rng.normal(size=corners.shape) * 10)
    for x in (model.initial, *corners, *xs):
        new = x if x is model.initial else step(model, FLOATS, x, dt)
        if np.any(new < low - 1e-9 * size) or np.any(new > high + 1e-9 * size):
            what = "initial state outside its box" if x is model.initial else "step leaves its box"
            yield Fault(what, f"dt = {dt!r}: {short(x)} to {short(new)}")
            return


def _moved(model, x, dt):
    new = step(model, FLOATS, x, dt)
    return float(
        np.abs((new - x) * (model.activation(FLOATS, new) - model.activation(FLOATS, x))).sum()
    )


def _candidates(model, hints, rng):
    """Random states, and states beside a rest state along the ends of the spectrum."""
    xs = search.states(model, hints, rng, each=6)
    rest = search.newton(model, np.zeros(model.n))
    centre = model.input if rest is None else rest
    with np.errstate(all="ignore"):
        J = model.jacobian(FLOATS, centre)
    directions = []
    if np.all(np.isfinite(J)):
        values, vectors = np.linalg.eig(J)
        for k in (np.argmin(values.real), np.argmax(values.real)):
            directions.append(vectors[:, k].real)
    sym = (model.W + model.W.T) / 2
    values, vectors = np.linalg.eigh(sym)
    directions += [vectors[:, 0], vectors[:, -1]]
    beside = [
        centre + s * d for d in directions for s in (-1e3, -1, -1e-2, -1e-4, 1e-4, 1e-2, 1, 1e3)
    ]
    return np.concatenate([xs, beside])


def _gains(model, xs, dt):
    """Change of the energy over the size of what changed, in float64."""
    xs = search.settled(model, xs)
    new = step(model, FLOATS, xs, dt)
    g, h = model.activation(FLOATS, xs), model.activation(FLOATS, new)
    scale = np.abs((new - xs) * (h - g)).sum(axis=1) + 1e-300
    gain = (model.energy(FLOATS, new) - model.energy(FLOATS, xs)) / scale
    trust = scale > 1e-10 * (1 + np.abs(xs).max(axis=1) ** 2)
    return np.where(trust, gain, -5)


def step(model, m, x, dt):
    c = model.constants(m)
    u = model.residual(m, x)
    slow = model.slow
    new = x.copy()
    new[..., slow] = x[..., slow] + dt * u[..., slow] / c["tau"][slow]
    new[..., model.clamped] = x[..., model.clamped]
    return model.settle(m, new) if len(model.instant) else new


def raised(model, x, dt):
    """By how much a step raises the energy, certainly; None where it does not."""

    def evaluate():
        X = EXACT.array(x)
        if len(model.instant):
            X = model.settle(EXACT, X)
            if X is None:
                return None
        new = step(model, EXACT, X, EXACT.number(dt))
        return model.energy(EXACT, new) - model.energy(EXACT, X)

    value = certain(evaluate, model.digits_at(x))
    return float(value) if value is not None and value > 0 else None
