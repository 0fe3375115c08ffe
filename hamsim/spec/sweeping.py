"""Many runs of one network: along which axes values are changed, and what is kept of each run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import numpy as np
from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictInt,
    StrictStr,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hamsim.counted import counted
from hamsim.criterion import Quantity
from hamsim.errors import ExpressionError, Problem, SpecError, did_you_mean
from hamsim.spec.messages import explain, shown, wrong
from hamsim.spec.numbers import Count, Number, Part
from hamsim.spec.samples import MOST, SamplesSpec, listed
from hamsim.spec.text import dotted
from hamsim.spec.values import absolute

__all__ = [
    "KEPT",
    "SWEEP_TAGS",
    "RangeSpec",
    "SweepSpec",
    "TableSpec",
    "kept_word",
    "part_of",
]

_P = TypeVar("_P", bound=Part)
# What is kept by name, and its dimensions.
KEPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "final": ("neuron",),
        "activation": ("neuron",),
        "energy": (),
        "residual": (),
        "time": (),
        "products": (),
        "records": ("record",),
    }
)
# A stop that is missed by this part of a step is met.
ROUNDING = Fraction(1, 10**9)


class RangeSpec(Part):
    """Evenly spaced numbers, of which the last one may be `stop`.

    Parameters
    ----------
    start : float
        The first number.
    stop : float
        Where they end.
    step : float, optional
        From one number to the next. `stop` is one of them if steps lead to it.
    count : int, optional
        How many there are, instead of `step`; `stop` is the last one then.
    spacing : {"linear", "log"}
        Equal differences, or with `count` equal quotients.

    Examples
    --------
    {start: 0, stop: 2, step: 0.1}
    {start: 1e-3, stop: 1, count: 10, spacing: log}
    """

    start: Number
    stop: Number
    step: Number | None = None
    count: Count | None = None
    spacing: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _fits(self) -> RangeSpec:
        if (self.step is None) == (self.count is None):
            raise wrong("give step or count, one of the two")
        if self.count is not None and self.count > MOST:
            raise wrong(f"must be at most {MOST:,}", "count")
        if self.spacing == "log":
            if self.count is None:
                raise wrong("spacing: log goes with count", "step")
            if self.start <= 0 or self.stop <= 0:
                raise wrong(
                    f"spacing: log needs numbers above 0, not {min(self.start, self.stop):g}"
                )
        if self.step is not None:
            if self.step == 0 or (self.stop - self.start) / self.step < 0:
                raise wrong(
                    f"steps of {self.step:g} do not lead from {self.start:g} to {self.stop:g}",
                    "step",
                )
            if (self.stop - self.start) / self.step > MOST:
                raise wrong(f"makes more than {MOST:,} values", "step")
        return self

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers, as near to what is written as numbers can be."""
        if self.spacing == "log" and self.count is not None:
            found = np.geomspace(self.start, self.stop, self.count).tolist()
            return (*found[:-1], self.stop) if self.count > 1 else (self.start,)
        start, stop = _exact(self.start), _exact(self.stop)
        if self.step is not None:
            step = _exact(self.step)
            count = math.floor((stop - start) / step + ROUNDING) + 1
        else:
            count = self.count or 1
            step = (stop - start) / max(count - 1, 1)
        return tuple(float(start + k * step) for k in range(count))


def _exact(number: float) -> Fraction:
    """A number as it is written, so that 0.1, 0.2, 0.3 do not come out as 0.30000000000000004."""
    return Fraction(Decimal(repr(float(number))))


def _form(value: Any) -> str:
    return "<range>" if isinstance(value, Mapping | RangeSpec) else "<list>"


Values: TypeAlias = Annotated[
    Annotated[
        tuple[Any, ...],
        BeforeValidator(listed, json_schema_input_type=Annotated[list[Any], Field(min_length=1)]),
        Tag("<list>"),
    ]
    | Annotated[RangeSpec, Tag("<range>")],
    Discriminator(_form),
]


class TableSpec(Part):
    """Values in a csv file: a row a place along one dimension, a column what is changed.

    Parameters
    ----------
    file : str
        Relative to the folder of the network file.
    columns : tuple of str, or dict of str to str, optional
        Headers of the columns that are read, which are names of what is changed; or the headers by
        these names. Without it all.
    """

    file: StrictStr
    columns: tuple[StrictStr, ...] | dict[StrictStr, StrictStr] | None = None

    @field_validator("file")
    @classmethod
    def _absolute(cls, file: str, info: ValidationInfo) -> str:
        return absolute(file, info)

    @field_validator("columns", mode="before")
    @classmethod
    def _tuple(cls, columns: Any) -> Any:
        if isinstance(columns, list | tuple | dict) and not columns:
            raise wrong("names no column; leave it out to read all")
        return tuple(columns) if isinstance(columns, list) else columns


