"""The schema for editors accepts what hamsim accepts, refuses unknown keys, describes every key."""

import copy
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import hamsim
from hamsim.lagrangians.table import TABLE
from hamsim.spec.dump import to_plain
from hamsim.spec.jsonrules import UNSAID
from hamsim.spec.jsonschema import DIALECT, schema
from hamsim.spec.schema import Spec
from hamsim.spec.text import parse_text
from hamsim.spec.weights import RULES

TESTS = Path(__file__).resolve().parent.parent
NETWORKS = sorted((TESTS.parent / "networks").glob("*.yaml"))
VALID = sorted((TESTS / "specs" / "valid").glob("*.yaml"))
INVALID = sorted((TESTS / "specs" / "invalid").glob("*.yaml"))
# What a schema cannot know: names in a formula, and columns that connections are signed by.
NOT_SEEN = {"formula_with_unused_parameter", "unknown_key_neuron"}
# Mistakes of keys that exclude or need each other, of lists that hold nothing, of numbers out of
# bounds; and those files of which only what is drawn, calculated or read from a file shows it.
KINDS = re.compile(
    rb"not both|exactly one of|one of the two|says nothing|must say|the list is empty|"
    rb"must be (at least|above) |(dense|learn|training)\.\S+: required|columns.id: is missing"
)
DATA = {
    "bernoulli_of_a_negative_tau",
    "hill_exponent_drawn_below_one",
    "neurons_file_with_negative_tau",
    "salesman_with_a_diagonal",
    "tau_drawn_below_zero",
    "tau_negative_by_expression",
    "tau_negative_in_file",
}

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def read(path):
    return parse_text(path.read_text(encoding="utf-8"))[0]


def faults(raw):
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(raw)]


def parts(form, path="$"):
    """All schemas in a schema, each with its path."""
    if isinstance(form, dict):
        yield path, form
        for key, value in form.items():
            if key not in ("default", "examples", "enum", "const"):
                yield from parts(value, f"{path}.{key}")
    elif isinstance(form, list):
        for k, value in enumerate(form):
            yield from parts(value, f"{path}[{k}]")


def test_it_is_a_schema():
    assert SCHEMA["$schema"] == DIALECT
    Draft202012Validator.check_schema(SCHEMA)
    used = Counter(form["$ref"] for _, form in parts(SCHEMA) if "$ref" in form)
    assert set(used) == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def test_who_asks_gets_a_copy():
    schema()["$defs"].clear()
    assert schema() == SCHEMA


@pytest.mark.parametrize("path", [*NETWORKS, *VALID], ids=lambda path: path.stem)
def test_valid_files_are_valid(path):
    assert faults(read(path)) == []


def test_resolved_files_are_valid():
    for path in NETWORKS:
        if path.stem not in ("digits_memories", "potjans_diesmann"):
            assert faults(to_plain(hamsim.load(path))) == [], path.stem


def test_unknown_keys_are_refused():
    missed = set()
    for path in INVALID:
        announced = path.read_bytes().partition(b"\n")[0]
        if b"unknown key" in announced and faults(read(path)) == []:
            missed.add(path.stem)
    assert missed == NOT_SEEN


def test_what_one_block_shows_is_refused():
    missed = set()
    for path in INVALID:
        announced = path.read_bytes().partition(b"\n")[0]
        if KINDS.search(announced) and faults(read(path)) == []:
            missed.add(path.stem)
    assert missed == DATA


@pytest.mark.parametrize(
    "connection",
    [
        {"between": ["a", "b"], "within": None},
        {"between": ["a", "b"], "density": 0.5, "degree": None},
        {"from": "a", "to": "b", "delay": [0, 1, 2]},
        {"from": "a", "to": "b", "delay": "2 * 3"},
    ],
)
def test_a_blank_key_is_not_said(connection):
    raw = {
        "format": "hamsim/1",
        "groups": {name: {"size": 3, "shape": None, "lagrangian": "tanh"} for name in "ab"},
        "connections": [{"weights": 1, **connection}],
    }
    assert faults(raw) == []
    connection = {**connection, "within": "a", "delay": -1}
    assert faults({**raw, "connections": [{"weights": 1, **connection}]}) != []


