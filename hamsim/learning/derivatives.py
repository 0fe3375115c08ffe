"""`Gradient`: derivatives of a loss, in the shapes in which people wrote what they are of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.shown import Shown

__all__ = ["Cost", "Gradient"]


class Cost(NamedTuple):
    """Products with W of each trial, shape (trials,).

    Parameters
    ----------
    forward : ndarray
        To the states where the loss was taken.
    backward : ndarray
        From there to the gradient.
    """

    forward: Floats
    backward: Floats


@dataclass(frozen=True, eq=False)
class Gradient(Shown):
    """Derivatives of the mean loss of all trials that count.

    What was not asked for is None.

    Parameters
    ----------
    method : str
    connections : mapping of str to ndarray or csr_array, or None
        By the name of each connection, in its own shape: the block (a sparse one has the block's
        pattern), the kernel of a convolution, one number an edge or triple. `between` and `within`
        have one value for both directions. `Network.with_weights` takes them as they are.
    edges : ndarray, shape (m,), or None
        One value for each row of `network.edges`.
    input : ndarray, shape (n,), or None
        By the constant currents I.
    clamp : ndarray, shape (trials, n), or None
        By the states at which neurons are held, each trial's of its own loss; 0 at free neurons.
    initial : ndarray, shape (n,) or (trials, n), or None
        By states at t = 0: one row for all trials if all begin alike, else each trial's of its own
        loss. Exactly 0 at rest.
    tau : ndarray, shape (n,), or None
        By time constants. Exactly 0 at rest.
    lagrangian : mapping of str to mapping of str to float or ndarray, or None
        By groups and parameters: one number where the description has one number, else one a
        neuron, shape (size,).
    loss : ndarray, shape (trials,)
    stable : ndarray of bool, shape (trials,)
        False where the rest state has a direction of negative curvature.
    counts : ndarray of bool, shape (trials,)
        Trials of which the means are taken.
    residual : ndarray, shape (trials,)
        max|W g + I - x| of free neurons where the loss was taken.
    cost : Cost
    x : ndarray, shape (trials, n)
        States where the loss was taken.
    left_out : mapping of int to str
        Trials that do not count, and why.
    notes : tuple of str
        What is to be said of the network as it was taken.
    """

    method: str
    connections: Mapping[str, Any] | None
    edges: Floats | None
    input: Floats | None
    clamp: Floats | None
    initial: Floats | None
    tau: Floats | None
    lagrangian: Mapping[str, Mapping[str, Any]] | None
    loss: Floats
    stable: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    residual: Floats
    cost: Cost
    x: Floats
    left_out: Mapping[int, str]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        done, trials = int(np.count_nonzero(self.counts)), self.counts.size
        says = [f"loss {float(self.loss[self.counts].mean()):.6g}"]
        if trials > 1 or done < trials:
            says.append(f"{done:,} of {counted(trials, 'trial')}")
        if self.edges is not None:
            size = float(np.abs(self.edges).max(initial=0.0))
            says.append(f"{counted(self.edges.size, 'edge')}, largest {size:.3g}")
        if not self.stable.all():
            says.append(f"{int(np.count_nonzero(~self.stable)):,} unstable")
        says.append(f"{self.cost.forward.mean():.3g} + {self.cost.backward.mean():.3g} products")
        return f"<Gradient, {self.method}: {'; '.join(says)}>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all arrays to an npz file, by names such as ``connections/a-b``.

        A sparse block has its values, in the order of ``network.block(connection).data``.

        Parameters
        ----------
        path : str or path
        """
        arrays: dict[str, Any] = {"loss": self.loss, "counts": self.counts, "x": self.x}
        for name, values in (self.connections or {}).items():
            dense = isinstance(values, np.ndarray)
            arrays[f"connections/{name}"] = values if dense else values.data
        for group, own in (self.lagrangian or {}).items():
            arrays |= {f"lagrangian/{group}/{name}": each for name, each in own.items()}
        for name in ("edges", "input", "clamp", "initial", "tau"):
            if (own := getattr(self, name)) is not None:
                arrays[name] = own
        with open(path, "wb") as file:
            np.savez(file, **arrays)
