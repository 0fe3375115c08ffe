"""What training has done, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.learning.training.trained import Trained
from hamsim.report.sections import Fact, Section
from hamsim.report.words import duration, named

__all__ = ["TrainingReport"]

# Epochs that a table has a row for; of more there are some, with the best and the last.
MOST_ROWS = 12
_TITLES = {
    "epoch": "epoch",
    "loss": "loss",
    "score": "score",
    "validation_loss": "held-out loss",
    "validation_score": "held-out score",
    "sweeps": "sweeps to rest",
    "unstable": "left out",
}


@dataclass(frozen=True, eq=False)
class TrainingReport:
    """What training has done.

    Parameters
    ----------
    trained : Trained
    """

    trained: Trained

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        trained = self.trained
        return {
            "name": trained.network.name,
            "epochs": trained.table.rows,
            "best": trained.best,
            "unstable": trained.unstable,
            "seconds": trained.seconds,
            "interrupted": trained.interrupted,
            "stopped": trained.stopped,
            "table": {name: column.tolist() for name, column in trained.table.items()},
        }

    def line(self) -> str:
        """What a description says of it, the same for every run to the same numbers."""
        table = self.trained.table
        names = ("loss", "score", "validation_loss", "validation_score")
        words = [
            f"{_TITLES[name]} {table[name][-1]:.4g}"
            for name in names
            if math.isfinite(table[name][-1])
        ]
        told = f": {', '.join(words)}" if words else ""
        return f"Trained for {counted(table.rows, 'epoch')}{told}."

    def sections(self) -> tuple[Section, ...]:
        """A row an epoch, and what is to be said besides."""
        trained, table = self.trained, self.trained.table
        network = trained.network
        size = f"{counted(network.n_neurons, 'neuron')}, {counted(network.W.nnz, 'synapse')}"
        head = Section("", (Fact("", network.name, f"{named(network.name)}: {size}"),))
        if not table.rows:
            return head, Section("", (Fact("epochs", 0, "none was finished"),))
        columns = [name for name in _TITLES if not _unknown(table[name])]
        rows = tuple(
            tuple(_written(name, table[name][k]) for name in columns) for k in self._some()
        )
        titles = tuple(_TITLES[name] for name in columns)
        if trained.has_no_loss:  # of the sparse rule nothing else is known
            titles += ("largest change",)
            rows = tuple(
                (*row, f"{table['norm'][k]:.4g}") for row, k in zip(rows, self._some(), strict=True)
            )
        return head, Section("", (), titles, rows), Section("", tuple(self._facts()))

    def _some(self) -> list[int]:
        """Epochs that are told, by their rows."""
        count = self.trained.table.rows
        even = np.linspace(0, count - 1, min(count, MOST_ROWS)).round().astype(int).tolist()
        return sorted({*even, self.trained.best - 1})

    def _facts(self) -> list[Fact]:
        trained, table = self.trained, self.trained.table
        words = counted(table.rows, "epoch") + f" in {duration(trained.seconds)}"
        if trained.interrupted:
            words += "; interrupted, as after the last whole one"
        if trained.stopped:
            words += "; stopped: none of the last was better"
        facts = [Fact("time", trained.seconds, words)]
        if trained.best and np.isfinite(table["loss"]).any():
            facts.append(Fact("best", trained.best, f"epoch {trained.best}"))
        if trained.unstable:
            words = (
                f"{counted(trained.unstable, 'time')} an example was left out of a step: it did "
                "not come to rest, or its state was not stable"
            )
            facts.append(Fact("left out", trained.unstable, words))
        return facts


def _unknown(column: Any) -> bool:
    """Whether nothing is known in a column, or nothing is to be told of it."""
    return not np.isfinite(column).any() or (column.dtype.kind == "i" and not column.any())


def _written(name: str, value: Any) -> str:
    if name in ("epoch", "unstable"):
        return f"{int(value):,}"
    if not math.isfinite(value):
        return ""
    return f"{value:.1f}" if name == "sweeps" else f"{value:.4g}"
