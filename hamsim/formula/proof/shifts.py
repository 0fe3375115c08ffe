"""Whether the Lagrangian of a group only gains a constant when all states are shifted alike.

Then its Hessian maps equal shifts to 0.
"""

from __future__ import annotations

from hamsim.formula.tree.algebra import mul
from hamsim.formula.tree.rewriting import reduced, total
from hamsim.formula.tree.tree import ONE, ZERO, Node, X, postorder

__all__ = ["follows_shifts"]


def follows_shifts(L: Node) -> bool:
    """Whether L(x + s) is L(x) + k s for all s, with k free of states."""
    gains: dict[Node, Node | None] = {}
    for node in postorder(L):
        gains[node] = _gain(node, gains)
    return gains[L] is not None


def _gain(node: Node, gains: dict[Node, Node | None]) -> Node | None:
    """K of a node that gains k s when s is added to all states; None where that is not known."""
    if not node.varies:
        return ZERO
    if node == X:
        return ONE
    known = [gains[arg] for arg in node.args]
    found = [gain for gain in known if gain is not None]
    if len(found) < len(known):
        return None
    if node.op == "add":
        return total(*found)
    if node.op in ("sum", "mean"):
        return reduced(node.op, found[0])
    # A sum of exponentials is one factor richer only if all its neurons are.
    if node.op in ("term", "expsum") and found[0] == ZERO and not found[1].bare:
        return found[1]
    if node.op == "lse" and len(set(found)) == 1:
        return found[0]
    if all(gain == ZERO for gain in found):
        return ZERO
    if node.op == "mul":
        varying = [arg for arg in node.args if arg.varies]
        if len(varying) == 1:
            rest = (arg for arg in node.args if not arg.varies)
            return mul(*rest, gains[varying[0]] or ZERO)
    return None
