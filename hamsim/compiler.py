"""From a description to the arrays of a `Network`, in time and memory linear in the synapses."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.bounds import Bounds
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError, ExpressionError
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.row import Lagrangian
from hamsim.network import (
    Draw,
    Draws,
    Group,
    Network,
    OverTime,
    Record,
    Settings,
    Stimulus,
    Until,
)
from hamsim.spec.dump import dump_later
from hamsim.spec.ends import Chosen, End, whole_network
from hamsim.spec.forms import neuron_form
from hamsim.spec.load import load
from hamsim.spec.overtime import is_over_time
from hamsim.spec.schema import GroupSpec, LagrangianSpec, Spec, StimulusSpec
from hamsim.spec.sweep_arrays import order_of, temperature_of
from hamsim.wiring.cues import Cues
from hamsim.wiring.masks import meant
from hamsim.wiring.noise import noise_of
from hamsim.wiring.overtime import inputs_over_time, signal_of
from hamsim.wiring.room import require_room, require_trials
from hamsim.wiring.values import one_a_neuron
from hamsim.wiring.wired import Wired, wire

__all__ = ["as_network", "assembled", "compile", "restarted"]


NOT_NEGATIVE = Bounds(at_least=0.0)


def as_network(source: Network | Spec | str | os.PathLike[str] | Mapping[str, Any]) -> Network:
    """A network as it is; anything that describes one, compiled."""
    return source if isinstance(source, Network) else compile(source)


def compile(
    source: Spec | str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
) -> Network:
    """Turn a description into flat arrays.

    Parameters
    ----------
    source : Spec, path or dict
    overrides : mapping of str to value, optional
        Values to put in place of the source's, as ``{"groups.pixels.tau": 2}``.

    Returns
    -------
    Network
        Arrays in file order: groups as they stand in the file, each flattened in C order. Row i
        of W receives, column j sends. Read-only.

    Raises
    ------
    SpecError
        The description is wrong.
    CompileError
        A draw or a rule gave numbers that are not allowed.
    """
    return assembled(load(source, overrides), wire)


def assembled(spec: Spec, wiring: Callable[[Spec, Sequence[Group]], Wired]) -> Network:
    """Turn a checked description into flat arrays.

    Parameters
    ----------
    spec : Spec
    wiring : callable
        Gives its connections: `wire`, or what knows some already.

    Raises
    ------
    CompileError
    """
    require_room(spec)
    starts = accumulate((group.count for group in spec.groups.values()), initial=0)
    groups = tuple(
        _group(spec, name, group, start)
        for (name, group), start in zip(spec.groups.items(), starts, strict=False)
    )
    connections, W, added, symmetric, pattern = wiring(spec, groups)
    cues = Cues(spec)
    own = np.concatenate([_per_neuron(cues, group, "input") for group in groups])
    initial, draws = _initial(cues, groups)
    stimuli, over_time, draws = _stimuli(cues, draws)
    tau = _frozen(np.concatenate([_per_neuron(cues, group, "tau") for group in groups]))
    inputs = [each for group in groups for each in inputs_over_time(spec, group)]
    network = Network(
        name=spec.name,
        description=spec.description,
        W=W,
        tau=tau,
        input=_frozen(own if added is None or not added.any() else own + added),
        initial=initial,
        groups=groups,
        connections=connections,
        stimuli=stimuli,
        settings=_settings(spec),
        symmetric=symmetric,
        source=dump_later(spec),
        seed=spec.seed,
        overrides=spec.overrides,
        draws=draws,
        noise=noise_of(spec, groups, tau),
        over_time=(*inputs, *over_time),
    )
    if pattern is not None:
        vars(network)["pattern"] = pattern
    return network


def restarted(network: Network, spec: Spec) -> Network:
    """A network that begins as another description says.

    Parameters
    ----------
    network : Network
        Of a description that differs from the other one in initial states and stimuli alone.
    spec : Spec

    Returns
    -------
    Network
        What `compile` would make of it; shares all else with this one.
    """
    cues = Cues(spec)
    initial, draws = _initial(cues, network.groups)
    stimuli, over_time, draws = _stimuli(cues, draws)
    inputs = [each for each in network.over_time if each.after is None]
    made = replace(
        network,
        initial=initial,
        stimuli=stimuli,
        over_time=(*inputs, *over_time),
        draws=draws,
        source=dump_later(spec),
        overrides=spec.overrides,
    )
    vars(made)["pattern"] = network.pattern
    return made


def _frozen(array: Any) -> Any:
    array.flags.writeable = False
    return array


# --- neurons -----------------------------------------------------------------------------------


def _group(spec: Spec, name: str, group: GroupSpec, start: int) -> Group:
    shape, lagrangian = group.dimensions, group.lagrangian
    path = f"groups.{name}.lagrangian"
    parameters = {}
    for parameter in lagrangian.row.parameters:
        value = lagrangian.parameters[parameter.name]
        if type(value) is float:
            values = np.full(group.count, value)
        else:
            values = one_a_neuron(
                value,
                shape,
                Stream(spec.seed, "groups", name, "lagrangian", parameter.name),
                spec.files,
                f"{path}.{parameter.name}",
                bounds=parameter,
                form=lambda: neuron_form(End([name], [group])),
            )
        parameters[parameter.name] = _frozen(values)
    return Group(
        name=name,
        start=start,
        stop=start + group.count,
        shape=shape,
        family=_family(lagrangian, parameters, path),
        parameters=parameters,
        over=_axes(group),
        neuron_names=tuple(neuron.id for neuron in group.neurons or ()),
    )


def _family(lagrangian: LagrangianSpec, parameters: Mapping[str, Floats], path: str) -> Lagrangian:
    """The table's row, or what is known of a formula with these parameters."""
    if not lagrangian.expression:
        return lagrangian.row
    ranges = {key: (float(v.min()), float(v.max())) for key, v in parameters.items()}
    try:
        return formula_family(lagrangian.expression, ranges, lagrangian.domain)
    except ExpressionError as error:  # only what was drawn at random is not checked before
        raise CompileError(f"{path}.expression: {error}") from None


