"""The Lagrangian that the rule of dense associative memories gives to memory neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.ends import End
from hamsim.spec.groups import GroupSpec
from hamsim.spec.misfit import Misfit
from hamsim.spec.weights import rule_of

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["groups_by_dense", "with_stand_ins"]

_Path = tuple[Any, ...]
_Report = Callable[[_Path, str], None]


def with_stand_ins(raw: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A description in which groups beside `dense` that state no Lagrangian have some.

    Returns
    -------
    raw : dict
    groups : list of str
        Those that need `dense` to give them theirs.
    """
    groups, connections = raw.get("groups"), raw.get("connections")
    if not isinstance(groups, dict) or not isinstance(connections, list):
        return raw, []
    named = [
        name
        for name in dict.fromkeys(_names_beside_dense(connections))
        if isinstance(groups.get(name), dict) and "lagrangian" not in groups[name]
    ]
    filled = {name: {**groups[name], "lagrangian": "identity"} for name in named}
    return ({**raw, "groups": {**groups, **filled}}, named) if named else (raw, [])


def _names_beside_dense(connections: Iterable[Any]) -> Iterator[str]:
    for connection in connections:
        weights = connection.get("weights") if isinstance(connection, dict) else None
        if not isinstance(weights, dict) or weights.get("dense") is None:
            continue
        ends = connection.get("between")
        for end in ends if isinstance(ends, list | tuple) else ():
            for name in end if isinstance(end, list | tuple) else [end]:
                if isinstance(name, str):
                    yield name


def groups_by_dense(
    groups: Mapping[str, GroupSpec | None],
    connections: Sequence[tuple[int, ConnectionSpec | None]],
    files: DataFiles,
    report: _Report,
    stand_ins: Sequence[str],
    replaced: Iterable[_Path] = (),
) -> dict[str, GroupSpec | None]:
    """Groups, of which memory neurons have the Lagrangian of `dense` and follow at once.

    Parameters
    ----------
    groups, connections, files
        Of the whole description; None for what is wrong by itself.
    report : callable
        Called with a path and a message for each mistake.
    stand_ins : sequence of str
        Groups that state no Lagrangian.
    replaced : iterable of tuple
        Paths of what was overridden.
    """
    found = dict(groups)
    given: dict[str, int] = {}
    for k, connection in connections:
        dense = getattr(None if connection is None else connection.weights, "dense", None)
        if connection is None or dense is None:
            continue
        for name in _memory_groups(connection, groups, files):
            path = ("connections", k, "weights", "dense")
            if name in given and found[name] != _by(dense, groups[name]):
                why = f"connections[{given[name]}] gives the memories of '{name}' another F"
                report(path, why)
            given[name] = k
            if _has_tau(groups[name]):
                report(("groups", name, "tau"), "must be 0: memories with dense follow at once")
            found[name] = _by(dense, groups[name])
    for changed in replaced:
        of_group = changed[:1] == ("groups",) and changed[2:3] == ("lagrangian",)
        if of_group and changed[1] in given:
            report(changed[:3], "is what dense beside the memories says; change that")
    wrong = any(connection is None for _, connection in connections)
    for name in stand_ins:
        if name not in given and not wrong:
            report(("groups", name, "lagrangian"), "required key is missing")
    return found


def _by(dense: Any, group: GroupSpec | None) -> GroupSpec | None:
    change = {"lagrangian": dense.lagrangian, "tau": 0.0}
    return None if group is None else group.model_copy(update=change)


def _has_tau(group: GroupSpec | None) -> bool:
    """Whether time constants other than 0 are stated."""
    if group is None:
        return False
    stated = "tau" in group.model_fields_set and group.tau != 0.0
    return stated or any(neuron.tau for neuron in group.neurons or ())


def _memory_groups(
    connection: ConnectionSpec, groups: Mapping[str, GroupSpec | None], files: DataFiles
) -> tuple[str, ...]:
    """Groups of memory neurons; none where the connection is wrong, which is told elsewhere."""
    rule = rule_of(connection.weights)
    parts = [[groups.get(name) for name in names] for names in connection.ends]
    if rule is None or rule.patterns is None or any(None in part for part in parts):
        return ()
    ends = [
        End(names, [group for group in part if group is not None])
        for names, part in zip(connection.ends, parts, strict=True)
    ]
    try:
        made = rule.patterns(connection.weights, connection, ends, files)
    except (Misfit, DataFileError):
        return ()
    if made is None:
        return ()
    return next(end.names for end in ends if end is not made[1])
