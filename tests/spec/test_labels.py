"""Labels of rows and columns: which cells are labels, and whose numbers they put where."""

import numpy as np
import pytest

import hamsim

NUMBERS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
PLAIN = "1,2,3\n4,5,6\n7,8,9\n"
# Rows B, A, C and columns C, A, B of the same numbers, in the order A, B, C.
SORTED = [[5.0, 6.0, 4.0], [2.0, 3.0, 1.0], [8.0, 9.0, 7.0]]
ABC = ("A", "B", "C")


def group(names, **settings):
    size = {"size": names} if isinstance(names, int) else {"neurons": list(names)}
    return {**size, "lagrangian": "tanh", **settings}


def compiled(groups, *connections, **rest):
    description = {"format": "hamsim/1", "groups": groups, "connections": list(connections)}
    return hamsim.compile({**description, **rest})


def written(folder, text):
    path = folder / "x.csv"
    path.write_bytes(text.encode())
    return str(path)


def matrix(folder, text, names=ABC, **settings):
    ends = {"from": "r", "to": "r", "self_connections": True}
    weights = {"file": written(folder, text), **settings}
    return compiled({"r": group(names)}, {**ends, "weights": weights}).W.toarray()


def value(folder, text, names=ABC, key="tau", **settings):
    stated = {"file": written(folder, text), **settings}
    return getattr(compiled({"r": group(names, **{key: stated})}), key)


def patterns(folder, text, names=4, **settings):
    stored = {"patterns": {"file": written(folder, text), **settings}}
    return compiled({"r": group(names)}, {"within": "r", "weights": {"store": stored}}).W.toarray()


# --- matrices ---


@pytest.mark.parametrize("names", [ABC, 3])
@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "0,1,2\n" + PLAIN,
        "1,2,3\n" + PLAIN,
        '"0","1","2"\r\n' + PLAIN,
        "0.0,1.0,2.0\n" + PLAIN,
        ",0,1,2\n0,1,2,3\n1,4,5,6\n2,7,8,9\n",
        '"","1","2","3"\n"1",1,2,3\n"2",4,5,6\n"3",7,8,9\n',
        "0,1,2,3\n1,4,5,6\n2,7,8,9\n",
        "1\t2\t3\n\n4\t5\t6\n  \n7\t8\t9\n",
        "\ufeff1;2;3\r\n4;5;6\r\n7;8;9\r\n",
        "A,B,C\n" + PLAIN,
        "x,A,B,C\nA,1,2,3\nB,4,5,6\nC,7,8,9\n",
    ],
)
def test_headers_that_change_nothing(text, names, tmp_path):
    np.testing.assert_array_equal(matrix(tmp_path, text, names), NUMBERS)


@pytest.mark.parametrize(
    "text",
    [
        ",C,A,B\nB,1,2,3\nA,4,5,6\nC,7,8,9\n",
        "C,A,B\nB,1,2,3\nA,4,5,6\nC,7,8,9\n",
        "\ufeff;C;A;B\r\nB;1;2;3\r\n\r\nA;4;5;6\r\nC;7;8;9\r\n",
        "id\t C \tA\tB\nB\t1\t2\t3\n r.A\t4\t5\t6\nC\t7\t8\t9\n",
        '"to","r[2]","A","B"\n"B",1,2,3\n"A",4,5,6\n"C",7,8,9\n',
    ],
)
def test_names_put_rows_and_columns_in_the_order_of_the_neurons(text, tmp_path):
    np.testing.assert_array_equal(matrix(tmp_path, text), SORTED)


