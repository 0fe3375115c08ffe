"""A `Spec` in a notebook."""

from __future__ import annotations

import math
from typing import Any

from hamsim.counted import counted
from hamsim.html.elements import code, paragraph, table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import description, folded, page
from hamsim.report.words import named
from hamsim.spec.dump import dump
from hamsim.spec.schema import ConnectionSpec, GroupSpec, Spec
from hamsim.spec.weights import rule_name

__all__ = ["show"]

MOST_ROWS = 20
MOST_LETTERS = 20_000  # of the text
MOST_NUMBERS = 250  # and names, of a description whose text is written: that takes long


def show(spec: Spec) -> Html:
    """What a description says, and its text."""
    size = sum(math.prod(group.dimensions) for group in spec.groups.values())
    groups = counted(len(spec.groups), "group")
    note = f"{counted(size, 'neuron')} in {groups}, {counted(len(spec.connections), 'connection')}"
    parts: list[Any] = [description(spec.description)]
    rows = [_group(name, group) for name, group in list(spec.groups.items())[:MOST_ROWS]]
    parts.append(table(("group", "neurons", "shape", "Lagrangian", "tau", "input"), rows))
    if len(spec.groups) > MOST_ROWS:
        parts.append(paragraph(f"and {len(spec.groups) - MOST_ROWS:,} more groups", "quiet"))
    if spec.connections:
        rows = [_connection(each) for each in spec.connections[:MOST_ROWS]]
        parts.append(
            folded(
                "Connections",
                f"{len(spec.connections):,}",
                table(("kind", "groups", "weights"), rows),
                unfolded=len(spec.connections) <= 6,
            )
        )
    if spec.stimuli:
        rows = [
            (each.mode, named(each.group or ", ".join(map(str, each.neurons or ()))), _time(each))
            for each in spec.stimuli[:MOST_ROWS]
        ]
        parts.append(
            folded("Stimuli", f"{len(spec.stimuli):,}", table(("mode", "of", "from"), rows))
        )
    if spec.references:
        parts.append(folded("References", "", *(paragraph(text) for text in spec.references)))
    parts.append(_text(spec))
    return page("Spec", spec.name, note, *parts)


def _group(name: str, group: GroupSpec) -> tuple[str, ...]:
    shape = " x ".join(map(str, group.dimensions))
    lagrangian = group.lagrangian.expression or group.lagrangian.kind
    size = f"{math.prod(group.dimensions):,}"
    return named(name), size, shape, lagrangian, _value(group.tau), _value(group.input)


def _value(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:.6g}"
    return "a number a neuron" if isinstance(value, tuple) else _kind(value)


def _kind(value: Any) -> str:
    """What kind of value it is, by the key that says so in a file."""
    keys = list(getattr(type(value), "model_fields", ()))
    return keys[0].rstrip("_").replace("_", " ") if keys else "from the file"


def _connection(each: ConnectionSpec) -> tuple[str, ...]:
    ends = [" + ".join(map(named, side)) for side in each.ends]
    joins = {
        "between": " ↔ ".join(ends),
        "within": ends[0],
        "from": " → ".join(reversed(ends)),
        "gate": f"{' ↔ '.join(ends[:2])}, gated by {ends[-1]}",
    }
    return each.kind, joins[each.kind], _weights(each.weights)


def _weights(weights: Any) -> str:
    if isinstance(weights, int | float):
        return f"{weights:.6g}"
    return "numbers" if isinstance(weights, tuple) else rule_name(weights) or _kind(weights)


def _time(each: Any) -> str:
    return f"{each.start:g} to {'the end' if each.stop is None else f'{each.stop:g}'}"


def _text(spec: Spec) -> Html:
    """Its text as YAML."""
    numbers = sum(
        len(value)
        for group in spec.groups.values()
        for value in (group.tau, group.input, group.initial, group.neurons)
        if isinstance(value, tuple)
    )
    if numbers > MOST_NUMBERS:
        return paragraph(f"hamsim.dump gives its text, with {numbers:,} numbers or names", "quiet")
    return folded("As YAML", "all defaults filled in", code(dump(spec), "the file", MOST_LETTERS))
