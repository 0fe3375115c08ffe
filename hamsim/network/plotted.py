"""What draws a network: it hands on to the pictures, which are on a floor above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from hamsim.certify.certificate import Certificate
    from hamsim.plotting.style import Picture

__all__ = ["Plotted"]


class Plotted:
    """A network that can be drawn."""

    __slots__ = ()

    def plot(
        self,
        kind: str | None = None,
        *,
        certificate: Certificate | bool | None = None,
        layout: str | None = None,
        size: str | tuple[float, float] | None = None,
        dpi: float | None = None,
        style: str = "screen",
        title: str | None = None,
        out: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Picture:
        """Draw it: groups and connections, neurons, weights, or what is guaranteed.

        Parameters
        ----------
        kind : str, optional
            "groups": boxes with their Lagrangian, size and tau, and connections as arrows, whose
            colours tell signs and whose widths tell strength. "neurons": each neuron, and each
            synapse as a line. "graph": that for at most 40 neurons, else groups; what is drawn if
            nothing is said. "weights": W as a map. "certificate": as `Certificate.plot`.
            "phase": how two neurons move by what both are, with nullclines; `neurons` names them.
            "landscape": the energy over a plane; `neurons` are what spans it, else it is the plane
            of the attractors.
        certificate : Certificate or bool, optional
            Mark groups, neurons and connections by what was proved, refuted or left open of them.
            True asks `hamsim.check`.
        layout : {"layers", "circle", "stress", "kamada_kawai", "spring", "spectral"}, optional
            How neurons stand.
        size : {"column", "page"} or (width, height), optional
            89 or 183 mm wide, or both sides in inches.
        dpi : float, optional
            Dots an inch.
        style : {"screen", "paper"}
        title : str, optional
            Else the network's name, but for papers, where it belongs into the caption.
        out : path, optional
            Save it there besides, as PNG, SVG or PDF.
        **options
            Of phase planes and landscapes: `neurons`, `through`, `what`, `range`, `t` and `trial`,
            as of `hamsim.phase_plane` and `hamsim.energy_plane`.

        Returns
        -------
        Picture
            A `matplotlib.figure.Figure`, shown by a notebook.

        Raises
        ------
        PlotError
            There is no such kind, option, layout, style or size.
        """
        from hamsim.plotting.network_pictures import draw_network  # against the floors

        network: Any = self
        chosen = {"layout": layout, "size": size, "dpi": dpi, "style": style, "title": title}
        return draw_network(network, kind, certificate=certificate, out=out, **chosen, **options)
