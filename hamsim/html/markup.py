"""Templates, and what is already HTML: the one place that knows jinja2."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup as Html

from hamsim.errors import printable

__all__ = ["Html", "escape", "joined", "package_text", "render", "trusted"]

_HERE = Path(__file__).parent


def escape(value: object) -> Html:
    """Text as HTML, control characters written out; `Html` stays as it is."""
    if hasattr(value, "__html__"):
        return Html(value)
    text = str(value)
    # Line ends and tabs are harmless here, and belong to files that are shown.
    lines = [printable(line.replace("\t", "    ")) for line in text.split("\n")]
    return Html.escape("\n".join(lines))


def trusted(text: str) -> Html:
    """Text that is HTML already, made by hamsim and not by a user."""
    return Html(text)


def joined(parts: Iterable[object]) -> Html:
    """One after another, each escaped where it is not HTML yet."""
    return Html("").join(escape(part) for part in parts)


def render(template: str, **values: Any) -> Html:
    """Fill a template of this package in.

    Parameters
    ----------
    template : str
        Name of its file, without the ending.
    **values
        What it names; all of them.
    """
    return trusted(_environment().get_template(f"{template}.html.j2").render(**values).strip())


@cache
def package_text(name: str) -> str:
    """A text file that lies beside the templates, such as a style sheet."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=escape,
    )
    environment.filters["anchor"] = anchor
    return environment


def anchor(text: str) -> str:
    """A name that an address may end in: letters, digits and hyphens."""
    kept = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split()) or "part"
