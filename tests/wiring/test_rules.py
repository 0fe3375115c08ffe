"""Every rule of weights against its definition, in every kind of connection.

What a rule says of neuron a of the first end and neuron b of the second, as the file names them,
is D[a, b], written here with loops. `between` puts D into W[first, second] and its transpose into
W[second, first]; `from: first, to: second` puts the transpose into W[second, first] alone.
"""

import itertools

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jax import lax
from scipy.sparse import csr_array, save_npz

import hamsim

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)

ROUNDING = 1e-12  # sums of some hundred products of numbers near 1
SEEDS = st.integers(0, 10**6)
TWO_ENDS = ["between", "from", "between, file reversed", "from, file reversed"]


def compiled(groups, *connections, **more):
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": list(connections), **more}
    )


def group(**settings):
    return {"lagrangian": "tanh", **settings}


def build(kind, first, second, weights, **more):
    """W[first, second] and W[second, first] of one connection, with other groups around."""
    names = {"first": first, "gap": group(size=2), "second": second}
    if kind.endswith("reversed"):
        names = dict(reversed(names.items()))
    names = {"front": group(size=1), **names}
    ends = {"from": "first", "to": "second"}
    if kind.startswith("between"):
        ends = {"between": ["first", "second"]}
    network = compiled(names, {**ends, "weights": weights, **more})
    one, two = network.index("first"), network.index("second")
    W = network.W.toarray()
    forth, back = W[one, two].copy(), W[two, one].copy()
    W[one, two] = W[two, one] = 0
    assert not W.any()
    return forth, back


def require(kind, first, second, weights, D, atol=0.0, **more):
    """Compare with D, to the bit unless a tolerance is given."""
    forth, back = build(kind, first, second, weights, **more)
    expected = D if kind.startswith("between") else np.zeros(D.shape)
    np.testing.assert_allclose(forth, expected, rtol=0, atol=atol)
    np.testing.assert_allclose(back, D.T, rtol=0, atol=atol)
    if kind.startswith("between"):
        np.testing.assert_array_equal(back, forth.T)


def within(settings, weights, **more):
    """W of a symmetric connection inside one group, which has another one before it."""
    network = compiled(
        {"front": group(size=3), "a": settings}, {"within": "a", "weights": weights, **more}
    )
    W = network.W.toarray()
    assert not W[:3].any()
    assert not W[:, :3].any()
    assert network.symmetric
    assert (network.W != network.W.T).nnz == 0
    return W[3:, 3:]


# --- which way activity goes ---


def chain_of_edges(folder):
    edges = [["a", "b", 2.0], ["b", "c", 3.0], ["c", "d", 4.0]]
    return {"edges": edges}


def chain_of_numbers(folder):
    return {"edges": [[2, 3, 4.0], [0, 1, 2.0], [1, 2, 3.0]]}


def chain_in_a_csv_file(folder):
    (folder / "chain.csv").write_text("a,b,2\nb,c,3\nc,d,4\n")
    return {"edges": {"file": str(folder / "chain.csv")}}


def chain_in_columns(folder):
    (folder / "chain.csv").write_text("w,to,note,from\n2,b,x,a\n3,c,y,b\n4,d,,c\n")
    return {"edges": {"file": str(folder / "chain.csv"), "columns": ["from", "to", "w"]}}


def chain_in_an_array(folder):
    np.save(folder / "chain.npy", np.array([[0, 1, 2.0], [1, 2, 3], [2, 3, 4]]))
    return {"edges": {"file": str(folder / "chain.npy")}}


def chain_as_a_matrix(folder):
    return np.diag([2.0, 3.0, 4.0], -1).tolist()


def chain_as_a_sparse_file(folder):
    save_npz(folder / "chain.npz", csr_array(np.diag([2.0, 3.0, 4.0], -1)))
    return {"file": str(folder / "chain.npz")}


def chain_by_distance(folder):
    # Row i receives: d is positive where it lies ahead of the sender.
    return {"of_distance": "max(0, 1 - abs(d - 1)) * 2", "space": "line"}


CHAINS = [
    chain_of_edges,
    chain_of_numbers,
    chain_in_a_csv_file,
    chain_in_columns,
    chain_in_an_array,
    chain_as_a_matrix,
    chain_as_a_sparse_file,
    chain_by_distance,
]


