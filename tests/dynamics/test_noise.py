"""Runs with noise: step by step as the oracle, in law as theory, and cut as one likes."""

import math

import hypothesis
import noise_reference as oracle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import dense
from scipy import integrate
from scipy.linalg import expm, solve_continuous_lyapunov, solve_discrete_lyapunov

import hamsim
from hamsim.dynamics.engine.noise import key_of
from hamsim.kernels.normals import make_block
from hamsim.methods import METHODS, NOISY, Stochastic
from hamsim.network import Noise

AGREES = 1e-10


def described(size, noise, weights=None, **more):
    group = {"size": size, "lagrangian": "identity", "noise": noise, **more}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    if weights is not None:
        spec["connections"] = [{"within": "a", "weights": weights, "self_connections": True}]
    return hamsim.compile(spec)


def final(network, trials, **how):
    start = np.tile(np.atleast_2d(network.initial)[:1], (trials, 1))
    return hamsim.simulate(network, start, record=None, **how).final


# --- step by step ------------------------------------------------------------------------------


def random_description(seed, instant):
    """Groups of four kinds, lateral and skip connections; kernels have neurons in other order."""
    rng = np.random.default_rng(seed)
    kinds = ["tanh", "identity", {"kind": "softmax", "beta": 2.0, "over": [0]}, "relu"]
    sizes = rng.integers(1, 4, 4)
    groups = {
        name: {
            "shape": [n, 2],
            "lagrangian": kind,
            "tau": rng.uniform(0.1, 2, (n, 2)),
            "input": rng.normal(size=(n, 2)),
            "initial": rng.normal(size=(n, 2)),
        }
        for name, n, kind in zip("abcd", sizes, kinds, strict=True)
    }
    if instant:
        groups["d"]["tau"] = 0
    pairs = [("a", "b"), ("b", "c"), ("a", "d"), ("c", "d")]
    connections = [
        {"between": list(pair), "weights": {"normal": {"std": 0.3}}} for pair in pairs
    ] + [{"within": "a", "weights": 0.2}]
    return {"format": "hamsim/1", "seed": seed, "groups": groups, "connections": connections}


@hypothesis.settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(NOISY), instant=st.booleans())
def test_random_networks_take_the_steps_of_the_oracle(seed, method, instant):
    network = hamsim.compile(random_description(seed, instant))
    rng = np.random.default_rng(seed)
    n = network.n_neurons
    sigma = rng.choice([0.0, 0.1, 0.3], n)
    memory = np.where((rng.random(n) < 0.5) | (network.tau == 0), rng.uniform(0.01, 2, n), 0.0)
    noisy = network.replace(noise={"sigma": sigma, "tau": memory})
    trials, steps, dt = 2, 9, 0.02
    start = network.initial + 0.1 * rng.normal(size=(trials, n))
    trace = hamsim.simulate(
        noisy,
        start,
        method=method,
        dt=dt,
        steps=steps,
        seed=seed,
        record={"what": ["x", "energy", "residual"]},
    )
    model = dense(network)
    for trial in range(trials):
        states = oracle.run(model, (sigma, memory), start[trial], dt, steps, method, seed, trial)
        np.testing.assert_allclose(trace.x[trial], states, rtol=AGREES, atol=AGREES)
        # Energy and residual are those of the network without noise.
        energies = [model.energy(x) for x in states]
        np.testing.assert_allclose(trace.energy[trial], energies, rtol=AGREES, atol=AGREES)
        moving = network.tau > 0
        residuals = [np.abs(model.drive(x) - x)[moving].max(initial=0.0) for x in states]
        np.testing.assert_allclose(trace.residual[trial], residuals, rtol=AGREES, atol=AGREES)
    if not instant:  # else `hamsim.energy` would settle them
        energies = hamsim.energy(network, trace.x).total
        np.testing.assert_allclose(trace.energy, energies, rtol=AGREES, atol=AGREES)


