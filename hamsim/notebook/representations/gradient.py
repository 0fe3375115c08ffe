"""A `Gradient`, or a `GradientCheck`, in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.html.charts import images
from hamsim.html.elements import facts, notes, status, table
from hamsim.html.markup import Html, joined
from hamsim.learning.checking import GradientCheck
from hamsim.learning.derivatives import Gradient
from hamsim.notebook.representations.pages import folded, page, plain_sections
from hamsim.report.gradient_check import GradientCheckReport
from hamsim.report.words import named

__all__ = ["show"]

MOST_TOLD = 20
MOST_PIXELS = 10_000  # of a block that is drawn


def show(shown: Gradient | GradientCheck) -> Html:
    """How large it is, by what, and of how many trials."""
    if isinstance(shown, GradientCheck):
        return _check(shown)
    done, trials = int(np.count_nonzero(shown.counts)), shown.counts.size
    loss = float(shown.loss[shown.counts].mean()) if done else float("nan")
    note = f"{shown.method}, loss {loss:.6g}"
    cost = f"{shown.cost.forward.mean():.3g} to the states, {shown.cost.backward.mean():.3g} back"
    told = [
        ("trials", f"{done:,} of {trials:,} count"),
        ("products W g a trial", cost),
        ("largest residual", f"{shown.residual.max(initial=0.0):.3g}"),
    ]
    rows = list(_rows(shown))
    parts: list[object] = [facts(told)]
    if rows:
        parts.append(table(("derivatives by", "shape", "norm", "smallest", "largest", ""), rows))
    if shown.left_out:
        told = [(f"trial {k}", why) for k, why in list(shown.left_out.items())[:MOST_TOLD]]
        parts.append(folded("Left out", counted(len(shown.left_out), "trial"), facts(told)))
    parts.append(notes(shown.notes))
    return page("Gradient", "", note, *parts)


def _rows(shown: Gradient) -> Iterator[tuple[object, ...]]:
    for name, values in (shown.connections or {}).items():
        dense = isinstance(values, np.ndarray)
        yield _row(named(name), values if dense else values.data, values.shape, dense)
    if shown.edges is not None and not shown.connections:
        yield _row("edges", shown.edges, shown.edges.shape, False)
    for what in ("input", "clamp", "initial", "tau"):
        if (values := getattr(shown, what)) is not None:
            yield _row(what, values, values.shape, False)
    for group, own in (shown.lagrangian or {}).items():
        for name, values in own.items():
            each = np.atleast_1d(values)
            yield _row(f"{name} of {named(group)}", each, each.shape, False)


def _row(name: str, values: Floats, shape: tuple[int, ...], dense: bool) -> tuple[object, ...]:
    told: tuple[Any, ...] = ("", "", "")
    if values.size:
        told = (np.linalg.norm(values), values.min(), values.max())
        told = tuple(f"{each:.4g}" for each in told)
    drawn: object = ""
    if dense and values.ndim == 2 and 1 < min(values.shape) and values.size <= MOST_PIXELS:
        drawn = images({f"derivatives by {name}": values}, "", height=32)
    return (name, " x ".join(map(str, shape)), *told, drawn)


def _check(shown: GradientCheck) -> Html:
    answered = any(not each.refused for each in shown.methods)
    word = "agrees" if shown.agrees else "differs" if answered else "no gradient"
    kind = {"agrees": "proved", "differs": "refuted"}.get(word, "undecided")
    told = joined([status(kind, word), f" with finite differences of {shown.loss}"])
    return page(
        "GradientCheck",
        shown.network.name,
        "",
        told,
        plain_sections(GradientCheckReport(shown).sections()),
    )
