"""Attacks on `energy_decreases`: states in which the energy rises, and drops of the activation."""

import numpy as np
from scipy.optimize import minimize

from attack import formulas, scalars, search
from attack.arithmetic import EXACT, FLOATS, digits
from attack.faults import ROUNDING, Fault, certain, short
from attack.symmetry import ROUNDED

NOT_MONOTONE = {"swish", "gelu", "cubic"}
CONFIRMED = 8  # states that are evaluated with all digits
SURE = 1e-2  # of the size of its terms: a dE/dt this far below 0 is below 0


def attack(model, hints, rng):
    """Faults of a proof that the energy falls."""
    if model.D is None:
        yield from _not_symmetric(model, hints, rng)
        return
    if model.defect > 0:
        yield from _rounded(model, hints, rng)
        if model.ulps > ROUNDED:
            return
    xs = search.states(model, hints, rng)
    ratios = np.nan_to_num(_ratios(model, xs), nan=1)
    order = np.argsort(-ratios)
    # Only what may rise is evaluated with all digits; of formulas float64 knows little.
    formula = any(b.formula for b in model.blocks)
    hinted = min(len(hints.get("states", ())), 8 if formula else 20)
    likely = [k for k in order[:CONFIRMED] if ratios[k] > -SURE]
    chosen = [*(k for k in range(hinted) if formula or ratios[k] > -SURE), *likely]
    for k in chosen:
        found = rises(model, xs[k])
        if found:
            yield Fault("energy rises", found)
            return
    for place in _bad_places(model, hints):
        found = _at_place(model, place, rng)
        if found:
            yield Fault("energy rises", found)
            return
    yield from _shared(model, xs[order[:3]], rng)


def rises(model, x):
    """A message where dE/dt is certainly above 0 at a state of float64."""

    def evaluate():
        X = _settle(model, EXACT.array(x))
        return None if X is None else model.rate(EXACT, X)[0]

    value = certain(evaluate, model.digits_at(x))
    if value is not None and value > 1e-300:  # below, no digits here tell it from rounding
        return f"dE/dt = {float(value):.3g} at x = {short(x)}"
    return ""


def _settle(model, X):
    if not len(model.instant):
        return X
    if not model.loops():
        return model.settle(EXACT, X)
    done = search.polish(model, [float(v) for v in X], model.instant)
    return None if done is None else done[0]


def _ratios(model, xs):
    """DE/dt over the size of its terms, for many states."""
    c = model.constants(FLOATS)
    xs = search.settled(model, xs)
    u = model.residual(FLOATS, xs)
    u[:, model.instant] = 0
    v = np.where(model.tau > 0, u / np.where(model.tau > 0, model.tau, 1), 0)
    terms = -(c["D"] * u) * model.curve(FLOATS, xs, v)
    return terms.sum(axis=1) / (np.abs(terms).sum(axis=1) + 1e-300)


def _bad_places(model, hints):
    """(neuron, state) where g falls: a slope below 0, or a drop across a kink."""
    for index, b in enumerate(model.blocks):
        if b.together or not (b.formula or b.kind in NOT_MONOTONE):
            continue
        near = [0.0, *hints.get("centres", {}).get(b.group, ())]
        if b.formula:
            near += [float(v) for v in formulas.constants(b.formula) if abs(v) < 1e300]
            near += [-v for v in near]
        steps = np.concatenate([10.0 ** np.arange(-20, 13), [0.25, 0.5, 2.0, 3.0, 5.0]])
        xs = np.unique(np.concatenate([[c + s * d for s in steps for d in (-1, 1)] for c in near]))
        with digits():
            X = EXACT.array(xs)
            if b.formula:
                p = b.parameters_in(EXACT)
                scalar = {k: v for k, v in p.items() if not isinstance(v, np.ndarray)}
                with np.errstate(all="ignore"):
                    try:
                        h = formulas.elementwise(EXACT, b.formula, X, scalar)[2]
                    except (ZeroDivisionError, ValueError, KeyError, OverflowError):
                        continue
            else:
                h = scalars.slope(EXACT, b.kind, X, b.parameters_in(EXACT))
        bad = [k for k in range(len(xs)) if h[k] < 0]
        for k in sorted(bad, key=lambda k: h[k])[:6]:
            if _negative(b, xs[k]):
                yield int(b.neurons[0]), xs[k]
        if b.formula:
            for centre in near:
                if _drops(model, index, centre):
                    yield int(b.neurons[0]), ("drop", centre)


def _negative(b, x):
    """Whether a slope is certainly below 0."""

    def evaluate():
        X = EXACT.array([x])
        p = {k: v for k, v in b.parameters_in(EXACT).items() if not isinstance(v, np.ndarray)}
        if b.formula:
            return formulas.elementwise(EXACT, b.formula, X, p)[2][0]
        return scalars.slope(EXACT, b.kind, X, p)[0]

    value = certain(evaluate)
    return value is not None and value < 0


