"""Long JSON texts are read as `json` does, and refused at the first node or edge that is none."""

import json
import random

import pytest
from childmemory import peak_of

from hamsim.formats.files import no_repeats
from hamsim.formats.jsonfiles import NotAGraphError, parse_long

GRAPH = {
    "directed": True,
    "graph": {"a": [1, {"b": []}]},
    "nodes": [{"id": "A"}, {"id": 2, "tau": 1.5}, "name"],
    "links": [{"source": "A", "target": 2, "weight": 0.5}],
    "edges": [],
}


@pytest.mark.parametrize("value", [GRAPH, {}, {"nodes": 5, "edges": {}}, {"x": [[], {}]}])
@pytest.mark.parametrize("indent", [None, 2])
def test_the_same_value_as_json_gives(value, indent):
    text = json.dumps(value, indent=indent)
    assert parse_long(text, no_repeats) == value
    assert parse_long(f" \n{text}\r\n ", no_repeats) == value


def test_spoilt_texts_are_refused_as_json_refuses_them():
    rng = random.Random(0)
    whole = json.dumps(GRAPH)
    for _ in range(2000):
        at = rng.randrange(len(whole))
        text = (
            whole[:at] + rng.choice(["", ",", "]", "}", '"', ":", "[", "1", " "]) + whole[at + 1 :]
        )
        try:
            expected = json.loads(text)
        except json.JSONDecodeError:
            expected = None
        try:
            found = parse_long(text, dict)
        except json.JSONDecodeError:
            assert expected is None, text
        except NotAGraphError:
            continue
        else:
            assert found == expected, text


@pytest.mark.parametrize(
    "content",
    ['{"nodes": [' + "[]," * 10**7 + "[]]}", '{"nodes":[{"id":1}],"links": [' + "{}," * 10**7],
    ids=["nodes", "links"],
)
def test_a_long_text_is_refused_at_its_first_fault(content, tmp_path):
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    for form, copies in (("None", 1), ("'connectome'", 2)):
        found = peak_of(f"hamsim.formats.convert.read('x.json', {form})", tmp_path)
        assert found.kind == "HamsimError"
        assert "[0] is no " in found.message
        assert found.megabytes < 64 + copies * len(content) / 2**20
