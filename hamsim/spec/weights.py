"""What a connection can say of its weights: a value, or one of the rules.

A rule is a file of the folder `rules`, found by its name; `hamsim.wiring.rules` has a file of the
same name that makes the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from operator import or_
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Discriminator, Tag

from hamsim.errors import did_you_mean
from hamsim.spec import rules
from hamsim.spec.messages import wrong
from hamsim.spec.numbers import Part
from hamsim.spec.rule import Rule
from hamsim.spec.values import (
    VALUE_ERROR,
    VALUE_KINDS,
    DrawnCase,
    FileCase,
    ListCase,
    NumberCase,
    kind_of,
    one_distribution,
)

__all__ = ["RULES", "WEIGHT_TAGS", "Weights", "rule_name", "rule_of"]


def _found() -> Mapping[str, Rule]:
    """All rules by their names, in the order in which messages list them."""
    found = {}
    for name in (module.name for module in iter_modules(rules.__path__)):
        module = import_module(f"{rules.__name__}.{name}")
        if not isinstance(getattr(module, "RULE", None), Rule):
            raise ImportError(f"{module.__name__} has no RULE")
        found[name] = module.RULE
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (item[1].place, item[0]))))


RULES = _found()
_NAMES = {rule.model: name for name, rule in RULES.items()}
_KINDS = {**{name: f"<{name}>" for name in RULES}, **VALUE_KINDS}


def rule_name(weights: Any) -> str:
    """Key by which a file names a rule; empty for plain values."""
    return _NAMES.get(type(weights), "")


def rule_of(weights: Any) -> Rule | None:
    """The rule that weights follow; None for plain values."""
    return RULES.get(rule_name(weights))


def _one_rule(given: Any) -> Any:
    """Refuse what names no rule, or two, before the union's members call it something else."""
    if isinstance(given, str) and given.strip() in RULES:
        raise wrong(f"a rule has settings: {{{given.strip()}: ...}}")
    if not isinstance(given, Mapping):
        return given
    named = [key for key in given if key in _KINDS and key != "key"]
    if len(named) > 1:
        raise wrong(f"give {named[0]} or {named[1]}, not both", named[1])
    if not any(key in _KINDS for key in given):
        keys = [key for key in given if isinstance(key, str)]
        allowed = [key for key in _KINDS if key != "key"]
        if not keys:
            raise wrong(f"names no rule; allowed: {', '.join(allowed)}")
        raise wrong(f"unknown rule; {did_you_mean(keys[0], allowed)}", keys[0])
    return one_distribution(given)


if TYPE_CHECKING:
    Weights: TypeAlias = Any
else:
    _cases = [Annotated[rule.model, Tag(f"<{name}>")] for name, rule in RULES.items()]
    Weights = Annotated[
        reduce(or_, _cases, NumberCase | ListCase | FileCase | DrawnCase),
        Discriminator(
            lambda value: kind_of(value, _KINDS),
            custom_error_type="value",
            custom_error_message=f"{VALUE_ERROR}, or a rule: {', '.join(RULES)}",
        ),
        BeforeValidator(_one_rule),
    ]
# Tags of unions, which are in pydantic's locations but not in files, with the keys allowed there.
WEIGHT_TAGS: Mapping[str, type[Part]] = MappingProxyType(
    {
        **{f"<{name}>": rule.model for name, rule in RULES.items()},
        **{tag: model for rule in RULES.values() for tag, model in rule.tags.items()},
    }
)
