"""Results of sweeps that never ran, for what is made of them."""

import numpy as np

from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.results import Single, SweepResults


def made(coordinates, values, ended=None, name="net"):
    """Results over coordinates.

    Parameters
    ----------
    coordinates : list of (name, dim, values)
    values : dict of str to callable
        What was kept, from coordinates by name; a callable gives an array.
    ended : callable, optional
        Gives outcomes, from coordinates by name; "failed", "set aside" and "missing" are statuses.
    """
    found = [
        Coordinate(path, dim, np.asarray(along), path == "seed") for path, dim, along in coordinates
    ]
    sizes = {each.dim: len(each.values) for each in found}
    n = int(np.prod(list(sizes.values())))
    places = dict(zip(sizes, np.unravel_index(np.arange(n), tuple(sizes.values())), strict=True))
    at = {each.name: each.values[places[each.dim]] for each in found}
    outcome = np.full(n, "converged", dtype="<U9")
    if ended is not None:
        outcome[:] = ended(at)
    lost = np.isin(outcome, ["failed", "set aside", "missing"])
    columns = {
        "status": Single(np.where(lost, outcome, "done")),
        "outcome": Single(outcome),
        "reason": Single(np.where(outcome == "failed", "a, reason", "").astype(object)),
        "seconds": Single(np.where(lost, np.nan, 0.25)),
    }
    for path, of in values.items():
        kept = np.asarray(of(at))
        if kept.dtype.kind == "f":
            kept[lost] = np.nan
        columns[path] = Single(
            kept, tuple(f"{path}_{k}" for k in range(kept.ndim - 1)), kept.shape[1:]
        )
    return SweepResults(name, tuple(sizes), tuple(sizes.values()), tuple(found), columns)
