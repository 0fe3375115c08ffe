"""What a simulation is asked for: what it keeps, and how the file wants it to be run."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from hamsim.criterion import Criterion
from hamsim.errors import ExpressionError, HamsimError, SimulationError, did_you_mean, given
from hamsim.methods import DEFAULT_ORDER
from hamsim.names import as_list, is_mapping

__all__ = [
    "NEEDS_RESIDUAL",
    "UNTIL_OF_SWEEPS",
    "Record",
    "Settings",
    "Until",
    "count_of",
    "number_of",
    "record_of",
    "seconds_of",
    "until_of",
]


@dataclass(frozen=True)
class Record:
    """What a simulation keeps.

    Parameters
    ----------
    every : float or None
        Time between two records; None records every step.
    what : tuple of {"x", "g", "energy", "residual"}
        States, activations, energy, and max|W g + I - x| over the neurons that are free to move.
    groups : tuple of str or None
        Groups whose neurons are kept in `x` and `g`.
    neurons : tuple of str or int, or None
        Neurons that are kept, besides those of `groups`: ``"AVAL"``, ``"motor.AVAL"``,
        ``"exc[3]"``, ``"exc[10:20]"`` or numbers. All are kept where neither says which.
    start : float
        Time of the first record; the last state is recorded in any case.
    """

    every: float | None = None
    what: tuple[str, ...] = ("x", "energy")
    groups: tuple[str, ...] | None = None
    neurons: tuple[str | int, ...] | None = None
    start: float = 0.0

    ALLOWED = ("x", "g", "energy", "residual")

    def __post_init__(self) -> None:
        what = tuple(as_list(self.what))
        for word in what:
            if not isinstance(word, str) or word not in self.ALLOWED:
                hint = did_you_mean(word if isinstance(word, str) else "", self.ALLOWED)
                raise HamsimError(f"cannot record {given(word)}; {hint}")
        if not what:
            raise HamsimError(f"nothing to record; name some of {', '.join(self.ALLOWED)}")
        object.__setattr__(self, "what", tuple(dict.fromkeys(what)))
        if self.every is not None:
            if not 0 < number_of(self.every) < np.inf:
                raise HamsimError(f"record every {given(self.every)}: must be a time above 0")
            object.__setattr__(self, "every", number_of(self.every))
        if not 0 <= number_of(self.start) < np.inf:
            raise HamsimError(f"record start {given(self.start)}: must be a time of at least 0")
        object.__setattr__(self, "start", number_of(self.start))
        for key, none in (("groups", "group"), ("neurons", "neuron")):
            if getattr(self, key) is None:
                continue
            names = tuple(as_list(getattr(self, key)))
            if not names:
                raise HamsimError(f"record names no {none}; leave {key} out to record all")
            object.__setattr__(self, key, names)


def record_of(value: Any) -> Record:
    """A `Record`, or a mapping of the keys that it has in a file.

    Raises
    ------
    HamsimError
    """
    if isinstance(value, Record):
        return value
    if not is_mapping(value):
        raise HamsimError(
            f"record is {given(value)}; allowed are 'auto', None, hamsim.Record(...) and a dict as "
            "in a file: {'every': 0.5}"
        )
    allowed = [field.name for field in fields(Record)]
    for key in value:
        if key not in allowed:
            raise HamsimError(
                f"record has no key {given(key)}; {did_you_mean(given(key), allowed)}"
            )
    asked = {key: item for key, item in value.items() if item is not None}
    if "groups" in asked and _is_all(asked["groups"]):  # as in a file
        del asked["groups"]
        asked.pop("neurons", None)
    return Record(**asked)


def _is_all(groups: Any) -> bool:
    return isinstance(groups, str | list | tuple) and groups in ("all", ["all"], ("all",))


def number_of(value: Any) -> float:
    """A number as Python's own; NaN for anything else."""
    if type(value) is float:  # as most are
        return value
    try:
        other = isinstance(value, bool | str | np.bool_) or np.iscomplexobj(value)
        return math.nan if other else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


# What may end discrete dynamics, besides rest and the last sweep.
UNTIL_OF_SWEEPS = ("wall",)
NEEDS_RESIDUAL = "rest needs a residual too, as in {residual: 1.0e-10, method: rest}"


