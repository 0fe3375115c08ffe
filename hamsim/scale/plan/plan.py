"""The plan of a sweep: a network, axes, and what is asked of each run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hamsim.errors import HamsimError, shown
from hamsim.network.fingerprint import fingerprint_of_run
from hamsim.paths import replacing, why_unreadable
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.coding import decoded, encoded
from hamsim.scale.plan.kept import Kept
from hamsim.scale.plan.points import Job, Point
from hamsim.scale.plan.source import Description, Source, source_in
from hamsim.scale.store.keys import Keys
from hamsim.spec.dump import to_plain

__all__ = ["FILE", "MOST", "Plan"]

FILE = "plan.json"
FORMAT = "hamsim-sweep/1"
# Points that one job holds, so that there are jobs for all workers.
MOST = 256
# Trials of one run at most: vectors are full, and what is read of a network serves many of them.
MOST_TOGETHER = 32
# Arguments of `simulate` that change no bit.
OF_NO_RESULT = ("threads",)


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is known of a sweep before it runs.

    Parameters
    ----------
    source : Source
        What is compiled.
    axes : tuple of Axis
        Those over runs first. Without any there is one point.
    keep : tuple of Kept
        What is kept of each run, beside how it ended.
    arguments : mapping of str to value
        Of `hamsim.simulate`, the same for all runs.
    labels : dict or None
        Names of groups and neurons of the network at the first point.
    """

    source: Source
    axes: tuple[Axis, ...]
    keep: tuple[Kept, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """How many places each axis has."""
        return tuple(len(axis) for axis in self.axes)

    def __len__(self) -> int:
        return math.prod(self.shape)

    @property
    def together(self) -> int:
        """How many trials a run has that does the work of several points; 0 where none does.

        A power of two, so that a sweep to which some states are added keeps its results mostly.
        """
        beside = [len(axis) for axis in self.axes if axis.kind == "trials"]
        return min(1 << max(math.prod(beside) - 1, 1).bit_length(), MOST_TOGETHER) if beside else 0

    def point(self, number: int) -> Point:
        """The point of a number."""
        place: list[int] = []
        rest = number
        for length in reversed(self.shape):
            rest, at = divmod(rest, length)
            place.append(at)
        place.reverse()
        values: dict[str, Any] = {}
        for axis, at in zip(self.axes, place, strict=True):
            values.update(zip(axis.names, axis.values[at], strict=True))
        return Point(number, tuple(place), values)

    def points(self) -> Iterator[Point]:
        """All points by number."""
        return map(self.point, range(len(self)))

    def jobs(self, missing: Iterable[int] | None = None, most: int = MOST) -> Iterator[Job]:
        """Jobs of all points, or of those with these numbers.

        Parameters
        ----------
        missing : iterable of int, optional
        most : int
            Points of one job.
        """
        numbers = range(len(self)) if missing is None else missing
        fixed = [k for k, axis in enumerate(self.axes) if axis.kind == "runs"]
        if len(fixed) == len(self.axes):  # each by itself: nothing to put together
            yield from (Job((point,), dict(point.values)) for point in map(self.point, numbers))
            return
        together: dict[tuple[int, ...], list[Point]] = {}
        for point in map(self.point, numbers):
            together.setdefault(tuple(point.place[k] for k in fixed), []).append(point)
        for points in together.values():
            for some in (points[k : k + most] for k in range(0, len(points), most)):
                yield Job(tuple(some), self.overrides(some[0]))

    def overrides(self, point: Point) -> dict[str, Any]:
        """What is changed for a point along axes over runs."""
        names = [name for axis in self.axes if axis.kind == "runs" for name in axis.names]
        return {name: point.values[name] for name in names}

    def keys(self) -> tuple[str, ...]:
        """Keys of all points by number: what determines the numbers of each run, in a digest."""
        return self._keys

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        source = self.source
        network, describe = None, None
        if isinstance(source, Description):
            described = source

            def describe(values: Mapping[str, Any]) -> dict[str, Any]:
                return to_plain(described.spec(values))

        else:
            network = fingerprint_of_run(source.network)
        asked = {key: value for key, value in self.arguments.items() if key not in OF_NO_RESULT}
        keep = [each.identity() for each in self.keep]
        # Sums of trials are rounded in another order than those of a run alone.
        made = Keys(describe, [network, asked, keep, self.together])
        return tuple(made.key(point.values) for point in self.points())

    # --- its file --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": FORMAT,
            "source": encoded(self.source.to_dict()),
            "axes": [encoded(axis.to_dict()) for axis in self.axes],
            "keep": [each.to_dict() for each in self.keep],
            "arguments": encoded(dict(self.arguments)),
            "labels": self.labels,
        }

    def write(self, folder: Path) -> Plan:
        """Write it into a folder with all that it needs; the plan that reads from there.

        Raises
        ------
        HamsimError
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HamsimError(f"cannot make the folder {folder}: {error.strerror}") from None
        made = replace(self, source=self.source.write(folder))
        if "_keys" in vars(self):
            vars(made)["_keys"] = self._keys
        with replacing(folder / FILE) as stream:
            stream.write(json.dumps(made.to_dict()).encode())
        return made

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """The plan in a folder.

        Raises
        ------
        HamsimError
            There is none, or it cannot be read.
        """
        path = folder / FILE
        if why := why_unreadable(path):
            raise HamsimError(f"{folder} holds no sweep: {why}")
        try:
            stated = json.loads(path.read_bytes())
            if stated["format"] != FORMAT:
                raise HamsimError(f"{path} is of another version: {shown(stated['format'])}")
            return cls(
                source_in(folder, decoded(stated["source"])),
                tuple(Axis.from_dict(decoded(axis)) for axis in stated["axes"]),
                tuple(map(Kept.from_dict, stated["keep"])),
                decoded(stated["arguments"]),
                stated["labels"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HamsimError(f"{path} is damaged: {error}") from None
