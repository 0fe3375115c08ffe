"""Tables of edges: names or positions, headers, separators, edges that are listed again."""

import json

import numpy as np
import pytest

import hamsim

ABC = ["A", "B", "C"]
NUMERALS = ["1", "3", "4", "5"]


def group(names):
    return {
        **({"size": names} if isinstance(names, int) else {"neurons": names}),
        "lagrangian": "tanh",
    }


def compiled(groups, connection):
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [connection]})


def edges(names, stated, kind="from", **beside):
    """Sender, receiver and weight of every synapse among some neurons."""
    ends = {"from": "c", "to": "c"} if kind == "from" else {kind: "c"}
    W = compiled({"c": group(names)}, {**ends, "weights": {"edges": stated, **beside}}).W.tocoo()
    found = zip(W.col.tolist(), W.row.tolist(), W.data.tolist(), strict=True)
    return sorted(found)


def table(folder, text, **settings):
    (folder / "e.csv").write_bytes(text.encode())
    return {"file": str(folder / "e.csv"), **settings}


def refusal(*args, **settings):
    with pytest.raises(hamsim.HamsimError) as caught:
        edges(*args, **settings)
    return str(caught.value)


# --- names or positions ---


def test_a_cell_is_a_name_where_neurons_have_names(tmp_path):
    text = "pre,post,w\n1,3,0.5\n2,5,0.9\n"
    message = refusal(NUMERALS, table(tmp_path, text))
    assert "'e.csv' line 3: no neuron '2' in [c]" in message
    assert "c[2]" in message
    assert edges(NUMERALS, table(tmp_path, text.replace("2,5", "4,5"))) == [
        (0, 1, 0.5),
        (2, 3, 0.9),
    ]
    assert "line 2: no neuron '0' in [c]" in refusal(ABC, table(tmp_path, "A,B,1\n0,B,2\n"))
    assert "no neuron '1'" in refusal(ABC, [["A", "1", 1.0]])
    assert edges(ABC, [["A", "c[1]", 1.0]]) == [(0, 1, 1.0)]


def test_a_number_without_quotes_is_a_position_only_beside_names_that_are_words(tmp_path):
    assert edges(ABC, [[0, 1, 2.0]]) == [(0, 1, 2.0)]
    assert edges(NUMERALS, [[1, 3, 2.0]]) == [(0, 1, 2.0)]
    assert "no neuron '2' in [c]" in refusal(NUMERALS, [[1, 2, 1.0]])
    assert "no neuron '1' in [c]" in refusal(["1.0", "2.0"], [[1, 0, 1.0]])
    for array, expected in (([[1, 3, 2]], [(0, 1, 2.0)]), ([[1, 2, 2]], None)):
        np.save(tmp_path / "e.npy", np.array(array, dtype=float))
        stated = {"file": str(tmp_path / "e.npy")}
        if expected is None:
            assert "'e.npy' row 0: no neuron '2' in [c]" in refusal(NUMERALS, stated)
            assert edges(NUMERALS, {**stated, "by": "position"}) == [(1, 2, 2.0)]
        else:
            assert edges(NUMERALS, stated) == expected


def test_the_file_can_say_what_neurons_are_named_by(tmp_path):
    text = "0,1,1.5\n1,2,2\n"
    for names in (3, ABC, NUMERALS):
        assert edges(names, table(tmp_path, text, by="position")) == [(0, 1, 1.5), (1, 2, 2.0)]
    assert edges(NUMERALS, [[1, "2", 1.0]], by="position") == [(1, 2, 1.0)]
    assert "by: position takes numbers" in refusal(ABC, [["A", "B", 1.0]], by="position")
    assert "no neuron '0'" in refusal(3, table(tmp_path, text, by="name"))
    assert "no neuron '0'" in refusal(3, table(tmp_path, text), by="name")  # beside it: the same
    stated = table(tmp_path, text, by="position")
    assert "edges: {file: ..., by: ...} says something else" in refusal(3, stated, by="name")


def test_where_some_groups_of_an_end_have_names_numbers_in_text_name_nobody(tmp_path):
    groups = {"a": group(["x", "y"]), "b": group(2)}
    for neuron in ("3", "2"):
        connection = {
            "within": ["a", "b"],
            "weights": {"edges": table(tmp_path, f"x,{neuron},1\n")},
        }
        with pytest.raises(hamsim.HamsimError, match=f"no neuron '{neuron}' in"):
            compiled(groups, connection)
    connection = {"within": ["a", "b"], "weights": {"edges": table(tmp_path, "x,b[1],1\n")}}
    assert compiled(groups, connection).W[0, 3] == 1


