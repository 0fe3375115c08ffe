"""Pictures of sweeps: what is drawn against what, and that lost runs are seen."""

import dataclasses

import numpy as np
import pytest
from made_sweeps import made

import hamsim
from hamsim.plotting.style import save_figure
from hamsim.plotting.sweep_figure import draw_sweep
from hamsim.plotting.sweep_view import view_of

TAU = ("groups.exc.tau", "groups.exc.tau", np.arange(1.0, 7.0))
GAIN = ("parameters.gain", "parameters.gain", [0.1, 0.2])
NOISE = ("parameters.noise", "parameters.noise", np.geomspace(0.01, 10, 12))
KIND = ("kind", "kind", ["tanh", "relu"])
SEED = ("seed", "seed", np.arange(5))
ENERGY = {"residual": lambda at: at["seed"] * 1.0, "energy": lambda at: at["seed"] * 1.0}


def seen(view):
    return tuple(None if each is None else each.name for each in (view.x, view.y, view.lines))


@pytest.mark.parametrize(
    ("axes", "against", "expected"),
    [
        ([TAU, GAIN, SEED], None, ("groups.exc.tau", None, "parameters.gain")),
        ([GAIN, TAU, SEED], "gain", ("parameters.gain", None, "groups.exc.tau")),
        ([TAU, NOISE, SEED], None, ("parameters.noise", None, "groups.exc.tau")),
        ([TAU, NOISE, SEED], ["noise", "tau"], ("parameters.noise", "groups.exc.tau", None)),
        ([KIND, TAU, SEED], None, ("groups.exc.tau", None, "kind")),
        ([KIND, SEED], None, ("kind", None, None)),
        ([SEED], None, ("seed", None, None)),
    ],
)
def test_axes_are_chosen(axes, against, expected):
    names = {"gain": GAIN[0], "noise": NOISE[0], "tau": TAU[0]}
    if against is not None:
        against = names[against] if isinstance(against, str) else [names[n] for n in against]
    assert seen(view_of(made(axes, ENERGY), None, against)) == expected
    assert view_of(made(axes, ENERGY)).show == "energy"


def test_long_axes_make_a_map():
    long = ("parameters.gain", "parameters.gain", np.linspace(0, 1, 11))
    results = made([long, NOISE, SEED], ENERGY)
    assert seen(view_of(results)) == ("parameters.noise", "parameters.gain", None)
    (axis, bar) = draw_sweep(results).axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("parameters.noise", "parameters.gain")
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "linear")
    assert bar.get_ylabel() == "energy E"
    (mesh,) = axis.collections
    assert mesh.get_array().shape == (11, 12)
    assert np.all(mesh.get_array() == 2.0)


def test_curves_are_means_with_bands():
    values = {"energy": lambda at: at["groups.exc.tau"] * at["parameters.gain"] + at["seed"]}
    figure = draw_sweep(made([GAIN, TAU, SEED], values))
    (axis,) = figure.axes
    lines = axis.get_lines()
    assert [line.get_ydata().tolist() for line in lines] == [
        pytest.approx(gain * TAU[2] + 2.0) for gain in GAIN[2]
    ]
    half = 2.7764451051977934 * np.std(np.arange(5), ddof=1) / np.sqrt(5)
    band = axis.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(0.1 * 6 + 2.0 + half)
    first, second = axis.collections[-2:]  # the runs themselves
    assert len(first.get_offsets()) == len(second.get_offsets()) == 6 * 5
    assert second.get_offsets()[-1].tolist() == pytest.approx([6.0, 0.2 * 6 + 4.0])
    texts = [text.get_text() for text in axis.get_legend().get_texts()]
    assert texts == ["0.1", "0.2"]
    assert "its 95 % interval over seed" in figure.get_suptitle()


def test_lost_runs_are_seen_below_curves():
    def ended(at):
        fifth = at["groups.exc.tau"] == 5
        return np.where(fifth & (at["seed"] < 3), "diverged", np.where(fifth, "failed", "finished"))

    axis, below = draw_sweep(made([TAU, SEED], ENERGY, ended)).axes
    assert np.isnan(axis.get_lines()[0].get_ydata()).tolist() == [k == 4 for k in range(6)]
    heights = np.array([bar.get_height() for bar in below.patches]).reshape(2, 6)
    assert heights[:, 4].tolist() == pytest.approx([60.0, 40.0])
    assert heights.sum() == pytest.approx(100.0)
    texts = [text.get_text() for text in below.get_legend().get_texts()]
    assert texts == ["diverged (3)", "failed (2)"]


def test_lost_runs_are_marked_in_maps():
    def ended(at):
        first = at["parameters.noise"] == NOISE[2][0]
        last = (at["parameters.noise"] == NOISE[2][-1]) & (at["seed"] == 0)
        return np.where(first, "failed", np.where(last, "missing", "finished"))

    results = made([TAU, NOISE, SEED], ENERGY, ended)
    figure = draw_sweep(results, against=["parameters.noise", "groups.exc.tau"])
    all_lost, some = figure.axes[0].get_lines()
    assert set(all_lost.get_xdata()) == {NOISE[2][0]}
    assert set(some.get_xdata()) == {NOISE[2][-1]}
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["all runs lost", "some runs lost", "(30 failed, 6 missing)"]


def test_samples_of_a_plane_are_points_in_it(tmp_path):
    rng = np.random.default_rng(0)
    a, b = (("parameters." + name, "sample", rng.random(30)) for name in "ab")
    results = made([a, b], {"overlap": lambda at: at["parameters.a"]})
    figure = draw_sweep(results)
    axis, bar = figure.axes
    np.testing.assert_array_equal(axis.collections[0].get_offsets(), np.stack([a[2], b[2]], 1))
    assert bar.get_ylabel() == "overlap"
    save_figure(figure, tmp_path / "sample.png")
    assert (tmp_path / "sample.png").stat().st_size > 10_000


def test_names_of_users_are_drawn_as_they_are(tmp_path):
    kind = ("groups.$x$.lagrangian", "kind", ["$tanh_", "\u202erelu"])
    figure = draw_sweep(made([kind, SEED], {"$q$": lambda at: at["seed"] * 1.0}, name="$net"))
    save_figure(figure, tmp_path / "names.svg")
    assert figure.axes[0].get_xticklabels()[0].get_text() == "$tanh_"


def test_what_cannot_be_drawn_is_refused():
    results = made([TAU, SEED], ENERGY)
    with pytest.raises(hamsim.HamsimError, match="'engery' is not one number a run; did you mean"):
        draw_sweep(results, "engery")
    with pytest.raises(hamsim.HamsimError, match="'tau' is no axis of the sweep; there are: "):
        draw_sweep(results, against="tau")
    with pytest.raises(hamsim.HamsimError, match="3 axes do not fit"):
        draw_sweep(results, against=["seed"] * 3)
    with pytest.raises(hamsim.HamsimError, match="no axis"):
        draw_sweep(dataclasses.replace(results, dims=(), shape=(), coordinates=()))
