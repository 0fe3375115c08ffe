"""States from which a search begins, rest states, and the descent to either."""

import numpy as np

from attack.arithmetic import EXACT, FLOATS, digits, floats
from attack.linear import eliminate

LARGE = 30  # neurons: their rest states are known to float64 only
SCALES = (0.03, 0.3, 1.0, 3.0, 10.0, 100.0)


def states(model, hints, rng, each=12):
    """Random states of many sizes, around 0 and the input, after those that were hinted at."""
    made = [np.asarray(h, dtype=float) for h in hints.get("states", ())]
    made += [np.zeros(model.n), model.input.copy(), model.initial.copy()]
    for scale in SCALES:
        made += list(rng.normal(size=(each, model.n)) * scale)
        made += list(model.input + rng.normal(size=(2, model.n)) * scale)
    out = np.array([m for m in made if np.all(np.isfinite(m))])
    out[:, model.clamped] = model.initial[model.clamped] if len(model.clamped) else 0
    return out


def settled(model, xs):
    """The same states with neurons of tau 0 at their drive, where that needs no solving."""
    if not len(model.instant) or model.loops():
        return xs
    return model.settle(FLOATS, xs)


def polish(model, x, free=None, steps=40, digits_wanted=70):
    """Newton's method in mpmath for u = 0 of some neurons; (state, size of u) or None."""
    free = np.arange(model.n) if free is None else free
    with digits(digits_wanted):
        X = EXACT.array(x)
        best = None
        for _ in range(steps):
            u = model.residual(EXACT, X)[free]
            size = max(abs(v) for v in u)
            scale = 1 + max(abs(v) for v in X)
            if size <= scale * EXACT.number(10) ** (8 - digits_wanted):
                return X, size
            if best is not None and size > 100 * best:
                return None
            best = size if best is None else min(best, size)
            J = model.jacobian(EXACT, X)[np.ix_(free, free)]
            step, _ = eliminate(J, -u)
            if step is None or max(abs(v) for v in step) > scale * 10**6:
                return None
            X[free] = X[free] + step
    return None


def newton(model, x, free=None, steps=60):
    """The same in float64, damped; None where it does not come to rest."""
    free = np.arange(model.n) if free is None else free
    x = np.array(x, dtype=float)
    u = model.residual(FLOATS, x)[free]
    size = np.abs(u).max(initial=0.0)
    for _ in range(steps):
        if not np.isfinite(size):
            return None
        if size <= 1e-13 * (1 + np.abs(x).max()):
            return x
        J = model.jacobian(FLOATS, x)[np.ix_(free, free)]
        if not np.all(np.isfinite(J)):
            return None
        try:
            step = np.linalg.solve(J, -u)
        except np.linalg.LinAlgError:
            return None
        for factor in (1.0, 0.5, 0.25, 0.1, 0.02):
            new = x.copy()
            new[free] = x[free] + factor * step
            fresh = model.residual(FLOATS, new)[free]
            if np.abs(fresh).max() < size:
                break
        else:
            return x if size < 1e-9 * (1 + np.abs(x).max()) else None
        x, u, size = new, fresh, np.abs(fresh).max()
    return x if size < 1e-9 * (1 + np.abs(x).max()) else None


def relax(model, xs, steps=200, share=0.4):
    """Many states a way along the flow that has the same tau everywhere."""
    for _ in range(steps):
        u = model.residual(FLOATS, xs)
        u[..., model.clamped] = 0
        xs = xs + share * np.clip(u, -1e6, 1e6)
    return xs


def distinct(found, gap=1e-6):
    """Of many states those that differ."""
    kept = []
    for x in found:
        if all(np.abs(x - y).max() > gap * (1 + np.abs(x).max()) for y in kept):
            kept.append(x)
    return kept


def rests(model, hints, rng, starts=24, most=3):
    """Rest states found from many starts, polished: list of object arrays at 70 digits."""
    if model.n > 20:
        starts = 4
    xs = states(model, hints, rng, each=3)
    xs = xs[rng.permutation(len(xs))[: 2 * starts]]
    with np.errstate(all="ignore"):
        xs = np.concatenate([xs, relax(model, xs[:starts])])
    xs = xs[np.all(np.isfinite(xs), axis=1)]
    free = np.setdiff1d(np.arange(model.n), model.clamped)
    hinted = [np.asarray(h, dtype=float) for h in hints.get("rests", ())]
    if model.n > LARGE:
        found = [y for y in newtons(model, xs, free) if _is_sharp(model, y, free)]
        return [EXACT.array(y) for y in distinct(np.array(found))[:most]] if found else []
    exact = []
    for y in hinted + distinct(newtons(model, xs, free))[:most]:
        done = polish(model, y, free)
        if done is not None and all(_apart(done[0], z) for z in exact):
            exact.append(done[0])
        if len(exact) >= most:
            break
    return exact


def _is_sharp(model, y, free):
    """Whether float64 tells a rest state from its neighbours: the Jacobian is far from singular."""
    with np.errstate(all="ignore"):
        J = model.jacobians(y[None])[0][np.ix_(free, free)]
    return bool(np.all(np.isfinite(J))) and np.linalg.svd(J, compute_uv=False)[-1] > 1e-6


def newtons(model, xs, free, steps=30):
    """Newton's method in float64 for many starts at once, damped: those that come to u = 0."""
    xs = xs.copy()
    one = np.eye(len(free))

    def sizes(ys):
        u = model.residual(FLOATS, ys)[:, free]
        return u, np.nan_to_num(np.abs(u).max(axis=1), nan=np.inf)

    with np.errstate(all="ignore"):
        u, size = sizes(xs)
        moving = np.isfinite(size)
        for _ in range(steps):
            moving &= size > 1e-13 * (1 + np.abs(xs).max(axis=1))
            at = np.flatnonzero(moving)
            if not len(at):
                break
            J = model.jacobians(xs[at])[:, free][:, :, free]
            good = np.all(np.isfinite(J), axis=(1, 2))
            J[~good] = one
            J = J + 1e-300 * one
            singular = np.abs(np.linalg.det(J)) == 0
            J[singular] = J[singular] + 1e-8 * one
            try:
                move = np.linalg.solve(J, -u[at][..., None])[..., 0]
            except np.linalg.LinAlgError:
                break
            better = np.zeros(len(at), dtype=bool)
            for factor in (1.0, 0.4, 0.1):
                new = xs[at].copy()
                new[:, free] += factor * move
                fresh, small = sizes(new)
                take = ~better & good & (small < size[at])
                xs[at[take]], u[at[take]], size[at[take]] = new[take], fresh[take], small[take]
                better |= take
                if np.all(better):
                    break
            moving[at[~better]] = False
    return list(xs[size < 1e-9 * (1 + np.abs(xs).max(axis=1))])


def _apart(a, b):
    with digits():
        size = 1 + max(abs(v) for v in a)
        return max(abs(v) for v in (a - b)) > size * EXACT.number(10) ** -40


def rough(state):
    return floats(state)
