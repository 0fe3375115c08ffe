"""Values of neurons that come from patterns: one of a connection's, or a corrupted copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictStr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hamsim.spec.coding import listed
from hamsim.spec.messages import wrong
from hamsim.spec.numbers import NotNegative, Number, Part, Share, as_whole
from hamsim.spec.values import (
    VALUE_ERROR,
    VALUE_KINDS,
    DrawnCase,
    FileCase,
    ListCase,
    NumberCase,
    kind_of,
    one_distribution,
)

__all__ = [
    "CUE_TAGS",
    "Corrupt",
    "Cue",
    "FlipError",
    "PatternsCase",
    "PatternsOf",
    "flip_values",
]


class PatternsOf(Part):
    """Patterns that a connection stores or has for memories, as they are stated there.

    Parameters
    ----------
    patterns : str
        The connection's name.
    row : int, optional
        One of them, from 0; without it all of them, which makes trials.

    Examples
    --------
    {patterns: memories, row: 3}
    """

    patterns: StrictStr
    row: int | None = None

    @field_validator(
        "row", mode="before", json_schema_input_type=Annotated[int, Field(ge=0)] | str | None
    )
    @classmethod
    def _number(cls, row: Any, info: ValidationInfo) -> int | None:
        if row is None:
            return None
        number = as_whole(row, info)
        if number < 0:
            raise wrong(f"rows are counted from 0, not {number}")
        return number


_BASES = {**VALUE_KINDS, "patterns": "<patterns>"}
_KINDS = {**_BASES, "corrupt": "<corrupt>"}
PatternsCase = Annotated[PatternsOf, Tag("<patterns>")]


def _one_kind(value: Any) -> Any:
    """Refuse two forms at once, which each would call the other an unknown key."""
    if isinstance(value, Mapping):
        named = [key for key in value if key in _KINDS and key != "key"]
        if len(named) > 1:
            raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    return one_distribution(value)


Base: TypeAlias = Annotated[
    NumberCase | ListCase | FileCase | DrawnCase | PatternsCase,
    Discriminator(
        lambda value: kind_of(value, _BASES),
        custom_error_type="value",
        custom_error_message=f"{VALUE_ERROR}, {{patterns:}}",
    ),
    BeforeValidator(_one_kind),
]


class Corruption(Part):
    """What is copied, and what is done to the copy, in this order.

    Parameters
    ----------
    of : value or PatternsOf
        What is copied.
    flips : float, optional
        This part of the neurons, rounded to a whole number of them, takes the other one of two
        values.
    erase : float, optional
        This part of the neurons takes `value`, which is 0 if nothing else is said.
    value : float, optional
        What erased neurons take.
    noise : float, optional
        Standard deviation of what is added to each neuron.
    """

    of: Base
    flips: Share | None = None
    erase: Share | None = None
    value: Number | None = None
    noise: NotNegative | None = None

    @model_validator(mode="after")
    def _something(self) -> Corruption:
        if self.flips is None and self.erase is None and self.noise is None:
            raise wrong("says nothing that is done to the copy; give flips, erase or noise")
        if self.value is not None and self.erase is None:
            raise wrong("is what erased neurons take; give erase", "value")
        return self


class Corrupt(Part):
    """A copy of a pattern in which some neurons are wrong, each row by a draw of its own.

    Parameters
    ----------
    corrupt : Corruption
        What is copied, and what is done to the copy.

    Examples
    --------
    {corrupt: {of: {patterns: memories}, flips: 0.2}}
    """

    corrupt: Corruption


Cue: TypeAlias = Annotated[
    NumberCase
    | ListCase
    | FileCase
    | DrawnCase
    | PatternsCase
    | Annotated[Corrupt, Tag("<corrupt>")],
    Discriminator(
        lambda value: kind_of(value, _KINDS),
        custom_error_type="value",
        custom_error_message=f"{VALUE_ERROR}, {{patterns:}}, {{corrupt:}}",
    ),
    BeforeValidator(_one_kind),
]


CUE_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {"<patterns>": PatternsOf, "<corrupt>": Corrupt}
)


class FlipError(Exception):
    """Patterns do not have two values that could be exchanged."""


def flip_values(patterns: Any) -> tuple[float, float]:
    """The two values of patterns, of which each becomes the other when it is flipped.

    They are -1 and 1 where there are no others, else whichever two there are.

    Raises
    ------
    FlipError
        There are more, or there is one alone.
    """
    found = np.unique(patterns)
    if np.all(np.abs(found) == 1.0):
        return -1.0, 1.0
    if found.size != 2:
        raise FlipError(
            "flips exchanges two values, as -1 and 1 or 0 and 1, but the pattern holds "
            f"{listed(found)}; erase and noise take any numbers"
        )
    return float(found[0]), float(found[1])
