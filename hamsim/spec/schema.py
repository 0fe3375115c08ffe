"""The description of a network: frozen models of everything a file can say.

Validation resolves at the same time: expressions become numbers, files absolute paths, names of
Lagrangians full settings. The context of a validation holds `parameters` (names usable in
expressions) and `base` (the folder that files are relative to). What needs several parts of the
file at once, or data, is in `consistency` and `fit`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, PrivateAttr, StrictStr

from hamsim.shown import Shown
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.groups import GroupSpec
from hamsim.spec.lagrangian import LagrangianSpec
from hamsim.spec.neuron import NeuronSpec
from hamsim.spec.noise import NoiseSpec
from hamsim.spec.numbers import Number, Part
from hamsim.spec.running import RecordSpec, SimulationSpec, StimulusSpec
from hamsim.spec.solving import SolveSpec
from hamsim.spec.sweeping import SweepSpec
from hamsim.spec.training import TrainingSpec

__all__ = [
    "ConnectionSpec",
    "GroupSpec",
    "LagrangianSpec",
    "NeuronSpec",
    "NoiseSpec",
    "RecordSpec",
    "SimulationSpec",
    "SolveSpec",
    "Spec",
    "StimulusSpec",
    "SweepSpec",
    "TrainingSpec",
]


class Spec(Shown, Part):
    """A whole network, resolved: every default filled in, every expression a number.

    Parameters
    ----------
    format : str
        Always hamsim/1.
    name : str
        What the network is called in results and pictures.
    description : str
        What it is, and what is to be seen, for people.
    references : tuple of str
        Where it is taken from, one source a line.
    seed : int
        Of everything that is drawn in the file, and of noise.
    parameters : dict of str to float
        Numbers with names, or expressions over others of them, for use in expressions of the file.
    groups : dict of str to GroupSpec
        Groups of neurons by their names; the order is that of the neurons.
    connections : tuple of ConnectionSpec
        Synapses between groups or within them.
    stimuli : tuple of StimulusSpec
        What is done to neurons during a run, and when.
    simulation : SimulationSpec
        How the network is run: method, tolerances, end, and what is recorded.
    sweep : SweepSpec, optional
        Which other runs are wanted, for `hamsim sweep`; a single run does not read it.
    solve : SolveSpec, optional
        How the problem that the weights state is solved, for `hamsim solve`.
    training : TrainingSpec, optional
        How the network is trained, for `hamsim train`.
    """

    format: Literal["hamsim/1"] = "hamsim/1"
    name: StrictStr = ""
    description: StrictStr = ""
    references: tuple[StrictStr, ...] = ()
    seed: int = Field(default=0, ge=0, strict=True)
    # Not written out again: every number that was made of them is, so that nothing would use them.
    parameters: dict[str, Number] = Field(default_factory=dict, exclude=True)
    groups: dict[str, GroupSpec]
    connections: tuple[ConnectionSpec, ...] = ()
    stimuli: tuple[StimulusSpec, ...] = ()
    simulation: SimulationSpec = SimulationSpec()
    # Which other runs are wanted; a single run does not read it.
    sweep: SweepSpec | None = None
    # How the problem is solved that its weights state; a single run does not read it.
    solve: SolveSpec | None = None
    # How the network is trained; a single run does not read it.
    training: TrainingSpec | None = None

    # What the check of the whole has read; None for a Spec that nobody has checked yet.
    _files: DataFiles | None = PrivateAttr(default=None)
    # What was put in place of the file's values.
    _overrides: dict[str, Any] = PrivateAttr(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same; of parameters only the numbers made of them count."""
        if not isinstance(other, Spec):
            return False
        mine, its = ({**spec.__dict__, "parameters": None} for spec in (self, other))
        return mine == its

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The file format as a JSON Schema, as `hamsim schema` prints it."""
        from hamsim.spec.jsonschema import schema

        return schema()

    @property
    def overrides(self) -> dict[str, Any]:
        """Values that were put in place of the file's, by path; long ones are described only."""
        return self._overrides

    @property
    def files(self) -> DataFiles:
        """The data files, with what has been read of them so far."""
        files = self._files
        return DataFiles() if files is None else files
