"""What is known of Lagrangians: their formulas, parameters and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hamsim.counted import counted
from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.table import TABLE
from hamsim.report.sections import Fact, Section

if TYPE_CHECKING:
    from hamsim.network import Group

__all__ = ["FamilyReport", "LagrangianReport", "ListReport", "lagrangian_report"]

_KERNELS = {"ones": "equal shifts of all neurons", "state": "the state itself"}
_FEWER = "equal shifts of the neurons with g > 0"


@dataclass(frozen=True)
class FamilyReport:
    """One family, as the table has it.

    Parameters
    ----------
    row : Lagrangian
    """

    row: Lagrangian

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, lists and dicts, for JSON."""
        row = self.row
        names = (
            *("additive", "convex", "convex_from", "low", "high", "growth", "least", "slope"),
            *("far_slope", "kernel", "kernel_if", "condition", "kinks", "h", "witness", "source"),
        )
        parameters = [
            {
                "name": p.name,
                "default": p.default,
                "allowed": p.rule or "any number",
                "meaning": p.meaning,
                "one_a_neuron": row.additive or p.one_a_neuron,
            }
            for p in row.parameters
        ]
        return {
            **{name: getattr(row, name) for name in ("name", "L", "g", "dual")},
            "parameters": parameters,
            **{name: getattr(row, name) for name in names},
        }

    def sections(self) -> tuple[Section, ...]:
        """Its formulas and facts in short."""
        row = self.row
        given = ", ".join(f"{p.name}={p.default:g}" for p in row.parameters)
        low, high, least, slope = (
            self._readable(text) for text in (row.low, row.high, row.least, row.slope)
        )
        facts = (
            Fact("L", row.L, row.L, whole=True),
            Fact("g", row.g, row.g, whole=True),
            Fact(
                "",
                row.convex,
                f"g from {low} to {high}, H from {least} to {slope}; {convex_of(row)}",
            ),
        )
        return (Section(f"{row.name}({given})" if given else row.name, facts),)

    def _readable(self, text: str) -> str:
        """A fact as it stands, unless it is written with an idiom that is for programs."""
        from hamsim.expression import evaluate

        if "sign(" not in text:
            return text
        names = {parameter.name: parameter.default for parameter in self.row.parameters}
        return f"{evaluate(text, names, finite=False):g}"


@dataclass(frozen=True)
class ListReport:
    """All families of the table: element-wise ones, then collective ones."""

    elementwise: tuple[FamilyReport, ...]
    collective: tuple[FamilyReport, ...]

    @classmethod
    def of_table(cls) -> ListReport:
        """Those that there are."""
        rows = [FamilyReport(row) for row in TABLE.values()]
        additive = tuple(family for family in rows if family.row.additive)
        return cls(additive, tuple(family for family in rows if not family.row.additive))

    def to_list(self) -> list[dict[str, Any]]:
        """Each as plain numbers, text, lists and dicts, in the table's order."""
        return [FamilyReport(row).to_dict() for row in TABLE.values()]

    def sections(self) -> tuple[Section, ...]:
        """Both kinds under titles, and each family in short."""
        result = [Section("Element-wise: each neuron has its own")]
        result += [section for family in self.elementwise for section in family.sections()]
        shared = "the neurons of a group, or along the axes in 'over', share one"
        result.append(Section(f"Collective: {shared}"))
        result += [section for family in self.collective for section in family.sections()]
        return tuple(result)


