"""Every fact that a row of the table states, against numbers.

Bounds are held against many states, among them those in which they are known to be reached, and
against a search that climbs from the best of these.
"""

import math

import mpmath
import numpy as np
import pytest
from lagrangians import exact
from lagrangians.test_contract import (
    ADDITIVE,
    COLLECTIVE,
    EVERY,
    EVERY_ADDITIVE,
    EVERY_COLLECTIVE,
    GENTLE,
    bounds,
    network_of,
    random_parameters,
)

import hamsim
from hamsim import observables
from hamsim.expression import evaluate
from hamsim.lagrangians.table import TABLE

# A bound may be missed by roundings, and counts as reached this close to it.
ROUNDING = 1e-11
REACHED = 0.01
# Farthest state. Logarithms and roots are still small there, which "unbounded" allows for.
FAR = 1e8
UNBOUNDED = 10.0


def fact(row, text, parameters, n=1, r=math.nan):
    return evaluate(text, {**parameters, "n": n, "r": r, "inf": math.inf}, finite=False)


def parameter_sets(row):
    """Some dicts of parameters, one number each: defaults, both ends, and random ones."""
    rng = np.random.default_rng(8)
    ends = [{p.name: bounds(row, p, GENTLE)[k] for p in row.parameters} for k in (0, 1)]
    sets = [{p.name: p.default for p in row.parameters}, *ends]
    for _ in range(2):
        sets.append(
            {
                name: value[0] if isinstance(value, list) else value
                for name, value in random_parameters(row, 1, rng).items()
            }
        )
    return sets if row.parameters else sets[:1]


def line():
    """States of one neuron: dense near 0 and thinner outwards, without 0 itself."""
    half = np.concatenate([np.logspace(-5, 3, 4000), np.logspace(3, 8, 30)])
    return np.concatenate([-half[::-1], half])


def cloud(n, rng):
    """States of n neurons: at random and all alike, and one or two neurons off the others."""
    sizes = np.logspace(-4, 3, 71)[:, None]
    random = rng.normal(size=(500, n)) * 10 ** rng.uniform(-3, 2, (500, 1))
    one, two = np.eye(n)[0], np.eye(n)[0] + np.eye(n)[1]
    against = np.eye(n)[0] - np.eye(n)[1]
    chosen = [way * sizes * x for x in (one, two, against, np.ones(n)) for way in (1, -1)]
    return np.concatenate([random, *chosen])


def hessians(network, x):
    """Dense Hessians, shape (m, n, n), of states of shape (m, n)."""
    m, n = x.shape
    states = np.repeat(x[:, None, :], n, axis=1)
    return observables.hessian_product(network, states, np.broadcast_to(np.eye(n), (m, n, n)))


def extremes(network, x):
    """Smallest and largest eigenvalue of the Hessian in each state."""
    eigenvalues = np.linalg.eigvalsh(hessians(network, x))
    return eigenvalues[:, 0], eigenvalues[:, -1]


def climb(network, x, rng):
    """Largest eigenvalue found by going uphill from the best of the states x."""
    top = extremes(network, x)[1]
    best, state = top.max(), x[top.argmax()]
    width = 0.3
    for _ in range(40):
        near = state * (1 + width * rng.normal(size=(60, state.size)))
        near += width * 1e-2 * rng.normal(size=near.shape) * np.abs(state).max()
        top = extremes(network, near)[1]
        if top.max() > best:
            best, state = top.max(), near[top.argmax()]
        else:
            width *= 0.7
    return best


# --- eigenvalues ---


@EVERY_ADDITIVE
def test_the_hessian_of_additive_rows_is_diagonal(row):
    rng = np.random.default_rng(9)
    H = hessians(network_of(row, [(5, {})]), rng.normal(0, 2, (20, 5)))
    assert np.all(H[:, ~np.eye(5, dtype=bool)] == 0)


@EVERY_ADDITIVE
def test_slope_and_least_of_additive_rows(row):
    sets = parameter_sets(row)
    network = network_of(row, [(1, parameters) for parameters in sets])
    x = line()[:, None] * np.ones(len(sets))
    h = observables.hessian_product(network, x, np.ones_like(x))
    # Where there is no bound, h must pass any number at last, be it as slowly as |x|^0.1.
    last = np.array([[-1e150], [-1e-150], [1e-150], [1e150]]) * np.ones(len(sets))
    beyond = observables.hessian_product(network, last, np.ones_like(last))
    for k, parameters in enumerate(sets):
        slope, least = (fact(row, text, parameters) for text in (row.slope, row.least))
        if row.name in ("sign", "step"):  # the slope is that of a jump
            jump = np.diff(hamsim.activation(network, [[-1e-12], [1e-12]]), axis=0)
            assert slope == math.inf
            assert np.all(jump > 0)
        elif slope == math.inf:
            assert max(h[:, k].max(), beyond[:, k].max()) > 1e6
        else:
            assert h[:, k].max() <= slope * (1 + ROUNDING)
            assert h[:, k].max() >= slope * (1 - REACHED)
        if least == -math.inf:
            assert beyond[:, k].min() < -1e6
        else:
            lowest = min(h[:, k].min(), beyond[:, k].min())
            assert lowest >= least - ROUNDING * (1 + abs(least))
            assert lowest <= least + REACHED * (1 + abs(least))