@pytest.mark.parametrize("chain", CHAINS)
def test_activity_moves_along_a_chain_one_neuron_a_step_and_never_back(chain, tmp_path):
    network = compiled(
        {"x": {"neurons": ["a", "b", "c", "d"], "lagrangian": "identity"}},
        {"from": "x", "to": "x", "weights": chain(tmp_path)},
    )
    expected = np.diag([2.0, 2.0, 2.0] if chain is chain_by_distance else [2.0, 3.0, 4.0], -1)
    np.testing.assert_array_equal(network.W.toarray(), expected)

    def run(start):
        record = hamsim.Record(what=("x",))
        return hamsim.simulate(
            network, initial=start, method="euler", dt=0.1, steps=4, record=record
        ).x

    reached = run([1.0, 0, 0, 0]) != 0
    for step, neuron in itertools.product(range(5), range(4)):
        assert reached[step, neuron] == (neuron <= step)
    for last in (1, 2, 3):
        assert not run(np.eye(4)[last])[:, :last].any()


@pytest.mark.parametrize("order", list(itertools.permutations("abcd"))[::5])
def test_a_chain_of_groups_one_to_one(order):
    network = compiled(
        {name: group(size=2) for name in order},
        *(
            {"from": a, "to": b, "weights": {"one_to_one": [1.0, 2.0]}}
            for a, b in (("a", "b"), ("b", "c"), ("c", "d"))
        ),
    )
    W = network.W.toarray()
    for a, b in itertools.product("abcd", repeat=2):
        expected = np.diag([1.0, 2.0]) if a + b in ("ab", "bc", "cd") else np.zeros((2, 2))
        np.testing.assert_array_equal(W[network.index(b), network.index(a)], expected)


# --- edges ---


def random_edges(rng, n, m):
    """Pairs of neurons with weights, and the same as a matrix."""
    chosen = rng.permutation(n * m)[: rng.integers(0, n * m + 1)]
    D = np.zeros((n, m))
    edges = []
    for place in chosen:
        a, b = divmod(int(place), m)
        D[a, b] = rng.normal()
        edges.append([a, b, float(D[a, b])])
    return edges, D


def renamed(rng, edges, *ends):
    """Edges by names or numbers, as it comes; an end is (name, shape, neurons' names)."""

    def called(k, name, shape, names):
        at = ", ".join(str(int(axis)) for axis in np.unravel_index(k, shape))
        forms = [k, f"{name}[{k}]", f"{name}[{at}]"]
        forms += [names[k], f"{name}.{names[k]}"] * 2 if names else [str(k)]
        return forms[rng.integers(len(forms))]

    return [
        [*(called(k, *end) for k, end in zip(edge[:-1], ends, strict=True)), edge[-1]]
        for edge in edges
    ]


@pytest.mark.parametrize("kind", TWO_ENDS)
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 6), sides=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_edges_between_groups(kind, seed, n, sides):
    rng = np.random.default_rng(seed)
    names = [f"n{k}" for k in rng.permutation(n)]
    first, second = group(neurons=names), group(shape=sides)
    edges, D = random_edges(rng, n, sides[0] * sides[1])
    require(kind, first, second, {"edges": edges}, D)
    by_name = renamed(rng, edges, ("first", (n,), names), ("second", sides, ()))
    rng.shuffle(by_name)
    require(kind, first, second, {"edges": by_name}, D)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 6))
def test_edges_inside_a_group(seed, n):
    rng = np.random.default_rng(seed)
    names = [f"n{k}" for k in rng.permutation(n)]
    edges, D = random_edges(rng, n, n)
    one_way = compiled(
        {"a": group(neurons=names)},
        {"from": "a", "to": "a", "weights": {"edges": edges}, "self_connections": True},
    )
    np.testing.assert_array_equal(one_way.W.toarray(), D.T)
    once = [edge for edge in edges if edge[0] <= edge[1]]
    expected = np.triu(D) + np.triu(D, 1).T
    turned = [edge if rng.random() < 0.5 else [edge[1], edge[0], edge[2]] for edge in once]
    by_name = renamed(rng, turned, *[("a", (n,), names)] * 2)
    rng.shuffle(by_name)
    for listed in (once, by_name):
        W = within(group(neurons=names), {"edges": listed}, self_connections=True)
        np.testing.assert_array_equal(W, expected)


def test_edges_of_several_groups_count_through_them_in_file_order():
    groups = {"a": group(neurons=["p", "q"]), "b": group(size=2), "c": group(neurons=["p", "r"])}
    edges = [["q", 2, 1.0], ["c.p", "b[1]", 2.0], [5, "a.p", 3.0]]
    network = compiled(groups, {"within": ["c", "a", "b"], "weights": {"edges": edges}})
    expected = np.zeros((6, 6))
    for i, j, weight in ((1, 2, 1), (4, 3, 2), (5, 0, 3)):
        expected[i, j] = expected[j, i] = weight
    np.testing.assert_array_equal(network.W.toarray(), expected)
    edges = [[2, 0, 1.0], ["r", "b[1]", 2.0]]
    network = compiled(groups, {"from": ["c", "a"], "to": "b", "weights": {"edges": edges}})
    expected = np.zeros((6, 6))
    expected[2, 4], expected[3, 5] = 1, 2  # c's first neuron is the third of [a, c]
    np.testing.assert_array_equal(network.W.toarray(), expected)


