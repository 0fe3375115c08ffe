"""The files in specs/: each invalid one gives exactly the messages in its first lines."""

from pathlib import Path

import numpy as np
import pytest

import hamsim
from hamsim.spec import load
from hamsim.spec.reading import read_text
from hamsim.spec.text import parse_text
from hamsim.spec.weights import RULES

SPECS = Path(__file__).resolve().parent.parent / "specs"
INVALID = sorted(path.name for path in (SPECS / "invalid").glob("*.yaml"))
VALID = sorted(path.name for path in (SPECS / "valid").glob("*.yaml"))
EXPECT = "# expect: "


def expected_messages(path):
    """What the comments at the head of a file announce; the file need not be text."""
    messages = []
    for line in path.read_bytes().decode("utf-8", errors="replace").split("\n"):
        if not line.startswith(EXPECT):
            break
        messages.append(line.removeprefix(EXPECT).replace("{rules}", ", ".join(RULES)))
    return messages


def problems_of(file):
    """Messages with their positions, without the name of the file."""
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(file)
    lines = [str(problem) for problem in caught.value.problems]
    assert all(line.startswith(file) for line in lines)
    assert "\n".join(lines) == str(caught.value)
    return [line.removeprefix(file).removeprefix(":").removeprefix(" ") for line in lines]


def matches(expected, found):
    """Equal; the YAML parser's own words may be cut short."""
    if "not valid YAML: " in expected and expected.endswith("..."):
        return found.startswith(expected.removesuffix("..."))
    return found == expected


@pytest.mark.parametrize("name", INVALID)
def test_invalid_file_is_refused_with_these_messages(name, monkeypatch):
    monkeypatch.chdir(SPECS)
    expected = expected_messages(SPECS / "invalid" / name)
    found = problems_of(f"invalid/{name}")
    assert len(found) == len(expected) > 0, found
    assert all(map(matches, expected, found)), (found, expected)
    assert all(line.isprintable() and len(line) < 400 for line in found)


@pytest.mark.parametrize("name", VALID)
def test_valid_file_survives_dump_and_load_bit_for_bit(name, monkeypatch, tmp_path):
    monkeypatch.chdir(SPECS)
    spec = hamsim.load(f"valid/{name}")
    copy = tmp_path / "elsewhere" / "copy.yaml"
    copy.parent.mkdir()
    copy.write_text(hamsim.dump(spec), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    again = hamsim.load(copy)
    assert again == spec
    assert hamsim.dump(again) == hamsim.dump(spec)
    assert_equal_networks(hamsim.compile(again), hamsim.compile(spec))


def assert_equal_networks(one, two):
    for name in ("tau", "input", "initial"):
        assert_same_bits(getattr(one, name), getattr(two, name))
    for name in ("data", "indices", "indptr"):
        assert_same_bits(getattr(one.W, name), getattr(two.W, name))
    assert one.W.shape == two.W.shape
    assert one.settings == two.settings
    for mine, other in zip(one.over_time, two.over_time, strict=True):
        for name in ("mode", "start", "stop", "after", "what", "trials"):
            assert getattr(mine, name) == getattr(other, name)
        assert mine.signal.plain() == other.signal.plain()
        assert_same_bits(mine.neurons, other.neurons)
    for mine, other in zip(one.stimuli, two.stimuli, strict=True):
        assert (mine.mode, mine.start, mine.stop) == (other.mode, other.start, other.stop)
        assert_same_bits(mine.neurons, other.neurons)
        assert_same_bits(mine.value, other.value)
    for mine, other in zip(one.groups, two.groups, strict=True):
        assert (mine.name, mine.shape, mine.over) == (other.name, other.shape, other.over)
        assert mine.lagrangian == other.lagrangian
        assert mine.neuron_names == other.neuron_names
        assert mine.parameters.keys() == other.parameters.keys()
        for key, value in mine.parameters.items():
            assert_same_bits(np.asarray(value), np.asarray(other.parameters[key]))


def assert_same_bits(one, two):
    assert one.dtype == two.dtype
    assert one.shape == two.shape
    assert one.tobytes() == two.tobytes()


def test_the_corpus_is_all_there():
    assert len(INVALID) >= 60
    assert len(VALID) >= 25


def test_no_file_of_data_lies_unused():
    texts = [path.read_bytes() for path in SPECS.glob("*valid/*.yaml")]
    for path in (SPECS / "data").iterdir():
        assert any(path.name.encode() in text for text in texts), path.name


# --- what the values of valid files are ---


def load_valid(name):
    return hamsim.load(SPECS / "valid" / f"{name}.yaml")


def test_numbers_are_read_by_yaml_1_2():
    groups = load_valid("numbers").groups
    assert groups["decimal"].size == 10
    assert (groups["decimal"].tau, groups["decimal"].initial) == (0.5, 2.0)
    assert (groups["exponent"].size, groups["exponent"].tau) == (10, 1e-3)
    assert (groups["exponent"].input, groups["exponent"].initial) == (150.0, -0.5)
    other = groups["other_bases"]
    assert (other.size, other.tau, other.input, other.initial) == (10, 16.0, 3.0, 1000.0)
    assert (groups["quoted"].size, groups["quoted"].tau) == (10, 1e-3)
    assert (groups["extreme"].tau, groups["extreme"].initial) == (5e-324, 1.7976931348623157e308)


def test_no_on_and_quoted_numbers_are_names():
    spec = load_valid("words_that_are_names")
    assert list(spec.groups) == ["NO", "on", "1", "null"]
    assert (spec.name, spec.description) == ("NO", "off")
    assert spec.references == ("y", "1", "null", "true", "~")
    assert [neuron.id for neuron in spec.groups["NO"].neurons][:4] == ["on", "Off", "yes", "1"]
    assert spec.connections[0].between == (("NO",), ("on",))


def test_parameters_may_use_one_another_in_any_order():
    spec = load_valid("expressions")
    assert spec.parameters == {"area": 12, "width": 4, "height": 3, "beta": 2.5, "small": 0.01}
    assert spec.groups["image"].shape == (3, 4)
    assert spec.groups["image"].tau == 0.4
    assert spec.groups["image"].initial == -3 // 2


def test_lists_of_groups_come_in_the_order_of_the_file():
    network = hamsim.compile(SPECS / "valid" / "lists_of_groups.yaml")
    dense = network.W.toarray()
    a, b, c = slice(0, 2), 2, slice(3, 6)
    assert dense[c, b].tolist() == [3, 4, 5]
    # within [a, b] adds to between
    assert dense[a, b].tolist() == [1 + 2, 2 + 3]
    assert dense[b, a].tolist() == [1 + 2 + 1, 2 + 3 + 2]


def test_neurons_have_their_own_values():
    network = hamsim.compile(SPECS / "valid" / "neurons.yaml")
    assert network.tau[:4].tolist() == [2, 2, 0.3, 0]
    assert network.input[:4].tolist() == [1, 2, 3, 0.5]
    assert network.initial[:4].tolist() == [0, 0, 0, -1]


def test_trials_are_rows_and_numbers_hold_in_each():
    network = hamsim.compile(SPECS / "valid" / "trials.yaml")
    assert network.initial.shape == (2, 11)
    assert network.initial[:, :7].tolist() == [
        [1, 0, 0, 1, 2, 0.5, -0.5],
        [0, 1, 0, 3, 4, 0.5, -0.5],
    ]


# --- what is no file of the corpus ---


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert problems_of("missing.yaml") == ["no such file"]


def test_a_folder_is_not_a_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (message,) = problems_of("folder")
    assert message.startswith("cannot be read: ")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"---\n", b"\xef\xbb\xbf", b"~\n", b"# x"])
