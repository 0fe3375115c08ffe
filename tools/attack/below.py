"""Attacks on `bounded_below`: rays along which the energy falls without end, and its bound."""

import itertools

import numpy as np
from scipy.optimize import minimize

from attack import scalars, search, shared
from attack.arithmetic import EXACT, FLOATS, digits
from attack.faults import Fault, certain, short

FAR = 100.0  # of an exponent
UNDERFLOW = 1e-300  # what float64 holds no difference of
LADDER = (30, 60, 120, 240, 480)  # powers of 10


def degrees(model):
    """How activations grow: 0 where bounded, None where unknown (treated as 1)."""
    out = np.zeros(model.n)
    for b in model.blocks:
        p = b.parameters
        if b.formula:
            degree = 1.0
        elif b.together:
            degree = 1.0 if b.kind in shared.UNBOUNDED else 0.0
        elif b.kind in scalars.BOUNDED:
            degree = 0.0
        elif b.kind in ("power", "rectified_polynomial"):
            degree = np.array(p["degree"]) - 1.0
        elif b.kind in ("exponential", "rectified_exponential"):
            degree = 1e3
        elif b.kind == "cubic":
            degree = 2.0
        elif b.kind == "compressive":
            degree = 0.5
        elif b.kind == "asinh":
            degree = 1e-3
        else:
            degree = 1.0
        out[b.neurons] = degree
    return out


def inverse(model, g, m=EXACT):
    """States with about such activations, far out."""
    x = g.copy()
    for b in model.blocks:
        y, p = g[..., b.neurons], b.parameters_in(m)
        size = m.abs(y)
        if b.kind == "identity":
            y = y / p["gain"]
        elif b.kind in ("power", "rectified_polynomial"):
            y = m.sign(y) * size ** (1 / (p["degree"] - 1))
        elif b.kind == "cubic":
            y = m.sign(y) * m.sqrt(size)
        elif b.kind in ("exponential", "rectified_exponential"):
            y = np.where(size > 1e-9, m.log(size + 1e-9), 0 * y) / p["beta"]
        elif b.kind == "asinh":
            far = m.sinh(m.sign(y) * m.log1p(2 * size))
            y = m.sinh(np.where(size < 10**6, y, 0 * y)) if np.all(size < 300) else far
        elif b.kind == "compressive":
            y = m.sign(y) * ((size + 1) ** 2 - 1)
        elif b.kind == "softmax_ridge":
            y = y / np.where(p["epsilon"] > 0, p["epsilon"], 1)
        elif b.kind == "soft_threshold":
            y = y + m.sign(y) * p["threshold"]
        x[..., b.neurons] = y
    return x


def rays(model, hints, rng):
    """Directions of activations with an exponent each."""
    alpha = degrees(model)
    unbounded = np.flatnonzero(alpha > 0)
    ones = np.ones(model.n)
    for ray in hints.get("rays", ()):
        yield np.asarray(ray[0], dtype=float), np.asarray(ray[1], dtype=float)
    if not len(unbounded):
        return
    sym = (model.W + model.W.T)[np.ix_(unbounded, unbounded)] / 2
    for values in (sym, np.maximum(sym, 0)):
        if not np.all(np.isfinite(values)):
            continue
        _, vectors = np.linalg.eigh(values)
        for v in (vectors[:, -1], -vectors[:, -1], vectors[:, 0], np.abs(vectors[:, -1])):
            d = np.zeros(model.n)
            d[unbounded] = v
            yield d, ones
    for i in unbounded[:6]:
        for j in unbounded[:6]:
            if model.W[i, j] and alpha[i] * alpha[j] > 0:
                for side in (-1, 1):
                    d = np.zeros(model.n)
                    d[i], d[j] = 1, side
                    e = np.ones(model.n)
                    e[j] = np.clip(np.sqrt(alpha[j] / alpha[i]), 1e-3, 1e3)
                    yield d, e
    for _ in range(6):
        d = np.zeros(model.n)
        d[unbounded] = rng.normal(size=len(unbounded))
        yield d, ones
        yield np.abs(d), ones


