"""Arrays and tables that a dict in Python may hold, where a file has lists."""

import networkx
import numpy as np
import pytest
import scipy.sparse as sp

import hamsim

A = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]


def described(weights, kind="within", **more):
    ends = {"within": "c"} if kind == "within" else {"from": "c", "to": "c"}
    return {
        "format": "hamsim/1",
        "groups": {"c": {"size": 3, "lagrangian": "tanh"}},
        "connections": [{**ends, "weights": weights, **more}],
    }


def matrix(*arguments, **options):
    return hamsim.compile(described(*arguments, **options)).W.toarray()


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("form", FORMATS)
def test_sparse_matrices_are_weights(form, kind):
    weights = getattr(sp, f"{form}_{kind}")(A)
    assert np.array_equal(matrix(weights), A)
    one_way = getattr(sp, f"{form}_{kind}")(np.triu(A) * 1.5)
    assert np.array_equal(matrix(one_way, "from"), np.triu(A) * 1.5)


# NumPy warns of matrices, whose users may have reasons.
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("kind", ["array", "matrix", "int", "float32"])
def test_arrays_are_weights(kind):
    weights = {"array": np.asarray, "matrix": np.matrix}.get(kind, lambda A: A.astype(kind))(A)
    assert np.array_equal(matrix(weights), A)
    assert np.array_equal(matrix(sp.csr_array(weights)), A)


def test_entries_that_are_stored_twice_are_one():
    places = (np.array([0, 0, 1, 1]), np.array([1, 1, 0, 2]))
    twice = sp.coo_array((np.array([1.0, 2.0, 3.0, 0.0]), places), (3, 3))
    assert matrix(twice).tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    assert twice.nnz == 4  # what is given is not changed


def test_sparse_weights_stand_in_the_text():
    spec = hamsim.load(described(sp.csr_array(A)))
    text = hamsim.dump(spec)
    assert "sparse: [[0, 1, 2.0], [1, 0, 2.0], [1, 2, -1.0], [2, 1, -1.0]]" in text
    assert "shape: [3, 3]" in text
    again = hamsim.load(spec, {"groups.c.tau": 2.0})
    assert again.connections == spec.connections


def test_a_sparse_matrix_between_groups():
    block = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 3.0]])
    groups = {name: {"size": n, "lagrangian": "tanh"} for name, n in (("a", 3), ("b", 2))}
    made = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [{"between": ["a", "b"], "weights": sp.csr_array(block)}],
        }
    )
    assert np.array_equal(made.W[:3, 3:].toarray(), block)
    assert np.array_equal(made.W[3:, :3].toarray(), block.T)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (sp.csr_array((2, 3)), "weights: shape [2, 3] does not fit; [c] and [c] need [3, 3]"),
        (sp.coo_array(np.ones(3)), "weights: shape [3] does not fit"),
        (sp.csr_array(np.triu(A)), "not symmetric: entry [0, 1] is 2, [1, 0] is 0"),
        (sp.csr_array(np.eye(3)), "the diagonal is not zero: neuron 0 is connected to itself by 1"),
        (sp.csr_array(np.where(A, np.inf, 0)), "4 entries are not finite, of 4 of a sparse matrix"),
        (sp.csr_array(A * 1j), "a sparse matrix of complex numbers, not of real numbers"),
        (sp.csr_array(A != 0), "must be a number or an expression, not true"),
        (
            {"store": {"patterns": sp.csr_array(A)}},
            "the patterns hold -1, 0 and 2, but store takes",
        ),
        (object(), "must be a number or an expression, not an object of type object"),
    ],
)
def test_what_does_not_fit_is_refused(weights, message):
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(described(weights))
    assert message in str(caught.value.problems[0])
    assert all("\n" not in str(problem) for problem in caught.value.problems)


def test_overrides_may_be_arrays():
    values = {
        "connections[0].weights": sp.csr_array(A),
        "groups.c.tau": np.int64(3),
        "groups.c.input": np.array([1.0, 2.0, 3.0]),
    }
    made = hamsim.compile(hamsim.load(described(1.0), values))
    assert np.array_equal(made.W.toarray(), A)
    assert made.tau.tolist() == [3.0] * 3
    assert made.input.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("key", [np.str_("1"), 1, np.int64(1), 1.0, np.float64(1.0)])
def test_keys_of_any_type_are_names(key):
    spec = hamsim.load({"format": "hamsim/1", "groups": {key: {"size": 1, "lagrangian": "tanh"}}})
    assert [type(name) for name in spec.groups] == [str]
    assert list(spec.groups) == ["1"]
    assert "'1':" in hamsim.dump(spec)


# --- numbers that look alike ---------------------------------------------------------------------