def _axes(group: GroupSpec) -> tuple[int, ...]:
    """Axes whose neurons share a Lagrangian; none for element-wise ones."""
    rank = len(group.dimensions)
    if group.lagrangian.row.additive:
        return ()
    over = group.lagrangian.over
    if over == "all":
        return tuple(range(rank))
    if over == "last":
        return (rank - 1,)
    return tuple(sorted(axis % rank for axis in over))


def _per_neuron(cues: Cues, group: Group, key: str, trials: int | None = None) -> Floats:
    spec = cues.spec
    part = spec.groups[group.name]
    value = getattr(part, key)
    if key == "input" and is_over_time(value):
        value = 0.0  # the constant part
    if type(value) is float:
        return _with_own(np.full(group.size, value), part, key)
    place, path = ("groups", group.name, key), f"groups.{group.name}.{key}"
    end = End([group.name], [part], [group.start])
    if key == "tau":
        values = one_a_neuron(
            value,
            group.shape,
            Stream(spec.seed, *place),
            spec.files,
            path,
            bounds=NOT_NEGATIVE,
            form=lambda: neuron_form(end),
        )
    else:
        values = cues.value(value, end, place, path, trials, rows=key == "initial")
    return _with_own(values, part, key)


def _with_own(values: Floats, part: GroupSpec, key: str) -> Floats:
    """Values of a group, where single neurons have others with those in their place."""
    for k, neuron in enumerate(part.neurons or ()):
        own = getattr(neuron, key)
        if own is not None:
            values[..., k] = 0.0 if is_over_time(own) else own
    return values


def _initial(cues: Cues, groups: tuple[Group, ...]) -> tuple[Floats, Draws]:
    """States at t = 0: (n,), or (trials, n) where anything has an axis for trials."""
    spec = cues.spec
    draws = {group.name: _draw(cues, group) for group in groups}
    stated = {
        group.name: _per_neuron(cues, group, "initial")
        for group in groups
        if draws[group.name] is None
    }
    own = next((part.shape[0] for part in stated.values() if part.ndim == 2), None)
    trials = spec.simulation.trials if own is None else own
    if own is not None:
        require_trials(own, groups[-1].stop)
    parts = [
        stated[group.name] if group.name in stated else _per_neuron(cues, group, "initial", trials)
        for group in groups
    ]
    if trials is None:
        states = np.concatenate(parts)
    else:
        rows = [np.broadcast_to(part, (trials, part.shape[-1])) for part in parts]
        states = np.concatenate(rows, axis=1)
    drawn = tuple(draw for draw in draws.values() if draw is not None)
    return _frozen(states), Draws(drawn, trials=own, states=states)


