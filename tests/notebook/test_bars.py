"""Bars: what they say of everything that is told of, on terminals, in logs and in notebooks."""

import inspect
import io
import math
from types import SimpleNamespace

import pytest
from shown_output import Shown

import hamsim
from hamsim.dynamics.progress import Progress as OfRun
from hamsim.equilibria.attractors import Search
from hamsim.learning.training.history import Progress as OfTraining
from hamsim.notebook import bars, outlets
from hamsim.notebook.told import TELLERS, Told, left_of
from hamsim.scale import sweep
from hamsim.scale.engines.progress import Progress as OfSweep
from hamsim.telling import telling

NOTHING = math.nan


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("what", "told", "label", "part", "words"),
    [
        (
            "run",
            (OfRun(5, 10, 0.5, 0.25, -3.0),),
            "run",
            0.5,
            "step 5 of 10, residual 0.25, energy -3",
        ),
        ("run", (OfRun(5, None, 2.0, 0.25, None, 8.0),), "run", 0.25, "t = 2 of 8, residual 0.25"),
        (
            "run",
            (OfRun(5, None, 2.0, math.inf, NOTHING, math.inf),),
            "run",
            None,
            "t = 2 of inf, residual inf, energy nan",
        ),
        (
            "training",
            (OfTraining(2, 4, 5, 10, 0.5, NOTHING, 3.0, 1200),),
            "training",
            0.375,
            "epoch 2 of 4, loss 0.5, 1,200 left out",
        ),
        ("sweep", (OfSweep(3, 4, 2.0, 1.5, 0.7),), "runs", 0.75, "3 of 4 runs, 1.5 a second"),
        ("sweep", (OfSweep(0, 0, 2.0, 0.0, None),), "runs", None, "0 of 0 runs"),
        (
            "attractors",
            (Search("starts", 10, 40, 1),),
            "starts",
            0.25,
            "10 of 40, 1 rest state so far",
        ),
        ("branches", (0.5, 1200, 2), "branch 2", None, "parameter 0.5, 1,200 points in all"),
        ("stages", (1, 8), "annealing", 0.125, "stage 1 of 8"),
        ("weights", ("implicit", 2, 8), "implicit", 0.25, "2 of 8 weights"),
    ],
)
def test_words(what, told, label, part, words):
    found = TELLERS[what](*told)
    assert (found.label, found.part, found.words) == (label, part, words)


def test_discrete_dynamics_count_sweeps_and_neurons_that_want_to_change():
    class Header:
        class made:
            method = "asynchronous"

    found = TELLERS["run"](OfRun(3, 12, 3.0, 1.0, None, 12.0, Header))
    assert found.words == "sweep 3 of 12, 1 neuron to change"


def test_time_that_is_left_is_estimated_where_nobody_tells_it():
    assert left_of(Told("", 0.5, ""), 6.0, 0.2) == "10 s left"
    assert left_of(Told("", 0.5, "", left=90.0), 6.0, 0.2) == "1.5 min left"
    assert left_of(Told("", None, ""), 6.0, 0.2) == ""
    assert left_of(Told("", 0.2, ""), 6.0, 0.2) == ""