@pytest.mark.parametrize("method", NOISY)
def test_without_noise_a_method_is_its_tableau(method):
    plain = {"euler_maruyama": "euler", "leimkuhler_matthews": "euler", "stochastic_heun": "heun"}
    network = described(3, {"sigma": 0.0}, 0.3, initial=[1, 2, 3])
    assert network.noise is None
    one, other = (
        hamsim.simulate(network, method=name, dt=0.1, steps=7) for name in (method, plain[method])
    )
    np.testing.assert_array_equal(one.x, other.x)
    assert isinstance(METHODS[method], Stochastic)


def test_clamped_neurons_have_none_and_noise_may_differ_from_neuron_to_neuron():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 4, "lagrangian": "tanh", "noise": {"sigma": [1, 0, 1, 1]}}},
        "stimuli": [{"neurons": [0], "mode": "clamp", "value": 2.0, "stop": 1.0}],
    }
    trace = hamsim.simulate(spec, method="euler_maruyama", dt=0.1, t_end=2.0)
    held = trace.t <= 1.0
    assert np.all(trace.x[held, 0] == 2.0)
    assert np.all(np.diff(trace.x[~held, 0]) != -0.1 * trace.x[~held, 0][:-1])
    assert np.all(trace.x[:, 1] == 0.0)
    assert np.all(trace.x[1:, 2] != trace.x[1:, 3])


# --- bits --------------------------------------------------------------------------------------


def large(memory=0.0):
    rng = np.random.default_rng(0)
    n = 3000
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": n, "lagrangian": "tanh", "noise": {"sigma": 0.2, "tau": memory}},
                "b": {"size": n, "lagrangian": "relu", "noise": {"sigma": rng.uniform(0, 1, n)}},
            },
            "connections": [
                {"between": ["a", "b"], "weights": {"normal": {"std": 0.01}}, "density": 0.05}
            ],
        }
    )


@pytest.mark.parametrize("method", NOISY)
def test_threads_change_no_bit(method):
    network = large(0.3)
    how = {"method": method, "dt": 0.05, "steps": 13, "record": None}
    finals = [hamsim.simulate(network, threads=k, **how).final for k in (1, 2, 4)]
    np.testing.assert_array_equal(finals[0], finals[1])
    np.testing.assert_array_equal(finals[0], finals[2])


