"""`sign`: a column of a table decides what each weight is multiplied by."""

import itertools

import numpy as np
import pytest
from scipy.io import mmwrite
from scipy.sparse import csr_array

import hamsim

NEURONS = """\
id,type,tau
A,exc,1
B,inh,2
C,exc,1
D,mod,3
"""
TYPES = ["exc", "inh", "exc", "mod"]
EDGES = """\
pre,post,weight,kind
A,B,1,fast
B,C,2,slow
C,A,3,fast
B,A,4,fast
D,C,5,slow
"""
FACTORS = {"exc": 1.5, "inh": -4.0, "mod": 0.25}
EACH = np.array([FACTORS[word] for word in TYPES])
MATRIX = np.arange(16.0).reshape(4, 4) / 3 - 2
SIGN = {"column": "type", **FACTORS}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "neurons.csv").write_text(NEURONS)
    (tmp_path / "edges.csv").write_text(EDGES)
    np.save("matrix.npy", MATRIX)
    np.savetxt("matrix.csv", MATRIX, delimiter=",")
    mmwrite("matrix.mtx", csr_array(MATRIX))
    return tmp_path


def described(connection, neurons=None, **more):
    group = {"neurons": neurons or {"file": "neurons.csv"}, "lagrangian": "tanh"}
    other = {"size": 2, "lagrangian": "identity"}
    return {
        "format": "hamsim/1",
        "groups": {"other": other, "c": group},
        "connections": [{"name": "syn", **connection}],
        **more,
    }


def block(source, overrides=None):
    net = hamsim.compile(source, overrides)
    (connection,) = net.connections
    return net.block(connection).toarray()


def refusal(source, overrides=None):
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(source, overrides)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    "weights",
    [
        0.5,
        MATRIX.tolist(),
        MATRIX,
        csr_array(MATRIX),
        {"file": "matrix.npy"},
        {"file": "matrix.csv"},
        {"file": "matrix.mtx"},
        {"normal": {}},
        {"of_distance": "1 + d", "space": "ring"},
        {"one_to_one": [1, 2, 3, 4]},
        {"edges": [["A", "B", 1], ["D", "A", 2], ["B", "B", 3]]},
        {"edges": {"file": "edges.csv", "columns": ["pre", "post", "weight"]}},
    ],
)
@pytest.mark.parametrize("more", [{}, {"density": 0.5}, {"scale": -0.3}])
def test_the_senders_column_is_multiplied(weights, more):
    connection = {"from": "c", "to": "c", "weights": weights, "self_connections": True, **more}
    plain = block(described({key: item for key, item in connection.items() if key != "scale"}))
    expected = plain * EACH * more.get("scale", 1.0)
    assert np.array_equal(block(described({**connection, "sign": SIGN})), expected)


def test_a_circuit_of_two_types_is_the_one_that_numpy_makes():
    """Dale's principle: what a neuron sends has one sign."""
    rng = np.random.default_rng(1)
    n = 30
    kinds = rng.choice(["exc", "inh"], n, p=[0.8, 0.2])
    strength = np.abs(rng.normal(size=(n, n))) * (rng.random((n, n)) < 0.3)
    np.fill_diagonal(strength, 0)
    lines = [f"n{k},{kind}" for k, kind in enumerate(kinds)]
    with open("circuit.csv", "w") as file:
        file.write("\n".join(["id,type", *lines]))
    np.save("strength.npy", strength)
    description = described(
        {
            "from": "c",
            "to": "c",
            "weights": {"file": "strength.npy"},
            "scale": "J",
            "sign": {"column": "type", "exc": 1, "inh": "-g"},
        },
        {"file": "circuit.csv"},
        parameters={"J": 0.1, "g": 4},
    )
    for J, g in itertools.product([0.1, 0.7], [4, 1]):
        net = hamsim.compile(description, {"parameters.J": J, "parameters.g": g})
        W = strength * np.where(kinds == "exc", 1.0, -g) * J
        assert np.array_equal(net.block(net.connections[0]).toarray(), W)
        x = rng.normal(size=net.n_neurons)
        trace = hamsim.simulate(net, x, method="euler", dt=0.1, steps=1, threads=1)
        y = x[2:]
        np.testing.assert_allclose(trace.final[2:], y + 0.1 * (W @ np.tanh(y) - y), rtol=1e-12)