@EVERY_COLLECTIVE
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_slope_and_least_of_collective_rows(row, n):
    rng = np.random.default_rng(10)
    for parameters in parameter_sets(row):
        network = network_of(row, [(n, parameters)])
        slope, least = (fact(row, text, parameters, n) for text in (row.slope, row.least))
        x = cloud(n, rng) if n > 1 else line()[::20, None]
        low, high = extremes(network, x)
        # H is diag(d) - u u^T, whose entries round with the size of d and not of the eigenvalue.
        size = ROUNDING * (1 + high)
        assert np.all(high <= slope * (1 + ROUNDING) + size)
        assert np.all(low >= least * (1 - ROUNDING) - size)
        assert climb(network, x, rng) <= slope * (1 + ROUNDING) * (1 + ROUNDING)
        # A single neuron has no other to be in balance with; entmax needs many others, below.
        if n > 1 and row.name != "entmax":
            assert climb(network, x, rng) >= part_reached(row, parameters) * slope * (1 - REACHED)


def part_reached(row, parameters):
    """Part of the bound that states reach: all of it, but for two powers of states.

    Their bound is the largest entry of the diagonal part of H; what is reached is the eigenvalue
    at a tie of two neurons.
    """
    if row.name not in ("power_norm", "lp_norm"):
        return 1.0
    degree = parameters["degree"]
    return 2.0 ** ((2.0 - degree) / degree)


def test_the_slope_of_entmax_is_reached_with_many_neurons():
    """One neuron has almost everything, the others share the rest: v.H v -> 1 for v = e_1."""
    alpha, n, rest = 1.9, 3000, 0.01
    p = np.full(n, rest / (n - 1))
    p[0] = 1 - rest
    x = p ** (alpha - 1) / (alpha - 1)
    network = network_of(TABLE["entmax"], [(n, {"alpha": alpha})])
    v = np.eye(n)[0]
    np.testing.assert_allclose(hamsim.activation(network, x), p, rtol=1e-10)
    reached = observables.hessian_product(network, x, v) @ v
    slope = fact(TABLE["entmax"], TABLE["entmax"].slope, {"alpha": alpha}, n)
    assert slope * (1 - REACHED) <= reached <= slope


@EVERY
def test_the_kernel_is_mapped_to_0(row):
    """If it needs a parameter to be 0, no direction is mapped to 0 otherwise."""
    rng = np.random.default_rng(11)
    for parameters in parameter_sets(row):
        if not row.kernel:
            continue
        if row.kernel_if:
            parameters[row.kernel_if] = 0.0
        network = network_of(row, [(4, parameters)])
        x = rng.normal(0, 1, (50, 4))
        if row.kernel == "ones":
            v = np.ones_like(x)
        elif row.kernel == "support":
            v = (hamsim.activation(network, x) > 0).astype(float)
        else:
            v = x
        Hv = observables.hessian_product(network, x, v)
        assert np.all(
            np.abs(Hv) <= ROUNDING * (1 + np.abs(hessians(network, x)).max((1, 2)))[:, None]
        )
        if row.kernel_if:
            parameters[row.kernel_if] = 0.5
            assert np.all(extremes(network_of(row, [(4, parameters)]), x)[0] > 0)


@EVERY_COLLECTIVE
def test_the_condition_number_is_bounded(row):
    rng = np.random.default_rng(12)
    for parameters in parameter_sets(row):
        if not row.excess or parameters.get(row.kernel_if) == 0:
            continue
        network = network_of(row, [(4, parameters)])
        x = np.concatenate([rng.normal(size=(300, 4)) * 10 ** rng.uniform(-2, 1.5, (300, 1))])
        x = np.concatenate([x, [[3.0, 3.0, -9.0, -9.0]]])
        low, high = extremes(network, x)
        bound = 1.0 + fact(row, row.excess, parameters, 4, np.linalg.norm(x, axis=1))
        known = low > 1e-9 * high  # else the smallest eigenvalue is rounding
        assert known.sum() > 30
        assert np.all(
            high[known] <= low[known] * np.broadcast_to(bound, low.shape)[known] * (1 + 1e-6)
        )


