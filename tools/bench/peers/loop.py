"""The loop that people write: A @ g of SciPy, the rest NumPy in arrays that are used again."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Array, Problem

from peers.peer import Peer

LOOK_EVERY = 10  # steps, on the way to rest


class Loop(Peer):
    """SciPy's CSR product or NumPy's dense one, in Python's loop."""

    name = "SciPy and NumPy"
    modules = ("scipy", "numpy")

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        make = layers_rate if problem.is_layers else neurons_rate
        self.rate = make(problem)
        factor = problem.dt / problem.tau
        self.factor = factor if problem.trials == 1 else factor[:, None]
        self.begin()

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return True

    def begin(self) -> None:
        self.x = self.problem.start.T.copy()

    def go_on(self, steps: int) -> Array:
        x, rate, factor = self.x, self.rate, self.factor
        for _ in range(steps):
            u = rate(x)
            u *= factor
            x += u
        return x.T

    def rest(self, tolerance: float) -> Array:
        self.begin()
        x, rate, factor = self.x, self.rate, self.factor
        while True:
            for _ in range(LOOK_EVERY):
                u = rate(x)
                u *= factor
                x += u
            u = rate(x)
            if max(u.max(), -u.min()) <= tolerance:
                return x
            u *= factor
            x += u


def neurons_rate(problem: Problem) -> Any:
    """W tanh(x) + I - x, of one or many trials."""
    A, shape = problem.W, problem.start.T.shape
    current = problem.input if problem.trials == 1 else problem.input[:, None]
    g = np.empty(shape)

    def rate(x: Array) -> Array:
        np.tanh(x, out=g)
        u = A @ g
        u += current
        u -= x
        return u

    return rate


def layers_rate(problem: Problem) -> Any:
    """D softmax(h) + I - v and v D + I - h, of one or many trials."""
    D, start = problem.D, problem.start.T
    current = problem.input if problem.trials == 1 else problem.input[:, None]
    n = len(D)
    u, p = np.empty(start.shape), np.empty(start[n:].shape)

    def rate(x: Array) -> Array:
        np.subtract(x[n:], x[n:].max(axis=0), out=p)
        np.exp(p, out=p)
        np.divide(p, p.sum(axis=0), out=p)
        np.matmul(D, p, out=u[:n])
        np.matmul(D.T, x[:n], out=u[n:])
        np.add(u, current, out=u)
        np.subtract(u, x, out=u)
        return u

    return rate
