"""The noise of a run: arrays for the kernels, and what of it a state must be kept with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.draws.stream import Stream
from hamsim.kernels.jit import first_call
from hamsim.kernels.normals import BLOCK, make_block
from hamsim.kernels.plan import COLOURED, WHITE, Kicks
from hamsim.layout.arrange import Layout
from hamsim.methods import Method, Stochastic
from hamsim.network import Network

__all__ = ["arrays_of", "key_of", "make_kicks"]

# Arrays of a number for each neuron and trial that noise takes: of four steps, what they are
# counted by, those of a step before, and eta.
ARRAYS = BLOCK + 3

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def key_of(seed: int) -> NDArray[np.uint64]:
    """Key of the normal numbers of a seed, two numbers of 32 bits."""
    word = Stream(seed, "noise").key[0]
    return np.array([word & _LOW, word >> _HALF], dtype=np.uint64)


def arrays_of(network: Network) -> int:
    """Arrays of a number for each neuron and trial that the noise of a network takes."""
    return 0 if network.noise is None else ARRAYS


def make_kicks(
    network: Network, layout: Layout, method: Method, trials: int, seed: int
) -> Kicks | None:
    """Allocate what noise needs; None where no neuron has any, or the method knows none.

    Parameters
    ----------
    network : Network
    layout : Layout
    method : Method
    trials : int
    seed : int
        Of the normal numbers. They are counted by step, neuron in file order, and trial.
    """
    noise, plan = network.noise, layout.plan
    if noise is None or not isinstance(method, Stochastic):
        return None
    n = network.n_neurons
    order = np.arange(n) if layout.order is None else layout.order
    sigma, relaxation = noise.sigma[order], np.where(noise.sigma > 0, noise.tau, 0.0)[order]
    kind = np.where(relaxation > 0, COLOURED, np.where(sigma > 0, WHITE, 0))
    pairs = zip(plan.chunk_start, plan.chunk_stop, strict=True)
    chunk_kind = [int(np.bitwise_or.reduce(kind[a:b])) for a, b in pairs]
    trial = np.arange(trials, dtype=np.uint64) << _HALF
    kicks = Kicks(
        key=key_of(seed),
        step=np.zeros(1, dtype=np.int64),
        averages=method.averages,
        chunk_kind=np.array(chunk_kind, dtype=np.int64),
        who=order.astype(np.uint64)[:, None] | trial,
        sigma=np.ascontiguousarray(sigma),
        relaxation=np.ascontiguousarray(relaxation),
        size=np.zeros(n),
        decay=np.zeros(n),
        spread=np.zeros(n),
        normals=np.zeros((BLOCK, n, trials)),
        earlier=np.zeros((n if method.averages else 0, trials)),
        eta=np.zeros((n if np.any(relaxation > 0) else 0, trials)),
    )
    if kicks.eta.size:
        kicks.eta[...] = _first_eta(kicks)
    return kicks


def _first_eta(kicks: Kicks) -> Floats:
    """Coloured noise at the beginning, of the normal numbers of the step before the first."""
    normals = np.zeros_like(kicks.normals)
    with first_call("make_block"):
        make_block(kicks.key, -1, kicks.who, normals)
    eta: Floats = np.where(kicks.relaxation > 0, kicks.sigma, 0.0)[:, None] * normals[-1]
    return eta
