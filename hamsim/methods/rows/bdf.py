"""Numerical differentiation formulas of variable order 1 to 5.

Shampine and Reichelt, SIAM J. Sci. Comput. 18:1 (1997).
"""

from hamsim.methods.implicit import Implicit

ROW = Implicit(name="bdf", order=5, vectors=28, share=0.2)