def test_three_of_ten_mistakes_are_seen():
    seen = []
    for path in INVALID:
        try:
            raw, _, problems = parse_text(path.read_bytes().decode("utf-8"))
        except (hamsim.SpecError, UnicodeDecodeError):
            continue
        if not problems:
            seen.append(faults(raw) != [])
    assert sum(seen) > 3 / 10 * len(seen)


def places(raw, path=()):
    """Where mappings stand in a file."""
    if isinstance(raw, dict):
        yield path
        for key, value in raw.items():
            yield from places(value, (*path, key))
    elif isinstance(raw, list):
        for k, value in enumerate(raw):
            yield from places(value, (*path, k))


def said_of(raw, folder):
    try:
        hamsim.load(raw)
    except hamsim.SpecError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.fixture(scope="module")
def whole():
    """Files of the zoo that have many kinds of blocks."""
    names = ("c_elegans", "letters", "symmetry_breaking", "lines", "tour", "attention", "xor")
    return {path.stem: read(path) for path in NETWORKS if path.stem in names}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_key_that_hamsim_does_not_know_is_not_in_the_schema(whole, data):
    name = data.draw(st.sampled_from(sorted(whole)))
    raw = copy.deepcopy(whole[name])
    place = data.draw(st.sampled_from(list(places(raw))))
    inside = raw
    for key in place:
        inside = inside[key]
    key = data.draw(st.sampled_from(["taau", "sise", "strength", "x"]))
    inside[key] = {"nested": 1}
    folder = TESTS.parent / "networks"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        messages = said_of(raw, folder)
    if any(message.startswith("unknown key") for message in messages):
        assert faults(raw)


def test_every_key_is_described():
    undescribed = [
        f"{path}.{key}"
        for path, form in parts(SCHEMA)
        if not re.search(r"\.(if|then|else)\b", path)
        for key, own in form.get("properties", {}).items()
        if own is not True and own not in (UNSAID, {"not": UNSAID}) and not own.get("description")
    ]
    assert undescribed == []
    blank = [
        name
        for name, form in SCHEMA["$defs"].items()
        if not form.get("description", form.get("$comment"))
    ]
    assert blank == []


def test_types_that_keys_share_leave_the_description_to_the_key():
    for name in ("Number", "Numbers", "Value", "CueOverTime", "Groups", "Weights"):
        assert "description" not in SCHEMA["$defs"][name]
    tau = SCHEMA["$defs"]["Group"]["properties"]["tau"]
    assert tau["$ref"] == "#/$defs/Value"
    assert tau["description"].startswith("Time constants")


def test_descriptions_are_sentences():
    for path, form in parts(SCHEMA):
        said = form.get("description")
        if isinstance(said, str):
            assert not said[0].islower(), path
            assert said.endswith((".", ")")), path
            assert "  " not in said, path


def test_keys_are_those_of_the_models():
    assert set(SCHEMA["properties"]) == {*Spec.model_fields, "made"}
    assert set(SCHEMA["required"]) == {"format", "groups"}
    weights = {form["$ref"].rpartition("/")[2] for form in SCHEMA["$defs"]["Weights"]["anyOf"]}
    named = [key for name in weights for key in SCHEMA["$defs"][name].get("properties", ())]
    assert set(RULES) <= set(named)
    one, whole, _ = SCHEMA["$defs"]["Lagrangian"]["anyOf"]
    assert one["enum"] == list(TABLE)
    assert {case["if"]["properties"]["kind"]["const"] for case in whole["allOf"]} == set(TABLE)


def test_defaults_are_valid_and_those_of_the_models():
    for path, form in parts(SCHEMA):
        if "default" in form:
            inside = {"$defs": SCHEMA["$defs"], **form}
            assert list(Draft202012Validator(inside).iter_errors(form["default"])) == [], path
    assert SCHEMA["$defs"]["Simulation"]["properties"]["rtol"]["default"] == 1e-4
    assert "default" not in SCHEMA["$defs"]["Group"]["properties"]["size"]


