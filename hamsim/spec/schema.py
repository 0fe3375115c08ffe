"""The description of a network: frozen models of everything a file can say.

Validation resolves at the same time: expressions become numbers, files absolute paths, names of
Lagrangians full settings. The context of a validation holds `parameters` (names usable in
expressions) and `base` (the folder that files are relative to). What needs several parts of the
file at once, or data, is in `check`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    StrictBool,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import CONSTANTS
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.table import TABLE
from hamsim.spec.cues import Cue
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.messages import explain, shown, wrong, wrong_many
from hamsim.spec.named import Endpoint
from hamsim.spec.neuron import NeuronSpec
from hamsim.spec.rules import TAGGED, Edges, OneToOne, Weights, rule_name
from hamsim.spec.running import RecordSpec, SimulationSpec, StimulusSpec
from hamsim.spec.signs import SignSpec
from hamsim.spec.values import (
    ANY_VALUE,
    MAX_COUNT,
    Count,
    FileValue,
    Fraction,
    Number,
    Part,
    Value,
)

__all__ = [
    "ConnectionSpec",
    "GroupSpec",
    "LagrangianSpec",
    "NeuronSpec",
    "RecordSpec",
    "SimulationSpec",
    "Spec",
    "StimulusSpec",
]


# --- groups ------------------------------------------------------------------------------------


class LagrangianSpec(Part):
    """A Lagrangian by name or as a formula, with its parameters and the axes that share it.

    Parameters
    ----------
    kind : str
        A name of the table, or "expression".
    expression : str
        The formula of L in x and parameters; empty for a name.
    domain : (float, float) or None
        States for which the formula is meant; None for all.
    """

    kind: StrictStr
    expression: StrictStr = ""
    domain: tuple[Number, Number] | None = None
    parameters: dict[str, Value] = Field(default_factory=dict)
    over: Literal["all", "last"] | tuple[int, ...] = "all"

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, LagrangianSpec):
            return value
        if isinstance(value, str):
            return _named(value, {}, info, ())
        if not isinstance(value, Mapping):
            raise wrong(
                "must be a name, {kind: name, ...} or {expression: formula, ...}, "
                f"not {shown(value)}"
            )
        if "expression" in value:
            return _formula(value, info)
        if "kind" not in value:
            raise wrong("required key is missing", "kind")
        rest = {key: item for key, item in value.items() if key != "kind"}
        return _named(value["kind"], rest, info, ("kind",))

    @property
    def row(self) -> Lagrangian:
        """Facts of the family; of a formula only those that do not depend on its parameters."""
        return formula_family(self.expression) if self.expression else TABLE[self.kind]

    @field_validator("over", mode="before")
    @classmethod
    def _axes(cls, over: Any) -> Any:
        if over in ("all", "last"):
            return over
        axes = over if isinstance(over, list | tuple) else [over]
        if not axes or not all(type(axis) is int for axis in axes):
            raise wrong(f"must be all, last or a list of axes such as [0, 2], not {shown(over)}")
        return tuple(axes)

    @field_validator("domain", mode="before")
    @classmethod
    def _two(cls, domain: Any) -> Any:
        if domain is not None and not (isinstance(domain, list | tuple) and len(domain) == 2):
            raise wrong(f"must be a list of two: [low, high], not {shown(domain)}")
        return domain

    @field_validator("domain")
    @classmethod
    def _ordered(cls, domain: tuple[float, float] | None) -> tuple[float, float] | None:
        if domain is not None and not domain[0] < domain[1]:
            raise wrong(f"from {domain[0]:g} to {domain[1]:g} holds no states")
        return domain

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        flat: dict[str, Any] = {"kind": self.kind}
        if self.expression:
            flat = {"expression": self.expression}
        if self.domain is not None:
            flat["domain"] = list(self.domain)
        for name, value in self.parameters.items():
            flat[name] = value.model_dump(exclude_none=True) if isinstance(value, Part) else value
        if not self.row.additive:
            flat["over"] = list(self.over) if isinstance(self.over, tuple) else self.over
        return flat


def _named(
    kind: Any, given: Mapping[str, Any], info: ValidationInfo, at: tuple[str, ...]
) -> dict[str, Any]:
    """Fill in a family of the table; `at` is where its name stands."""
    if not isinstance(kind, str):
        raise wrong(f"must be the name of a Lagrangian, not {shown(kind)}", *at)
    if kind not in TABLE:
        raise wrong(f"unknown Lagrangian {shown(kind)}; {did_you_mean(kind, TABLE)}", *at)
    row = TABLE[kind]
    defaults = {parameter.name: parameter.default for parameter in row.parameters}
    allowed = [*defaults, *([] if row.additive else ["over"])]
    problems: _Problems = []
    for name in given:
        if name not in defaults and name != "over":
            hint = did_you_mean(name, allowed, f"{kind} has")
            problems.append(((name,), f"unknown key; {hint}"))
    parameters = {
        name: _parameter(name, given[name], info, problems) if name in given else default
        for name, default in defaults.items()
    }
    over = given.get("over", "all")
    if row.additive and over != "all":
        problems.append(
            (("over",), f"{kind} is element-wise; 'over' is for groups such as softmax")
        )
    if problems:
        raise wrong_many(problems)
    return {"kind": kind, "parameters": parameters, "over": over}


_Problems: TypeAlias = list[tuple[tuple[Any, ...], str]]
# Keys beside a formula that are not its parameters.
_FORMULA_KEYS = ("expression", "domain", "over")


def _formula(given: Mapping[str, Any], info: ValidationInfo) -> dict[str, Any]:
    """Fill in a formula: its names are parameters, given beside it or in the whole file."""
    if "kind" in given:
        raise wrong("give kind or expression, not both", "expression")
    text = given["expression"]
    if not isinstance(text, str):
        raise wrong(f"must be a formula (text), not {shown(text)}", "expression")
    try:
        row = formula_family(text)
    except ExpressionError as error:
        raise wrong(str(error), "expression") from None
    known = (info.context or {}).get("parameters") or {}
    names = [parameter.name for parameter in row.parameters]
    reserved = [name for name in names if name in _FORMULA_KEYS]
    if reserved:
        raise wrong(f"'{reserved[0]}' cannot be a parameter's name", "expression")
    problems: _Problems = []
    for name in given:
        if name not in names and name not in _FORMULA_KEYS:
            hint = did_you_mean(name, [*names, *_FORMULA_KEYS], "allowed keys")
            problems.append(((name,), f"unknown key; {hint}"))
    parameters = {}
    for name in names:
        if name in given:
            parameters[name] = _parameter(name, given[name], info, problems)
        elif name in known:
            parameters[name] = known[name]
            (info.context or {}).get("used", set()).add(name)
        else:
            others = [key for key in given if key not in _FORMULA_KEYS]
            hint = did_you_mean(name, ["x", *CONSTANTS, *known, *others], "known names")
            problems.append(
                (("expression",), f"unknown name '{name}'; give it a value beside, or {hint}")
            )
    over = given.get("over", "all")
    if row.additive and over != "all":
        problems.append(
            (("over",), "the formula is element-wise; 'over' is for formulas with sum(...)")
        )
    if problems:
        raise wrong_many(problems)
    return {
        "kind": row.name,
        "expression": text,
        "domain": given.get("domain"),
        "parameters": parameters,
        "over": over,
    }


def _parameter(name: str, item: Any, info: ValidationInfo, problems: _Problems) -> Any:
    try:
        return ANY_VALUE.validate_python(item, context=info.context)
    except ValidationError as error:
        problems += [((name, *at), text) for at, text in explain(error, FileValue, TAGGED)]
        return 0.0


class GroupSpec(Part):
    """A population of neurons."""

    size: Count | None = None
    shape: tuple[Count, ...] | None = None
    neurons: tuple[NeuronSpec, ...] | None = None
    lagrangian: LagrangianSpec
    tau: Value = 1.0
    input: Cue = 0.0
    initial: Cue = 0.0

    @field_validator("neurons", "shape", mode="before")
    @classmethod
    def _some(cls, items: Any) -> Any:
        if not isinstance(items, list | tuple):
            raise wrong(f"must be a list, not {shown(items)}")
        if not items:
            raise wrong("the list is empty; a group has at least one neuron")
        return items

    @field_validator("neurons")
    @classmethod
    def _distinct(cls, neurons: tuple[NeuronSpec, ...] | None) -> tuple[NeuronSpec, ...] | None:
        seen: set[str] = set()
        problems = []
        for k, neuron in enumerate(neurons or ()):
            if neuron.id in seen:
                problems.append(((k,), f"the neuron '{neuron.id}' is named twice"))
            seen.add(neuron.id)
        if problems:
            raise wrong_many(problems)
        return neurons

    @model_validator(mode="after")
    def _one_size(self) -> GroupSpec:
        if self.size is None and self.shape is None and self.neurons is None:
            raise wrong("a group needs one of size, shape and neurons")
        if math.prod(self.shape or ()) > MAX_COUNT:
            number = math.prod(float(side) for side in self.shape or ())
            raise wrong(f"{number:g} neurons are too many; at most {MAX_COUNT:g}", "shape")
        if self.size is not None and self.shape is not None:
            raise wrong("give size or shape, not both", "size")
        count = self.size if self.size is not None else math.prod(self.shape or (0,))
        if self.neurons is not None and count and count != len(self.neurons):
            raise wrong(
                f"there are {len(self.neurons)} neurons, but the size is {count}", "neurons"
            )
        if isinstance(self.lagrangian.over, tuple):
            rank = len(self.dimensions)
            axes = [axis % rank for axis in self.lagrangian.over if -rank <= axis < rank]
            if len(axes) != len(self.lagrangian.over) or len(set(axes)) != len(axes):
                shape = list(self.dimensions)
                raise wrong(
                    f"axes {list(self.lagrangian.over)} do not fit the shape {shape}",
                    "lagrangian",
                    "over",
                )
        return self

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The group's shape, whichever way it was given."""
        if self.shape is not None:
            return self.shape
        return (self.size if self.size is not None else len(self.neurons or ()),)

    @property
    def count(self) -> int:
        """Number of neurons."""
        return math.prod(self.dimensions)