@dataclass(frozen=True)
class Until:
    """When a run ends before its time; any that is met ends it.

    Parameters
    ----------
    residual : float or None
        max|W g + I - x| over the neurons that are free to move is at most this.
    energy : float or None
        From one look at the run to the next the energy changes by at most this per unit of time.
    time : float or None
    wall : float or None
        So many seconds have passed.
    expression : str or None
        A condition, see `hamsim.criterion`.
    method : {"rest"} or None
        How the residual is reached: "rest" follows the solution until it is close to rest, or its
        time is over, and goes to the rest state from there.
    """

    residual: float | None = None
    energy: float | None = None
    time: float | None = None
    wall: float | None = None
    expression: str | None = None
    method: Literal["rest"] | None = None

    def __post_init__(self) -> None:
        if self.method is not None and self.residual is None:
            raise SimulationError(f"until method: {NEEDS_RESIDUAL}")

    @property
    def needs_looks(self) -> bool:
        """Whether states must be looked at besides their residual."""
        return self.energy is not None or self.expression is not None

    def to_dict(self) -> dict[str, Any]:
        """What is asked for, as in a file."""
        return {name: value for name, value in vars(self).items() if value is not None}


def until_of(value: Any) -> Until:
    """An `Until` of a mapping as in a file; a number is a residual, text a condition.

    Raises
    ------
    SimulationError
    """
    if value is None or isinstance(value, Until):
        return value or Until()
    allowed = [field.name for field in fields(Until)]
    if isinstance(value, str):
        return Until(expression=_condition(value))
    if not is_mapping(value):
        return Until(residual=_above_0("until residual", value))
    found: dict[str, Any] = {}
    for key, item in value.items():
        if key not in allowed:
            raise SimulationError(
                f"until has no key {given(key)}; {did_you_mean(str(key), allowed)}"
            )
        if item is None:
            continue
        if key == "wall":
            found[key] = seconds_of("until wall", item)
        elif key == "expression":
            found[key] = _condition(item)
        elif key == "method":
            found[key] = _method(item)
        else:
            found[key] = _above_0(f"until {key}", item)
    return Until(**found)


def _above_0(name: str, value: Any) -> float:
    number = number_of(value)
    if not 0 < number < math.inf:
        raise SimulationError(f"{name} is {given(value)}; it must be a finite number above 0")
    return number


def _method(value: Any) -> Literal["rest"]:
    if isinstance(value, str) and value == "rest":
        return "rest"
    raise SimulationError(f"until method is {given(value)}; allowed is 'rest'")


def _condition(value: Any) -> str:
    if not isinstance(value, str):
        raise SimulationError(f"until expression is {given(value)}; it must be text")
    try:
        return Criterion(value).text
    except ExpressionError as error:
        raise SimulationError(f"until expression: {error}") from None


@dataclass(frozen=True)
class Settings:
    """How the file wants to be simulated; None means: choose.

    Parameters
    ----------
    method : str
        ``auto`` or the name of a method, see `hamsim.methods`.
    dt, t_end : float or None
        Step and duration, in the unit of tau.
    until : Until
        When it ends earlier.
    record : Record or None
    energy : {"plain", "scaled"}
        Which energy is recorded.
    collective_tau : {"plain", "preserve_energy"}
        How neurons move that share a Lagrangian and have time constants of their own.
    rtol, atol : float or None
        Relative and absolute error that a step may have, of methods that choose their steps.
    sweeps : int or None
        Of discrete dynamics: how many there are, unless it comes to rest before.
    order : str or tuple
        In which order a sweep takes the neurons: "random", "sequential", or their numbers, the same
        in all sweeps or a tuple of numbers a sweep.
    temperature : float or tuple of float
        One, or one a sweep.
    """

    method: str = "auto"
    dt: float | None = None
    t_end: float | None = None
    until: Until = Until()
    record: Record | None = None
    energy: Literal["plain", "scaled"] = "plain"
    collective_tau: Literal["plain", "preserve_energy"] = "plain"
    rtol: float | None = None
    atol: float | None = None
    sweeps: int | None = None
    order: str | tuple[Any, ...] = DEFAULT_ORDER
    temperature: float | tuple[float, ...] = 0.0


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(name: str, value: Any) -> float:
    """Wall-clock time: seconds, or words such as ``60s``, ``5m``, ``2h`` and ``1d``.

    Raises
    ------
    SimulationError
    """
    number = number_of(value)
    if isinstance(value, str):
        text, unit = value.strip(), 1.0
        if text[-1:] in _UNITS:
            text, unit = text[:-1], _UNITS[text[-1]]
        try:
            number = unit * float(text)
        except ValueError:
            number = math.nan
    if not 0 < number < math.inf:
        raise SimulationError(f"{name} is {given(value)}; it must be a time such as 60s, 5m or 2h")
    return number


def count_of(name: str, value: Any, least: int) -> int:
    """A whole number, of whatever type it is.

    Raises
    ------
    SimulationError
    """
    try:
        whole = not isinstance(value, bool | str | bytes | np.bool_)
        whole = whole and not np.iscomplexobj(value) and value == int(value) >= least
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise SimulationError(
            f"{name} is {given(value)}; it must be a whole number of at least {least}"
        )
    return int(value)
