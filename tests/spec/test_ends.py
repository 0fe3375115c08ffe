"""Neurons as a file names them, and edges between them: which are found, which are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.edgearrays import edge_arrays
from hamsim.spec.ends import End
from hamsim.spec.rules.edges import Edges
from hamsim.spec.schema import GroupSpec


def group(**settings):
    return GroupSpec(lagrangian="tanh", **settings)


def two_groups():
    named = group(neurons=["AVAL", "both", "7"])
    other = group(neurons=["both", "AVAL.b"])
    image = group(shape=[2, 3])
    return End(["a", "b", "image"], [named, other, image], [10, 20, 30])


@pytest.mark.parametrize(
    ("neuron", "number"),
    [
        ("AVAL", 0),
        ("a.AVAL", 0),
        ("AVAL.b", 4),
        ("b.AVAL.b", 4),
        ("a.both", 1),
        ("b.both", 3),
        ("a[1]", 1),
        ("b[1]", 4),
        ("image[0]", 5),
        ("image[5]", 10),
        ("image[1, 2]", 10),
        ("image[1,0]", 8),
        ("7", 2),  # a name before a number
        (7, 2),  # and where a neuron has a number for a name, numbers are names
    ],
)
def test_a_neuron_is_found(neuron, number):
    found, problems = two_groups().find([neuron])
    assert problems == []
    assert found.tolist() == [number]


@pytest.mark.parametrize(
    ("neuron", "message"),
    [
        ("AVAR", "no neuron 'AVAR' in [a, b, image]; did you mean 'AVAL'?"),
        ("xyz", "no neuron 'xyz' in [a, b, image]; neurons: AVAL, both, 7, AVAL.b"),
        ("both", "'both' is in several groups of [a, b, image]; write group.both"),
        ("image[2, 0]", "no neuron image[2, 0]; the group has shape [2, 3]"),
        ("image[0, 3]", "no neuron image[0, 3]; the group has shape [2, 3]"),
        ("image[6]", "no neuron image[6]; the group has shape [2, 3]"),
        ("image[0, 0, 0]", "no neuron image[0, 0, 0]; the group has shape [2, 3]"),
        (1, "no neuron '1' in [a, b, image]; neurons here have names; a place is written a[1]"),
        (-1, "no neuron '-1' in [a, b, image]; neurons here have names; a place is written a[0]"),
        ("8", "no neuron '8' in [a, b, image]; neurons here have names; a place is written a[8]"),
        ("c[0]", "no neuron 'c[0]' in [a, b, image]; neurons: AVAL, both, 7, AVAL.b"),
        ("image[-1]", "no neuron 'image[-1]' in [a, b, image]; neurons: AVAL, both, 7, AVAL.b"),
    ],
)
def test_a_neuron_that_is_not_there_is_refused(neuron, message):
    found, problems = two_groups().find(["AVAL", neuron, "7"])
    assert problems == [(1, message)]
    assert found.tolist() == [0, 0, 2]


def test_neurons_without_names_are_numbered():
    _, problems = End(["a"], [group(size=3)]).find(["AVAL"])
    assert problems == [(0, "no neuron 'AVAL' in [a]; they are numbered from 0 to 2")]


def test_an_end_is_its_groups_one_after_another():
    end = two_groups()
    assert (end.n, end.shape) == (11, (11,))
    assert end.offsets == {"a": 0, "b": 3, "image": 5}
    assert end.neurons.tolist() == [10, 11, 12, 20, 21, 30, 31, 32, 33, 34, 35]
    alone = End(["image"], [group(shape=[2, 3])])
    assert alone.shape == (2, 3)


def test_every_label_is_found_again():
    end = two_groups()
    labels = [end.label(k) for k in range(end.n)]
    assert labels[:6] == ["a.AVAL", "a.both", "a.7", "b.both", "b.AVAL.b", "image[0, 0]"]
    found, problems = end.find(labels)
    assert problems == []
    assert found.tolist() == list(range(end.n))


# --- edges ---


def arrays(edges, *sizes, undirected=False, self_connections=True):
    ends = [End([f"g{k}"], [group(size=n)]) for k, n in enumerate(sizes)]
    if undirected:
        ends[1] = ends[0]
    rule = Edges.model_validate({"edges": edges})
    return edge_arrays(rule, ends, undirected, self_connections, DataFiles())


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12),
    undirected=st.booleans(),
)
def test_exactly_the_repeated_edges_are_refused(pairs, undirected):
    edges = [[a, b, float(k)] for k, (a, b) in enumerate(pairs)]
    _, problems = arrays(edges, 5, 5, undirected=undirected)
    same = [frozenset(pair) if undirected else pair for pair in pairs]
    repeated = [k for k, pair in enumerate(same) if pair in same[:k]]
    wrong = [path[1] for path, message in problems if "listed before" in message]
    assert wrong[:10] == repeated[:10]


def test_edges_of_millions_of_neurons_are_told_apart():
    """Their three numbers together are more than 64 bits hold."""
    n = 2**22
    _, problems = arrays([[0, 1, 2, 1.0], [2**20, 1, 2, 1.0]], n, n, n)
    assert problems == []
    _, problems = arrays([[n - 1, 1, 2, 1.0], [n - 1, 1, 2, 1.0]], n, n, n)
    assert len(problems) == 1


@pytest.mark.parametrize("number", [1, 4])
def test_after_ten_wrong_edges_the_others_are_counted(number):
    edges = [[0, 9, 1.0]] * (10 + number)
    _, problems = arrays(edges, 2, 2)
    assert [path for path, _ in problems[:10]] == [("edges", k, 1) for k in range(10)]
    are = "edge is" if number == 1 else "edges are"
    assert problems[10:] == [(("edges", 10), f"from here on {number} more {are} wrong")]


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
def test_a_weight_of_a_dict_must_be_finite(weight):
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh"}},
        "connections": [{"within": "a", "weights": {"edges": [[0, 1, weight]]}}],
    }
    with pytest.raises(hamsim.SpecError, match=r"edges\[0\]\[2\]: must be a finite number$"):
        hamsim.load(description)


def test_a_number_with_thousands_of_digits_is_no_neuron():
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh"}},
        "connections": [{"within": "a", "weights": {"edges": [[0, 10**5000, 1.0]]}}],
    }
    with pytest.raises(hamsim.SpecError, match=r"edges\[0\]\[1\]: is too large for the"):
        hamsim.load(description)


def test_files_name_lines_and_arrays_name_rows(tmp_path):
    csv, npy = tmp_path / "edges.csv", tmp_path / "edges.npy"
    csv.write_text("0,1,2.5\n\n1,0,1\n0,1,3\n")
    np.save(npy, np.array([[0, 1, 2.5], [1, 0, 1], [0, 1, 3]]))
    _, problems = arrays({"file": str(csv)}, 2, 2)
    message = "'edges.csv' line 4: this edge is listed before, in line 1"
    assert problems == [(("edges",), message)]
    _, problems = arrays({"file": str(npy)}, 2, 2)
    message = "'edges.npy' row 2: this edge is listed before, in row 0"
    assert problems == [(("edges",), message)]


def test_a_file_of_a_header_alone_has_no_edges(tmp_path):
    (tmp_path / "edges.csv").write_text("from,to,weight\n")
    found, problems = arrays({"file": str(tmp_path / "edges.csv")}, 2, 2)
    assert problems == []
    assert [place.size for place in found.places] == [0, 0]