def test_a_column_of_the_table_of_edges_goes_before_that_of_neurons():
    connection = {"from": "c", "to": "c", "weights": {"edges": {"file": "edges.csv"}}}
    sign = {"column": "kind", "fast": 1, "slow": -0.5}
    W = block(described({**connection, "sign": sign}))
    expected = np.zeros((4, 4))
    for pre, post, weight, kind in (line.split(",") for line in EDGES.split()[1:]):
        expected["ABCD".index(post), "ABCD".index(pre)] = float(weight) * sign[kind]
    assert np.array_equal(W, expected)
    with open("edges.csv", "w") as file:
        file.write(EDGES.replace("kind", "type"))
    sign = {"column": "type", "fast": 1, "slow": -0.5}
    assert np.array_equal(block(described({**connection, "sign": sign})), expected)


@pytest.mark.parametrize("ends", [{"within": "c"}, {"between": ["c", "other"]}, {"gate": "c"}])
def test_edges_of_every_kind_may_be_signed_by_their_own_column(ends):
    rows = {"within": "A,B,2,x\nC,B,3,y\n", "between": "A,0,2,x\nC,1,3,y\n"}
    head = "a,b,w,kind\n"
    if "gate" in ends:
        ends, head = {"gate": "c", "between": ["other", "c"]}, "a,b,c,w,kind\n"
        rows = {"gate": "0,B,C,2,x\n1,A,A,3,y\n"}
    (key,) = {"gate", "between", "within"} & ends.keys() & rows.keys()
    with open("own.csv", "w") as file:
        file.write(head + rows[key])
    sign = {"column": "kind", "x": 1, "y": -2}
    connection = {**ends, "weights": {"edges": {"file": "own.csv"}}, "sign": sign}
    net = hamsim.compile(described(connection))
    assert net.symmetric
    if net.triples is not None:
        assert sorted(net.triples.weights) == [-6, 2]
    else:
        assert sorted(net.W.data) == [-6, -6, 2, 2]


def test_repeated_edges_are_added_with_their_signs():
    with open("edges.csv", "w") as file:
        file.write("pre,post,weight,kind\nA,B,1,x\nA,B,10,y\n")
    edges = {"edges": {"file": "edges.csv", "repeated": "add"}}
    sign = {"column": "kind", "x": 1, "y": -1}
    W = block(described({"from": "c", "to": "c", "weights": edges, "sign": sign}))
    assert W[1, 0] == -9


@pytest.mark.parametrize(
    ("neurons", "sign"),
    [
        ([{"id": "A", "type": "exc"}, {"id": "B", "type": "inh"}], {"exc": 1.5, "inh": -4}),
        ([{"id": "A", "type": "exc"}, "B"], {"exc": 1.5, "others": -4}),
        ([{"id": "A", "type": 1}, {"id": "B", "type": 2.0}], {"1": 1.5, "2": -4}),
        ([{"id": "A", "type": False}, {"id": "B", "type": True}], {"true": -4, "false": 1.5}),
        ([{"id": "A", "k": "x"}, {"id": "B", "k": "y"}], {"column": "k", "x": 1.5, "y": -4}),
        (["A", "B"], {"column": "id", "A": 1.5, "B": -4}),
        (["A", "B"], {"column": "id", "A": 1.5, "others": -4}),
    ],
)  # fmt: skip
def test_neurons_of_a_list_have_words_too(neurons, sign):
    sign = {"column": "type", **sign}
    connection = {"from": "c", "to": "c", "weights": 1, "self_connections": True, "sign": sign}
    assert block(described(connection, neurons)).tolist() == [[1.5, -4]] * 2


def test_groups_are_words_of_their_neurons():
    sign = {"column": "group", "other": -1, "c": 2}
    W = block(described({"from": ["other", "c"], "to": "c", "weights": 1, "sign": sign}))
    assert np.array_equal(W, [[-1, -1, *([2] * 4)]] * 4 - 2 * np.eye(4, 6, 2))


