"""The energy outside the kernels, and its slopes: how it changes with the activations."""

from __future__ import annotations

from hamsim.arrays import Floats
from hamsim.field.drive import Drive
from hamsim.field.field import Field

__all__ = ["energies", "energy_slopes"]


def energies(field: Field, x: Floats) -> Floats:
    """Energy of states, E = sum (x - I) g - L - 1/2 g.W g - sum T g g g  [HAM, eq. 3].

    Parameters
    ----------
    field : Field
        Of a symmetric network.
    x : ndarray, shape (trials, n)

    Returns
    -------
    ndarray, shape (trials,)
    """
    g, own = field.neurons.dual(x)
    drive = field.drive
    # W g and what gates add are of degree 1 and 2 in g: their energies of degree 2 and 3.
    driven = drive.input + 0.5 * drive.weigh(g) + drive.gated(g) / 3.0
    result: Floats = own.sum(axis=0) - (g * driven).sum(axis=1)
    return result


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
