"""Proximal maps: the x with x + kappa g(x) = r, against exact solutions, and as maps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lagrangians import exact
from lagrangians.test_contract import EVERY, network_of, random_parameters
from mpmath import mp, mpf
from scipy.special import wrightomega

import hamsim
from hamsim.lagrangians import special
from hamsim.lagrangians.proximal import why_no_prox
from hamsim.lagrangians.table import TABLE
from hamsim.operator.neurons import Neurons

NOT_CONVEX = {"swish", "gelu", "cubic"}
HAVING = [row for row in TABLE.values() if row.name not in NOT_CONVEX]
EVERY_ONE = pytest.mark.parametrize("row", HAVING, ids=lambda row: row.name)
JUMPING = {"sign", "step"}
KAPPAS = (0.0, 1e-12, 1e-3, 0.7, 40.0, 1e6, 1e12)
SIZES = (1e-9, 1.0, 30.0, 1e6)


def prox(network, r, kappa):
    n = network.n_neurons
    return Neurons(network.groups).prox(r, np.full(n, kappa))


def exact_alone(row, r, kappa, parameters):
    """Root by bisection of one neuron, in 60 digits, and the slope of the equation there."""
    p = exact._numbers(parameters, 1)
    family = exact.ADDITIVE[row.name]
    r, kappa = mpf(r), mpf(kappa)
    start = r - kappa * family.g(mpf(0), p)
    low, high = min(start, mpf(0)), max(start, mpf(0))
    smallest = mpf(10) ** -330
    for _ in range(20_000):
        if high - low <= mpf("1e-40") * max(abs(low), abs(high)) or high - low < smallest:
            break
        middle = (low + high) / 2
        size = min(abs(low), abs(high)), max(abs(low), abs(high))
        if size[1] > 1e3 * max(size[0], smallest):  # of very different sizes
            middle = mp.sqrt(max(size[0], smallest) * size[1]) * (1 if high > 0 else -1)
        if middle + kappa * family.g(middle, p) < r:
            low = middle
        else:
            high = middle
    x = (low + high) / 2
    slope = 1 if row.name in JUMPING or x == 0 else 1 + kappa * family.h(x, p)
    return x, slope


def exact_together(row, r, kappa, parameters, start):
    """Newton's iteration in many digits, from what is to be checked: the root is the only one."""
    k = len(r)
    p = exact._numbers(parameters, k)
    r, kappa, x = [mpf(v) for v in r], mpf(kappa), [mpf(v) for v in start]
    for _ in range(60):
        # H is diagonal but for a few products u u', so that all its columns come at once
        _, g, own, rank_one = exact.COLLECTIVE[row.name](x, p)
        rest = mp.matrix([a + kappa * b - c for a, b, c in zip(x, g, r, strict=True)])
        J = mp.matrix(k, k)
        for i in range(k):
            for j in range(k):
                along = mp.fsum(c * u[i] * u[j] for c, u in rank_one)
                J[i, j] = (i == j) * (1 + kappa * own[i]) - kappa * along
        move = mp.lu_solve(J, rest)
        x = [a - b for a, b in zip(x, move, strict=True)]
        if mp.norm(move, mp.inf) <= mpf("1e-30") * (mp.norm(mp.matrix(x), mp.inf) + 1e-30):
            return x
    return None


@EVERY_ONE
def test_it_solves_its_equation(row):
    rng = np.random.default_rng(len(row.name))
    k = 1 if row.additive else 3
    for trial in range(3 if row.additive else 1):  # many digits take long
        parameters = random_parameters(row, k, rng)
        network = network_of(row, [(k, parameters)])
        for kappa in KAPPAS[trial :: 3 if row.additive else 2]:
            r = np.array([size * rng.normal(size=k) for size in SIZES])
            for one, x in zip(r, prox(network, r, kappa), strict=True):
                where = f"{row.name} {parameters}, kappa {kappa}, r {one.tolist()}"
                with mp.workdps(60):
                    if row.additive:
                        want, slope = exact_alone(row, one[0], kappa, parameters)
                        # what the rounding of r and of kappa g(x) makes of x
                        allowed = 1e-14 * abs(want) + 3e-14 * (abs(one[0]) + abs(want)) / slope
                        assert abs(x[0] - want) <= allowed + 1e-300, where
                        continue
                    want = exact_together(row, one, kappa, parameters, x)
                    assert want is not None, f"no solution near: {where}"
                    # delta and a mean are taken off first, and their rounding stays
                    shifts = kappa * np.max(np.abs(parameters.get("delta", 0.0)))
                    allowed = 1e-13 * (max(abs(v) for v in want) + np.abs(one).max() + shifts)
                    assert max(abs(a - b) for a, b in zip(x, want, strict=True)) <= allowed, where