def test_a_difference_from_symmetry_is_shown():
    weights = A.copy()
    weights[0, 1], weights[1, 0] = 1 / 3, 1 / 3 + 1e-9
    for given in (weights, sp.csr_array(weights)):
        with pytest.raises(hamsim.SpecError) as caught:
            hamsim.load(described(given))
        assert (
            "entry [0, 1] is 0.3333333333333333, [1, 0] is 0.33333333433333334 (rounding may make "
            "1e-13 of the largest weight); "
        ) in str(caught.value)
    weights[1, 0] = np.nextafter(1 / 3, 1)  # rounding alone
    made = matrix(weights)
    assert made[0, 1] == made[1, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"connections[0].weights": {"uniform": {"low": 1 / 3 + 1e-9, "high": 1 / 3}}},
            "low 0.33333333433333334 is above high 0.3333333333333333",
        ),
        (
            {"stimuli": [{"group": "c", "value": 1, "start": 100 + 1e-6, "stop": 100}]},
            "stop 100.0 is not after start 100.000001",
        ),
        (
            {"stimuli": [{"group": "c", "value": 1, "start": 100, "stop": 100}]},
            "stop 100 is not after start 100",
        ),
    ],
)
def test_numbers_that_differ_are_shown_apart(change, message):
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(described(1.0), change)
    assert message in str(caught.value)


# --- files of other formats ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.graphml", "<graphml/>", "is a graph, not YAML; make a network file of it by: hamsim c"),
        ("x.npz", b"PK\x03\x04", "is a matrix, not YAML; make a network file of it by: hamsim con"),
        ("x.mtx", "%%MatrixMarket", "is a matrix, not YAML; make a network file of it by: hamsim"),
        ("x.json", '{"nodes": [], "links": []}', "is a graph, not YAML; make a network file of it"),
        ("x.gml", "graph []", "in Python hamsim.from_networkx(networkx.read_gml(...)) makes"),
        ("x.xml", "<?xml version='1.0'?><graphml/>", "hamsim convert x.xml NAME.yaml --from graph"),
        ("x.nc", b"\x89HDF", "is a trace, not a network; hamsim plot x.nc draws it"),
        ("x.graphml", None, "no such file"),
    ],
)
def test_files_of_other_formats_point_to_convert(tmp_path, monkeypatch, name, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.compile(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "expected a Spec, a path or a dict, not int"),
        (A, 'not ndarray; a matrix is weights of a connection: {"within": GROUP, "weights": m'),
        (sp.csr_array(A), "not csr_array; a matrix is weights of a connection"),
        (sp.dok_array(A), "not dok_array; a matrix is weights of a connection"),
        (networkx.path_graph(2), "not Graph; hamsim.from_networkx reads graphs"),
    ],
)
@pytest.mark.parametrize("read", [hamsim.load, hamsim.compile])
def test_what_is_no_description(read, source, message):
    with pytest.raises(hamsim.HamsimError) as caught:
        read(source)
    assert message in str(caught.value)


def test_arrays_of_truth_values_are_0_and_1():
    patterns = np.array([[True, False, True, False], [True, True, False, False]])
    store = {"store": {"patterns": patterns, "coding": "binary"}}
    description = {
        "format": "hamsim/1",
        "groups": {"s": {"size": 4, "lagrangian": "step"}},
        "connections": [{"within": "s", "weights": store}],
    }
    assert hamsim.compile(description).W.nnz > 0


@pytest.mark.parametrize("size", [np.zeros((0, 3)), np.ones(2), sp.csr_array((2, 2)), [], {}])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(hamsim.SpecError, match=r"groups\.a\.size: "):
        hamsim.load({"format": "hamsim/1", "groups": {"a": {"size": size, "lagrangian": "tanh"}}})


@pytest.mark.parametrize("form", FORMATS)
def test_sparse_matrices_are_patterns_and_values(form):
    trials = getattr(sp, f"{form}_array")(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]))
    group = {"size": 3, "lagrangian": "sign", "initial": trials}
    rule = {"store": {"patterns": getattr(sp, f"{form}_matrix")(np.array([[1, 0, 1]]))}}
    rule["store"]["coding"] = "binary"
    part = {"within": "c", "weights": rule}
    made = hamsim.compile({"format": "hamsim/1", "groups": {"c": group}, "connections": [part]})
    assert made.initial.tolist() == trials.toarray().tolist()
    assert made.W.toarray()[0].tolist() == [0, -1 / 3, 1 / 3]


def test_a_large_sparse_matrix_has_more_entries_than_there_are_neurons():
    rng = np.random.default_rng(0)
    weights = sp.csr_array(rng.normal(size=(400, 400)))
    group = {"size": 400, "lagrangian": "tanh"}
    part = {"from": "a", "to": "a", "weights": weights, "self_connections": True}
    made = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}, "connections": [part]})
    assert np.array_equal(made.W.toarray(), weights.toarray())
