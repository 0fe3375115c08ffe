"""What a step of each kind of method consists of, as programs of the kernels."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Ints
from hamsim.dynamics.engine.splitting import Split
from hamsim.kernels import flows
from hamsim.kernels.convex import pace_implicit, split_convex
from hamsim.kernels.exponential import pace_exponential
from hamsim.kernels.plan import Convexity, Plan, Programs
from hamsim.kernels.works import address_of, drive_of, make_programs, put, turn
from hamsim.methods import Exponential, Method
from hamsim.methods.implicit import Implicit

__all__ = ["bundles_of", "programs_of"]

Works = list[tuple[int, int, int]]


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
    # Whoever solves for steps has programs of its own for them.
    stages = 0 if isinstance(method, Implicit) else method.stages
    programs = make_programs(plan, has_instant, stages, trials, refusable, noisy, driven)
    if isinstance(method, Split):
        programs = programs._replace(**_parts(method, plan, has_instant, trials, driven))
    if isinstance(method, Exponential):
        pace = [(address_of(pace_exponential), 0, plan.chunk_start.size)]
        programs = programs._replace(pace=_array(pace))
    return programs


def bundles_of(method: Method) -> tuple[Convexity, ...]:
    """Arrays that the programs of a method work on besides those of every run."""
    return (method.convexity,) if isinstance(method, Split) and method.convexity else ()


def _parts(
    method: Split, plan: Plan, has_instant: bool, trials: int, driven: int
) -> dict[str, Ints]:
    """Programs of a step that is made of parts."""
    chunks = plan.chunk_start.size
    if method.blocks is None or method.chunks is None:
        pace: Works = [(address_of(pace_implicit), 0, chunks)]
        step = [(address_of(split_convex), 0, chunks)]
        step += drive_of(plan, has_instant, trials, driven=driven)(False)
    else:
        pace = [(address_of(flows.pace_of_halves), 0, chunks)]
        single = plan.weights.dtype == np.float32
        moves = address_of(flows.flow_float32 if single else flows.flow)
        step = _sweeps(method, method.blocks.tolist(), method.chunks.tolist(), moves, driven)
    return {"pace": _array(pace), "advance": _array(step)}


def _sweeps(method: Split, blocks: list[int], chunks: list[int], moves: int, driven: int) -> Works:
    """Half a step of each class up to the last, a whole one of that, and back.

    What changes over time has its value of the middle of the step meanwhile.
    """
    activates, last = address_of(flows.activate_class), len(blocks) - 2
    kept = method.kept and not driven
    turns = [(address_of(put), 0, driven), (address_of(turn), 0, 1)] if driven else []

    def flow(each: int, mode: int) -> tuple[int, int, int]:
        return moves, blocks[each] * flows.MODES + mode, blocks[each + 1] - blocks[each]

    def part(each: int, mode: int) -> Works:
        return [flow(each, mode), (activates, chunks[each], chunks[each + 1] - chunks[each])]

    works: Works = [*turns]
    for each in range(last):
        works += part(each, flows.HALF if each or driven else flows.KEPT)
    works += part(last, flows.WHOLE)
    for each in range(last - 1, -1, -1):
        works += part(each, flows.LAST if kept and not each else flows.HALF)
    works += turns
    if last and kept:
        return works + [flow(each, flows.LOOK) for each in range(1, last + 1)]
    # Neurons that follow at once are in the first class, and may do so anew.
    return works + part(0, flows.LOOK) + [flow(each, flows.LOOK) for each in range(1, last + 1)]


def _array(works: Works) -> Ints:
    return np.array(works, np.int64).reshape(-1, 3)
