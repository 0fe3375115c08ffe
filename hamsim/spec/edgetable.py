"""Edges as a description states them: a list, or a table in a file."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from hamsim.counted import counted
from hamsim.spec.messages import shown, wrong_many
from hamsim.spec.numbers import MAX_NUMBER, as_number
from hamsim.spec.values import FileValue

__all__ = ["EdgeList", "EdgeTable", "Repeated"]

Repeated: TypeAlias = Literal["error", "refuse", "add", "last"]


class EdgeTable(FileValue):
    """Edges in a file: one a row, its neurons and then its weight.

    Parameters
    ----------
    columns : list of str, optional
        Names of the columns to read, in the order neurons, weight; without it the file must have
        just these columns.
    by : {"name", "position"}, optional
        Whether neurons are named or numbered from 0; without it the names of neurons tell.
    repeated : {"error", "add", "last"}, optional
        What becomes of an edge that is listed again: it is refused (also called "refuse"), added
        up, or the last one holds.

    Examples
    --------
    {file: edges.csv, columns: [pre, post, count], repeated: add}
    """

    columns: tuple[Annotated[str, Field(strict=True)], ...] | None = None
    by: Literal["name", "position"] | None = None
    repeated: Repeated | None = None


def _edges(given: Any, info: ValidationInfo) -> Any:
    """Edges as tuples; a long list is gone through once, without a model for each edge."""
    problems: list[tuple[tuple[Any, ...], str]] = []
    edges = []
    width = 0
    for k, edge in enumerate(given):
        if not isinstance(edge, list | tuple) or not 3 <= len(edge) <= 4:
            problems.append(((k,), f"an edge is a list: [a, b, weight], not {_edge(edge)}"))
            continue
        width = width or len(edge)
        if len(edge) != width:
            problems.append(
                ((k,), f"has {counted(len(edge), 'entry')}, the first edge has {width}")
            )
        *neurons, weight = edge
        for place, neuron in enumerate(neurons):
            if type(neuron) is float and neuron.is_integer():  # as in an array with its weights
                neurons[place] = neuron = int(neuron)
            if type(neuron) is not str and type(neuron) is not int:
                problems.append(
                    ((k, place), f"must be a neuron's name or number, not {shown(neuron)}")
                )
            elif type(neuron) is int and abs(neuron) > MAX_NUMBER:
                problems.append(((k, place), "is too large for the number of a neuron"))
        if type(weight) is not float or not math.isfinite(weight):
            try:
                weight = as_number(weight, info)
            except PydanticCustomError as error:
                for at, text in (error.context or {})["problems"]:
                    problems.append(((k, len(neurons), *at), text))
        edges.append((*neurons, weight))
    if problems:
        raise wrong_many(problems)
    return tuple(edges)


def _edge(edge: Any) -> str:
    if not isinstance(edge, list | tuple):
        return shown(edge)
    return f"one of {counted(len(edge), 'entry')}"


EdgeList: TypeAlias = Annotated[
    tuple[Any, ...],
    BeforeValidator(_edges, json_schema_input_type=list[list[str | int | float]]),
]
