"""What draws a trace: it hands on to the pictures, which are on a floor above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from hamsim.plotting.style import Picture

__all__ = ["Plotted"]


class Plotted:
    """A trace that can be drawn."""

    def plot(
        self,
        groups: str | Iterable[str] | None = None,
        neurons: Any = None,
        *,
        kind: str | None = None,
        trials: Any = None,
        times: Any = None,
        beside: Any = None,
        network: Any = None,
        size: str | tuple[float, float] | None = None,
        dpi: float | None = None,
        style: str = "screen",
        title: str | None = None,
        out: str | os.PathLike[str] | None = None,
    ) -> Picture:
        """Draw it: groups and neurons against time or as images, energy, and stimuli as bars.

        Parameters
        ----------
        groups : str or iterable of str, optional
            The first six that were recorded, those of images first, if nothing is said.
        neurons : str, int or iterable of these, optional
            Single neurons and ranges, as ``["AVAL", "exc[10:20]"]``: a panel for each of their
            groups. For planes the two that span them.
        kind : str, optional
            "lines": a line a neuron; of many the mean and a standard deviation. "map": neuron
            against time as colours. "image", "images": groups of rows and columns at one moment,
            or at several. "raster": trial against time as colours. "energy": energy and residual.
            "phase": the phase plane of two neurons. "landscape": the energy over a plane. By
            what is drawn if nothing is said.
        trials : int, slice, str or iterable of these, optional
            ``3``, ``[0, 4]`` or ``"0:5"``. Trials that are named are drawn one by one; else the
            mean and its spread, where there are many.
        times : number, (start, stop), slice, str or iterable of numbers, optional
            ``(2, 5)`` or ``"2:5"`` draws that stretch; numbers are the moments of images.
        beside : Trace, path, or iterable of these, optional
            Others that stand to the right, with the same scales.
        network : Network, Spec, path or dict, optional
            For planes, where the trace does not hold the whole description of its network.
        size : {"column", "page"} or (width, height), optional
            89 or 183 mm wide, or both sides in inches.
        dpi : float, optional
            Dots an inch.
        style : {"screen", "paper"}
            As journals take it, or larger, with how the run ended as a title.
        title : str, optional
            Another one.
        out : path, optional
            Save it there besides, as PNG, SVG or PDF.

        Returns
        -------
        Picture
            A `matplotlib.figure.Figure` that a notebook shows. `save` writes it, `description`
            says what it shows, and `left_out` what it does not.

        Raises
        ------
        PlotError
            What is asked for cannot be drawn.
        TraceError
            The trace does not hold it.

        Notes
        -----
        Of more records or neurons than a picture has dots, colours are means of those that fall on
        one, and lines go through the least and the greatest; `left_out` says of how many.
        """
        from hamsim.plotting.trace_pictures import draw_trace  # against the floors

        trace: Any = self
        look: Any = {"size": size, "dpi": dpi, "style": style, "title": title, "out": out}
        chosen = {"kind": kind, "trials": trials, "times": times, "beside": beside}
        return draw_trace(trace, groups, neurons, network=network, **chosen, **look)
