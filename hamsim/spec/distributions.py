"""Distributions that numbers of a description are drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import model_validator

from hamsim.spec.messages import told_apart, wrong
from hamsim.spec.numbers import NotNegative, Number, Part, Share

__all__ = [
    "DISTRIBUTIONS",
    "Bernoulli",
    "Lognormal",
    "LowHigh",
    "MeanStd",
    "Normal",
    "Signs",
    "SignsSettings",
    "TwoValues",
    "Uniform",
    "is_random",
    "limits",
    "two_values",
]


class MeanStd(Part):
    """Parameters of a normal distribution.

    Parameters
    ----------
    mean : float
        The mean.
    std : float
        The standard deviation.
    """

    mean: Number = 0.0
    std: NotNegative = 1.0


class LowHigh(Part):
    """Bounds of a uniform distribution.

    Parameters
    ----------
    low : float
        The least number.
    high : float
        The largest.
    """

    low: Number = 0.0
    high: Number = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> LowHigh:
        if self.low > self.high:
            low, high = told_apart(self.low, self.high)
            raise wrong(f"low {low} is above high {high}")
        if not math.isfinite(self.high - self.low):
            raise wrong(f"from {self.low:g} to {self.high:g} is too far")
        return self


class Normal(Part):
    """Drawn from a normal distribution.

    Parameters
    ----------
    normal : mapping
        Its mean and standard deviation.

    Examples
    --------
    {normal: {mean: 0, std: 0.1}}
    """

    normal: MeanStd


class Lognormal(Part):
    """Drawn so that the logarithm is normal with this mean and std.

    Parameters
    ----------
    lognormal : mapping
        Mean and standard deviation of the logarithm.

    Examples
    --------
    {lognormal: {mean: 0, std: 1}}
    """

    lognormal: MeanStd


class Uniform(Part):
    """Drawn from low to high.

    Parameters
    ----------
    uniform : mapping
        The least and the largest number.

    Examples
    --------
    {uniform: {low: -1, high: 1}}
    """

    uniform: LowHigh


class TwoValues(Part):
    """The value `high` with probability p, else `low`.

    Parameters
    ----------
    p : float
        Probability of `high`.
    low : float
        The lower value.
    high : float
        The higher value.
    """

    p: Share = 0.5
    low: Number = 0.0
    high: Number = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> TwoValues:
        if self.low > self.high:
            low, high = told_apart(self.low, self.high)
            raise wrong(f"low {low} is above high {high}")
        return self


class Bernoulli(Part):
    """Drawn as one of two values, 0 and 1 if nothing else is said.

    Parameters
    ----------
    bernoulli : mapping
        The two values, and how often the higher one is drawn.

    Examples
    --------
    {bernoulli: {p: 0.2}}
    """

    bernoulli: TwoValues


class SignsSettings(Part):
    """Probability of 1.

    Parameters
    ----------
    p : float
        Of 1; else it is -1.
    """

    p: Share = 0.5


class Signs(Part):
    """Drawn as 1 with probability p, else -1.

    Parameters
    ----------
    signs : mapping
        How often 1 is drawn.

    Examples
    --------
    {signs: {}}
    """

    signs: SignsSettings


DISTRIBUTIONS: Mapping[str, type[Part]] = MappingProxyType(
    {
        "normal": Normal,
        "lognormal": Lognormal,
        "uniform": Uniform,
        "bernoulli": Bernoulli,
        "signs": Signs,
    }
)


_RANDOM = tuple(DISTRIBUTIONS.values())


def is_random(value: Any) -> bool:
    """Whether a value is drawn from a distribution."""
    return isinstance(value, _RANDOM)


def limits(value: Any) -> tuple[float, ...]:
    """The least and the largest number that may be drawn; empty where all numbers may be."""
    if isinstance(value, Uniform):
        return value.uniform.low, value.uniform.high
    return two_values(value)


def two_values(value: Any) -> tuple[float, ...]:
    """The two numbers of which one is drawn; empty where there are more."""
    if isinstance(value, Bernoulli):
        return value.bernoulli.low, value.bernoulli.high
    return (-1.0, 1.0) if isinstance(value, Signs) else ()
