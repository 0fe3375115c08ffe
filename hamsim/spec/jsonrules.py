"""What the schema for editors says of keys together, and of numbers in values.

The models check these in code that no schema is made of. Only what can be told from the keys of one
block is here, so that every valid file stays valid; a key that is left blank is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hamsim.bounds import Bounds
from hamsim.lagrangians.table import TABLE

__all__ = ["UNSAID", "add_rules", "bounded"]

Form = dict[str, Any]
UNSAID: Form = {"type": "null"}
_SAID: Form = {"not": UNSAID}


def _said(*keys: str) -> Form:
    """Each of these keys is said."""
    return {"required": list(keys), "properties": dict.fromkeys(keys, _SAID)}


def _one_of(*ways: tuple[str, ...]) -> Form:
    """Exactly one of these ways, each of one key or of several together, and no key of another."""
    cases = []
    for way in ways:
        others = [key for other in ways for key in other if key not in way]
        said = _said(*way)
        cases.append({**said, "properties": said["properties"] | dict.fromkeys(others, UNSAID)})
    return {"anyOf": cases}


def _some_of(*keys: str) -> Form:
    return {"anyOf": [_said(key) for key in keys]}


def _not_both(*keys: str) -> Form:
    pairs = [(a, b) for k, a in enumerate(keys) for b in keys[k + 1 :]]
    return {"not": {"anyOf": [_said(*pair) for pair in pairs]}}


def _needs(key: str, *others: str) -> Form:
    return {"if": _said(key), "then": _said(*others)}


_EXPONENTIAL = {"required": ["kind"], "properties": {"kind": {"const": "exponential"}}}
_SPARSE = {"anyOf": [{"const": "sparse"}, {"type": "object", "required": ["sparse"]}]}
_DRAWS = ("uniform", "log_uniform", "normal", "lognormal", "integers", "choice")
# By the name of a block.
_TOGETHER: Mapping[str, tuple[Form, ...]] = {
    "Connection": (
        _one_of(("between",), ("within",), ("from", "to")),
        _not_both("density", "degree", "probability"),
    ),
    "Corruption": (_some_of("flips", "erase", "noise"), _needs("value", "erase")),
    "Dense": (
        {
            "if": _EXPONENTIAL,
            "then": {"properties": {"degree": UNSAID}},
            "else": {"required": ["degree"], "properties": {"degree": _SAID, "beta": UNSAID}},
        },
    ),
    "Drawn": (_one_of(*((key,) for key in _DRAWS)),),
    "Group": (_some_of("size", "shape", "neurons"), _not_both("size", "shape")),
    "Range": (_one_of(("step",), ("count",)),),
    "SalesmanSettings": (_one_of(("cities",), ("distances",)),),
    "Solve": (_one_of(("gain",), ("temperature",)),),
    "Stimulus": (_some_of("group", "neurons"), _not_both("neurons", "mask")),
    "Sweep": (_some_of("over", "zip", "tables", "samples", "seeds"),),
    "TableOverTime": (_not_both("key", "columns"),),
    "Training": (
        {
            "if": {"required": ["optimizer"], "properties": {"optimizer": _SPARSE}},
            "else": _said("targets"),
        },
    ),
    "Until": (
        _some_of("residual", "energy", "time", "wall", "expression"),
        _needs("method", "residual"),
    ),
}
NOT_NEGATIVE, FROM_ONE = Bounds(at_least=0.0), Bounds(at_least=1.0)
# Of values, which are numbers or lists of them.
_BOUNDS: Mapping[str, Mapping[str, Bounds]] = {
    "Connection": {"delay": NOT_NEGATIVE},
    "ConvolutionSettings": {"window": FROM_ONE, "stride": FROM_ONE},
    "Group": {"tau": NOT_NEGATIVE},
    "Noise": {"sigma": NOT_NEGATIVE, "tau": NOT_NEGATIVE},
    "OneByOne": {"temperature": NOT_NEGATIVE},
    "PoolSettings": {"window": FROM_ONE, "stride": FROM_ONE},
    "Solve": {"gain": Bounds(above=0.0), "temperature": Bounds(above=0.0)},
    "Together": {"temperature": NOT_NEGATIVE},
}
# Lists that hold something.
_LISTS = {
    "Group": ("shape", "neurons"),
    "Record": ("what",),
    "ThroughTime": ("at",),
    "Training": ("inputs",),
}
# Texts that are not empty.
_NAMES = {"FileValue": ("file",), "EdgeTable": ("file",), "NeuronTable": ("file",)}


def bounded(bounds: Bounds) -> Form:
    """What a schema says beside the type of a value: of a number, and of each of a list."""
    names = {"exclusiveMinimum": bounds.above, "minimum": bounds.at_least}
    limits = {key: limit for key, limit in names.items() if limit is not None}
    limits |= {} if bounds.at_most is None else {"maximum": bounds.at_most}
    return {**limits, "items": dict(limits)} if limits else {}


def add_rules(defined: Mapping[str, Form]) -> None:
    """Put the rules into the blocks of a schema."""
    for name, rules in _TOGETHER.items():
        defined[name]["allOf"] = [*rules]
    for name, keys in _BOUNDS.items():
        for key, bounds in keys.items():
            defined[name]["properties"][key] |= bounded(bounds)
    for name, listed in _LISTS.items():
        for key in listed:
            defined[name]["properties"][key]["minItems"] = 1
    for name, words in _NAMES.items():
        for key in words:
            defined[name]["properties"][key]["minLength"] = 1
    defined["NeuronTable"]["properties"]["columns"]["required"] = ["id"]
    _bound_parameters(defined["Lagrangian"]["anyOf"])


def _bound_parameters(cases: Iterable[Form]) -> None:
    """Bounds of what goes with the name of a Lagrangian."""
    for case in cases:
        for family in case.get("allOf", ()):
            row = TABLE[family["if"]["properties"]["kind"]["const"]]
            keys = family["then"]["properties"]
            for parameter in row.parameters:
                keys[parameter.name] |= bounded(parameter)
