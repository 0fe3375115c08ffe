"""What is known of an elementary function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple

from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.elementary.terms import Maker, Term

__all__ = [
    "Function",
    "Shape",
    "Sign",
    "Undefined",
    "Where",
    "always",
    "like_its_argument",
    "nowhere",
    "rational_at",
    "unknown",
]

# Bounds of a sign: (1, 1) is positive, (0, 1) not negative, (-1, 1) unknown.
Sign = tuple[int, int]
Where = Literal["always", "above", "below", "never"]  # above and below 0


class Shape(NamedTuple):
    """Where a function is convex or concave, and where it rises or falls, as far as is known."""

    convex: Where = "never"
    concave: Where = "never"
    rises: Where = "never"
    falls: Where = "never"


class Undefined(NamedTuple):
    """An edge of where a function is defined.

    Parameters
    ----------
    edge : callable
        What of the argument has to stay above zero, as a tree.
    at_zero, below : str
        What it is called if it is zero, or negative.
    """

    edge: Callable[[Maker, Term], Term]
    at_zero: str
    below: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Function:
    """All facts of an elementary function f(u).

    Parameters
    ----------
    name : str
        What it is called in trees; that of the file.
    written : tuple of str
        What people may write for it, and first what they are told; empty for functions that only
        derivatives lead to.
    sign : callable
        Bounds of the sign of f(u) for those of u, and for u itself where that is a number.
    exact : callable
        Value at a rational number where that is rational, else None.
    slope : callable
        Derivative at u, as a tree; at a kink that of one of the sides.
    array : callable
        Values for an array, as the compiled functions compute them.
    decimal : callable
        Value of a decimal number, to the digits of the context.
    interval : callable
        Bounds for bounds of u, safe to rounding; of the part where f is defined.
    shape : Shape
    code : str
        Python that computes f of ``{u}``, to be compiled; ``math`` is there, and what
        `primitive` says. NaN has to stay NaN.
    primitive : bool
        Whether the code calls the function of this name of `hamsim.lagrangians.primitives`.
    cheap : bool
        Whether it costs no more than a sum, so that nobody keeps its values.
    parity : str
        ``odd``, ``even``, or empty.
    degree : int or None
        f(t u) = t^degree f(u) for t > 0. A function of degree 1 has a kink at 0, which turns
        upwards; one of degree 0 jumps there.
    undefined : tuple of Undefined
        Edges of where it is defined; empty if that is everywhere.
    logarithm : callable, optional
        log f(u) as a tree, where there is a form in which nothing overflows or cancels.
    fading : callable, optional
        f'/f as a tree in which nothing is divided, for positive functions that fall to 0
        at one end faster than every power.
    dual : callable, optional
        u f'(u) - f(u) as a tree in which nothing cancels, of operations as they stand. For
        functions whose Legendre transform would lose its digits.
    """

    name: str
    written: tuple[str, ...]
    sign: Callable[[Sign, Number | None], Sign]
    exact: Callable[[Number], Number | None]
    slope: Callable[[Maker, Term], Term | int]
    array: Callable[[Any], Any]
    decimal: Callable[[Decimal], Decimal]
    interval: Callable[[Interval], Interval]
    shape: Shape
    code: str
    primitive: bool = False
    cheap: bool = False
    parity: Literal["odd", "even", ""] = ""
    degree: int | None = None
    undefined: tuple[Undefined, ...] = ()
    logarithm: Callable[[Maker, Term], Term] | None = None
    fading: Callable[[Maker, Term], Term | int] | None = None
    dual: Callable[[Maker, Term], Term] | None = None

    @property
    def said(self) -> str:
        """Name in texts for people."""
        return self.written[0] if self.written else self.name

    @cached_property
    def vanishes_with_argument(self) -> bool:
        """Whether the sign alone shows that f(u) is 0 where u is, and nowhere else."""
        ends = [self.sign((s, s), None) for s in (-1, 0, 1)]
        return ends[1] == (0, 0) and not any(low <= 0 <= high for low, high in ends[::2])

    @cached_property
    def keeps_sign(self) -> bool:
        """Whether f(u) has the sign of u."""
        return all(self.sign((s, s), None) == (s, s) for s in (-1, 0, 1))


# --- signs ---


def always(low: int, high: int) -> Callable[[Sign, Number | None], Sign]:
    """Same sign whatever the argument."""
    return lambda sign, value: (low, high)


def like_its_argument(sign: Sign, value: Number | None) -> Sign:
    """Sign of the argument."""
    return sign


def unknown(sign: Sign, value: Number | None) -> Sign:
    """Nothing."""
    return -1, 1


# --- exact values ---


def rational_at(place: int, value: Number | int) -> Callable[[Number], Number | None]:
    """Rational at one number alone."""
    exact = Fraction(value)
    return lambda u: exact if u == place else None


def nowhere(value: Number) -> None:
    """Rational at no number that is looked for."""
    return
