"""What a step of each kind of method consists of, as programs of the kernels."""

from __future__ import annotations

from hamsim.kernels.plan import Plan, Programs
from hamsim.kernels.works import make_programs
from hamsim.methods import Method

__all__ = ["programs_of"]


def programs_of(
    method: Method, plan: Plan, has_instant: bool, trials: int, refusable: bool
) -> Programs:
    """Write the programs of a method for a network.

    Parameters
    ----------
    method : Method
    plan : Plan
    has_instant : bool
        Whether any neuron follows at once.
    trials : int
    refusable : bool
        Whether steps may be refused, instead of ending in x itself.
    """
    return make_programs(plan, has_instant, method.stages, trials, refusable)
