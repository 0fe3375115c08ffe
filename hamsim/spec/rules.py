"""Rules that make weights: what a connection can say besides numbers.

Each rule is a model with one key of its own name. Whether it fits the groups that it connects is
asked in `fit`; the weights themselves are made in `hamsim.wiring`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import CONSTANTS, names_in, parse
from hamsim.spec.coding import Coding
from hamsim.spec.cues import Corrupt, PatternsOf
from hamsim.spec.distributions import DISTRIBUTIONS
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.patterns import DrawnPatterns, Patterns
from hamsim.spec.sparse import Sparse
from hamsim.spec.values import (
    VALUE_ERROR,
    VALUE_KINDS,
    DrawnCase,
    FileCase,
    FileValue,
    ListCase,
    NumberCase,
    Part,
    Positive,
    Value,
    as_number,
    as_whole,
    kind_of,
    one_distribution,
)
from hamsim.spec.windows import Padding

__all__ = [
    "MAX_NUMBER",
    "TAGGED",
    "AveragePool",
    "Conv2d",
    "Distance",
    "EdgeTable",
    "Edges",
    "Memories",
    "OneToOne",
    "Sparse",
    "Store",
    "StoreSettings",
    "Weights",
    "rule_name",
]


# --- weights by distance -------------------------------------------------------------------------


class Distance(Part):
    """Weights as a function of the distance d of two neurons of groups of one shape.

    Neuron k of an axis with n neurons lies at k length / n. On a ring and a torus each axis closes
    on itself and d is the shortest way. In a one-way connection of groups with one axis d has a
    sign: it is positive where the receiving neuron lies ahead of the sending one.
    """

    of_distance: Annotated[str, Field(strict=True)]
    space: Literal["ring", "line", "grid", "torus"]
    length: Positive | None = None

    @field_validator("of_distance")
    @classmethod
    def _only_d(cls, text: str, info: ValidationInfo) -> str:
        parameters = (info.context or {}).get("parameters") or {}
        try:
            tree = parse(text)
        except ExpressionError as error:
            raise wrong(str(error)) from None
        known = {**parameters, "d": 1.0}
        for name in names_in(tree):
            if name not in known:
                hint = did_you_mean(name, [*CONSTANTS, *known], "known names")
                raise wrong(f"unknown name '{name}'; {hint}")
            if name != "d":
                (info.context or {}).get("used", set()).add(name)
                text = _substitute(text, name, parameters[name])
        return text


def _substitute(text: str, name: str, value: float) -> str:
    """Put a parameter's value into an expression, so that the resolved text stands on its own."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Constant(value) if node.id == name else node

    return ast.unparse(Put().visit(ast.parse(text.strip(), mode="eval")).body)


# --- lists and files -----------------------------------------------------------------------------


def _list_or_file(wanted: str) -> Callable[[Any], Any]:
    """Refuse what is neither, before a union of both says so in more words."""

    def check(given: Any) -> Any:
        if kind_of(given, {"file": "<file>"}, number=None) is None:
            raise wrong(f"{wanted}, not {shown(given)}")
        return given

    return check