def test_neurons_with_numbers_for_names_are_labelled_by_them(tmp_path):
    text = ",3,1,2\n2,1,2,3\n1,4,5,6\n3,7,8,9\n"
    np.testing.assert_array_equal(matrix(tmp_path, text, ("1", "2", "3")), SORTED)


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("C,A,B\n" + PLAIN, ABC, "its columns have names in another order than the network, and"),
        ("B,1,2,3\nA,4,5,6\nC,7,8,9\n", ABC, "its rows have names in another order than"),
        ("A,B,Cc\n" + PLAIN, ABC, "line 1: no neuron 'Cc' in [r]; did you mean 'C'?"),
        ("A,B,B\n" + PLAIN, ABC, "line 1: two columns of r.B"),
        (",A,B,C\nA,1,2,3\nB,4,5,6\nB,7,8,9\n", ABC, "line 4: r.B is there before, in line 3"),
        (",A,B,C\nA,1,2,3\nX,4,5,6\nB,7,8,9\n", ABC, "line 3: no neuron 'X' in [r]"),
        (",A,B\nA,1,2\nB,4,5\n", ABC, "has no column for r.C"),
        ("x,y,z\n" + PLAIN, ABC, "(header: true passes over these labels)"),
        ("x,1,2,3\ny,4,5,6\nz,7,8,9\n", ABC, "(index: true passes over these labels)"),
        (",x,y,z\ny,1,2,3\nx,4,5,6\nz,7,8,9\n", 3, "line 2: 'y' is row 1, but column 2"),
        ("0,1,2\n" + PLAIN, ("1", "2", "3"), "line 1: no neuron '0' in [r]"),
        ("2,0,1\n" + PLAIN, 3, "shape [4, 3] does not fit"),
        ("0;0,5;1\n1;0,5;1\n2;1;1\n", ABC, "'0,5' is not a number; decimals have a point: 0.5"),
        ("1 2 3\n4 5 6\n7 8 9\n", 3, "cells are separated by commas, semicolons or tabs"),
        ("1,2,3\n4,,6\n7,8,9\n", 3, "line 2: a cell is blank, where a number is needed"),
        ("1,2,3\n4,NA,6\n7,8,9\n", 3, "line 2: 'NA' is not a number"),
    ],
)
def test_labels_and_numbers_that_are_refused(text, names, message, tmp_path):
    with pytest.raises(hamsim.HamsimError) as caught:
        matrix(tmp_path, text, names)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_can_say_that_labels_are_passed_over(tmp_path):
    text = "x,y,z\n" + PLAIN
    np.testing.assert_array_equal(matrix(tmp_path, text, header=True), NUMBERS)
    text = "10,20,30\n" + PLAIN
    np.testing.assert_array_equal(matrix(tmp_path, text, 3, header=True), NUMBERS)
    text = "5,1,2,3\n6,4,5,6\n9,7,8,9\n"
    np.testing.assert_array_equal(matrix(tmp_path, text, 3, index=True), NUMBERS)
    with pytest.raises(hamsim.HamsimError, match=r"line 1: 'A' is not a number"):
        matrix(tmp_path, "A,B,C\n" + PLAIN, header=False)
    text = "A,B,C,id\n4,5,6,x\n7,8,9,y\n1,2,3,z\n"
    with pytest.raises(hamsim.HamsimError, match=r"no neuron 'x'"):
        matrix(tmp_path, text, index="id")


def test_rows_receive_and_columns_send(tmp_path):
    groups = {"a": group(["a1", "a2"]), "b": group(["b1", "b2", "b3"])}
    file = written(tmp_path, ",a2,a1\nb1,1,2\nb3,3,4\nb2,5,6\n")
    W = compiled(groups, {"from": "a", "to": "b", "weights": {"file": file}}).W.toarray()
    np.testing.assert_array_equal(W[2:, :2], [[2, 1], [6, 5], [4, 3]])
    assert np.count_nonzero(W) == 6
    for columns in ("a2,a1\n1,2\n5,6\n3,4\n", "b1,1,2\nb2,3,4\nb3,5,6\n"):
        file = written(tmp_path, columns)
        compiled(groups, {"between": ["b", "a"], "weights": {"file": file}})
    file = written(tmp_path, ",b1,b2,b3\na1,1,2,3\na2,4,5,6\n")
    with pytest.raises(hamsim.HamsimError, match=r"shape \[2, 3\] does not fit"):
        compiled(groups, {"from": "a", "to": "b", "weights": {"file": file}})


def test_a_matrix_of_several_groups(tmp_path):
    groups = {"a": group(["x", "y"]), "b": group(["x"]), "c": group(1)}
    names = ["b.x", "c[0]", "y", "a.x"]
    rows = "".join(
        f"{n},{10 * k},{10 * k + 1},{10 * k + 2},{10 * k + 3}\n" for k, n in enumerate(names)
    )
    file = written(tmp_path, "," + ",".join(names) + "\n" + rows)
    ends = {"from": "all", "to": "all", "self_connections": True}
    W = compiled(groups, {**ends, "weights": {"file": file}}).W.toarray()
    order = [3, 2, 0, 1]
    expected = np.arange(4)[order] * 10
    np.testing.assert_array_equal(W, expected[:, None] + np.array(order))
    with pytest.raises(hamsim.HamsimError, match="'x' is in several groups"):
        compiled(groups, {**ends, "weights": {"file": written(tmp_path, rows.replace("a.x", "x"))}})


# --- one number a neuron ---


@pytest.mark.parametrize("key", ["tau", "input", "initial"])
@pytest.mark.parametrize(
    "text",
    [
        "name,tau\nC,3\nA,1\nB,2\n",
        "C,3\nA,1\nB,2\n",
        "C;3\nA;1\nB;2\n",
        ",0\nC,3\nA,1\nB,2\n",
        '"x"\n"C",3\n"A",1\n"B",2\n',
        "w\n1\n2\n3\n",
        "0\n1\n2\n3\n",
        ",0\n0,1\n1,2\n2,3\n",
    ],
)
def test_one_number_a_neuron(text, key, tmp_path):
    np.testing.assert_array_equal(value(tmp_path, text, key=key), [1, 2, 3])


