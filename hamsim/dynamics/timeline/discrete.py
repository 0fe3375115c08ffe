"""Time that counts sweeps: how many, in which order, at which temperature, and what acts when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted, there_are
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.timeline.stretches import AT_ZERO, Beginning, Stretch, never_acts, stretches
from hamsim.errors import HamsimError, SimulationError, given
from hamsim.methods import DISCRETE, METHODS, ORDERS, Discrete
from hamsim.names import is_mapping
from hamsim.network import Network, Record
from hamsim.request import UNTIL_OF_SWEEPS, Until, count_of, until_of

__all__ = ["MANY_SWEEPS", "Sweeping", "method_name", "plan_sweeps", "refuse_sweeps"]

# Sweeps of a run that ends where no neuron wants to change, where nobody says how many.
MANY_SWEEPS = 1000
MOST_SWEEPS = 10**12
# What only discrete dynamics is asked for, and what only steps in time are.
OF_SWEEPS = ("order", "sweeps", "temperature")
OF_TIME = ("dt", "t_end", "steps", "rtol", "atol")


@dataclass(frozen=True, eq=False)
class Sweeping:
    """Everything about time of discrete dynamics, which counts sweeps.

    Parameters
    ----------
    method : Discrete
    order : str or ndarray of int
        "random" or "sequential", or neurons: shape (k,), the same in all sweeps of this run, or
        (sweeps, k).
    sweeps : int
        Sweeps that have been made at the end, those of before as well if it goes on with another.
    temperature : ndarray, shape (1,) or (sweeps of this run,)
    every : int
        Sweeps between records; 0 records nothing but the last state.
    first : int
        Sweeps that have been made when records begin; the last state is recorded in any case.
    until : Until
        What ends the run earlier, besides rest.
    stretches : tuple of Stretch
        Between them what acts changes; from the beginning to `sweeps` without a gap.
    beginning : Beginning
    notes, warnings : tuple of str
        What was adjusted, and what must be known before the run starts.
    """

    method: Discrete
    order: str | Ints
    sweeps: int
    temperature: Floats
    every: int
    first: int
    until: Until
    stretches: tuple[Stretch, ...]
    beginning: Beginning = AT_ZERO
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""
    dt: None = None

    @property
    def steps(self) -> int:
        """The same as `sweeps`, by the name that other methods have for it."""
        return self.sweeps

    @property
    def duration(self) -> float:
        """When the run is over, unless it ends earlier."""
        return float(self.sweeps)

    @property
    def is_random(self) -> bool:
        """Whether anything is drawn: an order, or states at a temperature."""
        drawn = isinstance(self.order, str) and self.order == ORDERS[0]
        return self.is_warm or (drawn and not self.method.together)

    @property
    def is_warm(self) -> bool:
        """Whether some sweep has a temperature above 0."""
        return bool((self.temperature > 0).any())

    @property
    def tolerance(self) -> float:
        """The run ends where no more neurons than this want to change; negative never ends it."""
        return -1.0 if self.temperature[-1] > 0 else 0.5

    @property
    def records(self) -> int:
        """How many records a run has that makes all sweeps."""
        if self.every == 0:
            return 1
        first = max(self.first, self.beginning.steps)
        return max(self.sweeps - first, 0) // self.every + 2

    @property
    def most_records(self) -> int:
        """So many records are made at most."""
        return self.records + 2

    @property
    def words(self) -> str:
        """What is planned, in words."""
        told = f"{'at most ' if self.tolerance > 0 else ''}{counted(self.sweeps, 'sweep')}"
        if not self.method.together:
            told = f"order {self.order if isinstance(self.order, str) else 'given'}, {told}"
        first, last = float(self.temperature[0]), float(self.temperature[-1])
        if not self.is_warm:
            return told
        return f"{told}, T = {first:.4g}" + (f" to {last:.4g}" if first != last else "")

    def is_over(self, clock: Clock) -> bool:
        """Whether all sweeps have been made."""
        return clock.steps >= self.sweeps


def method_name(network: Network, asked: Asked) -> Any:
    """The method that is asked for, by whoever runs the network or by its file."""
    return network.settings.method if asked.method is None else asked.method


def refuse_sweeps(name: Any, asked: Asked) -> None:
    """Refuse what only discrete dynamics can be asked for.

    Raises
    ------
    SimulationError
    """
    for key in OF_SWEEPS:
        if getattr(asked, key) is not None:
            raise SimulationError(
                f"{key} is given, but {given(name)} makes no sweeps; {' and '.join(DISCRETE)} do"
            )


def plan_sweeps(network: Network, asked: Asked, record: Record | None) -> Sweeping:
    """Decide everything about time of discrete dynamics.

    What is None comes from the file, if that asks for discrete dynamics too, else from a default.

    Raises
    ------
    SimulationError
        The request is wrong, or the network has what discrete dynamics knows nothing of.
    """
    method = DISCRETE[method_name(network, asked)]
    _require_known(network, method)
    _refuse_time(asked, method)
    settings, of_file = network.settings, network.settings.method in DISCRETE
    until = _until(asked, settings.until, method)
    order = asked.order
    if order is None:
        order = settings.order if of_file and not method.together else ORDERS[0]
    elif method.together:
        raise SimulationError(f"order is given, but {method.name} sets all neurons at once")
    warmth = asked.temperature
    if warmth is None:
        warmth = settings.temperature if of_file else 0.0
    temperature = _temperature(warmth)
    beginning = _beginning(asked.beginning)
    begin = beginning.steps
    numbers = _order(network, order)
    rows = len(numbers) if not isinstance(numbers, str) and numbers.ndim == 2 else None
    count = _count(asked, settings.sweeps if of_file else None, begin, temperature, rows)
    if temperature.size > 1 and temperature.size != count:
        raise SimulationError(
            f"temperature has {counted(temperature.size, 'number')}, one a sweep, but "
            f"{there_are(count, 'sweep')}"
        )
    if rows not in (None, count):
        raise SimulationError(
            f"order has {counted(rows, 'row')}, one a sweep, but {there_are(count, 'sweep')}"
        )
    own = asked.record is not None and is_mapping(asked.record)
    own = own or isinstance(asked.record, Record)
    every, first = _records(record, whole=own or of_file)
    parts, idle = _stretches(network, begin + count, beginning)
    return Sweeping(
        method=method,
        order=numbers,
        sweeps=begin + count,
        temperature=temperature,
        every=every,
        first=first,
        until=until,
        stretches=parts,
        beginning=beginning,
        notes=(*_left_out(network, numbers), *idle),
    )


def _beginning(asked: Beginning) -> Beginning:
    """Where a run begins, in sweeps that have been made before."""
    if not asked.time.is_integer():
        raise SimulationError(f"t_start is {asked.time:g}; it must be a whole number of sweeps")
    return Beginning(asked.time, int(asked.time), 0.0)


def _require_known(network: Network, method: Discrete) -> None:
    """Refuse networks that have what sets of neurons cannot have."""
    name = method.name
    if network.noise is not None:
        raise SimulationError(
            f"method {name} knows nothing of noise, which the network has; give a temperature "
            "instead, or a method of those that do"
        )
    if network.delays is not None:
        able = ", ".join(key for key in METHODS if key in ("euler", "heun", "rk4", "tsit5"))
        raise SimulationError(f"method {name} takes no delays; those that do: {able}")
    if network.triples is not None:
        raise SimulationError(f"method {name} takes no gating connections")
    if network.over_time:
        raise SimulationError(
            f"method {name} takes no {network.over_time[0].what} that changes over time; give "
            "stimuli with start and stop, in sweeps"
        )


def _refuse_time(asked: Asked, method: Discrete) -> None:
    for key in OF_TIME:
        if getattr(asked, key) is not None:
            raise SimulationError(
                f"{key} is given, but {method.name} takes no steps in time; give sweeps"
            )
    if asked.energy is not None and asked.energy != "plain":
        raise SimulationError(f"energy is {given(asked.energy)}; {method.name} knows 'plain' only")


def _until(asked: Asked, of_file: Until, method: Discrete) -> Until:
    """What ends the run besides rest; of a file for other methods only the wall clock counts."""
    if asked.until is None:
        return Until(wall=of_file.wall)
    until = until_of(asked.until)
    for key in until.to_dict():
        if key not in UNTIL_OF_SWEEPS:
            raise SimulationError(
                f"until {key}: {method.name} ends where no neuron wants to change; give sweeps, or "
                f"until {' or '.join(UNTIL_OF_SWEEPS)}"
            )
    return until


def _temperature(stated: Any) -> Floats:
    try:
        if isinstance(stated, str | bytes) or np.iscomplexobj(stated):
            raise TypeError
        found = np.array(stated, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.full((1, 1), math.nan)
    ill = found.ndim > 1 or found.size == 0 or not np.isfinite(found).all() or (found < 0).any()
    if ill or isinstance(stated, bool):
        raise SimulationError(
            f"temperature is {given(stated)}; it must be a finite number of at least 0, or one a "
            "sweep"
        )
    return found.reshape(-1)


def _count(
    asked: Asked, of_file: int | None, begin: int, temperature: Floats, rows: int | None
) -> int:
    """How many sweeps this run makes at most."""
    if asked.sweeps is not None:
        count = count_of("sweeps", asked.sweeps, 0)
    elif temperature.size > 1:
        count = temperature.size
    elif rows is not None:
        count = rows
    elif of_file is not None:
        count = of_file - begin
        if begin and count < 1:
            raise SimulationError(
                f"the trace has come to its end after {counted(begin, 'sweep')}; give sweeps, so "
                "many more"
            )
    elif temperature[0] > 0:
        raise SimulationError("nothing comes to rest at a temperature above 0; give sweeps")
    else:
        count = MANY_SWEEPS
    if begin + count > MOST_SWEEPS:
        raise SimulationError(f"{count:,} sweeps are more than can be counted")
    return count


def _records(record: Record | None, whole: bool) -> tuple[int, int]:
    """Sweeps between records, and before the first; of a file for other methods every one."""
    if record is None:
        return 0, 0
    if "residual" in record.what:
        raise SimulationError("sweeps have no residual to record; allowed are x, g and energy")
    if not whole:
        return 1, 0
    for name, value in (("every", record.every), ("start", record.start)):
        if value is not None and not float(value).is_integer():
            raise SimulationError(f"record {name} {value:g}: must be a whole number of sweeps")
    return 1 if record.every is None else int(record.every), int(record.start)


def _stretches(
    network: Network, sweeps: int, beginning: Beginning
) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
    """What acts in which sweeps, and what is to be said of what never does."""
    for stimulus in network.stimuli:
        for name in ("start", "stop"):
            value = getattr(stimulus, name)
            if math.isfinite(value) and not float(value).is_integer():
                raise SimulationError(
                    f"a stimulus has {name} {value:g}: it must be a whole number of sweeps"
                )
    parts, idle = stretches(network.stimuli, 1.0, sweeps, (), beginning)
    return parts, tuple(never_acts(stimulus, float(sweeps)) for stimulus in idle)


def _order(network: Network, stated: Any) -> str | Ints:
    """A word, or numbers of neurons."""
    if isinstance(stated, str):
        if stated in ORDERS:
            return stated
        raise SimulationError(f"order is {given(stated)}; allowed: {', '.join(ORDERS)}, neurons")
    rows = _rows(network, stated)
    for k, row in enumerate(np.atleast_2d(rows)):
        at = f" of sweep {k}" if rows.ndim == 2 else ""
        outside = (row < 0) | (row >= network.n_neurons)
        if outside.any():
            raise SimulationError(
                f"order{at} has {row[outside][0]}; neurons are numbered from 0 to "
                f"{network.n_neurons - 1}"
            )
        seen = np.bincount(row, minlength=network.n_neurons)
        if (seen > 1).any():
            raise SimulationError(f"order{at} has {network.label(int(seen.argmax()))} twice")
    return rows


def _rows(network: Network, stated: Any) -> Ints:
    """Numbers of neurons, which may be stated by names."""
    ill = SimulationError(
        f"order is {given(stated)}; it must be {', '.join(ORDERS)} or neurons, the same in all "
        "sweeps or a row a sweep"
    )
    try:
        found = np.asarray(stated)
    except ValueError:  # rows of different lengths
        raise ill from None
    if found.ndim == 1 and found.size and found.dtype.kind in "UO":
        try:
            return network.neurons(stated)
        except HamsimError as error:
            raise SimulationError(f"order: {error}") from None
    whole = found.dtype.kind in "iu" or (
        found.dtype.kind == "f" and bool((found == np.floor(found)).all())
    )
    if found.ndim not in (1, 2) or not whole or found.size == 0:
        raise ill
    return np.ascontiguousarray(found, dtype=np.int64)


def _left_out(network: Network, order: str | Ints) -> Iterator[str]:
    """What is to be said of neurons that no sweep takes."""
    if isinstance(order, str):
        return
    missing = network.n_neurons - np.unique(order).size
    if missing:
        those = "1 neuron is" if missing == 1 else f"{missing:,} neurons are"
        yield f"{those} not in the order, and never set"
