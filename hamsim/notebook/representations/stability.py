"""`Stability` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.equilibria.linear.stable import Stability
from hamsim.html.elements import facts, table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import folded, page, strip

__all__ = ["show"]

MOST = 12  # eigenvalues


def show(shown: Stability) -> Html:
    """What kind of state it is, its first eigenvalues and the slowest deviations."""
    told = [
        ("unstable directions", f"{shown.index:,}" + (", proved" if shown.proved else "")),
        ("dimension", f"{shown.dimension:,}"),
        ("rate", f"{shown.rate:.6g} / time"),
        ("residual", f"{shown.residual:.3g}"),
    ]
    pairs = zip(np.ravel(shown.eigenvalues)[:MOST], np.ravel(shown.errors)[:MOST], strict=True)
    rows = [(_number(value), f"{error:.2g}") for value, error in pairs]
    size = f"{np.size(shown.eigenvalues):,}"
    return page(
        "Stability",
        "",
        str(shown),
        facts(told),
        folded("Eigenvalues", size, table(("1 / time", "within"), rows)),
        strip(np.real(shown.mode), "slowest deviations"),
    )


def _number(value: complex) -> str:
    if np.imag(value) == 0:
        return f"{np.real(value):.6g}"
    return f"{np.real(value):.6g} {np.imag(value):+.6g}i"
