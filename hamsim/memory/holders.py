"""A connection of a description that stores patterns, with other patterns put in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import HamsimError, did_you_mean, shown
from hamsim.lagrangians.table import TABLE
from hamsim.spec.coding import Coding, CodingError, decoded
from hamsim.spec.dump import to_plain
from hamsim.spec.ends import End, whole_network
from hamsim.spec.rules.store import FACTORED, Store
from hamsim.spec.schema import Spec
from hamsim.spec.stated import stated_patterns_of
from hamsim.wiring.hopfield import FACTORS, RULES, THRESHOLDS
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.places import makings

__all__ = ["Storing", "stores"]

NAME, MEMORIES = "stored", "memories"


class Storing:
    """A connection of the rule `store` in a description that may be changed.

    Parameters
    ----------
    spec : Spec
        The description as it was.
    number : int
        Of the connection.
    visible : End
        Whose neurons patterns are of.
    memory : str or None
        The group whose neurons are patterns, where they are stored as factors.
    """

    def __init__(self, spec: Spec, number: int, visible: End, memory: str | None) -> None:
        self.spec, self.number, self.visible, self.memory = spec, number, visible, memory

    @cached_property
    def description(self) -> dict[str, Any]:
        """The description as plain values, which are changed."""
        return to_plain(self.spec)

    @classmethod
    def new(cls, spec: Spec, group: str | None, rule: str, coding: str, factors: bool) -> Storing:
        """One that stores nothing yet, in a description without any.

        Raises
        ------
        HamsimError
            There is no such group, or there are several and none is named.
        """
        names = list(spec.groups)
        if group is None and len(names) > 1:
            raise HamsimError(f"the network has {len(names)} groups; name one as group=")
        name = names[0] if group is None else group
        if name not in spec.groups:
            raise HamsimError(f"no group {shown(name)}; {did_you_mean(str(name), names)}")
        for what, value, allowed in (
            ("coding", coding, get_args(Coding)),
            ("rule of factors", rule, FACTORED) if factors else ("rule", rule, tuple(RULES)),
        ):
            if value not in allowed:
                raise HamsimError(f"{what} is {shown(value)}; allowed: {', '.join(allowed)}")
        network = whole_network(spec.groups)
        visible = End([name], [spec.groups[name]], [network.starts[names.index(name)]])
        storing = cls(spec, len(spec.connections), visible, None)
        connections = storing.description.setdefault("connections", [])
        taken = {each.name for each in spec.connections}
        ends: dict[str, Any] = {"within": name}
        if factors:
            storing.memory = _free(MEMORIES, names)
            linear = next(row.name for row in TABLE.values() if row.linear)
            made: dict[str, Any] = {"size": 0, "lagrangian": linear, "tau": 0}
            storing.description["groups"][storing.memory] = made
            ends = {"between": [name, storing.memory]}
        own = {"store": {"patterns": [], "rule": rule, "coding": coding}}
        connections.append({"name": _free(NAME, taken), **ends, "weights": own})
        if factors and coding != "binary" and rule not in THRESHOLDS:
            # Where activations are not counted from 0, a synapse with itself is more than that.
            itself = {"within": name, "self_connections": True, "weights": {"one_to_one": 0.0}}
            connections.append({"name": storing.name_of_selves, **itself})
        return storing

    @property
    def stated(self) -> dict[str, Any]:
        """What stands under `store`."""
        stated: dict[str, Any] = self.connection["weights"]["store"]
        return stated

    @property
    def connection(self) -> dict[str, Any]:
        """The connection as it is to be."""
        connection: dict[str, Any] = self.description["connections"][self.number]
        return connection

    @property
    def name(self) -> str:
        """How messages call it."""
        name: str = self.connection.get("name") or f"connections[{self.number}]"
        return name

    @property
    def name_of_selves(self) -> str:
        """Name of what takes away by how much memories couple neurons to themselves."""
        return f"{self.name} self-coupling"

    @property
    def rule(self) -> str:
        """By which patterns are stored."""
        rule: str = self.stated["rule"]
        return rule

    @property
    def coding(self) -> Coding:
        """How values of patterns are meant."""
        coding: Coding = self.stated["coding"]
        return coding

    def patterns(self) -> Floats | None:
        """Patterns that the description had, shape (patterns, n); None of a new one."""
        if self.number >= len(self.spec.connections):
            return None
        return patterns_of(makings(self.spec)[self.number]).values

    def rows(self, patterns: ArrayLike) -> Floats:
        """Patterns that are given, one a row, shape (patterns, n).

        Raises
        ------
        HamsimError
        """
        n, shape = self.visible.n, self.visible.shape
        try:
            values = np.asarray(patterns, dtype=np.float64)
        except (TypeError, ValueError):
            raise HamsimError(f"patterns must be numbers, not {shown(patterns)}") from None
        if values.shape in ((n,), shape):
            values = values[None]
        if values.shape[1:] not in ((n,), shape) or not len(values):
            raise HamsimError(
                f"patterns have shape {values.shape}; they must be rows of {counted(n, 'neuron')} "
                f"of [{', '.join(self.visible.names)}]"
            )
        try:
            decoded(values, self.coding)
        except CodingError as error:
            raise HamsimError(str(error)) from None
        return values.reshape(len(values), n)

    def put_patterns(self, patterns: Floats) -> None:
        """Store these patterns in the place of all that there were.

        Raises
        ------
        HamsimError
            Neurons that are patterns have names or a shape of their own.
        """
        self.stated["patterns"] = patterns
        if self.memory is None:
            return
        group = self.description["groups"][self.memory]
        if "neurons" in group or len(group.get("shape", [0])) > 1:
            raise HamsimError(
                f"the neurons of {self.memory} are listed, or have a shape; a group with a size "
                "has as many as there are patterns"
            )
        group.pop("shape", None)
        group["size"] = len(patterns)
        for connection in self.description["connections"]:
            if connection.get("name") == self.name_of_selves:
                connection["weights"] = {"one_to_one": self._selves(patterns)}

    def _selves(self, patterns: Floats) -> Any:
        """What memories couple neurons to themselves by, with the other sign."""
        factors = FACTORS[self.rule](decoded(patterns, self.coding))
        own = -np.einsum("pi,pi->i", factors, factors) * self.connection.get("scale", 1.0) ** 2
        return float(own[0]) if np.ptp(own) == 0 else own

    def unlearn(self, states: Floats, strength: float) -> None:
        """Take states out of the weights.

        Raises
        ------
        HamsimError
        """
        if self.memory is not None:
            raise HamsimError(f"'{self.name}' stores factors, and what is taken away has none")
        entries = self.stated.setdefault("unlearned", [])
        last = entries[-1] if entries else {}
        if last.get("strength") == strength and isinstance(last["patterns"], list):
            before = np.reshape(last["patterns"], (-1, self.visible.n))
            last["patterns"] = np.concatenate([before, states])
        else:
            entries.append({"patterns": states, "strength": strength})


def stores(spec: Spec) -> Sequence[Storing]:
    """The connections of a description that are of the rule `store`."""
    found = []
    for number, making in enumerate(makings(spec)):
        if not isinstance(making.connection.weights, Store):
            continue
        stated = stated_patterns_of(making.connection, making.ends, making.files)
        assert stated is not None  # it has been checked
        visible = stated[1]
        memory = None
        if making.connection.kind == "between":
            (memory,) = making.ends[visible is making.ends[0]].names
        found.append(Storing(spec, number, visible, memory))
    return found


def _free(name: str, taken: Any) -> str:
    """The name, with a number where there is one already."""
    candidate, k = name, 2
    while candidate in taken:
        candidate, k = f"{name}_{k}", k + 1
    return candidate
