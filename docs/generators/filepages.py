"""A page for each key of a network file, and one for each block that its values are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generators.types import cell, flow, in_words, spaced
from hamsim.spec.jsonschema import schema

__all__ = ["block_pages", "key_pages"]

Schema = Mapping[str, Any]
# Definitions that are told on the page of their key.
_AT_HOME = {
    "Connection": "connections",
    "Group": "groups",
    "Simulation": "simulation",
    "Solve": "solve",
    "Stimulus": "stimuli",
    "Sweep": "sweep",
    "Training": "training",
}
# Where the guide tells more.
_GUIDE = {
    "connections": ("weights", "Weights"),
    "groups": ("lagrangians", "Lagrangians"),
    "parameters": ("file", "The file"),
    "seed": ("draws", "What a seed draws"),
    "simulation": ("methods", "Methods"),
    "solve": ("problems", "Problems"),
    "stimuli": ("over-time", "Values over time"),
    "sweep": ("sweeps", "Many runs"),
    "training": ("training", "Training"),
}


def key_pages() -> dict[str, str]:
    """Text of the page of each key at the top of a file."""
    whole = schema()
    homes = {key: name for name, key in _AT_HOME.items()}
    pages = {}
    for key, part in whole["properties"].items():
        parts = [f"# {key}", part["description"], _facts(part, key in whole["required"])]
        if key in homes:
            parts += _told(whole["$defs"][homes[key]], _link_from_key)
        if key in _GUIDE:
            page, title = _GUIDE[key]
            parts.append(f"More of it: [{title}](../guide/{page}.md).")
        pages[key] = "\n\n".join(parts) + "\n"
    return pages


def block_pages() -> dict[str, str]:
    """Text of the page of each block."""
    definitions = schema()["$defs"]
    return {
        name: "\n\n".join([f"# {spaced(name)}", *_told(part, _link_from_block)]) + "\n"
        for name, part in definitions.items()
        if name not in _AT_HOME
    }


def _link_from_key(name: str) -> str:
    home = _AT_HOME.get(name)
    return f"[{spaced(name)}]({home or f'blocks/{name}'}.md)"


def _link_from_block(name: str) -> str:
    home = _AT_HOME.get(name)
    return f"[{spaced(name)}]({f'../{home}' if home else name}.md)"


def _facts(part: Schema, required: bool) -> str:
    facts = f"Type: {in_words(part, _link_from_key)}."
    if required:
        facts += " Every file has it."
    elif part.get("default") not in (None, "", [], {}):
        facts += f" Without it: `{flow(part['default'])}`."
    return facts


def _told(part: Schema, link: Any) -> Iterator[str]:
    """What a definition says: a text, what may stand there, keys, kinds, examples."""
    yield part.get("description", "")
    choices = [each for each in part.get("anyOf", [part]) if each.get("type") != "null"]
    plain = [each for each in choices if "properties" not in each]
    if plain and "properties" not in part:
        yield "One of these:" if len(plain) > 1 else "It is:"
        yield "\n".join(f"- {in_words(each, link)}" for each in plain)
    for each in choices:
        kinds = [branch for branch in each.get("allOf", ()) if "kind" in _asked(branch)]
        if kinds:
            yield _kinds(kinds, link)
        elif "properties" in each:
            yield _keys(each, link)
    if part.get("examples"):
        yield "For example:"
        yield from (_example(each) for each in part["examples"])


def _asked(branch: Schema) -> Schema:
    """Keys that a condition asks for."""
    found: Schema = branch.get("if", {}).get("properties", {})
    return found


def _keys(part: Schema, link: Any) -> str:
    """The table of a block's keys."""
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    required = part.get("required", ())
    for key, value in part["properties"].items():
        default = value.get("default")
        said = "*must be there*" if key in required else "" if default is None else _code(default)
        rows.append(_row(f"`{key}`", in_words(value, link), said, value.get("description", "")))
    others = part.get("additionalProperties")
    if isinstance(others, Mapping):
        rows.append(_row("other names", in_words(others, link), "", others.get("description", "")))
    return "\n".join(rows) if len(rows) > 2 else "It has no keys: `{}`."


def _kinds(branches: list[Schema], link: Any) -> str:
    """The table of what goes with each kind."""
    rows = ["| `kind` | keys beside it, with their defaults |", "|---|---|"]
    for branch in branches:
        kind = branch["if"]["properties"]["kind"]["const"]
        keys = []
        for key, value in branch["then"]["properties"].items():
            if isinstance(value, Mapping) and "const" not in value:
                default = f" ({_code(value['default'])})" if "default" in value else ""
                keys.append(f"`{key}`{default}: {in_words(value, link)}")
        rows.append(_row(f"`{kind}`", "; ".join(keys)))
    return "\n".join(rows)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell(each) for each in cells)} |"


def _code(value: Any) -> str:
    return f"`{flow(value)}`"


def _example(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=None, sort_keys=False, width=100)
    return "```yaml\n{}\n```".format(text.removesuffix("...\n").strip())
