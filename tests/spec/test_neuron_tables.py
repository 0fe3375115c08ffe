"""Tables of neurons: blank cells, rows of nobody, tables of several groups."""

import pytest

import hamsim


def compiled(folder, text, groups=("exc", "inh"), **settings):
    (folder / "n.csv").write_bytes(text.encode())
    stated = {"file": str(folder / "n.csv"), **settings}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {g: {"neurons": stated, "lagrangian": "tanh", "tau": 7} for g in groups},
        }
    )


def refusal(*args, **settings):
    with pytest.raises(hamsim.HamsimError) as caught:
        compiled(*args, **settings)
    return str(caught.value)


@pytest.mark.parametrize("blank", ["", " ", "NA", "NaN", "null", "-"])
@pytest.mark.parametrize("column", ["tau", "input", "initial"])
def test_a_blank_cell_is_refused_unless_the_file_says_what_it_means(blank, column, tmp_path):
    text = f"id,group,{column}\nA,exc,16\nB,inh,{blank}\n"
    message = refusal(tmp_path, text)
    assert f"'n.csv' line 3: {column} is" in message
    assert "blank: default" in message
    default = {"tau": 7.0, "input": 0.0, "initial": 0.0}[column]
    for meaning, expected in (
        ("default", default),
        ({column: "default"}, default),
        ({column: 3}, 3.0),
        ({column: "1 + 1"}, 2.0),
    ):
        network = compiled(tmp_path, text, blank=meaning)
        assert getattr(network, column).tolist() == [16.0, expected]


def test_a_blank_of_another_column_is_refused_all_the_same(tmp_path):
    text = "id,tau,input\nA,1,2\nB,,\n"
    message = refusal(tmp_path, text, ("exc",), blank={"tau": "default"})
    assert "line 3: input is blank" in message
    for wrong, why in (
        ({"tua": 1}, "blank.tua: unknown column; did you mean 'tau'?"),
        ({"tau": -1}, "blank.tau: must be at least 0, not -1"),
        ("zero", "blank: must be default, or {tau: default, input: 0}, not 'zero'"),
    ):
        assert why in refusal(tmp_path, text, ("exc",), blank=wrong)


def test_a_blank_in_a_list_of_neurons_is_refused():
    group = {"neurons": [{"id": "A", "tau": None}], "lagrangian": "tanh"}
    with pytest.raises(hamsim.SpecError, match=r"neurons\[0\]\.tau: is blank"):
        hamsim.load({"format": "hamsim/1", "groups": {"a": group}})


def test_rows_that_no_group_takes_are_refused_unless_the_file_says_so(tmp_path):
    text = "id,group,tau\nA,exc,16\nB,inh,2\nC,glia,3\nD,,4\nE,glia,5\n"
    message = refusal(tmp_path, text)
    assert "'n.csv' line 4: no group of the network takes 3 rows, of glia (2), blank (1)" in message
    for ignored in (["glia", ""], "others"):
        assert compiled(tmp_path, text, ignore=ignored).n_neurons == 2
    assert "takes 1 row, of blank (1)" in refusal(tmp_path, text, ignore=["glia"])
    assert "no group 'gila' to ignore; did you mean 'glia'?" in refusal(
        tmp_path, text, ignore=["gila", ""]
    )
    assert "takes 1 row, of inh (1)" in refusal(tmp_path, text, ("exc",), ignore=["glia", ""])


def test_rows_of_a_group_that_has_its_neurons_from_elsewhere_are_not_taken(tmp_path):
    (tmp_path / "n.csv").write_text("id,group\nA,exc\nB,inh\n")
    groups = {
        "exc": {"neurons": {"file": str(tmp_path / "n.csv")}, "lagrangian": "tanh"},
        "inh": {"size": 10, "lagrangian": "tanh"},
    }
    with pytest.raises(hamsim.SpecError, match=r"takes 1 row, of inh \(1\)"):
        hamsim.load({"format": "hamsim/1", "groups": groups})


def test_a_table_without_groups_is_of_one_group_unless_the_file_says_so(tmp_path):
    text = "id,tau\nA,1\nB,2\n"
    assert compiled(tmp_path, text, ("exc",)).n_neurons == 2
    assert "'n.csv' serves 2 groups, and without a column group" in refusal(tmp_path, text)
    assert compiled(tmp_path, text, rows="all").tau.tolist() == [1, 2, 1, 2]
    assert "rows: own needs one" in refusal(tmp_path, text, rows="own")
    text = "id,group\nA,exc\nB,inh\n"
    columns = {"id": "id"}
    assert "'n.csv' serves 2 groups" in refusal(tmp_path, text, columns=columns)
    assert compiled(tmp_path, text, rows="all").n_neurons == 4


@pytest.mark.parametrize(
    "text",
    [
        "id,tau\nA,1\nB,2\n",
        "\ufeffid;tau\r\nA;1\r\n\r\nB;2\r\n",
        " id\t tau \n A \t1\nB\t 2\n",
        ",id,tau\n0,A,1\n1,B,2\n",
        ",id,tau\n4,A,1\n2,B,2\n",
        ",tau\nA,1\nB,2\n",
        '"tau"\n"A",1\n"B",2\n',
        "Unnamed: 0,id,tau\n0,A,1\n1,B,2\n",
    ],
)
def test_tables_as_programs_write_them(text, tmp_path):
    network = compiled(tmp_path, text, ("exc",))
    assert [network.label(k) for k in range(2)] == ["exc.A", "exc.B"]
    assert network.tau.tolist() == [1, 2]


def test_columns_may_be_named_by_numbers(tmp_path):
    text = "0,1\nA,1\nB,2\n"
    network = compiled(tmp_path, text, ("exc",), columns={"id": "0", "tau": "1"})
    assert network.tau.tolist() == [1, 2]
    text = "id,tau,2019\nA,1,5\nB,2,6\n"
    columns = {"id": "id", "tau": "2019"}
    assert compiled(tmp_path, text, ("exc",), columns=columns).tau.tolist() == [5, 6]


def test_decimals_have_a_point(tmp_path):
    message = refusal(tmp_path, "id;tau\nA;1,5\nB;2,5\n", ("exc",))
    assert "line 2: '1,5' is not a finite number; decimals have a point: 1.5" in message


def test_a_decimal_comma_is_not_taken_for_a_column_of_numbers(tmp_path):
    message = refusal(tmp_path, "id,tau\n1,16,5\n2,17,5\n", ("exc",))
    assert "line 2 has 3 columns, not 2" in message


def test_ignore_is_for_tables_with_groups(tmp_path):
    assert "ignore: has no meaning" in refusal(tmp_path, "id,tau\nA,1\n", ("exc",), ignore="others")


def test_what_is_resolved_loads_to_the_same_network(tmp_path):
    text = "id,group,tau\n1,exc,16\n3,inh,\n"
    network = compiled(tmp_path, text, blank={"tau": 4})
    (tmp_path / "resolved.yaml").write_text(network.source)
    again = hamsim.compile(tmp_path / "resolved.yaml")
    assert again.source == network.source
    assert again.tau.tolist() == network.tau.tolist() == [16, 4]
