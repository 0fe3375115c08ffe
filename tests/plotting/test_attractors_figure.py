"""Pictures of attractors and basins, and what is in them."""

import matplotlib.image
import numpy as np
import pytest

import hamsim
from hamsim.plotting.attractors_figure import attractor_colours, draw_attractors
from hamsim.plotting.basins_figure import draw_basins
from hamsim.plotting.style import save_figure


def switches(shape, **more):
    n = int(np.prod(shape))
    weights = (2.0 * np.eye(n)).tolist()
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "a $name_",
            "groups": {"g_$": {"shape": shape, "lagrangian": "tanh", **more}},
            "connections": [{"within": "g_$", "weights": weights, "self_connections": True}],
        }
    )


@pytest.mark.parametrize("shape", [[1], [3], [1, 2]])
@pytest.mark.parametrize("saddles", [False, True])
def test_every_kind_is_drawn(shape, saddles, tmp_path):
    network = switches(shape)
    found = hamsim.attractors(network, 40, saddles=saddles)
    figure = draw_attractors(found, network)
    save_figure(figure, tmp_path / "a.png")
    assert matplotlib.image.imread(tmp_path / "a.png")[..., :3].std() > 0.03
    energies, shares = figure.axes[:2]
    assert [bar.get_height() for bar in shares.patches] == pytest.approx(
        [100.0 * found.share[int(label.get_text())] for label in shares.get_xticklabels()]
    )
    dots = [line for line in energies.lines if line.get_marker() == "o"]
    assert sorted(float(dot.get_ydata()[0]) for dot in dots) == pytest.approx(sorted(found.energy))
    if saddles:
        tops = [line for line in energies.lines if len(line.get_xdata()) == 2]
        heights = {round(float(y), 9) for line in tops for y in line.get_ydata()}
        assert {round(float(y), 9) for y in found.tree.energy} <= heights


def test_at_most_so_many_stand_side_by_side():
    network = switches([5])
    found = hamsim.attractors(network, 200)
    assert len(found) > 24
    figure = draw_attractors(found, network)
    assert len(figure.axes[1].patches) == 24
    assert "the 24 most frequent shown" in figure.get_suptitle()
    assert f"attractors 24 to {len(found) - 1} are left out" in figure.left_out


def test_states_along_a_cycle_and_a_line_are_drawn():
    line = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "identity"}},
            "connections": [{"within": "a", "weights": [[0.0, 1.0], [1.0, 0.0]]}],
        }
    )
    found = hamsim.attractors(line, 20)
    figure = draw_attractors(found)
    titles = [axes.get_title() for axes in figure.axes]
    assert "attractor 0: continuous, of dimension 1" in titles


def test_nothing_cannot_be_drawn():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 1, "lagrangian": "relu"}},
            "connections": [{"within": "a", "weights": 2.0, "self_connections": True}],
        }
    )
    with pytest.raises(hamsim.HamsimError, match="nothing to draw"):
        draw_attractors(hamsim.attractors(network, [[1.0]]))


def test_colours_differ():
    for count in (3, 15, 60):
        assert len({tuple(map(float, colour)) for colour in attractor_colours(count)}) == count


def test_basins_have_the_colours_of_their_attractors(tmp_path):
    found = hamsim.basins(switches([2]), 0, 1, size=4, starts=30)
    figure = draw_basins(found)
    axes = figure.axes[0]
    shown = np.asarray(axes.get_images()[0].get_array())
    assert len(np.unique(shown)) == len(np.unique(found.labels))
    assert np.all(shown[found.labels >= 0] > 0)
    numbers = sorted(text.get_text() for text in axes.texts)
    inside = [k for k in np.unique(found.labels[found.labels >= 0]).tolist()]
    assert set(numbers) <= {str(k) for k in inside}
    assert len(axes.get_legend().get_texts()) == len(inside) + int((found.labels < 0).any())
    save_figure(figure, tmp_path / "b.svg")
    assert figure.get_suptitle() == "a $name_: basins of attraction"
