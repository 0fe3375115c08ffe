"""Pages that are made of the program say all of it: keys, blocks, commands, names."""

import re
import sys

import pytest
import yaml
from manual import DOCS

import hamsim
from hamsim.cli.main import cli
from hamsim.spec.jsonschema import schema

sys.path.insert(0, str(DOCS))

from generators.commands import command_pages
from generators.filepages import block_pages, key_pages
from generators.types import in_words
from generators.writing import write_pages

KEYS, BLOCKS, COMMANDS = key_pages(), block_pages(), command_pages()


def link(name):
    return f"<{name}>"


def test_each_key_of_a_file_has_a_page_with_its_description():
    properties = schema()["properties"]
    assert list(KEYS) == list(properties)
    for key, part in properties.items():
        assert part["description"] in KEYS[key]
    index = (DOCS / "file" / "index.md").read_text(encoding="utf-8")
    named = index.split("```")[1].split("\n\n")[1].split()
    assert named == [*KEYS, "blocks/index"]


def test_each_block_has_its_keys_in_a_table():
    text = BLOCKS["EdgeTable"]
    for key in schema()["$defs"]["EdgeTable"]["properties"]:
        assert f"| `{key}` |" in text
    assert "| `file` | text | *must be there* |" in text
    assert "| `padding` | `valid`, `same` | `valid` |" in BLOCKS["ConvolutionSettings"]
    assert "| `leaky_relu` | `slope` (`0.01`): [Value](Value.md) |" in BLOCKS["Lagrangian"]


def test_links_between_pages_lead_somewhere():
    for name, text in BLOCKS.items():
        for target in re.findall(r"\]\(([^)]+)\.md\)", text):
            known = KEYS if target.startswith("../") else BLOCKS
            assert target.removeprefix("../") in known, f"{name}: {target}"
    for name, text in KEYS.items():
        for target in re.findall(r"\]\(([^)]+)\.md\)", text):
            if not target.startswith("../"):
                known = BLOCKS if target.startswith("blocks/") else KEYS
                assert target.removeprefix("blocks/") in known, f"{name}: {target}"


def test_tables_have_as_many_cells_in_every_row():
    for text in [*KEYS.values(), *BLOCKS.values(), *COMMANDS.values()]:
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            bars = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(bars) == 1, table


def test_examples_are_yaml():
    blocks = [b for text in [*KEYS.values(), *BLOCKS.values()] for b in _yaml(text)]
    assert len(blocks) > 30
    for block in blocks:
        yaml.safe_load(block)


def _yaml(text):
    return re.findall(r"```yaml\n(.*?)```", text, re.S)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"type": "integer", "minimum": 1}, "whole number from 1 on"),
        ({"anyOf": [{"$ref": "#/$defs/Value"}, {"type": "null"}]}, "<Value>"),
        ({"type": "array", "items": {"enum": ["x", 1]}}, "list of `x`, `1`"),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            "mapping of names to text",
        ),
        (True, "anything"),
    ],
)
def test_types_are_said_in_words(part, words):
    assert in_words(part, link) == words


def test_each_command_has_a_page_with_its_options_and_its_example():
    assert list(COMMANDS) == list(cli.commands or cli.list_commands(None))
    for name, text in COMMANDS.items():
        assert text.startswith(f"# hamsim {name}\n")
        assert re.search(rf"```sh\nhamsim {name}\b", text), f"{name} shows no example"
        assert "`--help`" in text


def test_every_public_name_is_described_by_a_page():
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    described = re.findall(r"auto(?:class|function):: hamsim\.([\w.]+)$", pages, re.M)
    assert len(described) == len(set(described))
    rooms = {"memory", "__version__"}  # a room, whose names are described one by one
    assert set(hamsim.__all__) - rooms <= set(described)


def test_pages_that_are_left_over_go_and_others_stay(tmp_path):
    (tmp_path / "old.md").write_text("old")
    (tmp_path / "index.md").write_text("by hand")
    write_pages(tmp_path, {"new": "text"})
    assert {path.name for path in tmp_path.iterdir()} == {"index.md", "new.md"}
    before = (tmp_path / "new.md").stat().st_mtime_ns
    write_pages(tmp_path, {"new": "text"})
    assert (tmp_path / "new.md").stat().st_mtime_ns == before
