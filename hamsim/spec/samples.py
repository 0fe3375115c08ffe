"""Points that are drawn in a space of several values, for many runs of one network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr, ValidationInfo, field_validator, model_validator

from hamsim.errors import ExpressionError
from hamsim.expression import names_in, parse
from hamsim.spec.distributions import LowHigh, MeanStd
from hamsim.spec.messages import shown, wrong
from hamsim.spec.numbers import Count, Part, Whole, as_number

__all__ = ["MOST", "DrawnSpec", "SamplesSpec", "listed"]

# Values along one axis: more would not be what anybody means.
MOST = 1_000_000


def _in_list(value: Any, info: ValidationInfo) -> Any:
    """A value of a list; an expression over parameters becomes a number."""
    if isinstance(value, str):
        known = (info.context or {}).get("parameters") or {}
        try:
            names = names_in(parse(value))
        except ExpressionError:
            return value
        if names and all(name in known for name in names):
            return as_number(value, info)
    if isinstance(value, list | tuple):
        return tuple(_in_list(item, info) for item in value)
    return value


def listed(values: Any, info: ValidationInfo) -> Any:
    """Values of an axis, with numbers in the place of expressions over parameters."""
    if not isinstance(values, list | tuple):
        raise wrong(f"must be a list of values, or {{start:, stop:, step:}}, not {shown(values)}")
    if not values:
        raise wrong("the list of values is empty")
    return tuple(_in_list(value, info) for value in values)


class IntegersSpec(Part):
    """Whole numbers from low to high, both included.

    Parameters
    ----------
    low : int
        The least.
    high : int
        The largest.
    """

    low: Whole
    high: Whole

    @model_validator(mode="after")
    def _ordered(self) -> IntegersSpec:
        if self.low > self.high:
            raise wrong(f"low {self.low} is above high {self.high}")
        return self


class DrawnSpec(Part):
    """How the values of one name are drawn: one of these.

    Parameters
    ----------
    uniform, log_uniform : {low, high}
        Evenly between two numbers, or so that the logarithm is.
    normal : {mean, std}
        From a normal distribution.
    lognormal : {mean, std}
        So that the logarithm is normal, with this mean and std.
    integers : {low, high}
        A whole number, each equally often.
    choice : list
        Each equally often.
    """

    uniform: LowHigh | None = None
    log_uniform: LowHigh | None = None
    normal: MeanStd | None = None
    lognormal: MeanStd | None = None
    integers: IntegersSpec | None = None
    choice: tuple[Any, ...] | None = None

    @field_validator(
        "choice",
        mode="before",
        json_schema_input_type=Annotated[list[Any], Field(min_length=1)] | None,
    )
    @classmethod
    def _some(cls, values: Any, info: ValidationInfo) -> Any:
        return values if values is None else listed(values, info)

    @model_validator(mode="after")
    def _one(self) -> DrawnSpec:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise wrong(f"give one of {', '.join(type(self).model_fields)}")
        if self.log_uniform is not None and self.log_uniform.low <= 0:
            raise wrong(f"must be above 0, not {self.log_uniform.low:g}", "log_uniform", "low")
        return self


class SamplesSpec(Part):
    """Points that are drawn in a space of several values, along one dimension.

    Parameters
    ----------
    count : int
        How many points.
    over : dict of str to DrawnSpec
        What is drawn, by the paths that the values are put at.
    method : {"latin_hypercube", "random"}
        One point in each slice along each value, or each point for itself.
    seed : int
        Of what is drawn.

    Examples
    --------
    {count: 100, over: {groups.exc.tau: {log_uniform: {low: 1, high: 100}}}}
    """

    count: Count
    over: dict[StrictStr, DrawnSpec]
    method: Literal["latin_hypercube", "random"] = "latin_hypercube"
    seed: int = Field(default=0, ge=0, strict=True)

    @model_validator(mode="after")
    def _few(self) -> SamplesSpec:
        if not self.over:
            raise wrong("says nothing that is drawn", "over")
        if self.count > MOST:
            raise wrong(f"must be at most {MOST:,}", "count")
        return self
