"""The runner of snippets finds what is wrong with a page, and says where."""

import sys
from pathlib import Path

import pytest
from snippets.blocks import read
from snippets.masks import difference, masked
from snippets.playing import play
from snippets.sessions import PYTHON, Here, There, python_of_tutorials

PAIR = """\
Save this as `pair.yaml`:

```yaml
format: hamsim/1
groups: {pair: {size: 2, lagrangian: tanh}}
```
"""


@pytest.fixture(params=[Here, There])
def play_text(request, tmp_path):
    """Plays a text, in this process and in another."""

    def played(text):
        file = tmp_path / "page.md"
        file.write_text(text, encoding="utf-8")
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        with request.param(folder) as session:
            return play(read(file), session)

    return played


def parsed(tmp_path, text):
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    return read(tmp_path / "page.md")


def test_files_are_saved_and_commands_and_python_find_them(play_text):
    done = play_text(
        PAIR
        + "```console\n$ hamsim show pair.yaml | head -n 1\nformat: hamsim/1\n```\n"
        + "```python\nimport hamsim\nn = hamsim.compile('pair.yaml').n_neurons\n```\n"
        + "and then\n```python\nprint(n)\n```\n\n```text\n2\n```\n"
    )
    assert done.printed("print(n)") == "2\n"
    assert (done.folder / "pair.yaml").is_file()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("```console\n$ hamsim --version\nhamsim, wrong\n```\n", 3, "hamsim, version"),
        ("```console\n$ hamsim \\\n    rum\n```\n", 4, "did you mean"),
        ("\n```sh\nhamsim rum 2> /dev/null\n```\n", 3, "status 2"),
        ("```python\nprint(1)\n```\n```text\n2\n```\n", 5, "+1"),
        ("```python\n\n1 / 0\n```\n", 2, "ZeroDivisionError"),
        ("```yaml\ngroups: {a: {siz: 1}}\n```\n", 2, "siz"),
        ("```rust\n```\n", 2, "nobody runs"),
    ],
)
def test_what_does_not_happen_is_told_with_its_line(play_text, text, line, said):
    with pytest.raises(AssertionError) as told:
        play_text(text)
    assert str(told.value).startswith(f"page:{line}:")
    assert said in str(told.value)


def test_tracebacks_have_the_lines_of_the_page(play_text):
    with pytest.raises(AssertionError, match=r'File "page", line 5'):
        play_text("one\n\n```python\n\n1 / 0\n```\n")


def test_what_is_not_run_says_why(play_text):
    done = play_text("<!-- not run: takes\n an hour -->\n```sh\nfalse\n```\n")
    assert done.answers == []
    assert done.page.blocks[0].not_run == "takes an hour"


def test_a_snippet_whose_library_is_missing_is_left_out(play_text, monkeypatch):
    monkeypatch.setattr("snippets.playing.OPTIONAL", {"never_written"})
    done = play_text("```python\nimport never_written\n```\n")
    assert done.answers == []


def test_an_earlier_page_gives_its_files(play_text, tmp_path):
    (tmp_path / "start.md").write_text(PAIR, encoding="utf-8")
    play_text("`pair.yaml` of [Start](start.md#first)\n\n```sh\nhamsim show pair.yaml\n```\n")


def test_a_name_belongs_to_the_block_right_below_it(tmp_path):
    page = parsed(
        tmp_path,
        "Save it as `a.yaml`.\n\nOther words.\n\n```yaml\nb: 1\n```\n"
        "Words. Save this\nas `b.csv`:\n\n```csv\nc\n```\n"
        "Save it as `c.txt`:\n```console\n$ true\n```\n",
    )
    assert [block.name for block in page.blocks] == [None, "b.csv", None]


def test_only_a_text_right_below_python_is_what_it_prints(tmp_path):
    code, text = "```python\nprint(1)\n```\n", "```text\n1\n```\n"
    (below,) = parsed(tmp_path, code + text).blocks
    apart, other = parsed(tmp_path, code + "Words.\n\n" + text).blocks
    assert (below.printed, apart.printed, other.text) == ("1\n", None, "1\n")


def test_blocks_inside_lists_and_directives_are_found(tmp_path):
    page = parsed(
        tmp_path,
        "- one:\n\n  ```python\n  if a:\n      b\n  ```\n\n"
        "````{note}\n```sh\nls\n```\n````\n```text\nx\n```\n",
    )
    assert [block.text for block in page.blocks] == ["if a:\n    b\n", "ls\n", "x\n"]


def test_code_that_nobody_would_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="plain fence"):
        parsed(tmp_path, "```{code-block} python\nx\n```\n")
    with pytest.raises(ValueError, match="line 2: this block has no end"):
        parsed(tmp_path, "\n```python\n")


def test_what_differs_from_run_to_run_is_masked():
    assert masked("in 0.01 s, 2.18 us a step, 1 thread; 12 s") == (
        "in TIME, TIME a step, SOME thread; TIME"
    )
    assert masked("pair.nc (0.27 MB)") == "pair.nc (SIZE)"
    assert masked("hamsim 0.3.0.dev1, 2026-11-30T03:22:01+00:00") == "hamsim VERSION, DATE"
    assert masked("t = 46.45: residual 9.97e-07; 12 steps") == (
        "t = 46.45: residual 9.97e-07; 12 steps"
    )


def test_dots_stand_for_any_text_in_a_line_and_alone_for_lines():
    assert not difference("a ... c\n", "a b c\n")
    assert not difference("a\n...\nd\n", "a\nb\nc\nd\n")
    assert not difference("a\n...\n", "a\n")
    assert difference("a ... c\n", "a b\nc\n")
    assert difference("a\n...\nd\n", "a\nb\nc\n")
    assert difference("", "a\n")


def test_tutorials_are_followed_in_the_environment_that_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv(PYTHON, raising=False)
    assert python_of_tutorials() == Path(sys.executable)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    (tmp_path / "bin" / "hamsim").write_text("#!/bin/sh\necho other\n")
    (tmp_path / "bin" / "hamsim").chmod(0o755)
    monkeypatch.setenv(PYTHON, str(python))
    with There(tmp_path) as session:
        assert session.command("hamsim").printed == "other\n"
        told = session.python("import sys; print(sys.executable)", "page", [])
    assert told.printed == f"{python}\n"
