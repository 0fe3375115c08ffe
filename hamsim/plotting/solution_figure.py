"""A tour, a cut or queens on a board, and what all starts found."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from hamsim.arrays import Floats, Ints
from hamsim.optimise.problems import CutProblem, Tour
from hamsim.optimise.solution import Solution
from hamsim.plotting.making import headline, new_picture
from hamsim.plotting.style import LITERAL, Picture, lines

__all__ = ["draw_solution"]

OURS, OTHER_SIDE, EXACT = lines(1)[0], lines(2)[1], lines(5)[4]
FAINT = "0.8"
# Lines of a graph that are drawn; of more nobody sees any.
MOST_EDGES = 4000


def draw_solution(
    solution: Solution,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw the best answer, beside the exact one where there is one, and the values of all starts.

    Parameters
    ----------
    solution : Solution
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    several = len(solution.answers) > 1
    widths = [3.0, 1.3] if several else [3.0]
    with new_picture(4.9, 7.4 if several else 5.2, size, dpi, style) as picture:
        axes: Any = picture.subplots(1, len(widths), squeeze=False, width_ratios=widths)[0]
        problem = solution.problem
        if isinstance(problem, Tour):
            _tour(picture, axes[0], problem, solution)
        elif isinstance(problem, CutProblem):
            _cut(axes[0], problem, solution.answer)
        else:
            _board(axes[0], solution.answer)
        axes[0].set_title(f"{problem.word} {solution.value:.6g}", **LITERAL)
        if several:
            _values(axes[1], solution)
        headline(picture, title, solution.network.name or problem.kind)
        picture.describe(_description(solution))
    return picture


def _description(solution: Solution) -> str:
    problem, exact = solution.problem, solution.exact
    name = f" of {solution.network.name}" if solution.network.name else ""
    text = f"The best answer{name}: {problem.word} {solution.value:.6g}"
    if exact is not None and exact.value is not None:
        text += f", beside the {'best there is' if exact.optimal else 'bound'}, {exact.value:.6g}"
    valid = int(np.count_nonzero(solution.valid))
    return f"{text}. {valid:,} of {len(solution.answers):,} starts found an allowed answer."


def _bare(axis: Any) -> None:
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _tour(picture: Picture, axis: Any, problem: Tour, solution: Solution) -> None:
    places = _places(problem)
    exact = solution.exact
    if exact is not None and exact.answer is not None:
        around = places[np.r_[exact.answer, exact.answer[0]]]
        label = f"{'shortest' if exact.optimal else 'program'}: {exact.value:.6g}"
        axis.plot(
            *around.T, color=EXACT, linewidth=4.5 * picture.style.line, alpha=0.55, label=label
        )
    around = places[np.r_[solution.answer, solution.answer[0]]]
    axis.plot(
        *around.T,
        color=OURS,
        linewidth=1.3 * picture.style.line,
        label=f"network: {solution.value:.6g}",
    )
    axis.plot(*places.T, "o", color=OURS, markersize=3.6 * picture.style.line)
    _bare(axis)
    if exact is not None:
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2)


def _places(problem: Tour) -> Floats:
    """Two coordinates a city: those of the file, or such that fit the distances best."""
    if problem.cities is not None and problem.cities.shape[1] == 2:
        return problem.cities
    # Classical scaling [Torgerson 1952].
    square = problem.distances**2
    centred = square - square.mean(axis=0) - square.mean(axis=1)[:, None] + square.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)
    places: Floats = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 0.0))
    return places


def _cut(axis: Any, problem: CutProblem, side: Ints) -> None:
    """Both sides as half-circles, so that what is cut crosses, and what is not stays inside."""
    n = side.size
    places = np.zeros((n, 2))
    for which in (1, -1):
        nodes = np.flatnonzero(side == which)
        angle = (np.arange(nodes.size) + 0.5) / max(nodes.size, 1) * np.pi
        places[nodes] = np.c_[which * (0.3 + np.sin(angle)), np.cos(angle)]
    edges = problem.graph.tocoo()
    upper = np.flatnonzero(edges.row < edges.col)
    upper = upper[:: max(1, upper.size // MOST_EDGES)]
    i, j = edges.row[upper], edges.col[upper]
    for crossing, colour, alpha in ((True, FAINT, 0.5), (False, OTHER_SIDE, 0.7)):
        of = (side[i] != side[j]) == crossing
        lines: Any = np.stack([places[i[of]], places[j[of]]], axis=1)
        axis.add_collection(LineCollection(lines, colors=colour, linewidths=0.4, alpha=alpha))
    axis.scatter(*places.T, c=[OURS if s > 0 else OTHER_SIDE for s in side], s=9, zorder=3)
    axis.set_xlabel("grey: cut")
    _bare(axis)


def _board(axis: Any, board: Ints) -> None:
    n = len(board)
    squares = np.add.outer(np.arange(n), np.arange(n)) % 2
    axis.imshow(squares, cmap="Greys", vmin=0, vmax=4)
    for row, column in zip(*np.nonzero(board), strict=True):
        attacked = (
            (board[row] > 0).sum() > 1
            or (board[:, column] > 0).sum() > 1
            or np.trace(board, column - row) > 1
            or np.trace(board[:, ::-1], n - 1 - column - row) > 1
        )
        colour = OTHER_SIDE if attacked else OURS
        axis.plot(column, row, "o", color=colour, markersize=min(18.0, 180.0 / n))
    _bare(axis)


def _values(axis: Any, solution: Solution) -> None:
    values = solution.values
    worst_last = np.argsort(-values if solution.problem.largest else values, kind="stable")
    colours = [OURS if valid else "white" for valid in solution.valid[worst_last]]
    axis.scatter(np.arange(values.size), values[worst_last], c=colours, edgecolors=OURS, s=16)
    exact = solution.exact
    if exact is not None and exact.value is not None:
        axis.axhline(exact.value, color=EXACT, linewidth=2.0, zorder=0)
    axis.set_xlabel("starts, the best first")
    axis.set_ylabel(solution.problem.word)
    axis.set_xlim(-0.7, values.size - 0.3)
    if np.ptp(values) == 0:
        axis.set_ylim(values[0] - 1.0, values[0] + 1.0)