def test_a_decimal_comma_is_not_taken_for_an_index(tmp_path):
    text = "0,5\n1,5\n2,5\n"
    with pytest.raises(hamsim.HamsimError, match=r"0,5 can be a place and its number.* write 0\.5"):
        value(tmp_path, text, 3)
    assert value(tmp_path, text, 3, index=True).tolist() == [5, 5, 5]
    assert value(tmp_path, text.replace(",5", ",5.5"), 3).tolist() == [5.5, 5.5, 5.5]
    assert value(tmp_path, text.replace(",", ";"), 3).tolist() == [5, 5, 5]
    for header in ("tau\n", "id,tau\n"):
        more = text.replace("0,5", "0,0,5") if "id" in header else text
        with pytest.raises(hamsim.HamsimError, match="columns, not"):
            value(tmp_path, header + more, 3)


def test_names_of_neurons_of_another_group_are_refused(tmp_path):
    groups = {"a": group(ABC), "b": group(3)}
    text = "A,1,2,3\nB,4,5,6\nC,7,8,9\n"
    for labels in (text, text.replace("A", "a[0]").replace("B", "a[1]").replace("C", "a[2]")):
        file = written(tmp_path, labels)
        with pytest.raises(hamsim.HamsimError, match=r"in \[b\]; it is a neuron of 'a'"):
            compiled(groups, {"from": "a", "to": "b", "weights": {"file": file}})
        W = compiled(groups, {"from": "b", "to": "a", "weights": {"file": file}}).W
        np.testing.assert_array_equal(W.toarray()[:3, 3:], NUMBERS)


def test_a_column_that_is_named_is_put_in_the_order_of_the_names_beside_it(tmp_path):
    text = "tau,class,name\n3,e,C\n1,i,A\n2,e,B\n"
    stated = {"file": written(tmp_path, text), "key": "tau"}
    assert compiled({"r": group(ABC, tau=stated)}).tau.tolist() == [1, 2, 3]
    assert compiled({"r": group(3, tau=stated)}).tau.tolist() == [3, 1, 2]
    assert compiled({"r": group(ABC, tau={**stated, "index": False})}).tau.tolist() == [3, 1, 2]
    for name, message in (("D", "line 4: no neuron 'D'"), ("A", "r.A is there before, in line 3")):
        stated = {"file": written(tmp_path, text.replace("B", name)), "key": "tau"}
        with pytest.raises(hamsim.HamsimError, match=message):
            compiled({"r": group(ABC, tau=stated)})
    text = "tau,pre,post\n3,C,A\n1,A,B\n2,B,C\n"
    stated = {"file": written(tmp_path, text), "key": "tau"}
    with pytest.raises(hamsim.HamsimError, match="several columns hold names of neurons"):
        compiled({"r": group(ABC, tau=stated)})
    assert compiled({"r": group(ABC, tau={**stated, "index": "post"})}).tau.tolist() == [3, 1, 2]


def test_everything_that_has_one_number_a_neuron_looks_at_the_names(tmp_path):
    file = {"file": written(tmp_path, "id,x\nC,3\nA,1\nB,0\n")}
    stimuli = [{"group": "r", "value": file, "mask": file}]
    lagrangian = {"kind": "soft_threshold", "threshold": file}
    network = compiled(
        {"r": group(ABC, lagrangian=lagrangian), "other": group(3)},
        {"from": "r", "to": "other", "weights": {"one_to_one": file}},
        stimuli=stimuli,
    )
    assert network.stimuli[0].neurons.tolist() == [0, 2]
    assert network.stimuli[0].value.tolist() == [1, 3]
    assert network.groups[0].parameters["threshold"].tolist() == [1, 0, 3]
    assert network.W.toarray()[3:, :3].diagonal().tolist() == [1, 0, 3]


