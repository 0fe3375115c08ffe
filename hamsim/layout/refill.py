"""The layout of a network for another one with the same pattern: only values are written anew.

How a network is stored depends on its pattern, on which neurons follow at once and on whether W is
symmetric. Where these are alike the layout of the one is taken for the other. Where in it an entry
of W goes is found by storing the numbers of the entries in the place of the weights, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Plan
from hamsim.kernels.weights import put_weights
from hamsim.layout.arrange import Layout, arrange, refuse_large, store
from hamsim.layout.choose import Choice
from hamsim.layout.convolutions import Shared
from hamsim.layout.gates import arrange_gates
from hamsim.layout.storage import both_orders
from hamsim.network import Network, Pattern, Triples

__all__ = ["arranged"]

# Layouts of a pattern that are kept, for other numbers of trials or other storage.
MOST = 2
_FIELDS = ("weights", "entry_weights", "block_weights")


def arranged(network: Network, trials: int, layout: str, dtype: DTypeLike) -> Layout:
    """`arrange` a network, or fill its weights into the layout of one with the same pattern."""
    kept = _KEPT.setdefault(network.pattern, {})
    key = (trials, layout, np.dtype(dtype))
    found = kept.get(key)
    result = None if found is None else found.filled(network)
    if result is None:
        result = arrange(network, trials=trials, layout=layout, dtype=dtype)
        if len(kept) >= MOST:
            kept.clear()
        kept[key] = _Filling(network, result, trials, dtype)
    return result


class _Filling:
    """A layout, and where in it the entries of W are.

    Parameters
    ----------
    network : Network
        Whose layout it is.
    layout : Layout
    trials : int
    dtype : {float64, float32}
    """

    def __init__(self, network: Network, layout: Layout, trials: int, dtype: DTypeLike) -> None:
        self._layout, self._trials, self._dtype = layout, trials, np.dtype(dtype)
        self._symmetric, self._instant = network.symmetric, network.tau == 0
        self._ways, self._by_chance = _ways(network), _symmetric_by_chance(network, layout.choice)
        self._note(network)
        choice = layout.choice
        assert choice is not None
        kernels = {id(c.convolution): c.name for c in network.connections}
        self._kernels = [kernels[id(shared.convolution)] for shared in choice.shared]
        self._places: dict[str, Any] | None = None

    def _note(self, network: Network) -> None:
        """Keep in mind whose values the layout has."""
        self._W, self._triples = ref(network.W), _triples(network)

    def _fits(self, network: Network) -> bool:
        """Whether a network of this pattern is sure to be arranged in the same way."""
        if network.symmetric or network.W is self._W():
            return True
        # Else which of its blocks are symmetric would have to be looked at.
        return not self._by_chance and _ways(network) == self._ways

    def filled(self, network: Network) -> Layout | None:
        """The layout with the weights of a network; None if it would have another one."""
        if network.symmetric != self._symmetric or not self._fits(network):
            return None
        if not np.array_equal(network.tau == 0, self._instant):
            return None
        layout = self._layout
        if network.W is not self._W():
            choice = _with_kernels(layout.choice, network, self._kernels)
            if choice is None:
                return None
            refuse_large(network.W, self._dtype)
            layout = replace(layout, choice=choice, plan=self._written(network, choice))
        triples = _triples(network)
        if not all(a is b for a, b in zip(triples, self._triples, strict=True)):
            gates = arrange_gates(network.triples, network.n_neurons, layout.order)
            layout = replace(layout, plan=layout.plan._replace(**gates))
        self._layout = layout  # rather than the one before, which may be let go of
        self._note(network)
        return layout

    def _written(self, network: Network, choice: Choice) -> Plan:
        """The plan with other weights."""
        if self._places is None:
            self._places = self._find(network, choice)
        data = _read_only(network.W.data.astype(np.float64, copy=False))
        written = {name: self._put(data, places) for name, places in self._places.items()}
        kernels = [shared.convolution.kernel for shared in choice.shared]
        parts = [both_orders(kernel, self._dtype) for kernel in kernels if kernel is not None]
        if parts:
            written["kernels"] = np.concatenate(parts)
        return self._layout.plan._replace(**written)

    def _find(self, network: Network, choice: Choice) -> dict[str, Any]:
        """Entries of W, counted from 1 on, at each place of the plan; None where all are."""
        entries = np.arange(1, network.W.nnz + 1)
        W = network.pattern.matrix(entries.astype(np.float64))
        numbered = choice.with_weights(W)
        storage, rows, _ = store(numbered, network.tau, self._trials, np.float64)
        stored = {**storage.arrays(self._layout.plan.block_start), **rows}
        counted = np.uint32 if entries.size < 2**32 else np.uint64
        return {
            name: None if np.array_equal(stored[name], entries) else stored[name].astype(counted)
            for name in _FIELDS
        }

    def _put(self, data: Floats, places: Any) -> Any:
        if places is None:
            return _read_only(data.astype(self._dtype, copy=False))
        out = np.empty(places.size, dtype=self._dtype)
        with first_call(f"put weights {self._dtype} {places.dtype}"):
            put_weights(data, places, out)
        return out


def _ways(network: Network) -> list[tuple[str, str]]:
    return [(connection.name, connection.kind) for connection in network.connections]


def _symmetric_by_chance(network: Network, choice: Choice | None) -> bool:
    """Whether a block that is stored once for both directions need not stay symmetric.

    It does where connections of both directions alone join its groups.
    """
    if network.symmetric or choice is None:
        return False
    for block in choice.blocks:
        if not block.both:
            continue
        ends = {block.rows.name, block.columns.name}
        joining = [c for c in network.connections if ends <= {*c.rows, *c.columns} and not c.gate]
        if not joining or any(connection.kind == "from" for connection in joining):
            return True
    return False


# What networks that are still in use have been arranged to.
_KEPT: WeakKeyDictionary[Pattern, dict[Any, _Filling]] = WeakKeyDictionary()


def _triples(network: Network) -> list[Triples]:
    return [c.triples for c in network.connections if c.triples is not None]


def _with_kernels(choice: Choice | None, network: Network, names: Sequence[str]) -> Choice | None:
    """The choice with the kernels that a network has; None if one is no kernel any more."""
    assert choice is not None
    connections = {connection.name: connection for connection in network.connections}
    shared: list[Shared] = []
    for before, name in zip(choice.shared, names, strict=True):
        own = connections[name].convolution if name in connections else None
        if own is None or own.W is not network.W:
            return None
        shared.append(replace(before, convolution=own))
    return replace(choice, shared=tuple(shared))


def _read_only(array: Any) -> Any:
    """A view of one type to the kernels, whether or not the array can be written."""
    view = array.view()
    view.flags.writeable = False
    return view
