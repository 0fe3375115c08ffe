"""Networks that do not come to rest, because every rest state is unstable.

Theorem. Let x' = f(x) on R^n, f locally Lipschitz, and C1 near each of its zeros. If the Jacobian
of f at every zero has an eigenvalue with positive real part, then the initial states whose
solutions converge have measure zero. For a limit p of a solution is a zero of f, and around p there
is a neighbourhood U such that all solutions that stay in U for all t >= 0 begin in a local
centre-stable manifold of the flow's time-one map, C1 and of a dimension below n (Kelley 1967, J.
Differential Equations 3:546; Shub 1987, Global Stability of Dynamical Systems, theorem III.7).
Countably many such U cover the zeros (Lindelof), and each solution that converges is in one of
these manifolds at some time that is a whole number, so that all their initial states are in
countably many images of null sets under the flow, which is locally Lipschitz.

That there are no other zeros than those that are known is shown by enclosing all of them (of up to
four neurons), or because there is exactly one.

Instability. Let s^n + a_1 s^(n-1) + ... + a_n be the characteristic polynomial. If no root has a
positive real part, then all a_k >= 0, a_1 a_2 - a_3 >= 0 (n = 3) and a_1 a_2 a_3 - a_3^2 - a_1^2
a_4 >= 0 (n = 4): the Routh and Hurwitz determinants are positive for matrices M - e of negative
real parts, and continuous in e. One of them below 0 therefore shows an unstable eigenvalue; they
are bounded by interval arithmetic over all Hessians of a box.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.certify.enclosure import Intervals, all_rest_states, can_enclose, minors, outer_box
from hamsim.certify.newton import (
    MOST_SOLVED,
    distinct_rest_states,
    newton,
    relaxed,
    starts,
    unlike,
)
from hamsim.certify.pieces import rest_states_by_pieces
from hamsim.certify.rest import Rest, locally_lipschitz, rest_state, unstable_rate
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition
from hamsim.field.dense import DenseField

__all__ = ["all_unstable", "surely_unstable"]

NAME = "convergence"
THEOREM = (
    "every rest state has an unstable direction, so that the states from which solutions converge "
    "have measure zero: centre-stable manifolds (Kelley 1967; Shub 1987, theorem III.7)"
)


def all_unstable(scaled: ScaledNetwork, one: Condition) -> Condition | None:
    """Show that almost no solution comes to rest, because every rest state is unstable.

    Parameters
    ----------
    scaled : ScaledNetwork
    one : Condition
        Whether there is exactly one rest state.

    Returns
    -------
    Condition or None
        Refuted, with the rest states that are known; None if it could not be shown.
    """
    network = scaled.network
    if (
        scaled.any_input
        or np.any(network.tau == 0)
        or network.triples is not None
        or not scaled.convex.all()
    ):
        return None
    if network.n_neurons > MOST_SOLVED or not locally_lipschitz(scaled):
        return None
    with np.errstate(all="ignore"):
        pieces = rest_states_by_pieces(scaled)
        if pieces is not None and not pieces:
            message = "there is no rest state, so that no solution comes to rest"
            return Condition(NAME, "refuted", message, evidence={"number": 0}, theorem=one.theorem)
        if pieces is not None:
            found = _unstable(scaled, pieces)
        elif one.status == "proved":
            found = _only(scaled)
        else:
            found = _known_and_all(scaled) if can_enclose(scaled) else []
    if not found:
        return None
    rests, rates = zip(*found, strict=True)
    several = "the rest state is" if len(found) == 1 else "every rest state is"
    message = (
        f"{several} unstable, so that almost no solution comes to rest: small deviations grow "
        f"at a rate above {min(rates):.4g}"
    )
    evidence = {
        "states": [rest.x for rest in rests],
        "residuals": [rest.residual for rest in rests],
        "error_bounds": [rest.radius for rest in rests],
        "growth_rates": list(rates),
    }
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=THEOREM)


def _only(scaled: ScaledNetwork) -> list[tuple[Rest, float]]:
    """The one rest state, if it is unstable."""
    found = distinct_rest_states(scaled, starts(scaled.network, 4), most=1)
    return _unstable(scaled, found)


def _unstable(scaled: ScaledNetwork, found: list[Rest]) -> list[tuple[Rest, float]]:
    """Rest states with the rates of growth near them; empty if one is not known to be unstable."""
    pairs = []
    for rest in found:
        rate = unstable_rate(scaled, rest)
        if rate is None:
            return []
        pairs.append((rest, rate))
    return pairs


def _known_and_all(scaled: ScaledNetwork) -> list[tuple[Rest, float]]:
    """All rest states with the rates of growth near them; empty if that is not all."""
    field = DenseField(scaled.network)
    rate = 1.0 / scaled.network.tau[:, None]
    box = outer_box(scaled, field)
    found = _known(scaled, field) if box is not None else []
    if box is None or not found:
        return []
    known = all_rest_states(scaled, field, box, lambda J: surely_unstable(J.times(rate)))
    return found if known else []


def _known(scaled: ScaledNetwork, field: DenseField) -> list[tuple[Rest, float]]:
    """Rest states that Newton's method finds, with growth rates; empty if one seems stable."""
    rows = starts(scaled.network, 4)
    x, fine, _ = newton(field, np.concatenate([rows, relaxed(field, rows, 40)]))
    roots = unlike(x[fine], [], 1e-6)
    if not roots:
        return []
    rates = np.linalg.eigvals(field.jacobians(np.array(roots)) / scaled.network.tau[:, None])
    if not np.all(rates.real.max(axis=1) > 0):
        return []
    rests = [rest_state(scaled, root) for root in roots]
    shown = [rest for rest in rests if rest is not None]
    return _unstable(scaled, shown) if len(shown) == len(rests) else []


def surely_unstable(N: Intervals) -> NDArray[np.bool_]:
    """Whether all matrices -N in intervals have an eigenvalue with positive real part, for sure.

    Parameters
    ----------
    N : Intervals
        Of arrays of shape (boxes, n, n), n up to 4.

    Notes
    -----
    By the signs of a_k, the sum of the principal minors of N of order k, and of the Routh and
    Hurwitz determinants.
    """
    n = N.mid.shape[1]
    a = []
    for order in range(1, n + 1):
        total, *others = minors(N, order)
        for minor in others:
            total = total + minor
        a.append(total)
    tests = list(a)
    if n >= 3:
        second = a[0] * a[1] - a[2]
        tests.append(second)
    if n == 4:
        tests.append(second * a[2] - a[0] * a[0] * a[3])
    found: NDArray[np.bool_] = np.any([test.negative for test in tests], axis=0)
    return found