@pytest.mark.parametrize(
    "columns", [{"id": "cell", "tau": "t"}, {"id": "cell", "nt": "transmitter", "tau": "t"}]
)
def test_columns_of_other_names_are_found(columns, tmp_path):
    (tmp_path / "neurons.csv").write_text(
        NEURONS.replace("id,type,tau", f"cell,{columns.get('nt', 'nt')},t")
    )
    neurons = {"file": "neurons.csv", "columns": columns}
    sign = {"column": "nt", **FACTORS}
    source = described({"from": "c", "to": "c", "weights": 1.0, "sign": sign}, neurons)
    expected = (np.ones((4, 4)) - np.eye(4)) * EACH
    assert np.array_equal(block(source), expected)
    # What `show` prints has the words, and so can be set again.
    (tmp_path / "shown.yaml").write_text(hamsim.dump(hamsim.load(source)))
    for again in (hamsim.load(source), tmp_path / "shown.yaml"):
        assert np.array_equal(block(again), expected)
        each = np.where(np.array(TYPES) == "inh", -7, EACH)
        changed = block(again, {"connections.syn.sign.inh": -7})
        assert np.array_equal(changed, (np.ones((4, 4)) - np.eye(4)) * each)
        assert np.array_equal(
            block(again, {"connections.syn.sign": None}) > 0, ~np.eye(4, dtype=bool)
        )


def test_words_of_rows_of_other_groups_are_met():
    """One table serves two groups; the mapping may be the same for both."""
    with open("neurons.csv", "w") as file:
        file.write("id,type,group\nA,exc,c\nB,inh,d\n")
    source = described(
        {"from": "c", "to": "d", "weights": 1, "sign": {"column": "type", "exc": 2, "inh": -2}}
    )
    source["groups"]["d"] = source["groups"]["c"]
    assert block(source).tolist() == [[2]]


def test_a_kernel_with_several_signs_is_a_matrix():
    group = {
        "shape": [2, 2, 1],
        "neurons": [{"id": n, "type": t} for n, t in zip("ABCD", TYPES, strict=True)],
    }
    source = described({"from": "c", "to": "d", "weights": {"conv2d": {"kernel": 1, "window": 2}}})
    source["groups"] = {
        "c": {**group, "lagrangian": "tanh"},
        "d": {"shape": [1, 1, 1], "lagrangian": "tanh"},
    }
    source["connections"][0]["sign"] = SIGN
    net = hamsim.compile(source)
    assert net.W.toarray()[4, :4].tolist() == EACH.tolist()
    assert net.connections[0].convolution is None


ONE_WAY = {"from": "c", "to": "c", "weights": 1}


@pytest.mark.parametrize(
    ("sign", "message"),
    [
        ("type", "sign: must be {column: type, exc: 1, inh: -1}, not 'type'"),
        ({"exc": 1}, "sign: needs the name of a column: {column: type, exc: 1, inh: -1}"),
        ({"column": 3, "a": 1}, "sign: needs the name of a column"),
        ({"column": "type"}, "sign: names no word of the column"),
        ({"column": "type", "others": 1}, "sign: names no word of the column"),
        ({**SIGN, "inh": "x"}, "sign.inh: unknown name 'x'"),
        ({**SIGN, "inh": True}, "sign.inh: must be a number or an expression, not true"),
        ({**SIGN, "inh": float("nan")}, "sign.inh: must be a finite number"),
        ({"column": "tau", "1": 1}, "sign.column: tau is a number of each neuron, not a word"),
        ({"column": "tpye", **FACTORS}, "no neuron of [c] has a 'tpye'; did you mean 'type'?"),
        ({"column": "type", "exc": 1, "mod": 1}, "c.B: type is 'inh', for which sign has no"),
        ({**SIGN, "ihn": 1}, "no neuron of the network has the type 'ihn'; did you mean 'inh'?"),
        ({"column": "type", "exc": 1, "ihn": -1, "others": 0}, "sign.ihn: no neuron of the"),
    ],
)  # fmt: skip
def test_what_is_no_sign_is_refused(sign, message):
    problems = refusal(described({**ONE_WAY, "sign": sign}))
    assert any(message in problem for problem in problems), problems
    assert all(len(problem) < 300 for problem in problems)


