"""Delay equations solved otherwise: by the method of steps."""

import math
from itertools import pairwise

import numpy as np
from numpy.polynomial import polynomial
from scipy.integrate import solve_ivp


def linear_loop(a, delay, times):
    """x' = -x + a x(t - delay), with x = 1 for t <= 0, as it is: exponentials times polynomials.

    With s = t - k delay in step k, x = c + P(s) exp(-s): in the next one x' + x = a c + a P(s)
    exp(-s) has the solution a c + Q(s) exp(-s), where Q' = a P.
    """
    constants, parts = [a], [np.array([1.0 - a])]
    for _ in range(int(max(times) / delay) + 1):
        c, P = constants[-1], parts[-1]
        end = c + polynomial.polyval(delay, P) * math.exp(-delay)
        Q = polynomial.polyint(a * P)
        Q[0] = end - a * c
        constants.append(a * c)
        parts.append(Q)
    found = []
    for t in times:
        k = int(t / delay)
        s = t - k * delay
        found.append(constants[k] + polynomial.polyval(s, parts[k]) * math.exp(-s))
    return np.array(found)


def by_steps(drive, tau, start, delays, end, generations=5):
    """States at the end of tau x' = drive(t, x, past) - x, where past(d) is x(t - d).

    From break to break, at most the shortest delay at a time, by a method of order 8 and its
    interpolant.
    """
    breaks, latest = {0.0, end}, {0.0}
    for _ in range(generations):
        latest = {round(t + d, 12) for t in latest for d in delays if t + d < end}
        breaks |= latest
    borders = []
    for a, b in pairwise(sorted(breaks)):
        parts = math.ceil((b - a) / min(delays) - 1e-9)
        borders += (a + (b - a) * np.arange(parts) / parts).tolist()
    borders.append(end)
    pieces = []

    def past(t):
        if t <= 0.0:
            return start
        begin, piece = next((a, p) for a, p in reversed(pieces) if a <= t or a == 0.0)
        return piece(max(t, begin))

    x = np.asarray(start, dtype=float)
    for a, b in pairwise(borders):

        def velocity(t, y):
            return (drive(t, y, lambda d: past(t - d)) - y) / tau

        solved = solve_ivp(
            velocity, (a, b), x, method="DOP853", rtol=1e-12, atol=1e-13, dense_output=True
        )
        pieces.append((a, solved.sol))
        x = solved.y[:, -1]
    return x
