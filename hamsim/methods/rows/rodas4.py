"""Hairer and Wanner's Rosenbrock method RODAS of order 4(3), stiffly accurate.

Solving Ordinary Differential Equations II, 2nd ed. 1996, section VI.4.
"""

from hamsim.methods.implicit import Implicit

__all__ = ["ROW"]

ROW = Implicit(name="rodas4", order=4, procedure="stages", vectors=27, usual="10 to 50", share=0.0)
