"""Edges as arrays where a matrix may stand, and as tables of numbers among neurons with names."""

import numpy as np
import pytest

import hamsim

EDGES = np.array([[0, 4, 0.5], [3, 0, 0.25]])


def network(connection, a=4, b=5, names=()):
    group = {"neurons": list(names)} if names else {"size": a}
    groups = {"a": {**group, "lagrangian": "tanh"}, "b": {"size": b, "lagrangian": "tanh"}}
    description = {"format": "hamsim/1", "groups": groups, "connections": [connection]}
    return hamsim.compile(description).W.toarray()


@pytest.mark.parametrize("weights", [EDGES, EDGES.astype(np.float32), EDGES.tolist()])
@pytest.mark.parametrize("ends", [{"from": "a", "to": "b"}, {"between": ["a", "b"]}])
def test_rows_that_can_only_be_edges_are_edges(weights, ends):
    direct = network({**ends, "weights": weights})
    assert np.array_equal(direct, network({**ends, "weights": {"edges": EDGES}}))
    assert (direct[8, 0], direct[4, 3]) == (0.5, 0.25)


def test_rows_that_can_only_be_edges_are_edges_in_a_gate_too():
    rows = [[0, 1, 1, 0.5], [1, 0, 0, 2.0]]
    groups = {name: {"size": 2, "lagrangian": "tanh"} for name in "abc"}
    for weights in (np.array(rows), {"edges": rows}):
        part = {"gate": "c", "between": ["a", "b"], "weights": weights}
        hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [part]})


@pytest.mark.parametrize(
    ("weights", "a", "b"),
    [
        (EDGES, 3, 5),  # a matrix of another number of rows
        (EDGES, 5, 3),  # or one that was turned
        (EDGES + np.array([0, 1, 0]), 4, 5),  # no such neuron
        (EDGES + np.array([0.5, 0, 0]), 4, 5),
    ],
)
def test_rows_that_could_be_something_else_are_refused(weights, a, b):
    with pytest.raises(hamsim.SpecError, match=r"shape \[2, 3\] does not fit") as caught:
        network({"from": "a", "to": "b", "weights": weights}, a, b)
    assert "\n" not in str(caught.value)


def test_overrides_take_rows_of_edges():
    groups = {"a": {"size": 6, "lagrangian": "tanh"}}
    part = {"from": "a", "to": "a", "weights": 1.0}
    description = {"format": "hamsim/1", "groups": groups, "connections": [part]}
    W = hamsim.compile(description, overrides={"connections[0].weights": EDGES}).W
    assert (W.nnz, W[4, 0]) == (2, 0.5)


class Frame:
    """What a DataFrame can do that is needed here."""

    def __init__(self, **columns):
        self.columns, self._data = list(columns), columns

    def iter_rows(self):
        return iter(zip(*self._data.values(), strict=True))

    def get_column(self, name):
        return np.array(self._data[name], dtype=object)


@pytest.mark.parametrize("pre", [[0, 3], [0.0, 3.0], [np.int64(0), np.float32(3)]])
def test_numbers_of_a_table_of_python_are_positions_as_those_of_an_array(pre):
    frame = Frame(pre=pre, post=["C", "A"], w=[0.5, 0.25])
    W = network({"from": "a", "to": "a", "weights": {"edges": frame}}, names="ABCD")
    assert (W[2, 0], W[0, 3]) == (0.5, 0.25)


def test_text_of_a_table_of_python_is_a_name():
    frame = Frame(pre=["0", "3"], post=["C", "A"], w=[0.5, 0.25])
    with pytest.raises(hamsim.SpecError, match="no neuron '0' in"):
        network({"from": "a", "to": "a", "weights": {"edges": frame}}, names="ABCD")


def test_columns_of_a_table_of_python_may_be_numbered():
    frame = Frame(**{"0": [0, 3], "1": [2, 0], "2": [0.5, 0.25]})
    W = network({"from": "a", "to": "a", "weights": {"edges": frame}})
    assert (W[2, 0], W[0, 3]) == (0.5, 0.25)


def test_what_becomes_of_an_edge_that_is_there_again_may_stand_beside_its_table():
    frame = Frame(pre=[0, 0], post=[2, 2], w=[0.5, 0.25])
    for weights in (
        {"edges": frame, "repeated": "last"},
        {"edges": {"file": frame, "repeated": "last"}},
        {"edges": frame, "repeated": "last", "by": "position"},
    ):
        W = network({"from": "a", "to": "a", "weights": weights})
        assert W[2, 0] == 0.25
