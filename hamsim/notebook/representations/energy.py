"""`EnergyParts` in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.html.elements import table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page
from hamsim.report.words import named, span_of

__all__ = ["show"]

MOST = 40


def show(shown: Any) -> Html:
    """What each group and each connection adds."""
    rows = [*_rows("group", shown.groups), *_rows("connection", shown.connections)]
    columns = ("part", "kind", "energy")
    return page("EnergyParts", "", f"E = {_written(shown.total)}", table(columns, rows, most=MOST))


def _rows(kind: str, parts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(named(name), kind, _written(value)) for name, value in parts.items()]


def _written(value: Any) -> str:
    values = np.asarray(value)
    if values.ndim == 0:
        return f"{float(values):.6g}"
    return span_of((float(values.min()), float(values.max()))) if values.size else ""