# --- connections ---------------------------------------------------------------------------------


def _pair(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong("must be a list of two: [A, B]")
    return tuple(value)


# Ways of leaving synapses out.
_SPARSE = ("density", "degree", "probability")


class ConnectionSpec(Part):
    """Synapses between two sets of groups, inside one, one-way, or gated by a third."""

    name: StrictStr | None = None
    gate: Endpoint | None = None
    between: Annotated[tuple[Endpoint, Endpoint], BeforeValidator(_pair)] | None = None
    within: Endpoint | None = None
    from_: Endpoint | None = Field(default=None, alias="from")
    to: Endpoint | None = None
    weights: Weights
    density: Fraction | None = None
    degree: Count | None = None
    probability: Fraction | None = None
    self_connections: StrictBool = False
    scale: Number = 1.0
    sign: SignSpec | None = None

    @model_validator(mode="after")
    def _one_way_of_saying(self) -> ConnectionSpec:
        ways = [
            self.between is not None,
            self.within is not None,
            self.from_ is not None or self.to is not None,
        ]
        if sum(ways) != 1:
            raise wrong("needs exactly one of between: [A, B], within: A, and from: A with to: B")
        if (self.from_ is None) != (self.to is None):
            missing = "from" if self.from_ is None else "to"
            raise wrong(f"one-way connections need from and to; '{missing}' is missing")
        given = [key for key in _SPARSE if getattr(self, key) is not None]
        if len(given) > 1:
            raise wrong(f"give {given[0]} or {given[1]}, not both", given[1])
        return self

    @model_validator(mode="after")
    def _gated(self) -> ConnectionSpec:
        weights = self.weights
        n_ends = 2 if self.gate is None else 3
        if isinstance(weights, Edges) and isinstance(weights.edges, tuple) and weights.edges:
            if len(weights.edges[0]) != n_ends + 1:
                form = "[a, b, weight]" if n_ends == 2 else "[a, b, gate, weight]"
                raise wrong(f"an edge of this connection is {form}", "weights", "edges", 0)
        if self.gate is None:
            return self
        if self.between is None:
            raise wrong("a gate stands beside between: [A, B]", "gate")
        if self.self_connections:
            raise wrong("does not apply to a gating connection", "self_connections")
        if self.degree is not None:
            raise wrong("a gating connection has no degree; give density or probability", "degree")
        if rule_name(weights) and not isinstance(weights, Edges | OneToOne):
            raise wrong(
                f"{rule_name(weights)} is for two ends; a gating connection takes numbers, edges "
                "or one_to_one",
                "weights",
            )
        return self

    @property
    def kind(self) -> Literal["between", "within", "from", "gate"]:
        """Which of the ways of connecting this is."""
        if self.gate is not None:
            return "gate"
        if self.between is not None:
            return "between"
        return "within" if self.within is not None else "from"

    @property
    def ends(self) -> tuple[tuple[str, ...], ...]:
        """Groups of the block's rows, which receive, and of its columns, which send.

        Of a gating connection: the two groups that are connected, and the gate.
        """
        if self.between is not None:
            return self.between if self.gate is None else (*self.between, self.gate)
        if self.within is not None:
            return self.within, self.within
        return self.to or (), self.from_ or ()

    @property
    def end_keys(self) -> tuple[tuple[Any, ...], ...]:
        """Where in the file the ends stand."""
        if self.between is not None:
            two = ("between", 0), ("between", 1)
            return two if self.gate is None else (*two, ("gate",))
        if self.within is not None:
            return (("within",),) * 2
        return ("to",), ("from",)


# --- the whole -----------------------------------------------------------------------------------


class Spec(Part):
    """A whole network, resolved: every default filled in, every expression a number."""

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

    @property
    def overrides(self) -> dict[str, Any]:
        """Values that were put in place of the file's, by path; long ones are described only."""
        return self._overrides

    @property
    def files(self) -> DataFiles:
        """The data files, with what has been read of them so far."""
        files = self._files
        return DataFiles() if files is None else files
