"""Nodes of a graph as groups of neurons."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.errors import HamsimError, printable
from hamsim.exchange.explicit import compact, compact_initial
from hamsim.exchange.remaining import NEW, Survivors
from hamsim.network import Floats, Group, Ints
from hamsim.spec.schema import GroupSpec, Spec

__all__ = ["Members", "finite", "group_of", "numbered", "quoted", "read_members"]

# Group of nodes that name none.
DEFAULT_GROUP = "neurons"


class Members(NamedTuple):
    """The nodes of one group, in the order of its neurons."""

    nodes: list[Any]
    labels: list[str]
    data: list[Mapping[str, Any]]
    former: Ints
    tau: Floats
    input: Floats
    initial: Floats
    trials: int | None


def read_members(graph: Any, spec: Spec | None, tau: float) -> dict[str, Members]:
    """Nodes by groups: those that there were, then new ones in the order of their nodes."""
    found: dict[str, list[tuple[Any, str, Mapping[str, Any]]]] = {}
    labels: set[str] = set()
    for node, data in graph.nodes(data=True):
        label = str(node)
        if label in labels:
            raise HamsimError(f"two nodes have the name {quoted(label)}")
        labels.add(label)
        group = data.get("group", DEFAULT_GROUP)
        if isinstance(group, bool) or not isinstance(group, str | int):
            raise HamsimError(f"node {quoted(label)}: group {group!r} is not a name")
        found.setdefault(str(group), []).append((node, label, data))
    if not found:
        raise HamsimError("the graph has no nodes")
    former = {} if spec is None else spec.groups
    order = [name for name in former if name in found]
    order += [name for name in found if name not in former]
    return {name: _ordered(found[name], name, former.get(name), tau) for name in order}


def _ordered(
    nodes: list[tuple[Any, str, Mapping[str, Any]]],
    name: str,
    before: GroupSpec | None,
    tau: float,
) -> Members:
    """Nodes of a group in their former order, with new ones behind."""
    places = {label: k for k, label in enumerate(_labels(name, before))} if before else {}
    numbers = [places.get(label, NEW) for _, label, _ in nodes]
    if before is not None and len(nodes) == before.count:
        missing = iter(sorted(set(range(before.count)) - set(numbers)))
        numbers = [next(missing) if number == NEW else number for number in numbers]
    order = sorted(range(len(nodes)), key=lambda k: (numbers[k] == NEW, numbers[k]))
    chosen = [nodes[k] for k in order]
    data = [item[2] for item in chosen]
    named = [item[1] for item in chosen]
    initial, trials = _initial(named, data)
    pairs = list(zip(named, data, strict=True))
    values = {
        key: np.array([_number(item.get(key, default), label, key) for label, item in pairs])
        for key, default in (("tau", tau), ("input", 0.0))
    }
    if np.any(values["tau"] < 0):
        k = int(np.argmax(values["tau"] < 0))
        raise HamsimError(f"node {quoted(named[k])}: tau {values['tau'][k]:g} must be at least 0")
    former = np.array([numbers[k] for k in order], dtype=np.int64)
    return Members(
        [item[0] for item in chosen], named, data, former, **values, initial=initial, trials=trials
    )


def _labels(name: str, group: GroupSpec) -> list[str]:
    """Names that the nodes of a group had."""
    ids = tuple(neuron.id for neuron in group.neurons or ())
    row = group.lagrangian.row
    made = Group(name, 0, group.count, group.dimensions, row, {}, neuron_names=ids)
    return [made.label(k) for k in range(group.count)]


def _initial(labels: list[str], data: list[Mapping[str, Any]]) -> tuple[Floats, int | None]:
    """States at t = 0, and the number of trials if the nodes tell of several."""
    first = np.array(
        [
            _number(item.get("initial", 0.0), label, "initial")
            for label, item in zip(labels, data, strict=True)
        ]
    )
    columns: dict[int, list[float]] = {}
    for k, (label, item) in enumerate(zip(labels, data, strict=True)):
        if "initial_trials" in item:
            columns[k] = _trials(item["initial_trials"], label)
            length = len(next(iter(columns.values())))
            if len(columns[k]) != length:
                raise HamsimError(
                    f"node {quoted(label)}: initial_trials has {len(columns[k])} numbers, "
                    f"other nodes have {length}"
                )
    if not columns:
        return first, None
    rows = np.tile(first, (length, 1))
    for k, column in columns.items():
        if column[0] == first[k]:  # else the one number has been changed, and holds
            rows[:, k] = column
    return rows, length


def _trials(text: Any, label: str) -> list[float]:
    try:
        values = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or not values:
        raise HamsimError(f"node {quoted(label)}: initial_trials is not a JSON list of numbers")
    return [_number(value, label, "initial_trials") for value in values]


def group_of(
    name: str, members: Members, spec: Spec | None, survivors: Survivors, default: Any
) -> dict[str, Any]:
    """A group of the description."""
    before = None if spec is None else spec.groups.get(name)
    shape: tuple[int, ...] = (len(members.labels),)
    part: dict[str, Any] = {}
    if before is not None and survivors.unchanged(name):
        shape = before.dimensions
        if members.labels != _labels(name, before) or before.neurons:
            part["neurons"] = _ids(members.labels, name)
        part["shape"] = list(shape)
    else:
        part["neurons"] = _ids(members.labels, name) if spec is not None else members.labels
    kind = _kind(name, members)
    part["lagrangian"] = default if kind is None else kind
    if before is not None and kind in (None, before.lagrangian.kind):
        plain = before.lagrangian.model_dump()
        part["lagrangian"] = survivors.lagrangian(name, _lists(plain))
    part["tau"] = compact(members.tau, shape)
    part["input"] = compact(members.input, shape)
    part["initial"] = compact_initial(members.initial, shape)
    return part


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value


def _ids(labels: list[str], group: str) -> list[str]:
    """Names of neurons without their group, as long as they differ: of `a.x` and `a[3]` x and 3."""
    ids = []
    for label in labels:
        if label.startswith(f"{group}."):
            label = label[len(group) + 1 :]
        elif label.startswith(f"{group}[") and label.endswith("]"):
            label = label[len(group) + 1 : -1]
        ids.append(label)
    return ids if len(set(ids)) == len(ids) else labels


def _kind(name: str, members: Members) -> str | None:
    """The Lagrangian on which all nodes of a group agree; None if none names any."""
    found: dict[Any, str] = {}
    for label, data in zip(members.labels, members.data, strict=True):
        kind = data.get("lagrangian")
        if kind is None:
            continue
        if not isinstance(kind, str):
            raise HamsimError(f"node {quoted(label)}: lagrangian {kind!r} is not a name")
        found.setdefault(kind, label)
    if len(found) > 1:
        (one, first), (two, second) = list(found.items())[:2]
        raise HamsimError(
            f"nodes {quoted(first)} and {quoted(second)} are both in group '{printable(name)}', "
            f"but have the Lagrangians {printable(one)} and {printable(two)}"
        )
    return next(iter(found), None)


def numbered(members: Mapping[str, Members]) -> dict[Any, int]:
    """Number of each node's neuron in the network."""
    nodes = [node for group in members.values() for node in group.nodes]
    return {node: k for k, node in enumerate(nodes)}


def _number(value: Any, label: str, key: str) -> float:
    return finite(value, f"node {quoted(label)}: {key}")


def finite(value: Any, what: str) -> float:
    """An attribute as a finite number; `what` names it in messages."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise HamsimError(f"{what} {printable(repr(value)[:60])} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise HamsimError(f"{what} {number} is not a finite number")
    return number


def quoted(label: str) -> str:
    """A node's name for messages."""
    return f"'{printable(label[:80])}'"
