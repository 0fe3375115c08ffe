"""Sums of products for many trials, put together from panels that stay in the registers."""

from __future__ import annotations

from hamsim.kernels.jit import internal
from hamsim.kernels.registers import LANES, OUTPUTS, VECTORS
from hamsim.kernels.vectors import Sums, ask_for, dense_panel

__all__ = ["multiply", "multiply_padded"]

_four_wide, _four_narrow = dense_panel(4, 2), dense_panel(4, 1)
_one_wide, _one_narrow = dense_panel(1, 2), dense_panel(1, 1)
_FEWER = max(1, VECTORS - 1)
_most, _fewer = dense_panel(OUTPUTS, VECTORS, roomy=True), dense_panel(OUTPUTS, _FEWER, roomy=True)
_last = dense_panel(OUTPUTS, 1, roomy=True)


@internal
def multiply(weights, at, across, sums, outputs, g, row, out, row_out, trials):
    """Add sums of products in so many trials: all, or whole vectors; see `dense_panel`."""
    o = 0
    while o < outputs:
        four = o + 4 <= outputs
        here, to = at + o * across, row_out + o
        t = 0
        while t < trials:
            wide = t + 2 * LANES <= trials
            if four and wide:
                _four_wide(weights, here, across, sums, g, row, out, to, t, 0)
            elif four:
                _four_narrow(weights, here, across, sums, g, row, out, to, t, 0)
            elif wide:
                _one_wide(weights, here, across, sums, g, row, out, to, t, 0)
            else:
                _one_narrow(weights, here, across, sums, g, row, out, to, t, 0)
            t += 2 * LANES if wide else LANES
        o += 4 if four else 1


@internal
def multiply_padded(weights, at, across, terms, step, outputs, g, row, out, row_out, later):
    """Add sums of so many products in all trials, where there is room behind each array.

    Outputs are made up to a multiple of `OUTPUTS`: the weights of those that are not meant need to
    be zeros. The weights from `later` on are asked for meanwhile: as many, which lie together.
    """
    sums = Sums(1, terms, 0, step, 0)
    share = (terms * OUTPUTS + outputs - 1) // outputs
    t = 0
    while t < g.shape[1]:
        left = (g.shape[1] - t + LANES - 1) // LANES
        most = left >= VECTORS and left != VECTORS + 1  # a single one for the rest would be slow
        vectors = VECTORS if most else _FEWER if left >= _FEWER else 1
        for o in range(0, outputs, OUTPUTS):
            here, to = at + o * across, row_out + o
            needed = later + o * terms if t == 0 else here
            if most:
                # What the next trials need is too far from neuron to neuron to be foreseen.
                first = o // OUTPUTS * share
                for s in range(first, min(first + share, terms)):
                    ask_for(g, row + s, t + VECTORS * LANES)
                _most(weights, here, across, sums, g, row, out, to, t, needed)
            elif vectors == _FEWER:
                _fewer(weights, here, across, sums, g, row, out, to, t, needed)
            else:
                _last(weights, here, across, sums, g, row, out, to, t, needed)
        t += LANES * vectors
