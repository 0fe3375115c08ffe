"""What README and docs show is what happens: each page is played from its first block to its last.

How a page says what is run, and what it prints, stands in `snippets/blocks.py`.
"""

import pytest
from snippets.blocks import ROOT, read
from snippets.playing import guides, notebooks, play, played, tutorials
from snippets.sessions import There


def names(files):
    return [file.relative_to(ROOT).as_posix() for file in files]


@pytest.mark.parametrize("name", names(guides()))
def test_what_a_page_shows_happens(name):
    played(name)


@pytest.mark.parametrize("name", names(tutorials()))
def test_a_tutorial_is_followed_to_the_letter(name, tmp_path):
    with There(tmp_path) as session:
        play(read(ROOT / name), session)


@pytest.mark.parametrize("name", names(notebooks()))
def test_a_tutorial_in_a_notebook_is_followed_to_the_letter(name, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    from snippets.notebooks import check, executed

    with There(tmp_path) as session:
        fresh = executed(ROOT / name, tmp_path, session.python_file, session.environment)
    check(nbformat.read(ROOT / name, as_version=4), fresh)
