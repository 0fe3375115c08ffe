"""Synapses one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Tag, model_validator

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.edgearrays import edge_arrays
from hamsim.spec.edgetable import EdgeList, EdgeTable, Repeated
from hamsim.spec.ends import End, in_reading_order
from hamsim.spec.messages import shown, wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.rule import Example, Rule
from hamsim.spec.values import kind_of

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Edges"]


def _kind(value: Any) -> str | None:
    return kind_of(value, {"file": "<edge_table>"}, number=None)


def _list_or_file(given: Any) -> Any:
    """Refuse what is neither, before a union of both says so in more words."""
    if _kind(given) is None:
        raise wrong(f"must be a list of [a, b, weight] or {{file: edges.csv}}, not {shown(given)}")
    return given


class Edges(Part):
    """Synapses one by one: [a, b, weight] with a in the first end, b in the second.

    In a one-way connection a sends and b receives. Gating connections have [a, b, c, weight].

    Parameters
    ----------
    edges : list of edges, or EdgeTable
        Neurons by their names or numbers and a weight, one edge a row; or a file of such rows.
    by : {"name", "position"}, optional
        Whether neurons are named or numbered from 0; without it the names of neurons tell.
    repeated : {"error", "add", "last"}, optional
        What becomes of an edge that is listed again: it is refused, added up, or the last one
        holds.
    """

    edges: Annotated[
        Annotated[EdgeList, Tag("<list>")] | Annotated[EdgeTable, Tag("<edge_table>")],
        Discriminator(
            _kind, custom_error_type="value", custom_error_message="must be a list or a file"
        ),
        BeforeValidator(_list_or_file),
    ]
    by: Literal["name", "position"] | None = None
    repeated: Repeated | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_file(cls, given: Any) -> Any:
        """What stands beside a file's edges belongs to its table, as what stands in it."""
        if not isinstance(given, dict) or not isinstance(given.get("edges"), dict):
            return given
        table, rest = dict(given["edges"]), dict(given)
        for key in ("by", "repeated"):
            if rest.get(key) is None:
                continue
            if table.get(key, rest[key]) != rest[key]:
                raise wrong(f"edges: {{file: ..., {key}: ...}} says something else", key)
            table[key] = rest.pop(key)
        return {**rest, "edges": table}


def _fit(rule: Edges, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    _, problems = edge_arrays(
        rule,
        in_reading_order(connection, ends),
        connection.kind == "within",
        connection.self_connections,
        files,
        connection.sign,
    )
    if problems:
        (path, message), *more = (((*WEIGHTS, *at), text) for at, text in problems)
        raise Misfit(path, message, *more)


def _require_width(rule: Edges, n_ends: int) -> None:
    """Refuse edges with more neurons than the connection has ends, or fewer."""
    if isinstance(rule.edges, tuple) and rule.edges and len(rule.edges[0]) != n_ends + 1:
        form = "[a, b, weight]" if n_ends == 2 else "[a, b, gate, weight]"
        raise wrong(f"an edge of this connection is {form}", "weights", "edges", 0)


RULE = Rule(
    Edges,
    _fit,
    Example(
        {"a": [2], "b": [2]},
        {"from": "a", "to": "b", "weights": {"edges": [[0, 1, 0.5], [1, 1, 2]]}},
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0.5, 2, 0, 0]],
    ),
    lists=True,
    gates=True,
    valid=_require_width,
    tags={"<edge_table>": EdgeTable},
    place=1,
)
