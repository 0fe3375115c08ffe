"""One neuron of a list, with what differs from its group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ConfigDict, StrictStr, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from hamsim.errors import did_you_mean
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.noise import NeuronNoiseSpec
from hamsim.spec.numbers import NotNegative, Number, Part
from hamsim.spec.overtime import NumberOverTime
from hamsim.spec.signs import as_word

__all__ = ["NeuronSpec"]


class NeuronSpec(Part):
    """One neuron by its name, with what differs from its group.

    Columns of words are keys of it, too: `type`, and those that some connection is signed by.

    Parameters
    ----------
    id : str
        The neuron's name.
    tau : float, optional
        Its time constant.
    input : float, optional
        Its constant current, or an expression in t.
    initial : float, optional
        The state in which a run begins.
    noise : NeuronNoiseSpec, optional
        What differs from the noise of its group.

    Examples
    --------
    AVAL
    {id: AVAL, tau: 0.3, type: exc}
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StrictStr]

    id: StrictStr
    tau: NotNegative | None = None
    input: NumberOverTime | None = None
    initial: Number | None = None
    noise: NeuronNoiseSpec | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            return {"id": value}
        if isinstance(value, Mapping):
            empty = [key for key, item in value.items() if item is None]
            if empty:
                raise wrong_many(
                    [((key,), "is blank; without the key the group's holds") for key in empty]
                )
            return _with_words(value, (info.context or {}).get("columns") or ())
        if isinstance(value, NeuronSpec):
            return value
        raise wrong(f"must be a name (text) or {{id: name, ...}}, not {shown(value)}")

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Allow a name alone, and words of all kinds."""
        said: dict[str, Any] = {key: schema.pop(key) for key in ("description", "examples")}
        word = {
            "type": ["string", "number", "boolean"],
            "description": "A word of a column: of `type`, or one that connections are signed by.",
        }
        whole = {**schema, "additionalProperties": word}
        schema.clear()
        schema |= {"anyOf": [{"type": "string"}, whole], **said}

    @property
    def words(self) -> dict[str, str]:
        """What columns of words say of it."""
        return self.__pydantic_extra__


_KEYS = NeuronSpec.model_fields.keys()


def _with_words(neuron: Mapping[str, Any], columns: Collection[str]) -> Mapping[str, Any]:
    """Refuse keys that nobody reads, and take words for what they are."""
    if neuron.keys() <= _KEYS:
        return neuron
    problems: list[tuple[tuple[Any, ...], str]] = []
    known = [*NeuronSpec.model_fields, *columns]
    words = {}
    for key in neuron:
        if key in _KEYS:
            continue
        if key not in columns:
            problems.append(((key,), f"unknown key; {did_you_mean(str(key), known)}"))
            continue
        try:
            words[key] = as_word(neuron[key])
        except PydanticCustomError as error:
            found = (error.context or {})["problems"]
            problems += [((key, *at), text) for at, text in found]
    if problems:
        raise wrong_many(problems)
    return {**neuron, **words}
