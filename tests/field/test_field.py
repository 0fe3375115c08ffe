"""W g + I - x, its derivative and its neurons at tau = 0, against the dense model."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import diags_array
from scipy.sparse.linalg import aslinearoperator, eigs, gmres

import hamsim
from hamsim.errors import HamsimError
from hamsim.field import hessian as hessian_module
from hamsim.field.dense import DenseField
from hamsim.field.drive import Drive
from hamsim.field.field import Field
from hamsim.field.instants import depends_on_instants, explicit_instants
from hamsim.field.jacobian import ReducedJacobian
from hamsim.operator import operator_of
from tests.random_networks import random_description
from tests.reference import dense

SEEDS = range(40)
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def network_of(seed):
    """Shared groups and gates, one-way connections, neurons at tau = 0."""
    kinds = {"instant": seed % 2 == 0, "symmetric": seed % 3 == 0, "gated": seed % 4 < 2}
    return hamsim.compile(random_description(seed, max_size=3, **kinds))


def full_hessian(model, x):
    H = np.zeros((x.size, x.size))
    for group in model.groups:
        H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    return H


def full_coupling(model, g):
    """W and d2U/dg2 with U = sum T g_i g_j g_k, every second derivative by the product rule."""
    C = model.W.copy()
    for *neurons, T in model.triples:
        for a in range(3):
            for b in range(3):
                if a != b:
                    C[neurons[a], neurons[b]] += T * g[neurons[3 - a - b]]
    return C


def full_jacobian(model, x):
    return full_coupling(model, model.g(x)) @ full_hessian(model, x) - np.eye(x.size)


def states(network, count=3):
    return np.random.default_rng(7).normal(size=(count, network.n_neurons))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", [Field, DenseField])
def test_drive_residual_and_states_at_tau_0_are_those_of_the_model(seed, kind):
    network = network_of(seed)
    model, field, rows = dense(network), kind(network), states(network)
    assert_allclose(field.residual(rows), [model.drive(x) - x for x in rows], **CLOSE)
    settled = field.settle(rows)
    assert_allclose(settled, [model.settle(x) for x in rows], **CLOSE)
    motion = field.motion(settled)
    moving = network.tau > 0
    velocities = [model.velocity(x)[moving] for x in rows]
    assert_allclose(motion.velocity[:, moving], velocities, **CLOSE)
    assert np.all(motion.u[:, ~moving] == 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernels_write_the_same_field(seed):
    """The only other place in which it is written, for speed."""
    network = network_of(seed)
    kernels, field, rows = operator_of(network), Field(network), states(network)
    assert_allclose(kernels.drive(rows), field.residual(rows) + rows, **CLOSE)
    settled, u = kernels.evaluate(rows)
    assert_allclose(settled, field.settle(rows), **CLOSE)
    motion = field.motion(settled)
    assert_allclose(u, motion.u, **CLOSE)
    moving = network.tau > 0
    assert_allclose(kernels.velocity(rows)[:, moving], motion.velocity[:, moving], **CLOSE)
    assert_allclose(kernels.transposed(rows), field.drive.weigh_back(rows), **CLOSE)


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed % 2 == 0])
def test_neurons_at_tau_0_move_as_their_settled_states_do(seed):
    """Central differences along the velocity, of two lengths, which take the error in h^2 out."""
    network = network_of(seed)
    model, field = dense(network), Field(network)
    x = field.settle(states(network, 1))
    v = field.motion(x).velocity[0]

    def slope(h):
        return (model.settle(x[0] + h * v) - model.settle(x[0] - h * v)) / (2 * h)

    assert_allclose(v, (4 * slope(1e-4) - slope(2e-4)) / 3, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_jacobian_is_that_of_the_model_in_every_form(seed):
    network = network_of(seed)
    model, field = dense(network), Field(network)
    x, v = states(network, 2)
    full = full_jacobian(model, x)
    J = field.jacobian(x)
    assert_allclose(J.dense(), full, **CLOSE)
    assert_allclose(J.matrix.toarray(), full, **CLOSE)
    assert_allclose(J.hessian.matrix.toarray(), full_hessian(model, x), **CLOSE)
    assert_allclose(J.times(v), full @ v, **CLOSE)
    assert_allclose(J.back(v), full.T @ v, **CLOSE)
    several = states(network, 4)
    assert_allclose(J.times(several), several @ full.T, **CLOSE)
    assert_allclose(J @ several.T, full @ several.T, **CLOSE)
    assert_allclose(J.T @ several.T, full.T @ several.T, **CLOSE)
    assert_allclose(DenseField(network).jacobians(x[None])[0], full, **CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_jacobian_is_the_slope_of_the_residual(seed):
    """Richardson's extrapolation of central differences, where no kink of g lies in between."""
    network = network_of(seed)
    field = Field(network)
    x, v = states(network, 2)

    def slope(h):
        ends = field.residual(np.stack([x + h * v, x - h * v]))
        return (ends[0] - ends[1]) / (2 * h)

    kinks = [DenseField(network).hessians(x[None] + h * v)[0] for h in (-1e-3, 1e-3)]
    smooth = np.abs(kinks[1] - kinks[0]).max() < 0.05
    if not smooth:
        pytest.skip("a kink of g is near this state")
    assert_allclose(field.jacobian(x) @ v, (4 * slope(1e-4) - slope(2e-4)) / 3, atol=1e-8)


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed % 2 == 0])
def test_the_reduced_jacobian_is_the_schur_complement(seed):
    network = network_of(seed)
    model, field = dense(network), Field(network)
    if not (network.tau > 0).any():
        pytest.skip("no neuron moves by itself")
    x = field.settle(states(network, 1))[0]
    full, f = full_jacobian(model, x), network.tau == 0
    parts = [full[np.ix_(a, b)] for a in (~f, f) for b in (~f, f)]
    schur = parts[0] - parts[1] @ np.linalg.solve(parts[3], parts[2])
    reduced = field.reduced_jacobian(x)
    assert reduced.explicit
    check_reduced(reduced, schur)
    # The same by the Schur complement proper, as if they depended on each other.
    check_reduced(ReducedJacobian(reduced.whole, f, explicit=False), schur)


