"""Attacks on claims about rest states: several, an unstable one, several branches at tau = 0."""

import numpy as np

from attack import scalars, search, shared
from attack.arithmetic import EXACT, FLOATS, digits, floats
from attack.faults import Fault, short
from attack.linear import eliminate


def attack(model, claims, hints, rng):
    """Faults of proofs of one rest state, and of one that all solutions go to."""
    both = claims.get("globally_stable", claims["unique_equilibrium"]) == "proved"
    exact = search.rests(model, hints, rng)
    if not exact:
        return
    if claims["unique_equilibrium"] == "proved" and len(exact) > 1:
        yield several(exact)
        return
    for X in exact:
        word = _beside(model, X)
        if word and both:
            yield Fault("rest state not stable", f"{word} at x = {short(X)}")
            return
        if word and "odd" in word and bounded(model) and claims["unique_equilibrium"] == "proved":
            yield Fault(
                "several rest states", f"{word} at {short(X)}, and all activations are bounded"
            )
            return


def several(exact):
    return Fault("several rest states", f"{short(exact[0])} and {short(exact[1])}")


def bounded(model):
    """Whether every activation is, so that the degrees of all rest states add up to 1."""
    return all(
        not b.formula
        and (b.kind not in shared.UNBOUNDED if b.together else b.kind in scalars.BOUNDED)
        for b in model.blocks
    )


def _beside(model, X):
    """A word where solutions beside a rest state leave it, certainly."""
    free = np.setdiff1d(np.arange(model.n), model.clamped)
    if model.n > search.LARGE:
        J = model.jacobian(FLOATS, floats(X))[np.ix_(free, free)]
    else:
        with digits():
            J = model.jacobian(EXACT, X)[np.ix_(free, free)]
            _, sign = eliminate(-J)
        if sign < 0:
            # det(1 - W H) < 0: an odd number of eigenvalues of T^-1 (W H - 1) is above 0.
            return "an odd number of unstable directions"
    if len(model.instant):
        return ""
    with np.errstate(all="ignore"):
        A = floats(J) / model.tau[free][:, None]
    if not np.all(np.isfinite(A)):
        return ""
    values = np.linalg.eigvals(A)
    size = np.abs(A).max()
    if values.real.max() > 1e-7 * size:
        return f"an eigenvalue {values.real.max():.3g}"
    return ""


def branches(model, hints, rng):
    """Faults of a proof that neurons of tau 0 have one state for every state of the others."""
    f = model.instant
    if not len(f) or not model.loops():
        return
    for x in search.states(model, hints, rng, each=3)[::2][:10]:
        ys = np.repeat(x[None], 12, axis=0)
        scale = rng.choice([0.1, 1.0, 3.0, 10.0], size=(12, 1))
        ys[1:, f] = rng.normal(size=(11, len(f))) * scale[1:] + model.input[f]
        with np.errstate(all="ignore"):
            loose = _loosen(model, ys.copy(), f, 30)
        found = search.newtons(model, np.concatenate([loose, ys]), f)
        exact = [
            done[0]
            for done in (search.polish(model, y, f) for y in search.distinct(found, 1e-7)[:2])
            if done
        ]
        exact = [X for k, X in enumerate(exact) if all(search._apart(X, Y) for Y in exact[:k])]
        if len(exact) > 1:
            first, second = (short(X[f]) for X in exact[:2])
            yield Fault("two branches of tau 0", f"{first} and {second} at x = {short(x)}")
            return
        for X in exact:
            with digits():
                J = model.jacobian(EXACT, X)[np.ix_(f, f)]
                sign = eliminate(-J)[1]
            if sign < 0 and bounded(model):
                yield Fault("two branches of tau 0", f"a branch of degree -1 at x = {short(X)}")
                return


def _loosen(model, xs, f, steps):
    for _ in range(steps):
        xs[:, f] += 0.4 * np.clip(model.residual(FLOATS, xs)[:, f], -1e6, 1e6)
    return xs[np.all(np.isfinite(xs), axis=1)]
