"""The method of Euler and Maruyama: Euler's, and the noise of a step."""

from hamsim.methods.stochastic import Stochastic

__all__ = ["ROW"]

ROW = Stochastic(
    name="euler_maruyama",
    order=1,
    c=(0.0,),
    a=((),),
    b=(1.0,),
    stable=2.0,
    safety=0.05,
)
