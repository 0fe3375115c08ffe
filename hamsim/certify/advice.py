"""What would make the energy fall: the network with equal time constants, symmetric weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array, triu

from hamsim.arrays import Floats, Ints
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import find_scaling
from hamsim.formats.plain.explicit import compact, describe
from hamsim.network import Network

__all__ = ["repair"]

# Of means, which people read: the last digits of a float are rounding, and any number would do.
DIGITS = 12


def repair(network: Network) -> tuple[dict[str, Any], list[str]]:
    """Description of the nearest network of which the energy falls, as far as that is known.

    Neurons that share a Lagrangian get the geometric mean of their time constants. Weights that no
    scaling makes symmetric are replaced by the mean of both directions.

    Parameters
    ----------
    network : Network

    Returns
    -------
    description : dict
        In the format ``hamsim/1``, with every number written out.
    done : list of str
        What was changed; empty if nothing was.
    """
    description = describe(network)
    done = []
    tau = _equal_tau(network)
    for group in network.groups:
        own = tau[group.slice]
        if np.any(own != network.tau[group.slice]):
            description["groups"][group.name]["tau"] = compact(own, group.shape)
            done.append(f"one tau for neurons of {group.name} that share a Lagrangian")
    if find_scaling(network).kind in ("signed", "none"):
        kept = [c for c in description["connections"] if "gate" in c]
        description["connections"] = [*kept, _symmetric_part(network)]
        done.append("each weight is the mean of both directions")
    return description, done


def _equal_tau(network: Network) -> Floats:
    """Geometric mean of the time constants above 0 in each set of neurons with one Lagrangian."""
    sets = shared_sets(network)
    moving = network.tau > 0
    logarithm = np.log(network.tau, where=moving, out=np.zeros(sets.size))
    total = np.bincount(sets, weights=logarithm, minlength=sets.size)
    count = np.bincount(sets, weights=moving, minlength=sets.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = _short(np.where(count > 0, np.exp(total / count), 0.0))
    alike = network.tau == network.tau[sets]
    uneven = np.bincount(sets, weights=~alike, minlength=sets.size) > 0
    return np.where(uneven[sets], mean[sets], network.tau)


def _symmetric_part(network: Network) -> dict[str, Any]:
    half = triu(0.5 * (network.W + network.W.T), format="coo")
    uneven = np.isin(_places(half), _places(triu(network.W - network.W.T, format="coo")))
    weights = half.data.copy()
    weights[uneven] = _short(weights[uneven])
    some = weights != 0.0
    columns = (half.row[some].tolist(), half.col[some].tolist(), weights[some].tolist())
    return {
        "name": "symmetrised",
        "within": "all",
        "weights": {
            "edges": [list(edge) for edge in zip(*columns, strict=True)],
            "by": "position",
        },
        "self_connections": True,
    }


def _places(half: coo_array) -> Ints:
    """A number for each entry that is not 0."""
    places: Ints = half.row.astype(np.int64) * half.shape[1] + half.col
    return np.where(half.data != 0.0, places, -1)


def _short(means: Floats) -> Floats:
    """The same to some digits: 10 rather than 10.000000000000002."""
    return np.array([float(f"{mean:.{DIGITS}g}") for mean in means.tolist()], dtype=np.float64)
