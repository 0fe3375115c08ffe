"""Weights within a group whose states cut a graph in two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import block_form
from hamsim.spec.matrix import fit_block
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.readarray import read_array
from hamsim.spec.rule import Example, Rule
from hamsim.spec.values import Value, is_random

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Cut"]


class Cut(Part):
    """Weights of a graph's edges, which neurons turn round: two that are connected differ.

    Parameters
    ----------
    cut : value
        Weights of the edges: a number for every pair, a matrix or a file.
    """

    cut: Value


def _fit(rule: Cut, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    if connection.kind != "within":
        raise Misfit(WEIGHTS, "cut is for within: GROUP")
    if is_random(rule.cut):
        raise Misfit((*WEIGHTS, "cut"), "must be a number, a matrix or a file")
    if not all(group.lagrangian.row.additive for group in ends[0].groups):
        raise Misfit(WEIGHTS, "cut needs neurons that have a Lagrangian each")
    if not isinstance(rule.cut, float | int):
        graph = read_array(rule.cut, files, block_form(*ends), *WEIGHTS, "cut")
        fit_block(graph, connection, ends)


RULE = Rule(
    Cut,
    _fit,
    Example(
        {"nodes": [3]},
        {"within": "nodes", "weights": {"cut": [[0, 1, 2], [1, 0, 0], [2, 0, 0]]}},
        [[0, -1, -2], [-1, 0, 0], [-2, 0, 0]],
    ),
    place=8,
)