def check_reduced(reduced, full):
    v = np.random.default_rng(3).normal(size=(3, len(full)))
    assert_allclose(reduced.times(v), v @ full.T, **CLOSE)
    assert_allclose(reduced.back(v[0]), full.T @ v[0], **CLOSE)
    assert_allclose(reduced @ v.T, full @ v.T, **CLOSE)
    assert_allclose(reduced.dense(), full, **CLOSE)


def chain(weights, tau):
    """Three neurons that drive each other one after another."""
    groups = {
        name: {"size": 1, "lagrangian": "tanh", "tau": t}
        for name, t in zip("abc", tau, strict=True)
    }
    pairs = zip(("ab", "bc"), weights, strict=True)
    connections = [{"between": list(pair), "weights": [[w]]} for pair, w in pairs]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def test_a_chain_of_neurons_at_tau_0_is_reduced_by_the_schur_complement():
    network = chain((0.7, 0.4), (1.0, 0.0, 0.0))
    assert not explicit_instants(network)
    assert depends_on_instants(network).tolist() == [False, True, True]
    x = np.array([0.3, -0.2, 0.5])
    reduced = Field(network).reduced_jacobian(x)
    h = 1 / np.cosh(x) ** 2
    W = network.W.toarray()
    J = W * h - np.eye(3)
    schur = J[:1, :1] - J[:1, 1:] @ np.linalg.solve(J[1:, 1:], J[1:, :1])
    assert not reduced.explicit
    check_reduced(reduced, schur)


def test_a_chain_at_tau_0_without_one_state_is_refused():
    network = chain((0.7, 1.0), (1.0, 0.0, 0.0))
    reduced = Field(network).reduced_jacobian(np.zeros(3))  # 1 - 1 * 1 among b and c
    with pytest.raises(HamsimError, match="singular"):
        reduced.dense()


def test_blocks_of_shared_lagrangians_are_made_some_columns_at_a_time(monkeypatch):
    group = {"shape": [4, 3, 5], "lagrangian": {"kind": "softmax", "over": [0, 2]}}
    other = {"size": 6, "lagrangian": "tanh"}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group, "b": other}})
    x = states(network, 1)[0]
    whole = Field(network).hessian(x).matrix
    monkeypatch.setattr(hessian_module, "NUMBERS", 3 * network.n_neurons)
    parts = Field(network).hessian(x).matrix
    assert np.array_equal(whole.toarray(), parts.toarray())
    assert whole.nnz == 3 * 20 * 20 + 6
    assert_allclose(whole.toarray(), full_hessian(dense(network), x), **CLOSE)


def test_blocks_that_exceed_the_memory_are_refused_but_products_are_not():
    group = {"size": 3_000_000, "lagrangian": "softmax"}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    H = Field(network).hessian(np.zeros(network.n_neurons))
    assert H.times(np.ones(network.n_neurons)).shape == (network.n_neurons,)
    with pytest.raises(HamsimError, match="Hessian of a has 9,000,000,000,000 entries"):
        _ = H.matrix


@pytest.mark.parametrize("seed", range(12))
def test_bounds_of_the_drive_hold_and_are_reached(seed):
    network = hamsim.compile(random_description(seed, max_size=3, symmetric=seed % 2 == 0))
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(3, network.n_neurons))
    high = low + rng.uniform(0, 2, low.shape)
    W = network.W.toarray()
    for full in (False, True):
        drive = Drive(network, full)
        least, most = drive.between(low, high)
        for k in range(3):
            worst = [np.where(W > 0, a[k], b[k]) for a, b in ((low, high), (high, low))]
            ends = [(W * g).sum(axis=1) + network.input for g in worst]
            assert_allclose([least[k], most[k]], ends, **CLOSE)
    endless = np.full_like(low, np.inf)
    least, most = Drive(network).between(-endless, endless)
    receives = np.diff(network.W.indptr) > 0
    assert np.all(np.isinf(most[:, receives]))
    assert np.array_equal(most[:, ~receives], np.tile(network.input, (3, 1))[:, ~receives])


