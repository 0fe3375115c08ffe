"""Rest states followed along one number of a network's description."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.starts import begin
from hamsim.equilibria.continuation.correct import Lost, at_value
from hamsim.equilibria.continuation.diagram import Diagram
from hamsim.equilibria.continuation.diagrams import Branches
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.equilibria.continuation.family import Family, Source
from hamsim.equilibria.continuation.follow import Steps
from hamsim.equilibria.continuation.gather import gathered
from hamsim.equilibria.continuation.onset import by_strength
from hamsim.equilibria.continuation.points import Point, point_at
from hamsim.equilibria.rest.fixed_point import fixed_point
from hamsim.errors import HamsimError, SimulationError, given
from hamsim.network import Network
from hamsim.request import count_of, number_of
from hamsim.telling import telling

__all__ = ["branches"]

# Lengths of arrays that hold this many numbers at most: as many states are taken from a start.
MOST_STARTS = 64
# Of a state that is given: how large its residual may be for it to be taken as it is.
NEAR = 1e-3
# Residual to which trajectories are followed.
CLOSE = 1e-8


def branches(
    network: Source,
    over: str,
    start: float,
    stop: float,
    *,
    initial: ArrayLike | Mapping[Any, ArrayLike] | None = None,
    at: float | None = None,
    switch: bool = True,
    points: int = 2000,
    step: float = 0.02,
    most: int = 50,
    overrides: Mapping[str, Any] | None = None,
    progress: Callable[[float, int, int], None] | bool | None = None,
) -> Branches:
    """Follow rest states along one number of a network, with turns, crossings and births of cycles.

    Parameters
    ----------
    network : Network, Spec, path or dict
        A network that was compiled is followed along numbers of its resolved description, in
        which parameters are numbers already.
    over : str
        Path of the number, as that of ``--set``: ``"parameters.gain"``, ``"groups.exc.input"``,
        ``"groups.exc.tau"``, ``"connections[0].scale"``.
    start, stop : float
        Between them branches are followed.
    initial : array_like of shape (n,) or (states, n), or mapping, optional
        States at the value `at`, from each of which a branch begins; those of the network if
        nobody says. Where one is not near a rest state, its trajectory is followed to rest. If no
        trajectory rests, a rest state is found by raising the synapses' strength from 0.
    at : float, optional
        Where branches begin: `start` if nobody says. Between the bounds they go both ways.
    switch : bool
        Whether branches that cross one are followed too.
    points : int
        Of one branch, at most.
    step : float
        Longest step, as a part of the range of the parameter, or of the size of states.
    most : int
        Branches.
    overrides : mapping of str to value, optional
        Values to put in place of the description's, as of `hamsim.compile`.
    progress : True or callable, optional
        Called with the parameter, the number of points, and that of branches; True shows them.

    Returns
    -------
    Branches
        After Ctrl-C with what was found until then.

    Raises
    ------
    SpecError
        The path leads nowhere, or a value of the number is not allowed.
    HamsimError
        The number decides how many neurons there are, or no rest state was found to begin with.

    Notes
    -----
    Pseudo-arclength continuation [Keller 1977]. Folds, branch points and Hopf points are solutions
    of minimally augmented systems [Govaerts 2000], which are found to rounding. Stimuli that last
    act; those that end, noise and delays are left out, and `notes` says so.
    """
    low, high, where = _range(over, start, stop, at)
    family = Family(network, over, low, high, overrides)
    begins = _begins(family.at(where), initial)
    size = max(1.0, float(np.max(np.abs(begins)))) * begins.shape[1] ** 0.25
    equations = Equations(family, low, high, size)
    longest = number_of(step)
    if not 0.0 < longest <= 1.0:
        raise HamsimError(f"step is {given(step)}; it must be above 0 and at most 1")
    steps = Steps(longest / 4, 1e-7, longest, count_of("points", points, 2))
    count = 0
    with deferred_interrupt() as pressed, telling(progress, "branches") as tell:

        def go_on(point: Point) -> bool:
            nonlocal count
            count += 1
            if tell is not None:
                tell(point.place.p, count, len(diagram.curves) + 1)
            return not pressed.is_set()

        diagram = Diagram(equations, steps, switch, count_of("most", most, 1), go_on)
        way = 1.0 if where < high and (where == low or number_of(stop) >= where) else -1.0
        for point in _first_points(equations, where, begins, way):
            if not diagram.known(point):
                diagram.trace(point, low < where < high)
            if pressed.is_set():
                break
    if not diagram.curves:
        raise HamsimError(
            f"no rest state was found at {over} = {where:g} from the initial states; give another "
            "start, or states near one as initial"
        )
    return gathered(equations, diagram, over, number_of(start), number_of(stop))


def _range(over: str, start: Any, stop: Any, at: Any) -> tuple[float, float, float]:
    if not isinstance(over, str) or not over.strip():
        raise HamsimError(f"over is {given(over)}; it must be a path such as parameters.gain")
    first, last = number_of(start), number_of(stop)
    for name, value in (("start", first), ("stop", last)):
        if not math.isfinite(value):
            raise HamsimError(f"{name} must be a finite number")
    if first == last:
        raise HamsimError(f"start and stop are both {first:g}; there is nothing between them")
    where = first if at is None else number_of(at)
    low, high = min(first, last), max(first, last)
    if not low <= where <= high:
        raise HamsimError(f"at is {where:g}; it must be between {low:g} and {high:g}")
    return low, high, where


def _begins(network: Network, initial: Any) -> Floats:
    """States of a network from which branches begin, shape (states, n)."""
    _, states, _ = begin(network, initial, None)
    return np.unique(states, axis=0)[:MOST_STARTS]


def _first_points(equations: Equations, where: float, begins: Floats, way: float) -> list[Point]:
    """Rest states at a value of the parameter, with the direction to go in."""
    inward = Direction(np.zeros(begins.shape[1]), way)
    found = []
    for x in _near_rest(equations, where, begins):
        with suppress(Lost):
            place = at_value(equations, Place(x, where), where).place
            found.append(point_at(equations, place, inward))
    if not found:
        x = by_strength(equations.family, where, equations.size)
        with suppress(Lost):
            if x is not None:
                found.append(point_at(equations, Place(x, where), inward))
    return found


def _near_rest(equations: Equations, where: float, begins: Floats) -> Floats:
    """States that nearly rest as they are, and others where their trajectories end."""
    residual = np.array(
        [np.max(np.abs(equations.residual(Place(x, where))), initial=0.0) for x in begins]
    )
    far = ~(residual <= NEAR * (1.0 + np.max(np.abs(begins), axis=1)))
    if not far.any():
        return begins
    try:
        ends = fixed_point(equations.field(where).network, begins[far], tol=CLOSE).x
    except SimulationError:  # neurons with tau = 0 have several states, or it does not come to rest
        return begins
    fine = np.isfinite(ends).all(axis=1)
    return np.concatenate([begins[~far], ends[fine], begins[far]])
