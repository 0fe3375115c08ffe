"""Figures of a run, and what was seen of its energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["EnergyStretch", "EnergyWatch", "Stats"]


@dataclass(frozen=True)
class EnergyStretch:
    """The energy while the same inputs and clamps act.

    Parameters
    ----------
    begin, end : float
        Times between which nothing that acts begins, ends or jumps.
    first, last : float
        Energy in the first and in the last record of that time, mean over trials. What is recorded
        at the time of a change belongs to what begins.
    moving : bool
        Whether something that acts is a function of time, so that the energy may rise.
    """

    begin: float
    end: float
    first: float
    last: float
    moving: bool = False


@dataclass(frozen=True)
class EnergyWatch:
    """What was seen of the energy, compared after every step while all that acts was constant.

    Parameters
    ----------
    start, end : float
        At the first and the last record, mean over trials.
    rises : int
        Steps (of single trials) after which the energy was higher by more than 1e-12 of its size
        and more than the rounding of its terms.
    largest_rise : float
        Largest rise in one step, rounding included; 0 if it never rose.
    relative_rise : float
        The same over the size of the energy there.
    time : float or None
        When the largest rise was; None if there was none.
    first_time : float or None
        When the first rise that counts was.
    trial : int or None
        Trial of the largest rise.
    noise : bool
        Whether noise moves the energy; then no rise is counted.
    moving : float
        For so long inputs or clamped states changed, and the energy with them; no rise is counted
        meanwhile.
    total_rise : float
        Sum of all rises that count.
    allowed : float
        Rises that add up to no more than this are within the error that steps may have which are
        chosen by `rtol`: that part of the energy's terms, for each trial. 0 where steps are fixed.
    stretches : tuple of EnergyStretch
        What it came to between changes of what acts; empty where the same acts all the time, or
        where there are more than a thousand.
    """

    start: float
    end: float
    rises: int
    largest_rise: float
    relative_rise: float
    time: float | None
    first_time: float | None
    trial: int | None
    noise: bool = False
    moving: float = 0.0
    total_rise: float = 0.0
    allowed: float = 0.0
    stretches: tuple[EnergyStretch, ...] = ()

    @property
    def rose(self) -> bool:
        """Whether the energy rose by more than rounding, and than chosen steps may be off by."""
        return self.rises > 0 and not self.within_error

    @property
    def within_error(self) -> bool:
        """Whether it rose, but by no more than steps may be off by that are chosen."""
        return self.rises > 0 and 0.0 < self.total_rise <= self.allowed


@dataclass(frozen=True)
class Stats:
    """Figures of a run.

    Parameters
    ----------
    method : str
    dt : float or None
        Step; those that a stimulus cuts are shorter. None where steps are chosen.
    steps : int
        Steps taken, shorter ones included; where each trial has steps of its own, those of all.
    evaluations : int
        How often dx/dt was computed.
    time : float
        Time reached.
    seconds : float
        Wall time.
    preparation : float
        The part of `seconds` before the first step, in which code is loaded or compiled.
    threads : int
    residual : float
        Last max|W g + I - x| over free neurons and all trials; infinite if one has diverged.
    residuals : tuple of float
        The same for each trial.
    energy : EnergyWatch or None
        None if the energy was not recorded.
    notes : tuple of str
        What was adjusted, such as the time between records, and what was noticed.
    products : int or tuple of int
        How many products W g that took; one number a trial where each has steps of its own.
    rejected : int
        Steps that were tried and refused, because their error was too large.
    shortest, longest : float or None
        Steps taken, where they were chosen.
    seed : int or None
        Of the noise; None without any.
    why : str
        Why the method was chosen; empty if it was asked for.
    basin : str or tuple of str or None
        What is known of how the state at rest belongs to the run that ends there by `until`'s
        ``method: rest``, "certified", "followed" or "unknown" as in `hamsim.FixedPoint`; one word
        a trial where there is an axis for them, and None of runs that do not end so.
    sweeps : int or None
        Of discrete dynamics: how many were made, of the trial that took the most; None of others.
    flips : int or tuple of int or None
        How many neurons were given another value by that; one number a trial where there is an
        axis for them.
    """

    method: str = ""
    dt: float | None = 0.0
    steps: int = 0
    evaluations: int = 0
    time: float = 0.0
    seconds: float = 0.0
    preparation: float = 0.0
    threads: int = 1
    residual: float = float("nan")
    residuals: tuple[float, ...] = ()
    energy: EnergyWatch | None = None
    notes: tuple[str, ...] = ()
    products: int | tuple[int, ...] = 0
    rejected: int = 0
    shortest: float | None = None
    longest: float | None = None
    seed: int | None = None
    why: str = ""
    basin: str | tuple[str, ...] | None = None
    sweeps: int | None = None
    flips: int | tuple[int, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Stats:
        """Inverse of `to_dict`."""
        plain = dict(facts)
        if plain.get("energy") is not None:
            watch = dict(plain["energy"])
            found = watch.get("stretches", ())
            watch["stretches"] = tuple(EnergyStretch(**each) for each in found)
            plain["energy"] = EnergyWatch(**watch)
        for name in ("residuals", "notes"):
            plain[name] = tuple(plain.get(name, ()))
        for name in ("products", "basin", "flips"):
            if isinstance(plain.get(name), list):
                plain[name] = tuple(plain[name])
        return cls(**plain)
