"""Those who take part in the benchmarks, one small file each."""

from __future__ import annotations

from peers.annarchy import Annarchy
from peers.brian import Brian
from peers.graph_blas import GraphBLAS
from peers.hamux_layers import Hamux
from peers.jax_arrays import JaxDense, JaxSparse
from peers.loop import Loop
from peers.own import Hamsim, OneThread, SinglePrecision
from peers.peer import Peer
from peers.pytorch import PyTorch

# In the order in which they are shown; ratios are to the first.
ALL: tuple[type[Peer], ...] = (
    Loop,
    PyTorch,
    GraphBLAS,
    JaxDense,
    JaxSparse,
    Hamux,
    Brian,
    Annarchy,
    OneThread,
    Hamsim,
    SinglePrecision,
)


def installed(chosen: list[str] | None = None) -> list[type[Peer]]:
    """Those that are there, or that are chosen by name; who is not is named in one line."""
    found = []
    for peer in ALL:
        if chosen and not any(word.lower() in peer.name.lower() for word in chosen):
            continue
        if lacks := peer.missing():
            print(f"{peer.name} is left out: {', '.join(lacks)} not installed")
        else:
            found.append(peer)
    return found
