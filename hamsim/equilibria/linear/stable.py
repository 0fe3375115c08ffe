"""How a state answers to small deviations."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.shown import Shown

__all__ = ["KINDS", "Stability"]

# The words for kinds of states.
KINDS = (
    "minimum",
    "saddle",
    "line",
    "torus",
    "critical",
    "stable node",
    "stable focus",
    "unstable node",
    "unstable focus",
)


@dataclass(frozen=True, eq=False)
class Stability(Shown):
    """The linearisation of a network at a state, T d' = C H d - d.

    Parameters
    ----------
    eigenvalues : ndarray, shape (k,)
        Those of largest real part, in units of 1 / time, the first the largest; complex only where
        some are. There are as many as neurons that are free and have tau > 0.
    errors : ndarray, shape (k,)
        How far off each may be. Of up to 500 neurons rounding is included, and without symmetry
        they are radii of discs around all eigenvalues; infinite where eigenvectors nearly coincide.
        Of more neurons |J v - a v| of its vector of norm 1, which bounds the error of symmetric
        networks; of others it says that a is an eigenvalue of a Jacobian that is so much off.
    index : int
        Number of directions in which deviations grow.
    index_bounds : (int, int)
        What is proved of it, for the slopes of activations as they are computed at `x`.
    proved : bool
        Whether both bounds are the index.
    zeros : int
        Directions in which deviations neither grow nor shrink, within rounding and what the state's
        residual may change.
    kind : str
        Where the linearisation has a symmetric form, as with symmetric or symmetrizable W and one
        tau for neurons that share a Lagrangian: "minimum", or "saddle" where the index is above 0.
        Else "stable node" and "stable focus", "unstable node" and "unstable focus" if all
        directions grow, or "saddle"; at a focus the first eigenvalue is complex, so that
        deviations turn. "line" and "torus" are rest states of which others are on all sides, along
        a curve or in more dimensions, and no direction grows; "critical" where the linearisation
        does not decide.
    dimension : int
        Of the continuum of rest states, 0 if the state is alone.
    rate : float
        1 / time in which the slowest deviations shrink by e, but for those along a continuum of
        rest states; negative where deviations grow, and infinite where no neuron moves.
    mode : ndarray, shape (n,)
        Deviations that do so, the largest of them 1; 0 of held neurons. Complex at a focus.
    modes : ndarray, shape (k, n)
        The same of all eigenvalues that are given.
    residual : float
        Largest |W g + I - x| of the neurons that are free: large where the state does not rest.
    kinks : int
        Neurons whose activation or slope jumps within rounding of their state: of these all is said
        of the side below.
    """

    eigenvalues: Any
    errors: Floats
    index: int
    index_bounds: tuple[int, int]
    proved: bool
    zeros: int
    kind: str
    dimension: int
    rate: float
    mode: Any
    modes: Any
    residual: float
    kinks: int

    def __str__(self) -> str:
        parts = [self.kind]
        if self.index:
            directions = f"{self.index:,} unstable direction" + ("s" if self.index > 1 else "")
            parts[0] += f" with {directions}"
        parts[0] += " (proved)" if self.proved else ""
        if self.zeros and not self.dimension:
            parts.append(f"{self.zeros:,} neutral within rounding")
        if self.dimension:
            parts.append(f"of dimension {self.dimension}")
        if np.isfinite(self.rate) and self.rate != 0.0:
            shrinks = self.rate > 0.0
            word = "slowest deviations shrink" if shrinks else "fastest deviations grow"
            parts.append(f"{word} at {abs(self.rate):.4g} / time")
        if self.kinks:
            parts.append(f"{self.kinks:,} at a kink of their activation")
        if self.residual > 1e-6:
            parts.append(f"not at rest: residual {self.residual:.3g}")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<Stability: {self}>"

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists; of complex numbers [real, imaginary]."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if np.iscomplexobj(value):
            return np.stack([value.real, value.imag], axis=-1).tolist()
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
