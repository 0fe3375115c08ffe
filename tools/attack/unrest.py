"""Attacks on `converges: refuted`: rest states that attract, solutions that rest."""

import numpy as np

from attack import motion, pieces, search
from attack.arithmetic import EXACT, FLOATS, digits, floats
from attack.faults import Fault, short
from attack.linear import eliminate

STEADY = 1e-7  # of the largest entry of the Jacobian: how far below 0 all eigenvalues are


def attack(model, certificate, hints, rng):
    """Faults of the reasons that are given why solutions do not come to rest."""
    conditions = {c["name"]: c for c in certificate["conditions"]}
    claim = conditions.get("convergence", {"status": "undecided"})
    unique = conditions.get("unique equilibrium", {"status": "undecided"})
    number = unique["evidence"].get("number") if unique["status"] != "undecided" else None
    nowhere = unique["status"] == "refuted" and number == 0
    if number is not None:
        found = pieces.rests(model)
        if found is not None and len(found) != number:
            yield Fault("number of rest states", f"{number} said, {len(found)} found")
    if claim["status"] == "refuted":
        yield from _of(model, claim, nowhere, hints, rng)
    if nowhere:
        yield from _none(model, hints, rng)


def _of(model, claim, nowhere, hints, rng):
    evidence = claim["evidence"]
    if "neurons" in evidence:  # a part that hears nobody else
        model = model.part(evidence["neurons"])
        if model is None:
            return
        hints = {}
    if "energy" in evidence:
        yield from _fallen(model, np.array(evidence["x"], dtype=float))
    elif "growth_rates" in evidence:
        for X in search.rests(model, hints, rng):
            if attracts(model, X):
                yield Fault(
                    "a rest state attracts", f"refuted with {evidence['growth_rates']}: {short(X)}"
                )
                return
        if min(evidence["growth_rates"]) > 1e-2:
            yield from _all_rest(model, rng)
    elif evidence.get("number") == 0:  # no rest state, maybe of a part
        yield from _none(model, hints, rng)
    elif "direction" in evidence:
        yield from _no_drift(model, np.array(evidence["direction"], dtype=float))
    elif not nowhere:
        yield Fault("refuted without a reason", f"{claim['message']}: {sorted(evidence)}")


def _no_drift(model, z):
    """A direction of activations that W does not give back, or along which no input drives."""
    W, current = model.W, np.asarray(model.input, dtype=float)
    inverse = np.array([1 / slope for slope in _gains(model)])
    off = float(np.abs(inverse * z - W @ z).max())
    if off > 1e-12 * float(np.abs(W).sum() + inverse.max()) * float(np.abs(z).max()):
        yield Fault("no direction of a drift", f"off by {off:.3g}: {short(z)}")
    elif not current @ z > 0:
        yield Fault("no input along a drift", short(z))


def _gains(model):
    """Slopes of a linear network's activations."""
    ends = np.stack([np.zeros(model.n), np.ones(model.n)])
    low, high = model.activation(FLOATS, ends)
    return high - low


def _none(model, hints, rng):
    for X in search.rests(model, hints, rng):
        yield Fault("a rest state where there is none", short(X))
        return


def attracts(model, X):
    """Whether solutions beside a rest state go to it, certainly (all tau above 0)."""
    free = np.setdiff1d(np.arange(model.n), model.clamped)
    if len(model.instant) or _kinks(model, X):
        return False
    with digits():
        J = model.jacobian(EXACT, X)[np.ix_(free, free)]
        if eliminate(-J)[1] <= 0:
            return False
    A = floats(J) / model.tau[free][:, None]
    if not np.all(np.isfinite(A)):
        return False
    return bool(np.linalg.eigvals(A).real.max() < -STEADY * np.abs(A).max())


def _kinks(model, X):
    """Whether a slope jumps within a hair of a state."""
    x = floats(X)
    with np.errstate(all="ignore"):
        hair = 1e-9 * (1 + np.abs(x))
        before = np.diag(model.hessian(FLOATS, x - hair))
        after = np.diag(model.hessian(FLOATS, x + hair))
    return bool(np.any(np.abs(before - after) > 1e-3 * (np.abs(before) + np.abs(after))))


def _all_rest(model, rng):
    """Generic starts that nevertheless all come to rest."""
    ends = [motion.end(model, x) for x in motion.random_starts(model, rng, 3)]
    if ends and all(e == "rest" for e in ends):
        yield Fault("generic solutions rest", f"{len(ends)} of {len(ends)} random starts")


def _fallen(model, xs):
    """From the far end of a ray solutions do not come to rest."""
    sizes = np.abs(xs).max(axis=1)
    far = xs[(sizes > 1e2) & (sizes < 1e7)]
    if not len(far):
        return
    if motion.end(model, far[-1]) == "rest":
        yield Fault("falls without end, yet rests", f"from x = {short(far[-1])}")
