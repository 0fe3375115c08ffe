"""Problems solved by networks: annealing from some starts, and what their last states say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hamsim.compiler import compile as compiled
from hamsim.dynamics.starts import begin
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.observables import activation
from hamsim.optimise.annealing import cooled, raised
from hamsim.optimise.problem import Problem
from hamsim.optimise.solution import Solution
from hamsim.optimise.stated import binary, problem_of
from hamsim.request import count_of
from hamsim.spec.load import load
from hamsim.spec.schema import Spec
from hamsim.spec.solving import SolveSpec
from hamsim.spec.sweeping import part_of
from hamsim.spec.text import parse_text
from hamsim.telling import telling

__all__ = ["solve"]

# Time of all stages where nobody says, in the largest tau.
DURATION = 300.0


def solve(
    source: Network | Spec | str | os.PathLike[str] | Mapping[str, Any],
    *,
    gain: Sequence[float] | None = None,
    temperature: Sequence[float] | None = None,
    stages: int | None = None,
    starts: int | None = None,
    seed: int | None = None,
    exact: float | None = None,
    overrides: Mapping[str, Any] | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | bool | None = None,
) -> Solution:
    """Solve the problem that a network's weights state.

    Graded neurons are followed while the gain rises, binary ones (sign, step) in a heat bath while
    the temperature falls. Their last states are read out, and the best answer is told.

    Parameters
    ----------
    source : Network, Spec, path or dict
        One connection has weights by the rule `salesman`, `cut` or `queens`. A compiled network
        must have a description.
    gain : (first, last), optional
        Of graded neurons: what all weights and inputs are multiplied by. What is None comes from
        the description's block ``solve``.
    temperature : (first, last), optional
        Of binary neurons.
    stages : int, optional
        So many gains, each for an equal part of the description's `t_end` (300 times the largest
        tau if it has none), or temperatures, each for one sweep; with equal quotients.
    starts : int, optional
        So many runs, which draw their initial states each.
    seed : int, optional
        Of what is drawn; the description's if nobody says.
    exact : float, optional
        Also find the best answer by a mixed-integer program, in at most so many seconds.
    overrides : mapping of str to value, optional
        Values to put in place of the description's.
    threads : int, optional
    progress : True or callable, optional
        Called with the number of stages that are over, and of all; True shows a bar.

    Returns
    -------
    Solution
        With `answer`, `value`, `values`, `valid`, `x`. After Ctrl-C it is what was there by then.

    Raises
    ------
    SpecError
        The description, or a setting, is wrong.
    HamsimError
        There is no problem, or gain and temperature are not for its neurons.

    References
    ----------
    Hopfield and Tank 1985, Biological Cybernetics 52:141; Peterson and Soderberg 1989,
    International Journal of Neural Systems 1:3.
    """
    spec = _described(source, {**(overrides or {}), **({} if seed is None else {"seed": seed})})
    network = compiled(spec)
    problem = problem_of(spec, network)
    asked = _asked(spec, problem, network, gain, temperature, stages, starts)
    network, x, _ = begin(network, None, _starts(network, asked.starts))
    began = time.perf_counter()
    with telling(progress, "stages") as tell:
        if asked.gain is not None:
            duration = network.settings.t_end or DURATION * float(network.tau.max())
            gains = np.geomspace(*asked.gain, asked.stages)
            each = duration / asked.stages
            annealed = raised(network, x, gains, each, spec.seed, threads, tell)
        else:
            assert asked.temperature is not None
            temperatures = np.geomspace(*asked.temperature, asked.stages)
            annealed = cooled(network, x, temperatures, spec.seed, threads, tell)
    seconds = time.perf_counter() - began
    g = np.atleast_2d(activation(network, annealed.x))[:, problem.neurons]
    readings = [problem.read(state) for state in g]
    values = np.array([reading.value for reading in readings])
    valid = np.array([reading.valid for reading in readings])
    order = np.lexsort((~valid, -values if problem.largest else values))
    return Solution(
        problem,
        network,
        np.atleast_2d(annealed.x),
        tuple(reading.answer for reading in readings),
        values,
        valid,
        int(order[0]),
        annealed.stages,
        annealed.interrupted,
        seconds,
        None if exact is None or annealed.interrupted else problem.exact(float(exact)),
    )


def _described(source: Any, overrides: Mapping[str, Any]) -> Spec:
    if isinstance(source, Network):
        if not source.source:
            raise HamsimError("nothing describes this network: values were replaced in it")
        source = parse_text(source.source)[0]
    return load(source, overrides or None)


def _starts(network: Network, starts: int) -> int | None:
    """As many as the description has, where that states one for each."""
    return None if network.initial.ndim == 2 else starts


def _asked(
    spec: Spec,
    problem: Problem,
    network: Network,
    gain: Sequence[float] | None,
    temperature: Sequence[float] | None,
    stages: int | None,
    starts: int | None,
) -> SolveSpec:
    """What the description says of solving, with what is asked besides in its place."""
    block = {} if spec.solve is None else spec.solve.model_dump(exclude_none=True)
    if gain is not None or temperature is not None:
        block = {key: value for key, value in block.items() if key not in ("gain", "temperature")}
    pairs = {"gain": gain, "temperature": temperature}
    block |= {key: list(pair) for key, pair in pairs.items() if pair is not None}
    counts = {"stages": stages, "starts": starts}
    block |= {key: count_of(key, n, 1) for key, n in counts.items() if n is not None}
    two = binary(network, problem.neurons)
    wanted = "temperature" if two else "gain"
    if wanted not in block:
        kind = "binary: give temperature" if two else "graded: give gain"
        raise HamsimError(f"the problem's neurons are {kind}, [first, last]")
    return part_of(("solve",), block, SolveSpec)
