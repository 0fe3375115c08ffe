"""A formula of one variable of each neuron that is no Lagrangian: its value and derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hamsim.arrays import Floats
from hamsim.errors import ExpressionError
from hamsim.expression import short
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.text.reading import read, simplified
from hamsim.formula.tree.derivative import derivative, gradient
from hamsim.formula.tree.tree import ONE, REDUCTIONS, Node, X, name, postorder, rebuild
from hamsim.formula.values.arrays import evaluate_computed
from hamsim.formula.values.constants import check_constants, computed

__all__ = ["Differentiated"]


@dataclass(frozen=True)
class Differentiated:
    """A formula of one variable of each neuron, ready to be evaluated for arrays.

    Make one with `Differentiated.parse`. At a kink derivatives are those of one of the sides.

    Parameters
    ----------
    variable : str
        Its name in the text.
    names : frozenset of str
        All names in the text.
    collective : bool
        True if the formula has ``sum`` or ``mean``, so that it is one number for a group; its
        neurons are the last axis of arrays then.
    """

    variable: str
    names: frozenset[str]
    collective: bool
    _value: Node = field(repr=False)
    _slope: Node = field(repr=False)
    _curvature: Node = field(repr=False)

    @classmethod
    def parse(cls, text: str, variable: str) -> Differentiated:
        """Read a formula and differentiate it.

        Parameters
        ----------
        text : str
            Arithmetic as in formulas of Lagrangians.
        variable : str
            By which it is differentiated; all other names are given with it.

        Returns
        -------
        Differentiated

        Raises
        ------
        ExpressionError
            With one line that says what is wrong.
        """
        written = read(text)
        names = written.names
        if variable != "x" and "x" in names:
            raise ExpressionError(f"unknown name 'x' in '{short(text)}'; known names: {variable}")
        collective = any(node.op in REDUCTIONS for node in postorder(written))
        if collective and written.bare:
            found = sorted(written.bare)[0]
            raise ExpressionError(
                f"{found} stands outside sum(...) and mean(...) in '{short(text)}', which is one "
                "number for the group"
            )
        try:
            (renamed,) = rebuild([written], _same, {name(variable): X})
            value = tidied(simplified(renamed, text))
            slope = tidied(gradient(value) if collective else derivative(value, {X: ONE}))
            curvature = slope if collective else tidied(derivative(slope, {X: ONE}))
            check_constants([value, slope, curvature])
        except RecursionError:
            raise ExpressionError(f"'{short(text)}' is nested too deeply") from None
        except OverflowError:
            raise ExpressionError(
                f"a constant in '{short(text)}' or its derivatives is not finite, or too small for "
                "a float"
            ) from None
        return cls(variable, names, collective, *computed([value, slope, curvature]))

    def _at(self, tree: Node, given: Mapping[str, Floats]) -> Floats:
        arrays = {"x" if name == self.variable else name: v for name, v in given.items()}
        return evaluate_computed([tree], arrays)[0]

    def value(self, given: Mapping[str, Floats]) -> Floats:
        """Value of each neuron, or with one last place of a group."""
        return self._at(self._value, given)

    def slope(self, given: Mapping[str, Floats]) -> Floats:
        """Derivative by each neuron's variable, of a shape that can be broadcast to its own."""
        return self._at(self._slope, given)

    def curvature(self, given: Mapping[str, Floats]) -> Floats:
        """Second derivative by each neuron's variable; not of a collective formula."""
        assert not self.collective
        return self._at(self._curvature, given)


def _same(node: Node, args: tuple[Node, ...]) -> Node:
    return Node(node.op, args, node.label, node.value)
