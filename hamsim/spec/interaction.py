"""F of a dense associative memory as a description states it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationError, model_validator

from hamsim.errors import HamsimError
from hamsim.spec.lagrangian import LagrangianSpec
from hamsim.spec.messages import explain, wrong
from hamsim.spec.numbers import Count, Part, Positive

__all__ = ["DenseSpec", "dense_of"]

# Beyond it F of a handful of neurons overflows.
_LARGEST_DEGREE = 100


class DenseSpec(Part):
    """F of a dense associative memory, whose energy is minus the sum of F(pattern . s).

    Parameters
    ----------
    kind : {"power", "rectified", "exponential"}
        F(h) = h^degree, max(h, 0)^degree, or exp(beta h).
    degree : int or None
        Of the first two.
    beta : float or None
        Of the third; 1 if nothing is said.
    """

    kind: Literal["power", "rectified", "exponential"] = "power"
    degree: Count | None = None
    beta: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        kind = value.get("kind", "power")
        if kind == "exponential":
            if value.get("degree") is not None:
                raise wrong("an exponential has no degree; it has beta", "degree")
            return {**value, "beta": value.get("beta", 1.0)}
        if kind in ("power", "rectified"):
            if value.get("beta") is not None:
                raise wrong("is for kind: exponential", "beta")
            if value.get("degree") is None:
                raise wrong("required key is missing, as in dense: {degree: 3}", "degree")
        return value

    @model_validator(mode="after")
    def _bounded(self) -> DenseSpec:
        if self.degree is not None and self.degree > _LARGEST_DEGREE:
            raise wrong(f"must be at most {_LARGEST_DEGREE}, not {self.degree}", "degree")
        return self

    @property
    def lagrangian(self) -> LagrangianSpec:
        """F as the Lagrangian of memory neurons."""
        if self.kind == "exponential":
            return LagrangianSpec.model_validate({"expression": "exp(beta*x)", "beta": self.beta})
        base = "x" if self.kind == "power" else "max(x, 0)"
        return LagrangianSpec.model_validate({"expression": f"{base}**{self.degree}"})


def dense_of(given: Any) -> DenseSpec:
    """F as Python states it, a mapping with the keys of a file.

    Raises
    ------
    HamsimError
    """
    if isinstance(given, DenseSpec):
        return given
    try:
        return DenseSpec.model_validate(given)
    except ValidationError as error:
        at, message = explain(error, DenseSpec, {})[0]
        raise HamsimError(f"{'.'.join(('dense', *map(str, at)))}: {message}") from None
