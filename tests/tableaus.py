"""Explicit Runge-Kutta methods again: coefficients in exact numbers, and one step of any of them.

Written from the literature, with nothing imported from hamsim: the oracle of `hamsim.methods`.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.integrate._ivp import dop853_coefficients as hairer


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
    # Bogacki and Shampine, Appl. Math. Lett. 2 (1989) 321.
    "bs32": Coefficients(("", "1/2", "0 3/4"), "2/9 1/3 4/9", "7/24 1/4 1/3 1/8"),
    # Tsitouras, Computers and Mathematics with Applications 62 (2011) 770, table 1.
    "tsit5": Coefficients(
        (
            "",
            "0.161",
            "-0.008480655492356989 0.335480655492357",
            "2.8971530571054935 -6.359448489975075 4.3622954328695815",
            "5.325864828439257 -11.748883564062828 7.4955393428898365 -0.09249506636175525",
            "5.86145544294642 -12.92096931784711 8.159367898576159 -0.071584973281401 "
            "-0.028269050394068383",
        ),
        "0.09646076681806523 0.01 0.4798896504144996 1.379008574103742 -3.290069515436081 "
        "2.324710524099774",
        "0.09824077787029101 0.010816434459656747 0.4720087724042376 1.5237195812770048 "
        "-3.872426680888636 2.782792630028961 -1/66",
    ),
    # Hairer's program, as SciPy has it; the embedded method of order 5.
    "dop853": Coefficients(
        tuple(" ".join(map(repr, row[:i].tolist())) for i, row in enumerate(hairer.A[:12])),
        " ".join(map(repr, hairer.B.tolist())),
        " ".join(map(repr, (np.append(hairer.B, 0.0) - hairer.E5).tolist())),
    ),
    # What stochastic methods are without noise.
    "euler_maruyama": Coefficients(("",), "1"),
    "leimkuhler_matthews": Coefficients(("",), "1"),
    "stochastic_heun": Coefficients(("", "1"), "1/2 1/2"),
}
BS32 = METHODS["bs32"]


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