@EVERY_ONE
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), log_kappa=st.floats(-12, 12))
def test_it_is_firmly_nonexpansive(row, seed, log_kappa):
    rng = np.random.default_rng(seed)
    k = 1 if row.additive else 5
    network = network_of(row, [(k, random_parameters(row, k, rng))])
    r = rng.normal(size=(8, k)) * 10.0 ** rng.uniform(-3, 4, size=(8, 1))
    x = prox(network, r, 10.0**log_kappa)
    for other in (np.roll(r, 1, axis=0), r * (1 + 1e-6)):
        moved = x - prox(network, other, 10.0**log_kappa)
        away = r - other
        inner = np.sum(moved * (away - moved), axis=1)
        scale = np.max(np.abs(r)) + np.max(np.abs(x)) + 10.0**log_kappa * 1e-2
        assert np.all(inner >= -1e-11 * scale * (np.abs(moved) + np.abs(away)).sum(axis=1))


@EVERY_ONE
def test_trials_and_one_by_one_are_the_same(row):
    rng = np.random.default_rng(3)
    k = 6
    network = network_of(row, [(k, random_parameters(row, k, rng)) for _ in range(2)])
    neurons = Neurons(network.groups)
    kappa = np.repeat([0.3, 7.0], k)
    r = rng.normal(size=(20, 2 * k)) * 3
    together = neurons.prox(r, kappa)
    single = np.array([neurons.prox(one, kappa) for one in r])
    np.testing.assert_allclose(together, single, rtol=1e-13, atol=1e-13)


def test_what_jumps_stays_where_it_jumps():
    r = np.array([[-3.0], [-0.5], [0.0], [0.5], [3.0]])
    sign = network_of(TABLE["sign"], [(1, {})])
    assert prox(sign, r, 1.0)[:, 0].tolist() == [-2.0, 0.0, 0.0, 0.0, 2.0]
    step = network_of(TABLE["step"], [(1, {})])
    assert prox(step, r, 1.0)[:, 0].tolist() == [-3.0, -0.5, 0.0, 0.0, 2.0]


@EVERY
def test_who_has_none_says_why(row):
    why = why_no_prox(row)
    assert bool(why) == (row.name in NOT_CONVEX)
    if why:
        network = network_of(row, [(2, {})])
        with pytest.raises(hamsim.SimulationError, match=f"^a0 has no proximal map: {row.name} is"):
            prox(network, np.zeros(2), 1.0)


def of_formula(text, size=3, **parameters):
    lagrangian = {"expression": text, **parameters}
    groups = {"a": {"size": size, "lagrangian": lagrangian}}
    return hamsim.compile({"format": "hamsim/1", "groups": groups})


@pytest.mark.parametrize("kappa", KAPPAS)
def test_formulas_of_users_are_solved(kappa):
    mine = of_formula("log(cosh(b*x))/b", b=[0.5, 2.0, 30.0])
    row = TABLE["tanh"]
    cases = [(1, {"beta": beta}) for beta in (0.5, 2.0, 30.0)]
    r = np.random.default_rng(0).normal(size=(9, 3)) * np.geomspace(1e-6, 1e4, 9)[:, None]
    np.testing.assert_allclose(
        prox(mine, r, kappa), prox(network_of(row, cases), r, kappa), rtol=1e-12
    )
    quartic = of_formula("x**4/4 + abs(x)")
    x = prox(quartic, r, kappa)
    rest = r - x - kappa * x**3  # is kappa times a value of sign(x)
    moved = np.abs(x) > 1e-9 * np.abs(r)
    scale = np.abs(r) + kappa
    assert np.all(np.abs(rest - kappa * np.sign(x))[moved] <= 1e-12 * scale[moved])
    assert np.all((np.abs(rest) <= kappa * (1 + 1e-12))[~moved])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("log(sum(exp(x)))", "is a formula of several neurons"),
        ("x**3", "is not convex"),
    ],
)
def test_other_formulas_say_why_not(text, why):
    with pytest.raises(hamsim.SimulationError, match=why):
        prox(of_formula(text), np.zeros(3), 1.0)


def test_omega():
    z = np.concatenate([np.linspace(-760, 760, 4001), np.linspace(-4, 4, 4001), [1e10, 1e300]])
    got = np.array([special.omega(v) for v in z])
    want = wrightomega(z)
    assert np.all(np.abs(got - want) <= 2e-15 * (1 + np.minimum(np.abs(z), 750)) * want + 1e-307)
    assert math.isnan(special.omega(math.nan))
    assert special.omega(math.inf) == math.inf
