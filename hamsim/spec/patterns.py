"""Patterns that a rule of weights is made of: listed, in a file, or drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Discriminator, Tag, model_validator

from hamsim.spec.coding import Coding, CodingError, decoded
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.distributions import (
    DISTRIBUTIONS,
    LowHigh,
    MeanStd,
    SignsSettings,
    TwoValues,
    two_values,
)
from hamsim.spec.forms import Form
from hamsim.spec.messages import shown, wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Count, Part
from hamsim.spec.readarray import read_dense
from hamsim.spec.values import FileCase, ListCase, kind_of, one_distribution

if TYPE_CHECKING:
    from hamsim.spec.ends import End

__all__ = ["DrawnPatterns", "Patterns", "as_patterns"]


class DrawnPatterns(Part):
    """So many patterns, each value drawn from one distribution.

    Parameters
    ----------
    normal, lognormal : {mean, std}, optional
        From a normal distribution, or so that the logarithm is normal.
    uniform : {low, high}, optional
        Evenly between two numbers.
    bernoulli : {p, low, high}, optional
        One of two values, 0 and 1 if nothing else is said.
    signs : {p}, optional
        1 with probability p, else -1.
    count : int
        How many patterns.

    Examples
    --------
    {signs: {}, count: 10}
    """

    normal: MeanStd | None = None
    lognormal: MeanStd | None = None
    uniform: LowHigh | None = None
    bernoulli: TwoValues | None = None
    signs: SignsSettings | None = None
    count: Count

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "count" not in value:
            if not value.keys() - cls.model_fields.keys():  # else count may be misspelt
                raise wrong("is missing: how many patterns, as in {signs: {}, count: 10}", "count")
        return value

    @model_validator(mode="after")
    def _drawn(self) -> DrawnPatterns:
        if all(getattr(self, name) is None for name in DISTRIBUTIONS):
            raise wrong("needs settings, which may be none, as in {signs: {}, count: 10}")
        return self

    @property
    def distribution(self) -> Part:
        """What each value is drawn from."""
        named = {name: getattr(self, name) for name in DISTRIBUTIONS}
        name, settings = next((key, item) for key, item in named.items() if item is not None)
        return DISTRIBUTIONS[name].model_construct(**{name: settings})

    def is_of_second(self, first: End, second: End) -> bool | None:
        """Whether the second end has a neuron for each pattern, or the first; None if none has."""
        if self.count not in (first.n, second.n):
            return None
        return self.count == second.n

    def require_coding(self, coding: Coding, rule: str = "store") -> None:
        """Refuse values that are not meant as this coding says; a rule has its name in messages.

        Raises
        ------
        CodingError
        """
        values = two_values(self.distribution)
        if values:
            decoded(np.array(values), coding, rule)
        elif coding != "real":
            raise CodingError(
                f"numbers of all sizes are drawn, but {rule} takes -1 and 1, as {{signs: {{}}}} "
                "draws; coding: real takes any numbers as they are"
            )


_KINDS = {"file": "<file>", **dict.fromkeys(DISTRIBUTIONS, "<drawn>")}


def _kind(value: Any) -> str | None:
    return kind_of(value, _KINDS, number=None)


def _stated(given: Any) -> Any:
    """Refuse what are no patterns, before a union of all forms says so in more words."""
    if not isinstance(given, DrawnPatterns) and _kind(given) is None:
        raise wrong(
            "must be a list of patterns, one a row, {file:, key:}, or drawn as "
            f"{{signs: {{}}, count: 10}}, not {shown(given)}"
        )
    if isinstance(given, Mapping) and "file" in given:
        for name in DISTRIBUTIONS.keys() & given.keys():
            raise wrong(f"give file or {name}, not both", name)
    return one_distribution(given)


Patterns: TypeAlias = Annotated[
    ListCase | FileCase | Annotated[DrawnPatterns, Tag("<drawn>")],
    Discriminator(
        _kind, custom_error_type="value", custom_error_message="must be a list or a file"
    ),
    BeforeValidator(_stated),
]


def as_patterns(value: Any, files: DataFiles, form: Form, *key: str | int) -> Any:
    """Patterns as an array with one row each; further axes are those of a group's shape."""
    at = (*WEIGHTS, *key)
    patterns = read_dense(value, files, form, *at)
    if patterns.ndim < 2:
        raise Misfit(at, f"shape {list(patterns.shape)}: patterns are rows, [patterns, neurons]")
    if 0 in patterns.shape:
        raise Misfit(at, f"shape {list(patterns.shape)}: there is no pattern")
    return patterns