def _draw(cues: Cues, group: Group) -> Draw | None:
    part = cues.spec.groups[group.name]
    if type(part.initial) is float:
        return None
    single = np.array([n.initial is not None for n in part.neurons or ()], dtype=bool)
    places = np.flatnonzero(~single) if single.size else np.arange(group.size)
    place = ("groups", group.name, "initial")
    return cues.draw(part.initial, End([group.name], [part]), place, places, group.start + places)


def _stimuli(cues: Cues, draws: Draws) -> tuple[tuple[Stimulus, ...], tuple[OverTime, ...], Draws]:
    """Constant stimuli, those that change over time, and how the constant ones were drawn."""
    if not cues.spec.stimuli:
        return (), (), draws
    network = whole_network(cues.spec.groups)
    made: list[Stimulus] = []
    over_time: list[OverTime] = []
    drawn: dict[int, Draw] = {}
    for k, stimulus in enumerate(cues.spec.stimuli):
        end, order = _stimulated(cues, k, stimulus, network)
        neurons, path = _frozen(end.neurons[order]), f"stimuli[{k}]"
        stop = np.inf if stimulus.stop is None else stimulus.stop
        if is_over_time(stimulus.value):
            what = f"{path}.value"
            signal = signal_of(stimulus.value, end, cues.spec.files, what).take(order)
            since, mode = stimulus.start, stimulus.mode
            over_time.append(OverTime(mode, neurons, signal, since, stop, len(made), what))
            continue
        trials = cues.spec.simulation.trials
        value = cues.value(stimulus.value, end, (path,), f"{path}.value", trials)
        value = _frozen(np.ascontiguousarray(value[..., order]))
        draw = cues.draw(stimulus.value, end, (path,), order, neurons)
        if draw is not None:
            drawn[len(made)] = draw
        made.append(Stimulus(stimulus.mode, neurons, value, stimulus.start, stop))
    draws = replace(draws, stimuli=drawn, made=tuple(made))
    return tuple(made), tuple(over_time), draws


def _stimulated(cues: Cues, k: int, stimulus: StimulusSpec, network: End) -> tuple[End, Ints]:
    """The neurons that a stimulus has values for, and those of them that are meant."""
    spec, end, path = cues.spec, network, f"stimuli[{k}]"
    if stimulus.group is not None:
        start = network.starts[network.names.index(stimulus.group)]
        end = End([stimulus.group], [spec.groups[stimulus.group]], [start])
    if stimulus.neurons is not None:
        end = Chosen(end, end.numbering.select_all(stimulus.neurons)[0])
    return end, meant(spec, stimulus, end, path)


def _settings(spec: Spec) -> Settings:
    def number(value: float | str) -> float | None:
        return None if isinstance(value, str) else value

    simulation = spec.simulation
    record, discrete = simulation.record, simulation.discrete
    sweeps: dict[str, Any] = {}
    if discrete is not None:
        numbering = whole_network(spec.groups).numbering
        sweeps["order"] = order_of(discrete, numbering, spec.files)
        sweeps["temperature"] = temperature_of(discrete, spec.files)
    whole = record.groups == ("all",)
    return Settings(
        method=simulation.method_name,
        dt=number(simulation.dt),
        t_end=number(simulation.t_end),
        rtol=number(simulation.rtol),
        atol=number(simulation.atol),
        sweeps=simulation.sweeps,
        **sweeps,
        until=Until() if simulation.until is None else simulation.until.asked,
        energy=simulation.energy,
        collective_tau=simulation.collective_tau,
        record=Record(
            record.every,
            record.what,
            None if whole else record.groups,
            None if whole else record.neurons,
            record.start,
        ),
    )
