"""Factors of weights that a column of a table decides, as the sign by what a sender releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import (
    SerializerFunctionWrapHandler,
    StrictStr,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hamsim.arrays import Floats
from hamsim.errors import did_you_mean, printable
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.numbers import Number, Part, as_number

if TYPE_CHECKING:
    from hamsim.spec.ends import End
    from hamsim.spec.groups import GroupSpec

__all__ = [
    "SignSpec",
    "as_word",
    "columns_of",
    "factors",
    "sender_factors",
    "unmet",
    "words_of",
]

_FORM = "{column: type, exc: 1, inh: -1}"
# Columns of neurons that hold numbers, which are not words.
_NUMBERS = ("tau", "input", "initial")
# More words without a factor are not told.
MAX_TOLD = 5
# Larger numbers are no words.
MAX_NUMBER = 1e15


class SignSpec(Part):
    """A column of a table, and the factor of a weight for each word in it.

    Parameters
    ----------
    column : str
        Of the table of edges, or of the neurons that send; `id` and `group` are their names.
    words : dict of str to float
        In a file they stand beside `column`.
    others : float, optional
        The factor for all other words, and where there is none. Without it every word has its own.
    """

    column: StrictStr
    words: dict[str, Number]
    others: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, SignSpec):
            return value
        if not isinstance(value, Mapping):
            raise wrong(f"must be {_FORM}, not {shown(value)}")
        column = value.get("column")
        if not isinstance(column, str) or not column.strip():
            raise wrong(f"needs the name of a column: {_FORM}")
        if column in _NUMBERS:
            raise wrong(f"{column} is a number of each neuron, not a word", "column")
        problems: list[tuple[tuple[Any, ...], str]] = []
        numbers = {}
        for word, factor in value.items():
            if word == "column":
                continue
            try:
                numbers[str(word)] = as_number(factor, info)
            except PydanticCustomError as error:
                found = (error.context or {})["problems"]
                problems += [((word, *at), text) for at, text in found]
        if problems:
            raise wrong_many(problems)
        others = numbers.pop("others", None)
        if not numbers:
            raise wrong(f"names no word of the column; write {_FORM}")
        return {"column": column.strip(), "words": numbers, "others": others}

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Put words beside the column, as files have them."""
        keys = schema["properties"]
        word = keys.pop("words")["additionalProperties"]
        schema["additionalProperties"] = {**word, "description": "The factor of this word."}
        schema["required"] = ["column"]
        schema["minProperties"] = 2

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        flat = {"column": self.column, **self.words}
        return flat if self.others is None else {**flat, "others": self.others}


def columns_of(raw: Any) -> set[str]:
    """Names of columns of words that neurons may have: `type`, and what connections are signed by.

    A table with types may be read whether or not something is signed by them.
    """
    connections = raw.get("connections") if isinstance(raw, Mapping) else None
    found = {"type"}
    for connection in connections if isinstance(connections, list | tuple) else ():
        sign = connection.get("sign") if isinstance(connection, Mapping) else None
        column = sign.get("column") if isinstance(sign, Mapping) else None
        if isinstance(column, str) and column.strip() not in (*_NUMBERS, "id", "group"):
            found.add(column.strip())
    return found


def as_word(value: Any) -> str:
    """A word as a file or Python may write it: 1, 1.0 and true are words too."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) < MAX_NUMBER:
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, str):
        return value.strip()
    raise wrong(f"must be a word, not {shown(value)}")


def sender_factors(
    sign: SignSpec, senders: End, columns: Iterable[str] = ()
) -> tuple[Floats, list[tuple[tuple[Any, ...], str]]]:
    """The factor of each neuron's weights, by its own word.

    Parameters
    ----------
    sign : SignSpec
    senders : End
        Where it knows the whole network, words that no neuron has are a mistake.
    columns : iterable of str
        Those of tables that may be meant, for hints.

    Returns
    -------
    factors : ndarray, shape (senders.n,)
    problems : list of (path, message)
        Paths begin at the sign.
    """
    words = words_of(sign.column, zip(senders.names, senders.groups, strict=True))
    if not any(words):
        own = [
            c for group in senders.groups for neuron in group.neurons or () for c in neuron.words
        ]
        known = dict.fromkeys([*columns, *own])
        hint = did_you_mean(sign.column, known, "tables have")
        if not known:
            hint = f"write neurons: [{{id: A, {sign.column}: exc}}], or a table with this column"
        problem = f"no neuron of [{', '.join(senders.names)}] has a {shown(sign.column)}; {hint}"
        return np.ones(senders.n), [(("column",), problem)]
    found, problems = factors(sign, words, senders.label)
    told: list[tuple[tuple[Any, ...], str]] = [((), message) for message in problems]
    if senders.network:
        everyone = [(name, group) for name, group in senders.network.items() if group is not None]
        told += unmet(sign, words_of(sign.column, everyone), "no neuron of the network")
    return found, told


def words_of(column: str, groups: Iterable[tuple[str, GroupSpec]]) -> list[str]:
    """What a column says of each neuron; empty where it says nothing."""
    words: list[str] = []
    for name, group in groups:
        if column == "group":
            words += [name] * group.count
        elif not group.neurons:
            words += [""] * group.count
        elif column == "id":
            words += [neuron.id for neuron in group.neurons]
        else:
            words += [neuron.words.get(column, "") for neuron in group.neurons]
    return words


def factors(
    sign: SignSpec, words: Sequence[str], where: Callable[[int], str]
) -> tuple[Floats, list[str]]:
    """The factor of each word, and what is wrong with words that have none.

    Parameters
    ----------
    sign : SignSpec
    words : sequence of str
        Empty where there is none.
    where : callable
        Says of a number in `words` where that stands, for messages.
    """
    table = sign.words
    problems: list[str] = []
    if sign.others is None:
        without: dict[str, int] = {}
        for k, word in enumerate(words):
            if word not in table:
                without.setdefault(word, k)
        for word, k in list(without.items())[:MAX_TOLD]:
            problems.append(f"{where(k)}: {_without_factor(sign, word)}")
        if problems:
            return np.ones(len(words)), problems
    rest = 1.0 if sign.others is None else sign.others
    return np.array([table.get(word, rest) for word in words], dtype=np.float64), []


def _without_factor(sign: SignSpec, word: str) -> str:
    column = printable(sign.column[:40])
    if not word:
        return f"{column} is blank, and sign has no factor for others"
    hint = did_you_mean(word, sign.words, "sign has")
    return f"{column} is '{printable(word[:40])}', for which sign has no factor; {hint}"


def unmet(sign: SignSpec, words: Sequence[str], nobody: str) -> list[tuple[tuple[Any, ...], str]]:
    """Words of a sign that the column has nowhere: path from the sign on, and message."""
    met = dict.fromkeys(words)
    told = [printable(word[:40]) for word in met if word]
    column = printable(sign.column[:40])
    return [
        ((word,), f"{nobody} has the {column} {shown(word)}; {did_you_mean(word, told, 'met are')}")
        for word in sign.words
        if word not in met
    ]