def test_edges_in_files_are_those_in_the_description(tmp_path):
    rng = np.random.default_rng(3)
    edges, D = random_edges(rng, 4, 5)
    assert len(edges) > 3
    np.save(tmp_path / "edges.npy", np.array(edges))
    np.savez(tmp_path / "edges.npz", other=np.zeros(2), mine=np.array(edges))
    lines = "".join(f"n{a},{b},{weight!r}\n" for a, b, weight in edges)
    (tmp_path / "edges.csv").write_text("pre,post,weight\n" + lines)
    first, second = group(neurons=["n0", "n1", "n2", "n3"]), group(size=5)
    for name, key in (("edges.npy", None), ("edges.npz", "mine"), ("edges.csv", None)):
        source = {"file": str(tmp_path / name)} | ({"key": key} if key else {})
        require("between", first, second, {"edges": source}, D)


# --- one to one ---


@pytest.mark.parametrize("kind", TWO_ENDS)
@pytest.mark.parametrize("value", [2.5, [1.0, -2.0, 0.0, 4.0], [[1.0, 2.0], [3.0, 4.0]]])
def test_one_to_one(kind, value):
    D = np.zeros((4, 4))
    for k in range(4):
        D[k, k] = np.broadcast_to(np.ravel(value), 4)[k]
    require(kind, group(shape=[2, 2]), group(size=4), {"one_to_one": value}, D)


def test_one_to_one_inside_a_group_is_the_diagonal():
    W = within(group(size=3), {"one_to_one": [1.0, 2.0, 3.0]}, self_connections=True)
    np.testing.assert_array_equal(W, np.diag([1.0, 2.0, 3.0]))


def test_one_to_one_may_be_drawn():
    drawn = {"one_to_one": {"normal": {"mean": 3.0, "std": 0.1}}}
    forth, back = build("between", group(size=50), group(size=50), drawn)
    np.testing.assert_array_equal(forth, np.diag(forth.diagonal()))
    np.testing.assert_array_equal(back, forth.T)
    assert abs(forth.diagonal().mean() - 3.0) < 0.1
    assert np.unique(forth.diagonal()).size == 50


# --- windows over images ---


def convolve_by_jax(image, kernel, stride, padding):
    return lax.conv_general_dilated(
        image[None], kernel, stride, padding.upper(), dimension_numbers=("NHWC", "OIHW", "NHWC")
    )[0]


def pool_by_jax(image, window, stride, padding):
    def add(values):
        return lax.reduce_window(values, 0.0, lax.add, (*window, 1), (*stride, 1), padding.upper())

    return add(image) / add(np.ones(image.shape))


@st.composite
def window_settings(draw):
    sizes = st.tuples(st.integers(1, 6), st.integers(1, 6))
    image, window, stride = draw(sizes), draw(sizes), draw(sizes)
    padding = draw(st.sampled_from(["valid", "same"]))
    assume(padding == "same" or (window[0] <= image[0] and window[1] <= image[1]))
    return image, window, stride, padding


def require_map(function, image, weights, rng):
    """A connection, in all kinds, is a linear function of images and its transpose."""
    pixels = rng.normal(size=image)
    features, pull_back = jax.vjp(function, pixels)
    features = np.asarray(features)
    assume(features.shape != image)  # else either end could be the image
    errors = rng.normal(size=features.shape)
    pulled = np.asarray(pull_back(errors)[0]).reshape(-1)
    one, two = group(shape=image), group(shape=features.shape)
    for kind in TWO_ENDS:
        both = kind.startswith("between")
        # the image named first, and named second
        to_image, to_features = build(kind, one, two, weights)
        to_features_2, to_image_2 = build(kind, two, one, weights)
        forward = features.reshape(-1)
        for block, there in ((to_features, True), (to_features_2, both)):
            made = block @ pixels.reshape(-1)
            np.testing.assert_allclose(made, forward if there else 0, rtol=0, atol=ROUNDING)
        for block, there in ((to_image, both), (to_image_2, True)):
            made = block @ errors.reshape(-1)
            np.testing.assert_allclose(made, pulled if there else 0, rtol=0, atol=ROUNDING)


