"""What README and docs show is what happens: each page is played from its first block to its last.

How a page says what is run, and what it prints, stands in `snippets/blocks.py`.
"""

import pytest
from snippets.blocks import ROOT, read
from snippets.playing import guides, play, played, tutorials
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
