"""A description written as YAML loads to an equal one, whatever names and numbers it has."""

from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
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
            {"name": draw(TEXTS), "within": names, "weights": draw(FLOATS)},
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
