"""Pictures of networks: what is in them, in which order, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import EllipseCollection
from matplotlib.patches import FancyBboxPatch

import hamsim
from hamsim.condition import Condition
from hamsim.plotting.graphs.certificate_figure import MOST_CONDITIONS
from hamsim.plotting.graphs.labels import Labels
from hamsim.plotting.graphs.layers import in_rows, rows_of
from hamsim.plotting.graphs.outline import outline
from hamsim.plotting.graphs.routes import Boxes, along, route
from hamsim.plotting.graphs.stress import place_by_distance
from hamsim.plotting.network_pictures import KINDS
from hamsim.plotting.style.words import span

ZOO = Path(hamsim.__file__).parent.parent / "networks"


def network(groups=3, connections=None, **options):
    if connections is None:
        connections = [
            {"between": [f"g{k}", f"g{k + 1}"], "weights": 1.0} for k in range(groups - 1)
        ]
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "net",
            "groups": {
                f"g{k}": {"size": 3 + k, "lagrangian": "tanh", **options} for k in range(groups)
            },
            "connections": connections,
        }
    )


def texts(picture):
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def key(picture):
    legend = picture.axes[0].get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


# --- what is drawn -------------------------------------------------------------------------------


def test_boxes_say_lagrangian_size_and_tau():
    picture = hamsim.compile(ZOO / "digits.yaml").plot("groups")
    said = texts(picture)
    for text in ("pixels", "softmax, β = 16", "1,597 neurons, τ = 0.1", "8 × 8 neurons, τ = 1"):
        assert text in said
    assert "w = 4" in said
    assert picture.left_out == ()
    assert "features (softmax, β = 16, 1,597, τ = 0.1)" in picture.description


def test_arrows_know_kind_sign_and_strength():
    shape = outline(
        network(
            3,
            [
                {"between": ["g0", "g1"], "weights": -2.0},
                {"from": "g1", "to": "g2", "weights": 0.5, "delay": 3.0},
                {"within": "g2", "weights": {"normal": {"mean": 0, "std": 1}}},
                {"gate": "g0", "between": ["g1", "g2"], "weights": 0.1},
            ],
        )
    )
    found = [(a.sender, a.receiver, a.kind, a.sign, a.gate) for a in shape.arrows]
    assert found == [
        (0, 1, "both", -1, None),
        (1, 2, "one way", 1, None),
        (2, 2, "both", 0, None),
        (1, 2, "gated", 1, 0),
    ]
    assert shape.arrows[0].norm == pytest.approx(2 * np.sqrt(12))
    assert shape.arrows[0].synapses == 12
    assert shape.arrows[1].words == "w = 0.5; delay 3"
    assert shape.arrows[2].synapses == 10


@pytest.mark.parametrize("which", ["within", "between"])
def test_a_connection_of_several_groups_is_an_arrow_for_each_pair(which):
    names = ["g0", "g1"]
    ends = {"within": names} if which == "within" else {"between": [names, "g2"]}
    arrows = outline(network(3, [{**ends, "weights": 1.0}])).arrows
    pairs = [(arrow.sender, arrow.receiver) for arrow in arrows]
    assert pairs == ([(0, 0), (0, 1), (1, 1)] if which == "within" else [(0, 2), (1, 2)])
    if which == "within":
        assert [arrow.synapses for arrow in arrows] == [3, 12, 6]
        assert arrows[1].norm == pytest.approx(np.sqrt(12))


def test_of_many_arrows_the_strongest_are_drawn_and_the_others_told():
    pairs = [(a, b) for a in range(12) for b in range(a)]
    connections = [
        {"between": [f"g{a}", f"g{b}"], "weights": 1.0 + k} for k, (a, b) in enumerate(pairs)
    ]
    picture = network(12, connections).plot("groups")
    assert "of 66 arrows the 40 with the largest norm of weights are drawn" in picture.left_out
    patches = picture.axes[0].patches
    assert sum(type(patch).__name__ == "FancyArrowPatch" for patch in patches) == 40


@pytest.fixture(scope="module")
def oscillation():
    """A network whose energy may rise, and a certificate of it."""
    conditions = (
        Condition("symmetry", "proved", "W is equal to its transpose"),
        Condition(
            "descent of visible",
            "proved",
            "each neuron of visible has a convex Lagrangian of its own: any tau",
            {"group": "visible"},
            theorem="Cohen and Grossberg 1983",
        ),
        Condition(
            "descent of hidden",
            "refuted",
            "hidden[0] and hidden[1] share a Lagrangian but have tau 1 and 5",
            {"group": "hidden", "neurons": ["hidden[0]", "hidden[1]"]},
            repair="make tau equal inside group hidden",
        ),
    )
    statuses = ("refuted", "proved", "refuted", "undecided", "undecided", "proved")
    certificate = hamsim.Certificate("symmetric", *statuses, None, conditions)
    return hamsim.compile(ZOO / "softmax_oscillation.yaml"), certificate


def test_certificate_marks_groups_and_edges(oscillation):
    net, certificate = oscillation
    plain, marked = net.plot("groups"), net.plot("groups", certificate=certificate)
    assert "converges: refuted" in key(marked)
    assert not any("refuted" in text for text in key(plain))
    assert "rest is refuted" in marked.description
    assert len(marked.axes[0].lines) > len(plain.axes[0].lines)


def test_a_picture_with_a_certificate_of_another_network_is_drawn(oscillation):
    _, other = oscillation
    for kind in ("groups", "neurons"):
        assert network().plot(kind, certificate=other).axes


def test_neurons_have_names_and_synapses_colours():
    picture = hamsim.compile(ZOO / "wilson_cowan.yaml").plot()
    assert "excitatory" in texts(picture)
    assert key(picture)[1:] == ["weight > 0", "weight < 0"]
    assert "2 of populations" in picture.description


@pytest.mark.parametrize(
    "layout", ["layers", "circle", "stress", "kamada_kawai", "spring", "spectral"]
)
def test_layouts_keep_neurons_apart(layout):
    net = hamsim.compile(ZOO / "lines.yaml")
    picture = net.plot("neurons", layout=layout)
    discs = next(c for c in picture.axes[0].collections if type(c).__name__ == "EllipseCollection")
    places = np.asarray(discs.get_offsets())
    assert places.shape == (30, 2)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    apart[np.diag_indices(30)] = np.inf
    assert apart.min() > 0.1


def test_weights_are_a_map_with_white_for_nothing():
    net = hamsim.compile(ZOO / "xor.yaml")
    image = net.plot("weights").axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), net.W.toarray())
    assert image.norm.vmin == -image.norm.vmax
    large = network(2, [{"between": ["g0", "g1"], "weights": 1.0}]).plot("weights")
    assert large.left_out == ()


def test_weights_of_many_neurons_are_averaged():
    spec = {"groups": {"a": {"size": 1201, "lagrangian": "tanh"}}}
    spec["connections"] = [{"within": "a", "weights": 1.0}]
    picture = hamsim.compile({"format": "hamsim/1", **spec}).plot("weights")
    values = np.asarray(picture.axes[0].images[0].get_array())
    assert values.shape == (600, 600)
    assert picture.left_out == ("1,201 neurons are averaged to 600 along each side",)
    np.testing.assert_allclose(values[0, 1:], 1.0)
    assert 0.4 < values[0, 0] < 0.7  # no self-connections


def test_a_certificate_says_what_holds_and_what_it_means(oscillation):
    _, certificate = oscillation
    picture = certificate.plot(title="net")
    said = " ".join(texts(picture))
    assert "Some runs never come to rest." in said
    assert "repair: make tau equal inside group hidden" in said
    assert "Cohen and Grossberg" in said
    first = said.index("descent of hidden"), said.index("descent of visible")
    assert first[0] < first[1]  # what is refuted comes first
    assert "Conditions: 2 proved, 1 refuted, 0 undecided." in picture.description
    assert "Cohen" not in " ".join(texts(certificate.plot(theorems=False)))


def test_groups_of_which_the_same_was_proved_share_a_row():
    certificate = hamsim.check(network(60), quick=True)
    assert len(certificate.conditions) > MOST_CONDITIONS
    picture = certificate.plot()
    said = " ".join(texts(picture))
    assert "descent of 60 groups" in said
    assert picture.left_out == ()


# --- what is asked for ---------------------------------------------------------------------------


def test_kinds_are_chosen_by_size():
    assert "Neurons of" in network(2).plot().description
    assert "Groups of" in network(9).plot().description


@pytest.mark.parametrize("style", ["screen", "paper"])
@pytest.mark.parametrize("kind", KINDS)
def test_sizes_are_those_that_were_asked_for(kind, style, tmp_path):
    net = hamsim.compile(ZOO / "gated.yaml")
    if kind in ("phase", "landscape"):
        pytest.skip("asks for more than a network")
    for size, width in (("column", 89 / 25.4), ("page", 183 / 25.4), ((3.0, 2.0), 3.0)):
        picture = net.plot(kind, size=size, style=style, dpi=50)
        assert picture.get_size_inches()[0] == pytest.approx(width)
    net.plot(kind, style=style, out=tmp_path / "p.svg")
    assert (tmp_path / "p.svg").read_text().count("<svg")


def test_titles_stand_on_screens_and_not_in_papers():
    net = hamsim.compile(ZOO / "gated.yaml")
    assert net.name in texts(net.plot("groups"))
    assert net.name not in texts(net.plot("groups", style="paper"))
    assert "mine" in texts(net.plot("groups", style="paper", title="mine"))
    assert net.name not in texts(net.plot("groups", title=""))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("neuron", {}, "kind is 'neuron'; did you mean 'neurons'?"),
        (3, {}, "kind is 3; allowed: graph, groups"),
        ("groups", {"layout": "circle"}, "a picture of kind 'groups' has no option 'layout'"),
        (None, {"certficate": True}, "no option 'certficate'; did you mean 'certificate'?"),
        ("neurons", {"layout": "cirle"}, "layout is 'cirle'; did you mean 'circle'?"),
        ("neurons", {"layout": ["circle"]}, "layout is "),
        (None, {"certificate": "yes"}, "certificate is 'yes'; allowed are True and"),
        (None, {"style": "papr"}, "style is 'papr'; did you mean 'paper'?"),
        (None, {"size": "colum"}, "size is 'colum'; did you mean 'column'?"),
        (None, {"out": "picture.jpg"}, "allowed endings are .png"),
    ],
    ids=str,
)
def test_mistakes_are_told_in_a_line(kind, options, message):
    with pytest.raises(hamsim.PlotError) as found:
        network().plot(kind, **options)
    assert message in str(found.value)
    assert "\n" not in str(found.value)


def test_too_many_neurons_are_refused():
    net = hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": {"size": 1001, "lagrangian": "tanh"}}}
    )
    with pytest.raises(hamsim.PlotError, match=r"1,001 neurons are too many"):
        net.plot("neurons")
    assert net.plot().axes


NAMES = ("$x_1$", "<b>bold</b>", "x" * 100, "日本語", "_under", "a&b", "%d {}", "\u202eevil")


@pytest.mark.parametrize("kind", ["groups", "neurons", "weights", "certificate"])
def test_names_of_any_kind_are_drawn_as_they_are(kind, tmp_path):
    clean = ["".join("-" if c.isspace() else c for c in name) for name in NAMES]
    spec = {
        "format": "hamsim/1",
        "name": "$a$ & <b>",
        "groups": {name: {"neurons": [name, "b"], "lagrangian": "tanh"} for name in clean},
        "connections": [{"within": "all", "weights": 0.1}],
    }
    picture = hamsim.compile(spec).plot(kind, out=tmp_path / "p.png", dpi=40)
    if kind == "groups":
        assert {"$x_1$", "<b>bold</b>", "_under", "a&b", "$a$ & <b>"} <= set(texts(picture))
    assert "\u202e" not in picture.description


@pytest.mark.parametrize("size", [1, 2])
def test_the_smallest_networks_are_drawn(size, tmp_path):
    spec = {"format": "hamsim/1", "groups": {"a": {"size": size, "lagrangian": "tanh"}}}
    for kind in ("groups", "neurons", "weights", "certificate"):
        hamsim.compile(spec).plot(kind, out=tmp_path / "p.png", dpi=30)


# --- places --------------------------------------------------------------------------------------

graphs = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30),
    )
)


@given(graphs)
def test_each_box_has_one_place_and_stands_above_what_it_follows(graph):
    count, pairs = graph
    assert sorted(box for row in in_rows(count, pairs) for box in row) == list(range(count))
    below = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    rows = rows_of(count, below)
    rank = {box: r for r, row in enumerate(rows) for box in row}
    assert all(rank[first] < rank[second] for first, second in below)


@given(graphs, st.randoms())
def test_places_do_not_depend_on_the_order_of_edges(graph, random):
    count, pairs = graph
    mixed = [pair[::-1] if random.random() < 0.5 else pair for pair in pairs]
    random.shuffle(mixed)
    assert in_rows(count, mixed) == in_rows(count, pairs)


def test_layers_stand_in_their_order():
    chain = [(0, 1), (1, 2), (2, 3), (0, 2)]
    assert in_rows(4, chain) == [[0], [1], [2], [3]]
    # Two columns that do not cross.
    assert in_rows(4, [(0, 2), (1, 3)]) == [[0, 1], [2, 3]]
    assert in_rows(4, [(0, 3), (1, 2)]) in ([[0, 1], [3, 2]], [[1, 0], [2, 3]])
    assert max(map(len, in_rows(100, [(k, k + 1) for k in range(99)]))) <= 10


def test_neighbours_are_close_and_others_far():
    ring = [(k, (k + 1) % 12) for k in range(12)]
    places = place_by_distance(12, ring)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[0, 1] < 1.3
    assert apart[0, 6] > 3 * apart[0, 1]
    path = place_by_distance(9, [(k, k + 1) for k in range(8)])
    assert np.linalg.norm(path[0] - path[8]) == pytest.approx(8, rel=0.1)


@pytest.mark.parametrize("angle", [0, 15, 30, 45, 70, 90])
def test_words_of_arrows_stand_beside_them(angle):
    way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    line = np.linspace(-1, 1, 4)[:, None] * way
    points = along(line, np.linspace(0, 1, 201))
    half = np.array([0.3, 0.06])
    far = Boxes(np.array([[0.0, 9.0], [0.0, -9.0]]), 0.1, 0.1)
    place = Labels(far, [points]).place(line, half)
    assert not np.any(np.all(np.abs(points - place) < half + 0.02, axis=1))
    assert np.linalg.norm(place) < 0.75
    ring = place + 0.3 * half * np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])
    other = Labels(far, [points, ring]).place(line, half)  # something is there already
    assert not np.any(np.all(np.abs(ring - other) < half, axis=1))


LONG = (
    "THE_WIDEST_LETTERS_OF_MANY_MMMM",
    "Größe_äöü_very_long_name_of_a_group",
    "WWWWWWWWW_MMMMMMM",
)


def test_long_names_have_room():
    """In their boxes, and beside the neurons of their neighbours."""
    spec = {
        "format": "hamsim/1",
        "groups": {name: {"size": 4, "lagrangian": "relu"} for name in LONG},
        "connections": [{"between": [LONG[1], name], "weights": 1.0} for name in LONG[::2]],
    }
    net = hamsim.compile(spec)
    for style in ("screen", "paper"):
        picture = net.plot("groups", style=style)
        (axes,) = picture.axes
        boxes = [each for each in axes.patches if isinstance(each, FancyBboxPatch)]
        names = [text for text in axes.texts if text.get_fontweight() == "bold"]
        for box, name in zip(boxes, names, strict=True):
            inner, outer = name.get_window_extent(), box.get_window_extent()
            letter = name.get_fontsize() / 72 * picture.get_dpi() / 4
            assert outer.x0 + letter < inner.x0 < inner.x1 < outer.x1 - letter
        picture = net.plot("neurons", style=style)
        (axes,) = picture.axes
        (discs,) = [c for c in axes.collections if isinstance(c, EllipseCollection)]
        radius = discs.get_widths()[0] / 2 if hasattr(discs, "get_widths") else 0.115
        places = np.array(discs.get_offsets())
        for name in (text for text in axes.texts if text.get_fontweight() == "bold"):
            box = name.get_window_extent().transformed(axes.transData.inverted())
            near = np.clip(places, [box.x0, box.y0], [box.x1, box.y1])
            assert np.linalg.norm(near - places, axis=1).min() > radius


def test_titles_that_are_wider_than_their_picture_are_broken():
    title = "a title of several words that is wider than two boxes"
    (axes,) = network(1).plot("groups", title=title).axes
    assert " ".join(axes.texts[0].get_text().split("\n")) == title
    picture = axes.figure
    for text in axes.texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= picture.bbox.width
        assert 0 <= box.y0 < box.y1 <= picture.bbox.height


def test_arrows_go_around_boxes():
    boxes = Boxes(np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), 1.0, 0.5)
    around = along(route(boxes, 0, 2, 0, ()), np.linspace(0, 1, 50))
    assert boxes.hits(around, (0, 2)) == 0
    straight = along(route(boxes, 0, 1, 0, ()), np.linspace(0, 1, 50))
    assert np.ptp(straight[:, 0]) == 0
    assert straight[0, 1] == 0.25  # from the top of one
    assert straight[-1, 1] == 0.75  # to the bottom of the other


def test_pictures_do_not_depend_on_hashes(tmp_path):
    code = (
        "import sys, hamsim; n = hamsim.compile(sys.argv[1])\n"
        "n.plot('groups', out=sys.argv[2] + 'g.png', dpi=40)\n"
        "n.plot('neurons', out=sys.argv[2] + 'n.png', dpi=40)"
    )
    found = []
    for seed in ("1", "2"):
        stem = str(tmp_path / seed)
        arguments = [sys.executable, "-c", code, str(ZOO / "skip_lateral.yaml"), stem]
        subprocess.run(arguments, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        found.append([(tmp_path / f"{seed}{which}.png").read_bytes() for which in "gn"])
    assert found[0] == found[1]


def test_numbers_are_short():
    assert span((1.0, 1.0)) == "1"
    assert span((-0.12345, 2.0)) == "−0.123 … 2"
    assert span((2.8e-5, 1e21)) == "2.8×10⁻⁵ … 10²¹"
