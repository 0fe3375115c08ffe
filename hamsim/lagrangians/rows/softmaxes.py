"""Logarithms of sums of exponentials."""

from __future__ import annotations

from hamsim.lagrangians.row import Lagrangian, Parameter
from hamsim.lagrangians.rows.parameters import BETA

__all__ = ["ROWS"]

ROWS = (
    Lagrangian(
        name="softmax",
        L="log(sum_i exp(beta x_i)) / beta",
        g="exp(beta x_i) / sum_j exp(beta x_j)",
        dual="sum_i g_i log(g_i) / beta, g in the simplex",
        parameters=(BETA,),
        additive=False,
        source="[HAM] eq. 13",
        low="0",
        high="1",
        growth="0",
        slope="beta / 2",
        kernel="ones",
        change="2 * beta",
        row_sum="beta / 2",
        competitive=True,
        hessian="shares",
        steepness="beta",
        silent=0,
    ),
    Lagrangian(
        name="ghostmax",
        L="log(1 + sum_i exp(beta x_i)) / beta",
        g="exp(beta x_i) / (1 + sum_j exp(beta x_j))",
        dual="(sum_i g_i log(g_i) + s log(s)) / beta, s = 1 - sum_i g_i >= 0",
        parameters=(BETA,),
        additive=False,
        source="softmax with one more, silent unit",
        low="0",
        high="1",
        growth="0",
        slope="beta / 2",
        change="2 * beta",
        row_sum="beta / 2",
        competitive=True,
        hessian="shares",
        steepness="beta",
        silent=1,
    ),
    Lagrangian(
        name="softmax_ridge",
        L="log(sum_i exp(beta x_i)) / beta + epsilon sum_i x_i^2 / 2",
        g="exp(beta x_i) / sum_j exp(beta x_j) + epsilon x_i",
        dual="",
        parameters=(BETA, Parameter("epsilon", 1e-5, "slope of the linear part", at_least=0.0)),
        additive=False,
        source="softmax made strictly convex",
        low="1 - 1 / (1 - sign(epsilon))",
        high="1 / (1 - sign(epsilon))",
        growth="sign(epsilon)",
        slope="beta / 2 + epsilon",
        least="epsilon",
        kernel="ones",
        kernel_if="epsilon",
        excess="beta / (2 * epsilon)",
        far_slopes=("epsilon", "epsilon"),
        change="2 * beta",
        row_sum="beta / 2 + epsilon",
        competitive=True,
        hessian="shares",
        rising=True,
        inverse="linear",
    ),
)