@settings(max_examples=15, deadline=None)
@given(window=window_settings(), channels=st.tuples(*[st.integers(1, 3)] * 2), seed=SEEDS)
def test_conv2d_in_a_network_is_that_of_jax(window, channels, seed):
    image, size, stride, padding = window
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(channels[1], channels[0], *size))
    weights = {"kernel": kernel.tolist(), "stride": list(stride), "padding": padding}
    require_map(
        lambda pixels: convolve_by_jax(pixels, kernel, stride, padding),
        (*image, channels[0]),
        {"conv2d": weights},
        rng,
    )


@settings(max_examples=15, deadline=None)
@given(window=window_settings(), channels=st.integers(1, 3), seed=SEEDS)
def test_average_pool_in_a_network_is_that_of_jax(window, channels, seed):
    image, size, stride, padding = window
    weights = {"window": list(size), "stride": list(stride), "padding": padding}
    require_map(
        lambda pixels: pool_by_jax(pixels, size, stride, padding),
        (*image, channels),
        {"average_pool": weights},
        np.random.default_rng(seed),
    )


def test_pooling_without_stride_moves_by_the_window():
    image, pooled = group(shape=[4, 6]), group(shape=[2, 2])
    forth, _ = build("between", pooled, image, {"average_pool": {"window": [2, 3]}})
    D = np.zeros((4, 24))
    for row, column, y, x in itertools.product(range(2), range(2), range(2), range(3)):
        D[2 * row + column, 6 * (2 * row + y) + 3 * column + x] = 1 / 6
    np.testing.assert_allclose(forth, D, rtol=0, atol=ROUNDING)


def test_a_kernel_may_be_a_number_a_matrix_or_drawn():
    image, features = group(shape=[3, 3]), group(shape=[2, 2])
    several = group(shape=[2, 2, 50])
    ones, _ = build("between", image, features, {"conv2d": {"kernel": 1, "window": 2}})
    matrix, _ = build("between", image, features, {"conv2d": {"kernel": [[1, 1], [1, 1]]}})
    np.testing.assert_array_equal(ones, matrix)
    rule = {"conv2d": {"kernel": {"normal": {"mean": 5, "std": 1}}, "window": 2}}
    drawn, _ = build("between", image, several, rule)
    # One draw for each entry of the kernel; it is the same wherever the window stands.
    by_place = drawn.reshape(3, 3, 2, 2, 50)
    values = by_place[:2, :2, 0, 0]
    np.testing.assert_array_equal(by_place[1:, 1:, 1, 1], values)
    np.testing.assert_array_equal(by_place[:2, 1:, 0, 1], values)
    assert np.unique(values).size == 200
    assert abs(values.mean() - 5) < 0.4


@pytest.mark.parametrize("kind", TWO_ENDS)
def test_where_both_ends_could_be_the_image_it_is_the_first(kind):
    kernel = np.arange(9.0).reshape(1, 1, 3, 3)
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    pixels = np.random.default_rng(8).normal(size=(4, 5, 1))
    expected = np.asarray(convolve_by_jax(pixels, kernel, (1, 1), "same")).reshape(-1)
    _, to_second = build(kind, group(shape=[4, 5]), group(shape=[4, 5]), rule)
    np.testing.assert_allclose(to_second @ pixels.reshape(-1), expected, rtol=0, atol=ROUNDING)


@settings(max_examples=30, deadline=None)
@given(
    sides=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    window=st.sampled_from([(1, 1), (3, 3), (1, 5), (3, 1)]),
    channels=st.integers(1, 3),
    seed=SEEDS,
)
def test_conv2d_inside_a_group_is_symmetric_and_that_of_jax(sides, window, channels, seed):
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(channels, channels, *window))
    kernel = kernel + kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    shape = (*sides, channels)
    W = within(group(shape=shape), rule, self_connections=True)
    pixels = rng.normal(size=shape)
    expected = np.asarray(convolve_by_jax(pixels, kernel, (1, 1), "same")).reshape(-1)
    np.testing.assert_allclose(W @ pixels.reshape(-1), expected, rtol=0, atol=ROUNDING)
    np.testing.assert_array_equal(W, W.T)


@pytest.mark.parametrize("window", [1, 3, [3, 5]])
def test_a_number_as_kernel_leaves_self_connections_out(window):
    rule = {"conv2d": {"kernel": 2.0, "window": window, "padding": "same"}}
    with_self = within(group(shape=[4, 3]), rule, self_connections=True)
    assert np.all(with_self.diagonal() == 2.0)
    without = within(group(shape=[4, 3]), rule)
    np.testing.assert_array_equal(without, with_self - 2.0 * np.eye(12))


