"""The Lagrangian of a group: a name of the table or a formula, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import (
    Field,
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
from hamsim.spec.messages import explain, shown, wrong, wrong_many
from hamsim.spec.numbers import Number, Part
from hamsim.spec.values import ANY_VALUE, VALUE_TAGS, FileValue, Value

__all__ = ["LagrangianSpec"]


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
    parameters : dict of str to value
        In a file they stand beside the name or the formula.
    over : "all", "last", or tuple of int
        Of Lagrangians that neurons share, as softmax: all neurons of the group share one, or those
        along the last axis, or along these axes of its shape.

    Examples
    --------
    relu
    {kind: softmax, beta: 2, over: last}
    {expression: "x**2/2 + a*cosh(x)", a: 0.1}
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

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Say the forms that files have: a name, a name with its parameters, a formula with its."""
        said = {key: own.get("description") for key, own in schema["properties"].items()}
        over = {
            "anyOf": [
                {"enum": ["all", "last"]},
                {"type": "integer"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            ],
            "default": "all",
            "description": said["over"],
        }
        value, number = {"$ref": "#/$defs/Value"}, {"$ref": "#/$defs/Number"}
        kind = {"enum": list(TABLE), "description": said["kind"]}
        families = [_family(row, over) for row in TABLE.values()]
        known = {name: True for family in families for name in family["then"]["properties"]}
        formula = {
            "expression": {"type": "string", "description": said["expression"]},
            "domain": {
                "anyOf": [
                    {"type": "array", "items": number, "minItems": 2, "maxItems": 2},
                    {"type": "null"},
                ],
                "description": said["domain"],
            },
            "over": over,
        }
        kept: dict[str, Any] = {key: schema[key] for key in ("description", "examples")}
        schema.clear()
        schema |= kept
        schema["anyOf"] = [
            {"enum": list(TABLE)},
            {
                "type": "object",
                "properties": {**known, "kind": kind},
                "required": ["kind"],
                "allOf": families,
                "not": {"required": ["expression"]},
            },
            {
                "type": "object",
                "properties": formula,
                "required": ["expression"],
                "additionalProperties": {
                    **value,
                    "description": "A parameter of the formula, by its name there.",
                },
                "not": {"required": ["kind"]},
            },
        ]

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


def _family(row: Lagrangian, over: dict[str, Any]) -> dict[str, Any]:
    """Condition of a schema: which keys the name of a Lagrangian has beside it."""
    keys: dict[str, Any] = {"kind": True}
    for parameter in row.parameters:
        meaning = f"{parameter.meaning[:1].upper()}{parameter.meaning[1:]}."
        keys[parameter.name] = {
            "$ref": "#/$defs/Value",
            "default": parameter.default,
            "description": meaning,
        }
    keys["over"] = {"const": "all"} if row.additive else over
    named = {"properties": {"kind": {"const": row.name}}, "required": ["kind"]}
    return {"if": named, "then": {"properties": keys, "additionalProperties": False}}


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
        problems += [((name, *at), text) for at, text in explain(error, FileValue, VALUE_TAGS)]
        return 0.0