def test_sizes_of_all_terms_bound_the_drive():
    network = hamsim.compile(random_description(5, gated=True))
    assert network.triples is not None
    g = states(network)
    for full in (False, True):
        drive = Drive(network, full)
        flipped = np.abs(drive.W.toarray()) @ np.abs(g).T
        sizes = drive.sizes().at(np.abs(g))
        assert np.all(np.abs(drive.at(g)) <= sizes)
        assert np.all(sizes >= flipped.T + np.abs(network.input) - 1e-12)


# --- what stands on it --------------------------------------------------------------------------


def symmetric_network():
    """Softmax, tanh and a layer at tau = 0, coupled weakly enough to have a stable rest state."""
    groups = {
        "a": {"size": 20, "lagrangian": "tanh", "tau": 2.0, "input": 0.3},
        "b": {"shape": [5, 4], "lagrangian": {"kind": "softmax", "over": "last"}, "tau": 0.5},
        "c": {"size": 6, "lagrangian": "sigmoid", "tau": 0.0},
    }
    weights = {"normal": {"mean": 0, "std": 0.15}}
    pairs = ("ab", "ac", "bc")
    connections = [{"between": list(pair), "weights": weights} for pair in pairs]
    return hamsim.compile(
        {"format": "hamsim/1", "seed": 1, "groups": groups, "connections": connections}
    )


def test_newtons_method_by_products_finds_a_rest_state():
    network = symmetric_network()
    field, x = Field(network), np.zeros(network.n_neurons)
    for _ in range(8):
        move, failed = gmres(field.jacobian(x), -field.residual(x[None])[0], rtol=1e-10)
        assert failed == 0
        x = x + move
    assert dense(network).residual(x) < 1e-12


def test_stiff_steps_are_solved_by_conjugate_gradients_in_the_product_of_h():
    """(T/h + 1 - W H) d = r is self-adjoint in v.H w, also with neurons at tau = 0."""
    network = symmetric_network()
    x, r = states(network, 2)
    J, shift = Field(network).jacobian(x), network.tau / 10.0

    def system(d):
        return shift * d - J.times(d)

    d = np.zeros_like(r)
    rest = direction = r
    for _ in range(network.n_neurons + 5):
        image, turned = system(direction), J.hessian.times(direction)
        length = (rest @ J.hessian.times(rest)) / (image @ turned)
        d, before = d + length * direction, rest
        rest = rest - length * image
        ratio = (rest @ J.hessian.times(rest)) / (before @ J.hessian.times(before))
        direction = rest + ratio * direction
        if np.abs(J.hessian.times(rest)).max() < 1e-13:
            break
    # What H maps to 0 is seen by no other neuron: it is solved by a division.
    d = d + (r - system(d)) / (shift + 1.0)
    assert_allclose(system(d), r, atol=1e-12)


def test_rates_of_the_reduced_jacobian_are_those_of_a_run_near_rest():
    """The slowest by products alone, and by what is left of a deviation after some time."""
    network = symmetric_network()
    moving = network.tau > 0
    x = hamsim.simulate(network, t_end=200.0, dt=0.05, record=None).final
    reduced = Field(network).reduced_jacobian(x)
    rate = diags_array(1.0 / network.tau[moving])
    slow, mode = eigs(aslinearoperator(rate) @ reduced, k=1, which="LR")
    values = np.linalg.eigvals(rate @ reduced.dense())
    assert_allclose(slow[0].real, values.real.max(), rtol=1e-8)
    deviation = np.zeros(network.n_neurons)
    deviation[moving] = 1e-4 * mode[:, 0].real
    ends = [
        hamsim.simulate(network, start, method="rk4", dt=0.05, t_end=2.0, record=None).final
        for start in (x + deviation, x - deviation)
    ]
    left = (ends[0] - ends[1])[moving] / 2
    assert_allclose(left, np.exp(2.0 * slow[0].real) * deviation[moving], atol=1e-9)


def test_gradients_of_a_loss_at_rest_use_the_transpose():
    """DC/dI = a with (1 - H W^T) a = H c, against differences of rest states."""
    network = symmetric_network()
    field = Field(network)
    rng = np.random.default_rng(0)
    c = rng.normal(size=network.n_neurons)

    def rest(change):
        moved = Field(replace(network, input=network.input + change))
        x = np.zeros(network.n_neurons)
        for _ in range(10):
            x = x - np.linalg.solve(moved.jacobian(x).dense(), moved.residual(x[None])[0])
        return x

    x = rest(0.0)
    J = field.jacobian(x)
    a, failed = gmres(-J.T, J.hessian.times(c), rtol=1e-12)
    assert failed == 0
    direction = rng.normal(size=network.n_neurons)
    h = 1e-4
    ends = [field.activation(rest(s * h * direction)[None])[0] @ c for s in (1, -1)]
    assert_allclose(a @ direction, (ends[0] - ends[1]) / (2 * h), rtol=1e-6)