def test_examples_are_valid():
    found = 0
    for path, form in parts(SCHEMA):
        for example in form.get("examples", ()):
            found += 1
            inside = {"$defs": SCHEMA["$defs"], **form}
            assert list(Draft202012Validator(inside).iter_errors(example)) == [], (path, example)
    assert found > 30


@pytest.mark.parametrize("name", sorted(RULES))
def test_examples_of_rules_are_valid(name):
    example = RULES[name].example
    raw = {
        "format": "hamsim/1",
        "groups": {
            group: {"shape": list(shape), "lagrangian": "tanh"}
            for group, shape in example.shapes.items()
        },
        "connections": [example.connection],
    }
    assert faults(raw) == []


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"groups": {"a": {"size": 2}}}, True),  # no Lagrangian
        ({"groups": {"a": {"size": 0, "lagrangian": "relu"}}}, True),
        ({"groups": {"a": {"size": "2*n", "lagrangian": "relu"}}}, False),
        ({"groups": {"all": {"size": 2, "lagrangian": "relu"}}}, True),
        ({"groups": {"größe": {"size": 2, "lagrangian": "relu"}}}, False),
        ({"groups": {"a": {"size": 2, "lagrangian": "relv"}}}, True),
        ({"groups": {"a": {"size": 2, "lagrangian": {"kind": "tanh", "beta": 2}}}}, False),
        ({"groups": {"a": {"size": 2, "lagrangian": {"kind": "tanh", "betta": 2}}}}, True),
        ({"groups": {"a": {"size": 2, "lagrangian": {"kind": "tanh", "over": "last"}}}}, True),
        ({"groups": {"a": {"size": 2, "lagrangian": {"expression": "a*x**2", "a": 1}}}}, False),
        ({"groups": {"a": {"neurons": {"file": "a.csv", "blank": "default"}}}}, True),
        ({"simulation": {"method": "rk5"}}, True),
        ({"simulation": {"method": {"asynchronous": None}}}, False),
        ({"simulation": {"method": {"asynchronous": {}, "synchronous": {}}}}, True),
        ({"simulation": {"dt": 0}}, True),
        ({"simulation": {"dt": "auto", "record": {"what": "x"}}}, False),
        ({"stimuli": None, "name": None}, False),
        ({"format": "hamsim/2"}, True),
        ({"made": {"hamsim": "1"}}, False),
    ],
)
def test_what_it_refuses(change, refused):
    raw = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "relu"}}, **change}
    assert (faults(raw) != []) == refused


def test_memories_of_a_dense_memory_need_no_lagrangian():
    raw = read(TESTS.parent / "networks" / "xor.yaml")
    assert any("dense" in connection["weights"] for connection in raw["connections"])
    memories = [name for name, group in raw["groups"].items() if "lagrangian" not in group]
    assert faults(raw) == []
    for connection in raw["connections"]:
        connection["weights"].pop("dense", None)
    assert (faults(raw) != []) == bool(memories)


def test_the_command_prints_and_writes_it(tmp_path, monkeypatch, capsys):
    from hamsim.cli.main import main

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["schema", *arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    monkeypatch.chdir(tmp_path)
    assert json.loads(run()[1]) == json.loads(run("--json")[1]) == SCHEMA
    for _ in range(2):  # an earlier schema is replaced
        status, out, err = run("-o", "hamsim.schema.json")
        assert (status, err) == (0, "")
        assert out.endswith("\n# yaml-language-server: $schema=hamsim.schema.json\n")
        assert json.loads(Path("hamsim.schema.json").read_text(encoding="utf-8")) == SCHEMA
    Path("mine.json").write_text("{}")
    status, out, err = run("-o", "mine.json")
    assert (status, out) == (2, "")
    assert err == "'mine.json' is there already and is no schema; --force replaces it\n"
    assert Path("mine.json").read_text() == "{}"
    assert run("-o", "mine.json", "--force", "--json")[0] == 0
    assert json.loads(Path("mine.json").read_text(encoding="utf-8")) == SCHEMA
    assert "no such" in run("-o", "no/where.json")[2].lower()
