"""Networks that recall copies of their own patterns, for many values and seeds, as a sweep."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.lazy import unread
from hamsim.memory.intervals import Interval, mean_of, share_of
from hamsim.memory.patterns import numbered, spec_of
from hamsim.memory.recall import DISCRETE
from hamsim.memory.seen import NAME, seen
from hamsim.network import Network
from hamsim.scale.engines.progress import Progress
from hamsim.scale.plan.checking import require_folder
from hamsim.scale.plan.making import make_plan
from hamsim.scale.plan.plan import Plan
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store
from hamsim.scale.sweep import require_engine, run_plan
from hamsim.spec.ends import End
from hamsim.spec.load import load
from hamsim.spec.schema import Spec
from hamsim.spec.stated import stated_patterns_of
from hamsim.spec.sweep_arrays import temperature_of
from hamsim.spec.weights import rule_name
from hamsim.wiring.places import makings

__all__ = [
    "How",
    "Measured",
    "Memories",
    "asked_of",
    "measured",
    "memories_of",
    "seeds_of",
    "temperature_of_runs",
]

NAMED = "memories"  # what a connection is called whose name nobody said


@dataclass(frozen=True, eq=False)
class Memories:
    """Where a description keeps its patterns.

    Parameters
    ----------
    source : Spec, path or dict
        As it was given.
    spec : Spec
        What it says, with the overrides.
    number : int
        Of the connection.
    ends : sequence of End
        Its ends.
    visible : End
        The neurons that the patterns are of.
    patterns : ndarray or DrawnPatterns
    overrides : mapping of str to value
        What was put in place of the source's values, and what recalling needs besides.
    """

    source: Any
    spec: Spec
    number: int
    ends: Sequence[End]
    visible: End
    patterns: Any
    overrides: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Of the connection."""
        return self.spec.connections[self.number].name or NAMED

    @property
    def rule(self) -> str:
        """Name of the rule that has the patterns: store, memories or another one."""
        return rule_name(self.spec.connections[self.number].weights)

    @property
    def settings(self) -> Any:
        """What the rule says beside patterns; None where it is nothing but these."""
        stated = getattr(self.spec.connections[self.number].weights, self.rule)
        return stated if hasattr(stated, "patterns") else None

    @property
    def in_parts(self) -> bool:
        """Whether each end states its own part of the patterns."""
        return self.settings is not None and self.settings.patterns is None

    @property
    def jumps(self) -> bool:
        """Whether the activations of all visible neurons have two values alone."""
        return all(group.lagrangian.row.jumps == "1" for group in self.visible.groups)

    def initial(self, flips: float) -> dict[str, Any]:
        """Overrides that begin each trial with a copy of one pattern."""
        copy = {"corrupt": {"of": {"patterns": self.name}, "flips": float(flips)}}
        return {f"groups.{name}.initial": copy for name in self.visible.names}


def memories_of(
    source: Any, name: str | None = None, overrides: Mapping[str, Any] | None = None
) -> Memories:
    """Find the patterns of a description.

    Parameters
    ----------
    source : Network, Spec, path or dict
        Of a network that was compiled its description.
    name : str, optional
        Of the connection; not needed where one alone has patterns.
    overrides : mapping of str to value, optional

    Raises
    ------
    HamsimError
    """
    if isinstance(source, Network):
        if not unread(source, "source"):
            raise HamsimError(
                "values of the compiled network were replaced, so that it has no description of "
                "which others could be made; give its path, dict or Spec"
            )
        source = spec_of(source)
    values = dict(overrides or {})
    spec = load(source, values)
    number = numbered(spec, name)
    if spec.connections[number].name is None:
        values[f"connections[{number}].name"] = NAMED
    made = makings(spec)[number]
    found = stated_patterns_of(made.connection, made.ends, made.files)
    assert found is not None  # it has patterns, and has been checked
    return Memories(source, spec, number, made.ends, found[1], found[0], values)


def seeds_of(seeds: Any) -> list[int]:
    """Seeds as they are asked for: so many from 0 on, or these.

    Raises
    ------
    HamsimError
    """
    if isinstance(seeds, int | np.integer) and not isinstance(seeds, bool) and seeds > 0:
        return list(range(int(seeds)))
    try:
        found = [int(seed) for seed in seeds]
    except (TypeError, ValueError):
        found = []
    if not found or any(seed < 0 for seed in found) or len(set(found)) < len(found):
        raise HamsimError(f"seeds is {given(seeds)}; give how many, or different numbers from 0 on")
    return found


def asked_of(**asked: Any) -> dict[str, Any]:
    """Arguments of `hamsim.simulate` without those that nobody gave."""
    return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True)
