"""hamsim builds, checks and simulates networks of neurons that have an energy.

Names are loaded when they are first used, so that ``hamsim --help`` starts without numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hamsim.fork import import_alone

__version__ = "0.1.0"

# The public names and the modules that hold them. A list in the tests keeps it frozen.
_HOMES = {
    "Attractors": "hamsim.equilibria.landscape.found",
    "Basins": "hamsim.equilibria.planes",
    "Branch": "hamsim.equilibria.continuation.diagrams",
    "Branches": "hamsim.equilibria.continuation.diagrams",
    "Certificate": "hamsim.certify.certificate",
    "CompileError": "hamsim.errors",
    "EnergyPlane": "hamsim.equilibria.energy_plane",
    "FixedPoint": "hamsim.equilibria.rest.point",
    "Gradient": "hamsim.learning.derivatives",
    "HamsimError": "hamsim.errors",
    "Loss": "hamsim.learning.losses.loss",
    "Network": "hamsim.network",
    "Recalled": "hamsim.memory.recalled",
    "PhasePlane": "hamsim.equilibria.phase_plane",
    "PlotError": "hamsim.errors",
    "Record": "hamsim.network",
    "SimulationError": "hamsim.errors",
    "SimulationInterrupted": "hamsim.errors",
    "SimulationWarning": "hamsim.errors",
    "Solution": "hamsim.optimise.solution",
    "Spec": "hamsim.spec.schema",
    "SpecError": "hamsim.errors",
    "SpecialPoint": "hamsim.equilibria.continuation.diagrams",
    "Stability": "hamsim.equilibria.linear.stable",
    "SweepResults": "hamsim.scale.results.results",
    "Trace": "hamsim.trace.trace",
    "TraceError": "hamsim.errors",
    "Trained": "hamsim.learning.training.trained",
    "activation": "hamsim.observables",
    "attractors": "hamsim.equilibria.attractors",
    "basins": "hamsim.equilibria.planes",
    "branches": "hamsim.equilibria.branches",
    "capacity": "hamsim.memory.capacity",
    "check": "hamsim.certify.check",
    "check_gradient": "hamsim.learning.checking",
    "check_run": "hamsim.certify.verdict",
    "compile": "hamsim.compiler",
    "dump": "hamsim.spec.dump",
    "energy": "hamsim.observables",
    "energy_plane": "hamsim.equilibria.energy_plane",
    "fixed_point": "hamsim.equilibria.rest.fixed_point",
    "from_networkx": "hamsim.formats.graph.from_graph",
    "gradient": "hamsim.learning.gradient",
    "live_view": "hamsim.notebook.live",
    "load": "hamsim.spec.load",
    "load_sweep": "hamsim.scale.results.reading",
    "load_trace": "hamsim.trace.reader",
    "loss": "hamsim.learning.losses.loss",
    "over_time": "hamsim.signals.values",
    "phase_plane": "hamsim.equilibria.phase_plane",
    "recall": "hamsim.memory.recall",
    "recall_basins": "hamsim.memory.recall_basins",
    "simulate": "hamsim.dynamics.simulate",
    "solve": "hamsim.optimise.solve",
    "stability": "hamsim.equilibria.linear.stability",
    "sweep": "hamsim.scale.sweep",
    "train": "hamsim.learning.training.train",
    "velocity": "hamsim.observables",
    "write_report": "hamsim.pages.write",
}
__all__ = [
    "Attractors",
    "Basins",
    "Branch",
    "Branches",
    "Certificate",
    "CompileError",
    "EnergyPlane",
    "FixedPoint",
    "Gradient",
    "HamsimError",
    "Loss",
    "Network",
    "PhasePlane",
    "PlotError",
    "Recalled",
    "Record",
    "SimulationError",
    "SimulationInterrupted",
    "SimulationWarning",
    "Solution",
    "Spec",
    "SpecError",
    "SpecialPoint",
    "Stability",
    "SweepResults",
    "Trace",
    "TraceError",
    "Trained",
    "__version__",
    "activation",
    "attractors",
    "basins",
    "branches",
    "capacity",
    "check",
    "check_gradient",
    "check_run",
    "compile",
    "dump",
    "energy",
    "energy_plane",
    "fixed_point",
    "from_networkx",
    "gradient",
    "live_view",
    "load",
    "load_sweep",
    "load_trace",
    "loss",
    "memory",
    "over_time",
    "phase_plane",
    "recall",
    "recall_basins",
    "simulate",
    "solve",
    "stability",
    "sweep",
    "train",
    "velocity",
    "write_report",
]

if TYPE_CHECKING:
    from hamsim.certify.certificate import Certificate
    from hamsim.certify.check import check
    from hamsim.certify.verdict import check_run
    from hamsim.compiler import compile
    from hamsim.dynamics.simulate import simulate
    from hamsim.equilibria.attractors import attractors
    from hamsim.equilibria.branches import branches
    from hamsim.equilibria.continuation.diagrams import Branch, Branches, SpecialPoint
    from hamsim.equilibria.energy_plane import EnergyPlane, energy_plane
    from hamsim.equilibria.landscape.found import Attractors
    from hamsim.equilibria.linear.stability import stability
    from hamsim.equilibria.linear.stable import Stability
    from hamsim.equilibria.phase_plane import PhasePlane, phase_plane
    from hamsim.equilibria.planes import Basins, basins
    from hamsim.equilibria.rest.fixed_point import fixed_point
    from hamsim.equilibria.rest.point import FixedPoint
    from hamsim.errors import (
        CompileError,
        HamsimError,
        PlotError,
        SimulationError,
        SimulationInterrupted,
        SimulationWarning,
        SpecError,
        TraceError,
    )
    from hamsim.formats.graph.from_graph import from_networkx
    from hamsim.learning.checking import check_gradient
    from hamsim.learning.derivatives import Gradient
    from hamsim.learning.gradient import gradient
    from hamsim.learning.losses.loss import Loss, loss
    from hamsim.learning.training.train import train
    from hamsim.learning.training.trained import Trained
    from hamsim.memory.capacity import capacity
    from hamsim.memory.recall import recall
    from hamsim.memory.recall_basins import recall_basins
    from hamsim.memory.recalled import Recalled
    from hamsim.network import Network, Record
    from hamsim.notebook.live import live_view
    from hamsim.observables import activation, energy, velocity
    from hamsim.optimise.solution import Solution
    from hamsim.optimise.solve import solve
    from hamsim.pages.write import write_report
    from hamsim.scale.results.reading import load_sweep
    from hamsim.scale.results.results import SweepResults
    from hamsim.scale.sweep import sweep
    from hamsim.signals.values import over_time
    from hamsim.spec.dump import dump
    from hamsim.spec.load import load
    from hamsim.spec.schema import Spec
    from hamsim.trace.reader import load_trace
    from hamsim.trace.trace import Trace


def __getattr__(name: str) -> Any:
    if name == "memory":
        return import_alone("hamsim.memory")  # a room whose names are its own: store, forget
    if name not in _HOMES:
        raise AttributeError(f"module 'hamsim' has no attribute '{name}'")
    return getattr(import_alone(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
