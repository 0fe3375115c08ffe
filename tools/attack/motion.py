"""Attacks on `converges`: tight integrations that end in a cycle, go on for ever, or blow up."""

import numpy as np
from scipy.integrate import solve_ivp

from attack import search
from attack.arithmetic import FLOATS
from attack.faults import Fault, short

AT_REST = 1e-6  # |u| over the size of x
LONGEST = 6000  # evaluations of the velocity a start
STIFFEST = 1e5  # ratio of time constants that is still followed


class _Enough(Exception):
    """The budget of one integration is used up."""


def attack(model, hints, rng, starts=3, budget=LONGEST):
    """Faults of a proof that all solutions come to rest; one word more of what was not followed."""
    tau = model.tau[model.slow]
    free = np.setdiff1d(model.slow, model.clamped)
    if not len(free):
        return
    if model.loops() or tau.max() / tau.min() > STIFFEST or not _tame(model):
        return
    for x in _starts(model, hints, rng, starts):
        fault = follow(model, x, free, budget)
        if fault is not None:
            yield fault
            return


def _tame(model):
    sizes = np.concatenate([np.abs(model.W[model.W != 0]), np.abs(model.input), model.tau[model.slow]])
    return sizes.max(initial=0) < 1e6


def _starts(model, hints, rng, count):
    xs = search.states(model, hints, rng, each=2)
    hinted = len(hints.get("states", ()))
    chosen = [*range(min(hinted, count)), *(hinted + rng.permutation(len(xs) - hinted)[:count])]
    return [xs[k] for k in chosen[: max(count, 1)]]


def follow(model, x0, free, budget=LONGEST):
    """Integrate one start; a Fault where its end is no rest."""
    base = np.array(x0, dtype=float)
    held = model.clamped
    base[held] = model.initial[held]
    slowest = model.tau[free].max()
    calls = 0

    def full(y):
        x = base.copy()
        x[free] = y
        return model.settle(FLOATS, x) if len(model.instant) else x

    def velocity(t, y):
        nonlocal calls
        calls += 1
        if calls > budget:
            raise _Enough
        return model.residual(FLOATS, full(y))[free] / model.tau[free]

    y, span = base[free], 60 * slowest
    for _ in range(4):
        try:
            run = solve_ivp(
                velocity, (0, span), y, method="LSODA", rtol=1e-10, atol=1e-12 * (1 + np.abs(y).max()),
                dense_output=False,
            )  # fmt: skip
        except (_Enough, ValueError, FloatingPointError):
            return None
        end = run.y[:, -1]
        if not run.success or not np.all(np.isfinite(end)) or np.abs(end).max() > 1e12:
            return _blow_up(model, run, x0)
        u = model.residual(FLOATS, full(end))[free]
        if np.abs(u).max() <= AT_REST * (1 + np.abs(end).max()):
            return None
        if _cycles(run, model.tau[free]):
            return Fault("cycle", f"from x = {short(x0)}: |u| = {np.abs(u).max():.3g} at t = {span:.3g} and on")
        y, span = end, 4 * span
    return None


def _cycles(run, tau):
    """Whether the later halves of a run swing about as wide as each other, many times."""
    t, y = run.t, run.y
    if len(t) < 60:
        return False
    half, late = np.searchsorted(t, [t[-1] / 3, 2 * t[-1] / 3])
    first, second = y[:, half:late], y[:, late:]
    if first.shape[1] < 12 or second.shape[1] < 12:
        return False
    wide = np.ptp(first, axis=1), np.ptp(second, axis=1)
    k = int(np.argmax(wide[1]))
    if wide[1][k] < 1e-4 * (1 + np.abs(y[:, -1]).max()) or wide[1][k] < 0.995 * wide[0][k]:
        return False
    middle = (second[k].max() + second[k].min()) / 2
    turns = np.count_nonzero(np.diff(np.sign(second[k] - middle)))
    return turns >= 6


def _blow_up(model, run, x0):
    """States that leave every bound: where the solver stopped, far out and still leaving."""
    y = run.y
    size = np.abs(y).max(axis=0)
    if not np.isfinite(size[-1]):
        size = size[np.isfinite(size)]
    if len(size) and size[-1] > 1e9 * (1 + size[0] + np.abs(model.input).max()):
        return Fault("blows up", f"from x = {short(x0)}: |x| = {size[-1]:.3g} at t = {run.t[-1]:.6g}")
    return None
