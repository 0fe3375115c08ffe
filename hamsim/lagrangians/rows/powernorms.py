"""Norms of a group made of powers of the sizes of its states."""

from __future__ import annotations

from hamsim.lagrangians.row import Lagrangian, Parameter
from hamsim.lagrangians.rows.norms import SIGMA

__all__ = ["ROWS"]

ROWS = (
    Lagrangian(
        name="power_norm",
        L="(sigma^degree + sum_i |x_i|^degree)^(1 / degree)",
        g="sign(x_i) |x_i|^(degree - 1) / (sigma^degree + sum_j |x_j|^degree)"
        "^((degree - 1) / degree)",
        dual="-sigma (1 - sum_i |g_i|^q)^(1 / q), q = degree / (degree - 1)",
        written="(sigma**degree + sum(abs(x)**degree))**(1/degree)",
        parameters=(Parameter("degree", 2.0, "power of the states", at_least=2.0), SIGMA),
        additive=False,
        source="divisive normalisation (Carandini and Heeger 2012) in the form that is a gradient",
        low="-1",
        high="1",
        growth="0",
        slope="(degree - 1)**(1 / degree) * (degree - 2)**((degree - 2) / degree) / sigma",
        kernel="state",
        kernel_if="sigma",
        jumps="1 - sign(sigma)",
        common="weighted",
        hessian="norm",
        odd=True,
    ),
    Lagrangian(
        name="lp_norm",
        L="(sum_i |x_i|^degree)^(2 / degree) / 2",
        g="N^(2 - degree) sign(x_i) |x_i|^(degree - 1), N = (sum_j |x_j|^degree)^(1 / degree)",
        dual="(sum_i |g_i|^q)^(2 / q) / 2, q = degree / (degree - 1)",
        parameters=(Parameter("degree", 4.0, "power of the states", at_least=2.0),),
        additive=False,
        source="half the square of a norm",
        low="-inf",
        high="inf",
        growth="1",
        slope="degree - 1",
        least="1 - sign(degree - 2)",
        far_slopes=("1", "1"),
        common="weighted",
        hessian="norm",
        rising=True,
        inverse="conjugate",
        odd=True,
    ),
)