def test_a_column_that_is_not_there_is_refused_with_what_may_be_meant():
    chosen = {"file": "neurons.csv", "columns": {"id": "id"}}
    sign = {"column": "tpye", "exc": 1}
    (told,) = refusal(described({**ONE_WAY, "sign": sign}, chosen))
    assert told.endswith("sign.column: no neuron of [c] has a 'tpye'; did you mean 'type'?")
    (told,) = refusal(described({**ONE_WAY, "sign": sign}, ["A", "B"]))
    assert told.endswith("write neurons: [{id: A, tpye: exc}], or a table with this column")
    edges = {
        **ONE_WAY,
        "weights": {"edges": {"file": "edges.csv", "columns": ["pre", "post", "weight"]}},
    }
    (told,) = refusal(described({**edges, "sign": {"column": "kidn", "a": 1}}, chosen))
    assert told.endswith("no neuron of [c] has a 'kidn'; did you mean 'kind'?")


def test_words_of_a_table_of_edges_are_all_named_and_all_met():
    edges = {**ONE_WAY, "weights": {"edges": {"file": "edges.csv"}}}
    told = refusal(described({**edges, "sign": {"column": "kind", "fast": 1, "solw": -1}}))
    at = "connections[0].weights.edges: "
    assert told == [
        f"{at}'edges.csv' line 3: kind is 'slow', for which sign has no factor; did you mean "
        "'solw'?",
        f"{at}no edge of 'edges.csv' has the kind 'solw'; did you mean 'slow'?",
    ]


def test_a_blank_word_needs_others(tmp_path):
    (tmp_path / "neurons.csv").write_text(NEURONS.replace("D,mod", "D,"))
    sign = {"column": "type", "exc": 1, "inh": -1}
    (told,) = refusal(described({**ONE_WAY, "sign": sign}))
    assert told.endswith("c.D: type is blank, and sign has no factor for others")
    W = block(described({**ONE_WAY, "sign": {**sign, "others": 0}}))
    assert not W[:, 3].any()


@pytest.mark.parametrize(
    "ends", [{"within": "c"}, {"between": ["c", "other"]}, {"gate": "c", "between": ["c", "other"]}]
)
def test_senders_sign_one_way_connections_only(ends):
    (told,) = refusal(described({**ends, "weights": 1, "sign": SIGN}))
    assert "the senders' type can sign one-way connections (from: and to:) only" in told


def test_a_factor_that_is_set_and_that_no_weight_has_is_refused():
    with open("neurons.csv", "w") as file:
        file.write("id,type,group\nA,exc,c\nB,inh,d\n")
    sign = {"column": "type", "exc": 2, "inh": -2, "others": 1}
    source = described({"from": "c", "to": "d", "weights": 1, "sign": sign})
    source["groups"]["d"] = source["groups"]["c"]
    assert block(source, {"connections.syn.sign.exc": 3}).tolist() == [[3]]
    for word, why in (
        ("inh", "no neuron that sends has this type"),
        ("others", "each neuron that sends has a type that is named"),
    ):
        for given in (source, hamsim.load(source)):
            (told,) = refusal(given, {f"connections.syn.sign.{word}": 5})
            assert told == f"connections[0].sign.{word}: nothing reads this: {why}"
    edges = {"edges": {"file": "edges.csv"}}
    sign = {"column": "kind", "fast": 1, "slow": -1, "others": 0}
    source = described({**ONE_WAY, "weights": edges, "sign": sign}, ["A", "B", "C", "D"])
    assert block(source, {"connections.syn.sign.slow": -3})[2, 1] == -6
    (told,) = refusal(source, {"connections.syn.sign.others": 5})
    assert told.endswith("nothing reads this: each edge has a kind that is named")
