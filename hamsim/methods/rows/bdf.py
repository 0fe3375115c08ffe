"""Numerical differentiation formulas of variable order 1 to 5.

Shampine and Reichelt, SIAM J. Sci. Comput. 18:1 (1997).
"""

from hamsim.methods.implicit import Implicit

__all__ = ["ROW"]

ROW = Implicit(
    name="bdf",
    order=5,
    procedure="formulas",
    vectors=29,
    halves=True,
    usual="1 to 5",
    share=0.2,
    part=0.5,
)
