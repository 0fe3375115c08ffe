"""The reader of YAML: core schema of 1.2, positions, limits, and nothing but SpecError."""

import json
import math
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.spec.text import dotted, parse_text, scalar, split_path

SPECS = Path(__file__).resolve().parent.parent / "specs"


def read(text):
    """Value of a text without any problem."""
    value, _, problems = parse_text(text)
    assert problems == []
    return value


# --- scalars ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1E3", 1000.0),
        ("1e+3", 1000.0),
        ("-.5", -0.5),
        ("+1.", 1.0),
        ("010", 10),
        ("-010", -10),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("true", True),
        ("FALSE", False),
        ("Null", None),
        ("~", None),
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("yes", "yes"),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("nULL", "nULL"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("-0x1F", "-0x1F"),
        ("0o8", "0o8"),
        ("1e", "1e"),
        ("e1", "e1"),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        ("..1", "..1"),
        ("1.2.3", "1.2.3"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("+.nan", "+.nan"),
        ("٣", "٣"),
        ("1\u00a0", "1\u00a0"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_text_by_the_core_schema(text, value):
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


@given(st.from_regex(r"[-+]?[0-9]{1,300}", fullmatch=True))
def test_digits_are_a_whole_number_in_base_ten(text):
    assert scalar(text) == int(text)
    assert type(scalar(text)) is int


@given(st.from_regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", fullmatch=True))
def test_digits_with_a_point_or_an_exponent_are_a_float(text):
    if not re.fullmatch(r"[-+]?[0-9]+", text):
        assert scalar(text) == float(text)
        assert type(scalar(text)) is float


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_for_a_float_reads_back(number):
    assert math.copysign(1, scalar(repr(number))) == math.copysign(1, number)
    assert scalar(repr(number)) == number


@given(st.text("0123456789+-.eExoOabcfinAFNu_:~", min_size=1, max_size=8))
def test_what_looks_like_no_number_stays_text(text):
    number = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    special = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|~|[nN]ull|NULL"
    if not re.fullmatch(f"{number}|{special}", text):
        assert scalar(text) == text


@given(st.integers(401, 6000))
def test_a_whole_number_of_very_many_digits_costs_nothing(digits):
    assert scalar("9" * digits) == math.inf


@given(st.sampled_from([".nan", ".NaN", ".inf", "-.INF", "+.Inf", "1e999", "-1e400"]))
def test_a_number_that_is_not_finite_is_a_problem_at_its_place(text):
    _, _, problems = parse_text(f"a: [1, {text}]", "f.yaml")
    assert [str(p) for p in problems] == [f"f.yaml:1:8: a[1]: {text} is not a finite number"]


@pytest.mark.parametrize("text", ["'1'", '"1e-3"', "'true'", '"~"', "''", "|\n 7", ">-\n 7"])
def test_what_is_quoted_is_text(text):
    assert isinstance(read(f"a: {text}\n")["a"], str)


# --- JSON is YAML ---

# Raw control characters, and the line breaks that only YAML 1.1 knows, do not stand in YAML.
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(["1", "1e-3", "null", "~", "NO", "- a", "a: b", "# c", "&a", "*a", "!!x"])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=25,
)


def as_json(value):
    text = json.dumps(value, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class Writer:
    """Writes JSON with odd spacing and notes where everything begins."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.text = ""
        self.values = {}
        self.keys = {}

    def place(self):
        return self.text.count("\n") + 1, len(self.text) - self.text.rfind("\n")

    def space(self, *choices):
        self.text += self.random.choice(choices)

    def anywhere(self):
        self.space("", "", " ", "  ", "\n", "\n  ", " # é, ] }\n ", "\r\n")

    def write(self, value, path=()):
        self.anywhere()
        self.values[path] = self.place()
        if isinstance(value, dict):
            self.text += "{"
            for k, (key, item) in enumerate(value.items()):
                self.comma(k)
                self.keys[(*path, key)] = self.place()
                self.text += as_json(key)
                self.space("", " ")
                self.text += ":"
                self.write(item, (*path, key))
            self.end("}")
        elif isinstance(value, list):
            self.text += "["
            for k, item in enumerate(value):
                self.comma(k)
                self.write(item, (*path, k))
            self.end("]")
        else:
            self.text += as_json(value)

    def comma(self, k):
        if k:
            self.anywhere()
            self.text += ","
        self.anywhere()

    def end(self, bracket):
        self.anywhere()
        self.text += bracket


def positions(marks, path=()):
    """Position of every value and of every key."""
    values, keys = {path: (marks.line, marks.column)}, {}
    for part, inner in marks.inside.items():
        if isinstance(part, str):
            keys[(*path, part)] = (inner.key_line, inner.key_column)
        more_values, more_keys = positions(inner, (*path, part))
        values |= more_values
        keys |= more_keys
    return values, keys


@settings(max_examples=300, deadline=None)
@given(TREES, st.integers(0, 2**32))
@example({"a": 1, "b": [True, None, {"": "\n x"}]}, 0)
def test_json_reads_back_equal_with_every_position(tree, seed):
    writer = Writer(seed)
    writer.write(tree)
    value, marks, problems = parse_text(writer.text)
    assert problems == []
    assert repr(value) == repr(tree)
    assert positions(marks) == (writer.values, writer.keys)


@settings(max_examples=200, deadline=None)
@given(TREES, st.sampled_from([None, 0, 2]), st.sampled_from([(", ", ": "), (",", ":")]))
def test_what_json_writes_reads_back_equal(tree, indent, separators):
    text = json.dumps(tree, indent=indent, separators=separators)
    if not re.search(r"\\ud[89ab]", text):
        assert repr(read(text)) == repr(tree)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(TEXTS, TREES, max_size=4), st.data())
def test_a_repeated_key_is_found_wherever_it_stands(tree, data):
    text = as_json(tree)
    key = data.draw(st.sampled_from(sorted(tree)) if tree else TEXTS)
    twice = text[:-1] + (", " if tree else "") + f"{as_json(key)}: 1" + "}"
    value, _, problems = parse_text(twice)
    if tree:
        assert [p.message for p in problems] == ["repeated key; it stands in line 1 already"]
        assert problems[0].column == len(text) + 2
        assert repr(value) == repr(tree)
    else:
        assert value == {key: 1}


# --- long lists ---


def rows_of_edges(numbers):
    return [[f"n{k}", f"n{k * 7 % 50}", number] for k, number in enumerate(numbers)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60))
def test_edges_one_a_line_or_all_in_one_read_alike_with_every_position(numbers):
    edges = rows_of_edges(numbers)
    rows = [f"[{a}, {b}, {number!r}]" for a, b, number in edges]
    block = "edges:\n" + "".join(f"  - {row}\n" for row in rows)
    flow = "edges: [" + ", ".join(rows) + "]\n"
    for text in (block, flow):
        value, marks, problems = parse_text(text)
        assert problems == []
        assert repr(value) == repr({"edges": edges})
        lines = text.split("\n")
        for k, edge in enumerate(edges):
            for j, item in enumerate(edge):
                mark = marks.at(("edges", k, j, "deeper"))
                shown = item if isinstance(item, str) else repr(item)
                assert lines[mark.line - 1][mark.column - 1 :].startswith(shown)
                assert (mark.key_line, mark.inside) == (0, {})
        assert marks.at(("edges", len(edges))) == marks.at(("edges",))


def test_a_name_that_comes_again_is_one_object():
    edges = read("edges: [[alpha, beta], [beta, alpha]]\nalpha: {beta: alpha}\n")
    (a, b), (c, d) = edges["edges"]
    assert a is d is edges["alpha"]["beta"] is next(key for key in edges if key == "alpha")
    assert b is c is next(iter(edges["alpha"]))


@settings(max_examples=50, deadline=None)
@given(st.lists(SCALARS, max_size=20), st.sampled_from([0, 3, 12, 13]))
def test_more_texts_than_are_remembered_read_the_same(items, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hamsim.spec.text.MAX_KNOWN", limit)
        assert repr(read(as_json([items, items]))) == repr([items, items])


def test_a_mistake_in_a_long_list_is_named_as_often_as_it_stands_there():
    rows = ["[a, 1.5]"] * 40
    rows[7] = rows[30] = "[a, .inf]"
    rows[20] = "[!!str a, {w: [0, .nan], v: !x [1e999]}]"
    _, _, problems = parse_text("edges:\n" + "".join(f"- {row}\n" for row in rows), "f.yaml")
    assert [str(p) for p in problems] == [
        "f.yaml:9:7: edges[7][1]: .inf is not a finite number",
        "f.yaml:22:4: edges[20][0]: the tag '!!str' is not allowed; write plain values",
        "f.yaml:22:21: edges[20][1].w[1]: .nan is not a finite number",
        "f.yaml:22:31: edges[20][1].v: the tag '!x' is not allowed; write plain values",
        "f.yaml:22:35: edges[20][1].v[0]: 1e999 is not a finite number",
        "f.yaml:32:7: edges[30][1]: .inf is not a finite number",
    ]


def test_only_the_first_of_repeated_keys_has_a_position():
    text = "a: {b: [1, 2], <<: {d: 1}, b: 3, 'c': {b: 4}}\n"
    value, marks, problems = parse_text(text)
    assert [(p.path, p.column) for p in problems] == [("a.<<", 16), ("a.b", 28)]
    assert value == {"a": {"b": [1, 2], "c": {"b": 4}}}
    assert list(marks.at(("a",)).inside) == ["b", "c"]
    inner = marks.at(("a", "b", 1))
    assert (inner.line, inner.column) == (1, 12)
    inner = marks.at(("a", "c", "b"))
    assert (inner.column, inner.key_column) == (43, 40)
    assert marks.at(("a", "<<", "d")) == marks.at(("a",))


# --- limits ---


def refusal(text):
    with pytest.raises(hamsim.SpecError) as caught:
        parse_text(text)
    return caught.value.problems[-1].message


# Each way of nesting, so and so deep.
NESTINGS = {
    "brackets": lambda n: "[" * n + "]" * n,
    "brackets a line each": lambda n: "[\n" * n + "]\n" * n,
    "open brackets": lambda n: "[" * n,
    "braces": lambda n: "{a: " * n + "}" * n,
    "open braces": lambda n: "{a: " * n,
    "block": lambda n: "".join(" " * k + "a:\n" for k in range(min(n, 1500))),
    "dashes": lambda n: "- " * n + "a",
    "quoted": lambda n: "- " * n + "'a'",
    "JSON": lambda n: '{"a": [' * n + "1" + "]}" * n,
    "pairs": lambda n: "[" + "a: [" * n + "]" * n + "]",
    "mixed": lambda n: "- " * (n // 3) + "[{a: " * (n // 3) + "}]" * (n // 3),
    "brackets in a block": lambda n: "é: 'ü'\r\nb:\r\n  - c: " + "[" * n + "]" * n,
    "anchors": lambda n: "".join(f"&a{k} [" for k in range(n)),
    "unclosed quote": lambda n: "[" * n + "'abc",
    "tab": lambda n: "[" * n + "\t@",
    "control character": lambda n: "[" * n + "\0",
}


@pytest.mark.parametrize("n", [160, 1001, 5000])
@pytest.mark.parametrize("nesting", NESTINGS)
def test_nesting_has_a_limit_that_comes_before_any_of_the_library(nesting, n):
    text = NESTINGS[nesting](n)
    with pytest.raises(hamsim.SpecError) as caught:
        parse_text(text)
    problem = caught.value.problems[-1]
    assert problem.message == "nested more than 50 deep"
    # At the first place that is too deep, however much deeper it goes on.
    with pytest.raises(hamsim.SpecError) as at_once:
        parse_text(NESTINGS[nesting](5001))
    first = at_once.value.problems[-1]
    if nesting != "mixed":
        assert (problem.line, problem.column) == (first.line, first.column)


@pytest.mark.parametrize("n", [60, 1001, 5000])
@pytest.mark.parametrize(
    "key", ["{%s: 1}", "? %s", "{? %s: 1}", "a:\n  ? %s\n  : 1"], ids=["flow", "?", "{?", "block"]
)
def test_a_key_that_is_nested_is_no_text(key, n):
    assert refusal(key % ("[" * n + "]" * n)) == "a key must be text"


def test_words_of_the_library_are_given_where_they_come_first():
    for text in ("a: [1, 2", "a: 'b", "a: \0", "a: b: c", "[" * 40 + "'a"):
        assert refusal(text).startswith("not valid YAML: ")


def test_lists_of_python_have_the_same_limit():
    deep = value = []
    for _ in range(5000):
        value.append([])
        value = value[0]
    endless = {}
    endless["a"] = endless
    for inside in (deep, endless):
        with pytest.raises(hamsim.SpecError, match=r"^groups\.a\..*: nested more than 50 deep$"):
            hamsim.load({"format": "hamsim/1", "groups": {"a": {"tau": inside, "b": inside}}})


def test_nesting_below_the_limit_is_read():
    value = read("[" * 51 + "]" * 51)
    for _ in range(50):
        (value,) = value
    assert value == []


def test_scalars_are_read_down_to_the_limit():
    value = read("[" * 50 + "a, 'b', 1" + "]" * 50)
    for _ in range(49):
        (value,) = value
    assert value == ["a", "b", 1]


def test_a_very_large_text_is_refused_before_it_is_read():
    message = "the file is larger than 64 MiB; put large arrays into npz files: {file:, key:}"
    assert refusal("[" * (64 * 2**20 + 1)) == message


@given(st.integers(2, 60), st.integers(2, 12))
@settings(deadline=None)
def test_aliases_of_aliases_are_read_or_refused_at_once(levels, width):
    lines = ["a0: &a0 [1]"]
    for k in range(1, levels):
        lines.append(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * width)}]")
    try:
        value = read("\n".join(lines))
    except hamsim.SpecError as error:
        if "aliases expand to more than 200000 values" not in str(error):
            raise
    else:
        assert len(value[f"a{levels - 1}"]) == width
        assert width ** (levels - 1) <= 200_000


def test_an_alias_means_the_same_value_at_another_place():
    value, marks, problems = parse_text("a: &x {b: [1, 2]}\nc: *x\n")
    assert problems == []
    assert value == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert (marks.at(("c",)).line, marks.at(("c",)).column) == (2, 4)
    # What is inside is written only once.
    assert (marks.at(("c", "b", 1)).line, marks.at(("c", "b", 1)).column) == (1, 15)


def test_aliases_in_lists_lead_to_what_they_name():
    value, marks, problems = parse_text("- &x [1, &y {k: 2}]\n- *x\n- [*y, 3]\n- a: *y\n")
    assert problems == []
    assert value == [[1, {"k": 2}], [1, {"k": 2}], [{"k": 2}, 3], {"a": {"k": 2}}]
    places = {
        (1,): (2, 3, 0),
        (1, 1, "k"): (1, 17, 14),
        (2,): (3, 3, 0),
        (2, 0): (3, 4, 0),
        (2, 0, "k"): (1, 17, 14),
        (2, 1): (3, 8, 0),
        (3, "a"): (4, 6, 3),
        (3, "a", "k"): (1, 17, 14),
    }
    found = {path: marks.at(path) for path in places}
    assert {p: (m.line, m.column, m.key_column) for p, m in found.items()} == places


def test_the_deepest_known_value_stands_for_what_is_missing():
    _, marks, _ = parse_text("a:\n  b: {c: 1}\n")
    assert (marks.at(("a", "b", "x", "y")).line, marks.at(("a", "b", "x", "y")).column) == (2, 6)
    assert (marks.at(("x",)).line, marks.at(("x",)).column) == (1, 1)


# --- paths ---


@given(
    st.lists(st.text("abcδ_", min_size=1, max_size=4) | st.integers(0, 999), max_size=6).filter(
        lambda path: not path or isinstance(path[0], str)
    )
)
def test_a_path_is_split_into_what_it_was_made_of(path):
    assert split_path(dotted(tuple(path))) == path


# --- whatever a file holds ---


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the corpus's data beside one for the files of a test."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(SPECS / "data", folder / "data")
    (folder / "valid").mkdir()
    return folder / "valid" / "tried.yaml"


def load_or_refuse(path, content):
    """Anything else than a Spec or a SpecError fails the test."""
    path.write_bytes(content)
    try:
        assert isinstance(hamsim.load(path), hamsim.Spec)
        problems = ()
    except hamsim.SpecError as error:
        problems = error.problems
    lines = content.count(b"\n") + content.count(b"\r") + 2
    assert all(0 <= problem.line <= lines for problem in problems)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_spec_errors(desk, content):
    load_or_refuse(desk, content)


@settings(max_examples=300, deadline=None)
@given(TREES | st.dictionaries(st.sampled_from(sorted(hamsim.Spec.model_fields)), TREES))
def test_random_trees_raise_nothing_but_spec_errors(desk, tree):
    load_or_refuse(desk, as_json(tree).encode())


CORPUS = [path.read_bytes() for path in sorted(SPECS.glob("*valid/*.yaml"))]
PIECES = [
    *(b" ", b"\n", b"  ", b"\t", b"\r", b"\0", b"\xff", b"\xc3", b"\xe2\x80\xa8"),
    *(b"\xf0\x9f\xa7\xa0",),
    *(b"- ", b": ", b"? ", b"#", b"|", b">", b"%", b"---\n", b"...\n", b"[", b"]", b"{", b"}"),
    *(b",",),
    *(b"'", b'"', b"\\", b"&a ", b"*a", b"!!x ", b"! ", b"<<: ", b"~", b"null", b"true", b"NO"),
    *(b".nan", b"-.inf", b"1e999", b"-1", b"0", b"9" * 330, b"0x" + b"f" * 300, b"1e18", b"1e300"),
    *(b"9**9**9", b"1/0", b"().a", b"(" * 30, b"x", b"all", b"[[[]]]", b"{}", b"[]", b"''"),
]


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_mutated_files_raise_nothing_but_spec_errors(desk, data):
    content = bytearray(data.draw(st.sampled_from(CORPUS)))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 12)))
        other = data.draw(st.sampled_from(CORPUS))
        at = data.draw(st.integers(0, len(other)))
        content[start:stop] = data.draw(
            st.sampled_from([b"", *PIECES, bytes(content[start:stop]) * 2, other[at : at + 30]])
            | st.binary(max_size=4)
        )
    load_or_refuse(desk, bytes(content))


# A value of each kind in each place that a user can fill in.
PLACES = [
    re.sub(r"\s+", " ", text)
    for text in (
        "{format: @, groups: {a: {size: 2, lagrangian: tanh}}}",
        "{format: hamsim/1, groups: @}",
        "{format: hamsim/1, groups: {a: @}}",
        *(
            f"{{format: hamsim/1, {key}: @, groups: {{a: {{size: 2, lagrangian: tanh}}}}}}"
            for key in (
                *("name", "description", "references", "seed", "parameters", "connections"),
                *("stimuli", "simulation"),
            )
        ),
        "{format: hamsim/1, parameters: {n: @}, groups: {a: {size: n, lagrangian: tanh}}}",
        *(
            f"{{format: hamsim/1, groups: {{a: {{size: 2, lagrangian: tanh, {key}: @}}}}}}"
            for key in ("tau", "input", "initial", "neurons", "shape")
        ),
        "{format: hamsim/1, groups: {a: {size: @, lagrangian: tanh}}}",
        "{format: hamsim/1, groups: {a: {size: 2, lagrangian: @}}}",
        "{format: hamsim/1, groups: {a: {size: 2, lagrangian: {kind: @}}}}",
        "{format: hamsim/1, groups: {a: {size: 2, lagrangian: {kind: softmax, beta: @}}}}",
        "{format: hamsim/1, groups: {a: {size: 2, lagrangian: {kind: softmax, over: @}}}}",
        "{format: hamsim/1, groups: {a: {neurons: [@], lagrangian: tanh}}}",
        "{format: hamsim/1, groups: {a: {neurons: [{id: a, tau: @}], lagrangian: tanh}}}",
        *(
            f"{{format: hamsim/1, groups: {{a: {{size: 2, lagrangian: tanh}}}},"
            f" connections: [{rule}]}}"
            for rule in (
                "@",
                "{within: @, weights: 1}",
                "{between: @, weights: 1}",
                "{between: [a, @], weights: 1}",
                "{from: a, to: @, weights: 1}",
                "{within: a, weights: @}",
                "{within: a, weights: [[0, @], [@, 0]]}",
                "{within: a, weights: 1, density: @}",
                "{within: a, weights: 1, self_connections: @}",
                "{within: a, weights: {file: @}}",
                "{within: a, weights: {file: ../data/arrays.npz, key: @}}",
                "{within: a, weights: {normal: @}}",
                "{within: a, weights: {uniform: {low: @}}}",
                "{within: a, weights: {of_distance: @, space: ring}}",
                "{within: a, weights: {of_distance: d, space: @}}",
                "{within: a, weights: {of_distance: d, space: ring, length: @}}",
            )
        ),
        *(
            f"{{format: hamsim/1, groups: {{a: {{size: 2, lagrangian: tanh}}}},"
            f" stimuli: [{{group: a, value: 1, {key}: @}}]}}"
            for key in ("mode", "mask", "start", "stop")
        ),
        *(
            f"{{format: hamsim/1, groups: {{a: {{size: 2, lagrangian: tanh}}}},"
            f" simulation: {{{key}: @}}}}"
            for key in ("method", "dt", "t_end", "until", "record", "trials", "collective_tau")
        ),
        *(
            f"{{format: hamsim/1, groups: {{a: {{size: 2, lagrangian: tanh}}}},"
            f" simulation: {{record: {{{key}: @}}}}}}"
            for key in ("every", "what", "groups")
        ),
    )
]
VALUES = [
    *("null", "true", "NO", "0", "-1", "2.5", "1e18", "-1e300", "1e999", ".nan", "-.inf"),
    *("9" * 330, "-0x" + "f" * 300, "0x" + "f" * 300, "'9**9**9'", "'1/0'", "x", "''", '"\\0"'),
    *('"a\\nb"', "[]", "{}", "[[]]", "[{}]", "[null]", "[1, [2]]", "[x, x]", "{a: 1}", "{'': ''}"),
    *("{file: a}", "{file: ''}", "{file: ../data}", "{kind: []}", "{normal: 1}", "[1e300, 1e300]"),
    *("[" + ", ".join(["1e300"] * 16) + "]", "'" + "(" * 300 + "'", "all", "[all]", "!!x y"),
]


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_any_value_anywhere_raises_nothing_but_spec_errors(place, desk):
    for value in VALUES:
        load_or_refuse(desk, place.replace("@", value).encode())


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_the_wrong_kind_of_whole_file_raises_nothing_but_spec_errors(value, desk):
    load_or_refuse(desk, value.encode())


def test_a_text_of_too_many_values_is_refused_before_all_are_read(monkeypatch):
    monkeypatch.setattr("hamsim.spec.text.MAX_VALUES", 2000)
    for text in ("a: [" + "1, " * 5000 + "1]", "\n".join(f"k{k}: 1" for k in range(3000))):
        with pytest.raises(hamsim.SpecError, match="values; put large arrays into npz files"):
            parse_text(text)
    assert len(parse_text("a: [" + "1, " * 1500 + "1]")[0]["a"]) == 1501
