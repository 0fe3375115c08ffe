"""Pictures of the commands: what goes wrong with one is a line, and ends nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamsim.errors import HamsimError

if TYPE_CHECKING:
    from hamsim.network import Network

__all__ = ["PICTURES", "draw", "draw_family"]

# Endings of pictures, known without matplotlib.
PICTURES = (".png", ".svg", ".pdf")


def draw(
    trace: Path, picture: str, groups: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], int, int]:
    """Draw a saved trace.

    Returns
    -------
    left_out : tuple of str
        Names of the groups that the picture leaves out.
    n_groups, n_records : int

    Raises
    ------
    HamsimError
    """
    from hamsim.io.tracereader import load_trace

    loaded = load_trace(trace, groups or None)
    try:
        from hamsim.plotting.trace_figure import draw_trace, left_out, save_figure

        save_figure(draw_trace(loaded, groups or None), picture)
        missing = () if groups else left_out(loaded)
        return missing, len(loaded.groups), int(loaded.t.size)
    except HamsimError:
        raise
    except Exception as error:
        raise _cannot(picture, error) from error


def draw_family(network: Network, picture: str) -> None:
    """Draw the Lagrangian of a network's only group.

    Raises
    ------
    HamsimError
    """
    try:
        from hamsim.plotting.lagrangian_figure import draw_lagrangian
        from hamsim.plotting.trace_figure import save_figure

        save_figure(draw_lagrangian(network), picture)
    except HamsimError:
        raise
    except Exception as error:
        raise _cannot(picture, error) from error


def _cannot(picture: str, error: Any) -> HamsimError:
    """What matplotlib, or what it needs of the system, says."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return HamsimError(f"cannot draw '{picture}': {said[:300]}")