WITHIN_A, A_TO_A = {"within": "a"}, {"from": "a", "to": "a"}


@pytest.mark.parametrize(
    ("ends", "window"),
    [
        (WITHIN_A, (3, 3)),
        (WITHIN_A, (9, 7)),
        *((A_TO_A, window) for window in ((3, 3), (2, 2), (4, 3), (1, 6), (9, 7))),
    ],
)
def test_a_kernel_with_a_centre_needs_self_connections(ends, window):
    kernel = np.ones(window)
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    with pytest.raises(hamsim.SpecError, match="connects neurons to themselves; allow that by"):
        compiled({"a": group(shape=[4, 5])}, {**ends, "weights": rule})
    allowed = compiled(
        {"a": group(shape=[4, 5])}, {**ends, "weights": rule, "self_connections": True}
    )
    assert np.all(allowed.W.diagonal() == 1)
    kernel[(window[0] - 1) // 2, (window[1] - 1) // 2] = 0
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    without = compiled({"a": group(shape=[4, 5])}, {**ends, "weights": rule})
    np.testing.assert_array_equal(without.W.toarray(), allowed.W.toarray() - np.eye(20))


# --- patterns ---


@pytest.mark.parametrize("kind", TWO_ENDS)
@pytest.mark.parametrize("visible_first", [True, False])
def test_memories_are_rows(kind, visible_first):
    patterns = np.random.default_rng(0).normal(size=(4, 2, 3))
    D = np.zeros((6, 4))
    for memory, neuron in itertools.product(range(4), range(6)):
        D[neuron, memory] = patterns[memory].reshape(-1)[neuron]
    visible, memory = group(shape=[2, 3]), group(size=4)
    for listed in (patterns, patterns.reshape(4, 6)):
        weights = {"memories": listed.tolist()}
        if visible_first:
            require(kind, visible, memory, weights, D)
        else:
            require(kind, memory, visible, weights, D.T)


@pytest.mark.parametrize("kind", TWO_ENDS)
def test_where_both_ends_could_hold_the_memories_it_is_the_second(kind):
    patterns = np.arange(9.0).reshape(3, 3)
    require(kind, group(size=3), group(size=3), {"memories": patterns.tolist()}, patterns.T)


def hebbian(xi):
    n = xi.shape[1]
    W = np.zeros((n, n))
    for i, j in itertools.product(range(n), repeat=2):
        W[i, j] = sum(pattern[i] * pattern[j] for pattern in xi) / n
    return W


def storkey(xi):
    n = xi.shape[1]
    W = np.zeros((n, n))
    for pattern in xi:
        h = np.zeros((n, n))
        for i, j, k in itertools.product(range(n), repeat=3):
            if k not in (i, j):
                h[i, j] += W[i, k] * pattern[k]
        step = [
            [(p * q - p * h[j, i] - h[i, j] * q) / n for j, q in enumerate(pattern)]
            for i, p in enumerate(pattern)
        ]
        W = W + step
        np.fill_diagonal(W, 0)
    return W


def pseudoinverse(xi):
    return np.linalg.pinv(xi) @ xi


@pytest.mark.parametrize("rule", [hebbian, storkey, pseudoinverse])
def test_store(rule):
    xi = np.random.default_rng(1).choice([-1.0, 1.0], (3, 6))
    expected = rule(xi)
    np.fill_diagonal(expected, 0)
    for patterns in (xi, xi.reshape(3, 2, 3)):
        settings = {"patterns": patterns.tolist()}
        if rule is not hebbian:  # the default
            settings["rule"] = rule.__name__
        W = within(group(shape=[2, 3]), {"store": settings})
        np.testing.assert_allclose(W, expected, rtol=0, atol=ROUNDING)
        np.testing.assert_array_equal(W, W.T)


def test_store_with_self_connections_keeps_the_diagonal():
    xi = np.array([[1.0, -1, 1], [2.0, 1, -1]])
    W = within(
        group(size=3), {"store": {"patterns": xi.tolist(), "coding": "real"}}, self_connections=True
    )
    np.testing.assert_allclose(W, hebbian(xi), rtol=0, atol=ROUNDING)


# --- leaving synapses out ---

KERNEL = np.random.default_rng(2).normal(size=(3, 1, 2, 2)).tolist()
PATTERNS = np.random.default_rng(3).normal(size=(27, 16)).tolist()
EDGES = [[a, b, 1.0 + a + 0.1 * b] for a in range(16) for b in range(27) if (a + b) % 3]
# Rules between an image of 4 x 4 and features of 3 x 3 x 3.
BETWEEN = {
    "number": 0.5,
    "matrix": np.random.default_rng(4).normal(size=(16, 27)).tolist(),
    "memories": {"memories": PATTERNS},
    "edges": {"edges": EDGES},
    "conv2d": {"conv2d": {"kernel": KERNEL}},
}
SYMMETRIC = np.random.default_rng(5).normal(size=(16, 16))
SYMMETRIC = SYMMETRIC + SYMMETRIC.T
CROSS = [[0.3, 1.0, 0.2], [2.0, 0.1, 2.0], [0.2, 1.0, 0.3]]
WITHIN = {
    "number": 0.5,
    "matrix": SYMMETRIC.tolist(),
    "of_distance": {"of_distance": "exp(-d)", "space": "torus"},
    "store": {"store": {"patterns": SYMMETRIC[:3].tolist(), "coding": "real"}},
    "edges": {"edges": [[a, b, 1.0 + a + b] for a in range(16) for b in range(a, 16, 2)]},
    "conv2d": {"conv2d": {"kernel": CROSS, "padding": "same"}},
    "one_to_one": {"one_to_one": SYMMETRIC[0].tolist()},
}
IMAGE, FEATURES = group(shape=[4, 4]), group(shape=[3, 3, 3])


def stated(kind, rule):
    """A matrix of a one-way connection has the receivers in its rows."""
    weights = BETWEEN[rule]
    return np.transpose(weights).tolist() if rule == "matrix" and "from" in kind else weights


def require_part(part, full, count):
    """Some of the same synapses, with the same weights."""
    there = part != 0
    np.testing.assert_array_equal(part[there], full[there])
    assert there.sum() == count


@pytest.mark.parametrize("kind", TWO_ENDS)
@pytest.mark.parametrize("rule", BETWEEN)
def test_density_between_groups_is_exact(kind, rule):
    _, full = build(kind, IMAGE, FEATURES, stated(kind, rule))
    for density in (0.3, 0.77, 1.0):
        forth, back = build(kind, IMAGE, FEATURES, stated(kind, rule), density=density)
        require_part(back, full, round(density * np.count_nonzero(full)))
        np.testing.assert_array_equal(forth, back.T if kind.startswith("between") else 0 * forth)


@pytest.mark.parametrize("rule", WITHIN)
def test_density_inside_a_group_is_exact_and_symmetric(rule):
    full = within(IMAGE, WITHIN[rule], self_connections=True)
    for density in (0.3, 0.77, 1.0):
        part = within(IMAGE, WITHIN[rule], self_connections=True, density=density)
        once = np.triu(part)
        require_part(once, np.triu(full), round(density * np.count_nonzero(np.triu(full))))
        np.testing.assert_array_equal(part, part.T)


def seeded(weights, seed, **more):
    network = compiled(
        {"image": IMAGE, "features": FEATURES},
        {"between": ["image", "features"], "weights": weights, **more},
        seed=seed,
    )
    one, two = network.index("image"), network.index("features")
    W = network.W.toarray()
    return W[one, two], W[two, one]


@pytest.mark.parametrize("rule", BETWEEN)
def test_probability_between_groups(rule):
    _, full = build("between", IMAGE, FEATURES, BETWEEN[rule])
    counts = []
    for seed in range(20):
        forth, back = seeded(BETWEEN[rule], seed, probability=0.4)
        require_part(back, full, np.count_nonzero(back))
        np.testing.assert_array_equal(forth, back.T)
        counts.append(np.count_nonzero(back))
    n = np.count_nonzero(full)
    assert abs(np.mean(counts) - 0.4 * n) < 5 * np.sqrt(0.24 * n / 20)
    assert np.unique(counts).size > 3


@pytest.mark.parametrize("rule", WITHIN)
def test_probability_inside_a_group_is_symmetric(rule):
    full = within(IMAGE, WITHIN[rule], self_connections=True)
    part = within(IMAGE, WITHIN[rule], self_connections=True, probability=0.5)
    require_part(part, full, np.count_nonzero(part))
    assert 0 < np.count_nonzero(part) < np.count_nonzero(full)


@pytest.mark.parametrize("kind", TWO_ENDS)
@pytest.mark.parametrize("rule", ["number", "matrix", "memories", "edges"])
def test_degree_counts_what_each_row_receives(kind, rule):
    """Rows are the first group of `between`, and the receiving one of `from`."""
    _, full = build(kind, IMAGE, FEATURES, stated(kind, rule))
    forth, back = build(kind, IMAGE, FEATURES, stated(kind, rule), degree=5)
    rows = forth if kind.startswith("between") else back
    assert np.all(np.count_nonzero(rows, axis=1) == 5)
    require_part(back, full, rows.shape[0] * 5)


@pytest.mark.parametrize("rule", ["number", "of_distance", "store"])
def test_degree_inside_a_group_is_that_of_every_neuron(rule):
    full = within(IMAGE, WITHIN[rule])
    for degree in (1, 4, 11, 15):
        part = within(IMAGE, WITHIN[rule], degree=degree)
        require_part(part, full, 16 * degree)
        assert np.all(np.count_nonzero(part, axis=0) == degree)


def test_degree_of_a_matrix_inside_a_group():
    matrix = SYMMETRIC - np.diag(SYMMETRIC.diagonal())
    part = within(IMAGE, matrix.tolist(), degree=3)
    require_part(part, matrix, 48)


def test_a_degree_that_a_rule_does_not_have_is_refused_by_name():
    with pytest.raises(hamsim.CompileError) as caught:
        build("between", IMAGE, FEATURES, BETWEEN["conv2d"], degree=5)
    message = "the rule gives neuron first[0, 0] 3 synapses, fewer than degree: 5"
    assert str(caught.value) == f"connections[0].weights: {message}"


@pytest.mark.parametrize("ends", [("a", "a"), (["a", "b"], ["b", "c"]), ("all", "b")])
@pytest.mark.parametrize("settings", [{"density": 1.0}, {"degree": 2}, {"density": 0.6}])
def test_no_neuron_receives_from_itself_where_ends_overlap(ends, settings):
    groups = {"a": group(size=3), "b": group(size=4), "c": group(size=2)}
    sender, receiver = ends
    entry = {"from": sender, "to": receiver, "weights": 1.5}
    full = compiled(groups, entry).W.toarray()
    part = compiled(groups, {**entry, **settings}).W
    assert not part.diagonal().any()
    if settings == {"density": 1.0}:
        np.testing.assert_array_equal(part.toarray(), full)
    if settings == {"degree": 2}:
        assert set(np.diff(part.indptr)) <= {0, 2}
        assert part.nnz == 2 * np.count_nonzero(full.any(axis=1))
    if settings == {"density": 0.6}:
        assert part.nnz == round(0.6 * np.count_nonzero(full))


# --- draws, order and rounding ---


@pytest.mark.parametrize("rule", ["edges", "conv2d", "number", "normal"])
def test_draws_do_not_change_when_something_is_added_elsewhere(rule):
    weights = BETWEEN.get(rule, {"normal": {}})
    mine = {"between": ["image", "features"], "weights": weights, "density": 0.4}
    groups = {"image": IMAGE, "features": FEATURES}
    alone = compiled(groups, mine, seed=7)
    others = [
        {"within": "image", "weights": {"normal": {}}, "density": 0.2},
        {"from": "new", "to": "image", "weights": {"normal": {}}},
        {"gate": "new", "between": ["image", "features"], "weights": {"normal": {}}},
    ]
    more = {"new": group(size=3), **groups}
    both = compiled(more, others[0], mine, *others[1:], seed=7)

    def block(network):
        return network.W[network.index("image")].toarray()[:, network.index("features")]

    np.testing.assert_array_equal(block(both), block(alone))
    assert not np.array_equal(block(compiled(groups, mine, seed=8)), block(alone))


def test_the_order_of_edges_changes_nothing():
    one = compiled(
        {"image": IMAGE, "features": FEATURES},
        {"between": ["image", "features"], "weights": {"edges": EDGES}},
    )
    two = compiled(
        {"image": IMAGE, "features": FEATURES},
        {"between": ["image", "features"], "weights": {"edges": EDGES[::-1]}},
    )
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(one.W, name), getattr(two.W, name))


