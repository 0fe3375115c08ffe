"""Euler's method with means of the noise of two steps, for what is seen once a run has settled.

Where the law at rest is Gibbs' its error is of order 2, and none where the network is linear;
elsewhere it is of order 1, and small. On the way there it is Euler's method.

[Leimkuhler]: B. Leimkuhler and C. Matthews, Rational construction of stochastic numerical methods
for molecular sampling, Appl. Math. Res. Express 2013, 34.
"""

from hamsim.methods.stochastic import Stochastic

__all__ = ["ROW"]

ROW = Stochastic(
    name="leimkuhler_matthews",
    order=1,
    c=(0.0,),
    a=((),),
    b=(1.0,),
    stable=2.0,
    safety=0.1,
    averages=True,
)
