"""`Trained` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.counted import counted
from hamsim.html.charts import curves
from hamsim.html.markup import Html, joined, render
from hamsim.learning.training.trained import Trained
from hamsim.notebook.representations.network import groups_and_connections
from hamsim.notebook.representations.pages import folded, page, plain_sections
from hamsim.notebook.representations.table import rows_of
from hamsim.report.training import TrainingReport

__all__ = ["show"]

_CURVES = {"loss": ("loss", "validation_loss"), "score": ("score", "validation_score")}


def show(shown: Trained) -> Html:
    """How it went, as curves and in words; all epochs and the network in parts that open."""
    table = shown.table
    report = TrainingReport(shown).sections()
    size = f"{counted(shown.network.n_neurons, 'neuron')}"
    parts = [render("panels", parts=_curves(shown)), plain_sections(report[-1:])]
    if table.rows:
        parts.append(folded("Epochs", f"{table.rows:,}", rows_of(table)))
    parts.append(folded("Network", size, groups_and_connections(shown.network)))
    return page("Trained", shown.network.name, counted(table.rows, "epoch"), *parts)


def _curves(shown: Trained) -> list[Html]:
    table = shown.table
    if table.rows < 2:
        return []
    epochs = table["epoch"].astype(float)
    span = (float(epochs[0]), float(epochs[-1]))
    found = []
    for title, names in _CURVES.items():
        lines = {
            "validation" if "_" in name else "training": table[name]
            for name in names
            if np.isfinite(table[name]).any()
        }
        if lines:
            found.append(curves(epochs, lines, title, span, axis="epoch"))
    return found or [joined(())]
