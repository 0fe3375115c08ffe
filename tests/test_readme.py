"""README and the guide say what is there: files, commands, Lagrangians. What they show is played
by `tests/docs`.
"""

import re

import pytest
from manual import README, ROOT, guide, written

import hamsim
from hamsim.cli.main import main
from hamsim.lagrangians.table import TABLE

TEXT = README.read_text(encoding="utf-8")


def test_the_readme_is_short():
    assert len(TEXT.splitlines()) < 130


def test_the_first_file_has_twelve_lines():
    first, *_ = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    assert len(first.splitlines()) == 12
    assert f"```yaml\n{first}```" in guide("model")


def test_the_two_commands_stand_as_one_line_each():
    lines = [line for line in TEXT.splitlines() if line.startswith("python3 -m venv .venv")]
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && "
        ".venv/bin/hamsim run networks/digits.yaml --plot digits.png",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


@pytest.mark.parametrize("page", written(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pictures_and_files_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert "://" in target or (page.parent / target).exists(), target
    for target in re.findall(r"`(networks/[^`*]+)`", text):
        assert (ROOT / target).exists(), target


def test_the_table_of_lagrangians_is_that_of_the_rows():
    """Those that it has; `hamsim lagrangians` has all."""
    _, table = guide("lagrangians").split("| Lagrangian | activation g |\n|---|---|\n")
    table, *_ = table.split("\n\n")
    lines = table.splitlines()
    names = [re.match(r"\| `(\w+)`", line)[1] for line in lines]
    assert lines == [_table_line(row) for row in TABLE.values() if row.name in names]
    assert len(names) > 30


def _table_line(row):
    given = [f"{parameter.name} {parameter.default:g}" for parameter in row.parameters]
    given += [] if row.additive else ["over"]
    own = f" ({', '.join(given)})" if given else ""
    bar = "\\|"
    return f"| `{row.name}`{own} | {row.g.replace('|', bar)} |"


def test_the_readme_counts_the_lagrangians():
    assert f"There are {len(TABLE)} families of Lagrangians" in TEXT


def test_every_command_is_in_the_table(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^  ([\w-]+)  ", capsys.readouterr().out.split("Commands:")[1], re.M)
    assert commands == re.findall(r"^\| `hamsim ([\w-]+)", guide("command"), re.M)


def test_changelog_names_the_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog
    assert f"## [{hamsim.__version__}]" in changelog
