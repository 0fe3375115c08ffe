"""What is left of a description when neurons have gone, or others have come.

All that refers to neurons by number is changed to the numbers that they have now.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.errors import HamsimError
from hamsim.formats.plain.dealing import ends_of
from hamsim.formats.plain.ranges import numbers_of, ranges_of
from hamsim.placement import Placement

__all__ = ["NEW", "Survivors"]

# Former number of a neuron that was not there.
NEW = -1


class Survivors:
    """Which neurons there were, and which there are.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Former shape of each group that there was, in file order.
    kept : mapping of str to ndarray of int
        For each group, in file order, the former number in it of each neuron; `NEW` for others.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], kept: Mapping[str, Ints]) -> None:
        self.shapes, self.kept = shapes, kept
        self.was = was = Placement({name: math.prod(shape) for name, shape in shapes.items()})
        self.places = Placement({name: former.size for name, former in kept.items()})
        # Present number in the network by the former one.
        self.now = np.full(was.n, -1, dtype=np.int64)
        for name, former in kept.items():
            if name in was.number:
                start = self.places.starts[self.places.number[name]]
                old = former[former != NEW] + was.starts[was.number[name]]
                self.now[old] = start + np.flatnonzero(former != NEW)

    def unchanged(self, group: str) -> bool:
        """Whether a group has the neurons that it had."""
        size = math.prod(self.shapes[group]) if group in self.shapes else 0
        return np.array_equal(self.kept[group], np.arange(size))

    def values(self, group: str, values: Any, fill: float | None) -> Any:
        """A value of a group for its present neurons.

        Parameters
        ----------
        values : number or nested lists
            Lists hold one number a neuron, in the group's shape, after an axis of trials or not.
        fill : float or None
            For new neurons; without it there must not be any.
        """
        if not isinstance(values, list) or self.unchanged(group):
            return values
        former = self.kept[group]
        if fill is None and np.any(former == NEW):
            raise HamsimError(
                f"group '{group}' has a number for each neuron in its Lagrangian, which new nodes "
                "do not say"
            )
        shape = self.shapes[group]
        size = math.prod(shape)
        array = np.asarray(values, dtype=np.float64)
        alone = array.shape in (shape, (size,))
        array = array.reshape(size) if alone else array.reshape(-1, size)
        return np.where(former == NEW, fill or 0.0, array[..., former]).tolist()

    # --- parts of the description ---

    def lagrangian(self, group: str, lagrangian: Any) -> Any:
        """A group's Lagrangian with the parameters of its present neurons."""
        if not isinstance(lagrangian, Mapping) or self.unchanged(group):
            return lagrangian
        if lagrangian.get("over", "all") != "all":
            raise HamsimError(
                f"nodes of group '{group}' have gone or come, but its Lagrangian is shared over "
                f"axes {lagrangian['over']} of its shape"
            )
        fixed = ("kind", "expression", "domain", "over")
        return {
            key: item if key in fixed else self.values(group, item, None)
            for key, item in lagrangian.items()
        }

    def noise(self, group: str, noise: Any) -> Any:
        """A group's noise with the numbers of its present neurons; new ones have no number: 0."""
        return {key: self.values(group, item, 0.0) for key, item in noise.items()}

    def connections(self, connections: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Connections between groups that still exist; of gating ones the synapses too."""
        found = []
        for connection in connections:
            part = dict(connection)
            for key in ("within", "from", "to", "gate"):
                if key in part:
                    part[key] = self._end(part[key])
            if "between" in part:
                part["between"] = [self._end(end) for end in part["between"]]
            if not all(ends_of(part, self.places.names)):
                continue
            if "gate" in part:
                part["weights"] = {"edges": self._gated(connection, part), "by": "position"}
            found.append(part)
        return found

    def _end(self, end: Any) -> Any:
        if end == "all":
            return end
        if isinstance(end, str):
            return end if end in self.kept else []
        return [name for name in end if name in self.kept]

    def _gated(self, before: dict[str, Any], after: dict[str, Any]) -> list[list[Any]]:
        weights = before["weights"]
        edges = weights.get("edges") if isinstance(weights, Mapping) else None
        if not isinstance(edges, list) or not all(type(n) is int for e in edges for n in e[:3]):
            raise HamsimError(
                f"the synapses of gating connection '{before.get('name', '')}' must be listed by "
                "the numbers of neurons"
            )
        if not edges:
            return []
        *columns, values = zip(*edges, strict=True)
        present = []
        pairs = zip(
            columns,
            ends_of(before, self.was.names),
            ends_of(after, self.places.names),
            strict=True,
        )
        for column, old, new in pairs:
            now = self.now[self.was.neurons(old)[np.array(column, dtype=np.int64)]]
            present.append(np.where(now < 0, -1, self.places.into(self.places.only(new), now)))
        there = np.all(np.array(present) >= 0, axis=0)
        rows = zip(*(column.tolist() for column in present), values, strict=True)
        return [list(row) for row, stays in zip(rows, there, strict=True) if stays]

    def stimuli(self, stimuli: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Stimuli of groups that still exist; those that name neurons leave new ones alone."""
        found = []
        for stimulus in stimuli:
            if "group" not in stimulus:  # names neurons, as no graph of hamsim's own does
                found.append(stimulus)
                continue
            group = stimulus["group"]
            if group not in self.kept:
                continue
            part = dict(stimulus)
            if "mask" not in part and isinstance(part["value"], list):
                if np.any(self.kept[group] == NEW):
                    part["mask"] = (self.kept[group] != NEW).astype(float).tolist()
            elif "mask" in part:
                part["mask"] = self.values(group, part["mask"], 0.0)
            part["value"] = self._value(group, part["value"])
            found.append(part)
        return found

    def _value(self, group: str, value: Any) -> Any:
        """A stimulus's value for the neurons that are there now, 0 for new ones."""
        if isinstance(value, str):  # an expression in t
            return value
        if isinstance(value, list) and any(isinstance(item, str) for item in value):
            return [0.0 if k == NEW else value[k] for k in self.kept[group].tolist()]
        if isinstance(value, Mapping) and "times" in value:
            rows = value["values"]
            listed = [self.values(group, row, 0.0) for row in rows if isinstance(row, list)]
            return {**value, "values": listed or rows}
        return self.values(group, value, 0.0)

    def simulation(self, simulation: dict[str, Any]) -> dict[str, Any]:
        """How to simulate, without records of groups and neurons that have gone."""
        record = dict(simulation.get("record") or {})
        if "neurons" in record:
            now = self.now[numbers_of(record["neurons"], self.was)]
            record["neurons"] = ranges_of(now[now >= 0], self.places)
        if "groups" in record:
            record["groups"] = self._end(record["groups"])
        for key in ("neurons", "groups"):
            if key in record and not record[key]:
                del record[key]
        return {**simulation, "record": record} if "record" in simulation else simulation