def test_layouts_and_the_order_of_neurons_change_nothing_but_rounding():
    network = large()
    how = {"method": "leimkuhler_matthews", "dt": 0.05, "steps": 9, "record": None}
    finals = [hamsim.simulate(network, layout=k, **how).final for k in ("rows", "half", "tiles")]
    np.testing.assert_allclose(finals[1], finals[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(finals[2], finals[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", NOISY)
@pytest.mark.parametrize("cut", [1, 4, 6])
def test_a_run_cut_in_two_has_the_same_bits(method, cut):
    """The second part goes on with state, eta and the number of steps, and nothing else."""
    from hamsim.dynamics.engine.engine import Engine
    from hamsim.operator import operator_of

    network = described(5, {"sigma": 0.4, "tau": [0, 0.3, 0, 2, 0]}, 0.1)
    layout = operator_of(network, "auto", np.float64).layout(2)
    start = np.zeros((2, 5))

    def engine(x):
        made = Engine(network, layout, x, METHODS[method], seed=7)
        made.act(())
        made.set_step(0.1)
        return made

    whole = engine(start)
    whole.run(True, 0, 11)
    first = engine(start)
    first.run(True, 0, cut)
    second = engine(start)
    for target, source in zip(second.state, first.state, strict=True):
        target[...] = source
    second.run(True, cut, 11 - cut)
    for one, other in zip(whole.state, second.state, strict=True):
        np.testing.assert_array_equal(one, other)
    again = engine(start)  # calls without a new beginning
    for step in range(11):
        again.run(step == 0, step, 1)
    np.testing.assert_array_equal(again.buffers.x, whole.buffers.x)


@pytest.mark.parametrize("method", NOISY)
def test_trials_have_noise_of_their_own_the_same_however_many_there_are(method):
    network = described(3, {"sigma": 1.0, "tau": [0, 0, 0.5]})
    how = {"method": method, "dt": 0.1, "steps": 6}
    many, few = (hamsim.simulate(network, trials=k, **how).x for k in (5, 2))
    alone = hamsim.simulate(network, **how).x
    np.testing.assert_array_equal(many[:2], few)
    np.testing.assert_array_equal(many[0], alone)
    moved = many[:, 2:]
    assert np.unique(moved).size == moved.size


def test_seeds():
    network = described(3, {"sigma": 1.0})
    how = {"dt": 0.1, "steps": 6}
    assert network.seed == 0
    one = hamsim.simulate(network, **how)
    assert one.stats.seed == 0
    np.testing.assert_array_equal(hamsim.simulate(network, seed=0, **how).x, one.x)
    other = hamsim.simulate(network, seed=5, **how)
    assert other.stats.seed == 5
    assert np.all(other.x[1:] != one.x[1:])
    spec = {"format": "hamsim/1", "seed": 5}
    spec["groups"] = {"a": {"size": 3, "lagrangian": "identity", "noise": {"sigma": 1.0}}}
    np.testing.assert_array_equal(hamsim.simulate(spec, **how).x, other.x)
    silent = hamsim.simulate(network.replace(noise=0), **how)
    assert silent.stats.seed is None
    with pytest.raises(hamsim.SimulationError, match="seed is -1; it must be a whole number"):
        hamsim.simulate(network, seed=-1)


def test_a_trial_that_diverges_changes_no_bit_of_the_others():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "cubic", "noise": {"sigma": 0.1, "tau": 0.5}}},
        "connections": [{"within": "a", "weights": 1.0}],
    }
    network = hamsim.compile(spec)
    starts = np.array([[0.1, 0.2], [9.0, 9.0], [-0.1, 0.3]])
    how = {"dt": 0.05, "steps": 60, "method": "stochastic_heun"}
    trace = hamsim.simulate(network, starts, **how)
    assert trace.outcomes == ("finished", "diverged", "finished")
    calm = hamsim.simulate(network, [starts[0], starts[0], starts[2]], **how)
    np.testing.assert_array_equal(trace.x[[0, 2]], calm.x[[0, 2]])


# --- laws --------------------------------------------------------------------------------------


def linear(symmetric, seed=0, proportional=False, n=4):
    """A stable linear network, and matrices A and Q of dx = -A x dt + Q^(1/2) dB."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(n, n))
    W = (W + W.T) / 2 if symmetric else W
    W *= 0.6 / np.abs(np.linalg.eigvals(W)).max()
    tau = rng.uniform(0.5, 2.0, n)
    sigma = 0.5 * np.sqrt(tau) if proportional else rng.uniform(0.3, 1.0, n)
    kind = {"within": "a"} if symmetric else {"from": "a", "to": "a"}
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": n, "lagrangian": "identity", "tau": tau, "noise": {"sigma": sigma}}
        },
        "connections": [{**kind, "weights": W, "self_connections": True}],
    }
    network = hamsim.compile(spec)
    A = (np.eye(n) - network.W.toarray()) / tau[:, None]
    return network, A, np.diag((sigma / tau) ** 2)


def standard_errors(found, expected, trials):
    """How far a covariance is from the expected one, in its standard errors."""
    variance = np.diag(expected)
    error = np.sqrt((np.outer(variance, variance) + expected**2) / trials)
    return np.abs(found - expected) / error


def at_rest(A, Q, h, method):
    """Covariance that a method's steps of length h have, of the recursion that they are."""
    n, eye = len(A), np.eye(len(A))
    if method == "stochastic_heun":
        step, kick = eye - h * A + h**2 / 2 * A @ A, eye - h / 2 * A
        return solve_discrete_lyapunov(step, h * kick @ Q @ kick.T)
    step = eye - h * A
    if method == "euler_maruyama":
        return solve_discrete_lyapunov(step, h * Q)
    both = np.block([[step, eye / 2], [np.zeros((n, n)), np.zeros((n, n))]])
    gains = np.vstack([eye / 2, eye])
    return solve_discrete_lyapunov(both, h * gains @ Q @ gains.T)[:n, :n]


TRIALS = 20_000


@pytest.mark.parametrize("method", NOISY)
@pytest.mark.parametrize("symmetric", [True, False])
def test_covariance_is_that_of_the_lyapunov_equation(method, symmetric):
    """Within three standard errors at dt = 0.02, and at dt = 0.4 that of the method's recursion."""
    network, A, Q = linear(symmetric)
    exact = solve_continuous_lyapunov(A, Q)
    for h, steps in ((0.02, 700), (0.4, 40)):
        x = final(network, TRIALS, method=method, dt=h, steps=steps)
        expected = at_rest(A, Q, h, method)
        found = x.T @ x / TRIALS
        assert standard_errors(found, expected, TRIALS).max() < 3.0
        if method != "euler_maruyama" and h < 0.1:
            assert standard_errors(found, exact, TRIALS).max() < 3.0


def test_biases_at_rest_are_of_the_orders_that_are_stated():
    """Of the recursions that the test above has found the runs to have."""
    _, A, Q = linear(symmetric=True)
    exact = solve_continuous_lyapunov(A, Q)

    def bias(method, h):
        return np.abs(at_rest(A, Q, h, method) - exact).max()

    orders = {name: math.log2(bias(name, 0.02) / bias(name, 0.01)) for name in NOISY}
    assert orders == pytest.approx(
        {"euler_maruyama": 1.0, "leimkuhler_matthews": 1.0, "stochastic_heun": 2.0}, abs=0.1
    )
    assert bias("leimkuhler_matthews", 0.1) < 0.1 * bias("euler_maruyama", 0.1)


def test_leimkuhler_and_matthews_are_exact_where_noise_goes_with_the_root_of_tau():
    network, A, Q = linear(symmetric=True, proportional=True)
    exact, method = solve_continuous_lyapunov(A, Q), "leimkuhler_matthews"
    np.testing.assert_allclose(at_rest(A, Q, 0.4, method), exact, rtol=1e-12, atol=1e-13)
    x = final(network, TRIALS, method=method, dt=0.4, steps=40)
    assert standard_errors(x.T @ x / TRIALS, exact, TRIALS).max() < 3.0
    x = final(network, TRIALS, method="euler_maruyama", dt=0.4, steps=40)
    assert standard_errors(x.T @ x / TRIALS, exact, TRIALS).max() > 10


def coupled():
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {
                    "size": 3,
                    "lagrangian": {"kind": "tanh", "beta": 2.0},
                    "tau": [0.5, 1, 2],
                    "initial": [1, -1, 0.5],
                    "noise": {"sigma": [0.3, 0.5, 0.8]},
                }
            },
            "connections": [{"within": "a", "weights": 0.7}],
        }
    )


