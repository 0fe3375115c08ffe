"""The slopes of the energy: how it changes with the activations."""

from __future__ import annotations

from hamsim.arrays import Floats
from hamsim.field.drive import Drive

__all__ = ["energy_slopes"]


def energy_slopes(drive: Drive, x: Floats, g: Floats, scale: Floats) -> Floats:
    """Derivatives by g of E = sum d (x - I) g - sum d L - 1/2 g.D W g - sum d T g g g, for any W.

    Parameters
    ----------
    drive : Drive
    x, g : ndarray, shape (trials, n)
    scale : ndarray, shape (n,)
        d, the same for the three neurons of each gated synapse.

    Returns
    -------
    ndarray, shape (trials, n)

    Notes
    -----
    x.g - L is a function of g with the slope x [HAM, eq. 3]. Where D W is symmetric the whole is
    - d (W g + I - x).
    """
    both = 0.5 * (scale * drive.weigh(g) + drive.weigh_back(scale * g))
    result: Floats = scale * (x - drive.input) - both - scale * drive.gated(g)
    return result
