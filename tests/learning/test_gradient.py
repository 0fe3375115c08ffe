"""`gradient`: against JAX's autodiff, finite differences, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learning_by_jax import JaxNetwork, by_connection, by_edges, float64
from random_networks import random_description

import hamsim

# Of the largest entry: sums of some hundred terms, and the rest state's own rounding times how
# close the network is to one that is not stable.
EXACT = 1e-10


def described(seed):
    """Networks with gates, tau = 0, self-connections and one-way synapses in turn."""
    symmetric = seed % 2 == 0
    return random_description(
        seed, symmetric=symmetric, gated=seed % 3 == 0, instant=seed % 5 == 0, max_size=3
    )


def by_jax(network, loss, x, of, held=None, start=None):
    """Derivatives of a loss of single rest states by everything."""
    with float64():
        model = JaxNetwork(network, held)
        p = model.parameters(x if start is None else start)

        def at_rest(p):
            state = model.at_rest(p, x)
            return loss(model.g(p, state) if of == "g" else state)

        return jax.tree.map(np.asarray, jax.jit(jax.grad(at_rest))(p))


@pytest.mark.parametrize("seed", [3, 5])
def test_implicit_is_what_autodiff_gives(seed):
    network = hamsim.compile(described(seed))
    rng = np.random.default_rng(seed)
    some = rng.choice(network.n_neurons, 3, replace=False)
    target, of = rng.normal(size=3), "gx"[seed % 2]
    loss = hamsim.loss("squared", some.tolist(), target, of=of)
    G = hamsim.gradient(network, loss=loss)
    D = by_jax(network, lambda v: 0.5 * ((v[some] - target) ** 2).sum(), G.x[0], of)
    edges = by_edges(network, D["W"])
    largest = max(np.abs(edges).max(), np.abs(D["I"]).max())
    np.testing.assert_allclose(G.edges, edges, rtol=0, atol=EXACT * largest)
    np.testing.assert_allclose(G.input, D["I"], rtol=0, atol=EXACT * largest)
    for each in network.connections:
        wanted = by_connection(network, each, D["W"], D["T"])
        given = G.connections[each.name]
        given = given if isinstance(given, np.ndarray) else given.toarray()
        np.testing.assert_allclose(given, wanted, rtol=0, atol=EXACT * largest)
    for group, theta in zip(network.groups, D["theta"], strict=True):
        for name, values in theta.items():
            given = G.lagrangian[group.name][name]
            wanted = values.sum() if np.ndim(given) == 0 else values
            np.testing.assert_allclose(given, wanted, rtol=0, atol=EXACT * largest)
    assert G.stable.all()
    assert not G.tau.any()
    assert not G.initial.any()


SMALL = {
    "format": "hamsim/1",
    "groups": {
        "pixels": {"shape": [2, 3], "lagrangian": "tanh", "input": 0.1},
        "hidden": {"size": 4, "lagrangian": {"kind": "tanh", "beta": [1.0, 2.0, 1.5, 0.5]}},
        "classes": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 2.0}},
    },
    "connections": [
        {"between": ["pixels", "hidden"], "weights": {"normal": {"std": 0.4}}},
        {"between": ["hidden", "classes"], "weights": {"normal": {"std": 0.5}}},
        {"within": "hidden", "weights": {"normal": {"std": 0.2}}, "density": 0.6},
    ],
}
X = np.random.default_rng(0).normal(size=(5, 2, 3))
Y = np.eye(3)[[0, 1, 2, 1, 0]]


@pytest.fixture(scope="module")
def small():
    return hamsim.compile(SMALL)


def squared(of="g"):
    return hamsim.loss("squared", "classes", Y, of=of)


def mean_loss(network, **asked):
    return hamsim.gradient(network, by="input", tol=0.5, residual=1e-13, **asked).loss.mean()


@pytest.mark.parametrize(
    ("kind", "of"),
    [("squared", "g"), ("squared", "x"), ("cross_entropy", "g"), ("(g - t)**4", "g")],
)
def test_trials_are_averaged_and_differences_agree(small, kind, of):
    loss = hamsim.loss(kind, "classes", Y, of=of)
    G = hamsim.gradient(small, loss=loss, clamp={"pixels": X})
    assert G.loss.shape == (5,)
    weights = np.array([small.W[i, j] for i, j in small.edges])
    h = 1e-5
    for k in range(0, weights.size, 7):
        ends = []
        for step in (h, -h):
            moved = weights.copy()
            moved[k] += step
            network = small.with_weights(edges=moved)
            ends.append(mean_loss(network, loss=loss, clamp={"pixels": X}))
        assert G.edges[k] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=2e-9)
    one = hamsim.gradient(
        small, loss=hamsim.loss(kind, "classes", Y[2], of=of), clamp={"pixels": X[2]}
    )
    np.testing.assert_allclose(one.clamp[0], G.clamp[2], atol=1e-13)
    alone = [
        hamsim.gradient(small, loss=hamsim.loss(kind, "classes", y, of=of), clamp={"pixels": x})
        for x, y in zip(X, Y, strict=True)
    ]
    np.testing.assert_allclose(G.edges, np.mean([g.edges for g in alone], axis=0), atol=1e-13)
    np.testing.assert_allclose(G.input, np.mean([g.input for g in alone], axis=0), atol=1e-13)


IMAGES = {
    "format": "hamsim/1",
    "seed": 3,
    "groups": {
        "image": {"shape": [3, 3, 1], "lagrangian": "tanh", "input": 0.1},
        "features": {
            "shape": [2, 2, 2],
            "lagrangian": {"kind": "softmax", "beta": 1.5, "over": "last"},
        },
        "gates": {"size": 2, "lagrangian": {"kind": "sigmoid", "beta": [1.0, 2.0]}, "tau": 0},
    },
    "connections": [
        {
            "between": ["features", "image"],
            "weights": {"conv2d": {"window": [2, 2], "kernel": {"normal": {"std": 0.5}}}},
        },
        {
            "gate": "gates",
            "between": ["image", "features"],
            "weights": {"normal": {"std": 0.3}},
            "density": 0.2,
        },
        {"from": "image", "to": "gates", "weights": {"normal": {"std": 0.3}}},
    ],
}


def test_shared_kernels_and_gates_with_cross_entropy_at_every_place():
    network = hamsim.compile(IMAGES)
    labels, pixels = [0, 1, 1, 0], network.index("image")
    held = np.zeros(network.n_neurons, dtype=bool)
    held[:3] = True
    loss = hamsim.loss("cross_entropy", "features", np.reshape(labels, (2, 2)))
    clamp = {"image[0, 0:3, 0]": [0.5, -0.2, 0.9]}
    G = hamsim.gradient(network, loss=loss, clamp=clamp)
    places = network.index("features").start + 2 * np.arange(4) + labels

    def entropy(g):
        return -jnp.log(g[places]).sum()

    D = by_jax(network, entropy, G.x[0], "g", held)
    largest = np.abs(D["I"]).max()
    for each in network.connections:
        wanted = by_connection(network, each, D["W"], D["T"])
        given = G.connections[each.name]
        np.testing.assert_allclose(given, wanted, rtol=0, atol=EXACT * largest)
    np.testing.assert_allclose(G.clamp[0, held], D["x0"][held], rtol=0, atol=EXACT * largest)
    np.testing.assert_allclose(G.input[~held], D["I"][~held], rtol=0, atol=EXACT * largest)
    theta = D["theta"]
    assert G.lagrangian["features"]["beta"] == pytest.approx(theta[1]["beta"].sum(), abs=1e-11)
    np.testing.assert_allclose(G.lagrangian["gates"]["beta"], theta[2]["beta"], atol=1e-11)
    assert G.lagrangian["image"]["beta"] == pytest.approx(theta[0]["beta"].sum(), abs=1e-11)
    assert pixels.start == 0


def test_clamped_states_and_added_inputs(small):
    asked = {"clamp": {"pixels": X}, "input": {"hidden": 0.2 * X.reshape(5, 6)[:, :4]}}
    G = hamsim.gradient(small, loss=squared("x"), **asked)
    held = small.index("pixels")
    assert not G.input[held].any()
    assert not G.clamp[:, small.index("hidden")].any()
    h = 1e-5
    moved = [X.copy(), X.copy()]
    moved[0][3, 1, 2] += h
    moved[1][3, 1, 2] -= h
    ends = [mean_loss(small, loss=squared("x"), **{**asked, "clamp": {"pixels": m}}) for m in moved]
    assert G.clamp[3, held].reshape(2, 3)[1, 2] / 5 == pytest.approx(
        (ends[0] - ends[1]) / (2 * h), abs=1e-9
    )
    more = {**asked["input"], "classes": np.array([h, 0.0, 0.0])}
    less = {**asked["input"], "classes": np.array([-h, 0.0, 0.0])}
    ends = [mean_loss(small, loss=squared("x"), **{**asked, "input": m}) for m in (more, less)]
    assert G.input[small.index("classes")][0] == pytest.approx(
        (ends[0] - ends[1]) / (2 * h), abs=1e-9
    )


def test_stimuli_that_last_hold_as_clamps_do(small):
    from_file = hamsim.compile(
        {**SMALL, "stimuli": [{"group": "pixels", "mode": "clamp", "value": X[0].tolist()}]}
    )
    loss = hamsim.loss("squared", "classes", Y[0])
    ours = hamsim.gradient(small, loss=loss, clamp={"pixels": X[0]})
    theirs = hamsim.gradient(from_file, loss=loss)
    np.testing.assert_allclose(ours.edges, theirs.edges, atol=1e-13)
    of_trials = hamsim.compile(
        {**SMALL, "stimuli": [{"group": "pixels", "mode": "clamp", "value": X.tolist()}]}
    )
    theirs = hamsim.gradient(of_trials, loss=loss, clamp={"pixels": X[0]})
    np.testing.assert_allclose(ours.edges, theirs.edges, atol=1e-13)
    assert hamsim.gradient(of_trials, loss=squared()).loss.shape == (5,)
    other = hamsim.gradient(from_file, loss=loss, clamp={"pixels": X[1]})
    alone = hamsim.gradient(small, loss=loss, clamp={"pixels": X[1]})
    np.testing.assert_allclose(other.edges, alone.edges, atol=1e-13)


REFUSED = {
    "loss is None": {"loss": None},
    "no 'implict'; did you mean 'implicit'?": {"method": "implict"},
    "method 'implicit' has no 'betta'": {"method": {"implicit": {"betta": 1}}},
    "tol is 3": {"tol": 3},
    "residual is 0": {"residual": 0},
    "by: no 'weight'; did you mean 'weights'?": {"by": ["weight"]},
    "by: no 3": {"by": 3},
    "beta is 'small'": {"method": "equilibrium", "beta": "small"},
    "symmetric is 'no'": {"method": "equilibrium", "symmetric": "no"},
    "no group 'pixel'; did you mean 'pixels'?": {"clamp": {"pixel": 1.0}},
    "clamp of pixels has shape [4]": {"clamp": {"pixels": np.zeros(4)}},
    "clamp: pixels[0, 0] is named twice": {"clamp": {"pixels": 0.0, "pixels[0, 0]": 1.0}},
    "numbers of trials differ: clamp has 5, input has 2": {"input": {"hidden": np.zeros((2, 4))}},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_asked_wrongly_is_refused(small, message):
    asked = {"loss": squared(), "clamp": {"pixels": X}, **REFUSED[message]}
    with pytest.raises(hamsim.HamsimError) as error:
        hamsim.gradient(small, **asked)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_cue_in_initial_states_alone_is_refused(small):
    for initial in ({"pixels": X}, np.random.default_rng(1).normal(size=(5, small.n_neurons))):
        with pytest.raises(hamsim.HamsimError, match="through_time"):
            hamsim.gradient(small, initial=initial, loss=squared())
    quiet = small.replace(input=0.0)
    with pytest.raises(hamsim.HamsimError, match="through_time"):
        hamsim.gradient(
            quiet, initial={"pixels": X[0]}, loss=hamsim.loss("squared", "classes", Y[0])
        )
    start = np.random.default_rng(1).normal(size=(5, small.n_neurons))
    G = hamsim.gradient(small, initial=start, loss=squared(), clamp={"pixels": X})
    assert G.counts.all()


def steep(weight):
    """Two neurons that hold each other up, or rest at 0, where that is not stable above 1."""
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"pair": {"size": 2, "lagrangian": "tanh"}},
            "connections": [{"within": "pair", "weights": [[0.0, weight], [weight, 0.0]]}],
        }
    )


def test_trials_that_are_not_stable_are_left_out_and_counted():
    network = steep(2.0)
    loss = hamsim.loss("squared", "pair", [1.0, 0.5])
    still, tipped = np.zeros(2), np.array([0.3, 0.2])
    with pytest.raises(hamsim.HamsimError, match=r"no trial has a gradient: .*not stable"):
        hamsim.gradient(network, initial=still, loss=loss)
    alone = hamsim.gradient(network, initial=tipped, loss=loss)
    current = {"pair": np.array([[0.0, 0.0], [0.0, 1e-9]])}
    both = hamsim.gradient(
        network, initial=np.stack([still, tipped]), loss=loss, input=current, residual=1e-12
    )
    assert both.stable.tolist() == [False, True]
    assert both.counts.tolist() == [False, True]
    assert list(both.left_out) == [0]
    assert "not stable" in both.left_out[0]
    np.testing.assert_allclose(both.edges, alone.edges, atol=1e-8)
    assert "1 of 2 trials" in repr(both)
    assert "1 unstable" in repr(both)


def test_what_does_not_rest_has_no_gradient():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"one": {"size": 2, "lagrangian": "identity", "initial": 0.1}},
            "connections": [{"within": "one", "weights": [[0.0, 2.0], [2.0, 0.0]]}],
        }
    )
    with pytest.raises(hamsim.HamsimError, match=r"did not come to rest|not stable"):
        hamsim.gradient(network, loss=hamsim.loss("squared", "one", [1.0, 1.0]))


def test_trials_whose_loss_is_no_number_are_left_out():
    network = steep(0.5)
    currents = {"pair": np.array([[0.3, 0.2], [-0.3, 0.2]])}
    given = hamsim.gradient(network, loss=hamsim.loss("log(g)", "pair"), input=currents)
    alone = {"pair": currents["pair"][:1]}
    first = hamsim.gradient(network, loss=hamsim.loss("log(g)", "pair"), input=alone)
    assert given.counts.tolist() == [True, False]
    assert "its loss, or a derivative of it, is not finite" in given.left_out[1]
    np.testing.assert_allclose(given.edges, first.edges, rtol=1e-9)


def test_shares_that_are_0_have_a_loss_and_a_gradient():
    groups = {"c": {"size": 3, "lagrangian": "softmax"}}
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    loss = hamsim.loss("cross_entropy", "c", 1)
    given = hamsim.gradient(network, loss=loss, input={"c": [0.0, -2000.0, 0.0]})
    np.testing.assert_allclose(given.loss, 2000 + np.log(2), rtol=1e-12)
    np.testing.assert_allclose(given.input, [0.5, -1.0, 0.5], atol=1e-12)


def test_activations_that_jump_have_no_gradient():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 2, "lagrangian": "sign"},
                "b": {"size": 1, "lagrangian": "tanh"},
            },
            "connections": [{"between": ["a", "b"], "weights": 0.5}],
        }
    )
    loss = hamsim.loss("squared", "b", [0.5])
    with pytest.raises(hamsim.HamsimError, match=r"group a .* jumps"):
        hamsim.gradient(network, loss=loss)
    assert hamsim.gradient(network, loss=loss, clamp={"a": [0.5, -0.5]}).counts.all()


def test_only_what_is_asked_for_is_made(small):
    G = hamsim.gradient(small, loss=squared(), clamp={"pixels": X}, by="weights")
    assert G.input is None
    assert G.tau is None
    assert G.initial is None
    assert G.edges.shape == (len(small.edges),)


@pytest.mark.parametrize("method", ["implicit", "equilibrium"])
def test_activations_of_a_network_that_is_clamped_as_a_whole_are_seen(small, method):
    held = {"pixels": 0.5, "hidden": [3.0, -2.0, 1.0, 0.0], "classes": [1.0, 0.0, -1.0]}
    G = hamsim.gradient(small, loss=squared(), clamp=held, method=method)
    g = np.exp([2.0, 0.0, -2.0])
    g /= g.sum()
    np.testing.assert_allclose(G.loss, 0.5 * ((g - Y) ** 2).sum(axis=1), rtol=1e-12)
    assert not G.edges.any()
    by_classes = np.zeros((5, 3))
    for k, c in enumerate(g - Y):
        by_classes[k] = 2.0 * (g * c - g * (g @ c))
    np.testing.assert_allclose(G.clamp[:, small.index("classes")], by_classes, atol=1e-14)


@pytest.mark.parametrize("of", ["g", "x"])
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_nudges_from_a_state_that_is_not_stable_do_not_count(of, start):
    network = steep(2.0)
    loss = hamsim.loss("squared", "pair", [0.5, 0.7], of=of)
    asked = {"loss": loss, "method": "equilibrium"}
    if start:
        assert hamsim.gradient(network, [start, start], **asked).counts.all()
        return
    with pytest.raises(hamsim.HamsimError, match="its rest state is not stable"):
        hamsim.gradient(network, [start, start], **asked)


def test_no_steps_leave_the_loss_of_the_start(small):
    start = np.linspace(-1.0, 1.0, small.n_neurons)
    loss = hamsim.loss("squared", "hidden", 0.5, of="x")
    G = hamsim.gradient(small, start, loss, "through_time", steps=0, dt=0.1)
    off = np.where(np.isin(np.arange(start.size), np.arange(6, 10)), start - 0.5, 0.0)
    np.testing.assert_allclose(G.initial, off, atol=1e-15)
    assert not G.edges.any()
    assert not G.tau.any()


@pytest.mark.parametrize(
    "weights",
    [[[0.0, 2.0, 0.0], [0.0, 0.0, 2.0], [2.0, 0.0, 0.0]], [[2, -2, 0], [2, 2, 0], [0, 0, 0]]],
)
def test_one_way_networks_are_not_left_where_deviations_grow(weights):
    """All begin at 0, which rests: where weights are strong a trial would not stay there."""
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 3, "lagrangian": "tanh"}},
            "connections": [{"from": "a", "to": "a", "self_connections": True, "weights": weights}],
        }
    )
    loss = hamsim.loss("squared", "a", [0.5, 0.7, 0.1])
    with pytest.raises(hamsim.HamsimError, match="its rest state is not stable"):
        hamsim.gradient(network, loss=loss)
    tame = network.with_weights(edges=0.2 * network.W.data)
    assert hamsim.gradient(tame, loss=loss).counts.all()


def test_nudges_see_a_state_that_is_not_stable_beside_a_cue_that_only_sends():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "cue": {"size": 1, "lagrangian": "identity"},
                "pair": {"size": 2, "lagrangian": "tanh"},
            },
            "connections": [
                {"from": "cue", "to": "pair", "weights": 0.5},
                {"within": "pair", "weights": [[0.0, 2.0], [2.0, 0.0]]},
            ],
        }
    )
    loss = hamsim.loss("squared", "pair", [0.5, 0.7])
    cues = {"cue": np.array([[0.0], [0.3]])}
    G = hamsim.gradient(network, loss=loss, clamp=cues, method="equilibrium")
    assert G.counts.tolist() == [False, True]
    assert G.stable.tolist() == [False, True]