@dataclass(frozen=True)
class LagrangianReport:
    """One Lagrangian with the parameters of a group.

    Parameters
    ----------
    family : FamilyReport
    values : dict of str to float
        Of its parameters.
    facts : dict of str to float
        Its facts with these parameters: least and largest g and H, and growth.
    neurons : int
        That share it.
    """

    family: FamilyReport
    values: Mapping[str, float]
    facts: Mapping[str, float]
    neurons: int

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, lists and dicts, for JSON."""
        return {
            **self.family.to_dict(),
            "values": dict(self.values),
            "facts": dict(self.facts),
            "neurons": self.neurons,
        }

    def sections(self) -> tuple[Section, ...]:
        """All that is known of it."""
        row = self.family.row
        whose = "element-wise" if row.additive else "shared by a group, or along the axes in 'over'"
        name = "formula" if row.formula else row.name
        facts = (*self._formulas(), *self._parameters(), *self._bounds(), *self._rest())
        return (Section(f"{name}: {whose}", tuple(fact for fact in facts if fact.words)),)

    def _formulas(self) -> tuple[Fact, ...]:
        row = self.family.row
        second = "H v" if row.formula and not row.additive else "h"
        dual = row.dual or ("" if row.formula else "no closed form")
        formulas = (("L", row.L), ("g", row.g), (second, row.h), ("L*(g)", dual))
        return tuple(Fact(name, text, text, whole=True) for name, text in formulas)

    def _parameters(self) -> tuple[Fact, ...]:
        facts = []
        for parameter in self.family.row.parameters:
            value = self.values[parameter.name]
            meaning = f": {parameter.meaning}" if parameter.meaning else ""
            rule = f" ({parameter.rule})" if parameter.rule else ""
            words = f"{parameter.name} = {value:g}{meaning}{rule}"
            facts.append(Fact("parameter", value, words, note=parameter.meaning))
        return tuple(facts)

    def _bounds(self) -> tuple[Fact, ...]:
        row, numbers = self.family.row, self.facts
        shared = "" if row.additive else f" with {counted(self.neurons, 'neuron')}"
        facts = []
        for name, low, high in (("g", "low", "high"), ("H", "least", "slope")):
            span = (numbers[low], numbers[high])
            words = f"{span[0]:.6g} to {span[1]:.6g}{shared}"
            facts.append(Fact(f"range of {name}", span, words))
        return tuple(facts)

    def _rest(self) -> tuple[Fact, ...]:
        row = self.family.row
        facts = [
            Fact("convex", row.convex, _proved(row)),
            Fact("growth", self.facts["growth"], self._growth()),
        ]
        if row.kernel:
            when = f" if {row.kernel_if} = 0" if row.kernel_if else ""
            words = _KERNELS.get(row.kernel, _FEWER) + when
            facts.append(Fact("H is 0 for", row.kernel, words))
        if row.source != "formula":
            facts.append(Fact("source", row.source, row.source))
        return tuple(facts)

    def _growth(self) -> str:
        degree = self.facts["growth"]
        if self.family.row.formula:
            return ""
        if degree == 0:
            bounded = self.facts["high"] < float("inf")
            return "g is bounded" if bounded else "slower than any power"
        if degree == float("inf"):
            return "exponential"
        return f"|g| ~ |x|^{degree:g}"


def lagrangian_report(group: Group) -> LagrangianReport:
    """What is known of a group's Lagrangian, with the parameters of its first neuron.

    Parameters
    ----------
    group : Group
    """
    names = ("low", "high", "growth", "least", "slope")
    return LagrangianReport(
        family=FamilyReport(group.family),
        values={name: float(values[0]) for name, values in group.parameters.items()},
        facts={name: float(group.fact(name)[0]) for name in names},
        neurons=group.size,
    )


def convex_of(row: Lagrangian) -> str:
    """Whether a family is convex, in words."""
    if row.convex is None:
        return "convex: undecided"
    if row.convex:
        return "convex"
    if row.convex_from == float("inf"):
        return "not convex"
    return f"not convex; convex for x >= {row.convex_from:.4g}"


def _proved(row: Lagrangian) -> str:
    if row.convex is None:
        return "undecided"
    if row.convex:
        return "yes, proved" if row.formula else "yes"
    return f"no: {row.witness}" if row.witness else convex_of(row).replace("not convex", "no")
