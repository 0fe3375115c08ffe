"""Steps of Euler's method and their derivative along a direction, with dense matrices.

The oracle of gradients through time. It goes forward, with tangents, where the program goes back,
with adjoints: along any direction both must give the same number.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Direction:
    """How what a run is made of changes; `g(x)` is the change of activations at fixed states."""

    x: np.ndarray
    input: np.ndarray
    tau: np.ndarray
    W: np.ndarray
    triples: np.ndarray
    held: np.ndarray
    g: object = None


def no_change(model):
    n = model.tau.size
    zero = np.zeros(n)
    return Direction(zero, zero, zero, np.zeros((n, n)), np.zeros(len(model.triples)), zero)


def hessian(model, x):
    n = x.size
    H = np.zeros((n, n))
    for group in model.groups:
        H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    return H


def change_of_drive(model, direction, g, dg):
    """Derivative of W g + I and of what gated synapses add."""
    change = model.W @ dg + direction.W @ g + direction.input
    for (i, j, k, T), dT in zip(model.triples, direction.triples, strict=True):
        for a, b, c in ((i, j, k), (j, i, k), (k, i, j)):
            change[a] += dT * g[b] * g[c] + T * (dg[b] * g[c] + g[b] * dg[c])
    return change


def change_of_activations(model, direction, x, dx):
    own = 0.0 if direction.g is None else direction.g(x)
    return hessian(model, x) @ dx + own


def tangents(model, x, dt, steps, direction, held=None):
    """States s and their derivatives ds after 0, 1, ..., `steps` steps, and the activations'.

    `held(k)` is what neurons are held at in step k, NaN of those that are free.
    """
    held = held or (lambda _: np.full(x.size, np.nan))
    ds = np.array(direction.x)
    found = []
    for k in range(steps + 1):
        values = held(k)
        clamped = ~np.isnan(values)
        x = np.where(clamped, values, x)
        ds = np.where(clamped, direction.held, ds)
        instant = (model.tau == 0) & ~clamped
        if instant.any():
            dg = change_of_activations(model, direction, x, ds)
            change = change_of_drive(model, direction, model.g(x), dg)
            x, ds = np.where(instant, model.drive(x), x), np.where(instant, change, ds)
        g, dg = model.g(x), change_of_activations(model, direction, x, ds)
        found.append((x, ds, g, dg))
        free = (model.tau > 0) & ~clamped
        tau = np.where(free, model.tau, 1.0)
        u = model.drive(x) - x
        du = change_of_drive(model, direction, g, dg) - ds
        x = np.where(free, x + dt / tau * u, x)
        ds = np.where(free, ds + dt / tau * du - dt * direction.tau / tau**2 * u, ds)
    return [np.array(each) for each in zip(*found, strict=True)]
