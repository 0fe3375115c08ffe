"""What a run keeps of itself, so that another can go on from there to the bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.breaks import DelayedBreaks
from hamsim.dynamics.watching.endings import Divergence
from hamsim.kernels import step as kernel
from hamsim.network.fingerprint import fingerprint
from hamsim.trace.state import State

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["restore", "state_of"]


def state_of(run: Run) -> State:
    """The state that a run has reached, and all that determines how it goes on."""
    parts, network = run.parts, run.network
    clock, trials = parts.clock, parts.trials
    found = parts.stopping.divergence
    steps = _steps(run)
    values: dict[str, Any] = {
        "has_trials": run.header.trials is not None,
        "request": json.dumps(run.request),
        "x": trials.restore(_apart(run.layout.outside(parts.engine.buffers.x), run)),
        "clock.time": clock.time,
        "clock.steps": clock.steps,
        "clock.origin": getattr(run.schedule.stretches[0], "zero", 0.0),
        "trials.go_on": trials.go_on.copy(),
        "divergence": None if found is None else json.dumps(asdict(found)),
        "records.too_large": parts.recorder.too_large,
        **_energy(run),
        "notes": list(run.notes),
        "counts": json.dumps(run.counts()),
        **parts.looks.state(),
        **steps,
    }
    return State(values, lambda: fingerprint(network))


def _apart(rows: Floats, run: Run) -> Floats:
    """Rows that are not the memory of the run itself, which of one neuron or trial they may be."""
    return rows.copy() if np.may_share_memory(rows, run.parts.engine.buffers.x) else rows


def _steps(run: Run) -> dict[str, Any]:
    """What its driver says, which puts x where it is looked for; at rest steps begin anew."""
    if run.arrival is None:
        return run.driver.state()
    x = run.parts.engine.buffers.x
    rest = x.copy()
    steps = run.driver.state()
    x[:] = rest
    return {name: value for name, value in steps.items() if name.startswith("delays.")}


def _energy(run: Run) -> dict[str, Any]:
    """What was seen of the energy, with the times instead of the steps at which it rose."""
    parts = run.parts
    first = parts.recorder.first_energy
    if first is None:
        return {}
    moments = parts.engine.buffers.watch[[kernel.RISE_STEP, kernel.FIRST_RISE]].tolist()
    known, when = parts.watching.times, run.schedule.time
    energies = parts.recorder.energies
    return (energies.state(parts.clock.time) if energies is not None else {}) | {
        "energy.first": first.copy(),
        "energy.watch": parts.engine.buffers.watch.copy(),
        "energy.times": np.array([known[m] if m in known else when(m) for m in moments]),
    }


def restore(run: Run, state: State, same_trace: bool) -> None:
    """Put a run where another has come to.

    Parameters
    ----------
    run : Run
        Which has not begun, with x of the state.
    state : State
    same_trace : bool
        Whether it goes on in the trace of the other, so that what was counted and seen counts.
    """
    values, parts = state.values, run.parts
    go_on = np.asarray(values.get("trials.go_on", np.ones(1)), dtype=bool)
    if go_on.shape == parts.trials.go_on.shape and not go_on.all():
        fallen = np.flatnonzero(~go_on)
        parts.trials.freeze(fallen, run.network, np.atleast_2d(values["x"])[fallen])
        parts.stopping.divergence = _divergence(values.get("divergence"))
    if same_trace:
        run.count_on(json.loads(values.get("counts", "{}")))
        run.notes = list(dict.fromkeys([*values.get("notes", ()), *run.notes]))
        parts.recorder.too_large = bool(values.get("records.too_large"))
        if "energy.watch" in values and parts.recorder.with_energy:
            seen = values["energy.watch"]  # of which older traces have less
            parts.engine.buffers.watch[: seen.size] = seen
            parts.recorder.first_energy = values["energy.first"].copy()
            if parts.recorder.energies is not None:
                begin = run.schedule.beginning.time
                goes_on = not DelayedBreaks(run.network, 1).is_at(begin)
                parts.recorder.energies.restore(values, goes_on)
            parts.watching.times = {
                float(step): float(time)
                for step, time in zip(
                    values["energy.watch"][[kernel.RISE_STEP, kernel.FIRST_RISE]],
                    values["energy.times"],
                    strict=True,
                )
            }
    parts.looks.restore(values)
    run.driver.restore(values)


def _divergence(text: Any) -> Divergence | None:
    found: Mapping[str, Any] | None = None if text is None else json.loads(text)
    return None if found is None else Divergence(**found)