def test_triples_of_a_gate_are_named_like_edges(tmp_path):
    groups = {"a": group(["1", "2"]), "b": group(2)}
    gate = {"gate": "b", "between": ["a", "a"]}
    for listed in ([[1, 2, 0, 0.5]], table(tmp_path, "1,2,0,0.5\n")):
        triples = compiled(groups, {**gate, "weights": {"edges": listed}}).triples
        assert (triples.i.tolist(), triples.j.tolist(), triples.k.tolist()) == ([0], [1], [2])
    with pytest.raises(hamsim.HamsimError, match="no neuron '0' in"):
        compiled(groups, {**gate, "weights": {"edges": [[0, 1, 0, 0.5]]}})


def test_a_hint_looks_for_the_same_name_in_all_groups(tmp_path):
    groups = {
        "inh": group([f"N{k}" for k in range(280, 300)]),
        "exc": group([f"N{k:03}" for k in range(280)]),
        "plain": group(2),
    }

    def message(neuron, end):
        connection = {
            "within": end,
            "weights": {"edges": table(tmp_path, f"{neuron},{neuron},1\n")},
        }
        with pytest.raises(hamsim.HamsimError) as caught:
            compiled(groups, connection)
        return str(caught.value).splitlines()[0]

    assert message("N027", "inh").endswith("no neuron 'N027' in [inh]; it is a neuron of 'exc'")
    assert message("N27", "inh").endswith("did you mean 'N297'?")
    assert message("N027", "plain").endswith("it is a neuron of 'exc'")
    assert message("zzz", "plain").endswith("they are numbered from 0 to 1")


def test_a_network_with_numbers_for_names_comes_back_from_every_format(tmp_path):
    groups = {"a": group(["1", "2", "0"]), "b": group(["5", "x"])}
    spec = {
        "format": "hamsim/1",
        "groups": groups,
        "connections": [
            {"within": "a", "weights": {"edges": [["1", "2", 0.5], ["2", "0", 2.0]]}},
            {"from": "a", "to": "b", "weights": {"edges": [[0, "x", 3.0]]}},
            {"gate": "b", "between": ["a", "a"], "weights": {"edges": [[1, 2, 5, 4.0]]}},
        ],
    }
    network = hamsim.compile(spec)
    (tmp_path / "dumped.yaml").write_text(hamsim.dump(hamsim.load(spec)))
    copies = [hamsim.compile(tmp_path / "dumped.yaml")]
    copies.append(hamsim.compile(hamsim.from_networkx(network.to_networkx())))
    from hamsim.formats.plain.explicit import describe
    from hamsim.formats.yamlfiles import write_yaml

    copies.append(hamsim.compile(json.loads(json.dumps(describe(network)))))
    for beside in (None, tmp_path / "arrays.npz"):
        write_yaml(network, tmp_path / "written.yaml", beside)
        copies.append(hamsim.compile(tmp_path / "written.yaml"))
    for copy in copies:
        assert [copy.label(k) for k in range(5)] == ["a.1", "a.2", "a.0", "b.5", "b.x"]
        np.testing.assert_array_equal(copy.W.toarray(), network.W.toarray())
        assert [part.tolist() for part in copy.triples] == [[0], [1], [3], [4.0]]


# --- headers and separators ---


@pytest.mark.parametrize(
    "text",
    [
        "pre,post,w\nA,B,1\nB,C,2\n",
        "A,B,1\nB,C,2\n",
        "0,1,2\nA,B,1\nB,C,2\n",
        ",0,1,2\n0,A,B,1\n1,B,C,2\n",
        ",pre,post,w\n0,A,B,1\n1,B,C,2\n",
        ",pre,post,w\n7,B,C,2\n3,A,B,1\n",
        "Unnamed: 0,pre,post,w\n0,A,B,1\n1,B,C,2\n",
        '"","pre","post","w"\n"1","A","B",1\n"2","B","C",2\n',
        '"pre","post","w"\n"1","A","B",1\n"2","B","C",2\n',
        "pre;post;w\nA;B;1\n\nB;C;2\n",
        "\ufeffpre\tpost\tw\r\nA\tB\t1\r\n  \r\nB\t C \t2\r\n",
    ],
)
def test_tables_as_programs_write_them(text, tmp_path):
    assert edges(ABC, table(tmp_path, text)) == [(0, 1, 1.0), (1, 2, 2.0)]