def test_strong_orders_are_1():
    """Of a nonlinear network against fine steps along the same paths.

    The normal numbers of a run are its increments of Brownian motion, and bridges between them are
    finer ones.
    """
    network = coupled()
    W, trials, end, finest = network.W.toarray(), 300, 1.0, 2**-10
    kick = network.noise.sigma / network.tau
    who = np.arange(3, dtype=np.uint64)[:, None] | np.arange(trials, dtype=np.uint64) << np.uint64(
        32
    )
    rng = np.random.default_rng(1)

    def errors(method, h):
        steps, parts = round(end / h), round(h / finest)
        blocks = np.zeros((steps // 4, 4, 3, trials))
        for block, numbers in enumerate(blocks):
            make_block(key_of(0), block, who, numbers)
        coarse = np.sqrt(h) * blocks.reshape(steps, 3, trials).transpose(0, 2, 1)
        x = np.tile(network.initial, (trials, 1))
        for added in coarse:
            fine = np.sqrt(finest) * rng.normal(size=(parts, trials, 3))
            fine += (added - fine.sum(axis=0)) / parts
            for each in fine:
                x = x + finest * (np.tanh(2.0 * x) @ W - x) / network.tau + kick * each
        run = final(network, trials, method=method, dt=h, steps=steps)
        return np.sqrt(((run - x) ** 2).mean())

    for method in ("euler_maruyama", "stochastic_heun"):
        found = [errors(method, h) for h in (1 / 8, 1 / 32)]
        assert math.log2(found[0] / found[1]) / 2 == pytest.approx(1.0, abs=0.2), method


def on_the_way(A, Q, x, h, steps, method):
    """Mean and covariance after some steps from x, of the recursion that a method is."""
    n, eye = len(A), np.eye(len(A))
    step, kick = eye - h * A, eye
    if method == "stochastic_heun":
        step, kick = eye - h * A + h**2 / 2 * A @ A, eye - h / 2 * A
    mean, C, added = (
        np.linalg.matrix_power(step, steps) @ x,
        np.zeros((n, n)),
        h * kick @ Q @ kick.T,
    )
    for k in range(steps):
        if method == "leimkuhler_matthews":  # neighbours share a number
            shared = h / 4 * Q if k else 0 * Q
            C = step @ C @ step.T + h / 2 * Q + step @ shared + shared @ step.T
        else:
            C = step @ C @ step.T + added
    return np.concatenate([mean, C.reshape(-1)])


def test_weak_orders_on_the_way_to_rest():
    """Of means and covariances at t = 1: 1, 1 and 2; and the runs have those of the recursion."""
    network, A, Q = linear(symmetric=False)
    x, n = np.array([1.0, -1.0, 0.5, 2.0]), 4
    flow = expm(np.block([[-A, Q], [np.zeros((n, n)), A.T]]))  # van Loan's formula
    exact = np.concatenate([expm(-A) @ x, (flow[:n, n:] @ flow[:n, :n].T).reshape(-1)])
    orders = {"euler_maruyama": 1, "leimkuhler_matthews": 1, "stochastic_heun": 2}
    for method, order in orders.items():
        errors = [
            np.abs(on_the_way(A, Q, x, 1 / steps, steps, method) - exact).max()
            for steps in (100, 200)
        ]
        assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)
        expected = on_the_way(A, Q, x, 0.25, 4, method)
        runs = final(network.replace(initial=x), TRIALS, method=method, dt=0.25, steps=4)
        mean, C = expected[:n], expected[n:].reshape(n, n)
        assert np.all(np.abs(runs.mean(axis=0) - mean) < 4 * np.sqrt(np.diag(C) / TRIALS))
        assert standard_errors(np.cov(runs.T), C, TRIALS).max() < 3.0


def test_one_tanh_neuron_has_the_density_that_is_known():
    """p(x) = exp(2 tau / sigma^2 (w log cosh x + I x - x^2 / 2)) / Z: variance, and tails."""
    w, current, tau, sigma, h = 1.5, 0.2, 0.7, 0.6, 0.05
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": 1,
                "lagrangian": "tanh",
                "tau": tau,
                "input": current,
                "noise": {"sigma": sigma},
            }
        },
        "connections": [{"within": "a", "weights": [[w]], "self_connections": True}],
    }
    network = hamsim.compile(spec)

    def weight(x, power=0):
        potential = w * np.log(np.cosh(x)) + current * x - x**2 / 2
        return x**power * np.exp(2 * tau / sigma**2 * potential)

    def moment(power, low=-8.0, high=8.0):
        return integrate.quad(weight, low, high, args=(power,), epsabs=1e-12)[0]

    total, trials = moment(0), 20_000
    mean, square, fourth = (moment(k) / total for k in (1, 2, 4))
    above = moment(0, 1.5) / total
    start = np.linspace(-1.5, 1.5, trials)[:, None]
    for method in ("leimkuhler_matthews", "stochastic_heun"):
        x = hamsim.simulate(network, start, method=method, dt=h, steps=600, record=None).final
        assert abs((x**2).mean() - square) < 4 * math.sqrt((fourth - square**2) / trials)
        assert abs(x.mean() - mean) < 4 * math.sqrt((square - mean**2) / trials)
        assert abs((x > 1.5).mean() - above) < 4 * math.sqrt(above * (1 - above) / trials)