@EVERY
def test_convex_from(row):
    if not math.isfinite(row.convex_from):
        assert row.convex == (row.convex_from == -math.inf)
        return
    assert not row.convex
    network = network_of(row, [(1, {})])
    step = np.logspace(-6, 1.5, 400)[:, None]
    above, below = row.convex_from + step, row.convex_from - step
    assert np.all(observables.hessian_product(network, above, np.ones_like(above)) >= 0)
    assert np.all(observables.hessian_product(network, below, np.ones_like(below)) < 0)


@pytest.mark.parametrize(("name", "steepest"), [("swish", 2.4), ("gelu", 1.4)])
def test_digits_of_rows_that_are_not_convex(name, steepest):
    """Numbers without a formula, to the last digit that the table gives."""
    row, family = TABLE[name], exact.ADDITIVE[name]
    with mpmath.workdps(60):
        turn = mpmath.findroot(lambda x: family.h(x, None), -1)
        assert row.convex_from == pytest.approx(float(turn), abs=2e-15)
        assert float(row.low) == pytest.approx(float(family.g(turn, None)), abs=2e-15)
        # h is symmetric about 1/2: it is largest at some x > 0 and smallest at -x.
        bend = mpmath.findroot(
            lambda x: mpmath.diff(lambda y: family.h(y, None), x), steepest, tol=1e-40
        )
        assert float(row.slope) == pytest.approx(float(family.h(bend, None)), abs=2e-15)
        assert float(row.least) == pytest.approx(float(family.h(-bend, None)), abs=2e-15)


# --- activations ---


def far_states(n, rng):
    """States out to FAR along axes, against them, and at random."""
    if n == 1:
        return line()[:, None]
    ways = np.concatenate([np.eye(n), -np.eye(n), rng.normal(size=(20, n))])
    return np.concatenate([size * ways for size in np.logspace(-3, math.log10(FAR), 60)])


@EVERY
def test_activations_stay_between_low_and_high_and_come_close(row):
    n = 1 if row.additive else 4
    x = far_states(n, np.random.default_rng(13))
    for parameters in parameter_sets(row):
        g = hamsim.activation(network_of(row, [(n, parameters)]), x)
        low, high = (fact(row, text, parameters, n) for text in (row.low, row.high))
        for bound, found, way in ((low, g.min(), -1), (high, g.max(), 1)):
            if math.isinf(bound):
                assert math.copysign(1, bound) == way
                assert way * found > UNBOUNDED
            else:
                assert way * (found - bound) <= ROUNDING * (1 + abs(bound))
                assert way * (found - bound) >= -REACHED * (1 + abs(bound))


@EVERY
def test_growth_and_far_slope(row):
    rng = np.random.default_rng(14)
    n = 1 if row.additive else 4
    ways = (
        np.array([[1.0], [-1.0]])
        if n == 1
        else np.concatenate([np.eye(n), rng.normal(size=(30, n))])
    )
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    for parameters in parameter_sets(row):
        growth = fact(row, row.growth, parameters, n)
        if growth == math.inf:
            continue
        network = network_of(row, [(n, parameters)])
        near, far, last = (
            np.linalg.norm(hamsim.activation(network, size * ways), axis=1)
            for size in (FAR / 10, FAR, 10 * FAR)
        )
        # asinh grows as a logarithm, which looks like a power of 0.05 this far out.
        assert math.log10(far.max() / near.max()) == pytest.approx(growth, abs=0.06)
        if growth == 1:
            slope = fact(row, row.far_slope, parameters, n)
            assert (last / (10 * FAR)).max() == pytest.approx(slope, rel=REACHED)


# --- kinks ---


@EVERY
def test_kinks(row):
    """Rows say that H or g may jump if it does so for some legal parameters."""
    if not row.additive:
        assert row.kinks == (row.name in ("sparsemax", "entmax"))
        return
    least = {p.name: sum(bounds(row, p, GENTLE)) / 2 for p in row.parameters}
    for parameter in row.parameters:
        if parameter.name in ("degree", "exponent") and parameter.at_least is not None:
            least[parameter.name] = parameter.at_least
    p = exact.numbers(least, 1)
    kinks = exact.ADDITIVE[row.name].kinks(p)
    assert row.kinks == bool(kinks)
    network = network_of(row, [(1, least)])
    for kink in kinks:
        x = float(kink) + np.array([[-1e-9], [1e-9]])
        g = hamsim.activation(network, x)
        h = observables.hessian_product(network, x, np.ones_like(x))
        assert max(abs(np.diff(g, axis=0)), abs(np.diff(h, axis=0))) > 0.1


def test_rows_are_told_apart():
    assert len(TABLE) == len(ADDITIVE) + len(COLLECTIVE)
    for name, row in TABLE.items():
        assert row.name == name
        assert all((row.L, row.g, row.source))
        assert row.kernel in ("", "ones", "support", "state")
        assert {p.name for p in row.parameters} >= {row.kernel_if} - {""}
