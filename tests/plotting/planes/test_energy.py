"""Pictures of energies over planes: maps, attractors, trajectories and how far they are away."""

import numpy as np
import pytest

import hamsim
from hamsim.plotting.planes.energy import draw_energy_plane

PATTERNS = np.array([[1.0] * 8, [1.0, -1.0] * 4])
MEMORY = {
    "format": "hamsim/1",
    "name": "<b>$memory_",
    "groups": {"a": {"size": 8, "lagrangian": {"kind": "tanh", "beta": 4.0}}},
    "connections": [{"within": "a", "weights": {"store": {"patterns": PATTERNS.tolist()}}}],
}


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(MEMORY)


def names(picture):
    return [text.get_text() for legend in picture.legends for text in legend.get_texts()]


def test_attractors_are_marked_in_their_places(network):
    found = hamsim.energy_plane(network, starts=60, size=31)
    picture = draw_energy_plane(found)
    numbers = {text.get_text(): text.xy for text in picture.axes[0].texts}
    assert len(numbers) == len(found.known)
    for number, place in numbers.items():
        assert tuple(place) == pytest.approx(tuple(found.at(found.known.x[int(number)])))
    assert picture.axes[1].get_ylabel() == "energy E"
    assert f"{len(numbers)} attractors marked." in picture.description


def test_trajectories_in_the_plane_and_far_beside_it(network):
    found = hamsim.energy_plane(network, *PATTERNS, size=21)
    inside = np.linspace(0, 1, 5)[:, None] * PATTERNS[0]
    beside = np.linspace(0, 1, 5)[:, None] * np.repeat([1.0, -1.0, -1.0, 1.0], 2)
    picture = draw_energy_plane(found, [inside])
    assert names(picture) == ["trajectory", "its start", "its end"]
    assert picture.left_out == ()
    picture = draw_energy_plane(found, [inside, beside])
    assert names(picture)[-1] == "one that ends far beside"
    assert picture.left_out == (
        "trajectories are drawn in the plane from which they are up to 1 away",
    )
    styles = [line.get_linestyle() for line in picture.axes[0].get_lines()]
    assert styles.count(":") == 1


def test_the_same_energy_all_over_and_none_that_is_finite_can_be_drawn(network):
    found = hamsim.energy_plane(network, *PATTERNS, size=5)
    for value in (1.0, np.nan):
        flat = type(found)(**{**vars(found), "energy": np.full((5, 5), value)})
        assert draw_energy_plane(flat).axes


def test_it_is_drawn_as_asked(network, tmp_path):
    found = hamsim.energy_plane(network, *PATTERNS, size=21)
    picture = found.plot(size=(3, 2), out=tmp_path / "e.svg")
    assert picture.get_suptitle() == "<b>$memory_: energy"
    assert picture.get_size_inches().tolist() == [3, 2]
    assert found.plot(style="paper").get_suptitle() == ""
    assert "<svg" in (tmp_path / "e.svg").read_text()
