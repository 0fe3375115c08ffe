"""Nodes of a graph as groups of neurons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.errors import HamsimError, given, printable
from hamsim.formats.graph.attributes import (
    USUAL,
    Choice,
    attributes_of,
    finite,
    name_of,
    node_items,
    quoted,
    require_present,
)
from hamsim.formats.graph.naming import names_of_nodes, node_key
from hamsim.formats.plain.explicit import compact, compact_initial
from hamsim.formats.plain.remaining import NEW, Survivors
from hamsim.network import Group
from hamsim.spec.schema import GroupSpec, Spec

__all__ = ["Members", "group_of", "numbered", "read_members"]

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


def read_members(
    graph: Any, spec: Spec | None, choice: Choice, notes: list[str]
) -> dict[str, Members]:
    """Nodes by groups: those that there were, then new ones in the order of their nodes.

    Parameters
    ----------
    graph : networkx graph
    spec : Spec or None
        What the graph was made from.
    choice : Choice
    notes : list of str
        What is to be said about the nodes is appended.
    """
    items = node_items(graph)
    if not items:
        raise HamsimError("the graph has no nodes")
    counts = attributes_of(data for _, data in items)
    for key, name in choice.nodes.items():
        if (key, name) != ("id", "id"):  # the key of a node, as files call it
            require_present(name, counts, "node")
    groups = _groups(items, choice, counts, notes)
    labels = names_of_nodes(items, groups, choice, spec is not None, notes)
    found: dict[str, list[tuple[Any, str, Mapping[str, Any]]]] = {}
    for (node, data), group, label in zip(items, groups, labels, strict=True):
        found.setdefault(group, []).append((node, label, data))
    tau = _tau_of_others(items, choice, counts)
    former = {} if spec is None else spec.groups
    order = [name for name in former if name in found]
    order += [name for name in found if name not in former]
    return {name: _ordered(found[name], name, former.get(name), choice, tau) for name in order}


def _groups(
    items: list[tuple[Any, Mapping[str, Any]]],
    choice: Choice,
    counts: Mapping[str, int],
    notes: list[str],
) -> list[str]:
    """Name of each node's group."""
    key = choice.group or USUAL["group"]
    groups, without = [], 0
    for node, data in items:
        if key not in data:
            if choice.group is not None:
                _refuse_missing(node, key, counts[key], len(items))
            groups.append(DEFAULT_GROUP)
            without += 1
            continue
        name = name_of(data[key])
        if name is None:
            raise HamsimError(
                f"node {quoted(node_key(node))}: {key} {given(data[key])} is not a name"
            )
        groups.append(name)
    if 0 < without < len(items):
        notes.append(
            f"{without:,} of {len(items):,} nodes have no {key}: they are in the group "
            f"{DEFAULT_GROUP}"
        )
    return groups


def _tau_of_others(
    items: list[tuple[Any, Mapping[str, Any]]], choice: Choice, counts: Mapping[str, int]
) -> float:
    """Time constant of nodes that have none; there must be a stated one where others have some."""
    if choice.default_tau is not None:
        return choice.default_tau
    key = choice.tau or USUAL["tau"]
    if 0 < counts.get(key, 0) < len(items):
        first = next(node for node, data in items if key not in data)
        _refuse_missing(first, key, counts[key], len(items), "tau")
    return 1.0


def _refuse_missing(node: Any, key: str, has: int, total: int, default: str = "") -> None:
    stated = f", or state default_{default} (--default-{default})" if default else ""
    raise HamsimError(
        f"node {quoted(node_key(node))} has no {key}, {has:,} of {total:,} nodes have one; "
        f"give it one{stated}"
    )


def _ordered(
    nodes: list[tuple[Any, str, Mapping[str, Any]]],
    name: str,
    before: GroupSpec | None,
    choice: Choice,
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
    used = {**USUAL, **choice.nodes}
    initial, trials = _initial(named, data, used["initial"])
    pairs = list(zip(named, data, strict=True))
    values = {
        key: np.array(
            [_number(item.get(used[key], default), label, used[key]) for label, item in pairs]
        )
        for key, default in (("tau", tau), ("input", 0.0))
    }
    if np.any(values["tau"] < 0):
        k = int(np.argmax(values["tau"] < 0))
        wrong = f"{used['tau']} {values['tau'][k]:g} must be at least 0"
        raise HamsimError(f"node {quoted(named[k])}: {wrong}")
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


def _initial(
    labels: list[str], data: list[Mapping[str, Any]], key: str
) -> tuple[Floats, int | None]:
    """States at t = 0, and the number of trials if the nodes tell of several."""
    first = np.array(
        [_number(item.get(key, 0.0), label, key) for label, item in zip(labels, data, strict=True)]
    )
    columns: dict[int, list[float]] = {}
    for k, (label, item) in enumerate(zip(labels, data, strict=True)):
        if "initial_trials" in item:
            columns[k] = _trials(item["initial_trials"], label)
            length = len(next(iter(columns.values())))
            if len(columns[k]) != length:
                raise HamsimError(
                    f"node {quoted(label)}: initial_trials has "
                    f"{counted(len(columns[k]), 'number')}, "
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
    if before is not None and before.noise is not None:
        part["noise"] = survivors.noise(name, _lists(before.noise.model_dump()))
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
            raise HamsimError(f"node {quoted(label)}: lagrangian {given(kind)} is not a name")
        found.setdefault(str(kind), label)
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
