"""Splitting: its steps are what they are said to be, and none of them raises the energy."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.dynamics.engine import classes as classes_module
from hamsim.dynamics.engine.classes import classes_of
from hamsim.dynamics.engine.splitting import split
from hamsim.field.sharing import shared_sets
from hamsim.methods import METHODS

AGREES = 1e-10
STEPS = st.sampled_from([0.01, 0.3, 10.0, 1000.0])


@pytest.fixture
def few_classes(monkeypatch):
    """No network has so few classes that it is split by them."""
    monkeypatch.setattr(classes_module, "MOST_CLASSES", 0)


def simulate(network, initial=None, dt=0.1, steps=10, **how):
    return hamsim.simulate(network, initial, method="splitting", dt=dt, steps=steps, **how)


def is_by_class(network):
    """False too where it is refused."""
    try:
        method, _ = split(METHODS["splitting"], network, 1, "auto", np.float64)
    except hamsim.SimulationError:
        return False
    return method.blocks is not None


def slowly(network, x, dt, steps):
    """States of every step, class after class, by dense matrices."""
    model, tau = dense(network), network.tau
    classes = classes_of(network)
    rate = np.divide(dt, tau, out=np.full(tau.size, np.inf), where=tau > 0)

    def flow(x, each, part):
        share = -np.expm1(-part * rate)
        return np.where(classes == each, x + share * (model.drive(x) - x), x)

    last = classes.max()
    states = [model.settle(x)]
    for _ in range(steps):
        x = states[-1]
        for each in range(last):
            x = flow(x, each, 0.5)
        x = flow(x, last, 1.0)
        for each in range(last - 1, -1, -1):
            x = flow(x, each, 0.5)
        states.append(x)
    return np.array(states)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), gated=st.booleans(), dt=STEPS)
def test_steps_by_classes_equal_the_oracle(seed, instant, gated, dt):
    network = hamsim.compile(random_description(seed, instant=instant, gated=gated))
    assume(is_by_class(network))
    trace = simulate(network, dt=dt, steps=5)
    with np.errstate(all="ignore"):
        states = slowly(network, network.initial, dt, 5)
    assume(np.abs(states).max() < 1e6)  # products of activations may explode
    model = dense(network)
    size = 1 + np.abs(states).max()
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES * size)
    energies = np.array([model.energy(x) for x in states])
    np.testing.assert_allclose(trace.energy, energies, rtol=AGREES, atol=AGREES * size**2)
    residual = model.residual(trace.x[-1])
    assert trace.stats.residual == pytest.approx(residual, rel=1e-6, abs=AGREES * size)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), dt=STEPS)
def test_convex_steps_solve_their_equation(seed, dt):
    network = hamsim.compile(random_description(seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes_module, "MOST_CLASSES", 0)
        method, layout = split(METHODS["splitting"], network, 1, "auto", np.float64)
        trace = simulate(network, dt=dt, steps=4)
    C = layout.outside(method.convexity.curvature[:, None])[0]
    assert np.array_equal(C, C[shared_sets(network)])
    model = dense(network)
    for x, after in zip(trace.x[:-1], trace.x[1:], strict=True):
        g, g_after = model.g(x), model.g(after)
        left = network.tau / dt * (after - x) + after + C * g_after
        right = model.drive(x) + C * g
        size = np.abs(network.tau / dt * x).max() + np.abs(right).max() + np.abs(C * g_after).max()
        np.testing.assert_allclose(left, right, atol=1e-9 * size, rtol=0)


def rises(trace, network):
    """Largest rise of the energy, in roundings of what it is made of."""
    g = hamsim.activation(network, trace.x)
    g = np.abs(g)
    terms = np.abs(trace.x) * g + g * (g @ abs(network.W).toarray().T)
    terms += np.abs(network.input * g)
    size = 1.0 + np.sum(terms, axis=-1)
    return np.max(np.diff(trace.energy) / size[..., 1:], initial=0.0) / 2.0**-52


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), by_class=st.booleans(), dt=STEPS)
def test_no_step_raises_the_energy(seed, instant, by_class, dt):
    network = hamsim.compile(random_description(seed, instant=instant))
    start = network.initial + np.random.default_rng(seed).normal(size=(6, network.n_neurons))
    with pytest.MonkeyPatch.context() as patch:
        if not by_class:
            patch.setattr(classes_module, "MOST_CLASSES", 0)
        trace = simulate(network, start, dt=dt, steps=12)
    assert rises(trace, network) < 100


def layers(*sizes, within=0.0, self_weight=0.0, tau=None, seed=1):
    """A hierarchy, in the first layer of which all are joined."""
    rng = np.random.default_rng(seed)
    names = [f"l{k}" for k in range(len(sizes))]
    groups, connections = {}, []
    for k, (name, size) in enumerate(zip(names, sizes, strict=True)):
        kind = {"kind": "softmax", "beta": 2.0} if k == 1 else {"kind": "tanh", "beta": 1.5}
        groups[name] = {
            "size": size,
            "lagrangian": kind,
            "tau": (0.5 + k) if tau is None else tau[k],
            "initial": rng.normal(size=size),
            "input": rng.normal(size=size),
        }
    for one, two, m, n in zip(names, names[1:], sizes, sizes[1:], strict=False):
        connections.append({"between": [one, two], "weights": rng.normal(size=(m, n))})
    if within or self_weight:
        W = within * rng.normal(size=(sizes[0], sizes[0]))
        W = W + W.T
        np.fill_diagonal(W, self_weight)
        connections.append(
            {"within": names[0], "weights": W, "self_connections": self_weight != 0.0}
        )
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def observed_order(network):
    exact = hamsim.simulate(network, method="rk4", dt=1e-3, t_end=1.6, record=None).final
    errors = []
    for count in (160, 320):
        final = simulate(network, dt=1.6 / count, steps=count, record=None).final
        errors.append(np.abs(final - exact).max())
    return np.log2(errors[0] / errors[1])


@pytest.mark.parametrize(
    ("how", "order"),
    [({}, 2), ({"within": 0.4}, 2), ({"self_weight": 0.5}, 1), ({"self_weight": -0.5}, 1)],
)
def test_orders_of_classes(how, order):
    network = layers(5, 4, 3, **how)
    assert observed_order(network) == pytest.approx(order, abs=0.05)


def test_order_of_convex_splitting(few_classes):
    assert observed_order(layers(5, 4, 3)) == pytest.approx(1, abs=0.05)


def test_without_dt_the_slow_neurons_are_resolved():
    def steps(tau):
        return hamsim.simulate(layers(5, 4, 3, tau=tau), method="splitting", t_end=20).stats.steps

    assert steps([1.0, 1e-7, 0.1]) == steps([1.0, 0.1, 0.1])
    assert steps([1.0, 0.1, 0.1]) > steps([1.0, 1.0, 1.0])


def test_what_is_fast_costs_no_steps():
    """Far below the fastest tau steps approach the network whose fast layers follow at once."""
    slow = {"dt": 0.02, "steps": 100, "record": None}
    fast = simulate(layers(5, 4, 3, tau=[1.0, 1e-9, 0.7]), **slow).final
    instant = simulate(layers(5, 4, 3, tau=[1.0, 0.0, 0.7]), **slow).final
    np.testing.assert_allclose(fast, instant, rtol=1e-6, atol=1e-6)
    exact = hamsim.simulate(
        layers(5, 4, 3, tau=[1.0, 0.0, 0.7]), method="rk4", dt=1e-3, t_end=2.0, record=None
    ).final
    assert np.abs(instant - exact).max() < 0.02


@pytest.mark.parametrize("by_class", [True, False])
def test_trials_threads_and_types(by_class, monkeypatch):
    if not by_class:
        monkeypatch.setattr(classes_module, "MOST_CLASSES", 0)
    network = layers(40, 30, 20, within=0.01)
    start = np.random.default_rng(0).normal(size=(9, network.n_neurons))
    together = simulate(network, start)
    alone = np.array([simulate(network, one).x for one in start])
    np.testing.assert_allclose(together.x, alone, rtol=1e-12, atol=1e-12)
    several = simulate(network, start, threads=2)
    assert np.array_equal(together.x, several.x)
    single = simulate(network, start, dtype="float32")
    assert 0 < np.abs(single.final - together.final).max() < 1e-4


@pytest.mark.parametrize("trials", [None, 9])
@pytest.mark.parametrize("by_class", [True, False])
def test_a_run_that_is_cut_has_the_same_bits(by_class, trials, monkeypatch):
    if not by_class:
        monkeypatch.setattr(classes_module, "MOST_CLASSES", 0)
    network = layers(9, 7, 5, within=0.1, tau=[1.0, 0.3, 0.0])
    size = (network.n_neurons,) if trials is None else (trials, network.n_neurons)
    start = np.random.default_rng(1).normal(size=size)
    whole = simulate(network, start, steps=20)
    first = simulate(network, start, steps=11)
    rest = simulate(network, first.final, steps=9)
    assert np.array_equal(rest.final, whole.final)


@pytest.mark.parametrize("by_class", [True, False])
def test_stimuli_act_in_every_step(by_class, monkeypatch):
    if not by_class:
        monkeypatch.setattr(classes_module, "MOST_CLASSES", 0)
    spec = hamsim.load(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 3, "lagrangian": "tanh", "initial": [1.0, -1.0, 0.5]},
                "b": {"size": 2, "lagrangian": "relu", "tau": 0.3},
            },
            "connections": [{"between": ["a", "b"], "weights": [[1, -2], [0.5, 1], [-1, 0.3]]}],
            "stimuli": [
                {"neurons": ["a[0]"], "mode": "clamp", "value": 0.7, "start": 0.25, "stop": 1.5},
                {"group": "b", "mode": "input", "value": 2.0, "start": 0.5, "stop": 1.0},
            ],
        }
    )
    trace = simulate(spec, dt=0.01, steps=200)
    exact = hamsim.simulate(spec, method="rk4", dt=0.01, steps=200)
    held = (trace.t >= 0.25) & (trace.t < 1.5)
    assert np.all(trace.x[held, 0] == 0.7)
    assert np.abs(trace.x - exact.x).max() < (2e-3 if by_class else 0.1)


@pytest.mark.parametrize(("by_class", "order"), [(True, 2), (True, 1), (False, 1)])
def test_what_changes_over_time_costs_no_order(by_class, order, monkeypatch):
    if not by_class:
        monkeypatch.setattr(classes_module, "MOST_CLASSES", 0)
    weights = [[1, -2], [0.5, 1], [-1, 0.3]]
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": "tanh", "input": "sin(3*t) + t", "initial": 0.5},
            "b": {"size": 2, "lagrangian": "softplus", "tau": 0.6},
            "c": {"size": 1, "lagrangian": "tanh", "tau": 0.0 if order == 1 else 0.3},
        },
        "connections": [
            {"between": ["a", "b"], "weights": weights},
            {"between": ["b", "c"], "weights": [[1.0], [-0.5]]},
        ],
        "stimuli": [{"neurons": ["b[0]"], "mode": "clamp", "value": "cos(2*t)"}],
    }
    exact = hamsim.simulate(spec, method="rk4", dt=1e-3, t_end=1.0, record=None).final
    errors = []
    for count in (40, 80):
        final = simulate(spec, dt=1 / count, steps=count, record=None).final
        errors.append(np.abs(final - exact).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


# --- classes -----------------------------------------------------------------------------------


def test_layers_of_any_depth_have_two_classes():
    network = layers(3, 4, 5, 2, 6, 1, tau=[5.0, 4.0, 3.0, 2.0, 1.0, 0.5])
    classes = classes_of(network)
    names = [classes[network.index(f"l{k}")] for k in range(6)]
    assert [each.min() for each in names] == [each.max() for each in names] == [1, 0] * 3


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), gated=st.booleans())
def test_classes_have_no_synapses_inside(seed, instant, gated):
    network = hamsim.compile(random_description(seed, instant=instant, gated=gated))
    classes, sets = classes_of(network), shared_sets(network)
    assume(classes is not None)
    assert np.array_equal(classes, classes[sets])
    W = network.W.tocoo()
    apart = sets[W.row] != sets[W.col]
    assert np.all(classes[W.row[apart]] != classes[W.col[apart]])
    if gated and network.triples is not None:
        for neurons in np.stack(network.triples[:3], axis=1):
            firsts = np.unique(sets[neurons])
            assert np.unique(classes[firsts]).size == firsts.size
    assert np.all(classes[network.tau == 0] == 0)
    fastest = [network.tau[classes == each].min() for each in range(classes.max() + 1)]
    assert fastest == sorted(fastest)


def test_where_there_are_too_many_classes_it_says_so():
    W = np.random.default_rng(0).normal(size=(40, 40))
    groups = {"a": {"size": 40, "lagrangian": "tanh", "initial": 0.1}}
    np.fill_diagonal(W, 0.0)
    within = {"within": "a", "weights": (W + W.T).tolist()}
    spec = {"format": "hamsim/1", "groups": groups, "connections": [within]}
    trace = simulate(spec, dt=1.0)
    assert trace.stats.notes == (
        "neurons do not fall into 32 classes without synapses inside a class: steps are those "
        "of convex splitting, of first order",
    )


# --- what it does not do -----------------------------------------------------------------------


def description(lagrangian="tanh", tau=1.0, connection=None):
    groups = {"a": {"size": 2, "lagrangian": lagrangian, "tau": tau}}
    connection = connection or {"within": "a", "weights": 1.0}
    return {"format": "hamsim/1", "groups": groups, "connections": [connection]}


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (description("gelu"), "splitting: a has the Lagrangian gelu, which is not convex"),
        (
            description("softmax", tau=[1.0, 2.0]),
            r"splitting: neuron a\[1\] shares a Lagrangian with neurons of another tau",
        ),
        (
            description(connection={"from": "a", "to": "a", "weights": [[0, 1], [0, 0]]}),
            "splitting: there is no energy: W cannot be made symmetric by scaling",
        ),
    ],
)
def test_what_has_no_energy_is_refused(spec, why):
    with pytest.raises(hamsim.SimulationError, match=f"^{why}"):
        simulate(spec)


def test_convex_splitting_of_what_jumps_is_refused(few_classes):
    spec = description("sign", connection={"within": "a", "weights": -1.0})
    with pytest.raises(hamsim.SimulationError, match="no step of a is known: its activation jumps"):
        simulate(spec)


# --- what is guaranteed ------------------------------------------------------------------------


@pytest.mark.parametrize("dt", [0.1, 1e6])
def test_the_verdict_holds_for_any_step(dt):
    spec = description(connection={"within": "a", "weights": 3.0})

    def holds(method):
        return hamsim.check_run(spec, method=method, dt=dt, t_end=3 * dt).in_steps

    assert holds("splitting")
    assert not holds("rk4")
    assert holds("euler") == (dt < 0.5)


def test_a_scaled_energy_falls_too():
    connections = [
        {"from": "a", "to": "b", "weights": [[3.0, -1.0], [2.0, 1.0]]},
        {"from": "b", "to": "a", "weights": [[1.5, 1.0], [-0.5, 0.5]]},
    ]
    groups = {name: {"size": 2, "lagrangian": "tanh", "initial": [0.3, -0.8]} for name in "ab"}
    spec = {"format": "hamsim/1", "groups": groups, "connections": connections}
    trace = simulate(spec, dt=30.0, energy="scaled")
    assert np.all(np.diff(trace.energy) <= 1e-12)
