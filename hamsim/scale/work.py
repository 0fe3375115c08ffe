"""Makes the runs of a plan, and rows of what they give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from hamsim.dynamics.simulate import simulate
from hamsim.errors import HamsimError
from hamsim.scale.plan.plan import MOST, Plan
from hamsim.scale.plan.runs import Ended, runs_of
from hamsim.scale.plan.seen import outcome_of, values_of
from hamsim.scale.store.row import Row

__all__ = ["Work"]

# Of records, which are kept as `NAME.t`, `NAME.x` and so on.
_OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "x": ("record", "neuron"),
    "g": ("record", "neuron"),
}
BRIEF = 1e-6  # of the longest time constant: a run that only loads code


class Work:
    """The runs of a plan. One thread makes a run, if the plan does not say how many.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        arguments = {"threads": 1, **plan.arguments}
        self.plan = replace(plan, arguments=arguments)
        self.keys: Sequence[str] = plan.keys()
        trials = (len(axis) for axis in plan.axes if axis.kind == "trials")
        self.shared = min(math.prod(trials), MOST)

    @property
    def portable(self) -> bool:
        """Whether a process that is started anew can make these runs.

        A function that is kept must then be found by its name, or written by value, which the
        standard library cannot do.
        """
        functions = [each.what for each in self.plan.keep if callable(each.what)]
        return all(map(_has_a_place, functions)) or find_spec("cloudpickle") is not None

    def jobs(self, numbers: Iterable[int]) -> Iterator[Sequence[int]]:
        """Numbers of runs, put together as they are best made."""
        for job in self.plan.jobs(numbers):
            yield [point.number for point in job.points]

    def rows(self, job: Iterable[int]) -> Iterator[Row]:
        """Make some runs: a row each, in whatever order. What fails is a row that says why."""
        for part in self.plan.jobs(job):
            left = {point.number for point in part.points}
            try:
                for ended in runs_of(self.plan, part):
                    row = self._row(ended)
                    left.discard(ended.point.number)
                    yield row
            except Exception as error:  # of a library: the fault of one run is not the others'
                if len(part.points) > 1:
                    for number in sorted(left):
                        yield from self.rows([number])
                else:
                    why = f"{type(error).__name__}: {error}"
                    yield from (self._failed(number, why) for number in left)

    def _row(self, ended: Ended) -> Row:
        if ended.trace is None or ended.network is None:
            return self._failed(ended.point.number, ended.error, ended.seconds)
        key = self.keys[ended.point.number]
        outcome, reason = outcome_of(ended.trace, ended.trial)
        try:
            values = values_of(self.plan.keep, ended.network, ended.trace, ended.trial)
        except HamsimError as error:
            return self._failed(ended.point.number, str(error), ended.seconds)
        return Row(key, "done", outcome, reason, values, self._dims(values), ended.seconds)

    def _failed(self, number: int, why: str, seconds: float = 0.0) -> Row:
        return Row(self.keys[number], "failed", reason=" ".join(why.split()), seconds=seconds)

    def _dims(self, values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """Names of axes, where they are known."""
        found = {}
        for each in self.plan.keep:
            if each.dims is None:
                continue
            inside = {each.name: each.dims}
            if each.what == "records":
                inside = {
                    name: _OF_RECORDS.get(name.removeprefix(f"{each.name}."), each.dims)
                    for name in values
                    if name.startswith(f"{each.name}.")
                }
            for name, dims in inside.items():
                lacking = np.ndim(values[name]) - len(dims)
                if lacking in (0, 1) and (dims or lacking):
                    found[name] = (*("trial",) * lacking, *dims)
        return found

    def warm(self) -> None:
        """Load what runs need, without making one; never an error."""
        point = self.plan.point(0)
        try:
            network = self.plan.source.compile(self.plan.overrides(point))
            asked = {**self.plan.arguments, "steps": None, "initial": None}
            start = asked.get("t_start") or 0.0
            asked["t_end"] = start + BRIEF * (float(network.tau.max()) or 1.0)
            simulate(network, **asked)
        except Exception:  # the run itself will say what is wrong
            return


def _has_a_place(function: Any) -> bool:
    """Whether a function is one of a module's, under its own name."""
    module = getattr(function, "__module__", "__main__")
    return module != "__main__" and "<" not in getattr(function, "__qualname__", "<")
