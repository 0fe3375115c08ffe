"""Choices of which each has settings of its own: a name, or a mapping with one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Tag

from hamsim.errors import did_you_mean
from hamsim.spec.messages import shown, wrong
from hamsim.spec.numbers import Part

__all__ = ["Choice", "choice_type", "one_of"]


class Choice(Part):
    """One of several things, with its settings: of its fields one is not None."""

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Ask for one of them."""
        schema |= {"minProperties": 1, "maxProperties": 1}

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


def choice_type(model: type[Choice], what: str) -> Any:
    """The type of a field that is a choice, of which a schema says that it may be a name alone.

    Its tag, which stands in pydantic's locations, is the model's name in angle brackets.

    Parameters
    ----------
    model, what
        As of `one_of`.
    """
    tag = f"<{model.__name__}>"
    named: Any = Literal
    typed: Any = Annotated  # of types that are not written down
    forms = typed[named[tuple(model.model_fields)], Tag("<name>")] | typed[model, Tag(tag)]
    return typed[forms, Discriminator(lambda value: tag), BeforeValidator(one_of(model, what))]
