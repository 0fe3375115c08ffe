"""What Lagrangians do with their parameters: dL/dtheta, and y.dg/dtheta of a vector y.

A family that formulas can say is differentiated as a formula is (`derived`); of others, and of
norms, which are 0/0 where all states are 0, the derivatives are written out, in files as those of
their formulas. NumPy is fast enough for them: they are asked for once a gradient.
"""

from hamsim.lagrangians.sensitivity.table import Sensitivity, sensitivity_of

__all__ = ["Sensitivity", "sensitivity_of"]
