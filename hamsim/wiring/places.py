"""Where the connections of a description lie, and what names their streams of random numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import accumulate

from hamsim.draws.stream import Stream
from hamsim.spec.ends import End
from hamsim.spec.schema import GroupSpec, Spec
from hamsim.wiring.making import Making

__all__ = ["makings"]


def makings(spec: Spec) -> list[Making]:
    """What each connection of a description is made from, in file order.

    A connection has its own stream of random numbers, named by how it connects which groups, so
    that adding another elsewhere changes no draw of it.
    """
    starts = accumulate((group.count for group in spec.groups.values()), initial=0)
    ends = _Ends(spec.groups, dict(zip(spec.groups, starts, strict=False)))
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    seed, files = spec.seed, spec.files
    for k, connection in enumerate(spec.connections):
        own = tuple(ends[end] for end in connection.ends)
        rows, columns, *gate = own
        place = (connection.kind, *rows.names, "and", *columns.names)
        for end in gate:
            place += ("by", *end.names)
        number = str(seen[place])
        seen[place] += 1
        place += (number,)
        numbers = Stream(seed, *place)
        path = f"connections[{k}].weights"
        result.append(Making(connection, own, numbers, files, path))
    return result


class _Ends(dict[tuple[str, ...], End]):
    """Ends by the groups that a description names, each made once."""

    def __init__(self, groups: Mapping[str, GroupSpec], starts: Mapping[str, int]) -> None:
        super().__init__()
        self.groups, self.starts = groups, starts

    def __missing__(self, end: tuple[str, ...]) -> End:
        names = [name for name in self.groups if end == ("all",) or name in end]
        groups, starts = self.groups, self.starts
        self[end] = End(names, [groups[name] for name in names], [starts[name] for name in names])
        return self[end]
