"""Some rows of W, made without the others, are the same bits as those of the whole."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from rule_examples import described, example_of
from scipy.sparse import csr_array

import hamsim
from hamsim.spec.load import load
from hamsim.spec.weights import RULES
from hamsim.wiring import rows
from hamsim.wiring.connection import ConnectionWeights
from hamsim.wiring.making import Whole
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.places import makings

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted([*ROOT.glob("tests/specs/valid/*.yaml"), *ROOT.glob("networks/*.yaml")])
# Rules of which all weights are made, or are in memory as they are stated, before any part.
WHOLE = {"edges", "sparse", "memories", "store", "associate", "sequence", "cut", "salesman"}

SIGNS = np.where(np.arange(24).reshape(4, 6) % 5 < 2, 1.0, -1.0)
MATRIX = np.arange(36.0).reshape(6, 6) / 7 - 2.3
KERNEL = np.arange(54.0).reshape(3, 2, 3, 3) / 11 - 2
EVEN_KERNEL = KERNEL[:1, :1] + KERNEL[:1, :1, ::-1, ::-1]
GROUPS = {
    "b": {"shape": [4], "lagrangian": "tanh"},
    "image": {"shape": [5, 4, 2], "lagrangian": "tanh"},
    "a": {"shape": [6], "lagrangian": "tanh"},
    "found": {"shape": [3, 2, 3], "lagrangian": "tanh"},
    "pooled": {"shape": [3, 2, 2], "lagrangian": "tanh"},
    "grid": {"shape": [4, 7], "lagrangian": "tanh"},
}
FORMULA = "exp(-d**2 / 3) - 0.3 * cos(d) + tanh(d / 7)"
DISTANCE = {"of_distance": FORMULA, "length": 3.3}
CONNECTIONS = [
    {"between": ["a", "b"], "weights": 0.7},
    {"within": "all", "weights": 1e-3},
    {"from": "all", "to": ["a", "grid"], "weights": 0.2},
    {"between": ["a", "b"], "weights": MATRIX[:, :4].tolist()},
    {"between": [["b", "image"], ["found", "a"]], "weights": -0.1},
    {"within": "a", "weights": MATRIX + MATRIX.T, "self_connections": True},
    {"from": "a", "to": "a", "weights": MATRIX, "self_connections": True},
    {"from": "a", "to": "b", "weights": csr_array(MATRIX[:4] * (MATRIX[:4] > 0))},
    {"within": "a", "weights": csr_array(np.triu(MATRIX, 2) + np.triu(MATRIX, 2).T)},
    {"between": ["a", "b"], "weights": {"edges": [[0, 1, 0.1], [5, 3, -0.7]]}},
    {"within": "a", "weights": {"edges": [[0, 1, 0.1], [5, 3, -0.7]]}},
    {"from": "a", "to": ["b", "grid"], "weights": {"edges": [[0, 1, 0.1], [5, 30, -0.7]]}},
    {"from": "b", "to": "b", "weights": {"one_to_one": 2}, "self_connections": True},
    {"between": ["image", ["a", "b", "found", "pooled"]], "weights": {"one_to_one": 0.5}},
    {"within": "a", "weights": {**DISTANCE, "space": "ring"}},
    {"from": "a", "to": "a", "weights": {**DISTANCE, "space": "line"}},
    {"within": "grid", "weights": {**DISTANCE, "space": "torus"}, "self_connections": True},
    {"from": "image", "to": "image", "weights": {**DISTANCE, "space": "grid"}},
    {
        "between": ["found", "image"],
        "weights": {"conv2d": {"kernel": KERNEL, "stride": 1, "padding": "valid"}},
    },
    {
        "from": "image",
        "to": "found",
        "weights": {"conv2d": {"kernel": KERNEL[..., :2, :], "stride": 2, "padding": "same"}},
    },
    {
        "within": "grid",
        "weights": {"conv2d": {"kernel": EVEN_KERNEL, "padding": "same"}},
        "self_connections": True,
    },
    {
        "from": "image",
        "to": "image",
        "weights": {"conv2d": {"kernel": 0.3, "window": 3, "padding": "same"}},
    },
    {
        "between": ["image", "pooled"],
        "weights": {"average_pool": {"window": [3, 2], "stride": 2, "padding": "same"}},
    },
    {"between": ["a", "b"], "weights": {"memories": SIGNS}},
    {"from": "b", "to": "a", "weights": {"memories": SIGNS}},
    {"within": "a", "weights": {"store": {"patterns": SIGNS}}},
    {"within": "a", "weights": {"store": {"patterns": SIGNS, "rule": "storkey"}}},
    {"between": ["a", "b"], "weights": {"normal": {"std": 0.3}}},
    {"within": "a", "weights": {"uniform": {}}, "probability": 0.6},
    {
        "within": "grid",
        "weights": {"conv2d": {"kernel": EVEN_KERNEL, "padding": "same"}},
        "self_connections": True,
        "density": 0.4,
    },
    {"gate": "b", "between": ["a", "a"], "weights": {"normal": {}}, "density": 0.5},
]


def require_rows(description, spans=None):
    """Compare some stretches of rows with those of the whole, to the bit."""
    W = hamsim.compile(description).W
    n = W.shape[0]
    half, third = max(n // 2, 1), n // 3
    for start, stop in spans or {(0, n), (0, 1), (n - 1, n), (third, third + half), (0, half)}:
        found, expected = rows(description, start, stop), W[start:stop]
        assert found.shape == expected.shape
        for array in ("data", "indices", "indptr"):
            one, other = getattr(found, array), getattr(expected, array)
            assert one.tobytes() == other.astype(one.dtype).tobytes(), (array, start, stop)


@pytest.mark.parametrize("name", RULES)
def test_rows_of_the_example_of_each_rule(name):
    description = described(example_of(name))
    n = len(example_of(name).W)
    require_rows(description, [(i, j) for i in range(n) for j in range(i + 1, n + 1)])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_of_files(path):
    require_rows(str(path))


@pytest.mark.parametrize("seed", range(150))
def test_rows_of_connections_that_meet(seed):
    rng = np.random.default_rng(seed)
    names = rng.permutation(list(GROUPS)).tolist()
    chosen = [dict(CONNECTIONS[k]) for k in rng.integers(len(CONNECTIONS), size=rng.integers(1, 7))]
    for connection in chosen:
        if rng.random() < 0.3:
            connection["scale"] = float(rng.normal())
        if "from" in connection and rng.random() < 0.5:
            connection["sign"] = {"column": "group", "a": 0.5, "others": -0.3}
    n = sum(int(np.prod(group["shape"])) for group in GROUPS.values())
    spans = [sorted(rng.choice(n + 1, 2, replace=False).tolist()) for _ in range(4)]
    description = {
        "format": "hamsim/1",
        "groups": {name: GROUPS[name] for name in names},
        "connections": chosen,
    }
    require_rows(description, spans)


def require_parts(description, rng):
    """Compare rectangles of a connection with those of the whole, to the bit."""
    spec = load(description)
    whole = ConnectionWeights(makings(spec)[0]).whole().block
    weights = ConnectionWeights(makings(spec)[0])
    for _ in range(20):
        (top, bottom), (left, right) = (
            sorted(rng.choice(n + 1, 2, replace=False).tolist()) for n in whole.shape
        )
        found = weights.part(range(top, bottom), range(left, right))
        expected = whole[top:bottom, left:right]
        for array in ("data", "indices", "indptr"):
            one, other = getattr(found, array), getattr(expected, array)
            assert one.tobytes() == other.astype(one.dtype).tobytes()


@pytest.mark.parametrize("name", RULES)
def test_parts_of_the_example_of_each_rule(name):
    require_parts(described(example_of(name)), np.random.default_rng(len(name)))


@pytest.mark.parametrize("k", range(len(CONNECTIONS) - 1))
def test_parts_of_a_connection(k):
    connection = {**CONNECTIONS[k], "scale": 0.7}
    if "from" in connection:
        connection["sign"] = {"column": "group", "a": 0.5, "others": -0.3}
    description = {"format": "hamsim/1", "groups": GROUPS, "connections": [connection]}
    require_parts(description, np.random.default_rng(k))


def test_the_connections_have_all_rules():
    spec = load({"format": "hamsim/1", "groups": GROUPS, "connections": CONNECTIONS[:-1]})
    found = {type(connection.weights) for connection in spec.connections}
    # A further rule is met by its example, in the test above.
    known = ("edges", "one_to_one", "conv2d", "average_pool", "memories", "store", "sparse")
    assert {RULES[name].model for name in (*known, "of_distance")} <= found


def test_which_rules_have_all_their_weights_before_a_part():
    found = set()
    for name in RULES:
        (making,) = makings(load(described(example_of(name))))
        weights = ConnectionWeights(making)
        assert weights.by_parts, f"{name} has to be made as a whole"
        if isinstance(weights.weights, Whole | Matrix):
            found.add(name)
    assert found == WHOLE


# --- rows of what is too large as a whole ---

LARGE = {
    "number": ([400_000], [500_000], 0.5),
    "of_distance": ([500_000], [500_000], {"of_distance": "exp(-d)", "space": "ring"}),
    "one_to_one": ([3_000_000], [3_000_000], {"one_to_one": 2}),
    "conv2d": (
        [3000, 3000, 2],
        [3000, 3000, 3],
        {"conv2d": {"kernel": KERNEL, "padding": "same"}},
    ),
    "average_pool": ([3000, 3000, 3], [1500, 1500, 3], {"average_pool": {"window": 2}}),
}


@pytest.mark.parametrize("name", LARGE)
def test_rows_take_little_memory(name):
    """So that of all synapses, a few numbers a neuron aside, only those of the rows are made."""
    first, second, weights = LARGE[name]
    groups = {
        "first": {"shape": first, "lagrangian": "identity"},
        "second": {"shape": second, "lagrangian": "identity"},
    }
    connections = [{"between": ["first", "second"], "weights": weights}]
    spec = load({"format": "hamsim/1", "groups": groups, "connections": connections})
    size = int(np.prod(first))
    tracemalloc.start()
    block = rows(spec, size - 2, size + 2)  # some of either end
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert block.shape == (4, size + int(np.prod(second)))
    assert block.nnz
    assert (np.diff(block.indptr) > 0).all()
    assert peak < 300e6


def test_rows_that_are_not_there_are_refused():
    description = described(example_of("edges"))
    for start, stop in ((0, 5), (-1, 2), (2, 2), (3, 1)):
        with pytest.raises(hamsim.HamsimError, match="are not some of the 4 of W"):
            rows(description, start, stop)
