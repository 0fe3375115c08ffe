"""Formulas of the additive Lagrangians with an unbounded activation; each neuron is on its own.

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
from hamsim.lagrangians.algebraic import rectified, root_excess, unit_hypot
from hamsim.lagrangians.primitives import exp, expm1, log1p, sigmoid, softplus, tanh

# --- identity and its rectified relatives ---


@inlined
def identity_L(x, gain):
    return 0.5 * gain * x * x


@inlined
def identity_g(x, gain):
    return gain * x


@inlined
def identity_h(x, gain):
    return gain


@inlined
def identity_dual(x, gain):
    return 0.5 * gain * x * x


@inlined
def identity_prox(r, kappa, gain):
    return r / (1.0 + kappa * gain)


@inlined
def relu_L(x):
    r = rectified(x)
    return 0.5 * r * r


@inlined
def relu_g(x):
    return rectified(x)


@inlined
def relu_h(x):
    return 1.0 if x > 0.0 else 0.0


@inlined
def relu_dual(x):
    r = rectified(x)
    return 0.5 * r * r


@inlined
def relu_prox(r, kappa):
    return r / (1.0 + kappa) if r > 0.0 else r


@inlined
def leaky_relu_L(x, slope):
    return 0.5 * x * x * (1.0 if x > 0.0 else slope)


@inlined
def leaky_relu_g(x, slope):
    return x * (1.0 if x > 0.0 else slope)


@inlined
def leaky_relu_h(x, slope):
    return 1.0 if x > 0.0 else slope


@inlined
def leaky_relu_dual(x, slope):
    return 0.5 * x * x * (1.0 if x > 0.0 else slope)


@inlined
def leaky_relu_prox(r, kappa, slope):
    return r / (1.0 + kappa * (1.0 if r > 0.0 else slope))


@inlined
def elu_L(x, slope):
    return 0.5 * x * x if x > 0.0 else slope * special.exp_minus_line(x)


@inlined
def elu_g(x, slope):
    return x if x > 0.0 else slope * expm1(x)


@inlined
def elu_h(x, slope):
    return 1.0 if x > 0.0 else slope * exp(x)


@inlined
def elu_dual(x, slope):
    if x > 0.0:
        return 0.5 * x * x
    if x < -1.0:
        return slope * (1.0 + (x - 1.0) * exp(x))
    return slope * (x * expm1(x) - special.exp_minus_line(x))


@inlined
def soft_threshold_L(x, threshold):
    r = rectified(abs(x) - threshold)
    return 0.5 * r * r


@inlined
def soft_threshold_g(x, threshold):
    return math.copysign(rectified(abs(x) - threshold), x)


@inlined
def soft_threshold_h(x, threshold):
    return 1.0 if abs(x) > threshold else 0.0


@inlined
def soft_threshold_dual(x, threshold):
    r = rectified(abs(x) - threshold)
    return r * (0.5 * r + threshold)


@inlined
def soft_threshold_prox(r, kappa, threshold):
    a = abs(r)
    moved = (a + kappa * threshold) / (1.0 + kappa)
    return math.copysign(moved, r) if a > threshold else r


# --- powers and exponentials ---


@inlined
def rectified_polynomial_L(x, degree):
    return rectified(x) ** degree / degree


@inlined
def rectified_polynomial_g(x, degree):
    return rectified(x) ** (degree - 1.0)


@inlined
def rectified_polynomial_h(x, degree):
    if x <= 0.0:
        return 0.0  # also for degree 2, where 0^0 would be 1
    return (degree - 1.0) * x ** (degree - 2.0)


@inlined
def rectified_polynomial_dual(x, degree):
    return (degree - 1.0) / degree * rectified(x) ** degree


@inlined
def power_L(x, degree):
    return abs(x) ** degree / degree


@inlined
def power_g(x, degree):
    return math.copysign(abs(x) ** (degree - 1.0), x)


@inlined
def power_h(x, degree):
    return (degree - 1.0) * abs(x) ** (degree - 2.0)


@inlined
def power_dual(x, degree):
    return (degree - 1.0) / degree * abs(x) ** degree


@inlined
def cubic_L(x):
    return x * x * x / 3.0


@inlined
def cubic_g(x):
    return x * x


@inlined
def cubic_h(x):
    return 2.0 * x


@inlined
def cubic_dual(x):
    return 2.0 * (x * x * x) / 3.0


@inlined
def exponential_L(x, beta):
    return exp(beta * x) / beta


@inlined
def exponential_g(x, beta):
    return exp(beta * x)


@inlined
def exponential_h(x, beta):
    return beta * exp(beta * x)


@inlined
def exponential_dual(x, beta):
    y = beta * x
    return exp(y) * (y - 1.0) / beta


@inlined
def rectified_exponential_L(x, beta):
    r = rectified(x)
    return exp(beta * r) / beta - r


@inlined
def rectified_exponential_g(x, beta):
    return expm1(beta * rectified(x))


@inlined
def rectified_exponential_h(x, beta):
    return beta * exp(beta * x) if x > 0.0 else 0.0


@inlined
def rectified_exponential_dual(x, beta):
    y = beta * rectified(x)
    return exp(y) * (y - 1.0) / beta


# --- softplus and the functions like it ---


@inlined
def softplus_L(x, beta):
    return special.softplus_integral(beta * x) / (beta * beta)


@inlined
def softplus_g(x, beta):
    return softplus(beta * x) / beta


@inlined
def softplus_h(x, beta):
    return sigmoid(beta * x)


@inlined
def softplus_dual(x, beta):
    return special.softplus_dual(beta * x) / (beta * beta)


@inlined
def swish_L(x):
    return special.softplus_dual(x)  # the same function: x log(1 + e^x) + Li2(-e^x)


@inlined
def swish_g(x):
    return x * sigmoid(x)


@inlined
def swish_h(x):
    return sigmoid(x) * (1.0 + x * sigmoid(-x))


@inlined
def swish_dual(x):
    if x <= 0.0:
        return x * x * sigmoid(x) - special.softplus_dual(x)
    # sigmoid(x) - 1/2 = tanh(x / 2) / 2 takes up the square in softplus_dual
    rest = x * log1p(exp(-x)) + special.softplus_integral(-x)
    return 0.5 * x * x * tanh(0.5 * x) + math.pi**2 / 6.0 - rest


@inlined
def gelu_L(x):
    return special.gelu_integral(x)


@inlined
def gelu_g(x):
    return x * special.normal_cdf(x)


@inlined
def gelu_h(x):
    return special.normal_cdf(x) + x * special.normal_pdf(x)


@inlined
def gelu_dual(x):
    return x * x * special.normal_cdf(x) - special.gelu_integral(x)


# --- activations that grow without bound, but more slowly than the state ---


@inlined
def asinh_L(x):
    return x * math.asinh(x) - unit_hypot(x)


@inlined
def asinh_g(x):
    return math.asinh(x)


@inlined
def asinh_h(x):
    return 1.0 / unit_hypot(x)


@inlined
def asinh_dual(x):
    return unit_hypot(x)


@inlined
def compressive_L(x):
    # with s = sqrt(1 + |x|) - 1:  2/3 ((1 + s)^3 - 1) - (2 s + s^2) = s^2 (1 + 2/3 s)
    s = root_excess(abs(x))
    return s * s * (1.0 + 2.0 * s / 3.0)


@inlined
def compressive_g(x):
    return math.copysign(root_excess(abs(x)), x)


@inlined
def compressive_h(x):
    return 0.5 / math.sqrt(1.0 + abs(x))


@inlined
def compressive_dual(x):
    s = root_excess(abs(x))
    return s * s * (1.0 + s / 3.0)
