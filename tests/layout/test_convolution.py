"""Kernels that are kept as kernels: the same steps as with the matrix that they write out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.layout.arrange import arrange
from hamsim.layout.choose import choose
from hamsim.operator import team
from hamsim.spec.windows import output_shape

# Sums of some hundred products of numbers near 1, in another order, over some steps.
ROUNDING = 1e-12
# The same from weights of 24 bits.
ROUNDING_32 = 1e-5


def connected(image, rule, found, *, kind="between", swapped=False, instant="", beside=False):
    """An image and features; `instant` names the end with tau = 0."""
    groups = {
        "image": {"shape": list(image), "lagrangian": "tanh", "tau": 0.7},
        "found": {"shape": list(found), "lagrangian": "sigmoid", "tau": 0.4},
    }
    if instant:
        groups[instant]["tau"] = 0.0
    if swapped:
        groups = dict(reversed(groups.items()))
    for group in groups.values():
        group["initial"] = {"normal": {"std": 1}}
        group["input"] = {"normal": {"std": 0.3}}
    if kind == "between":
        connections = [{"between": ["found", "image"], "weights": rule}]
    else:
        receiver, sender = ("found", "image") if kind == "there" else ("image", "found")
        connections = [{"from": sender, "to": receiver, "weights": rule}]
    if beside:
        groups["others"] = {"size": 40, "lagrangian": "relu", "initial": {"normal": {"std": 1}}}
        few = {"normal": {"std": 0.1}}
        connections += [
            {"within": "others", "weights": few, "density": 0.3},
            {"between": ["others", "image"], "weights": few, "density": 0.2},
            {"from": "others", "to": "found", "weights": few, "probability": 0.1},
        ]
    return hamsim.compile(
        {"format": "hamsim/1", "seed": 5, "groups": groups, "connections": connections}
    )


def convolved(image, window, stride=(1, 1), padding="valid", channels=4, **more):
    size = output_shape(image[:2], window, stride, padding)
    number = {"normal": {"std": 0.5 / np.sqrt(np.prod(window) * image[2])}}
    settings = {"kernel": number, "window": window, "stride": stride, "padding": padding}
    return connected(image, {"conv2d": settings}, (*size, channels), **more)


def pooled(image, window, stride, padding, **more):
    size = output_shape(image[:2], window, stride, padding)
    settings = {"window": window, "stride": stride, "padding": padding}
    return connected(image, {"average_pool": settings}, (*size, image[2]), **more)


def steps(network, layout, trials=None, threads=1, dtype="float64"):
    start = None
    if trials is not None:
        start = np.random.default_rng(1).normal(size=(trials, network.n_neurons))
    return hamsim.simulate(
        network,
        initial=start,
        method="rk4",
        dt=0.05,
        steps=4,
        record=hamsim.Record(what=("x", "g", "energy", "residual")),
        layout=layout,
        threads=threads,
        dtype=dtype,
    )


def assert_kept(network):
    choice = choose(network, layout="convolution")
    synapses = [part.synapses for part in choice.parts if part.layout == "convolution"]
    assert synapses
    assert sum(synapses) + choice.rest.nnz == network.W.nnz


def assert_same_steps(network, trials=None, dtype="float64"):
    assert_kept(network)
    kept = steps(network, "convolution", trials, dtype=dtype)
    expanded = steps(network, "rows", trials, dtype=dtype)
    near = ROUNDING if dtype == "float64" else ROUNDING_32
    for what in ("x", "g", "energy", "residual"):
        a, b = (getattr(trace, what) for trace in (kept, expanded))
        scale = max(1.0, float(np.abs(b).max()))
        np.testing.assert_allclose(a, b, rtol=0, atol=near * scale)


# image, window, stride: strides below, equal to and above the window, none of it square
SHAPES = [
    ((5, 5), (3, 3), (1, 1)),
    ((7, 14), (2, 3), (1, 1)),
    ((7, 4), (3, 2), (2, 1)),
    ((6, 9), (2, 3), (2, 3)),
    ((7, 8), (2, 2), (3, 5)),
    ((4, 6), (4, 6), (1, 1)),
    ((1, 8), (1, 4), (1, 2)),
    ((9, 3), (4, 2), (1, 4)),
]


@pytest.mark.parametrize("trials", [None, 3, 25])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("image", "window", "stride"), SHAPES)
def test_steps_are_those_of_the_matrix(image, window, stride, padding, trials):
    for channels in ((1, 1), (3, 5), (9, 18)):
        shape = (*image, channels[0])
        assert_same_steps(convolved(shape, window, stride, padding, channels[1]), trials)
    assert_same_steps(pooled((*image, 3), window, stride, padding), trials)


@settings(max_examples=40, deadline=None)
@given(
    image=st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 10)),
    window=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    padding=st.sampled_from(["valid", "same"]),
    channels=st.integers(1, 20),
    kind=st.sampled_from(["between", "there", "back"]),
    swapped=st.booleans(),
    instant=st.sampled_from(["", "image", "found"]),
    beside=st.booleans(),
    trials=st.sampled_from([None, 2, 8, 27]),
    is_pool=st.booleans(),
)
def test_any_convolution(image, window, stride, padding, channels, trials, is_pool, **more):
    assume(padding == "same" or (window[0] <= image[0] and window[1] <= image[1]))
    if is_pool:
        network = pooled(image, window, stride, padding, **more)
    else:
        network = convolved(image, window, stride, padding, channels, **more)
    assert_same_steps(network, trials)


@pytest.mark.parametrize("trials", [None, 3])
@pytest.mark.parametrize("instant", ["image", "found"])
@pytest.mark.parametrize("kind", ["between", "there", "back"])
def test_neurons_that_follow_at_once(kind, instant, trials):
    more = {"kind": kind, "instant": instant, "beside": True}
    assert_same_steps(convolved((8, 9, 2), (3, 2), (2, 1), "same", 5, **more), trials)
    assert_same_steps(pooled((8, 9, 2), (3, 3), (2, 2), "same", **more), trials)


@pytest.mark.parametrize("trials", [None, 3])
def test_weights_in_float32(trials):
    network = convolved((9, 8, 3), (3, 3), channels=10, beside=True)
    assert_same_steps(network, trials, dtype="float32")
    assert_same_steps(pooled((9, 8, 3), (3, 3), (2, 2), "same"), trials, dtype="float32")


@pytest.mark.parametrize("trials", [None, 3, 16])
@pytest.mark.parametrize("is_pool", [False, True])
def test_bits_do_not_depend_on_threads(is_pool, trials, monkeypatch):
    if is_pool:
        network = pooled((60, 60, 16), (4, 3), (2, 2), "same", beside=True)
    else:
        network = convolved((40, 40, 3), (5, 4), (2, 1), "same", 12, beside=True)
    plan = arrange(network, layout="convolution", trials=trials or 1).plan
    assert plan.tasks.shape[0] > 2
    serial = steps(network, "convolution", trials)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
    monkeypatch.setattr(team, "available_threads", lambda: 4)
    for threads in (2, 3, 4):
        parallel = steps(network, "convolution", trials, threads)
        assert parallel.stats.threads == threads
        for what in ("x", "g", "energy", "residual"):
            assert np.array_equal(getattr(serial, what), getattr(parallel, what))


def test_a_kernel_within_a_group():
    kernel = np.random.default_rng(0).normal(0, 0.1, (2, 2, 3, 3))
    kernel = kernel + kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    kernel[[0, 1], [0, 1], 1, 1] = 0
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    group = {"shape": [9, 9, 2], "lagrangian": "tanh", "initial": {"normal": {"std": 1}}}
    for ends in ({"within": "a"}, {"from": "a", "to": "a"}):
        connections = [{**ends, "weights": rule}]
        network = hamsim.compile(
            {"format": "hamsim/1", "groups": {"a": group}, "connections": connections}
        )
        assert_same_steps(network)
        assert choose(network, layout="convolution").parts[0].where == "within a"


def test_two_kernels_between_the_same_layers_in_both_directions():
    number = {"normal": {"std": 0.2}}
    rule = {"conv2d": {"kernel": number, "window": 3}}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"shape": [8, 8], "lagrangian": "tanh", "initial": number},
                "b": {"shape": [6, 6, 3], "lagrangian": "tanh"},
                "c": {"shape": [3, 3, 3], "lagrangian": "tanh", "tau": 0},
            },
            "connections": [
                {"from": "a", "to": "b", "weights": rule},
                {"from": "b", "to": "a", "weights": rule},
                {"between": ["b", "c"], "weights": {"average_pool": {"window": 2}}},
            ],
        }
    )
    assert len(choose(network, layout="convolution").shared) == 3
    for trials in (None, 3):
        assert_same_steps(network, trials)


def test_the_expansion_is_not_held():
    network = convolved((32, 32, 4), (5, 5), channels=16, beside=True)
    kept = arrange(network)
    part = kept.choice.parts[0]
    assert part.layout == "convolution"
    assert part.where == "found and image"
    assert part.why.startswith("one kernel of 1,600 weights for 784 places of a window")
    assert kept.bytes < 0.05 * arrange(network, layout="rows").bytes
    assert 8 * kept.rows_of_windows < 0.1 * 12 * network.W.nnz


@pytest.mark.parametrize("layout", ["rows", "half", "dense"])
def test_another_layout_does_not_use_the_kernel(layout):
    assert choose(convolved((9, 9, 1), (3, 3)), layout=layout).shared == ()


def is_used(network):
    return bool(choose(network).shared)


def test_the_kernel_is_used_only_where_it_is_all_that_there_is():
    shape = {"a": [16, 16, 4], "b": [14, 14, 16]}
    number = {"normal": {"std": 0.1}}
    rule = {"conv2d": {"kernel": number, "window": 3}}

    def network(connection, *more, **of_group):
        groups = {name: {"shape": size, "lagrangian": "tanh"} for name, size in shape.items()}
        groups["b"].update(of_group)
        first = {"between": ["a", "b"], "weights": rule, **connection}
        return hamsim.compile(
            {"format": "hamsim/1", "groups": groups, "connections": [first, *more]}
        )

    plain = network({})
    assert is_used(plain)
    assert not is_used(network({"density": 0.5}))
    assert not is_used(network({}, {"from": "a", "to": "b", "weights": 0.1, "degree": 2}))
    assert is_used(network({}, {"within": "b", "weights": 0.1, "density": 0.01}))
    some = np.ones((14, 14, 16))
    some[0, 0, 0] = 0
    assert not is_used(network({}, tau=some.tolist()))
    assert is_used(network({}, tau=0))
    # neurons that share a Lagrangian are brought together: not in the order of an image any more
    assert not is_used(network({}, lagrangian={"kind": "softmax", "over": [0]}))
    assert is_used(network({}, lagrangian={"kind": "softmax", "over": "last"}))
    # another matrix, and connections that do not say so
    assert not is_used(replace(plain, W=plain.W * 2))
    silent = tuple(replace(connection, convolution=None) for connection in plain.connections)
    assert not is_used(replace(plain, connections=silent))


def test_a_kernel_that_does_not_pay_is_left_in_rows():
    cross = [[[[0, 0.1, 0], [0.1, 0, 0.1], [0, 0.1, 0]]]]
    rule = {"conv2d": {"kernel": cross, "padding": "same"}}
    group = {"shape": [20, 20], "lagrangian": "tanh"}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": group},
            "connections": [{"within": "a", "weights": rule}],
        }
    )
    assert not is_used(network)
    assert_same_steps(network)


@pytest.mark.parametrize(
    ("network", "trials", "pays"),
    [
        (convolved((20, 20, 3), (5, 5), channels=8), 1, True),
        (convolved((20, 20, 3), (5, 5), channels=8), 4, True),
        (convolved((20, 20, 3), (5, 5), channels=8), 16, True),
        # sums of one or two products each, and a window with one place
        (convolved((20, 20, 1), (1, 1), channels=1), 1, False),
        (convolved((28, 28, 1), (3, 3), (2, 2), channels=2), 16, False),
        (convolved((12, 12, 2), (12, 12), channels=64), 1, False),
        # means of channels, which are too few for a vector
        (pooled((20, 20, 8), (2, 2), (2, 2), "valid"), 1, True),
        (pooled((20, 20, 3), (2, 2), (2, 2), "valid"), 1, False),
        (pooled((20, 20, 3), (2, 2), (2, 2), "valid"), 4, True),
        (pooled((20, 20, 8), (2, 2), (2, 2), "valid"), 16, False),
    ],
)
def test_kernels_are_kept_where_they_were_measured_to_be_faster(network, trials, pays):
    assert bool(choose(network, trials).shared) == pays


def test_convolution_cannot_be_forced_without_a_kernel():
    group = {"size": 3, "lagrangian": "tanh"}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}, "connections": []})
    message = "layout 'convolution' is not possible: no connection consists of a shared kernel"
    with pytest.raises(hamsim.SimulationError, match=message):
        choose(network, layout="convolution")
