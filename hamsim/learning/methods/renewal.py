"""Values that are renewed until they agree with what follows from them, each trial by itself."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints

__all__ = ["Renewal"]

# Earlier values that are looked at, and how far from singular their equations are kept.
WINDOW, RIDGE = 4, 1e-14


class Renewal:
    """Find v with v = F(v) in rows, from values of F.

    The next value is the combination of the last ones whose F(v) - v would be least if F were
    linear (Anderson, J. ACM 12:547, 1965, with the normal equations of a few columns).
    """

    def __init__(self) -> None:
        self._gaps: list[Floats] = []
        self._results: list[Floats] = []

    def keep(self, some: Ints) -> None:
        """Go on with some of the rows, given by their places among those that are left."""
        self._gaps = [each[some] for each in self._gaps]
        self._results = [each[some] for each in self._results]

    def next(self, v: Floats, result: Floats) -> Floats:
        """Take F(v) and say which v is to be tried next.

        Parameters
        ----------
        v, result : ndarray, shape (rows, k)
        """
        self._gaps = [*self._gaps[-WINDOW:], result - v]
        self._results = [*self._results[-WINDOW:], result]
        if len(self._gaps) == 1:
            return result
        gap = self._gaps[-1]
        change = np.diff(np.stack(self._gaps, axis=1), axis=1)
        moved = np.diff(np.stack(self._results, axis=1), axis=1)
        products = np.einsum("ran,rbn->rab", change, change)
        size = np.trace(products, axis1=1, axis2=2)
        m = products.shape[1]
        products += (RIDGE * size + np.where(size > 0.0, 0.0, 1.0))[:, None, None] * np.eye(m)
        shares = np.linalg.solve(products, np.einsum("ran,rn->ra", change, gap)[..., None])
        tried: Floats = result - np.einsum("ra,ran->rn", shares[..., 0], moved)
        return tried
