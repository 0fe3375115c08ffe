"""Lagrangians that users write as text, such as ``log(cosh(b*x))/b``.

`Formula.parse` reads a text and differentiates it, `judge` says what can be proved of it and
`structure` what else theorems ask, and `write` gives the text of a module that computes it. Nothing
here evaluates text as Python.

The rooms, the lowest first: `arithmetic` of numbers, `elementary` functions, one a file, `tree`s of
them, their `values`, how they are made shorter (`simplify`), read and told (`text`); `formula`
puts these together, and above it stand `bounds`, `proof` and `code`.
"""

from hamsim.formula.code.writing import scratch_rows, write
from hamsim.formula.formula import Formula
from hamsim.formula.proof.judging import Facts, judge
from hamsim.formula.proof.structure import Structure, structure
from hamsim.formula.sensitivity import lagrangian_slope, pulled_back

__all__ = [
    "Facts",
    "Formula",
    "Structure",
    "judge",
    "lagrangian_slope",
    "pulled_back",
    "scratch_rows",
    "structure",
    "write",
]