def _drops(model, index, centre):
    b = model.blocks[index]
    with digits():
        tiny = EXACT.number(10) ** -50
        c = EXACT.number(centre)
        X = np.array([c - tiny, c + tiny], dtype=object)
        p = {k: v for k, v in b.parameters_in(EXACT).items() if not isinstance(v, np.ndarray)}
        try:
            g = formulas.elementwise(EXACT, b.formula, X, p)[1]
        except (ZeroDivisionError, ValueError, KeyError):
            return False
        return g[1] < g[0] - EXACT.number(10) ** -40 * (abs(g[0]) + 1)


def _at_place(model, place, rng):
    """The energy rises with one neuron held at a place and all others at rest."""
    neuron, at = place
    if isinstance(at, tuple):
        return _across(model, neuron, at[1], rng)
    others = np.setdiff1d(np.arange(model.n), [neuron])
    for x in (np.zeros(model.n), model.input, *rng.normal(size=(4, model.n))):
        y = x.copy()
        y[neuron] = at
        if len(others):
            z = search.newton(model, y, others)
            done = search.polish(model, y if z is None else z, others)
            if done is None:
                found = rises(model, y)
                if found:
                    return found
                continue
            X = done[0]
        else:
            X = EXACT.array(y)
        value = certain(lambda X=X: model.rate(EXACT, EXACT.array(X))[0], model.digits)
        if value is not None and value > 0:
            return f"dE/dt = {float(value):.3g} at x = {short(X)}"
    return ""


def _across(model, neuron, centre, rng):
    """The energy after a moment in which a neuron crosses a drop of g is above that before."""
    for x in (np.zeros(model.n), model.input, *rng.normal(size=(6, model.n))):
        with digits():
            X = EXACT.array(x)
            tiny = EXACT.number(10) ** -45
            for side in (-1, 1):
                X[neuron] = EXACT.number(centre) + side * tiny
                v = model.velocity(EXACT, X)
                if v[neuron] * side >= 0:
                    continue
                moment = -2 * side * tiny / v[neuron]
                Y = X + moment * v
                gain = model.energy(EXACT, Y) - model.energy(EXACT, X)
                if gain > EXACT.number(10) ** -30:
                    where = f"where neuron {neuron} crosses {centre!r}, x = {short(X)}"
                    return f"E rises by {float(gain):.3g} {where}"
    return ""


def _shared(model, xs, rng):
    """Sharing sets with unequal tau: shifts along the kernel, ties, and the worst state."""
    for b in model.blocks:
        tau = model.tau[b.neurons]
        if not b.together or len(set(tau)) == 1:
            continue
        tries = []
        for x in xs:
            for s in (-1e6, -100.0, -3.0, 3.0, 100.0, 1e6):
                y = x.copy()
                y[b.neurons] += s
                tries.append(y)
            y = x.copy()
            low, high = b.neurons[np.argmin(tau)], b.neurons[np.argmax(tau)]
            y[b.neurons] -= 50
            y[low] = y[high] = 1 + rng.normal()
            tries.append(y)
        ratios = _ratios(model, np.array(tries))
        best = np.argsort(-np.nan_to_num(ratios, nan=-2))
        for k in best[:4]:
            found = rises(model, tries[k])
            if found:
                yield Fault("energy rises", found)
                return
        if model.n <= 8:
            start = tries[best[0]]
            done = minimize(
                lambda y: -np.nan_to_num(_ratios(model, y[None])[0], nan=-2),
                start,
                method="Nelder-Mead",
                options={"maxfev": 300},
            )
            found = rises(model, done.x)
            if found:
                yield Fault("energy rises", found)
                return


def _not_symmetric(model, hints, rng):
    """There is no D: what is said must hold for the energy of W as it is."""
    for x in search.states(model, hints, rng)[:40]:
        found = rises(model, x)
        if found:
            yield Fault("energy rises, W not symmetrizable", found)
            return


def _rounded(model, hints, rng):
    """D W is symmetric up to a defect: near rest it outweighs the square of the velocity."""
    kind = ROUNDING if model.ulps <= ROUNDED else "defect of symmetry"
    for X in search.rests(model, hints, rng, starts=6, most=1):
        for size in (1e-6, 1e-12, 1e-15, 1e-18, 1e-21):
            for direction in rng.normal(size=(4, model.n)):
                for side in (-1, 1):
                    with digits():
                        Y = X + side * EXACT.number(size) * EXACT.array(direction)
                        value, total = _rate_by_energy(model, Y)
                    if value > total * 1e-35:
                        detail = f"cycle defect {model.defect:.2g}, {model.ulps:.3g} ulp an edge"
                        yield Fault(kind, f"{detail}: dE/dt = {float(value):.3g} near rest")
                        return


def _rate_by_energy(model, X):
    c = model.constants(EXACT)
    v = model.velocity(EXACT, X)
    Hv = model.curve(EXACT, X, v)
    g = model.activation(EXACT, X)
    DW = c["D"][:, None] * c["W"]
    terms = (c["D"] * (X - c["I"]) - np.dot(DW + DW.T, g) / 2) * Hv
    return np.sum(terms), np.sum(EXACT.abs(terms))
