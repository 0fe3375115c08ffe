"""What happened in training: how loss and score changed, and what was left out."""

from __future__ import annotations

from hamsim.html.elements import heading, notes, section
from hamsim.html.markup import joined
from hamsim.html.page import Part
from hamsim.pages import figures
from hamsim.pages.subject import Subject
from hamsim.report.training import TrainingReport

__all__ = ["TITLE", "training_part"]

TITLE = "How it was trained"


def training_part(subject: Subject) -> Part:
    """The part of a page about training.

    Parameters
    ----------
    subject : Subject
        With what training left.
    """
    trained = subject.trained
    assert trained is not None
    if not trained.table.rows:
        return Part(TITLE, notes(["No epoch was finished."]))
    _, table, *others = TrainingReport(trained).sections()
    parts = [*map(section, others), figures.of_training(trained), heading("Epochs")]
    return Part(TITLE, joined([*parts, section(table)]))
