"""An engine of explicit pairs: each trial tries steps of its own, and takes or refuses them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.drivers.kinks import breaks_of, reach_of
from hamsim.dynamics.drivers.radius import first_direction
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.timeline.bound import largest_rate
from hamsim.kernels import adapt as kernel
from hamsim.kernels.adapt import (
    come_back,
    finish,
    go_apart,
    later,
    probe,
    put,
    send_kinks,
    weigh,
    weigh_kinks,
)
from hamsim.kernels.control import FURTHER, GOING, REFUSED, TAKEN
from hamsim.kernels.interpolate import PLACES
from hamsim.kernels.jit import first_call, was_called
from hamsim.kernels.plan import Control, Inside, Programs, Stability
from hamsim.kernels.works import address_of, drive_of
from hamsim.layout.arrange import Layout
from hamsim.layout.buffers import aligned
from hamsim.layout.narrow import narrowed
from hamsim.methods.pair import Pair
from hamsim.network import Network
from hamsim.operator.team import surely_within, work_of

__all__ = ["Choosing"]

# Proportional and integral control: the numbers of `hamsim.kernels.control`.
SAFETY, ALPHA, BETA, LEAST, MOST = 0.9, 0.7, 0.4, 0.2, 10.0
# Close to rest a step's error stays below this part of the residual, so that it does not hover.
RESIDUAL_PART = 0.1
# From this part of what stability admits on a step is close to it.
CLOSE = 0.85
# Steps are at most so long, in parts of the longest stable ones, where nothing else shortens them.
CALM = 0.88
# Parts of a step at which is looked how well an interpolant goes over a kink.
MARKS = (0.25, 0.5, 0.75, 1.0)


class Choosing(Engine):
    """Steps of a pair.

    Parameters
    ----------
    network, layout, start
        As of `Engine`.
    method : Pair
    accuracy : (float, float)
        Absolute and relative tolerance.
    """

    method: Pair

    def __init__(
        self,
        network: Network,
        layout: Layout,
        start: Floats,
        method: Pair,
        accuracy: tuple[float, float],
    ) -> None:
        super().__init__(network, layout, start, method, accuracy, own=True)
        n, m = self.buffers.x.shape
        stages = len(method.interpolant)
        self.buffers = self.buffers._replace(k=np.zeros((stages, n, m)))
        self.control = self._make_control(n, m)
        self.stability = self._make_stability(np.zeros(0))
        self.record_within(np.zeros(0), np.zeros(0, dtype=np.int64), 0)

    def _make_control(self, n: int, m: int) -> Control:
        method, power = self.method, self.method.exponent
        two = method.second is not None
        second = np.zeros(method.stages + 1 if two else 0)
        second[: len(method.second or ())] = method.second or ()
        rules = [SAFETY, ALPHA / power, BETA / power, LEAST, MOST, power, np.inf, RESIDUAL_PART]
        breaks, jumps = breaks_of(self.network, self.layout)
        rules += [reach_of(self.network) if len(breaks) else 0.0]
        # An estimate that is made of two is of high order, and sees little of what is fast.
        looks = two and not self.buffers.gated.size
        rules += [CALM * method.stable, largest_rate(self.network) if looks else 0.0]
        direction = first_direction(self.network, self.layout, m) if looks else np.zeros((0, m))
        chunks = self.layout.plan.chunk_start.size
        return Control(
            rules=np.array(rules),
            second=second,
            defect=aligned(np.zeros((n, m))),
            defect2=aligned(np.zeros((n if two else 0, m))),
            time=np.zeros(m),
            reach=np.zeros(m),
            ahead=np.zeros(m),
            before=np.ones(m),
            limit=np.full(m, np.inf),
            left=np.zeros(m),
            state=np.full(m, GOING),
            counts=np.zeros((5, m), dtype=np.int64),
            lengths=np.array([np.full(m, np.inf), np.zeros(m)]),
            number=np.arange(m),
            first=np.zeros((0, 3), dtype=np.int64),
            nodes=np.array([*method.c, 1.0, *method.later_c]),
            marks=np.array(MARKS),
            integrals=method.weights_at(np.array(MARKS)),
            breaks=breaks,
            jumps=jumps,
            bent=np.zeros((n if len(breaks) else 0, m)),
            largest=np.zeros((chunks, m)),
            meets=np.full((chunks, 2, m), 2.0),
            resume=np.zeros(m),
            bend=np.zeros((0, 3), dtype=np.int64),
            direction=direction,
            length=np.full(m, float(np.linalg.norm(direction[:, 0])) if looks else 1.0),
            radius=np.zeros(m),
            apart=np.zeros(m),
            look=np.zeros((0, 3), dtype=np.int64),
        )

    def _make_stability(self, rules: Floats) -> Stability:
        m, chunks = self.trials, self.layout.plan.chunk_start.size if rules.size else 0
        return Stability(
            rules=rules,
            found=np.zeros((chunks, 2, m)),
            score=np.zeros((2, m), dtype=np.int64),
            probe=_program([(address_of(probe), 0, chunks)] if rules.size else []),
        )

    def watch_stability(self, end: float, worth: float) -> None:
        """Leave trials as soon as they are stiff; before `act`.

        Parameters
        ----------
        end : float
            When the run is over.
        worth : float
            What more than so many products are spared by is a method for stiff networks.
        """
        method = self.method
        if method.c[-1] == 1.0 and method.fsal:
            rules = [CLOSE * method.stable, method.products, end, worth]
            self.stability = self._make_stability(np.array(rules))

    def record_within(self, times: Floats, places: Ints, rows: int) -> None:
        """Say what is recorded within steps; before `act`.

        Parameters
        ----------
        times : ndarray
            Rising; or room for the times of records after each step.
        places : ndarray of int
            Neurons, in the kernels' order.
        rows : int
            So many states have room.
        """
        self.tables = []  # which hold where these are
        method, (n, m) = self.method, self.buffers.x.shape
        nodes = len(method.interpolant)
        further = np.zeros((len(method.later), nodes))
        for row, weights in zip(further, method.later, strict=True):
            row[: len(weights)] = weights
        with_later = bool(method.later) and times.size > 0
        gated = self.buffers.gated.shape[0] if with_later else 0
        none = np.zeros((0, 3), dtype=np.int64)
        self.inside = Inside(
            polynomials=np.array(method.interpolant),
            later=further,
            times=times,
            next=np.zeros(m, dtype=np.int64),
            row=np.full(m, -1),
            weights=np.zeros((m, nodes)),
            places=places,
            states=np.zeros((rows, places.size, m)),
            kept=aligned(np.zeros((n if with_later else 0, m))),
            kept_gated=np.zeros((gated, m)),
            finish=none,
            stages=none,
            put=none,
        )

    def record_each_step(self, rows: int) -> None:
        """Have room for the times of so many records, each after a step."""
        self.record_within(np.zeros(rows), np.zeros(0, dtype=np.int64), 0)

    @property
    def nodes(self) -> tuple[float, ...]:
        """When the evaluations of a step are made, those of the interpolant and the end again."""
        later = self.method.later_c
        return (*self.method.nodes, *later, 1.0) if later else self.method.nodes

    def drive_next(self, horizon: float) -> None:
        """Give the values of the evaluations of the attempt that comes next."""
        if self.driven is None:
            return
        np.minimum(self.control.ahead, self.driven.longest, out=self.control.ahead)
        with first_call("look ahead"):
            kernel.look_ahead(self.tables[0], horizon)
        single = self.trials == 1
        time, h = self.control.time, self.buffers.h
        self.drive_attempt(time[0] if single else time, h[0] if single else h)

    def write_programs(self) -> Programs:
        """What a step consists of; the last work is the estimate of errors of trials' own steps."""
        programs = super().write_programs()
        attempt = programs.attempt.copy()
        attempt[-1] = address_of(weigh), 0, self.layout.plan.chunk_start.size
        return programs._replace(attempt=attempt)

    def more_bundles(self) -> tuple[Any, ...]:
        """`Control`, `Inside` and `Stability`, and what only programs of such steps have."""
        pieces = -(-self.inside.places.size // PLACES)
        with_later = bool(self.inside.kept.size)
        first, bend, look = self.once("control", self._of_control)
        finish, stages, put = self.once(
            "inside", lambda: self._of_inside(with_later, pieces), with_later, pieces
        )
        self.control = self.control._replace(first=first, bend=bend, look=look)
        self.inside = self.inside._replace(finish=finish, stages=stages, put=put)
        return self.control, self.inside, self.stability

    def _drive(self, instant: bool) -> list[tuple[int, int, int]]:
        """Works that write u at y."""
        driven = 0 if self.driven is None else self.driven.arrays.chunks.size
        return drive_of(self.layout.plan, instant, self.trials, driven=driven)(True)

    def _of_control(self) -> tuple[Ints, Ints, Ints]:
        """Programs of `Control`: the second evaluation of a step, what kinks add, and a look."""
        count = len(self._drive(self.forces.has_instant))
        return self.programs.attempt[: 1 + count].copy(), self._bend(), self._look()

    def _of_inside(self, with_later: bool, pieces: int) -> tuple[Ints, Ints, Ints]:
        """Programs of `Inside`."""
        chunks, stages, further = self.layout.plan.chunk_start.size, self.method.stages, []
        drive = self._drive(self.forces.has_instant)
        if with_later:
            count = len(self.method.later)
            for stage in range(count):
                further += [(address_of(later), stage, chunks), *drive]
            further.append((address_of(later), count, chunks))
            # What changes over time is as it is at the new state again.
            further += drive[:2] if self.driven is not None else []
        return (
            _program([(address_of(finish), stages, chunks)]),
            _program(further),
            _program([(address_of(put), 0, pieces)]),
        )

    def _bend(self) -> Ints:
        """A program that sends what kinks add to activations, to neurons that move."""
        plan, chunks = self.layout.plan, self.layout.plan.chunk_start.size
        instant = self.forces.has_instant
        count = len(drive_of(plan, False, self.trials)(True))
        received = drive_of(plan, instant, self.trials)(True)[-count:]
        return _program(
            [(address_of(send_kinks), 0, chunks), *received, (address_of(weigh_kinks), 0, chunks)]
        )

    def _look(self) -> Ints:
        """A program that evaluates dx/dt apart from the state, under what acts at it."""
        chunks = self.layout.plan.chunk_start.size
        drive = self._drive(self.forces.has_instant)
        return _program(
            [(address_of(go_apart), 0, chunks), *drive, (address_of(come_back), 0, chunks)]
        )

    @property
    def ready(self) -> bool:
        """Whether the loop over steps is compiled or loaded."""
        return was_called("adapt")

    def attempts_within(self, seconds: float) -> int:
        """How many attempts surely take no longer; at least one."""
        evaluations = surely_within(seconds, work_of(self.network, self.trials))
        return max(1, evaluations // self.method.stages)

    @property
    def attempts(self) -> int:
        """How many steps have been tried, of the trial that has tried most."""
        counts = self.control.counts
        return int((counts[TAKEN] + counts[REFUSED]).max())

    @property
    def products(self) -> Ints:
        """Evaluations in each trial that steps have taken, and what is recorded within them."""
        counts = self.control.counts
        found: Ints = (counts[TAKEN] + counts[REFUSED]) * self.method.stages + counts[FURTHER]
        return found

    def begin_steps(self) -> None:
        """Choose the first step of each trial."""
        with first_call("begin steps"):
            kernel.begin_steps(self.board, self.tables[0], self.method.c[1])

    def adapt(
        self,
        resumes: bool,
        attempts: int,
        horizon: float,
        base: int,
        start: float,
        final: bool,
        tolerance: float,
    ) -> tuple[int, int]:
        """Try steps; see `kernels.adapt.adapt`. Returns status and number of records."""
        how = (resumes, attempts, horizon, base, start, final, tolerance)
        with first_call("adapt"):
            result: tuple[int, int] = kernel.adapt(self.board, self.tables[0], *how, False)
        return result

    def help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        nothing = (False, 0, 0.0, 0, 0.0, False, 0.0)
        with first_call("adapt"):
            kernel.adapt(board, self.tables[0], *nothing, True)

    def of_trials(self, chosen: NDArray[np.bool_]) -> Choosing:
        """An engine of some of these trials, where they are, while the same stimuli act."""
        assert self.driven is None  # its values may belong to trials
        keep = np.flatnonzero(chosen)
        old, layout = self.buffers, narrowed(self.layout, self.trials, keep.size)
        start = np.zeros((keep.size, old.x.shape[0]))
        accuracy = float(self.accuracy.atol[0]), float(self.accuracy.rtol[0])
        new = Choosing(self.network, layout, start, self.method, accuracy)
        buffers = new.buffers._replace(watch=old.watch)
        for name in ("x", "g", "u", "gated", "residual", "energy", "previous", "watched"):
            getattr(buffers, name)[:] = getattr(old, name)[..., keep]
        new.buffers = buffers
        control = self.control
        fields = ("time", "reach", "ahead", "before", "limit", "left", "state", "number")
        for name in (*fields, "counts", "lengths", "direction", "length", "radius", "resume"):
            getattr(new.control, name)[:] = getattr(control, name)[..., keep]
        new.control.rules[:] = control.rules
        new.stability = new._make_stability(self.stability.rules)
        new.stability.score[:] = self.stability.score[:, keep]
        new.record_within(self.inside.times, self.inside.places, self.inside.states.shape[0])
        new.inside.next[:] = self.inside.next[keep]
        new.inside.states[:] = self.inside.states[..., keep]
        new._go_on(self, keep)
        return new

    def put_into(self, whole: Choosing) -> None:
        """Copy states to an engine of all trials, unless this is it."""
        if self is not whole:
            number = self.control.number
            for name in ("x", "g", "u"):
                getattr(whole.buffers, name)[:, number] = getattr(self.buffers, name)
            whole.buffers.energy[:, number] = self.buffers.energy

    def _go_on(self, other: Choosing, keep: Ints) -> None:
        """Let the stimuli of an engine of more trials act."""
        self.forces = other.forces._replace(input=np.ascontiguousarray(other.forces.input[:, keep]))
        self._held, self.driven = [], None
        self.make_tables(other.records)


def _program(works: list[tuple[int, int, int]]) -> Ints:
    return np.array(works, np.int64).reshape(-1, 3)
