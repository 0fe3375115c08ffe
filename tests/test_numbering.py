"""How neurons are written: names, places, ranges, groups, numbers; what is refused, and how."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.names import Members
from hamsim.numbering import Numbering

NAMED = [
    Members("exc", (50,)),
    Members("motor", (3,), ("AVAL", "both", "N.1")),
    Members("sensory", (2,), ("both", "ASEL")),
    Members("image", (3, 4)),
]


def network(groups=NAMED):
    return Numbering(groups, where="the network")


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("exc[3]", 3),
        ("exc[10:13]", [10, 11, 12]),
        ("exc[47:]", [47, 48, 49]),
        ("exc[:2]", [0, 1]),
        ("exc[40::4]", [40, 44, 48]),
        ("AVAL", 50),
        ("motor.both", 51),
        ("N.1", 52),
        ("motor.N.1", 52),
        ("motor[2]", 52),
        ("motor", [50, 51, 52]),
        ("ASEL", 54),
        ("image[5]", 60),
        ("image[1, 1]", 60),
        ("image[1,1]", 60),
        ("image[:, 1]", [56, 60, 64]),
        ("image[0:2, 2:4]", [[57, 58], [61, 62]]),
        ("image[4:6]", [59, 60]),
        ("image[:]", list(range(55, 67))),
        ("image", np.arange(55, 67).reshape(3, 4).tolist()),
    ],
)
def test_what_is_written_is_found_in_the_shape_of_an_index(written, numbers):
    found = network().select(written)
    assert found.tolist() == numbers
    if written.startswith("image[") and "," in written:
        inside = written.removeprefix("image[").removesuffix("]")
        array = np.arange(55, 67).reshape(3, 4)
        assert np.array_equal(found, eval(f"array[{inside}]", {"array": array}))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("AVAR", "no group or neuron 'AVAR' in the network; did you mean 'AVAL'?"),
        (
            "motor.AVRL",
            "no group or neuron 'motor.AVRL' in the network; did you mean 'motor.AVAL'?",
        ),
        ("imag", "no group or neuron 'imag' in the network; did you mean 'image'?"),
        ("both", "'both' is in several groups of the network; write group.both"),
        ("exc[50]", "no neuron exc[50]; the group has shape [50]"),
        ("exc[48:52]", "no neurons exc[48:52]; the group has shape [50]"),
        ("exc[50:]", "no neurons exc[50:]; the group has shape [50]"),
        ("exc[3:3]", "'exc[3:3]' holds no neuron"),
        ("exc[5:3]", "'exc[5:3]' holds no neuron"),
        ("exc[::0]", "'exc[::0]' holds no neuron"),
        ("image[3, 0]", "no neuron image[3, 0]; the group has shape [3, 4]"),
        ("image[0, 0, 0]", "no neuron image[0, 0, 0]; the group has shape [3, 4]"),
        (f"exc[{'9' * 5000}]", "no group or neuron 'exc[9999999999"),
        (1e300, "no neuron of so large a number in the network"),
        (3.5, "3.5 is not the name of a neuron"),
        (True, "True is not the name of a neuron"),
        (None, "None is not the name of a neuron"),
    ],
)
def test_what_is_not_there_is_one_line(written, message):
    assert network().select(written).startswith(message)
    _, problems = network().select_all([written])
    assert problems == [(0, network().select(written))]


def test_a_number_with_thousands_of_digits_is_no_neuron():
    wanted = "no neuron of so large a number in the network; they are numbered from 0 to 66"
    for number in (10**5000, -(10**5000)):
        assert network().select(number) == wanted
        assert network().select_all(["AVAL", number])[1] == [(1, wanted)]


def test_a_group_beside_a_neuron_of_its_name_must_be_told_apart():
    found = network([Members("a", (2,)), Members("b", (2,), ("a", "x"))])
    assert found.select("a") == "'a' is a group, and a neuron of 'b'; write a[:] or b.a"
    assert found.select("a[:]").tolist() == [0, 1]
    assert found.select("b.a").tolist() == 2
    assert found.select("a", prefer_group=True).tolist() == [0, 1]
    # A group of one neuron of the same name is that neuron.
    alone = network([Members("AVAL", (1,), ("AVAL",))])
    assert alone.select("AVAL").tolist() == [0]


def test_names_that_look_like_places_or_labels_of_others_are_refused():
    found = network(
        [Members("a", (3,)), Members("b", (2,), ("a[1]", "c.x")), Members("c", (1,), "x")]
    )
    assert found.select("a[1]") == "'a[1]' can mean several neurons; write b.a[1] or a[1:2]"
    assert found.select("b.a[1]").tolist() == 3
    assert found.select("a[1:2]").tolist() == [1]
    assert found.select("c.x") == "'c.x' can mean several neurons; write b.c.x or c[0]"
    assert found.select("b.c.x").tolist() == 4
    # Labels in a file are names, where nobody says otherwise.
    assert found.find(["a[1]"], by="name")[0].tolist() == [3]


@pytest.mark.parametrize("name", ["$x$", "a b", "[", "x]", "é", "1e3", "-1", "a,b", " AVAL", "{}"])
def test_any_name_is_found_by_itself_and_with_its_group(name):
    found = network([Members("g", (3,)), Members("h", (2,), ("other", name))])
    assert found.select(name).tolist() == 4
    assert found.select(f"h.{name}").tolist() == 4
    assert found.split(name) == [name]


def test_numbers_are_places_unless_neurons_have_numbers_for_names():
    plain = network()
    assert plain.select(52).tolist() == 52
    assert plain.select(np.int64(52)).tolist() == plain.select(52.0).tolist() == 52
    assert "neurons here have names" in plain.select("52")
    numerals = network([Members("g", (3,), ("2", "0", "7"))])
    assert numerals.select(2).tolist() == numerals.select("2").tolist() == 0
    assert "no group or neuron '1'" in numerals.select(1)
    nameless = network([Members("g", (3,))])
    assert nameless.select("2").tolist() == nameless.select("2.0").tolist() == 2
    assert nameless.select("x") == "no group 'x'; groups: g"


def test_several_come_as_they_are_written_and_twice_is_told():
    found, problems = network().select_all(["image[1, 1]", "exc[2:4]", "AVAL"])
    assert problems == []
    assert found.tolist() == [60, 2, 3, 50]
    _, problems = network().select_all(["exc[2:4]", "AVAL", "exc[3]"])
    assert problems == [(2, "exc[3] is named twice")]
    _, problems = network().select_all(["AVAL", "AVXL", "exc[99]"])
    assert [k for k, _ in problems] == [1, 2]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("exc[3],AVAL", ["exc[3]", "AVAL"]),
        ("image[1, 2], exc[1:3]", ["image[1, 2]", "exc[1:3]"]),
        ("AVAL", ["AVAL"]),
        ("", [""]),
    ],
)
def test_commas_part_names_but_not_inside_of_brackets(text, names):
    assert network().split(text) == names


NAMES = st.text(st.sampled_from("ab.[]01: ,$"), min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(NAMES, min_size=0, max_size=4, unique=True), min_size=1, max_size=4))
def test_labels_are_found_again_or_refused_but_never_mean_another(groups):
    """Whatever names neurons have, nothing that hamsim writes is read as another neuron."""
    parts = [
        Members("abc"[k] if k < 3 else f"g{k}", (len(names) or 3,), tuple(names))
        for k, names in enumerate(groups)
    ]
    found = network(parts)
    for k in range(found.n):
        label = found.label(k)
        numbers = found.select(label)
        if isinstance(numbers, str):
            assert "can mean several" in numbers or "is a group" in numbers
        else:
            assert numbers.reshape(-1).tolist() == [k]


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abexc.[]0123: ,-$"), max_size=12))
def test_no_text_is_a_traceback(text):
    found = network().select(text)
    assert isinstance(found, str) or (found.size and 0 <= found.min() <= found.max() < 67)


# --- networks ---


def description(**changes):
    groups = {
        "exc": {"size": 5, "lagrangian": "tanh"},
        "motor": {"neurons": ["AVAL", "AVAR"], "lagrangian": "tanh"},
        "image": {"shape": [2, 3], "lagrangian": "tanh"},
    }
    return {"format": "hamsim/1", "groups": groups, **changes}


def test_index_gives_slices_numbers_and_arrays():
    network = hamsim.compile(description())
    assert network.index("exc") == slice(0, 5)
    assert network.index("motor.AVAR") == network.index("AVAR") == 6
    assert type(network.index("AVAR")) is int
    assert network.index("exc[1:4]") == slice(1, 4)
    assert network.index("exc[::2]") == slice(0, 5, 2)
    assert network.index("image[:, 1]") == slice(8, 12, 3)
    assert network.index("image[0:2, 0:2]").tolist() == [7, 8, 10, 11]
    assert network.index(["AVAR", "exc[1]"]).tolist() == [6, 1]
    assert network.neurons(["motor", "exc[0]"]).tolist() == [5, 6, 0]
    for written in ("exc[::3]", "image[:, 2]", "image[1, 1:]", "motor"):
        expected = np.arange(13)[network.numbering.select(written).reshape(-1)]
        assert np.arange(13)[network.index(written)].tolist() == expected.tolist()
    with pytest.raises(hamsim.HamsimError, match="did you mean 'AVA"):
        network.index("AVAX")


def test_slices_over_all_neurons_are_those_that_an_index_gives():
    groups = {"a": {"size": 4, "lagrangian": "tanh"}, "b": {"size": 6, "lagrangian": "tanh"}}
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    place = network.index("b[::2]")
    assert network.index(place) == place == slice(4, 9, 2)
    record = {"neurons": [place]}
    trace = hamsim.simulate(network, steps=1, dt=0.1, record=record)
    assert trace.neurons.tolist() == [4, 6, 8]
    assert trace.of(place).shape == (2, 3)
    for wrong in (slice(0, 11), slice(3, 3), slice("a"), slice(None, None, -1), slice(0, 4, 0)):
        with pytest.raises(hamsim.HamsimError, match=r"slice\("):
            network.index(wrong)
