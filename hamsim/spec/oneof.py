"""Choices of which each has settings of its own: a name, or a mapping with one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hamsim.errors import did_you_mean
from hamsim.spec.messages import shown, wrong
from hamsim.spec.numbers import Part

__all__ = ["Choice", "one_of"]


class Choice(Part):
    """One of several things, with its settings: of its fields one is not None."""

    @property
    def name(self) -> str:
        """Which of them it is."""
        return next(name for name, value in self if value is not None)

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the one that it is, as far as anything is said of them."""
        part: Part = getattr(self, self.name)
        return part.model_dump(exclude_none=True)


def one_of(model: type[Choice], what: str) -> Callable[[Any], Any]:
    """What comes before the validation of a choice: a name is short for a mapping.

    Parameters
    ----------
    model : type
        Its fields are the names.
    what : str
        Names the choice in messages.
    """
    names = tuple(model.model_fields)
    forms = f"{', '.join(names)}, or one of these with settings, as {{{names[0]}: {{...}}}}"

    def spelt_out(value: Any) -> Any:
        if isinstance(value, str):
            if value not in names:
                hint = did_you_mean(value, names)
                raise wrong(f"{shown(value)} is no {what}; {hint}")
            return {value: {}}
        if not isinstance(value, Mapping):
            if isinstance(value, model):
                return value
            raise wrong(f"must be {forms}, not {shown(value)}")
        said = [name for name in value if name in names]
        if len(said) > 1:
            raise wrong(f"give {said[0]} or {said[1]}, not both", said[1])
        if not value:
            raise wrong(f"is empty; allowed are {forms}")
        return {name: {} if item is None else item for name, item in value.items()}

    return spelt_out
