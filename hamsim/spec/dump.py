"""A `Spec` as YAML text that loads to an equal `Spec`."""

from __future__ import annotations

from typing import Any

import yaml

from hamsim.spec.schema import Spec
from hamsim.spec.text import scalar

__all__ = ["dump", "to_plain"]


def to_plain(spec: Spec) -> dict[str, Any]:
    """The description as dicts, lists, numbers and text."""
    plain = spec.model_dump(by_alias=True, exclude_none=True)
    result: dict[str, Any] = _lists(plain)
    return {key: value for key, value in result.items() if value not in ([], {}, "")}


def dump(spec: Spec) -> str:
    """The description as YAML, with nothing implicit left."""
    return yaml.dump(to_plain(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_lists(item) for item in value]
    return value


class _Dumper(yaml.SafeDumper):
    """Writes the core schema of YAML 1.2: what would read as a number or a word is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    if not isinstance(scalar(text), str):
        style = "'"
    if not text.replace("\n", "").isprintable():
        style = '"'  # the only one with escapes
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _float(dumper: yaml.SafeDumper, number: float) -> yaml.Node:
    text = repr(number)
    mantissa, exponent, power = text.partition("e")
    if exponent and "." not in mantissa:  # without the point YAML 1.1 readers take it for text
        text = f"{mantissa}.0e{power}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _sequence(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, dict) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flat)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _float)
_Dumper.add_representer(list, _sequence)