def test_a_file_without_content_is_empty(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.yaml").write_bytes(content)
    (message,) = problems_of("empty.yaml")
    assert message.endswith("the file is empty; a network begins with format: hamsim/1")


def test_a_dict_is_refused_as_a_file_is_but_without_positions():
    group = {"size": 2, "lagrangian": "tanh", "taau": 1}
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(
            {"format": "hamsim/1", "groups": {"a": group, "b": {**group, "size": 10**5000}}}
        )
    lines = [str(problem) for problem in caught.value.problems]
    assert lines[0] == "groups.a.taau: unknown key; did you mean 'tau'?"
    assert len(lines) == 3


# --- what must not take long: a quadratic search shows in the time of the whole test run ---


def test_a_long_chain_of_parameters_is_resolved():
    parameters = {f"a{k}": f"a{k + 1} + 1" for k in range(1000)} | {"a1000": 0}
    group = {"size": "a0", "lagrangian": "identity"}
    spec = hamsim.load({"format": "hamsim/1", "parameters": parameters, "groups": {"a": group}})
    assert spec.groups["a"].size == 1000


def test_many_unknown_names_are_all_reported():
    groups = {f"population_{k}": {"size": 1, "lagrangian": "identity"} for k in range(300)}
    connections = [{"within": f"populaton_{k}", "weights": 1} for k in range(300)]
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load({"format": "hamsim/1", "groups": groups, "connections": connections})
    assert len(caught.value.problems) == 300
    assert "no group 'populaton_299'" in str(caught.value.problems[-1])


@pytest.mark.parametrize("name", VALID)
def test_nobody_writes_to_what_a_text_was_read_to(name, monkeypatch):
    """It is kept for when the same text is read again."""
    monkeypatch.chdir(SPECS)
    file = f"valid/{name}"
    hamsim.compile(file)
    hamsim.load(file, overrides={"name": "other", "seed": 3})
    text = read_text(Path(file))
    before = load._read_again.cache_info().hits
    kept, marks, problems = load._read_again(text, file)
    assert load._read_again.cache_info().hits == before + 1
    assert (kept, marks, problems) == parse_text(text, file)


def test_a_file_that_changes_is_read_anew(tmp_path):
    path = tmp_path / "network.yaml"
    for size in (3, 4, 3):
        path.write_text(
            f"format: hamsim/1\ngroups: {{a: {{size: {size}, lagrangian: tanh}}}}\n",
            encoding="utf-8",
        )
        assert hamsim.compile(path).W.shape == (size, size)