def test_what_differs_by_rounding_is_made_symmetric():
    matrix = SYMMETRIC - np.diag(SYMMETRIC.diagonal())
    noisy = matrix * (1 + 1e-15 * np.random.default_rng(6).normal(size=matrix.shape))
    assert np.any(noisy != noisy.T)
    W = within(IMAGE, noisy.tolist())
    np.testing.assert_allclose(W, matrix, rtol=1e-13)
    for sparse in ({"density": 1.0}, {"density": 0.5}, {"degree": 4}):
        part = within(IMAGE, noisy.tolist(), **sparse)
        np.testing.assert_array_equal(part[part != 0], W[part != 0])


def test_two_connections_alike_have_draws_of_their_own():
    drawn = {"between": ["image", "features"], "weights": {"normal": {}}}
    groups = {"image": IMAGE, "features": FEATURES}
    one = compiled(groups, drawn).W.toarray()
    two = compiled(groups, drawn, drawn).W.toarray()
    second = two - one
    linked = one != 0
    assert np.all(np.abs(second - one)[linked] > 1e-9)
    assert abs(np.corrcoef(one[linked], second[linked])[0, 1]) < 0.2


# --- sparse matrices in files ---


def save_parts(file, **matrices):
    arrays = {}
    for name, matrix in matrices.items():
        for part in ("data", "indices", "indptr"):
            arrays[f"{name}.{part}"] = getattr(matrix, part)
        arrays[f"{name}.shape"] = np.array(matrix.shape)
    np.savez(file, **arrays)


