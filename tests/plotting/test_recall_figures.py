"""Pictures of cues and of capacities show what was measured."""

import numpy as np

import hamsim
from hamsim.plotting.curve_figure import draw_curve
from hamsim.plotting.recall_figure import draw_recall

PATTERNS = np.random.default_rng(8).choice([-1.0, 1.0], (3, 30))


def classical(**group):
    weights = {"store": {"patterns": PATTERNS.reshape(3, *group.get("shape", [30]))}}
    return {
        "format": "hamsim/1",
        "name": "$classical$",
        "groups": {"neurons": {"lagrangian": "sign", **group}},
        "connections": [{"within": "neurons", "weights": weights}],
    }


def test_overlaps_and_images_of_cues():
    network = hamsim.compile(classical(shape=[5, 6]))
    cues = np.concatenate([PATTERNS, np.random.default_rng(1).choice([-1.0, 1.0], (2, 30))])
    found = hamsim.recall(network, cues, order="sequential")
    figure = draw_recall(found)
    above, below = figure.subfigs
    images = [axes.images[0].get_array() for axes in above.axes if axes.images]
    known = np.count_nonzero(found.found >= 0)
    assert len(images) == 5 + 5 + known
    assert np.array_equal(images[0], cues[0].reshape(5, 6))
    assert np.array_equal(images[5], found.state[0].reshape(5, 6))
    assert np.array_equal(images[10], PATTERNS[found.found[0]].reshape(5, 6))
    assert [axes.get_title() for axes in above.axes[:5]] == found.kind.tolist()
    assert np.array_equal(below.axes[0].images[0].get_array(), found.overlap)
    flat = hamsim.compile(classical(size=30))
    figure = draw_recall(hamsim.recall(flat, cues, order="sequential"), flat)
    assert not figure.subfigs
    assert np.array_equal(figure.axes[0].images[0].get_array(), found.overlap)


def test_curves_with_bands_and_theory():
    spec = classical(size=30)
    spec["groups"]["neurons"]["size"] = 40
    spec["connections"][0]["weights"] = {"store": {"patterns": {"signs": {}, "count": 3}}}
    curve = hamsim.capacity(spec, [0.2, 0.1], seeds=2, engine="serial")
    figure = draw_curve(curve)
    left, right = figure.axes
    measured, theory = left.lines
    assert measured.get_xdata().tolist() == [0.1, 0.2]
    assert measured.get_ydata().tolist() == curve["overlap"][::-1].tolist()
    assert theory.get_ydata()[-1] == 0
    assert theory.get_ydata()[0] > 0.999
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["measured", "Amit, Gutfreund and Sompolinsky"]
    band = left.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == min(curve["overlap_low"])
    shares = [line.get_ydata().tolist() for line in right.lines]
    assert shares == [curve[name][::-1].tolist() for name in ("found", "exact", "lost")]
    flips = hamsim.recall_basins(spec, [0.1, 0.3], seeds=2, engine="serial")
    drawn = draw_curve(flips).axes[0].lines
    assert drawn[1].get_ydata().tolist() == [1 - 2 * 0.1, 1 - 2 * 0.3]
