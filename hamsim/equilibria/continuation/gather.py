"""Curves and their special points as arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hamsim.equilibria.continuation.diagram import Diagram
from hamsim.equilibria.continuation.diagrams import Branch, Branches, SpecialPoint
from hamsim.equilibria.continuation.equations import Equations
from hamsim.equilibria.continuation.follow import Curve
from hamsim.equilibria.continuation.knots import same_place
from hamsim.equilibria.continuation.points import Point

__all__ = ["gathered"]

# Special points of one kind that are this close are one.
ONE = 1e-5


def gathered(
    equations: Equations, diagram: Diagram, over: str, start: float, stop: float
) -> Branches:
    """All branches of a diagram."""
    curves = diagram.curves
    groups: list[list[tuple[int, int, Point]]] = []
    for number, curve in enumerate(curves):
        for k, point in enumerate(curve.points):
            if not point.kind:
                continue
            here = (number, k, point)
            for group in groups:
                first = group[0][2]
                if first.kind == point.kind and same_place(
                    equations, first.place, point.place, ONE
                ):
                    group.append(here)
                    break
            else:
                groups.append([here])
    groups.sort(key=lambda group: group[0][2].place.p)
    numbers = {(number, k): s for s, group in enumerate(groups) for number, k, _ in group}
    return Branches(
        over=over,
        start=start,
        stop=stop,
        branches=tuple(
            _branch(
                equations, curve, [numbers.get((number, k), -1) for k in range(len(curve.points))]
            )
            for number, curve in enumerate(curves)
        ),
        special=tuple(_special(equations, diagram, group) for group in groups),
        network=equations.family.network,
        complete=diagram.complete,
        evaluations=equations.evaluations,
        notes=equations.family.notes,
    )


def _branch(equations: Equations, curve: Curve, special: list[int]) -> Branch:
    points = curve.points
    index = np.array([point.growth.index for point in points], dtype=np.int64)
    numbers = np.array(special, dtype=np.int64)
    return Branch(
        parameter=np.array([point.place.p for point in points]),
        x=np.stack([point.place.x for point in points]),
        stable=(index == 0) & (numbers < 0),
        index=index,
        energy=_energies(equations, points),
        special=numbers,
        end=curve.end,
    )


def _energies(equations: Equations, points: list[Point]) -> Any:
    if not equations.family.network.symmetric:
        return None
    return np.array([equations.energy(point.place) for point in points])


def _special(
    equations: Equations, diagram: Diagram, group: list[tuple[int, int, Point]]
) -> SpecialPoint:
    point = group[0][2]
    kind: Any = point.kind
    for knot in diagram.knots:
        if kind == "branch" and same_place(equations, knot.point.place, point.place, ONE):
            kind = knot.form
    has_energy = equations.family.network.symmetric
    return SpecialPoint(
        kind=kind,
        parameter=point.place.p,
        x=point.place.x,
        energy=equations.energy(point.place) if has_energy else None,
        branches=tuple(sorted({number for number, _, _ in group})),
        frequency=point.frequency / (2.0 * math.pi) if point.kind == "hopf" else None,
        multiplicity=point.multiplicity,
    )
