"""A run whose steps are tried, and taken or refused: put together from the parts of every run.

hamsim has no such method for users yet. This shows that its parts carry one.
"""

import contextlib
from dataclasses import replace

import numpy as np

from hamsim.dynamics.drivers.controller import Steps
from hamsim.dynamics.drivers.parts import make_parts
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.head import header_of
from hamsim.methods import METHODS
from hamsim.network import Record
from hamsim.operator import operator_of
from hamsim.operator.team import Team
from hamsim.trace.stats import Stats
from hamsim.trace.trace import MemorySink

# Bogacki and Shampine, Appl. Math. Lett. 2 (1989) 321.
BS32 = replace(
    METHODS["rk4"],
    name="bs32",
    order=3,
    c=(0, 1 / 2, 3 / 4),
    a=((), (1 / 2,), (0, 3 / 4)),
    b=(2 / 9, 1 / 3, 4 / 9),
    stable=2.513,
    error=(-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    embedded=2,
)
PAIRS = {"heun": METHODS["heun"], "bs32": BS32}
NORM = 0  # root mean square


def engine_of(network, start, method, rtol=1e-3, atol=1e-6, own=False, stimuli=()):
    """An engine of steps that may be refused, at its first state."""
    start = np.atleast_2d(start)
    layout = operator_of(network).layout(start.shape[0])
    engine = Engine(network, layout, start, method, (atol, rtol), own)
    engine.act(stimuli)
    engine.hold()
    engine.evaluate()
    return engine


class PI:
    """Proportional and integral control of the step's length, as in Hairer and Wanner II.IV.2.

    It ends a step where somebody wants a record, and goes on with the length it had chosen.
    """

    def __init__(self, method, h, times):
        self.h, self.times = h, times
        self.power = 1 / (method.embedded + 1)
        self.before, self.refused = 1.0, 0

    def propose(self, clock):
        left = self.times[self.times > clock.time]
        if not left.size:
            return Steps(0.0, 0)
        return Steps(min(self.h, left[0] - clock.time), 1)

    def judge(self, h, error):
        worst = float(error[NORM].max())
        accepted = worst <= 1.0
        worst = max(worst, 1e-10) if np.isfinite(worst) else 1e10
        if accepted:
            factor = 0.9 * worst ** (-0.7 * self.power) * self.before ** (0.4 * self.power)
            # A step that was cut short says little about longer ones.
            self.h = max(self.h if h < self.h else 0.0, h * np.clip(factor, 0.2, 10.0))
            self.before = worst
        else:
            self.h = h * np.clip(0.9 * worst**-self.power, 0.2, 0.9)
            self.refused += 1
        return np.full(error.shape[-1], accepted)


def integrate(network, start, method, times, rtol, atol=None, tolerance=-1.0, h=0.1, threads=1):
    """Trace of a run with records at `times`, its controller and its parts."""
    start = np.atleast_2d(start)
    what = ("x", "g", "energy", "residual")
    header = header_of(
        network, Record(what=what), len(start), np.float64, threads, method.name, float("nan")
    )
    layout = operator_of(network).layout(start.shape[0])
    accuracy = (rtol if atol is None else atol, rtol)
    parts = make_parts(
        network, layout, start, method, header, tolerance, len(times) + 1, accuracy=accuracy
    )
    controller = PI(method, h, np.asarray(times))
    sink = MemorySink()
    sink.open(header)
    parts.recorder.open(sink)
    parts.engine.act(())
    parts.engine.hold()
    with contextlib.closing(Team(threads)) as team:
        with team.at_work(parts.engine.help) as parts.engine.board:
            team.call(parts.engine.board, threads > 1)
            take_steps(parts, controller)
    ending = parts.stopping.end(parts.clock.time, parts.watching.residuals, None)
    sink.close(
        ending.outcome(),
        Stats(steps=parts.clock.steps, energy=parts.watching.energy_watch(float, True)),
    )
    return sink.trace, controller, parts


def take_steps(parts, controller):
    engine, clock = parts.engine, parts.clock
    engine.evaluate()
    engine.look(True, clock.time)
    parts.recorder.put(clock.time)
    going = parts.stopping.judge(engine.buffers.residual, True)
    while going and controller.propose(clock).number:
        h, _ = controller.propose(clock)
        engine.set_step(h)
        accepted = controller.judge(h, engine.attempt())
        engine.settle(accepted)
        if not accepted.all():
            continue
        clock.pass_by(h)
        near = np.abs(controller.times - clock.time) <= 1e-12 * clock.time
        if near.any():  # adding up has rounded
            clock.reach(float(controller.times[near][0]), clock.steps)
        engine.look(False, clock.time)
        going = parts.stopping.judge(engine.buffers.residual, True)
        if near.any() or not going:
            parts.recorder.put(clock.time)
