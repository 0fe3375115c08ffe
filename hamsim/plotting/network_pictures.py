"""Which pictures a network has, and how they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hamsim.certify.certificate import Certificate
from hamsim.certify.check import check
from hamsim.errors import PlotError, did_you_mean, given
from hamsim.network import Network
from hamsim.plotting.graphs.certificate_figure import draw_certificate
from hamsim.plotting.graphs.groups import draw_groups
from hamsim.plotting.graphs.neurons import draw_neurons
from hamsim.plotting.graphs.weights import draw_weights
from hamsim.plotting.planes.asked import landscape_of_network, phase_of_network
from hamsim.plotting.style import Picture, title_of

__all__ = ["KINDS", "Kind", "draw_network"]

# A network of so many neurons and edges is drawn neuron by neuron, where nobody chooses.
FEW_NEURONS, FEW_EDGES = 40, 250


class Kind(NamedTuple):
    """A kind of picture.

    Parameters
    ----------
    draw : callable
        Takes the network and options, and returns a Picture.
    options : tuple of str
        Names of options besides those of all pictures.
    """

    draw: Callable[..., Picture]
    options: tuple[str, ...] = ()


def _graph(network: Network, **options: Any) -> Picture:
    """Neurons of a small network, groups of others."""
    gated = 0 if network.triples is None else network.triples.weights.size
    few = network.n_neurons <= FEW_NEURONS and network.W.nnz / 2 + gated <= FEW_EDGES
    if few or options.get("layout") is not None:
        return draw_neurons(network, **options)
    options.pop("layout", None)
    return draw_groups(network, **options)


def _certificate(
    network: Network, certificate: Certificate | None = None, **options: Any
) -> Picture:
    options["title"] = network.name if options.get("title") is None else options["title"]
    found = check(network) if certificate is None else certificate
    return draw_certificate(found, **options)


KINDS: Mapping[str, Kind] = {
    "graph": Kind(_graph, ("certificate", "layout")),
    "groups": Kind(draw_groups, ("certificate",)),
    "neurons": Kind(draw_neurons, ("certificate", "layout")),
    "weights": Kind(draw_weights),
    "certificate": Kind(_certificate, ("certificate", "theorems")),
    "phase": Kind(phase_of_network, ("neurons", "through", "what", "range", "t", "trial")),
    "landscape": Kind(landscape_of_network, ("neurons", "through", "what", "range", "t", "trial")),
}
_OF_ALL = ("size", "dpi", "style", "title")


def draw_network(
    network: Network,
    kind: str | None = None,
    *,
    certificate: Certificate | bool | None = None,
    out: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Picture:
    """Draw a network; see `Network.plot`.

    Raises
    ------
    PlotError
        There is no such kind, or it has no such option.
    """
    kind = "graph" if kind is None else kind
    if not isinstance(kind, str) or kind not in KINDS:
        word = kind if isinstance(kind, str) else ""
        raise PlotError(f"kind is {given(kind)}; {did_you_mean(word, KINDS)}")
    if isinstance(certificate, bool):
        certificate = check(network) if certificate else None
    elif certificate is not None and not isinstance(certificate, Certificate):
        raise PlotError(
            f"certificate is {given(certificate)}; allowed are True and what hamsim.check returns"
        )
    chosen = {name: value for name, value in options.items() if value is not None}
    if certificate is not None:
        chosen["certificate"] = certificate
    allowed = (*KINDS[kind].options, *_OF_ALL)
    for name in chosen:
        if name not in allowed:
            hint = did_you_mean(name, [*allowed, "out"], "its options")
            raise PlotError(f"a picture of kind '{kind}' has no option '{name}'; {hint}")
    title_of(chosen.get("title"))
    picture = KINDS[kind].draw(network, **chosen)
    if out is not None:
        picture.save(out)
    return picture
