"""A layout of its own for a network whose weights change all the time: they are written in place.

Tables of addresses that were made of its arrays stay right, and so do programs and workspaces.
Nobody who works on it may do so while weights are written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hamsim.layout.arrange import Layout, arrange
from hamsim.layout.choose import Choice
from hamsim.layout.refill import Filling
from hamsim.network import Network

__all__ = ["Rewritable"]

_WRITTEN = ("weights", "entry_weights", "block_weights", "kernels", "gate_weights")


class Rewritable(Filling):
    """A layout that nobody else has, into which the weights of other networks are written.

    Parameters
    ----------
    network : Network
    trials : int
    layout : str
        See `hamsim.layout.choose`. Where W is not symmetric, and a block is so by chance alone,
        all synapses are stored row by row instead.
    dtype : {float64, float32}
    """

    def __init__(
        self,
        network: Network,
        trials: int = 1,
        layout: str = "auto",
        dtype: DTypeLike = np.float64,
    ) -> None:
        made = arrange(network, trials=trials, layout=layout, dtype=dtype)
        if _symmetric_by_chance(network, made.choice):
            made = arrange(network, trials=trials, layout="rows", dtype=dtype)
        self._arrays = {name: np.array(getattr(made.plan, name)) for name in _WRITTEN}
        self._ways = _ways(network)
        made = replace(made, plan=made.plan._replace(**self._arrays))
        super().__init__(network, made, trials, dtype)

    @property
    def layout(self) -> Layout:
        """The layout with the weights that were written last."""
        return self._layout

    def write(self, network: Network) -> bool:
        """Write the weights of another network with the same pattern.

        Returns
        -------
        bool
            False, and nothing is written, if it has to be arranged anew.
        """
        return self.filled(network) is not None

    def fits(self, network: Network) -> bool:
        """Whether connections go the same ways, so that blocks are symmetric which were so."""
        return network.symmetric or _ways(network) == self._ways

    def _room(self, name: str) -> Any:
        return self._arrays[name]

    def _gates(self, network: Network) -> dict[str, Any]:
        gates = super()._gates(network)
        self._arrays["gate_weights"][:] = gates["gate_weights"]
        return {"gate_weights": self._arrays["gate_weights"]}


def _ways(network: Network) -> list[tuple[str, str]]:
    return [(connection.name, connection.kind) for connection in network.connections]


def _symmetric_by_chance(network: Network, choice: Choice | None) -> bool:
    """Whether a block that is stored once for both directions has synapses that go one way."""
    if network.symmetric or choice is None:
        return False
    one_way = [connection for connection in network.connections if connection.kind == "from"]
    for block in choice.blocks:
        if not block.both:
            continue
        for receivers, senders in ((block.rows, block.columns), (block.columns, block.rows)):
            if any(receivers.name in c.rows and senders.name in c.columns for c in one_way):
                return True
    return False
