"""Steps of optimizers, written into the values that are learned.

Each goes once through its arrays, so that a step costs little beside the gradient. `scale` is what
the gradient is multiplied by first, as where it is clipped.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import jit

__all__ = ["step_adam", "step_momentum", "step_plain", "sum_of_squares"]


@jit
def step_plain(values, gradient, scale, rate):
    """Take rate times the scaled gradient from values; all of shape (size,)."""
    factor = scale * rate
    for i in range(values.size):
        values[i] -= factor * gradient[i]


@jit
def step_momentum(values, gradient, speed, scale, rate, momentum):
    """Let speed = momentum speed + d, values -= rate speed  [Polyak 1964]; all of shape (size,)."""
    for i in range(values.size):
        moved = momentum * speed[i] + scale * gradient[i]
        speed[i] = moved
        values[i] -= rate * moved


@jit
def step_adam(values, gradient, first, second, scale, rate, beta1, beta2, epsilon, count):
    """Step number `count`, from 1 on, of Adam [Kingma and Ba, arXiv:1412.6980, algorithm 1].

    `first` and `second` are the running means of d and its square, of shape (size,) as all are.
    """
    fast = rate / (1.0 - beta1**count)
    slow = 1.0 / math.sqrt(1.0 - beta2**count)
    for i in range(values.size):
        d = scale * gradient[i]
        m = beta1 * first[i] + (1.0 - beta1) * d
        v = beta2 * second[i] + (1.0 - beta2) * d * d
        first[i] = m
        second[i] = v
        values[i] -= fast * m / (math.sqrt(v) * slow + epsilon)


@jit
def sum_of_squares(values):
    """Sum of squares in one order, whatever libraries and threads there are; NaN if one is NaN."""
    a = b = c = d = 0.0
    whole = values.size - values.size % 4
    for i in range(0, whole, 4):
        a += values[i] * values[i]
        b += values[i + 1] * values[i + 1]
        c += values[i + 2] * values[i + 2]
        d += values[i + 3] * values[i + 3]
    for i in range(whole, values.size):
        a += values[i] * values[i]
    return (a + b) + (c + d)
