"""What results have in common: notebooks show them as more than a line of text."""

from __future__ import annotations

__all__ = ["Shown"]


class Shown:
    """A result that a notebook shows as HTML; elsewhere its `repr` is what there is."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """HTML for a notebook; None where the text says as much."""
        from hamsim.notebook.representations import html_of  # an import against the floors

        return html_of(self)