def kept_word(text: str) -> str:
    """What is kept, as it is written; a word of `KEPT`, or a number that is seen of a run.

    Raises
    ------
    ExpressionError
    """
    text = " ".join(text.split())
    if text in KEPT:
        return text
    if text.isidentifier():
        hint = did_you_mean(text, KEPT)
        raise ExpressionError(f"'{text}' is no number such as mean(exc.g), and no word; {hint}")
    return Quantity(text).text


class SweepSpec(Part):
    """Many runs: every combination of the places along all dimensions.

    Parameters
    ----------
    over : dict of str to values
        Values by the paths that they are put at, as in groups.exc.tau. Each name is a dimension.
    zip : tuple of dict
        Each mapping is one dimension, along which all its names change together.
    tables : tuple of TableSpec
        Each is one dimension.
    samples : SamplesSpec, optional
        One dimension.
    seeds : int or tuple of int, optional
        So many seeds from 0 on, or these.
    keep : tuple of str
        What is kept of each run: final, activation, energy, residual, time, products, records, or
        numbers such as mean(exc.g).

    Examples
    --------
    {over: {groups.exc.tau: {start: 1, stop: 10, count: 10}}, seeds: 20, keep: [energy]}
    {zip: [{parameters.a: [1, 2], parameters.b: [3, 4]}]}
    """

    over: dict[StrictStr, Values] = Field(default_factory=dict)
    zip: tuple[dict[StrictStr, Values], ...] = ()
    tables: tuple[TableSpec, ...] = ()
    samples: SamplesSpec | None = None
    seeds: Count | tuple[StrictInt, ...] | None = None
    keep: tuple[StrictStr, ...] = ()

    @field_validator(
        "seeds",
        mode="before",
        json_schema_input_type=Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
        | Count
        | None,
    )
    @classmethod
    def _seeds(cls, seeds: Any, info: ValidationInfo) -> Any:
        if not isinstance(seeds, list | tuple):
            return seeds
        if not seeds:
            raise wrong("the list of seeds is empty")
        for k, seed in enumerate(seeds):
            if type(seed) is not int or seed < 0:
                raise wrong(f"must be a whole number of at least 0, not {shown(seed)}", k)
        return tuple(seeds)

    @field_validator(
        "keep",
        mode="before",
        json_schema_input_type=Annotated[str, Field(min_length=1)]
        | Annotated[list[str], Field(min_length=1)],
    )
    @classmethod
    def _keep(cls, keep: Any) -> Any:
        words = (keep,) if isinstance(keep, str) else keep
        if not isinstance(words, list | tuple) or not words:
            raise wrong(f"must be a list of words such as {', '.join(KEPT)}, or mean(exc.g)")
        for k, word in enumerate(words):
            try:
                kept_word(word) if isinstance(word, str) else None
            except ExpressionError as error:
                raise wrong(str(error), k) from None
        return tuple(words)

    @field_validator("zip")
    @classmethod
    def _alike(cls, zipped: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        for k, names in enumerate(zipped):
            if not names:
                raise wrong("is empty", k)
            counts = {
                name: len(values.values if isinstance(values, RangeSpec) else values)
                for name, values in names.items()
            }
            first = next(iter(counts))
            for name, count in counts.items():
                if count != counts[first]:
                    raise wrong(
                        f"has {counted(count, 'value')}, but {first} has {counts[first]}: what is "
                        "zipped must be equally long",
                        k,
                        name,
                    )
        return zipped

    @property
    def named(self) -> list[tuple[tuple[Any, ...], str]]:
        """What is changed, each with its place in this block; columns of tables are not."""
        places: list[tuple[tuple[Any, ...], str]] = [(("over", name), name) for name in self.over]
        places += [(("zip", k, name), name) for k, part in enumerate(self.zip) for name in part]
        if self.samples is not None:
            places += [(("samples", "over", name), name) for name in self.samples.over]
        return places

    @model_validator(mode="after")
    def _once(self) -> SweepSpec:
        places = self.named
        seen = {"seed"} if self.seeds is not None else set()
        for at, name in places:
            if name in seen:
                what = "by seeds:" if name == "seed" and self.seeds is not None else "before"
                raise wrong(f"{name} is changed {what} already", *at)
            seen.add(name)
        if not (places or self.tables or self.seeds is not None):
            raise wrong("says nothing that is changed; give over, zip, tables, samples or seeds")
        return self


def part_of(
    at: tuple[Any, ...],
    value: Any,
    model: type[_P],
    tags: Mapping[str, type[Part]] | None = None,
) -> _P:
    """A part of the block that is given in Python.

    Parameters
    ----------
    at : tuple of str
        Where, for messages.
    value : dict
    model : type
    tags : mapping of str to type, optional
        Of the unions in it; without it those of this block.

    Raises
    ------
    SpecError
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = explain(error, model, SWEEP_TAGS if tags is None else tags)
        raise SpecError(
            [Problem(said, dotted((*at, *place))) for place, said in problems]
        ) from None


SWEEP_TAGS: Mapping[str, type[Part]] = MappingProxyType({"<range>": RangeSpec})
