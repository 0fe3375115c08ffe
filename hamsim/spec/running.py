"""What is done to a network while it runs, and how it is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from pydantic import StrictStr, field_validator, model_validator

from hamsim.criterion import Criterion
from hamsim.errors import ExpressionError, SimulationError
from hamsim.methods import DISCRETE
from hamsim.request import NEEDS_RESIDUAL, UNTIL_OF_SWEEPS, Until, seconds_of
from hamsim.spec.discrete import DiscreteMethod, MethodOrSettings
from hamsim.spec.messages import told_apart, wrong, wrong_many
from hamsim.spec.named import Endpoint, NeuronNames, words_or_numbers
from hamsim.spec.overtime import CueOverTime
from hamsim.spec.values import Count, NotNegative, Part, Positive, PositiveOrAuto, Value

__all__ = ["RecordSpec", "SimulationSpec", "StimulusSpec"]

RTOL = 1e-4  # where nobody says


class StimulusSpec(Part):
    """Something done to a group, or to single neurons, for a while.

    Parameters
    ----------
    group : str, optional
        The group, or the one that the neurons are of.
    neurons : tuple of str or int, optional
        Neurons of the group, or of any group where none is said.
    mode : {"clamp", "clamp_g", "input"}
        Hold x or g at the value, or add it to the input.
    value
        One number, or one a neuron, in the order of `neurons` where these are said; or something
        that changes over time.
    mask : optional
        Which of the group's neurons are meant: one number a neuron, not 0 for those, or names.
    start : float
        When it begins.
    stop : float, optional
        When it ends; without it, it lasts.

    Examples
    --------
    {group: pixels, value: 2, start: 1, stop: 3}
    {neurons: [AVAL, AVAR], mode: clamp, value: 1}
    {group: exc, value: "sin(2*pi*t)"}
    """

    group: StrictStr | None = None
    neurons: NeuronNames | None = None
    mode: Literal["clamp", "clamp_g", "input"] = "input"
    value: CueOverTime
    mask: Value | None = None
    start: NotNegative = 0.0
    stop: Positive | None = None

    _words = field_validator("mask", mode="wrap")(words_or_numbers)

    @model_validator(mode="after")
    def _of_whom(self) -> StimulusSpec:
        if self.group is None and self.neurons is None:
            raise wrong("required key is missing; or name neurons:", "group")
        if self.neurons is not None and self.mask is not None:
            raise wrong("give neurons or mask, not both", "mask")
        return self

    @property
    def named(self) -> tuple[str | int, ...] | None:
        """Neurons that the mask names; None if it holds numbers."""
        words = isinstance(self.mask, tuple) and isinstance(self.mask[0], str)
        return self.mask if words else None  # type: ignore[return-value]

    @model_validator(mode="after")
    def _lasts(self) -> StimulusSpec:
        if self.stop is not None and self.stop <= self.start:
            stop, start = f"{self.stop:g}", f"{self.start:g}"
            if self.stop < self.start:
                stop, start = told_apart(self.stop, self.start)
            raise wrong(f"stop {stop} is not after start {start}", "stop")
        return self


class UntilSpec(Part):
    """When a run may end early; any that is met ends it.

    Parameters
    ----------
    residual : float, optional
        When the largest part of the right-hand side, |W g + I - x|, is at most this.
    energy : float, optional
        When the energy has this value or a lower one.
    time : float, optional
        At this time.
    wall : str or float, optional
        After so many seconds of the clock, or as in 90s, 5m, 2h.
    expression : str, optional
        When a condition holds, as in mean(exc.g) > 0.5.
    method : {"rest"}, optional
        With residual: go to the rest state in a quicker way than along the run.

    Examples
    --------
    {residual: 1e-6}
    {expression: "mean(exc.g) > 0.5", time: 100}
    """

    residual: Positive | None = None
    energy: Positive | None = None
    time: Positive | None = None
    wall: StrictStr | Positive | None = None
    expression: StrictStr | None = None
    method: Literal["rest"] | None = None

    @field_validator("wall")
    @classmethod
    def _is_a_time(cls, wall: str | float | None) -> str | float | None:
        try:
            if wall is not None:
                seconds_of("wall", wall)
        except SimulationError as error:
            raise wrong(str(error).partition("; ")[2]) from None
        return wall

    @field_validator("expression")
    @classmethod
    def _is_a_condition(cls, expression: str | None) -> str | None:
        try:
            return None if expression is None else Criterion(expression).text
        except ExpressionError as error:
            raise wrong(str(error)) from None

    @model_validator(mode="after")
    def _says_something(self) -> UntilSpec:
        if self.method is not None and self.residual is None:
            raise wrong(NEEDS_RESIDUAL, "method")
        if not self.asked.to_dict():
            raise wrong("must say residual, energy, time, wall or expression")
        return self

    @property
    def asked(self) -> Until:
        """The same for a run."""
        wall = None if self.wall is None else seconds_of("wall", self.wall)
        return Until(self.residual, self.energy, self.time, wall, self.expression, self.method)


RecordName: TypeAlias = Literal["x", "g", "energy", "residual"]


class RecordSpec(Part):
    """What is recorded, and how often; `every: null` records every step.

    Parameters
    ----------
    every : float, optional
        Time from one record to the next; sweeps of discrete dynamics.
    what : tuple of str
        Some of x, the states; g, the activations; energy; and residual.
    groups : tuple of str, optional
        Groups whose neurons are recorded; with `neurons` unsaid too, all are.
    neurons : tuple of str or int, optional
        Single neurons and ranges that are recorded besides.
    start : float
        When records begin.

    Examples
    --------
    {every: 0.1}
    {every: 1, what: [x, g], groups: exc, neurons: [AVAL]}
    """

    every: Positive | None = None
    what: tuple[RecordName, ...] = ("x", "energy")
    groups: Endpoint | None = None
    neurons: NeuronNames | None = None
    start: NotNegative = 0.0

    @field_validator("what", mode="before", json_schema_input_type=RecordName | list[RecordName])
    @classmethod
    def _names(cls, what: Any) -> Any:
        names = (what,) if isinstance(what, str) else what
        if not isinstance(names, list | tuple) or not names:
            raise wrong("must be a list of x, g, energy and residual")
        return tuple(names)


class SimulationSpec(Part):
    """How the network is to be run.

    Parameters
    ----------
    method : str or DiscreteMethod
        A method by its name; auto chooses one by the network. Discrete dynamics, asynchronous and
        synchronous, can have settings.
    dt : float or "auto"
        Step in time of methods that do not choose their steps.
    t_end : float or "auto"
        When the run ends at the latest.
    rtol : float
        Relative error that a step may have, of methods that choose their steps.
    atol : float or "auto"
        Absolute error that a step may have.
    sweeps : int, optional
        Of discrete dynamics: so many sweeps over all neurons at most.
    until : UntilSpec, optional
        What ends the run early.
    record : RecordSpec
        What is recorded, and how often.
    trials : int, optional
        So many runs side by side, each with its own draws.
    energy : {"plain", "scaled"}
        Which energy is recorded; scaled is that of the network whose weights are made symmetric by
        factors of the neurons.
    collective_tau : {"plain", "preserve_energy"}
        What unequal time constants of neurons that share a Lagrangian mean; with preserve_energy
        they act so that the energy falls.

    Examples
    --------
    {method: tsit5, t_end: 50, record: {every: 0.5}}
    {method: {asynchronous: {order: sequential}}, sweeps: 20}
    {until: {residual: 1e-6}}
    """

    method: MethodOrSettings = "auto"
    dt: PositiveOrAuto = "auto"
    t_end: PositiveOrAuto = "auto"
    rtol: PositiveOrAuto = RTOL
    atol: PositiveOrAuto = "auto"
    sweeps: Count | None = None
    until: UntilSpec | None = None
    record: RecordSpec = RecordSpec()
    trials: Count | None = None
    energy: Literal["plain", "scaled"] = "plain"
    collective_tau: Literal["plain", "preserve_energy"] = "plain"

    @property
    def discrete(self) -> DiscreteMethod | None:
        """The method, if neurons are set in sweeps."""
        return self.method if isinstance(self.method, DiscreteMethod) else None

    @property
    def method_name(self) -> str:
        """Name of the method, with settings or without."""
        return self.method.name if isinstance(self.method, DiscreteMethod) else self.method

    @model_validator(mode="after")
    def _fits_the_method(self) -> SimulationSpec:
        if self.discrete is None:
            if self.sweeps is not None:
                names = " and ".join(DISCRETE)
                raise wrong(f"{names} count sweeps, {self.method} does not", "sweeps")
            return self
        problems = list(_not_of_sweeps(self, self.discrete.name))
        temperature = self.discrete.settings.temperature
        if self.sweeps is None and isinstance(temperature, float) and temperature > 0:
            said = "required key is missing: nothing comes to rest at a temperature above 0"
            problems.append((("sweeps",), said))
        if problems:
            raise wrong_many(problems)
        return self


def _not_of_sweeps(simulation: SimulationSpec, name: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys that say something of time where it counts sweeps, and what is wrong with them."""
    for key, unsaid in (("dt", "auto"), ("t_end", "auto"), ("rtol", RTOL), ("atol", "auto")):
        if getattr(simulation, key) != unsaid:
            yield (key,), f"{name} takes no steps in time; say sweeps"
    until = None if simulation.until is None else simulation.until.asked.to_dict()
    for key in until or ():
        if key not in UNTIL_OF_SWEEPS:
            yield ("until", key), f"{name} ends where no neuron wants to change; say sweeps"
    record = simulation.record
    for key in ("every", "start"):
        value = getattr(record, key)
        if value is not None and not value.is_integer():
            yield ("record", key), f"must be a whole number of sweeps, not {value:g}"
    if "residual" in record.what:
        yield ("record", "what"), f"{name} has no residual; allowed are x, g and energy"
    if simulation.energy != "plain":
        yield ("energy",), f"{name} knows the plain energy only"