@pytest.mark.parametrize("kind", TWO_ENDS)
def test_sparse_matrices_in_npz_files(kind, tmp_path):
    rng = np.random.default_rng(7)
    D = rng.normal(size=(6, 4)) * (rng.random((6, 4)) < 0.5)
    block = csr_array(D if kind.startswith("between") else D.T)  # rows receive
    file = tmp_path / "block.npz"
    save_npz(file, block)
    first, second = group(shape=[2, 3]), group(size=4)
    require(kind, first, second, {"file": str(file)}, D)
    save_parts(file, other=csr_array(np.eye(3)), block=block)
    require(kind, first, second, {"file": str(file), "key": "block"}, D)


def test_a_sparse_matrix_inside_a_group(tmp_path):
    matrix = SYMMETRIC * (np.abs(SYMMETRIC) > 1)
    np.fill_diagonal(matrix, 0)
    save_npz(tmp_path / "w.npz", csr_array(matrix))
    W = within(IMAGE, {"file": str(tmp_path / "w.npz")})
    np.testing.assert_array_equal(W, matrix)
    part = within(IMAGE, {"file": str(tmp_path / "w.npz")}, density=0.5)
    there = part != 0
    np.testing.assert_array_equal(part[there], matrix[there])


# --- neurons in tables ---

