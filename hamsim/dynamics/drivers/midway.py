"""Where trials are that have steps of their own, so that another run can go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.dynamics.drivers.within import Within
from hamsim.kernels.control import ARRIVED, END, FALLEN, GOING, IN_A_ROW, STIFF
from hamsim.kernels.plan import Buffers, Control, Stability
from hamsim.kernels.radius import SINCE

__all__ = ["Midway"]

# Of the control: how far trials are, and what chooses their next steps.
FAST = ("direction", "length", "radius", "resume")
FIELDS = ("time", "state", "ahead", "before", "limit", *FAST)
COUNTS = {"refusals": IN_A_ROW, "since": SINCE}
KEY = "adaptive."


class Midway:
    """What each trial of a run had come to when it was asked last.

    Parameters
    ----------
    control : Control
        Of all trials.
    stability : Stability
        The same.
    """

    def __init__(self, control: Control, stability: Stability) -> None:
        self._values = _of_trials(control, stability)
        self._is_own = False  # whether values are not the engine's own, which change
        self._from: Mapping[str, Any] = {}
        self.knows_steps = False  # whether another run says how they are chosen

    def note(self, control: Control, stability: Stability) -> None:
        """Note it of the trials that have a place in an engine; of all of them at first."""
        if not self._is_own:
            self._values = {name: array.copy() for name, array in self._values.items()}
            self._is_own = True
        for name, array in _of_trials(control, stability).items():
            self._values[name][..., control.number] = array

    def state(self, within: Within) -> dict[str, Any]:
        """All that determines how the steps go on, and what is recorded meanwhile."""
        values = {f"{KEY}{name}": array.copy() for name, array in self._values.items()}
        times, arrays = within.pending()
        if times.size:
            values[f"{KEY}early"] = times
            values |= {f"{KEY}early.{name}": array for name, array in arrays.items()}
        return values

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember where another run has come to, if each of its trials has had steps of its own.

        How steps are chosen goes on if that was done in the same way.
        """
        shapes = {f"{KEY}{name}": array.shape for name, array in self._values.items()}
        # Of stiffness, and of steps that end at kinks, older ones know nothing.
        later = {f"{KEY}{name}": np.zeros_like(self._values[name]) for name in ("score", "resume")}
        state = {**later, **state}
        fits = {k: k in state and np.shape(state[k]) == shape for k, shape in shapes.items()}
        known = fits[f"{KEY}time"] and fits[f"{KEY}state"]
        self._from = {k: v for k, v in state.items() if k.startswith(KEY)} if known else {}
        self.knows_steps = all(fits.values())

    @property
    def known(self) -> bool:
        """Whether another run says where the trials are."""
        return bool(self._from)

    def put_times(self, control: Control, buffers: Buffers, within: Within, begin: float) -> None:
        """Put trials at their times, with what is recorded of those that are ahead of others."""
        values = self._from
        control.time[:] = values[f"{KEY}time"]
        before = np.asarray(values[f"{KEY}state"])
        fallen = before == FALLEN
        # Those that had come to rest or to the end need not be there now.
        control.state[:] = np.where(control.time >= control.rules[END], ARRIVED, GOING)
        control.state[before == STIFF] = STIFF
        control.state[fallen] = FALLEN
        buffers.watched[fallen] = 0.0
        arrays = {
            key.removeprefix(f"{KEY}early."): value
            for key, value in values.items()
            if key.startswith(f"{KEY}early.")
        }
        within.go_on(begin, np.asarray(values.get(f"{KEY}early", np.zeros(0))), arrays)

    def put_steps(self, control: Control, stability: Stability) -> None:
        """Let steps be chosen as they would have been; once."""
        for name in ("ahead", "before", "limit", *FAST):
            getattr(control, name)[:] = self._from[f"{KEY}{name}"]
        for name, row in COUNTS.items():
            control.counts[row] = self._from[f"{KEY}{name}"]
        stability.score[:] = self._from[f"{KEY}score"]
        self._from = {}


def _of_trials(control: Control, stability: Stability) -> dict[str, Any]:
    """What is noted of trials, as it stands."""
    found = {name: getattr(control, name) for name in FIELDS}
    found |= {name: control.counts[row] for name, row in COUNTS.items()}
    return found | {"score": stability.score}
