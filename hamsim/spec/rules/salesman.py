"""Weights within a group whose states are tours through cities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import model_validator

from hamsim.arrays import Floats
from hamsim.spec.choices import require_square
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import Axis, Form, Layout
from hamsim.spec.messages import wrong
from hamsim.spec.misfit import ROUNDING, WEIGHTS, Misfit, Path
from hamsim.spec.numbers import NotNegative, Part, Positive
from hamsim.spec.readarray import read_dense
from hamsim.spec.rule import Example, Rule
from hamsim.spec.values import Value, is_random

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Salesman", "cities_of", "distances_of"]

# Of two cities each is before and behind the other.
FEWEST = 3


class SalesmanSettings(Part):
    """Cities by their coordinates, or the distances of all pairs.

    Parameters
    ----------
    cities : optional
        Coordinates, a row a city.
    distances : optional
        Of all pairs of cities, a symmetric matrix.
    crowding : float
        What two cities at one place of the tour cost, or one city at two, in mean distances.
    damping : float
        What the square of each neuron's activation costs, in mean distances.
    """

    cities: Value | None = None
    distances: Value | None = None
    crowding: Positive = 2.0
    damping: NotNegative = 0.0

    @model_validator(mode="after")
    def _one_map(self) -> SalesmanSettings:
        if (self.cities is None) == (self.distances is None):
            raise wrong("give cities or distances, one of the two")
        for key in ("cities", "distances"):
            value = getattr(self, key)
            if is_random(value) or isinstance(value, float | int):
                raise wrong("must be a list or a file", key)
        return self


class Salesman(Part):
    """Neuron [c, p] of a group of shape [n, n] says that city c has place p of a tour.

    Parameters
    ----------
    salesman : mapping
        Cities or distances, and what the rules of a tour cost.
    """

    salesman: SalesmanSettings


def _fit(rule: Salesman, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    n = require_square("salesman", connection, ends[0], FEWEST)
    distances_of(rule, n, files)
    if rule.salesman.damping and not connection.self_connections:
        at = (*WEIGHTS, "salesman", "damping")
        raise Misfit(at, "connects neurons to themselves; allow that by self_connections: true")


def distances_of(rule: Salesman, n: int, files: DataFiles) -> Floats:
    """Distances of n cities, shape (n, n), in the units of the file.

    Raises
    ------
    Misfit
        There are not so many cities, or these are no distances.
    """
    settings = rule.salesman
    cities = cities_of(rule, n, files)
    if cities is not None:
        distances = np.sqrt(((cities[:, None] - cities[None]) ** 2).sum(axis=2))
    else:
        distances = _symmetric(_read(settings.distances, files, (n, n), "distances"))
    if not distances.any():
        raise Misfit((*WEIGHTS, "salesman"), "all cities are at one point")
    return np.asarray(distances, dtype=np.float64)


def cities_of(rule: Salesman, n: int, files: DataFiles) -> Floats | None:
    """Coordinates of n cities, shape (n, d); None where distances are stated instead."""
    stated = rule.salesman.cities
    return None if stated is None else np.asarray(_read(stated, files, (n, None), "cities"))


def _read(value: Any, files: DataFiles, shape: tuple[int, int | None], key: str) -> Any:
    at: Path = (*WEIGHTS, "salesman", key)
    n, width = shape
    form: Form = (Layout(Axis(n), Axis(width), shapes=(shape,)),)
    array = read_dense(value, files, form, *at)
    if array.ndim != 2 or array.shape[0] != n or (width is not None and array.shape[1] != width):
        wanted = f"[{n}, {n}]" if width else f"[{n}, 2], a row for each city"
        raise Misfit(at, f"shape {list(array.shape)} does not fit; needed is {wanted}")
    return array


def _symmetric(distances: Floats) -> Floats:
    at = (*WEIGHTS, "salesman", "distances")
    defect = np.abs(distances - distances.T)
    if defect.max() > ROUNDING * np.abs(distances).max():
        i, j = np.unravel_index(int(defect.argmax()), defect.shape)
        raise Misfit(at, f"not symmetric: entries [{i}, {j}] and [{j}, {i}] differ")
    if np.any(distances.diagonal()) or distances.min() < 0.0:
        raise Misfit(at, "must be at least 0, and 0 from each city to itself")
    return 0.5 * (distances + distances.T)


RULE = Rule(
    Salesman,
    _fit,
    Example(
        {"tour": [3, 3]},
        {
            "within": "tour",
            "weights": {"salesman": {"cities": [[0, 0], [0, 3], [4, 0]], "crowding": 2}},
        },
        [
            [0, -2, -2, -2, -0.75, -0.75, -2, -1, -1],
            [-2, 0, -2, -0.75, -2, -0.75, -1, -2, -1],
            [-2, -2, 0, -0.75, -0.75, -2, -1, -1, -2],
            [-2, -0.75, -0.75, 0, -2, -2, -2, -1.25, -1.25],
            [-0.75, -2, -0.75, -2, 0, -2, -1.25, -2, -1.25],
            [-0.75, -0.75, -2, -2, -2, 0, -1.25, -1.25, -2],
            [-2, -1, -1, -2, -1.25, -1.25, 0, -2, -2],
            [-1, -2, -1, -1.25, -2, -1.25, -2, 0, -2],
            [-1, -1, -2, -1.25, -1.25, -2, -2, -2, 0],
        ],
    ),
    place=8,
)
