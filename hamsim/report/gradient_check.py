"""Methods of gradients beside finite differences, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hamsim.counted import counted
from hamsim.learning.checking import GradientCheck, MethodCheck
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["GradientCheckReport"]

_COLUMNS = ("weight", "gradient", "by differences")


@dataclass(frozen=True, eq=False)
class GradientCheckReport:
    """What `check_gradient` found.

    Parameters
    ----------
    found : GradientCheck
    """

    found: GradientCheck

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "name": self.found.network.name,
            "loss": self.found.loss,
            "agrees": self.found.agrees,
            "methods": [_plain(each) for each in self.found.methods],
        }

    def sections(self) -> tuple[Section, ...]:
        """A table a method, and how far it is from differences."""
        network = self.found.network
        size = f"{counted(network.n_neurons, 'neuron')}, {counted(network.W.nnz, 'synapse')}"
        head = Section(
            "",
            (
                Fact("", network.name, f"{named(network.name)}: {size}"),
                Fact("loss", self.found.loss, self.found.loss),
            ),
        )
        return head, *(_of_method(each) for each in self.found.methods)


def _plain(each: MethodCheck) -> dict[str, Any]:
    if each.refused:
        return {"method": each.method, "refused": each.refused}
    return {
        "method": each.method,
        "agrees": each.agrees,
        "apart": each.apart,
        "allowed": each.allowed,
        "largest": each.largest,
        "trials": each.trials,
        "weights": list(each.weights),
        "gradient": each.given.tolist(),
        "differences": each.differences.tolist(),
        "worst": each.weights[each.worst],
    }


def _of_method(each: MethodCheck) -> Section:
    if each.refused:
        return Section("", (Fact(each.method, each.refused, f"no gradient here: {each.refused}"),))
    rows = tuple(
        (name, f"{given:.9g}", f"{other:.9g}")
        for name, given, other in zip(each.weights, each.given, each.differences, strict=True)
    )
    verdict = "agrees" if each.agrees else "DIFFERS"
    trials = f", mean of {each.trials:,} trials" if each.trials > 1 else ""
    words = (
        f"{verdict}: at most {each.apart:.2g} of the largest entry, {each.largest:.3g}, apart at "
        f"{each.weights[each.worst]} (allowed: {each.allowed:.2g}){trials}"
    )
    return Section("", (Fact(each.method, each.apart, words),), _COLUMNS, rows)