class How:
    """How the runs of an experiment are made.

    Parameters
    ----------
    out : path or None
        Folder that keeps them, so that none is made twice.
    engine, workers, progress
        As of `hamsim.sweep`.
    arguments : mapping of str to value
        Of `hamsim.simulate`.
    """

    out: str | os.PathLike[str] | None = None
    engine: Any = "processes"
    workers: int | None = None
    progress: Callable[[Progress], None] | bool | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Measured:
    """Rows of an experiment, by value and repetition.

    Parameters
    ----------
    rows : sequence of sequence of Row or None
        Of each value those of its repetitions; None of runs that were not made.
    interrupted : bool
        Whether Ctrl-C came.
    rests : bool
        Whether cues are expected to come to rest.
    """

    def __init__(
        self, rows: Sequence[Sequence[Row | None]], interrupted: bool, rests: bool = True
    ) -> None:
        self.rows, self.interrupted, self.rests = rows, interrupted, rests
        self._done = [[row for row in some if row and row.status == "done"] for some in rows]

    @property
    def repetitions(self) -> list[int]:
        """How many of each value were made."""
        return [len(some) for some in self._done]

    @property
    def cues(self) -> list[int]:
        """How many cues of each value were recalled."""
        return [sum(len(self._of(row, "own")) for row in some) for some in self._done]

    @property
    def missing(self) -> int:
        """Runs that were not made, or failed."""
        return sum(map(len, self.rows)) - sum(self.repetitions)

    @property
    def why(self) -> str:
        """Why the first one failed that did; empty if none did."""
        every = (row for some in self.rows for row in some)
        return next((row.reason for row in every if row and row.status != "done"), "")

    @property
    def unrested(self) -> int:
        """Cues that did not come to rest, where they are expected to."""
        if not self.rests:
            return 0
        return sum(int(np.sum(self._of(row, "rests") == 0)) for some in self._done for row in some)

    def mean(self, name: str, least: float, most: float) -> list[Interval]:
        """Mean over cues of each value, of numbers between these."""
        found = self._estimates(mean_of, lambda row: self._of(row, name))
        return [Interval(*np.clip(each, least, most).tolist()) for each in found]

    def lost(self, threshold: float) -> list[Interval]:
        """Share of the cues of each value that end at another pattern, or at a negative."""

        def holds(row: Row) -> Any:
            own, other = self._of(row, "own"), self._of(row, "other")
            return (own <= -threshold) | ((own < threshold) & (np.abs(other) >= threshold))

        return self._estimates(share_of, holds)

    def share(self, name: str, holds: Callable[[Floats], Any]) -> list[Interval]:
        """Share of the cues of each value whose numbers are so."""
        return self._estimates(share_of, lambda row: holds(self._of(row, name)))

    def _estimates(
        self, estimate: Callable[[Floats, Floats], Interval], of: Callable[[Row], Any]
    ) -> list[Interval]:
        found = []
        for some in self._done:
            values = [np.asarray(of(row), dtype=np.float64) for row in some]
            sums = np.array([each.sum() for each in values])
            found.append(estimate(sums, np.array([float(each.size) for each in values])))
        return found

    @staticmethod
    def _of(row: Row, name: str) -> Floats:
        return np.asarray(row.values[f"{NAME}.{name}"])


def temperature_of_runs(memories: Memories, arguments: Mapping[str, Any]) -> Any:
    """Of discrete dynamics: a number, or one a sweep; 0 of other methods.

    Parameters
    ----------
    memories : Memories
    arguments : mapping of str to value
        Of `hamsim.simulate`.
    """
    if "temperature" in arguments:
        return arguments["temperature"]
    discrete = memories.spec.simulation.discrete
    return 0.0 if discrete is None else temperature_of(discrete, memories.spec.files)


def measured(
    memories: Memories,
    names: tuple[str, ...],
    values: Sequence[tuple[Any, ...]],
    seeds: Sequence[int],
    overrides: Mapping[str, Any],
    how: How,
) -> Measured:
    """Make the runs of all values and seeds that are missing, and read all.

    Parameters
    ----------
    memories : Memories
    names : tuple of str
        Paths of the description that change together.
    values : sequence of tuple
        Their values, one tuple a place.
    seeds : sequence of int
        One a repetition.
    overrides : mapping of str to value
        In all runs.
    how : How
    """
    require_engine(how.engine)
    if how.out is not None:
        require_folder(Path(how.out))
    over = [{names: [tuple(each) for each in values]}, {"seed": list(seeds)}]
    arguments = dict(how.arguments)
    if memories.jumps and memories.spec.simulation.method == "auto":
        arguments.setdefault("method", DISCRETE)
    asked = {**memories.overrides, **overrides}
    plan = make_plan(memories.source, over, None, None, {NAME: seen}, asked, arguments, None)
    rests = not np.any(temperature_of_runs(memories, arguments))
    if how.out is not None:
        return _made(plan, Path(how.out), how, rests)
    with tempfile.TemporaryDirectory(prefix="hamsim-recall-") as folder:
        return _made(plan, Path(folder), how, rests)


def _made(plan: Plan, folder: Path, how: How, rests: bool) -> Measured:
    interrupted = False
    try:
        run_plan(plan, folder, how.engine, how.workers, how.progress)
    except KeyboardInterrupt:
        interrupted = True
    places = np.arange(len(plan)).reshape(plan.shape)
    if plan.axes[0].names == ("seed",):  # what begins with other states is beside the same network
        places = places.T
    rows = Store(folder).get(plan.keys())
    by_value = [[rows[number] for number in some] for some in places.tolist()]
    return Measured(by_value, interrupted, rests)
