"""Formulas of the additive Lagrangians with a bounded activation; each neuron is on its own.

For each family of the table four functions of one state x and its parameters in their order:

    NAME_L     the Lagrangian
    NAME_g     the activation L'
    NAME_h     the Hessian's diagonal entry L'', at a kink from the left
    NAME_dual  x g - L: what the neuron adds to the energy, which is L*(g) where L is convex.
               Written out, because x g - L by subtraction loses all digits at large x.

All are exact to rounding and finite wherever the result is a number that a double can hold. They
are inlined into loops that the compiler vectorises; where that matters, both sides of a choice are
cheap. NaN gives NaN. Below, `a` is a size such as |beta x|, and `r` a rectified state.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import inlined
from hamsim.lagrangians import special
from hamsim.lagrangians.algebraic import rectified, unit_hypot
from hamsim.lagrangians.primitives import (
    exp,
    log1p,
    log_cosh,
    sech2,
    sigmoid,
    sigmoid_slope,
    softplus,
    tanh,
)

LOG_2 = math.log(2.0)
SQRT_PI = math.sqrt(math.pi)


@inlined
def sigmoid_L(x, beta):
    return softplus(beta * x) / beta


@inlined
def sigmoid_g(x, beta):
    return sigmoid(beta * x)


@inlined
def sigmoid_h(x, beta):
    return beta * sigmoid_slope(beta * x)


@inlined
def sigmoid_dual(x, beta):
    # (g log g + (1 - g) log(1 - g)) / beta, which is even in x
    a = abs(beta * x)
    e = exp(-a)
    return -(log1p(e) + a * e / (1.0 + e)) / beta


@inlined
def tanh_L(x, beta):
    return log_cosh(beta * x) / beta


@inlined
def tanh_g(x, beta):
    return tanh(beta * x)


@inlined
def tanh_h(x, beta):
    return beta * sech2(beta * x)


@inlined
def tanh_dual(x, beta):
    # a tanh(a) - log(cosh(a)); far out with tanh a - 1 = -2 e^-2a / (1 + e^-2a)
    a = abs(beta * x)
    e = exp(-2.0 * a)
    near = a * tanh(a) - log_cosh(a)
    far = LOG_2 - log1p(e) - 2.0 * a * e / (1.0 + e)
    return (near if a < 1.0 else far) / beta


@inlined
def hard_tanh_L(x):
    a = abs(x)
    return 0.5 * x * x if a < 1.0 else a - 0.5


@inlined
def hard_tanh_g(x):
    return -1.0 if x < -1.0 else (1.0 if x > 1.0 else x)


@inlined
def hard_tanh_h(x):
    return 1.0 if abs(x) < 1.0 else 0.0


@inlined
def hard_tanh_dual(x):
    g = hard_tanh_g(x)
    return 0.5 * g * g


@inlined
def hard_tanh_prox(r, kappa):
    inside = r / (1.0 + kappa)
    return inside if abs(inside) <= 1.0 else r - math.copysign(kappa, r)


@inlined
def clipped_relu_L(x, ceiling):
    r = rectified(x)
    return 0.5 * r * r if r < ceiling else ceiling * (r - 0.5 * ceiling)


@inlined
def clipped_relu_g(x, ceiling):
    r = rectified(x)
    return ceiling if r > ceiling else r


@inlined
def clipped_relu_h(x, ceiling):
    return 1.0 if 0.0 < x <= ceiling else 0.0


@inlined
def clipped_relu_dual(x, ceiling):
    g = clipped_relu_g(x, ceiling)
    return 0.5 * g * g


@inlined
def clipped_relu_prox(r, kappa, ceiling):
    inside = r / (1.0 + kappa) if r > 0.0 else r
    return inside if inside <= ceiling else r - kappa * ceiling


@inlined
def arctan_L(x):
    # near 0 both terms are x^2; their difference keeps all but two bits
    return x * math.atan(x) - math.log(unit_hypot(x)) if abs(x) > 1.0 else _arctan_near(x)


@inlined
def _arctan_near(x):
    return x * math.atan(x) - 0.5 * math.log1p(x * x)


@inlined
def arctan_g(x):
    return math.atan(x)


@inlined
def arctan_h(x):
    return 1.0 / (1.0 + x * x)


@inlined
def arctan_dual(x):
    return math.log(unit_hypot(x)) if abs(x) > 1.0 else 0.5 * math.log1p(x * x)


@inlined
def erf_L(x):
    return x * math.erf(x) + special.exp_minus_square(x) / SQRT_PI


@inlined
def erf_g(x):
    return math.erf(x)


@inlined
def erf_h(x):
    return 2.0 / SQRT_PI * special.exp_minus_square(x)


@inlined
def erf_dual(x):
    return -special.exp_minus_square(x) / SQRT_PI


@inlined
def hill_L(x, exponent, half):
    return half * special.hill_integral(rectified(x) / half, exponent)


@inlined
def hill_g(x, exponent, half):
    y = rectified(x) / half
    if y > 1.0:
        return 1.0 / (1.0 + y**-exponent)
    z = y**exponent
    return z / (1.0 + z)


@inlined
def hill_h(x, exponent, half):
    if x <= 0.0:
        return 0.0  # also for exponent 1, from the left
    y = x / half
    if y > 1.0:
        z = y**-exponent
        return exponent * z / (half * y * (1.0 + z) * (1.0 + z))
    z = 1.0 + y**exponent
    return exponent * y ** (exponent - 1.0) / (half * z * z)


@inlined
def hill_dual(x, exponent, half):
    return half * special.hill_dual(rectified(x) / half, exponent)


@inlined
def relativistic_L(x):
    return unit_hypot(x)


@inlined
def relativistic_g(x):
    return x / unit_hypot(x)


@inlined
def relativistic_h(x):
    s = 1.0 / unit_hypot(x)
    return s * s * s


@inlined
def relativistic_dual(x):
    return -1.0 / unit_hypot(x)


@inlined
def softsign_L(x):
    return special.log_below_line(abs(x))


@inlined
def softsign_g(x):
    return x / (1.0 + abs(x))


@inlined
def softsign_h(x):
    s = 1.0 / (1.0 + abs(x))
    return s * s


@inlined
def softsign_dual(x):
    return special.softsign_dual(abs(x))


@inlined
def sign_L(x):
    return abs(x)


@inlined
def sign_g(x):
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0 * x)


@inlined
def sign_h(x):
    return 0.0


@inlined
def sign_dual(x):
    return 0.0 * x if x != x else 0.0


@inlined
def sign_prox(r, kappa):
    # at 0 the activation has all values between -1 and 1
    a = abs(r)
    return 0.0 * r if a <= kappa else math.copysign(a - kappa, r)


@inlined
def step_L(x):
    return rectified(x)


@inlined
def step_g(x):
    return 1.0 if x > 0.0 else (0.0 if x <= 0.0 else x)


@inlined
def step_h(x):
    return 0.0


@inlined
def step_dual(x):
    return 0.0 * x if x != x else 0.0


@inlined
def step_prox(r, kappa):
    return r if r < 0.0 else (0.0 if r <= kappa else r - kappa)