# --- coloured noise ----------------------------------------------------------------------------


def test_coloured_noise_has_the_autocovariance_of_an_ornstein_uhlenbeck_process():
    """Seen in neurons with tau = 0, which show it as it is: any step gives the exact law."""
    sigma, memory, trials, h = 0.7, 1.3, 20_000, 0.4
    network = described(1, {"sigma": sigma, "tau": memory}, tau=0, input=0.5)
    start = np.zeros((trials, 1))
    for method in NOISY:
        x = hamsim.simulate(network, start, method=method, dt=h, steps=5).x[:, :, 0] - 0.5
        for lag in range(6):
            expected = sigma**2 * math.exp(-lag * h / memory)
            products = x[:, 0] * x[:, lag]
            assert abs(products.mean() - expected) < 4 * products.std() / math.sqrt(trials)


def test_a_neuron_driven_by_coloured_noise_has_the_variance_that_is_known():
    """sigma^2 s / (s + tau) for tau dx = (eta - x) dt."""
    sigma, memory, tau, trials = 0.7, 0.8, 0.5, 20_000
    network = described(1, {"sigma": sigma, "tau": memory}, tau=tau)
    exact = sigma**2 * memory / (memory + tau)
    x = final(network, trials, method="stochastic_heun", dt=0.05, steps=150)
    assert abs((x**2).mean() / exact - 1) < 4 * math.sqrt(2 / trials)


