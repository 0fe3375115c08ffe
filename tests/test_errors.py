"""Messages are fit for a terminal, whatever names and values they are about."""

import numpy as np
import pytest
import scipy.sparse

import hamsim
from hamsim.errors import MAX_LINE, HamsimError, readable, shown


class Broken:
    """Every word of it is an error."""

    def __repr__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        ("a", "'a'"),
        (10**5000, "a whole number of thousands of digits"),
        (Broken(), "an object of type Broken"),
        (object(), "an object of type object"),
        (np.zeros((2, 2)), "an object of type ndarray"),
        (scipy.sparse.csr_array(np.eye(2)), "an object of type csr_array"),
        ("a" * 100, "'" + "a" * 56 + "..."),
    ],
    ids=lambda value: type(value).__name__,  # some have no other text
)
def test_values_are_shown_in_a_few_words(value, text):
    assert shown(value) == text


def test_lines_are_short_and_without_control_characters():
    text = readable("'" + "a" * 100_000 + "' is no name\nx\x1b[2J\ud800")
    first, second = text.split("\n")
    assert len(first) == MAX_LINE
    assert first.endswith("' is no name")
    assert second == "x\\x1b[2J\\ud800"


@pytest.mark.parametrize("name", ["a" * 100_000, "\x1b[2J", "\ud800"])
def test_messages_about_any_name_are(name):
    group = {"size": 1, "lagrangian": "tanh"}
    description = {"format": "hamsim/1", "groups": {"a": group}}
    wrong = [
        {**description, name: 1},
        {**description, "groups": {"a": {**group, name: 1}}},
        {**description, "groups": {"a": {**group, "lagrangian": name}}},
        {**description, "groups": {"a": {**group, "tau": name}}},
        {**description, "connections": [{"within": name, "weights": 1}]},
        {**description, "connections": [{"within": "a", "weights": {"edges": [[name, 0, 1]]}}]},
        {**description, "stimuli": [{"group": name, "value": 1}]},
    ]
    for each in wrong:
        with pytest.raises(HamsimError) as caught:
            hamsim.compile(each)
        for line in str(caught.value).split("\n"):
            assert line.isprintable()
            assert len(line) <= MAX_LINE


def test_a_number_of_thousands_of_digits_is_refused_where_it_stands():
    group = {"size": 1, "lagrangian": 10**5000}
    with pytest.raises(HamsimError, match=r"groups\.a\.lagrangian: .*thousands of digits"):
        hamsim.load({"format": "hamsim/1", "groups": {"a": group}})