def test_a_bar_is_shown_at_the_end_even_if_it_was_too_quick_to_be_seen(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    with bars.Bars().showing("stages") as tell:
        tell(1, 4)
        tell(4, 4)
    assert shown.texts[-1].startswith("annealing: 100%, stage 4 of 4; took ")
    assert 'value="1.0000"' in shown.htmls[-1]
    assert shown.closed == 1


def test_a_run_that_ends_before_its_time_fills_its_bar_and_one_that_fails_does_not(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    with bars.Bars().showing("run") as tell:
        tell(OfRun(5, 10, 0.5, 0.25, None))
    assert shown.texts[-1].startswith("run: 100%, step 5 of 10, residual 0.25; took ")

    def fail(tell):
        tell(OfRun(5, 10, 0.5, 0.25, None))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), bars.Bars().showing("run") as tell:
        fail(tell)
    assert shown.texts[-1].startswith("run: 50%, step 5 of 10, residual 0.25; stopped after ")


def test_nothing_is_shown_of_what_never_said_anything(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    with bars.Bars().showing("sweep"):
        pass
    assert shown.texts == []
    assert shown.closed == 1


def test_words_of_users_are_escaped_in_html():
    told = Told("<b>", 0.5, "<i>")
    assert "<b>" not in bars.html_bar(told, "<i>")
    assert "<i>" not in bars.html_bar(Told("<b>", None, ""), "<i>")


def test_a_terminal_has_one_line_that_is_written_over(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    found = outlets.outlet()
    found.show("a long line")
    found.show("short\nx" * 40)
    found.show("end")
    found.close()
    lines = stream.getvalue().split("\r")
    assert lines[1] == "a long line"
    assert len(lines[2]) == outlets.WIDTH
    assert lines[3].rstrip(" ") == "end\n".rstrip(" ") or lines[3].startswith("end ")
    assert stream.getvalue().endswith("\n")


def test_a_log_has_a_line_now_and_then_and_the_last_one(monkeypatch):
    stream, now = io.StringIO(), [0.0]
    monkeypatch.setattr(outlets.time, "monotonic", lambda: now[0])
    monkeypatch.setattr("sys.stderr", stream)
    found = outlets.outlet()
    for k in range(100):
        now[0] = float(k)
        found.show(f"{k} of 100")
    found.close()
    assert stream.getvalue() == "30 of 100\n60 of 100\n90 of 100\n99 of 100\n"


@pytest.mark.parametrize("progress", [None, False])
def test_nobody_is_told_where_nobody_asks(progress):
    with telling(progress, "run") as tell:
        assert tell is None


def test_a_function_is_told_as_it_is():
    heard = []
    with telling(heard.append, "run") as tell:
        tell(3)
    assert heard == [3]


def test_what_is_neither_true_nor_a_function_is_refused():
    with (
        pytest.raises(hamsim.HamsimError, match="progress is True or a function, not 'yes'"),
        telling("yes", "run"),
    ):
        pass


SPEC = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 3, "lagrangian": "tanh", "initial": 0.5}},
    "connections": [{"within": "a", "weights": 0.4}],
}


def test_a_run_shows_a_bar(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    hamsim.simulate(SPEC, method="euler", dt=0.1, steps=5, progress=True)
    assert shown.closed == 1
    assert shown.texts[-1].startswith("run: 100%, step 5 of 5, ")


@pytest.mark.parametrize(
    ("ask", "inner", "told"),
    [
        (
            lambda: hamsim.attractors(SPEC, progress=True),
            "hamsim.equilibria.attractors.search",
            (Search("starts", 1, 2, 1),),
        ),
        (
            lambda: hamsim.fixed_point(SPEC, progress=True),
            "hamsim.equilibria.rest.fixed_point.rest_from",
            (OfRun(5, 10, 0.5, 0.25, None),),
        ),
        (
            lambda: hamsim.train("networks/lines.yaml", progress=True),
            "hamsim.learning.training.train.fit",
            (OfTraining(1, 4, 5, 10, 0.5, NOTHING, 3.0, 0),),
        ),
        (
            lambda: hamsim.solve("networks/tour.yaml", progress=True),
            "hamsim.optimise.solve.raised",
            (1, 8),
        ),
    ],
)
def test_everything_that_lasts_shows_a_bar(monkeypatch, ask, inner, told):
    """With what takes the time left out: it is told how far it is once, and ends."""

    class Enough(Exception):
        pass

    def end(*arguments, **named):
        for tell in (*arguments, *named.values()):
            if isinstance(tell, bars.Bar):
                tell(*told)
                raise Enough

    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    monkeypatch.setattr(inner, end)
    with pytest.raises(Enough):
        ask()
    assert shown.closed == 1
    assert "; stopped after " in shown.texts[-1]


def test_a_sweep_shows_a_bar(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(bars, "outlet", lambda: shown)
    monkeypatch.setattr(sweep, "Work", lambda plan: SimpleNamespace(portable=False))
    monkeypatch.setattr(sweep, "Store", lambda folder: None)
    monkeypatch.setattr(sweep, "run", lambda *asked: asked[3](OfSweep(4, 4, 2.0, 2.0, 0.0)))
    plan = SimpleNamespace(write=lambda folder: None)
    sweep.run_plan(plan, None, "serial", progress=True)
    assert shown.texts[-1].startswith("runs: 100%, 4 of 4 runs, 2 a second; took ")


def test_every_public_function_that_tells_how_far_it_is_takes_true_for_a_bar():
    found = set()
    for name in hamsim.__all__:
        function = getattr(hamsim, name)
        if inspect.isfunction(function) and "progress" in inspect.signature(function).parameters:
            asked = str(inspect.signature(function).parameters["progress"].annotation)
            assert "bool" in asked, name
            found.add(name)
    assert {"simulate", "train", "sweep", "attractors", "capacity", "recall"} <= found


def test_nobody_imports_ipython_for_a_line_of_text():
    assert isinstance(outlets.outlet(), outlets.Line | outlets.Log)
