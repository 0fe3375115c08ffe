"""What only several parts of a description together can show to be wrong: names, shapes, data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.bounds import Bounds
from hamsim.errors import ExpressionError, did_you_mean
from hamsim.lagrangians.families import formula_family
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.ends import End
from hamsim.spec.fit import misfits
from hamsim.spec.forms import Form, neuron_form
from hamsim.spec.schema import (
    ConnectionSpec,
    GroupSpec,
    LagrangianSpec,
    SimulationSpec,
    StimulusSpec,
)
from hamsim.spec.text import dotted
from hamsim.spec.values import FileValue, Lognormal, Uniform, is_random, read_value

__all__ = ["Checker"]

Path = tuple[Any, ...]
ANYTHING = Bounds()
NOT_NEGATIVE = Bounds(at_least=0.0)


class Checker:
    """Checks the parts of a description that are valid by themselves.

    Parameters
    ----------
    groups : mapping of str to GroupSpec or None
        In file order; None where a group is not valid, so that its name is known all the same.
    files : DataFiles
    report : callable
        Called with a path and a message for each mistake.
    """

    def __init__(
        self,
        groups: Mapping[str, GroupSpec | None],
        files: DataFiles,
        report: Callable[[Path, str], None],
    ) -> None:
        self.groups, self.files, self.report = groups, files, report
        self.trials: dict[int, Path] = {}

    # --- groups ---

    def group(self, name: str, group: GroupSpec) -> None:
        """Check one group: its values fit its shape and their bounds."""
        path: Path = ("groups", name)
        end = End([name], [group], network=self.groups)
        self.value((*path, "tau"), group.tau, end, NOT_NEGATIVE)
        self.value((*path, "input"), group.input, end)
        self.value((*path, "initial"), group.initial, end, trials=True)
        row = group.lagrangian.row
        values = group.lagrangian.parameters
        fits = True
        for parameter in row.parameters:
            value = values[parameter.name]
            where = (*path, "lagrangian", parameter.name)
            if not (row.additive or parameter.one_a_neuron or isinstance(value, float | int)):
                why = f"the neurons share one {row.name}"
                if row.formula:
                    why = "it stands outside sum(...) and mean(...)"
                self.report(where, f"must be one number: {why}")
                fits = False
                continue
            fits &= self.value(where, value, end, parameter)
        if fits and row.formula and not any(is_random(value) for value in values.values()):
            self._formula((*path, "lagrangian"), group.lagrangian, end)

    def _formula(self, path: Path, lagrangian: LagrangianSpec, end: End) -> None:
        """Refuse a formula that is not finite somewhere, as far as its parameters are known."""
        ranges = {}
        for name, value in lagrangian.parameters.items():
            array = self._array((*path, name), value, neuron_form(end))
            ranges[name] = (float(array.min()), float(array.max()))
        try:
            formula_family(lagrangian.expression, ranges, lagrangian.domain)
        except ExpressionError as error:
            self.report((*path, "expression"), str(error))

    def value(
        self,
        path: Path,
        value: Any,
        end: End,
        bounds: Bounds = ANYTHING,
        trials: bool = False,
    ) -> bool:
        """Check that a value is one number, or one a neuron, within its bounds."""
        if isinstance(value, Uniform):
            low, high = np.array(value.uniform.low), np.array(value.uniform.high)
            return self._bounds(path, low, bounds) and self._bounds(path, high, bounds)
        if isinstance(value, Lognormal) or not isinstance(value, float | int | tuple | FileValue):
            return True
        array, shape = self._array(path, value, neuron_form(end, trials)), end.shape
        if array is None:
            return False
        if issparse(array):
            self.report(path, "must be a plain array; this file holds a sparse matrix")
            return False
        if array.ndim > 0:
            flat = (math.prod(shape),)
            allowed = [shape] if shape == flat else [shape, flat]
            if array.shape not in allowed:
                with_trials = trials and array.ndim > 1 and array.shape[1:] in allowed
                if not with_trials:
                    wanted = " or ".join(str(list(form)) for form in allowed)
                    extra = ", or one more axis in front for trials" if trials else ""
                    self.report(
                        path,
                        f"shape {list(array.shape)} does not fit; "
                        f"allowed are one number or {wanted}{extra}",
                    )
                    return False
                if array.shape[0] == 0:
                    self.report(path, f"shape {list(array.shape)} holds no trials")
                    return False
                self.trials.setdefault(array.shape[0], path)
        return self._bounds(path, array, bounds)

    def _array(self, path: Path, value: Any, form: Form) -> Any:
        if not isinstance(value, FileValue):
            return np.asarray(value, dtype=np.float64)
        try:
            return read_value(value, self.files, form)
        except DataFileError as error:
            self.report(path, str(error))
            return None

    def _bounds(self, path: Path, array: Any, bounds: Bounds) -> bool:
        bad = bounds.broken(array)
        if not np.any(bad):
            return True
        if array.ndim == 0:
            self.report(path, f"must be {bounds.rule}, not {float(array):g}")
            return False
        place = np.unravel_index(int(np.argmax(bad)), array.shape)
        at = tuple(int(k) for k in place)
        self.report((*path, *at), f"must be {bounds.rule}, not {float(array[place]):g}")
        return False

    # --- connections ---

    def connections(self, connections: Sequence[tuple[int, ConnectionSpec]]) -> None:
        """Check all valid connections; each comes with its place in the file."""
        names: dict[str, int] = {}
        for number, connection in connections:
            path: Path = ("connections", number)
            if connection.name is not None:
                if connection.name in names:
                    first = names[connection.name]
                    self.report((*path, "name"), f"connections[{first}] has this name already")
                names.setdefault(connection.name, number)
            self._connection(path, connection)

    def _connection(self, path: Path, connection: ConnectionSpec) -> None:
        found: list[tuple[str, ...] | None] = []
        for end, key in zip(connection.ends, connection.end_keys, strict=True):
            again = connection.kind == "within" and found
            found.append(found[0] if again else self._end((*path, *key), end))
        names = [end for end in found if end is not None]
        if len(names) < len(found):
            return
        common = [name for name in names[0] if name in names[1]]
        if connection.kind == "between" and common:
            self.report(
                (*path, "between"),
                f"'{common[0]}' is on both sides; connect it to itself by within:",
            )
            return
        ends = []
        for end in names:
            groups = [group for name in end if (group := self.groups[name]) is not None]
            if len(groups) < len(end):
                return
            ends.append(End(end, groups, network=self.groups))
        for at, message in misfits(connection, ends, self.files):
            self.report((*path, *at), message)

    def _end(self, path: Path, end: tuple[str, ...]) -> tuple[str, ...] | None:
        """Names of the groups at one end in file order, or None if one is unknown."""
        if end == ("all",):
            return tuple(self.groups)
        known = True
        for k, name in enumerate(end):
            at = (*path, k)
            if name == "all":
                self.report(at, "'all' means every group and stands alone")
                known = False
            elif name not in self.groups:
                self.report(at, f"no group '{name}'; {did_you_mean(name, self.groups, 'groups')}")
                known = False
            elif name in end[:k]:
                self.report(at, f"'{name}' is named twice")
                known = False
        return tuple(name for name in self.groups if name in end) if known else None

    # --- stimuli and simulation ---

    def stimulus(self, number: int, stimulus: StimulusSpec) -> None:
        """Check that a stimulus names a group and fits it."""
        path: Path = ("stimuli", number)
        if stimulus.group not in self.groups:
            hint = did_you_mean(stimulus.group, self.groups, "groups")
            self.report((*path, "group"), f"no group '{stimulus.group}'; {hint}")
            return
        group = self.groups[stimulus.group]
        if group is None:
            return
        end = End([stimulus.group], [group], network=self.groups)
        self.value((*path, "value"), stimulus.value, end, trials=True)
        if stimulus.mask is not None:
            self.value((*path, "mask"), stimulus.mask, end)

    def simulation(self, simulation: SimulationSpec) -> None:
        """Check what the simulation block says about groups and trials."""
        record = simulation.record
        if record.groups is not None:
            self._end(("simulation", "record", "groups"), record.groups)
        if simulation.trials is not None:
            self.trials.setdefault(simulation.trials, ("simulation", "trials"))
        if len(self.trials) > 1:
            (one, first), (two, second) = list(self.trials.items())[:2]
            self.report(
                second, f"has {two} trials, but {dotted(first)} has {one}; all need the same number"
            )
