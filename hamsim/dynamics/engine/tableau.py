"""A method's coefficients as the kernels read them."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.plan import Tableau
from hamsim.methods import METHODS, Exponential, Method, RungeKutta

__all__ = ["tableau_of"]


def tableau_of(method: Method) -> Tableau:
    """Arrays of a method's row; a stage that begins nowhere else begins at x."""
    if isinstance(method, Exponential):  # Euler's method at rates of its own
        return tableau_of(METHODS["euler"])
    if not isinstance(method, RungeKutta):
        return Tableau(np.zeros((1, 0)), np.zeros(1))
    stages = method.stages
    a = np.zeros((stages + 1, stages))
    for stage, row in enumerate((*method.a, method.b)):
        a[stage, : len(row)] = row
    error = np.zeros(stages + 1)
    if method.error is not None:
        error[: len(method.error)] = method.error
    return Tableau(a, error)
