"""A description written as YAML loads to an equal one, whatever names and numbers it has."""

import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.spec.dump import LONG, to_text
from hamsim.spec.text import parse_text

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        [
            *("1", "1e-3", "010", "0o7", "0x1f", ".5", "1_000", "NO", "on", "null", "~"),
            *("True", "y"),
            *(".inf", ".nan", "12:30", "2024-01-01", "<<", "=", "- a", "a: b", "a #b", "#"),
            *("&a", "*a"),
            *("!!x", "%x", "@x", "`x`", "'", '"', "\\", "\n", "\n\n", " a", "a ", "a\n b\n"),
            *("\n a", "\t"),
            *("a\n", "a\n\n", "---", "...", "--- a", "? a", "a:", ":", ",", "[", "{}"),
            *("a\x85b\n", "\ufeff"),
            *("x " * 80, "x" * 200, "x " * 80 + "\n", "\u2028\n", "🧠", "é\n", "a\r\nb", "\r"),
        ]
    ),
)
NAMES = TEXTS.map(lambda text: "".join(c for c in text if c not in ".,[]" and not c.isspace()))
NAMES = NAMES.filter(lambda name: name not in ("", "all"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def descriptions(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    neurons = draw(st.lists(TEXTS, min_size=2, max_size=2, unique=True))
    groups = {
        name: {
            "neurons": neurons,
            "lagrangian": {"kind": "tanh", "beta": draw(FLOATS.map(abs).filter(bool))},
            "tau": draw(st.lists(FLOATS.map(abs), min_size=2, max_size=2)),
            "input": draw(FLOATS | st.integers(-(10**30), 10**30)),
        }
        for name in names
    }
    return {
        "format": "hamsim/1",
        "name": draw(TEXTS),
        "description": draw(TEXTS),
        "references": draw(st.lists(TEXTS, max_size=2)),
        "seed": draw(st.integers(0, 2**70)),
        "parameters": {"n": draw(FLOATS)},
        "groups": groups,
        "connections": [
            {"name": draw(TEXTS), "within": names, "weights": "n"},
            {"within": names[0], "weights": [[0, 1], [1, 0]]},
        ],
    }


@settings(max_examples=300, deadline=None)
@given(descriptions())
def test_dump_and_load_give_an_equal_description(tmp_path_factory, description):
    spec = hamsim.load(description)
    path = tmp_path_factory.getbasetemp() / "dumped.yaml"
    path.write_bytes(hamsim.dump(spec).encode())
    assert hamsim.load(path) == spec


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_every_text_reads_back_as_it_was(text):
    group = {"size": 1, "lagrangian": "identity"}
    spec = hamsim.load({"format": "hamsim/1", "name": text, "groups": {"a": group}})
    value, _, problems = parse_text(hamsim.dump(spec))
    assert problems == []
    assert value.get("name", "") == text


# --- long lists ---

SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def many(items):
    """The items again and again, more of them than PyYAML is to write."""
    return items * (LONG // len(items) + 1)


def assert_reads_back(plain):
    value, _, problems = parse_text(to_text(plain))
    assert problems == []
    assert repr(value) == repr(plain)


@settings(max_examples=150, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=6), TEXTS.filter(bool), TREES)
@example([[]], "a", None)
@example([{}], "a" * 200, [[]])
@example([{"k" * 200: 1, "": ["x" * 2000]}], "? a\n\n", {"a": [{"b": [{}]}]})
def test_long_lists_of_anything_read_back_equal(items, name, other):
    long = many(items)
    assert_reads_back({"a": long, name: [{"b": long, "c": other}, {name: [[long], other]}]})


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_texts_in_long_lists_read_back_equal(a, b, c):
    assert_reads_back({"edges": many([[a, b, 0.5], [c]]), "neurons": many([a, {"id": b, c: a}])})


@settings(max_examples=30, deadline=None)
@given(
    st.lists(FLOATS | st.integers() | st.booleans() | st.none(), min_size=1, max_size=30),
    st.lists(st.from_regex(r"[A-Za-zµé_][A-Za-z0-9_é.-]{0,12}", fullmatch=True), min_size=1),
    st.integers(1, 40),
)
@example([0.1], ["NO", "on", "True", "null", "y", "_", "e1"], 3)
def test_long_lists_look_as_short_ones(numbers, names, width):
    items = many([*numbers, *names])
    rows = [items[k : k + width] for k in range(0, len(items), width)]
    plain = {"a": [{"w": rows}, {"v": [rows]}], "b" * 90: rows, "groups": {"c": {"tau": items}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hamsim.spec.dump.LONG", math.inf)
        expected = to_text(plain)
    assert to_text(plain) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.from_regex(r"(long-list|x|-| ){0,8}", fullmatch=True), max_size=12))
@example(["long-list-", "long-listx-", "long-listxxx-long-list-"])
def test_no_text_is_taken_for_the_place_of_a_long_list(texts):
    long = list(range(LONG + 1))
    assert_reads_back({"long-list-": [long, {"a": texts}], "b": {text: [text] for text in texts}})


def test_lines_of_long_lists_stay_short_and_tables_begin_a_line_with_each_row():
    neurons = [{"id": f"n{k}", "tau": k / 7} for k in range(LONG + 1)]
    edges = [[f"n{k}", f"n{k * 3 % 50}", k / 7] for k in range(3000)]
    lines = to_text({"neurons": neurons, "edges": edges}).splitlines()
    assert max(map(len, lines)) < 125
    assert lines[:2] == ["neurons: [{id: n0, tau: 0.0},", "  {id: n1, tau: 0.14285714285714285},"]
    assert len(lines) < LONG + 1 + 3000


def test_other_readers_of_yaml_read_long_lists_too():
    plain = {"a": many(["NO", "1", "1e3", "null", "", "é", 1e-7, 1e22, -0.0, True, None, [], {}])}
    assert repr(yaml.safe_load(to_text(plain))) == repr(plain)


def test_what_has_no_form_in_yaml_is_refused():
    with pytest.raises(TypeError, match="complex has no form in YAML: 1j"):
        to_text({"a": many([1j])})


@pytest.mark.parametrize("odd", [None, {}, "pair.yaml", 3])
def test_what_is_no_spec_is_refused(odd):
    with pytest.raises(hamsim.HamsimError, match=r"expected a Spec, as hamsim.load gives it, not "):
        hamsim.dump(odd)