def test_names_of_columns_over_rows_of_trials(tmp_path):
    text = "trial,C,A,B\nfirst,3,1,2\nsecond,6,4,5\n"
    found = value(tmp_path, text, key="initial")
    np.testing.assert_array_equal(found, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(value(tmp_path, "C,A,B\n3,1,2\n"), [1, 2, 3])


def test_a_grid_below_a_header(tmp_path):
    file = {"file": written(tmp_path, "0,1,2\n" + PLAIN[:12])}
    network = compiled({"g": {"shape": [2, 3], "lagrangian": "tanh", "tau": file}})
    assert network.tau.tolist() == [1, 2, 3, 4, 5, 6]


def test_labels_of_a_series_are_names_of_neurons():
    class Series:
        def __init__(self, index):
            self.index = index

        def tolist(self):
            return [1.0, 2.0]

    assert compiled({"r": group(("A", "B"), tau=Series([0, 1]))}).tau.tolist() == [1, 2]
    assert compiled({"r": group(("A", "B"), tau=Series(["B", "A"]))}).tau.tolist() == [2, 1]
    with pytest.raises(
        hamsim.SpecError, match=r"groups\.r\.tau: '<Series 1>' line 2: no neuron 'X'"
    ):
        compiled({"r": group(("A", "B"), tau=Series(["B", "X"]))})


# --- where the number of rows is not known ---

TWO = "1,1,-1,-1\n1,-1,1,-1\n"


def test_a_first_line_that_counts_needs_a_word_where_any_number_of_rows_fits(tmp_path):
    expected = patterns(tmp_path, TWO)
    text = "0,1,2,3\n" + TWO
    with pytest.raises(hamsim.HamsimError) as caught:
        patterns(tmp_path, text)
    assert "line 1 (0, 1, 2, 3) can be labels or numbers; say header: true or header: false" in str(
        caught.value
    )
    np.testing.assert_array_equal(patterns(tmp_path, text, header=True), expected)
    with pytest.raises(hamsim.HamsimError, match="the patterns hold -1, 0, 1"):
        patterns(tmp_path, text, header=False)
    with pytest.raises(hamsim.HamsimError, match="say header: true or header: false"):
        value(tmp_path, "0,1,2\n5,6,7\n", 3, "initial")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",0,1,2,3\n0,1,1,-1,-1\n1,1,-1,1,-1\n", 4),
        ("0,1,1,-1,-1\n1,1,-1,1,-1\n", 4),
        ("p,A,B,C,D\nx,1,1,-1,-1\ny,1,-1,1,-1\n", "ABCD"),
        ("D,A,C,B\n-1,1,-1,1\n-1,1,1,-1\n", "ABCD"),
        ("x,1,1,-1,-1\ny,1,-1,1,-1\n", "ABCD"),
    ],
)
def test_patterns_with_labels(text, names, tmp_path):
    expected = patterns(tmp_path, TWO)
    np.testing.assert_array_equal(patterns(tmp_path, text, names), expected)


def test_memories_are_put_in_the_order_of_both_ends(tmp_path):
    file = {"file": written(tmp_path, ",f2,f1,f3\nm2,1,2,3\nm1,4,5,6\n")}
    groups = {"v": group(["f1", "f2", "f3"]), "h": group(["m1", "m2"])}
    for ends in (["v", "h"], ["h", "v"]):
        W = compiled(groups, {"between": ends, "weights": {"memories": file}}).W.toarray()
        np.testing.assert_array_equal(W[3:, :3], [[5, 4, 6], [2, 1, 3]])


def test_a_kernel_below_a_header(tmp_path):
    text = "0,1,2\n0,1,0\n1,0,1\n0,1,0\n"
    shapes = {"i": [4, 4, 1], "f": [2, 2, 1]}
    groups = {name: {"shape": shape, "lagrangian": "tanh"} for name, shape in shapes.items()}

    def made(**settings):
        kernel = {"kernel": {"file": written(tmp_path, text)}, **settings}
        return compiled(groups, {"between": ["i", "f"], "weights": {"conv2d": kernel}}).W

    assert made(window=3).nnz == 2 * 4 * 4
    with pytest.raises(hamsim.HamsimError, match="can be labels or numbers"):
        made()


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("id,tau\n2,10\n0,20\n1,30\n", {"key": "tau"}),
        (",tau\n2,10\n0,20\n1,30\n", {"key": "tau"}),
        ("id,tau\n3,10\n1,20\n2,30\n", {"index": "id"}),
        (",tau\n2,10\n0,20\n1,30\n", {"index": True}),
    ],
)
def test_neurons_without_names_that_are_numbered_in_another_order(text, more, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    file = {"file": str(tmp_path / "t.csv"), **more}

    def compiled_tau():
        return hamsim.compile(
            {
                "format": "hamsim/1",
                "groups": {"c": {"size": 3, "lagrangian": "tanh", "tau": file}},
            }
        ).tau.tolist()

    with pytest.raises(hamsim.SpecError, match="in another order than the neurons"):
        compiled_tau()
    lines = text.splitlines()
    (tmp_path / "t.csv").write_text("\n".join([lines[0], *sorted(lines[1:])]) + "\n")
    assert compiled_tau() == [20, 30, 10]


def test_a_column_of_times_is_told_where_it_belongs(tmp_path):
    file = written(tmp_path, "time,A,B\n0,1,2\n5,2,3\n")
    stimulus = {"neurons": ["A", "B"], "value": {"file": file}}
    with pytest.raises(hamsim.SpecError, match=r"no neuron 'time' in .*\{table: FILE\}"):
        compiled({"r": group(ABC)}, stimuli=[stimulus])
