"""How fast the energy changes in a state, and how far rounding may change what is computed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.scaled import ScaledNetwork
from hamsim.field.drive import Drive
from hamsim.field.energy import energy_slopes
from hamsim.field.instants import explicit_instants

__all__ = ["MARGIN", "energy_rate"]

# A rise counts if dE/dt is above this part of `size`, which is made so that rounding stays below.
MARGIN = 1e-9
# Rounding of activations and of H v, in units of the last place: generous for all formulas.
_ULPS = 256 * np.finfo(np.float64).eps
_PRODUCT = 16 * np.finfo(np.float64).eps


def energy_rate(scaled: ScaledNetwork, x: Floats) -> tuple[Floats, Floats] | None:
    """dE/dt in states.

    Neurons with tau = 0 follow at once, whatever state `x` gives them.

    Parameters
    ----------
    scaled : ScaledNetwork
    x : ndarray, shape (trials, n)

    Returns
    -------
    rate : ndarray, shape (trials,)
        dE/dt; not finite where activations overflow.
    size : ndarray, shape (trials,)
        Sum of the sizes of its terms, and so large that rounding changes `rate` by less than
        1e-9 of it.
    None
        In place of both, if neurons with tau = 0 depend on each other.

    Notes
    -----
    For E = sum d (x - I) g - sum d L - g.D W g / 2 - sum d T g g g, dE/dt is the sum of dE/dg_i
    times dg_i/dt, with dg/dt = H x'. Where D W is symmetric, dE/dg = - d tau x', so that
    dE/dt = - x'. D T H x' [HAM, eq. 4].
    """
    if not explicit_instants(scaled.network):
        return None
    with np.errstate(all="ignore"):
        return _rate(scaled, scaled.field.settle(np.atleast_2d(x)))


class _Parts(NamedTuple):
    """What dE/dt is made of, each of shape (trials, n)."""

    pull: Floats  # dE/dg
    velocity: Floats  # x'
    change: Floats  # g' = H x'
    pull_error: Floats  # bound of the rounding of dE/dg
    velocity_error: Floats  # bound of the rounding of x'


def _rate(scaled: ScaledNetwork, x: Floats) -> tuple[Floats, Floats]:
    parts = _parts(scaled, x)
    terms = parts.pull * parts.change
    through = scaled.field.neurons.hessian(x, parts.pull)
    error = (parts.pull_error * np.abs(parts.change)).sum(axis=1)
    error += (parts.velocity_error * np.abs(through)).sum(axis=1)
    error += _slope_error(scaled, x, parts) + _product_error(scaled, x, parts)
    error += np.finfo(np.float64).tiny / np.finfo(np.float64).eps * x.shape[1]
    return terms.sum(axis=1), np.abs(terms).sum(axis=1) + error / MARGIN


def _parts(scaled: ScaledNetwork, x: Floats) -> _Parts:
    network, field, d = scaled.network, scaled.field, scaled.scale
    g, u, given, velocity = field.motion(x)
    sizes = field.drive.sizes()
    drive_error = _drive_error(sizes, x, g)
    velocity_error = drive_error / np.where(field.instant, 1.0, network.tau)
    change = given
    if field.instant.any():
        passed_on = sizes.change(np.abs(g), np.abs(given))
        velocity_error[:, field.instant] = (_ULPS * passed_on)[:, field.instant]
        change = field.neurons.hessian(x, velocity)
    if scaled.symmetric:
        return _Parts(-d * u, velocity, change, d * drive_error, velocity_error)
    pull = energy_slopes(field.drive, x, g, d)
    # W can hold far more in one direction than in the other.
    back = 0.5 * _ULPS * sizes.weigh_back(d * np.abs(g))
    return _Parts(pull, velocity, change, d * drive_error + back, velocity_error)


def _drive_error(sizes: Drive, x: Floats, g: Floats) -> Floats:
    """Bound of the rounding of W g + I - x, of which that of g is a part."""
    terms = np.diff(sizes.W.indptr) * np.finfo(np.float64).eps
    result: Floats = (_ULPS + terms) * (sizes.at(np.abs(g)) + np.abs(x))
    return result


def _slope_error(scaled: ScaledNetwork, x: Floats, parts: _Parts) -> Floats:
    """Bound of what both roundings of u and that of H do to dE/dt where each neuron is by itself.

    Where W g + I - x is 0 in floating-point numbers, neither it nor its sign is known, and what is
    left of dE/dt is the product of two errors.
    """
    ones = np.ones(x.shape)
    h = scaled.field.neurons.hessian(x, ones)
    noise = _ULPS * np.abs(h)
    bent = scaled.additive & ~scaled.convex
    if bent.any():
        # Near the place where h changes its sign its rounding does not shrink with it.
        for step in (-2e-14, -1e-14, 1e-14, 2e-14):
            near = np.abs(scaled.field.neurons.hessian(x * (1.0 + step), ones) - h)
            noise[:, bent] = np.maximum(noise, 4.0 * near)[:, bent]
    pull = np.abs(parts.pull) + parts.pull_error
    velocity = np.abs(parts.velocity) + parts.velocity_error
    each = noise * pull * velocity + np.abs(h) * parts.pull_error * parts.velocity_error
    total: Floats = each[:, scaled.additive].sum(axis=1)
    return total


def _terms_before_cancelling(scaled: ScaledNetwork, x: Floats) -> Floats:
    """Sizes of the terms whose difference is the Hessian; infinite where not known, or 0.

    H = diag(d) - u u' with d of the size of g / x, or of their differences from the mean; along
    the state nearly all of it cancels.
    """
    result = np.zeros(x.shape)
    g = scaled.field.activation(x)
    for group in scaled.network.groups:
        if group.family.hessian == "support":  # a probe may be constant on what is not 0
            result[:, group.slice] = np.inf
        if group.family.hessian != "norm":
            continue
        shape = (len(x), *group.shape)
        axes = tuple(axis + 1 for axis in group.over)
        states, active = (values[:, group.slice].reshape(shape) for values in (x, g))
        largest = np.zeros(())
        for mean in (False, True):
            apart = [v - mean * v.mean(axis=axes, keepdims=True) for v in (states, active)]
            size, gain = (np.sqrt((v**2).sum(axis=axes, keepdims=True)) for v in apart)
            largest = np.fmax(largest, gain / size)
        degree = group.parameters.get("degree", np.ones(group.size)).reshape(group.shape)
        result[:, group.slice] = np.broadcast_to(degree * largest, shape).reshape(len(x), -1)
    return np.nan_to_num(result, nan=0.0, posinf=np.inf)


def _product_error(scaled: ScaledNetwork, x: Floats, parts: _Parts) -> Floats:
    """Bound of what the rounding of H x' in groups that share a Lagrangian does to dE/dt."""
    if scaled.additive.all():
        return np.zeros(x.shape[0])
    n = scaled.network.n_neurons
    eps = np.finfo(np.float64).eps
    slope = scaled.slope / scaled.scale
    certain = [
        group.family.hessian == "shares" or bool(group.family.formula)
        for group in scaled.network.groups
    ]
    largest = np.where(np.repeat(certain, [g.size for g in scaled.network.groups]), slope, 0.0)
    largest = np.where(np.isfinite(largest), largest, 1.0)  # of formulas
    # Directions that no Hessian of the table maps to 0: its size in this state, where the bound
    # of all states is far too large.
    sizes = np.zeros(x.shape)
    rng = np.random.default_rng(0)
    for probe in (np.where(np.arange(n) % 2, 1.0, -1.0), rng.choice([-1.0, 1.0], n)):
        product = scaled.field.neurons.hessian(x, np.broadcast_to(probe, x.shape))
        sizes = np.maximum(sizes, np.abs(product))
    order = np.argsort(scaled.sets, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(scaled.sets[order]) != 0])
    local, pull, velocity, pull_error, velocity_error = (
        np.sqrt(np.add.reduceat(values[:, order] ** 2, first, axis=1))
        for values in (
            sizes,
            np.abs(parts.pull) + parts.pull_error,
            np.abs(parts.velocity) + parts.velocity_error,
            parts.pull_error,
            parts.velocity_error,
        )
    )
    slope, largest = slope[order[first]], largest[order[first]]
    terms = _terms_before_cancelling(scaled, x)[:, order[first]]
    steep = np.minimum(slope, np.maximum(4.0 * local, terms))
    # Whoever computes H has fewer digits of the differences of states far out,
    far = np.maximum.reduceat(np.abs(x)[:, order], first, axis=1)
    # and of 1 - p, p the share of a neuron that has almost everything.
    error = _PRODUCT * steep + eps * (steep * np.maximum(steep, largest) * far + largest)
    total: Floats = (error * pull * velocity + steep * pull_error * velocity_error).sum(axis=1)
    return total
