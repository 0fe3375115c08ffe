"""What `--set` can be given for a network file, one step of a path at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from hamsim.cli.words import KEYS, METHODS_OF_LEARNING, OPTIMIZERS, TOP
from hamsim.methods import DISCRETE, METHOD_NAMES, ORDERS

__all__ = ["raw_network", "set_paths"]

# A larger file is not read while somebody waits for a word.
MAX_BYTES = 2**20
# Keys that have a path further down.
_INNER = ("lagrangian", "neurons", "until", "record", "method")
# Parts of the block training, and choices in it that have settings of their own.
_TRAINING = ("inputs", "targets", "learn", "constraints", "stop", "rest")
_CHOICES = {"method": METHODS_OF_LEARNING, "optimizer": OPTIMIZERS}
_VALUES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("simulation", "method"): METHOD_NAMES,
    ("simulation", "method", "asynchronous", "order"): ORDERS,
    ("simulation", "energy"): ("plain", "scaled"),
    ("simulation", "collective_tau"): ("plain", "preserve_energy"),
    **{("training", key): names for key, names in _CHOICES.items()},
    ("training", "targets", "loss"): ("squared", "cross_entropy"),
    ("training", "inputs", "mode"): ("clamp", "input", "initial"),
}


def raw_network(file: str | None) -> dict[str, Any]:
    """What a network file holds, unchecked; empty if it is large or cannot be read."""
    if not file or not os.path.isfile(file) or os.path.getsize(file) > MAX_BYTES:
        return {}
    from hamsim.spec.text import parse_text

    with open(file, encoding="utf-8-sig") as stream:
        raw, _, _ = parse_text(stream.read(), file)
    return raw if isinstance(raw, dict) else {}


def set_paths(raw: dict[str, Any], begun: str) -> list[str]:
    """Continuations of what is written of ``PATH=VALUE``.

    Parameters
    ----------
    raw : dict
        Of the network file.
    begun : str

    Returns
    -------
    list of str
        Those with more to come end in a dot, those that want a value in ``=``.
    """
    path, equals, _ = begun.partition("=")
    if equals:
        return [f"{path}={word}" for word in _values(path.split("."))]
    stem, dot, _ = path.rpartition(".")
    if not dot:
        found = [_at_top(raw, key) for key in TOP]
        return [word for words in found for word in words]
    parts = stem.replace("[", ".").replace("]", "").split(".")
    return [f"{stem}.{word}" for word in _next(raw, parts)]


def _at_top(raw: dict[str, Any], key: str) -> list[str]:
    if key in ("connections", "stimuli"):
        entries = raw.get(key)
        count = len(entries) if isinstance(entries, list) else 0
        return [f"{key}[{k}]." for k in range(count)]
    if key in ("groups", "parameters"):
        return [f"{key}."] if raw.get(key) else []
    if key == "training" and raw.get(key):
        return ["training."]
    return ["simulation."] if key == "simulation" else [f"{key}="]


def _next(raw: dict[str, Any], parts: list[str]) -> list[str]:
    match parts:
        case ["groups"]:
            return [f"{name}." for name in _mapping(raw, "groups")]
        case ["parameters"]:
            return [f"{name}=" for name in _mapping(raw, "parameters")]
        case ["groups", name]:
            return _keys("group") if name in _mapping(raw, "groups") else []
        case ["groups", name, "lagrangian"]:
            return [f"{word}=" for word in _of_lagrangian(_mapping(raw, "groups").get(name))]
        case ["groups", name, "neurons"]:
            group = _mapping(raw, "groups").get(name)
            neurons = group.get("neurons") if isinstance(group, dict) else None
            return [f"{word}." for word in _names(neurons, "id")]
        case ["groups", _, "neurons", _]:
            return _keys("neuron")
        case [("connections" | "stimuli") as key]:
            return [f"{name}." for name in _names(raw.get(key), "name")]
        case ["connections", _]:
            return _keys("connection")
        case ["stimuli", _]:
            return _keys("stimulus")
        case ["simulation"]:
            return _keys("simulation")
        case ["simulation", ("until" | "record") as key]:
            return _keys(key)
        case ["training", *inner]:
            return _of_training(_mapping(raw, "training"), inner)
        case ["simulation", "method"]:
            return [f"{name}." for name in DISCRETE]
        case ["simulation", "method", name] if name in DISCRETE:
            return _keys(name)
    return []


def _of_training(training: dict[str, Any], inner: list[str]) -> list[str]:
    if inner and isinstance(training.get(inner[0]), list):
        return []
    match inner:
        case []:
            below = [f"{key}." for key in KEYS["training"] if key in (*_TRAINING, *_CHOICES)]
            return [f"{key}=" for key in KEYS["training"]] + below
        case [key] if key in _TRAINING:
            return [f"{word}=" for word in KEYS[key]]
        case [key] if key in _CHOICES:
            return [f"{name}." for name in _CHOICES[key]]
        case [key, name] if name in _CHOICES.get(key, ()):
            return [f"{word}=" for word in KEYS[name]]
    return []


def _keys(part: str) -> list[str]:
    """Keys of a part, those with more beneath them in both ways."""
    dotted = [f"{key}." for key in KEYS[part] if key in _INNER]
    return [f"{key}=" for key in KEYS[part]] + dotted


def _mapping(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _names(items: Any, key: str) -> Iterable[str]:
    for item in items if isinstance(items, list) else []:
        name = item.get(key) if isinstance(item, dict) else item
        if isinstance(name, str):
            yield name


def _of_lagrangian(group: Any) -> list[str]:
    """Keys of a group's Lagrangian: its parameters, and what else its kind has."""
    from hamsim.lagrangians.table import TABLE

    given = group.get("lagrangian") if isinstance(group, dict) else None
    given = {"kind": given} if isinstance(given, str) else given if isinstance(given, dict) else {}
    if "expression" in given:
        names = [key for key in given if key not in KEYS["lagrangian"]]
        return ["expression", "domain", "over", *names]
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in TABLE:
        return []
    return ["kind", *([] if TABLE[kind].additive else ["over"]), *parameters_of(kind)]


def parameters_of(kind: str) -> list[str]:
    """Names of a Lagrangian's parameters."""
    from hamsim.lagrangians.table import TABLE

    return [parameter.name for parameter in TABLE[kind].parameters] if kind in TABLE else []


def _values(parts: list[str]) -> Iterable[str]:
    """What a value may be, where it is one of a few words."""
    if parts[:1] == ["groups"] and parts[2:] in (["lagrangian"], ["lagrangian", "kind"]):
        from hamsim.lagrangians.table import TABLE

        return TABLE
    return _VALUES.get(tuple(parts), ())