def test_driven_neurons_follow_shaken_ones():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 2, "lagrangian": "relu", "tau": 0, "noise": {"sigma": 1.0, "tau": 0.5}},
            "b": {"size": 2, "lagrangian": "identity"},
        },
        "connections": [{"between": ["a", "b"], "weights": {"one_to_one": 0.5}}],
    }
    trace = hamsim.simulate(spec, method="euler_maruyama", dt=0.1, steps=30)
    a, b = trace.of("a"), trace.of("b")
    expected = b[:-1] + 0.1 * (0.5 * np.maximum(a[:-1], 0) - b[:-1])
    np.testing.assert_allclose(b[1:], expected, rtol=1e-13, atol=1e-15)


# --- requests ----------------------------------------------------------------------------------


def test_methods_that_know_no_noise_are_refused():
    network = described(2, {"sigma": 1.0})
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(network, method="rk4")
    assert str(caught.value) == (
        "method rk4 knows nothing of noise, which the network has; allowed: auto, euler_maruyama, "
        "leimkuhler_matthews, stochastic_heun"
    )
    hamsim.simulate(network.replace(noise=0), method="rk4", dt=0.1, steps=1)


def test_a_residual_is_not_waited_for():
    network = described(2, {"sigma": 1.0})
    with pytest.raises(hamsim.SimulationError, match="a network with noise does not come to rest"):
        hamsim.simulate(network, until=1e-3)


def test_rises_of_the_energy_are_no_faults():
    watch = hamsim.simulate(described(2, {"sigma": 1.0}), dt=0.1, steps=50).stats.energy
    assert watch.noise
    assert (watch.rises, watch.largest_rise, watch.rose) == (0, 0.0, False)
    watch = hamsim.simulate(described(2, {"sigma": 0.0}), dt=0.1, steps=50).stats.energy
    assert not watch.noise


def test_traces_keep_the_seed(tmp_path):
    for noise in (1.0, 0.0):
        trace = hamsim.simulate(described(2, {"sigma": noise}), dt=0.1, steps=3, seed=8)
        trace.save(tmp_path / "run.nc")
        stats = hamsim.load_trace(tmp_path / "run.nc").stats
        assert stats == trace.stats
        assert stats.seed == (8 if noise else None)


def test_arrays_take_noise_by_name():
    network = described(3, {"sigma": 1.0})
    other = network.replace(noise={"sigma": {"a[1]": 2.0}, "tau": [0, 0, 0.5]})
    np.testing.assert_array_equal(other.noise.sigma, [1, 2, 1])
    np.testing.assert_array_equal(other.noise.tau, [0, 0, 0.5])
    same = other.replace(noise=other.noise)
    assert isinstance(same.noise, Noise)
    np.testing.assert_array_equal(same.noise, other.noise)
    assert network.replace(tau=2.0).noise is network.noise
    assert network.replace(noise=[0, 0, 0]).noise is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"noise": -1}, "noise.sigma of neuron a[0] is -1: it must be at least 0"),
        ({"noise": {"tau": [1, -2]}}, "noise.tau of neuron a[1] is -2: it must be at least 0"),
        ({"noise": {"sigma": [1, 2, 3]}}, "noise.sigma has shape (3,); it must be one number or"),
        ({"noise": {"std": 1}}, "allowed are numbers and {'sigma':, 'tau':}"),
        ({"tau": [1, 0]}, "neuron a[1] has tau = 0: white noise would give it infinite variance"),
    ],
)
def test_wrong_noise_is_refused(change, message):
    with pytest.raises(hamsim.HamsimError) as caught:
        described(2, {"sigma": 1.0}).replace(**change)
    assert message in str(caught.value)


