"""Where the connections of a description lie, and what names their streams of random numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from hamsim.spec.ends import End
from hamsim.spec.schema import Spec
from hamsim.wiring.making import Making
from hamsim.wiring.values import Stream

__all__ = ["makings"]


def makings(spec: Spec) -> list[Making]:
    """What each connection of a description is made from, in file order.

    A connection has its own stream of random numbers, named by how it connects which groups, so
    that adding another elsewhere changes no draw of it.
    """
    counts = [group.count for group in spec.groups.values()]
    starts = dict(zip(spec.groups, np.cumsum([0, *counts]).tolist(), strict=False))
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for k, connection in enumerate(spec.connections):
        ends = tuple(_end(spec, starts, end) for end in connection.ends)
        rows, columns, *gate = ends
        place = (connection.kind, *rows.names, "and", *columns.names)
        for end in gate:
            place += ("by", *end.names)
        number = str(seen[place])
        seen[place] += 1
        place += (number,)
        numbers = Stream(spec.seed, *place)
        path = f"connections[{k}].weights"
        result.append(Making(connection, ends, numbers, spec.files, path, spec.seed, place))
    return result


def _end(spec: Spec, starts: dict[str, int], end: tuple[str, ...]) -> End:
    names = [name for name in spec.groups if end == ("all",) or name in end]
    groups = [spec.groups[name] for name in names]
    return End(names, groups, [starts[name] for name in names])
