"""One description on its way to a `Spec`: each part by itself, then all of them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from hamsim.errors import Problem, SpecError, did_you_mean
from hamsim.provenance import described
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.consistency import Checker
from hamsim.spec.cues import CUE_TAGS
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.dense import groups_by_dense, with_stand_ins
from hamsim.spec.discrete import METHOD_TAGS
from hamsim.spec.edge_rows import are_edge_rows
from hamsim.spec.groups import GroupSpec
from hamsim.spec.messages import explain, shown
from hamsim.spec.mistakes import Mistakes
from hamsim.spec.neurons import NeuronTable, header_of, neurons_of
from hamsim.spec.overrides import WrongPathError, paths_of, put, why_nowhere
from hamsim.spec.overtime import OVER_TIME_TAGS
from hamsim.spec.parameters import Parameters, resolve_parameters, with_those_they_use, words_in
from hamsim.spec.putting import with_numbers
from hamsim.spec.python import InPython
from hamsim.spec.running import SimulationSpec, StimulusSpec
from hamsim.spec.schema import Spec
from hamsim.spec.signs import columns_of
from hamsim.spec.solving import SolveSpec
from hamsim.spec.sweep_arrays import flaws_of_sweeps
from hamsim.spec.sweeping import SWEEP_TAGS, SweepSpec
from hamsim.spec.tables import Table
from hamsim.spec.taken import TakenRows
from hamsim.spec.text import Marks
from hamsim.spec.training import TRAINING_TAGS, TrainingSpec
from hamsim.spec.training_checks import check_training
from hamsim.spec.unread import only_in, unread_keys, why_unread
from hamsim.spec.values import VALUE_TAGS
from hamsim.spec.weights import WEIGHT_TAGS

__all__ = ["Loader"]

# What outputs of the commands say of themselves.
MADE = "made"
_TAGS = {
    **VALUE_TAGS,
    **CUE_TAGS,
    **WEIGHT_TAGS,
    **OVER_TIME_TAGS,
    **SWEEP_TAGS,
    **METHOD_TAGS,
    **TRAINING_TAGS,
}
_M = TypeVar("_M", bound=BaseModel)


class Loader:
    """One description on its way to a Spec."""

    def __init__(self, file: str, base: str, resolved: bool = False) -> None:
        self.mistakes = Mistakes(file)
        self.report = self.mistakes.report
        # Of a Spec: its parameters have been put in wherever they are used.
        self.resolved = resolved
        self.parameters = Parameters({}, {}, {})
        tables: dict[str, Table] = {}
        self.python = InPython(tables)
        self.context: dict[str, Any] = {
            "base": base,
            "parameters": {},
            "used": set(),
            "tables": tables,
        }
        self.files = DataFiles(tables)
        self.taken = TakenRows()
        # Columns of the tables that groups are read from.
        self.headers: dict[str, list[str]] = {}
        # All of each path that was overridden, and parameters used only where nobody reads.
        self.replaced: list[tuple[Any, ...]] = []
        self.idle: set[str] = set()

    def spec(
        self,
        raw: Any,
        marks: Marks,
        problems: list[Problem],
        overrides: Mapping[str, Any] | None,
    ) -> Spec:
        """Validate part by part, then what the valid parts say together."""
        self.mistakes.begin(marks, problems)
        if not isinstance(raw, dict):
            what = "is empty" if raw is None else f"holds {shown(raw)}"
            self.report((), f"the file {what}; a network begins with format: hamsim/1")
            raise SpecError(self.mistakes.problems)
        before = raw
        columns = columns_of(raw)
        if overrides:
            raw = self._overrides(raw, overrides)
            columns |= columns_of(raw)  # neurons keep words that no connection wants any more
        self.context["columns"] = sorted(columns)
        self.mistakes.raw = raw
        raw, stand_ins = with_stand_ins(raw)
        facts = self._top_level(raw)
        self._parameters(raw.get("parameters"))
        groups = self._groups(raw.get("groups"))
        connections = [
            (k, self._with_edges(k, raw["connections"][k], part, groups))
            for k, part in self._each(raw, "connections", ConnectionSpec)
        ]
        groups = groups_by_dense(
            groups, connections, self.files, self.report, stand_ins, self.replaced
        )
        stimuli = self._each(raw, "stimuli", StimulusSpec)
        block = {} if raw.get("simulation") is None else raw["simulation"]
        simulation = self._part(("simulation",), block, SimulationSpec)

        sweep = self._sweep(raw)
        solve = self._block(raw, "solve", SolveSpec)
        training = self._block(raw, "training", TrainingSpec)
        self._together(groups, connections, stimuli, simulation, training)
        self._unused(before if overrides else {})
        if self.mistakes.problems:
            raise SpecError(self.mistakes.problems)

        spec = Spec.model_construct(
            format="hamsim/1",
            parameters=self.context["parameters"],
            groups=cast(dict[str, GroupSpec], with_numbers(groups, self.files)),
            connections=tuple(
                cast(ConnectionSpec, with_numbers(part, self.files)) for _, part in connections
            ),
            stimuli=tuple(
                cast(StimulusSpec, with_numbers(part, self.files)) for _, part in stimuli
            ),
            simulation=cast(SimulationSpec, simulation),
            sweep=sweep,
            solve=solve,
            training=cast(TrainingSpec | None, with_numbers(training, self.files)),
            **facts,
        )
        spec._files = self.files
        spec._overrides = described(dict(overrides or {}))
        return spec

    def _together(
        self,
        groups: Mapping[str, GroupSpec | None],
        connections: Sequence[tuple[int, ConnectionSpec | None]],
        stimuli: Sequence[tuple[int, StimulusSpec | None]],
        simulation: SimulationSpec | None,
        training: TrainingSpec | None,
    ) -> None:
        """Check what the valid parts say together."""
        checker = Checker(groups, connections, self.files, self.report, self.headers)
        for name, group in groups.items():
            if group is not None:
                checker.group(name, group)
        checker.connections([(k, part) for k, part in connections if part is not None])
        for k, stimulus in stimuli:
            if stimulus is not None:
                checker.stimulus(k, stimulus)
        if simulation is not None:
            checker.simulation(simulation)
            for path, message in flaws_of_sweeps(simulation, groups, self.files):
                self.report(path, message)
        if training is not None:
            check_training(training, checker)
        if not self.mistakes.problems:
            self._idle_factors(checker, dict(connections))

    def _overrides(self, raw: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the tree with values replaced."""
        for path, value in paths_of(overrides).items():
            if self.resolved and path[0] == "parameters" and len(path) < 3:
                self._refuse_put_in(path, value, raw.get("parameters") or {})
            try:
                raw, found = put(raw, path, self.python.plain(value, path))
            except WrongPathError as wrong_path:
                self.mistakes.overridden.add(wrong_path.path)
                self.report(wrong_path.path, str(wrong_path))
            else:
                self.mistakes.overridden.add(found[:2] if found[0] == "groups" else found)
                self.replaced.append(found)
        return raw

    def _refuse_put_in(self, path: tuple[Any, ...], value: Any, there: Mapping[str, Any]) -> None:
        """Report a parameter of a Spec, which is a number already wherever it was used."""
        named = path[1:] or (value if isinstance(value, Mapping) else ())
        for name in there:
            if name in named:
                self.mistakes.overridden.add(("parameters", name))
                message = "is a number by now wherever it was used; override the file instead"
                self.report(("parameters", name), message)

    # --- parts ---

    def _top_level(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Check the keys, and give the values of those that stand for themselves."""
        known = Spec.model_fields
        for key in raw:
            if key == MADE and isinstance(raw[key], dict) and not self._set(MADE):
                continue  # `hamsim show --json` says by it what has printed the file
            if key not in known:
                hint = did_you_mean(key, known)
                self.report((key,), f"unknown key; {hint}", at_key=True)
        if "format" not in raw:
            self.report(("format",), "required key is missing; write format: hamsim/1")
        elif raw["format"] != "hamsim/1":
            self.report(("format",), f"must be hamsim/1, not {shown(raw['format'])}")
        plain = ("name", "description", "references", "seed")
        return {key: self._field(key, raw[key]) for key in plain if raw.get(key) is not None}

    def _set(self, key: str) -> bool:
        """Whether something of a top-level key was overridden."""
        return any(path[:1] == (key,) for path in self.mistakes.overridden)

    def _field(self, key: str, value: Any) -> Any:
        adapter = _adapter(key)
        return self._validate((key,), lambda: adapter.validate_python(value), Spec)

    def _validate(
        self, path: tuple[Any, ...], validate: Callable[[], Any], model: type[BaseModel]
    ) -> Any:
        try:
            return validate()
        except ValidationError as error:
            for at, message in explain(error, model, _TAGS):
                self.report((*path, *at), message, at_key=message.startswith("unknown key"))
            return None

    def _part(self, path: tuple[Any, ...], value: Any, model: type[_M]) -> _M | None:
        if not isinstance(value, dict):
            self.report(path, f"must be a mapping, not {shown(value)}")
            return None
        result: _M | None = self._validate(
            path, lambda: model.model_validate(value, context=self.context), model
        )
        return result

    def _groups(self, raw: Any) -> dict[str, GroupSpec | None]:
        if not isinstance(raw, dict) or not raw:
            what = (
                "required key is missing" if raw is None else f"must be a mapping, not {shown(raw)}"
            )
            if raw == {}:
                what = "is empty"
            self.report(("groups",), f"{what}; name at least one group of neurons")
            return {}
        groups: dict[str, GroupSpec | None] = {}
        for name, value in raw.items():
            if not name.strip():
                self.report(("groups", name), "a group's name cannot be empty", at_key=True)
            elif name == "all" or re.search(r"[\s.,\[\]]", name):
                why = "means every group" if name == "all" else "has blanks or one of . , [ ]"
                self.report(
                    ("groups", name), f"'{name}' cannot name a group: it {why}", at_key=True
                )
            groups[name] = self._group(name, value)
        for name, message in self.taken.problems():
            self.report(("groups", name, "neurons"), message)
        return groups

    def _group(self, name: str, group: Any) -> GroupSpec | None:
        """A group, with its neurons put in where they stand in a table."""
        path = ("groups", name)
        table = group.get("neurons") if isinstance(group, dict) else None
        if not isinstance(table, dict):
            return self._with_neurons(path, group, table)
        part = self._part((*path, "neurons"), table, NeuronTable)
        if part is not None:
            try:
                words = self.context["columns"]
                neurons = neurons_of(part, name, self.files, self.taken, words)
                self.headers[name] = header_of(part, self.files)
                return self._with_neurons(path, {**group, "neurons": neurons}, table)
            except DataFileError as error:
                self.report((*path, "neurons"), str(error))
        # What else is wrong with the group is told too, but it has no neurons to connect.
        rest = {key: value for key, value in group.items() if key != "neurons"}
        self._part(path, {"size": 1, **rest} if "shape" not in rest else rest, GroupSpec)
        return None

    def _with_neurons(self, path: tuple[Any, ...], group: Any, written: Any) -> GroupSpec | None:
        """A group whose neurons are listed, and what of it they leave unread."""
        unread = unread_keys(group)
        for key in unread:
            if any(changed[:3] == (*path, key) for changed in self.replaced):
                self.report((*path, key), why_unread(path[1], key, written, group["neurons"]))
        before = self.context["used"]
        self.context["used"] = now = set[str]()
        part = self._part(path, group, GroupSpec)
        idle = now & only_in(unread, group) if unread else set()
        self.idle |= idle
        self.context["used"] = before | (now - idle)
        return part

    def _each(self, raw: dict[str, Any], key: str, model: type[_M]) -> list[tuple[int, _M | None]]:
        items = raw.get(key)
        if items is None:
            return []
        if not isinstance(items, list):
            self.report((key,), f"must be a list, not {shown(items)}")
            return []
        return [(k, self._part((key, k), item, model)) for k, item in enumerate(items)]

    def _with_edges(
        self,
        number: int,
        item: Any,
        part: ConnectionSpec | None,
        groups: Mapping[str, GroupSpec | None],
    ) -> ConnectionSpec | None:
        """A connection whose weights, if they are rows of edges, are called so."""
        if part is None or not are_edge_rows(part, groups):
            return part
        named = {**item, "weights": {"edges": item["weights"]}}
        return self._part(("connections", number), named, ConnectionSpec)

    def _sweep(self, raw: dict[str, Any]) -> SweepSpec | None:
        """What is changed from run to run, of which each path must lead somewhere."""
        if raw.get("sweep") is None:
            return None
        part = self._part(("sweep",), raw["sweep"], SweepSpec)
        for place, name in [] if part is None else part.named:
            if why := why_nowhere(raw, name):
                self.report(("sweep", *place), why, at_key=True)
        return part

    def _block(self, raw: dict[str, Any], key: str, model: type[_M]) -> _M | None:
        """A block that a file has or has not."""
        stated = raw.get(key)
        return None if stated is None else self._part((key,), stated, model)

    def _parameters(self, raw: Any) -> None:
        if isinstance(raw, dict):
            self.parameters = resolve_parameters(raw, self.report)
            self.context["parameters"] = self.parameters.values
        elif raw is not None:
            self.report(("parameters",), f"must be a mapping, not {shown(raw)}")

    def _idle_factors(
        self, checker: Checker, connections: Mapping[int, ConnectionSpec | None]
    ) -> None:
        """Report factors of signs that were set and that no weight is multiplied by."""
        for path in self.replaced:
            if len(path) != 4 or path[0] != "connections" or path[2] != "sign":
                continue
            connection = connections.get(path[1])
            if connection is not None and connection.sign is not None and path[3] != "column":
                checker.factor(path[1], connection, path[3])

    def _unused(self, before: Mapping[str, Any]) -> None:
        """Report parameters that no number uses.

        One that the description mentioned before it was overridden is not to blame for what took
        the place of its use. Where something is wrong, not all is read, and nobody can say what is
        used.
        """
        parameters = self.parameters
        if self.mistakes.problems or not parameters.values:
            return
        read = with_those_they_use(self.context["used"], parameters)
        used = read | with_those_they_use(self.idle, parameters)
        stated = words_in(before) | words_in({"its": before.get("parameters")})
        mentioned = with_those_they_use(stated, parameters)
        for name in parameters.values:
            path = ("parameters", parameters.written[name])
            changed = path in self.mistakes.overridden or path[:1] in self.mistakes.overridden
            if name in read or (not changed and (name in used | mentioned or self.resolved)):
                continue
            if name in used:
                message = "nothing reads what this parameter is used for: neurons have their own"
                self.report(path, message, at_key=True)
                continue
            in_order = [other for other in parameters.values if other in used]
            hint = did_you_mean(name, in_order, "used are")
            self.report(path, f"nothing uses this parameter; {hint}", at_key=True)


@cache
def _adapter(key: str) -> TypeAdapter[Any]:
    field = Spec.model_fields[key]
    kind: Any = field.annotation
    for constraint in field.metadata:
        kind = Annotated[kind, constraint]
    return TypeAdapter(kind)
