"""A Lagrangian given as text: its tree, its derivatives and its parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

from hamsim.errors import ExpressionError
from hamsim.expression import short
from hamsim.formula.simplify.dual import legendre
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.text.reading import read, simplified
from hamsim.formula.tree.derivative import derivative, gradient
from hamsim.formula.tree.tree import ONE, REDUCTIONS, Node, V, X, postorder
from hamsim.formula.values.constants import check_constants

__all__ = ["Formula"]

# Operations in g, h and L together; beyond, compiling takes too long to wait for.
_MOST_OPERATIONS = 2000


@dataclass(frozen=True)
class Formula:
    """A Lagrangian that was given as text.

    Make one with `Formula.parse`.

    Parameters
    ----------
    text : str
        As it was written.
    parameters : tuple of str
        Names other than ``x``, in the order in which they appear.
    collective : bool
        True if the group has one Lagrangian, with ``sum`` or ``mean`` over its neurons; False if
        each neuron has its own.
    outside : frozenset of str
        Parameters that stand outside every reduction of a collective formula and so must be one
        number for the group. Empty for an element-wise formula.
    written : Node
        The tree as it was read.
    L, g, h : Node
        Lagrangian, activation of a neuron, and the slope of g in x; in a collective formula `h`
        is the Hessian times a vector, of which ``v`` is the neuron's own entry.
    dual : Node
        x.g - L, in a form in which nothing cancels.
    """

    text: str
    parameters: tuple[str, ...]
    collective: bool
    outside: frozenset[str]
    written: Node = field(repr=False)
    L: Node = field(repr=False)
    g: Node = field(repr=False)
    h: Node = field(repr=False)
    dual: Node = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Read a formula and differentiate it twice.

        Parameters
        ----------
        text : str
            Arithmetic in ``x``, the state of a neuron, and parameters.

        Returns
        -------
        Formula

        Raises
        ------
        ExpressionError
            With one line that says what is wrong.
        """
        written = read(text)
        collective = any(node.op in REDUCTIONS for node in postorder(written))
        _check_names(written, collective, text)
        outside = written.bare if collective else frozenset()
        try:
            L = tidied(simplified(written, text, outside))
            g = tidied(gradient(L) if collective else derivative(L, {X: ONE}))
            h = tidied(derivative(g, {X: V if collective else ONE}, through=True))
            dual = tidied(legendre(L))
            check_constants([L, g, h, dual])
        except RecursionError:
            raise ExpressionError(f"'{short(text)}' is nested too deeply") from None
        except OverflowError:
            raise ExpressionError(
                f"a constant in '{short(text)}' or its derivatives is not finite, or too small for "
                "a float"
            ) from None
        if len(postorder(L, g, h, dual)) > _MOST_OPERATIONS:
            raise ExpressionError(f"the derivatives of '{short(text)}' have too many terms")
        parameters = tuple(dict.fromkeys(_names(written)))
        return cls(text, parameters, collective, outside, written, L, g, h, dual)


def _names(written: Node) -> list[str]:
    """Parameters from left to right, as often as they occur."""
    return [node.label for node in postorder(written) if node.op == "name" and node.label != "x"]


def _check_names(written: Node, collective: bool, text: str) -> None:
    if not written.varies:
        raise ExpressionError(f"'{short(text)}' does not depend on x, the state of the neuron")
    if collective and "x" in written.bare:
        raise ExpressionError(
            f"x stands outside sum(...) and mean(...) in '{short(text)}'; a Lagrangian with a sum "
            "is one number for the group, so that every x must stand inside of one"
        )
