"""Pictures of the commands: what goes wrong with one is a line, and ends nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.equilibria.continuation.diagrams import Branches
    from hamsim.equilibria.landscape.found import Attractors
    from hamsim.equilibria.planes import Basins
    from hamsim.learning.training.trained import Trained
    from hamsim.memory.curve import Curve
    from hamsim.memory.recalled import Recalled
    from hamsim.network import Network
    from hamsim.optimise.solution import Solution
    from hamsim.plotting.style import Picture
    from hamsim.scale.results.results import SweepResults

__all__ = [
    "draw",
    "draw_attractors_of",
    "draw_curve_of",
    "draw_diagram",
    "draw_family",
    "draw_network",
    "draw_plane",
    "draw_recall_of",
    "draw_solution_of",
    "draw_sweep_of",
    "draw_traces",
    "draw_training_of",
]


def draw(trace: Path, picture: str) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Draw a saved trace.

    Returns
    -------
    left_out : tuple of str
        Names of the groups that the picture leaves out.
    n_groups : int
        All that could be in it.
    others : tuple of str
        Sentences on what else it leaves out, or averages.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting import trace_pictures
        from hamsim.trace.reader import TraceReader

        drawn = trace_pictures.draw_trace(trace, out=picture)
        with TraceReader(trace) as reader:
            header = reader.header
        missing = trace_pictures.not_drawn(header)
        return missing, header.recorded.some, drawn.left_out[bool(missing) :]


def draw_traces(traces: Sequence[str], picture: str, **asked: Any) -> Picture:
    """Draw saved traces side by side, in any way that `hamsim.Trace.plot` knows.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting import trace_pictures

        first, *others = traces
        return trace_pictures.draw_trace(first, beside=others, out=picture, **asked)


def draw_network(network: Network, picture: str, kind: str | None, **asked: Any) -> Picture:
    """Draw a network, in any way that `hamsim.Network.plot` knows.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting import network_pictures

        return network_pictures.draw_network(network, kind, out=picture, **asked)


def draw_family(network: Network, picture: str) -> None:
    """Draw the Lagrangian of a network's only group.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.lagrangian_figure import draw_lagrangian
        from hamsim.plotting.style import save_figure

        save_figure(draw_lagrangian(network), picture)


def draw_diagram(branches: Branches, picture: str, show: tuple[str, ...]) -> None:
    """Draw branches of rest states.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.branches_figure import draw_branches
        from hamsim.plotting.style import save_figure

        save_figure(draw_branches(branches, show), picture)


def draw_attractors_of(network: Network, found: Attractors, picture: str) -> None:
    """Draw the attractors of a network.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.attractors_figure import draw_attractors
        from hamsim.plotting.style import save_figure

        save_figure(draw_attractors(found, network), picture)


def draw_sweep_of(
    results: SweepResults, picture: str, show: str | None, against: tuple[str, ...]
) -> None:
    """Draw a number that a sweep has kept, against some of its axes.

    Raises
    ------
    HamsimError
    """
    try:
        from hamsim.plotting.style import save_figure
        from hamsim.plotting.sweep_figure import draw_sweep

        save_figure(draw_sweep(results, show, against), picture)
    except HamsimError:
        raise
    except Exception as error:
        raise _cannot(picture, error) from error


def draw_curve_of(curve: Curve, picture: str) -> None:
    """Draw what was measured of cues over loads, or over flips.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.curve_figure import draw_curve
        from hamsim.plotting.style import save_figure

        save_figure(draw_curve(curve), picture)


def draw_recall_of(network: Network, found: Recalled, picture: str) -> None:
    """Draw what became of cues.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.recall_figure import draw_recall
        from hamsim.plotting.style import save_figure

        save_figure(draw_recall(found, network), picture)


def draw_plane(found: Basins, picture: str) -> None:
    """Draw the basins in a plane.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.basins_figure import draw_basins
        from hamsim.plotting.style import save_figure

        save_figure(draw_basins(found), picture)


def draw_solution_of(found: Solution, picture: str) -> None:
    """Draw the answer to a problem.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.solution_figure import draw_solution
        from hamsim.plotting.style import save_figure

        save_figure(draw_solution(found), picture)


def draw_training_of(trained: Trained, picture: str) -> None:
    """Draw how training went.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        from hamsim.plotting.style import save_figure
        from hamsim.plotting.training_figure import draw_training

        save_figure(draw_training(trained), picture)


@contextmanager
def _told(picture: str) -> Iterator[None]:
    """Tell of whatever goes wrong with a picture in a line."""
    try:
        yield
    except HamsimError:
        raise
    except Exception as error:
        raise _cannot(picture, error) from error


def _cannot(picture: str, error: Any) -> HamsimError:
    """What matplotlib, or what it needs of the system, says."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return HamsimError(f"cannot draw '{picture}': {said[:300]}")
