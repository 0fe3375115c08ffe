"""What was found of rest states along one parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.drawable import Drawable
from hamsim.network import Network
from hamsim.shown import Shown

__all__ = ["Branch", "Branches", "SpecialPoint"]

SpecialKind = Literal["fold", "pitchfork", "transcritical", "branch", "hopf", "kink", "singular"]


@dataclass(frozen=True, eq=False)
class SpecialPoint:
    """A rest state at which the number or the stability of rest states changes.

    Parameters
    ----------
    kind : str
        *fold*: two rest states meet and vanish. *pitchfork*: three become one; *transcritical*:
        two branches cross; *branch*: branches cross in another way, as where several eigenvalues
        are 0 together. *hopf*: a pair of eigenvalues crosses the imaginary axis, so that a cycle
        is born. *kink*: the slope of an activation jumps, and with it the direction of the branch
        or the number of its unstable directions. *singular*: neurons with tau = 0 have no one
        state near this one.
    parameter : float
    x : ndarray, shape (n,)
    energy : float or None
        None where the network has none.
    branches : tuple of int
        Numbers of the branches that pass it, begin or end there.
    frequency : float or None
        Of a Hopf point: that of the cycle when it is born, in cycles per unit of time.
    multiplicity : int
        Eigenvalues, or pairs of them, that are 0 together.
    """

    kind: SpecialKind
    parameter: float
    x: Floats
    energy: float | None
    branches: tuple[int, ...]
    frequency: float | None = None
    multiplicity: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "kind": self.kind,
            "parameter": self.parameter,
            "x": self.x.tolist(),
            "energy": self.energy,
            "branches": list(self.branches),
            "frequency": self.frequency,
            "multiplicity": self.multiplicity,
        }


@dataclass(frozen=True, eq=False)
class Branch(Shown):
    """One branch of rest states, in the order in which it was followed.

    Parameters
    ----------
    parameter : ndarray, shape (points,)
    x : ndarray, shape (points, n)
        Rest states.
    stable : ndarray of bool, shape (points,)
        Whether no direction is unstable. False at special points, which are neither.
    index : ndarray of int, shape (points,)
        How many directions are unstable; -1 where that is not known. Those that neither grow nor
        shrink by 1e-7 of the fastest rate are not counted. At a special point as many as beside
        it, on the side that has fewer.
    energy : ndarray, shape (points,), or None
        None where the network has none.
    special : ndarray of int, shape (points,)
        Number of the special point that a point is; -1 if it is none.
    end : {"bound", "closed", "line", "met", "points", "lost", "stopped"}
        Why it ends: the parameter has left its range; it is a closed loop; all states on a line
        rest at one value of the parameter; it has come to a branch point of another branch; as
        many points were found as were asked for; Newton's method found no way on, as where an
        activation jumps; it was interrupted.
    """

    parameter: Floats
    x: Floats
    stable: NDArray[np.bool_]
    index: Ints
    energy: Floats | None
    special: Ints
    end: str

    def __len__(self) -> int:
        return int(self.parameter.size)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "parameter": self.parameter.tolist(),
            "x": self.x.tolist(),
            "stable": self.stable.tolist(),
            "index": self.index.tolist(),
            "energy": None if self.energy is None else self.energy.tolist(),
            "special": self.special.tolist(),
            "end": self.end,
        }


@dataclass(frozen=True, eq=False)
class Branches(Shown, Drawable):
    """Branches of rest states along one parameter.

    Parameters
    ----------
    over : str
        Path of the parameter.
    start, stop : float
    branches : tuple of Branch
    special : tuple of SpecialPoint
        Of all branches, by rising parameter.
    network : Network
        At one value of the parameter: its groups and their names.
    complete : bool
        False if it was interrupted, or ended at the largest number of points or branches.
    evaluations : int
        How often W g + I - x was evaluated.
    notes : tuple of str
        What is to be said of the network as it was taken.
    """

    over: str
    start: float
    stop: float
    branches: tuple[Branch, ...]
    special: tuple[SpecialPoint, ...]
    network: Network = field(repr=False)
    complete: bool = True
    evaluations: int = 0
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Branch]:
        return iter(self.branches)

    def __len__(self) -> int:
        return len(self.branches)

    def __getitem__(self, number: int) -> Branch:
        return self.branches[number]

    def of(self, kind: SpecialKind) -> tuple[SpecialPoint, ...]:
        """Special points of one kind, by rising parameter."""
        return tuple(point for point in self.special if point.kind == kind)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "network": self.network.name,
            "over": self.over,
            "start": self.start,
            "stop": self.stop,
            "neurons": [self.network.label(k) for k in range(self.network.n_neurons)],
            "branches": [branch.to_dict() for branch in self.branches],
            "special": [point.to_dict() for point in self.special],
            "complete": self.complete,
            "evaluations": self.evaluations,
            "notes": list(self.notes),
        }
