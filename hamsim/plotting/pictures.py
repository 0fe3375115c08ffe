"""Which picture each result has, and which options that takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hamsim.equilibria.continuation.diagrams import Branches
from hamsim.equilibria.energy_plane import EnergyPlane
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.phase_plane import PhasePlane
from hamsim.equilibria.planes import Basins
from hamsim.errors import PlotError, did_you_mean
from hamsim.learning.training.trained import Trained
from hamsim.memory.curve import Curve
from hamsim.memory.recalled import Recalled
from hamsim.optimise.solution import Solution
from hamsim.plotting.attractors_figure import draw_attractors
from hamsim.plotting.basins_figure import draw_basins
from hamsim.plotting.branches_figure import draw_branches
from hamsim.plotting.curve_figure import draw_curve
from hamsim.plotting.planes.asked import draw_energy, draw_phase
from hamsim.plotting.recall_figure import draw_recall
from hamsim.plotting.solution_figure import draw_solution
from hamsim.plotting.style import Picture, title_of
from hamsim.plotting.sweep_figure import draw_sweep
from hamsim.plotting.training_figure import draw_training
from hamsim.scale.results.results import SweepResults

__all__ = ["draw"]


class Kind(NamedTuple):
    """What draws a result, and names of its own options."""

    of: type
    draw: Callable[..., Picture]
    options: tuple[str, ...] = ()


KINDS = (
    Kind(Attractors, draw_attractors, ("network",)),
    Kind(Basins, draw_basins),
    Kind(Branches, draw_branches, ("show",)),
    Kind(Curve, draw_curve),
    Kind(EnergyPlane, draw_energy, ("trace", "trials")),
    Kind(PhasePlane, draw_phase, ("trace", "trials")),
    Kind(Recalled, draw_recall, ("network",)),
    Kind(Solution, draw_solution),
    Kind(SweepResults, draw_sweep, ("show", "against")),
    Kind(Trained, draw_training),
)


def draw(result: Any, looks: Mapping[str, Any], options: Mapping[str, Any]) -> Picture:
    """Draw a result; see `hamsim.drawable.Drawable.plot`.

    Raises
    ------
    PlotError
        Its picture has no such option.
    """
    kind = next(each for each in KINDS if isinstance(result, each.of))
    for name in options:
        if name not in kind.options:
            hint = did_you_mean(name, [*kind.options, *looks], "its options")
            raise PlotError(f"the picture has no option '{name}'; {hint}")
    title_of(looks["title"])
    out = looks["out"]
    shown = {name: value for name, value in looks.items() if name != "out"}
    picture = kind.draw(result, **options, **shown)
    if out is not None:
        picture.save(out)
    return picture
