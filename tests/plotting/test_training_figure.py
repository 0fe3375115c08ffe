"""The picture of how training went."""

import math

import numpy as np
import pytest

import hamsim
from hamsim.learning.training.history import History
from hamsim.learning.training.trained import Trained
from hamsim.plotting.training_figure import draw_training
from hamsim.report.training import TrainingReport

NETWORK = hamsim.compile(
    {"format": "hamsim/1", "name": "$x_$", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
)


def trained(losses, score=0.5, held_out=math.nan, unstable=0):
    history = History()
    for k, loss in enumerate(losses):
        history = history.with_row(
            epoch=k + 1,
            loss=loss,
            score=score,
            validation_loss=held_out,
            validation_score=held_out,
            sweeps=5.0 + k,
            unstable=unstable,
            norm=1.0,
            seconds=0.1,
        )
    return Trained(NETWORK, history, best=len(losses), unstable=unstable, seconds=1.0)


def labels(figure):
    return [axes.get_ylabel() for axes in figure.axes]


def test_loss_score_and_sweeps_are_drawn():
    figure = draw_training(trained([3.0, 2.0, 1.0], held_out=0.4))
    assert labels(figure) == ["loss", "score", "sweeps to rest"]
    loss, score, sweeps = figure.axes
    assert loss.get_lines()[0].get_ydata().tolist() == [3.0, 2.0, 1.0]
    assert loss.get_lines()[1].get_ydata().tolist() == [0.4] * 3
    assert score.get_lines()[0].get_ydata().tolist() == [0.5] * 3
    assert sweeps.get_lines()[0].get_ydata().tolist() == [5.0, 6.0, 7.0]
    assert all(axes.get_lines()[-1].get_xdata() == [3, 3] for axes in figure.axes)  # the best
    assert loss.get_yscale() == "linear"
    assert figure.get_suptitle() == "$x_$: 3 epochs, dotted the best, 3"


def test_what_is_not_known_is_left_out_and_what_was_left_out_is_drawn():
    figure = draw_training(trained([100.0, 1.0], score=math.nan, unstable=4))
    assert labels(figure) == ["loss", "sweeps to rest", "examples left out"]
    assert figure.axes[0].get_yscale() == "log"
    assert [bar.get_height() for bar in figure.axes[2].patches] == [4, 4]
    assert len(figure.axes[0].get_lines()) == 2  # nothing was held out: one, and the best


@pytest.mark.parametrize("losses", [[math.nan, math.nan], [0.0, 0.0], [1.0]])
def test_any_losses_can_be_drawn(losses, tmp_path):
    figure = draw_training(trained(losses))
    figure.savefig(tmp_path / "x.png")
    assert np.isfinite(figure.axes[0].get_ylim()).all()


def test_of_a_rule_without_a_loss_changes_are_told_and_drawn():
    made = trained([math.nan, math.nan], score=math.nan)
    figure = draw_training(made)
    assert labels(figure) == ["largest change of a weight"]
    assert figure.axes[0].get_lines()[0].get_ydata().tolist() == [1.0, 1.0]
    assert repr(made) == "<Trained for 2 epochs: largest change 1>"
    assert repr(trained([0.5])) == "<Trained for 1 epoch: loss 0.5, score 0.5>"
    table = TrainingReport(made).sections()[1]
    assert table.columns == ("epoch", "sweeps to rest", "largest change")
    assert table.rows[-1] == ("2", "6.0", "1")
