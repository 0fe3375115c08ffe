"""Formulas of the additive Lagrangians, where each neuron is on its own.

For each family four functions of one state x and its parameters p, q:

    L(x)       the Lagrangian
    g = L'     the activation
    h = L''    the Hessian's diagonal entry
    dual       x g - L, which is the Legendre transform L* at g: what the neuron adds to the
               energy. Written out, because x g - L by subtraction loses all digits at large x.

All are finite and exact to rounding for |x| = 1e4. Below, `a` is |beta x| and `e` is exp(-a).
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import jit
from hamsim.lagrangians.table import IDENTITY, RELU, SIGMOID, TANH

LOG_2 = math.log(2.0)


@jit
def _log_cosh(a):
    if a < 1.0:  # where log 2 would swallow the digits: cosh a = 1 + 2 sinh(a/2)^2
        s = math.sinh(0.5 * a)
        return math.log1p(2.0 * s * s)
    return a + math.log1p(math.exp(-2.0 * a)) - LOG_2


@jit
def _tanh_L(x, beta):
    return _log_cosh(abs(beta * x)) / beta


@jit
def _tanh_h(x, beta):
    e = math.exp(-2.0 * abs(beta * x))
    return beta * 4.0 * e / ((1.0 + e) * (1.0 + e))


@jit
def _tanh_dual(x, beta):
    # x tanh(beta x) - log(cosh(beta x)) / beta, with tanh a - 1 = -2 e^-2a / (1 + e^-2a)
    a = abs(beta * x)
    if a < 1.0:
        return (a * math.tanh(a) - _log_cosh(a)) / beta
    e = math.exp(-2.0 * a)
    return (LOG_2 - math.log1p(e) - 2.0 * a * e / (1.0 + e)) / beta


@jit
def _sigmoid_L(x, beta):
    y = beta * x
    return (max(y, 0.0) + math.log1p(math.exp(-abs(y)))) / beta


@jit
def _sigmoid_g(x, beta):
    y = beta * x
    e = math.exp(-abs(y))
    return (1.0 if y >= 0.0 else e) / (1.0 + e)


@jit
def _sigmoid_h(x, beta):
    e = math.exp(-abs(beta * x))
    return beta * e / ((1.0 + e) * (1.0 + e))


@jit
def _sigmoid_dual(x, beta):
    # (g log g + (1 - g) log(1 - g)) / beta, which is even in x
    a = abs(beta * x)
    e = math.exp(-a)
    return -(math.log1p(e) + a * e / (1.0 + e)) / beta


@jit
def lagrangian(code, x, p, q):
    """L of one neuron; NaN for a code that has no branch."""
    if code == IDENTITY:
        return 0.5 * p * x * x
    if code == RELU:
        return 0.0 if x <= 0.0 else 0.5 * x * x
    if code == TANH:
        return _tanh_L(x, p)
    if code == SIGMOID:
        return _sigmoid_L(x, p)
    return math.nan


@jit
def activation(code, x, p, q):
    """Activation g = dL/dx of one neuron; NaN for a code that has no branch."""
    if code == IDENTITY:
        return p * x
    if code == RELU:
        return 0.0 if x <= 0.0 else x  # in this order NaN stays NaN
    if code == TANH:
        return math.tanh(p * x)
    if code == SIGMOID:
        return _sigmoid_g(x, p)
    return math.nan


@jit
def hessian(code, x, p, q):
    """Hessian entry h = d2L/dx2 of one neuron, at a kink from the left; NaN without a branch."""
    if code == IDENTITY:
        return p
    if code == RELU:
        return 1.0 if x > 0.0 else 0.0
    if code == TANH:
        return _tanh_h(x, p)
    if code == SIGMOID:
        return _sigmoid_h(x, p)
    return math.nan


@jit
def dual(code, x, p, q):
    """Legendre transform x g - L of one neuron; NaN for a code that has no branch."""
    if code == IDENTITY:
        return 0.5 * p * x * x
    if code == RELU:
        return 0.0 if x <= 0.0 else 0.5 * x * x
    if code == TANH:
        return _tanh_dual(x, p)
    if code == SIGMOID:
        return _sigmoid_dual(x, p)
    return math.nan