TABLE = """id,group,tau,input,initial
AVAL, motor ,0.5,,1
ASEL,sensory,2,0.25,

AVAR,motor,,-1,
RIML,motor,0,,1e-1
"""
INLINE = {
    "motor": [
        {"id": "AVAL", "tau": 0.5, "initial": 1},
        {"id": "AVAR", "input": -1},
        {"id": "RIML", "tau": 0, "initial": 0.1},
    ],
    "sensory": [{"id": "ASEL", "tau": 2, "input": 0.25}],
}


def with_neurons(neurons):
    settings = {"motor": {"tau": 3, "input": 0.5}, "sensory": {"initial": 0.75}}
    return hamsim.load(
        {
            "format": "hamsim/1",
            "groups": {name: group(neurons=neurons[name], **settings[name]) for name in settings},
            "connections": [
                {"between": ["motor", "sensory"], "weights": {"edges": [["AVAR", "ASEL", 2]]}}
            ],
        }
    )


@pytest.mark.parametrize("renamed", [False, True])
def test_a_table_of_neurons_is_the_same_as_a_list(renamed, tmp_path):
    text = TABLE
    table = {"file": str(tmp_path / "neurons.csv"), "blank": "default"}
    if renamed:
        text = text.replace("id,group,tau,input,initial", "name,class,time constant,I,x0")
        table["columns"] = {
            "id": "name",
            "group": "class",
            "tau": "time constant",
            "input": "I",
            "initial": "x0",
        }
    (tmp_path / "neurons.csv").write_text(text)
    read = with_neurons({"motor": table, "sensory": table})
    listed = with_neurons(INLINE)
    assert read == listed
    assert hamsim.dump(read) == hamsim.dump(listed)
    network = hamsim.compile(read)
    np.testing.assert_array_equal(network.tau, [0.5, 3, 0, 2])
    np.testing.assert_array_equal(network.input, [0.5, -1, 0.5, 0.25])
    np.testing.assert_array_equal(network.initial, [1, 0, 0.1, 0.75])
    assert [network.label(k) for k in range(4)] == [
        "motor.AVAL",
        "motor.AVAR",
        "motor.RIML",
        "sensory.ASEL",
    ]
    assert network.W[1, 3] == network.W[3, 1] == 2


def test_columns_that_are_not_chosen_are_passed_over(tmp_path):
    (tmp_path / "neurons.csv").write_text(TABLE)
    table = {"file": str(tmp_path / "neurons.csv"), "columns": {"id": "id"}}
    network = compiled({"all_of_them": group(neurons=table, tau=7)})
    assert network.n_neurons == 4
    assert np.all(network.tau == 7)
    assert np.all(network.input == 0)
