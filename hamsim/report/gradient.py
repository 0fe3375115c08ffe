"""A gradient in words: how large it is, and of how many trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.learning.derivatives import Gradient
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["GradientReport"]


@dataclass(frozen=True, eq=False)
class GradientReport:
    """The gradient of a loss.

    Parameters
    ----------
    name : str
        Of the network.
    gradient : Gradient
        By weights, currents and parameters.
    """

    name: str
    gradient: Gradient

    @property
    def _parts(self) -> dict[str, Floats]:
        """What the loss was differentiated by, by words."""
        G = self.gradient
        parts = {
            name: values if isinstance(values, np.ndarray) else values.data
            for name, values in (G.connections or {}).items()
        }
        if G.input is not None:
            parts["input"] = G.input
        for group, own in (G.lagrangian or {}).items():
            parts |= {f"{name} of {group}": np.atleast_1d(each) for name, each in own.items()}
        return parts

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        G = self.gradient
        return {
            "name": self.name,
            "method": G.method,
            "loss": G.loss.tolist(),
            "counts": G.counts.tolist(),
            "stable": G.stable.tolist(),
            "residual": G.residual.tolist(),
            "products": {"forward": G.cost.forward.tolist(), "backward": G.cost.backward.tolist()},
            "left_out": {str(k): why for k, why in G.left_out.items()},
            "norm": {name: float(np.linalg.norm(each)) for name, each in self._parts.items()},
        }

    def sections(self) -> tuple[Section, ...]:
        """A row for each connection, the inputs and each parameter, and single facts."""
        G = self.gradient
        done, trials = int(np.count_nonzero(G.counts)), G.counts.size
        mean = float(G.loss[G.counts].mean())
        cost = f"{G.cost.forward.mean():.3g} to the states, {G.cost.backward.mean():.3g} back"
        facts = [
            Fact("", self.name, f"{named(self.name)}, {G.method}"),
            Fact("loss", mean, f"{mean:.6g}, mean of {done:,} of {counted(trials, 'trial')}"),
            Fact("products", G.cost, f"{cost}, a trial"),
        ]
        facts += [Fact("left out", k, why) for k, why in list(G.left_out.items())[:5]]
        rows = tuple(
            (name, f"{each.size:,}", f"{np.linalg.norm(each):.4g}", f"{np.abs(each).max():.4g}")
            for name, each in self._parts.items()
            if each.size
        )
        columns = ("derivatives by", "how many", "norm", "largest")
        return Section("", tuple(facts)), Section("", (), columns, rows)
