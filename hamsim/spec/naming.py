"""Names of connections: their own, or after the groups that they connect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hamsim.spec.connections import ConnectionSpec

__all__ = ["connection_names"]


def connection_names(connections: Sequence[ConnectionSpec], groups: Iterable[str]) -> list[str]:
    """Names of connections.

    Parameters
    ----------
    connections : sequence of ConnectionSpec
    groups : iterable of str
        Names of all groups. Both are in file order.
    """
    taken = {connection.name for connection in connections} - {None}
    ends = _Ends(groups)
    names: list[str] = []
    for connection in connections:
        own = connection.name
        names.append(_after_groups(connection, ends, taken) if own is None else own)
        taken.add(names[-1])
    return names


def _after_groups(connection: ConnectionSpec, ends: _Ends, taken: Collection[str | None]) -> str:
    first, second, *gate = (ends[end] for end in connection.ends)
    name = f"{second}->{first}" if connection.kind == "from" else f"{first}-{second}"
    if gate:
        name = f"{name} by {gate[0]}"
    candidate, k = name, 2
    while candidate in taken:
        candidate, k = f"{name}#{k}", k + 1
    return candidate


class _Ends(dict[tuple[str, ...], str]):
    """Names of ends by the groups that a description names, each made once."""

    def __init__(self, groups: Iterable[str]) -> None:
        super().__init__()
        self.groups = tuple(groups)

    def __missing__(self, end: tuple[str, ...]) -> str:
        self[end] = "+".join(name for name in self.groups if end == ("all",) or name in end)
        return self[end]
