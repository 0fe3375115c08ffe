"""Attacks on `converges`, `globally_stable`: solutions that cycle, blow up, or rest elsewhere."""

import numpy as np
from scipy.integrate import solve_ivp

from attack import search
from attack.arithmetic import FLOATS
from attack.faults import Fault, short

AT_REST = 1e-6  # |u| over the size of x
LONGEST = 20000  # evaluations of the velocity a start
STIFFEST = 1e5  # ratio of time constants that is still followed
SWEEP = 240  # exponential steps of many starts at once, before any is followed closely
CLOSELY = 2  # starts that are followed closely


class _Enough(Exception):
    """The budget of one integration is used up."""


def attack(model, hints, rng, globally=False):
    """Faults of a proof that all solutions come to rest, or come to one state."""
    free = np.setdiff1d(model.slow, model.clamped)
    if not _can_follow(model, free):
        return
    xs = search.states(model, hints, rng, each=4 if model.n <= 20 else 1)
    ends, moving = _sweep(model, xs, free)
    order = np.argsort(-moving)
    for k in order[:CLOSELY]:
        if moving[k] > AT_REST:
            fault = follow(model, xs[k], free)
            if isinstance(fault, Fault):
                yield fault
                return
    if globally:
        yield from _elsewhere(model, ends[moving < 1e-9], free)


def _elsewhere(model, ends, free):
    if len(ends) < 2:
        return
    far = np.abs(ends - ends[0]).max(axis=1) / (1 + np.abs(ends[0]).max())
    k = int(np.argmax(far))
    if far[k] < 1e-4:
        return
    exact = [
        search.polish(model, e, np.setdiff1d(np.arange(model.n), model.clamped))
        for e in (ends[0], ends[k])
    ]
    if all(exact) and search._apart(exact[0][0], exact[1][0]):
        yield Fault(
            "solutions rest in two states", f"{short(exact[0][0])} and {short(exact[1][0])}"
        )


def end(model, x0, budget=LONGEST):
    """How a solution ends: rest, cycle, far or nothing certain."""
    free = np.setdiff1d(model.slow, model.clamped)
    if not _can_follow(model, free):
        return ""
    fault = follow(model, x0, free, budget)
    return (
        fault
        if isinstance(fault, str)
        else {"cycle": "cycle", "blows up": "far", None: ""}[fault and fault.kind]
    )


def random_starts(model, rng, count):
    """Starts around the input."""
    xs = model.input + rng.normal(size=(count, model.n))
    xs[:, model.clamped] = model.initial[model.clamped]
    return xs


def _can_follow(model, free):
    if not len(free) or (len(model.instant) and model.loops()):
        return False
    tau = model.tau[free]
    sizes = np.concatenate([np.abs(model.W[model.W != 0]), np.abs(model.input), tau])
    return tau.max() / tau.min() <= STIFFEST and sizes.max(initial=0) < 1e6


def _sweep(model, xs, free):
    """Many starts a way along, roughly: where they are, and |u| over their size."""
    tau = model.tau[free]
    dt = max(0.2 * tau.min(), tau.max() / 12)
    share = -np.expm1(-dt / tau)
    xs = search.settled(model, xs.copy())
    with np.errstate(all="ignore"):
        for k in range(SWEEP):
            u = model.residual(FLOATS, xs)[:, free]
            xs[:, free] += share * u
            xs = search.settled(model, xs)
            if k % 60 == 59:
                moving = _moving(model, xs, free)
                if np.all(moving < 1e-11):
                    break
    return xs, np.nan_to_num(_moving(model, xs, free), nan=1e300, posinf=1e300)


def _moving(model, xs, free):
    u = np.abs(model.residual(FLOATS, xs)[:, free]).max(axis=1)
    return u / (1 + np.abs(xs).max(axis=1))


def follow(model, x0, free, budget=LONGEST):
    """Integrate one start: a Fault, or "rest", or None where its end is not certain."""
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
                velocity,
                (0, span),
                y,
                method="LSODA",
                rtol=1e-9,
                atol=1e-12 * (1 + np.abs(y).max()),
                dense_output=False,
            )
        except (_Enough, ValueError, FloatingPointError):
            return None
        last = run.y[:, -1]
        if not run.success or not np.all(np.isfinite(last)) or np.abs(last).max() > 1e12:
            return _blow_up(model, run, x0)
        u = model.residual(FLOATS, full(last))[free]
        if np.abs(u).max() <= AT_REST * (1 + np.abs(last).max()):
            return "rest"
        if _cycles(run):
            return Fault(
                "cycle",
                f"from x = {short(x0)}: |u| = {np.abs(u).max():.3g} at t = {span:.3g} and on",
            )
        y, span = last, 4 * span
    return None


def _cycles(run):
    """Whether the later parts of a run swing about as wide as each other, many times."""
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
    leaving = len(size) > 1 and size[-1] >= 0.999 * size.max() and size[-1] > size[-2]
    # Activations may be bounded by numbers that are huge, too.
    with np.errstate(all="ignore"):
        held = np.abs(model.W) @ np.abs(model.activation(FLOATS, np.sign(y[:, -1]) * 1e300))
    far = np.nanmax(np.where(np.isfinite(held), held, 0.0), initial=0.0)
    if leaving and size[-1] > 1e9 * (1 + size[0] + np.abs(model.input).max()) + 10 * far:
        return Fault(
            "blows up", f"from x = {short(x0)}: |x| = {size[-1]:.3g} at t = {run.t[-1]:.6g}"
        )
    return None
