"""Explicit Runge-Kutta methods again: coefficients in exact numbers, and one step of any of them.

Written from the literature, with nothing imported from hamsim: the oracle of `hamsim.methods`.
"""

from fractions import Fraction
from typing import NamedTuple


class Coefficients(NamedTuple):
    """Rows of stages, weights, and the weights of the embedded method, as text.

    Where the embedded method has one weight more than there are stages, the last is that of the
    state which the step leads to.
    """

    a: tuple[str, ...]
    b: str
    embedded: str = ""


# Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, section II.1 and II.4.
METHODS = {
    "euler": Coefficients(("",), "1"),
    "heun": Coefficients(("", "1"), "1/2 1/2", embedded="1 0"),
    "rk4": Coefficients(("", "1/2", "0 1/2", "0 0 1"), "1/6 1/3 1/3 1/6"),
    # What stochastic methods are without noise.
    "euler_maruyama": Coefficients(("",), "1"),
    "leimkuhler_matthews": Coefficients(("",), "1"),
    "stochastic_heun": Coefficients(("", "1"), "1/2 1/2"),
}
# No method of hamsim: Bogacki and Shampine, Appl. Math. Lett. 2 (1989) 321.
BS32 = Coefficients(("", "1/2", "0 3/4"), "2/9 1/3 4/9", "7/24 1/4 1/3 1/8")


def numbers(text):
    """Exact numbers of a row."""
    return [Fraction(word) for word in text.split()]


def coefficients_of(method):
    """Those of a method by its name, or those that are given.

    Raises
    ------
    KeyError
        Nobody has written down the coefficients of a method of this name.
    """
    return method if isinstance(method, Coefficients) else METHODS[method]


def slopes(f, x, dt, method, settle=lambda x: x):
    """Slopes of the stages and of the state that a step leads to, and that state.

    `settle` is done to every state before f is asked for it.
    """
    method = coefficients_of(method)
    k = []
    for row in (*method.a, method.b):
        weights = numbers(row)
        state = settle(x + dt * sum(float(w) * each for w, each in zip(weights, k, strict=True)))
        k.append(f(state))
    return k, state


def step(f, x, dt, method, settle=lambda x: x):
    """The state after one step of dx/dt = f(x)."""
    return slopes(f, x, dt, method, settle)[1]


def error(f, x, dt, method, settle=lambda x: x):
    """What one step differs by from that of the embedded method."""
    method = coefficients_of(method)
    k, _ = slopes(f, x, dt, method, settle)
    b, embedded = numbers(method.b), numbers(method.embedded)
    b += [Fraction(0)] * (len(embedded) - len(b))
    differences = [float(one - other) for one, other in zip(b, embedded, strict=True)]
    return dt * sum(w * each for w, each in zip(differences, k, strict=False))
