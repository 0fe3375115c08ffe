"""Gated synapses by the neuron that receives: each triple is there three times."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.network import Triples

__all__ = ["arrange_gates"]


def arrange_gates(triples: Triples | None, n: int, order: Ints | None) -> dict[str, Any]:
    """Fields of `Plan` about gated synapses of n neurons."""
    if triples is None:
        nothing = np.zeros(0, dtype=np.uint64)
        return {
            "gate_indptr": nothing,
            "gate_first": nothing,
            "gate_second": nothing,
            "gate_weights": np.zeros(0),
        }
    i, j, k, weights = triples
    receiver = np.concatenate([i, j, k])
    senders = np.concatenate([j, i, i]), np.concatenate([k, k, j])
    if order is not None:
        inverse = np.empty_like(order)
        inverse[order] = np.arange(order.size)
        receiver, senders = inverse[receiver], (inverse[senders[0]], inverse[senders[1]])
    by_receiver = np.argsort(receiver, kind="stable")
    counts = np.bincount(receiver, minlength=n)
    return {
        "gate_indptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64),
        "gate_first": senders[0][by_receiver].astype(np.uint64),
        "gate_second": senders[1][by_receiver].astype(np.uint64),
        "gate_weights": np.tile(weights, 3)[by_receiver],
    }
