"""What results that can be drawn have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from hamsim.plotting.style import Picture

__all__ = ["Drawable"]


class Drawable:
    """A result of which there is a picture."""

    __slots__ = ()

    def plot(
        self,
        *,
        size: str | tuple[float, float] | None = None,
        dpi: float | None = None,
        style: str = "screen",
        title: str | None = None,
        out: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Picture:
        """Draw it.

        Parameters
        ----------
        size : {"column", "page"} or (width, height), optional
            89 or 183 mm wide, or both sides in inches.
        dpi : float, optional
            Dots an inch.
        style : {"screen", "paper"}
            "paper" is for journals: small letters, thin lines, no title.
        title : str, optional
            Above it, in place of its own.
        out : path, optional
            Save it there besides, as PNG, SVG or PDF.
        **options
            `show` and `against` of a sweep, `show` of branches, `trace` and `trials` of phase
            planes and landscapes, `network` of attractors and recalled cues that do not know it.

        Returns
        -------
        Picture
            A `matplotlib.figure.Figure`, shown by a notebook.

        Raises
        ------
        HamsimError
            There is nothing to draw, or no such option, style or size.
        """
        from hamsim.plotting.pictures import draw  # an import against the floors

        looks = {"size": size, "dpi": dpi, "style": style, "title": title, "out": out}
        return draw(self, looks, options)
