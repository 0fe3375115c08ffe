"""Bogacki and Shampine, Appl. Math. Lett. 2 (1989) 321: for coarse tolerances.

Within a step, the cubic of Hermite through both states and their velocities.
"""

from hamsim.methods.pair import Pair

__all__ = ["ROW"]

_B = (2 / 9, 1 / 3, 4 / 9)

ROW = Pair(
    name="bs32",
    order=3,
    c=(0.0, 1 / 2, 3 / 4),
    a=((), (1 / 2,), (0.0, 3 / 4)),
    b=_B,
    stable=2.513,
    safety=0.35,
    error=(-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    embedded=2,
    # theta (1 - theta)^2 k_1 + theta^2 (3 - 2 theta) sum_j b_j k_j + theta^2 (theta - 1) k_4
    interpolant=(
        (1.0, 3 * _B[0] - 2, 1 - 2 * _B[0]),
        (0.0, 3 * _B[1], -2 * _B[1]),
        (0.0, 3 * _B[2], -2 * _B[2]),
        (0.0, -1.0, 1.0),
    ),
)
