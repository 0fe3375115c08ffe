"""One dimension of a sweep: which values are changed along it, and what they are at each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Axis", "Kind"]

# Places of an axis over "trials" may share one compiled network; those over "runs" never do.
Kind = Literal["runs", "trials"]


@dataclass(frozen=True, eq=False)
class Axis:
    """One dimension of a sweep.

    Parameters
    ----------
    dim : str
        Its name.
    names : tuple of str
        What is changed along it, all at once: paths into the description, as
        ``groups.exc.tau``, ``parameters.gain``, ``seed`` or ``stimuli[0].value``; or ``initial``
        and ``initial.NAME``, states of all neurons or of a group, a neuron or a range.
    values : tuple of tuple
        For each place one value a name, as a file would have it; arrays are ndarrays.
    kind : {"runs", "trials"}
    """

    dim: str
    names: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    kind: Kind = "runs"

    def __len__(self) -> int:
        return len(self.values)

    def at(self, place: int) -> dict[str, Any]:
        """Values at a place, by name."""
        return dict(zip(self.names, self.values[place], strict=True))

    def to_dict(self) -> dict[str, Any]:
        """The same as a mapping; values are left as they are."""
        return {
            "dim": self.dim,
            "names": list(self.names),
            "values": [list(values) for values in self.values],
            "kind": self.kind,
        }

    @classmethod
    def from_dict(cls, stated: Mapping[str, Any]) -> Axis:
        """From what `to_dict` gives."""
        values = tuple(tuple(values) for values in stated["values"])
        return cls(stated["dim"], tuple(stated["names"]), values, stated["kind"])