def attack(model, lower, hints, rng):
    """Faults of a proof that the energy has a bound, and of the bound that is given."""
    if model.D is None:
        return
    # Formulas are slow with many digits.
    slow = any(b.formula for b in model.blocks)
    most, ladder = (4, (20, 40, 80)) if slow else (40, LADDER)
    found = [r for r in itertools.islice(rays(model, hints, rng), most) if not _slow(model, r[0])]
    for direction, exponents in (
        r for r, rises in zip(found, _rising(model, found), strict=True) if not rises
    ):
        fell = falls(model, direction, exponents, ladder)
        if fell:
            yield Fault("no lower bound", fell)
            break
    if lower is not None and model.symmetric:
        yield from _bound(model, lower, hints, rng)


def _slow(model, direction):
    """Whether the energy may fall for longer than is followed, and then rise."""
    alpha = degrees(model)
    at = np.flatnonzero(direction)
    steep = max(
        (np.max(b.parameters["beta"]) for b in model.blocks if b.kind.endswith("exponential")),
        default=0,
    )
    if steep * np.abs(model.input).max() > FAR and np.any(direction[alpha > FAR]):
        return True
    products = np.outer(alpha[at], alpha[at])[model.W[np.ix_(at, at)] != 0]
    return bool(np.any((products > 0.97) & (products < 1)))


def _rising(model, rays):
    """Of rays those along which the energy certainly rises far out, by float64."""
    if not rays or len(model.instant):
        return [False] * len(rays)
    s = 1e7
    with np.errstate(all="ignore"):
        far = np.array([d * s ** (e / e.max()) for d, e in rays])
        xs = inverse(model, far, FLOATS)
        E = model.energy(FLOATS, xs)
        D = model.constants(FLOATS)["D"]
        size = np.abs(D * xs * model.activation(FLOATS, xs)).sum(axis=1)
    return (E > 1e-4 * size) & np.isfinite(size)


def falls(model, direction, exponents, ladder=LADDER):
    """A message where the energy falls on and on along a ray."""
    energies = []
    for power in ladder:
        # Quadratic terms that cancel leave what is linear: as many digits as both need.
        with digits(2 * power + 120):
            s = EXACT.number(10) ** power
            e = EXACT.array(exponents / exponents.max())
            X = inverse(model, EXACT.array(direction) * np.array([s**k for k in e], dtype=object))
            try:
                X = model.settle(EXACT, X)
                if X is None:
                    return ""
                energies.append(model.energy(EXACT, X))
            except (OverflowError, ZeroDivisionError, ValueError, MemoryError):
                return ""
            if energies[-1] > 0 and (
                energies[-1] > s or (len(energies) > 1 and energies[-1] > energies[-2])
            ):
                return ""
    a, b, c = energies[-3:]
    if c < 100 * b < 0 and (a > 0 or b < a) and c < -(10.0**9):
        return f"E falls without end along g = {short(direction)} s^{short(exponents)}"
    return ""


def _energy(model, x):
    X = model.settle(EXACT, EXACT.array(x))
    return None if X is None else model.energy(EXACT, X)


def _bound(model, lower, hints, rng):
    xs = search.settled(model, search.states(model, hints, rng, each=4))
    with np.errstate(all="ignore"):
        E = model.energy(FLOATS, xs)
    order = np.argsort(np.nan_to_num(E, nan=np.inf))
    tries = list(xs[order[:2]])
    if model.n <= 30 and not len(model.instant):
        D = model.constants(FLOATS)["D"]

        def slope(x):
            return -model.curve(FLOATS, x, D * model.residual(FLOATS, x))

        done = minimize(
            lambda x: float(model.energy(FLOATS, x)),
            tries[0],
            jac=slope,
            method="L-BFGS-B",
            options={"maxiter": 60},
        )
        if np.all(np.isfinite(done.x)):
            tries.append(done.x)
    for x in tries:
        value = certain(lambda x=x: _energy(model, x), model.digits_at(x))
        if value is not None and value < EXACT.number(lower) - UNDERFLOW:
            yield Fault("energy below its bound", f"E = {float(value)!r} < {lower!r} at {short(x)}")
            return
