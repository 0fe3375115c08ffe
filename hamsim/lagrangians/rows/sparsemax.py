"""Projections onto the simplex."""

from __future__ import annotations

from hamsim.lagrangians.row import Lagrangian, Parameter

__all__ = ["ROWS"]

ROWS = (
    Lagrangian(
        name="sparsemax",
        L="x.g - sum_i g_i^2 / 2",
        g="projection of x onto the simplex",
        dual="sum_i g_i^2 / 2, g in the simplex",
        parameters=(),
        additive=False,
        source="Martins and Astudillo 2016, arXiv:1602.02068",
        low="0",
        high="1",
        growth="0",
        slope="1",
        kernel="support",
        kinks=True,
        row_sum="2",
        competitive=True,
        hessian="support",
    ),
    Lagrangian(
        name="entmax",
        L="x.g - sum_i g_i^alpha / (alpha (alpha - 1))",
        g="max((alpha - 1) (x_i - t), 0)^(1 / (alpha - 1)), t so that the sum is 1",
        dual="sum_i g_i^alpha / (alpha (alpha - 1)), g in the simplex",
        parameters=(
            Parameter("alpha", 1.5, "from dense (1) to sparse (2)", above=1.0, at_most=2.0),
        ),
        additive=False,
        source="Peters, Niculae and Martins 2019, arXiv:1905.05702",
        low="0",
        high="1",
        growth="0",
        slope="1",
        kernel="support",
        kinks=True,
        row_sum="2",
        common="weighted",
        common_unless="1 - sign(2 - alpha)",
        competitive=True,
        hessian="support",
    ),
)
