"""What only several parts of a description together can show to be wrong: names, shapes, data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.arrays import Ints
from hamsim.bounds import Bounds
from hamsim.counted import counted, there_are
from hamsim.errors import ExpressionError, did_you_mean
from hamsim.lagrangians.families import formula_family
from hamsim.spec.conditions import flaw_of
from hamsim.spec.cues import Corrupt, FlipError, PatternsOf, flip_values
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.distributions import limits, two_values
from hamsim.spec.ends import Chosen, End, whole_network
from hamsim.spec.fit import misfits
from hamsim.spec.forms import Form, Unread, neuron_form
from hamsim.spec.messages import shown
from hamsim.spec.noise import WHY_NOT_WHITE, white_at_once
from hamsim.spec.overtime import is_over_time
from hamsim.spec.patterns import DrawnPatterns
from hamsim.spec.schema import (
    ConnectionSpec,
    GroupSpec,
    LagrangianSpec,
    SimulationSpec,
    StimulusSpec,
)
from hamsim.spec.signed_edges import why_idle
from hamsim.spec.stated import has_patterns, stated_patterns_of
from hamsim.spec.text import dotted
from hamsim.spec.timetables import flaws_of
from hamsim.spec.values import FileValue, is_random, read_value
from hamsim.spec.weights import RULES

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
    connections : sequence of (int, ConnectionSpec or None)
        With their places in the file.
    files : DataFiles
    report : callable
        Called with a path and a message for each mistake.
    headers : mapping of str to sequence of str
        Columns of the tables that groups were read from.
    """

    def __init__(
        self,
        groups: Mapping[str, GroupSpec | None],
        connections: Sequence[tuple[int, ConnectionSpec | None]],
        files: DataFiles,
        report: Callable[[Path, str], None],
        headers: Mapping[str, Sequence[str]],
    ) -> None:
        self.groups, self.files, self.report = groups, files, report
        self.stated, self.headers = connections, headers
        self.trials: dict[int, Path] = {}

    # --- groups ---

    def group(self, name: str, group: GroupSpec) -> None:
        """Check one group: its values fit its shape and their bounds."""
        path: Path = ("groups", name)
        end = End([name], [group], network=self.groups)
        self.value((*path, "tau"), group.tau, end, NOT_NEGATIVE)
        self.cue((*path, "input"), group.input, end, trials=False)
        self.cue((*path, "initial"), group.initial, end)
        noise = dict(group.noise or ())
        good = [self.value((*path, "noise", k), v, end, NOT_NEGATIVE) for k, v in noise.items()]
        if all(good) and white_at_once(group, lambda v: self._array(path, v, neuron_form(end))):
            self.report((*path, "noise"), WHY_NOT_WHITE)
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
        if type(value) is float and bounds.admit(value):
            return True
        if is_random(value):  # what else is drawn is held to the bounds when it is
            return all(
                bounds.admit(limit) or self._bounds(path, np.array(limit), bounds)
                for limit in limits(value)
            )
        array, shape = self._array(path, value, neuron_form(end, trials)), end.shape
        if array is None:
            return False
        if issparse(array) or (isinstance(array, Unread) and array.sparse):
            self.report(path, "must be a plain array; this file holds a sparse matrix")
            return False
        if array.ndim > 0:
            flat = (math.prod(shape),)
            allowed = [shape] if shape == flat else [shape, flat]
            if array.shape not in allowed:
                with_trials = (
                    trials and array.ndim > 1 and array.shape[1:] in allowed and array.shape[0]
                )
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

    # --- cues ---

    def cue(self, path: Path, value: Any, end: End, trials: bool = True) -> None:
        """Check a value that may also come from patterns, or change over time."""
        if is_over_time(value):
            self._over_time(path, value, end, trials)
            return
        if isinstance(value, PatternsOf):
            self._patterns(path, value, end, trials)
            return
        if not isinstance(value, Corrupt):
            self.value(path, value, end, trials=trials)
            return
        of, at = value.corrupt.of, (*path, "corrupt", "of")
        if isinstance(of, PatternsOf):
            values = self._patterns(at, of, end, trials)
        elif is_random(of):
            values = np.array(two_values(of))
        else:
            fits = self.value(at, of, end, trials=trials)
            values = self._array(at, of, neuron_form(end, trials)) if fits else None
        if value.corrupt.flips is None or values is None:
            return
        try:
            if not values.size:
                raise FlipError("flips exchanges two values, but numbers of all sizes are drawn")
            flip_values(values)
        except FlipError as error:
            self.report((*path, "corrupt", "flips"), str(error))

    def _over_time(self, path: Path, value: Any, end: End, trials: bool) -> None:
        problems, count = flaws_of(value, end, self.files, trials)
        for at, message in problems:
            self.report((*path, *at), message)
        if count is not None:
            self.trials.setdefault(count, path)

    def _patterns(self, path: Path, value: PatternsOf, end: End, trials: bool) -> Any:
        """Check a reference to patterns; their values, of drawn ones those that can be drawn."""
        found = self._holder((*path, "patterns"), value)
        ends = None if found is None else self._ends(found)
        stated = (
            None if found is None or ends is None else stated_patterns_of(found, ends, self.files)
        )
        if found is None or stated is None:  # what is wrong with it is told there
            return None
        patterns, visible = stated
        if not end.is_within(visible):
            of = f"[{', '.join(visible.names)}]"
            self.report((*path, "patterns"), f"the patterns of '{found.name}' are of {of}")
            return None
        drawn = isinstance(patterns, DrawnPatterns)
        count = patterns.count if drawn else len(patterns)
        if value.row is not None and value.row >= count:
            self.report((*path, "row"), f"{there_are(count, 'pattern')}, from row 0 to {count - 1}")
        elif value.row is None and not trials:
            self.report(path, f"{count} patterns are trials, which an input has not; give a row")
        elif value.row is None:
            self.trials.setdefault(count, path)
        return np.array(two_values(patterns.distribution)) if drawn else patterns

    def _holder(self, path: Path, value: PatternsOf) -> ConnectionSpec | None:
        """The connection whose patterns are meant; None if there is none, or none that is valid."""
        parts = [part for _, part in self.stated if part is not None]
        name = value.patterns
        for part in parts:
            if part.name is not None and name in (part.name, f"connections.{part.name}"):
                if has_patterns(part):
                    return part
                *rules, last = (name for name, rule in RULES.items() if rule.patterns)
                why = f"{', '.join(rules)} or {last}"
                self.report(path, f"'{part.name}' has no patterns: its weights are not {why}")
                return None
        if len(parts) == len(self.stated):
            names = [part.name for part in parts if has_patterns(part) and part.name]
            hint = did_you_mean(name, names, "with patterns")
            self.report(path, f"no connection has the name {shown(name)}; {hint}")
        return None

    def _ends(self, connection: ConnectionSpec) -> list[End] | None:
        """Ends of a connection, if its groups are all there."""
        ends = []
        for end in connection.ends:
            names = [name for name in self.groups if end == ("all",) or name in end]
            groups = [group for name in names if (group := self.groups[name]) is not None]
            if len(groups) < max(len(names), 1 if end == ("all",) else len(end)):
                return None
            ends.append(End(names, groups, network=self.groups))
        return ends

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
        kind = connection.kind
        for end, key in zip(connection.ends, connection.end_keys, strict=True):
            again = kind == "within" and found
            found.append(found[0] if again else self._end((*path, *key), end))
        names = [end for end in found if end is not None]
        if len(names) < len(found):
            return
        common = [name for name in names[0] if name in names[1]] if kind == "between" else []
        if common:
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
        for at, message in misfits(connection, ends, self.files, self.headers):
            self.report((*path, *at), message)

    def factor(self, number: int, connection: ConnectionSpec, word: str) -> None:
        """Check that some weight is multiplied by a factor of a connection's sign."""
        ends = self._ends(connection)
        if ends is not None and (why := why_idle(connection, ends, self.files, word)):
            self.report(("connections", number, "sign", word), why)

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
        """Check that a stimulus names neurons and fits them."""
        path: Path = ("stimuli", number)
        end = self._stimulated(path, stimulus)
        if end is None:
            return
        self.cue((*path, "value"), stimulus.value, end)
        if stimulus.named is not None:
            self.neurons((*path, "mask"), stimulus.named, end)
        elif stimulus.mask is not None:
            self.value((*path, "mask"), stimulus.mask, end)

    def _stimulated(self, path: Path, stimulus: StimulusSpec) -> End | None:
        """The neurons of a stimulus, or None if it cannot be said which they are."""
        end = self._network
        if stimulus.group is not None:
            if stimulus.group not in self.groups:
                hint = did_you_mean(stimulus.group, self.groups, "groups")
                self.report((*path, "group"), f"no group '{stimulus.group}'; {hint}")
                return None
            group = self.groups[stimulus.group]
            if group is None:
                return None
            end = End([stimulus.group], [group], network=self.groups)
        if end is None or stimulus.neurons is None:
            return end
        places = self.neurons((*path, "neurons"), stimulus.neurons, end)
        return None if places is None else Chosen(end, places)

    @cached_property
    def _network(self) -> End | None:
        """All neurons, or None if some group is not valid."""
        groups = {name: group for name, group in self.groups.items() if group is not None}
        return whole_network(groups) if len(groups) == len(self.groups) else None

    def neurons(self, path: Path, names: Sequence[str | int], end: End) -> Ints | None:
        """Numbers of neurons, or None if some are not there or named twice."""
        numbers, problems = end.numbering.select_all(names)
        for k, message in problems:
            self.report((*path, k), message)
        return None if problems else numbers

    def simulation(self, simulation: SimulationSpec) -> None:
        """Check what the simulation block says about groups and trials."""
        record = simulation.record
        if record.groups is not None:
            self._end(("simulation", "record", "groups"), record.groups)
        if record.neurons is not None and (network := self._network) is not None:
            path = ("simulation", "record", "neurons")
            for k, name in enumerate(record.neurons):
                found = network.numbering.select(name)
                if isinstance(found, str):
                    self.report((*path, k), found)
        until = None if simulation.until is None else simulation.until.expression
        if until is not None and (network := self._network) and (flaw := flaw_of(until, network)):
            self.report(("simulation", "until", "expression"), flaw)
        if simulation.trials is not None:
            self.trials.setdefault(simulation.trials, ("simulation", "trials"))
        if len(self.trials) > 1:
            (one, first), (two, second) = list(self.trials.items())[:2]
            told = f"has {counted(two, 'trial')}, but {dotted(first)} has {one}"
            self.report(second, f"{told}; all need the same number")