@pytest.mark.parametrize("first", ["0,1,2", "0.0,1.0,2.0", '"0","1","2"', "1,2,3"])
def test_a_first_line_that_counts_is_refused_where_it_can_be_an_edge(first, tmp_path):
    text = f"{first}\n2,0.0,5.5\n"
    message = refusal(3, table(tmp_path, text))
    assert "can be a header or an edge; say header: true or header: false" in message
    assert edges(3, table(tmp_path, text, header=True)) == [(2, 0, 5.5)]
    a, b, w = (float(cell.strip('"')) for cell in first.split(","))
    assert edges(3, table(tmp_path, text, header=False)) == sorted([(a, b, w), (2, 0, 5.5)])


def test_columns_may_be_numbered_and_edges_too(tmp_path):
    text = "0,0,1,2.5\n1,1,2,5\n"
    assert edges(3, table(tmp_path, text)) == [(0, 1, 2.5), (1, 2, 5.0)]
    text = "0,1,2\nA,B,1\n"
    assert edges(ABC, table(tmp_path, text, columns=["1", "0", "2"])) == [(1, 0, 1.0)]
    assert "header: false says none" in refusal(
        ABC, table(tmp_path, text, columns=["1", "0", "2"], header=False)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pre;post;w\nA;B;2,5\n", "line 2: '2,5' is not a number; decimals have a point: 2.5"),
        ("pre,post,w\nA,B,\n", "line 2: a cell is blank, where a number is needed"),
        ("pre,post,w\nA,B,NA\n", "line 2: 'NA' is not a number"),
        ("pre,post,w\nA,B,nan\n", "line 2: 'nan' is not a finite number"),
        ("pre,post,w\n,B,1\n", "line 2: no neuron '' in [c]"),
    ],
)
def test_cells_that_are_refused(text, message, tmp_path):
    assert message in refusal(ABC, table(tmp_path, text))


@pytest.mark.parametrize("header", ["", "pre,post,w\n"])
def test_a_decimal_comma_is_not_taken_for_a_column_of_numbers(header, tmp_path):
    text = header + "0,1,0,5\n1,2,0,5\n"
    assert "4 columns, not 3" in refusal(3, table(tmp_path, text))


# --- edges that are listed again ---


def test_repeated_edges_are_added_up_where_that_is_said(tmp_path):
    text = "A,B,2\nB,A,7\nA,B,3\n"
    assert "line 3: this edge is listed before, in line 1" in refusal(ABC, table(tmp_path, text))
    added = table(tmp_path, text, repeated="add")
    assert edges(ABC, added) == [(0, 1, 5.0), (1, 0, 7.0)]
    assert edges(ABC, [["A", "B", 2], ["A", "B", 3]], repeated="add") == [(0, 1, 5.0)]
    assert "listed before" in refusal(ABC, {**added, "repeated": "refuse"})
    assert edges(ABC, added, kind="within") == [(0, 1, 12.0), (1, 0, 12.0)]


def test_a_list_of_both_directions_is_not_doubled(tmp_path):
    text = "A,B,1\nB,A,1\nA,C,2\nC,A,2\n"
    message = refusal(ABC, table(tmp_path, text, repeated="add"), kind="within")
    assert "each edge is listed both ways with one weight" in message


def test_triples_can_be_added_up():
    groups = {"a": group(2), "b": group(1)}
    listed = {"edges": [[0, 1, 0, 0.5], [1, 0, 0, 3.0], [0, 1, 0, 1.5]], "repeated": "add"}
    triples = compiled(groups, {"gate": "b", "between": ["a", "a"], "weights": listed}).triples
    assert triples.weights.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("post,pre,w", "columns: [pre, post, w]"),
        ("Target,Source,Weight", "columns: [Source, Target, Weight]"),
        ("to,from,weight", "columns: [from, to, weight]"),
        ("weight,pre,post", "columns: [pre, post, weight]"),
        ("post_root_id,pre_root_id,weight", "columns: [pre_root_id, post_root_id, weight]"),
    ],
)
def test_a_header_that_says_another_order_is_not_passed_over(header, hint, tmp_path):
    (tmp_path / "e.csv").write_text(f"{header}\n2,0,1\n")
    rule = {"edges": {"file": str(tmp_path / "e.csv")}}
    description = {
        "format": "hamsim/1",
        "groups": {"c": {"size": 3, "lagrangian": "tanh"}},
        "connections": [{"from": "c", "to": "c", "weights": rule}],
    }
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.compile(description)
    assert hint in str(caught.value)
    names = [name.split("_")[0].lower() for name in header.split(",")]
    by_role = dict(zip(names, header.split(","), strict=True))
    sender = next(by_role[k] for k in ("pre", "source", "from") if k in by_role)
    receiver = next(by_role[k] for k in ("post", "target", "to") if k in by_role)
    weight = next(by_role[k] for k in ("w", "weight") if k in by_role)
    rule["edges"]["columns"] = [sender, receiver, weight]
    assert hamsim.compile(description).W.nnz == 1


