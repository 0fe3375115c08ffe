"""Tables of pandas and polars in a dict: what a file of them would say, in the neurons' order.

Neither library is needed: stand-ins have what is looked at. Where pandas is installed it is tried.
"""

import numpy as np
import pytest
import yaml

import hamsim


class Series:
    """As much of a series of pandas as is looked at."""

    def __init__(self, values, index=None):
        self.values, self.index = list(values), list(range(len(values)) if index is None else index)

    def tolist(self):
        return list(self.values)


class Frame:
    """As much of a table of pandas as is looked at."""

    def __init__(self, columns, index=None):
        self.data, self.columns = list(columns.values()), list(columns)
        self.index = list(range(len(self.data[0])) if index is None else index)

    @property
    def iloc(self):
        return self

    def __getitem__(self, at):
        return Series(self.data[at[1]], self.index)

    def to_numpy(self):
        return np.array(self.data).T


class PolarsFrame:
    """As much of a table of polars as is looked at."""

    def __init__(self, columns):
        self.data, self.columns = columns, list(columns)

    def get_column(self, name):
        return PolarsSeries(self.data[name])

    def iter_rows(self):
        return zip(*self.data.values(), strict=True)

    def to_numpy(self):
        return np.array(list(self.data.values())).T


class PolarsSeries:
    def __init__(self, values):
        self.values = values

    def to_list(self):
        return list(self.values)

    def to_numpy(self):
        return np.array(self.values)


def group(*names, **more):
    return {"neurons": list(names), "lagrangian": "tanh", **more}


def compiled(groups, *connections, overrides=None, **more):
    """The network; its text must give the same one."""
    plain = {"format": "hamsim/1", "groups": groups, "connections": list(connections), **more}
    spec = hamsim.load(plain, overrides)
    network, text = hamsim.compile(spec), hamsim.dump(spec)
    again = hamsim.load(yaml.safe_load(text))
    assert again == spec
    other = hamsim.compile(again)
    for key in ("tau", "input", "initial"):
        assert np.array_equal(getattr(network, key), getattr(other, key))
    assert (network.W != other.W).nnz == 0
    return network


ABC = {"r": group("A", "B", "C")}
# Of the neurons in the order B, A, C.
SHUFFLED = {"B": [0.0, 1.0, 2.0], "A": [1.0, 0.0, 3.0], "C": [2.0, 3.0, 0.0]}
IN_ORDER = [[0, 1, 3], [1, 0, 2], [3, 2, 0]]


@pytest.mark.parametrize(
    "weights",
    [
        Frame(SHUFFLED, list("BAC")),
        PolarsFrame({"name": list("BAC"), **SHUFFLED}),
        Frame(dict(enumerate(map(list, IN_ORDER)))),
        PolarsFrame({f"column_{k}": row for k, row in enumerate(IN_ORDER)}),
        {"file": Frame(SHUFFLED, list("BAC"))},
    ],
)
def test_a_matrix_is_in_the_order_of_the_neurons(weights):
    network = compiled(ABC, {"within": "r", "weights": weights})
    assert network.W.toarray().tolist() == IN_ORDER
    network = compiled(
        ABC, {"within": "r", "weights": 1}, overrides={"connections[0].weights": weights}
    )
    assert network.W.toarray().tolist() == IN_ORDER


def test_labels_that_name_no_neurons_are_errors():
    for labels in ("BXC", "xyz"):
        with pytest.raises(hamsim.SpecError, match=r"weights: '<DataFrame 1>' line .: no neuron '"):
            compiled(ABC, {"within": "r", "weights": Frame(SHUFFLED, list(labels))})
    with pytest.raises(hamsim.SpecError, match="labels of several levels"):
        compiled({"r": group("A", tau=Series([1.0], [("a", "b")]))})
    with pytest.raises(hamsim.SpecError, match="in another order than the neurons"):
        compiled({"r": {"size": 3, "lagrangian": "tanh", "tau": Series([1, 2, 3], [2, 0, 1])}})


