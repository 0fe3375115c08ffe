"""A formula as the text of a Python module, to be compiled.

The text depends on the formula alone, not on the values of its parameters, so that compiled code
can be kept by the hash of the text.
"""

from __future__ import annotations

from hamsim.formula.code.statements import Names, statements
from hamsim.formula.code.writing_group import group_functions, group_scratch_rows
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.formula import Formula
from hamsim.formula.tree.tree import Node, X, name
from hamsim.formula.values.constants import computed

__all__ = ["scratch_rows", "write"]


def write(formula: Formula) -> str:
    """Text of a module with the compiled functions of a formula.

    Parameters
    ----------
    formula : Formula

    Returns
    -------
    str
        For an element-wise formula the functions ``L``, ``g``, ``h`` and ``dual`` of one state
        and the parameters, in the order of `Formula.parameters`. For a collective one
        ``activate``, ``add_dual``, ``add_lagrangian`` and ``hessian`` of all neurons and trials
        of a group, with as many rows of scratch as `scratch_rows` says.
    """
    body = group_functions(formula) if formula.collective else _scalar_functions(formula)
    decorator = "jit" if formula.collective else "inlined"
    text = "\n".join(body)
    used = sorted(op for op, row in FUNCTIONS.items() if row.primitive and f" {op}(" in text)
    head = ['"""Written from the formula of a Lagrangian; not meant to be edited."""', ""]
    if "math." in text:
        head += ["import math", ""]
    imported = ["inlined", "jit"] if formula.collective else [decorator]
    head.append(f"from hamsim.kernels.jit import {', '.join(imported)}")
    if used:
        head.append(f"from hamsim.lagrangians.primitives import {', '.join(used)}")
    return "\n".join([*head, *body]) + "\n"


def scratch_rows(formula: Formula) -> int:
    """Rows of scratch that the functions of a formula need; 0 for an element-wise one."""
    return group_scratch_rows(formula) if formula.collective else 0


def _scalar_functions(formula: Formula) -> list[str]:
    parameters = [f"p{k}" for k in range(len(formula.parameters))]
    known = {X: "x"} | {
        name(label): p for label, p in zip(formula.parameters, parameters, strict=True)
    }
    lines: list[str] = []
    for function, tree in _scalar_trees(formula):
        (root,) = computed([tree])
        names = Names(known)
        lines += ["", "", "@inlined", f"def {function}({', '.join(['x', *parameters])}):"]
        lines += [f"    {line}" for line in statements([root], names)]
        lines.append(f"    return {names[root]}")
    return lines


def _scalar_trees(formula: Formula) -> list[tuple[str, Node]]:
    return [("L", formula.L), ("g", formula.g), ("h", formula.h), ("dual", formula.dual)]
