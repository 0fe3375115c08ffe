"""What a step of each kind of method consists of, as programs of the kernels."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.exponential import pace_exponential
from hamsim.kernels.plan import Plan, Programs
from hamsim.kernels.works import address_of, make_programs
from hamsim.methods import Exponential, Method

__all__ = ["programs_of"]


def programs_of(
    method: Method,
    plan: Plan,
    has_instant: bool,
    trials: int,
    refusable: bool,
    noisy: bool = False,
    driven: int = 0,
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
    noisy : bool
        Whether neurons have noise.
    driven : int
        Chunks with neurons whose currents or states change over time.
    """
    stages = method.stages
    programs = make_programs(plan, has_instant, stages, trials, refusable, noisy, driven)
    if isinstance(method, Exponential):
        pace = [(address_of(pace_exponential), 0, plan.chunk_start.size)]
        programs = programs._replace(pace=np.array(pace, np.int64))
    return programs