@pytest.mark.parametrize("method", NOISY)
def test_what_drives_and_noise_add_up_in_a_linear_network(method):
    """Each method is linear in both together, also where neurons with tau = 0 pass them on."""

    def network(current, noise):
        return {
            "format": "hamsim/1",
            "groups": {
                "a": {
                    "size": 3,
                    "lagrangian": "identity",
                    "input": current,
                    "noise": {"sigma": noise, "tau": [0, 0.4, 0]},
                },
                "b": {
                    "size": 3,
                    "lagrangian": "identity",
                    "tau": 0,
                    "input": current,
                    "noise": {"sigma": noise, "tau": 0.7},
                },
            },
            "connections": [
                {"between": ["a", "b"], "weights": {"one_to_one": 0.5}},
                {"within": "a", "weights": 0.2},
            ],
        }

    both, driven, noisy = (
        hamsim.simulate(network(*each), method=method, dt=0.1, steps=25).x
        for each in (("sin(3*t)", 0.5), ("sin(3*t)", 0.0), (0.0, 0.5))
    )
    np.testing.assert_allclose(both, driven + noisy, rtol=1e-12, atol=1e-13)
    assert np.abs(noisy).max() > 0.1
    assert np.abs(driven).max() > 0.1


@pytest.mark.parametrize("method", NOISY)
def test_delayed_synapses_carry_noise(method):
    """Against the recursion that a step is, where the delay is a whole number of steps."""
    h, late, w, seed, steps, trials = 0.1, 4, 0.8, 5, 30, 2
    tau, sigma, memory = np.array([1.0, 0.5]), np.array([0.3, 0.4]), np.array([0.0, 0.7])
    noise = {"sigma": sigma, "tau": memory}
    group = {"size": 2, "lagrangian": "identity", "tau": tau, "noise": noise, "initial": [1, -1]}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    spec["connections"] = [{"within": "a", "weights": w, "delay": h * late}]
    start = np.tile([1.0, -1.0], (trials, 1))
    how = {"method": method, "dt": h, "steps": steps, "seed": seed}
    found = hamsim.simulate(spec, start, **how).x
    decay = np.array([0.0, math.exp(-h / memory[1])])
    spread = np.array([0.0, sigma[1] * math.sqrt(1 - decay[1] ** 2)])
    size = np.array([sigma[0] * math.sqrt(h) / tau[0], 0.0])
    for trial in range(trials):
        x = [start[trial]] * (late + 1)
        eta = np.array([0.0, sigma[1]]) * oracle.normals(seed, -1, 2, trial)
        for step in range(steps):
            xi = oracle.normals(seed, step, 2, trial)
            new, added = decay * eta + spread * xi, size * xi
            if method == "leimkuhler_matthews":
                added = size * (xi + oracle.normals(seed, step + 1, 2, trial)) / 2
            k = (w * x[-1 - late][::-1] - x[-1] + eta) / tau
            if method == "stochastic_heun":
                predicted = x[-1] + h * k + added
                k = (k + (w * x[-late][::-1] - predicted + new) / tau) / 2
            x.append(x[-1] + h * k + added)
            eta = new
        np.testing.assert_allclose(found[trial], x[late:], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("method", NOISY)
def test_runs_with_noise_and_delays_go_on_to_the_bit(method):
    noise = {"sigma": [0.5, 0.3, 0, 1], "tau": [0, 1, 0, 0.5]}
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 4, "lagrangian": "tanh", "noise": noise}},
        "connections": [{"within": "a", "weights": 0.5, "delay": 0.7}],
    }
    whole = hamsim.simulate(spec, method=method, dt=0.1, t_end=3, seed=3)
    first = hamsim.simulate(spec, method=method, dt=0.1, t_end=1.3, seed=3)
    second = hamsim.simulate(spec, initial=first, t_end=3)
    assert second.stats.seed == 3
    np.testing.assert_array_equal(second.x, whole.x[-len(second.t) :])
    assert len(second.t) > 10
