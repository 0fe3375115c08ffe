"""Pictures of the commands: what goes wrong with one is a line, and ends nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.drawable import Drawable
    from hamsim.network import Network
    from hamsim.plotting.style import Picture

__all__ = ["draw", "draw_family", "draw_network", "draw_result", "draw_traces", "facts_of"]


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


def facts_of(trace: str) -> tuple[int, tuple[str, ...]]:
    """Number of records of a trace, and the groups that are not drawn where nobody names any."""
    from hamsim.plotting.trace_pictures import not_drawn
    from hamsim.trace.reader import TraceReader

    with TraceReader(trace) as reader:
        return int(reader.times().size), not_drawn(reader.header)


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


def draw_result(result: Drawable, picture: str, **options: Any) -> Picture:
    """Draw what a command has found, in any way that its `plot` knows.

    Raises
    ------
    HamsimError
    """
    with _told(picture):
        return result.plot(out=picture, **options)


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