def test_values_and_patterns():
    tau = Series([1.0, 2.0, 3.0], list("CBA"))
    assert compiled({"r": group("A", "B", "C", tau=tau)}).tau.tolist() == [3, 2, 1]
    assert compiled(ABC, overrides={"groups.r.tau": tau}).tau.tolist() == [3, 2, 1]
    column = {"file": Frame({"name": list("CBA"), "t": [1, 2, 3]}), "key": "t"}
    assert compiled({"r": group("A", "B", "C", tau=column)}).tau.tolist() == [3, 2, 1]
    trials = Frame({"C": [1.0, 4.0], "B": [2.0, 5.0], "A": [3.0, 6.0]})
    network = compiled({"r": group("A", "B", "C", initial=trials)})
    assert network.initial.tolist() == [[3, 2, 1], [6, 5, 4]]
    patterns = Frame({"C": [1, 1], "A": [-1, 1], "B": [1, -1]})
    rule = {"store": {"patterns": patterns}}
    groups = {"r": {"neurons": list("ABC"), "lagrangian": "sign"}}
    assert compiled(groups, {"within": "r", "weights": rule}).W.toarray()[0, 1] == -2 / 3
    assert compiled({"r": group("A", "B", tau=PolarsSeries([1.0, 2.0]))}).tau.tolist() == [1, 2]


EDGES = {"pre": ["A", "A", "B"], "post": ["B", "B", "C"], "w": [1, 2.5, 3]}


@pytest.mark.parametrize("kind", [Frame, PolarsFrame])
@pytest.mark.parametrize(
    ("repeated", "expected"), [("add", 3.5), ("last", 2.5), ("error", 0), ("refuse", 0), (None, 0)]
)
def test_edges(kind, repeated, expected):
    beside = {} if repeated is None else {"repeated": repeated}
    connection = {"from": "r", "to": "r", "weights": {"edges": {"file": kind(EDGES), **beside}}}
    if not expected:
        with pytest.raises(hamsim.SpecError, match="'<DataFrame 1>' line 3: this edge is listed"):
            compiled(ABC, connection)
        return
    W = compiled(ABC, connection).W.toarray()
    assert W.tolist() == [[0, 0, 0], [expected, 0, 0], [0, 3, 0]]


def test_labels_of_the_rows_of_edges_do_not_matter():
    chosen = Frame({key: values[1:] for key, values in EDGES.items()}, [1, 2])
    W = compiled(ABC, {"from": "r", "to": "r", "weights": {"edges": chosen}}).W.toarray()
    assert W.tolist() == [[0, 0, 0], [2.5, 0, 0], [0, 3, 0]]
    turned = {"post": ["B"], "pre": ["A"], "w": [1.0]}
    with pytest.raises(hamsim.SpecError, match="columns post, pre, w, but they are read as"):
        compiled(ABC, {"from": "r", "to": "r", "weights": {"edges": Frame(turned)}})


def test_neurons_and_missing_values():
    table = {"id": ["A", "B"], "tau": [0.5, float("nan")], "input": [0, 1]}
    with pytest.raises(hamsim.SpecError, match="line 3: tau is blank; blank: default takes"):
        compiled({"r": {"neurons": Frame(table), "lagrangian": "tanh"}})
    stated = {"file": Frame(table), "blank": "default"}
    network = compiled({"r": {"neurons": stated, "lagrangian": "tanh"}})
    assert network.tau.tolist() == [0.5, 1]
    assert network.input.tolist() == [0, 1]
    labelled = Frame({"tau": [0.5, 2.0]}, ["A", "B"])
    assert compiled({"r": {"neurons": labelled, "lagrangian": "tanh"}}).tau.tolist() == [0.5, 2]


def test_pandas_itself():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(SHUFFLED, index=list("BAC"))
    assert compiled(ABC, {"within": "r", "weights": frame}).W.toarray().tolist() == IN_ORDER
    edges = pandas.DataFrame(EDGES).astype({"pre": "category"})
    connection = {"from": "r", "to": "r", "weights": {"edges": edges[edges.w > 1]}}
    assert compiled(ABC, connection).W.sum() == 5.5
    missing = frame.where(frame != 3)
    with pytest.raises(hamsim.SpecError, match="a cell is blank, where a number is needed"):
        compiled(ABC, {"within": "r", "weights": missing})


def test_numbers_that_count_in_another_order_are_no_labels_of_neurons_with_names():
    moved = Series([1.0, 2, 3], [2, 0, 1])
    with pytest.raises(
        hamsim.SpecError, match=r"numbered 2, 0, 1, in another order .* other names"
    ):
        compiled({"a": group("A", "B", "C", initial=moved)})