# --- synapses one by one -------------------------------------------------------------------------


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
    """

    columns: tuple[Annotated[str, Field(strict=True)], ...] | None = None
    by: Literal["name", "position"] | None = None
    repeated: Repeated | None = None


# Numbers beyond this are of no neuron, and have more digits than a message should show.
MAX_NUMBER = 2**53


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
            problems.append(((k,), f"has {len(edge)} entries, the first edge has {width}"))
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
    return f"one of {len(edge)} entries"


EdgeList: TypeAlias = Annotated[
    tuple[Any, ...],
    BeforeValidator(_edges, json_schema_input_type=list[list[str | int | float]]),
]


class Edges(Part):
    """Synapses one by one: [a, b, weight] with a in the first end, b in the second.

    In a one-way connection a sends and b receives. Gating connections have [a, b, c, weight].

    Parameters
    ----------
    edges : list of edges, or EdgeTable
    by, repeated : str, optional
        Of a list, what they are of an `EdgeTable`; those of a table are put into it.
    """

    edges: Annotated[
        Annotated[EdgeList, Tag("<list>")] | Annotated[EdgeTable, Tag("<edge_table>")],
        Discriminator(
            lambda value: kind_of(value, {"file": "<edge_table>"}, number=None),
            custom_error_type="value",
            custom_error_message="must be a list or a file",
        ),
        BeforeValidator(_list_or_file("must be a list of [a, b, weight] or {file: edges.csv}")),
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


class OneToOne(Part):
    """Neuron k of one end with neuron k of the other; a weight for all, or one each."""

    one_to_one: Value


# --- windows over images -------------------------------------------------------------------------


# Pixels along an axis of a window.
MAX_SIDE = 10_000


def _sides(given: Any, info: ValidationInfo) -> Any:
    """A whole number for both axes of an image, or one for each."""
    if not isinstance(given, list | tuple):
        side = as_whole(given, info)
        given = (side, side)
    if len(given) != 2:
        raise wrong(f"must be a whole number, or two: [down, across], not {len(given)}")
    sides = tuple(as_whole(side, info) for side in given)
    if min(sides) < 1:
        raise wrong(f"must be at least 1, not {min(sides)}")
    if max(sides) > MAX_SIDE:
        raise wrong(f"must be at most {MAX_SIDE:,}, not {max(sides):g}")
    return sides


Sides: TypeAlias = Annotated[
    tuple[int, int],
    BeforeValidator(_sides, json_schema_input_type=int | str | tuple[int | str, int | str]),
]


class ConvolutionSettings(Part):
    """A kernel of shape (channels out, channels in, height, width) and how it moves."""

    kernel: Value
    window: Sides | None = None
    stride: Sides = (1, 1)
    padding: Padding = "valid"


class Conv2d(Part):
    """Feature neurons that see an image through a window, alike wherever it stands."""

    conv2d: ConvolutionSettings


class PoolSettings(Part):
    """A window and how it moves; without `stride` windows do not overlap."""

    window: Sides
    stride: Sides | None = None
    padding: Padding = "valid"


class AveragePool(Part):
    """Neurons that receive the mean of a window of each channel of an image."""

    average_pool: PoolSettings


# --- patterns ------------------------------------------------------------------------------------


class Memories(Part):
    """Patterns, one a row: each is what one memory neuron is connected by."""

    memories: Patterns


class StoreSettings(Part):
    """Patterns, one a row, how their values are meant, and the rule that stores them."""

    patterns: Patterns
    rule: Literal["hebbian", "storkey", "storkey_second_order", "pseudoinverse"] = "hebbian"
    coding: Coding = "signs"


class Store(Part):
    """Weights within a group that make patterns its memories."""

    store: StoreSettings


# --- the union -----------------------------------------------------------------------------------

_RULES: dict[str, type[Part]] = {
    "of_distance": Distance,
    "edges": Edges,
    "one_to_one": OneToOne,
    "conv2d": Conv2d,
    "average_pool": AveragePool,
    "memories": Memories,
    "store": Store,
    "sparse": Sparse,
}
_KINDS = {**{name: f"<{name}>" for name in _RULES}, **VALUE_KINDS}


def _one_rule(given: Any) -> Any:
    """Refuse what names no rule, or two, before the union's members call it something else."""
    if isinstance(given, str) and given.strip() in _RULES:
        raise wrong(f"a rule has settings: {{{given.strip()}: ...}}")
    if not isinstance(given, Mapping):
        return given
    named = [key for key in given if key in _KINDS and key != "key"]
    if len(named) > 1:
        raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    if not any(key in _KINDS for key in given):
        keys = [key for key in given if isinstance(key, str)]
        rules = [key for key in _KINDS if key != "key"]
        if not keys:
            raise wrong(f"names no rule; allowed: {', '.join(rules)}")
        raise wrong(f"unknown rule; {did_you_mean(keys[0], rules)}", keys[0])
    return one_distribution(given)


def rule_name(weights: Any) -> str:
    """Key by which a file names a rule; empty for plain values."""
    return next((name for name, rule in _RULES.items() if isinstance(weights, rule)), "")


Weights: TypeAlias = Annotated[
    NumberCase
    | ListCase
    | FileCase
    | DrawnCase
    | Annotated[Distance, Tag("<of_distance>")]
    | Annotated[Edges, Tag("<edges>")]
    | Annotated[OneToOne, Tag("<one_to_one>")]
    | Annotated[Conv2d, Tag("<conv2d>")]
    | Annotated[AveragePool, Tag("<average_pool>")]
    | Annotated[Memories, Tag("<memories>")]
    | Annotated[Store, Tag("<store>")]
    | Annotated[Sparse, Tag("<sparse>")],
    Discriminator(
        lambda value: kind_of(value, _KINDS),
        custom_error_type="value",
        custom_error_message=f"{VALUE_ERROR}, or a rule: {', '.join(_RULES)}",
    ),
    BeforeValidator(_one_rule),
]
# Tags of unions, which are in pydantic's locations but not in files, with the keys allowed there.
TAGGED: Mapping[str, type[Part]] = {
    "<file>": FileValue,
    "<edge_table>": EdgeTable,
    "<drawn>": DrawnPatterns,
    "<patterns>": PatternsOf,
    "<corrupt>": Corrupt,
    **{f"<{name}>": distribution for name, distribution in DISTRIBUTIONS.items()},
    **{f"<{name}>": rule for name, rule in _RULES.items()},
}
