"""What was proved, refuted or left open of a network, with the evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.condition import Condition, Status, Symmetry
from hamsim.errors import HamsimError
from hamsim.shown import Shown

if TYPE_CHECKING:
    import os

    from hamsim.plotting.style import Picture

__all__ = ["Certificate", "NoTruthError"]


class NoTruthError(HamsimError, TypeError):
    """A certificate was taken for true or false."""


@dataclass(frozen=True, eq=False)
class Certificate(Shown):
    """Answers about one network; from `check` for its constant input and without stimuli.

    Parameters
    ----------
    symmetry : {"symmetric", "symmetrizable", "signed", "none"}
        Of W; a positive diagonal D makes D W symmetric, or one with signs does.
    energy_decreases : {"proved", "refuted", "undecided"}
        dE/dt <= 0 in every state.
    bounded_below : same
        E has a lower bound.
    converges : same
        Every solution comes to rest.
    unique_equilibrium : same
        There is exactly one rest state, stable or not.
    globally_stable : same
        There is one rest state, and every solution goes to it.
    instant_well_posed : same
        Neurons with tau = 0 have exactly one state for each state of the others.
    max_step : float or None
        Largest dt for which the energy is guaranteed to fall at each Euler step.
    conditions : tuple of Condition
    """

    symmetry: Symmetry
    energy_decreases: Status
    bounded_below: Status
    converges: Status
    unique_equilibrium: Status
    globally_stable: Status
    instant_well_posed: Status
    max_step: float | None
    conditions: tuple[Condition, ...]

    FIELDS = (
        "energy_decreases",
        "bounded_below",
        "converges",
        "unique_equilibrium",
        "globally_stable",
        "instant_well_posed",
    )

    @property
    def guaranteed(self) -> bool:
        """Whether it is proved that every solution comes to rest."""
        return self.converges == "proved"

    def __bool__(self) -> bool:
        raise NoTruthError(
            "a certificate is neither true nor false: ask for .guaranteed (every solution comes to "
            "rest, proved) or for one of its fields, such as .converges == 'refuted'"
        )

    def plot(
        self,
        *,
        theorems: bool = True,
        size: str | tuple[float, float] | None = None,
        dpi: float | None = None,
        style: str = "screen",
        title: str | None = None,
        out: str | os.PathLike[str] | None = None,
    ) -> Picture:
        """Draw the answers, what they mean, and each condition with its status and theorem.

        Parameters
        ----------
        theorems : bool
            Whether theorems stand below conditions.
        size, dpi, style, title, out : optional
            As of `hamsim.Network.plot`.

        Returns
        -------
        Picture
            A `matplotlib.figure.Figure`, shown by a notebook.
        """
        from hamsim.plotting.graphs.certificate_figure import draw_certificate  # against the floors

        picture = draw_certificate(
            self, theorems=theorems, size=size, dpi=dpi, style=style, title=title
        )
        if out is not None:
            picture.save(out)
        return picture

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain numbers, text, lists and dicts."""
        result: dict[str, Any] = {"symmetry": self.symmetry}
        result |= {name: getattr(self, name) for name in self.FIELDS}
        result["max_step"] = self.max_step
        result["conditions"] = [_plain(asdict(condition)) for condition in self.conditions]
        return result


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
