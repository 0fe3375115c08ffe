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
from hamsim.layout.refill import Filling, symmetric_by_chance
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
        if symmetric_by_chance(network, made.choice):
            made = arrange(network, trials=trials, layout="rows", dtype=dtype)
        self._arrays = {name: np.array(getattr(made.plan, name)) for name in _WRITTEN}
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

    def _room(self, name: str) -> Any:
        return self._arrays[name]

    def _gates(self, network: Network) -> dict[str, Any]:
        gates = super()._gates(network)
        self._arrays["gate_weights"][:] = gates["gate_weights"]
        return {"gate_weights": self._arrays["gate_weights"]}