def test_edges_as_an_array_of_numbers():
    def compiled(first):
        edges = np.array([[first, 1, 0.5], [1, 2, 0.7]])
        return hamsim.compile(
            {
                "format": "hamsim/1",
                "groups": {"c": {"size": 3, "lagrangian": "tanh"}},
                "connections": [{"within": "c", "weights": {"edges": edges}}],
            }
        )

    assert compiled(0).W.toarray()[0].tolist() == [0, 0.5, 0]
    with pytest.raises(hamsim.SpecError, match=r"must be a neuron's name or number, not 0\.5"):
        compiled(0.5)


def test_no_order_is_asked_for_where_edges_go_both_ways(tmp_path):
    (tmp_path / "e.csv").write_text("target,source,weight\n2,0,1\n")
    description = {
        "format": "hamsim/1",
        "groups": {"c": {"size": 3, "lagrangian": "tanh"}},
        "connections": [
            {"within": "c", "weights": {"edges": {"file": str(tmp_path / "e.csv")}}},
        ],
    }
    assert hamsim.compile(description).W.nnz == 2


def test_a_gate_that_comes_first_is_not_taken_for_a_neuron(tmp_path):
    (tmp_path / "e.csv").write_text("gate,pre,post,w\n0,1,2,1\n")
    rule = {"edges": {"file": str(tmp_path / "e.csv")}}
    description = {
        "format": "hamsim/1",
        "groups": {name: {"size": 3, "lagrangian": "tanh"} for name in "abc"},
        "connections": [{"gate": "c", "between": ["a", "b"], "weights": rule}],
    }
    with pytest.raises(hamsim.SpecError, match=r"say columns: \[pre, post, gate, w\]"):
        hamsim.compile(description)


@pytest.mark.parametrize(
    ("repeated", "between_a_and_b"),
    [("add", 3.0), ("last", 2.0), ("error", None), ("refuse", None)],
)
def test_what_becomes_of_an_edge_that_is_listed_again(repeated, between_a_and_b, tmp_path):
    (tmp_path / "e.csv").write_text("pre,post,w\nA,B,1\nB,C,5\nA,B,2\n", encoding="utf-8")
    listed = [["A", "B", 1], ["B", "C", 5], ["A", "B", 2]]
    file = {"file": str(tmp_path / "e.csv"), "repeated": repeated}
    for rule in ({"edges": listed, "repeated": repeated}, {"edges": file}):
        for ends in ({"within": "c"}, {"from": "c", "to": "c"}):
            plain = {
                "format": "hamsim/1",
                "groups": {"c": {"neurons": ["A", "B", "C"], "lagrangian": "tanh"}},
                "connections": [{**ends, "weights": rule}],
            }
            if between_a_and_b is None:
                with pytest.raises(hamsim.SpecError, match="this edge is listed before"):
                    hamsim.load(plain)
                continue
            W = hamsim.compile(plain).W.toarray()
            assert W[1, 0] == between_a_and_b
            assert W[2, 1] == 5
            assert W[0, 1] == (between_a_and_b if "within" in ends else 0)


def test_of_edges_within_a_group_the_last_way_round_counts():
    plain = {
        "format": "hamsim/1",
        "groups": {"c": {"size": 2, "lagrangian": "tanh"}},
        "connections": [
            {"within": "c", "weights": {"edges": [[0, 1, 1.0], [1, 0, 2.0]], "repeated": "last"}}
        ],
    }
    assert hamsim.compile(plain).W.toarray().tolist() == [[0, 2], [2, 0]]
