"""Other values of neurons for a network that is compiled already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, shown
from hamsim.lazy import unread
from hamsim.network.inputs import split_input
from hamsim.network.parts import Noise, white_at_once

if TYPE_CHECKING:
    from hamsim.network.network import Network

Array = TypeVar("Array", bound=np.ndarray[Any, Any])

__all__ = ["copied", "frozen", "held_at", "numbers", "sharing", "with_neurons"]


def with_neurons(
    network: Network,
    tau: ArrayLike | Mapping[Any, ArrayLike] | None,
    input: ArrayLike | Mapping[Any, ArrayLike] | None,
    initial: ArrayLike | Mapping[Any, ArrayLike] | None,
    noise: Noise | ArrayLike | Mapping[str, Any] | None = None,
) -> Network:
    """See `Network.replace`."""
    changes: dict[str, Any] = {}
    for name, value in (("tau", tau), ("input", input), ("initial", initial)):
        if value is None:
            continue
        constant, moving = split_input(network, value) if name == "input" else (value, None)
        if constant is not None:
            changes[name] = _of_neurons(network, name, constant, getattr(network, name))
        if moving is not None:
            changes["over_time"] = moving
    if "tau" in changes:
        _require_not_negative(network, "tau", changes["tau"])
    said: dict[str, str] = {
        name: f"replaced, shape {list(values.shape)}"
        for name, values in changes.items()
        if name != "over_time"
    }
    if changes.get("over_time") and input is not None:
        said["input"] = "replaced, over time"
    if noise is not None:
        changes["noise"] = _noise(network, noise)
        said["noise"] = f"replaced, shape [{network.n_neurons}]"
    if "tau" in changes or "noise" in changes:
        held = changes.get("noise", network.noise)
        _refuse_infinite_variance(network, changes.get("tau", network.tau), held)
    return sharing(network, said, **changes)


def held_at(network: Network, time: float) -> Network:
    """See `Network.at`."""
    own = [each for each in network.over_time if each.after is None]
    if not own:
        return network
    current = np.array(network.input)
    for each in own:
        current[each.neurons] += each.at(np.array([time]))[0, :, 0]
    kept = tuple(each for each in network.over_time if each.after is not None)
    said = {"input": f"held as at t = {time:g}"}
    return sharing(network, said, input=frozen(current), over_time=kept)


def _require_not_negative(network: Network, name: str, values: Floats) -> None:
    if np.any(values < 0):
        neuron = int(np.argmax(values < 0))
        raise HamsimError(
            f"{name} of neuron {network.label(neuron)} is {values[neuron]:g}: it must be at least 0"
        )


def _noise(network: Network, noise: Any) -> Noise | None:
    """Noise as it is to be; None where no neuron has any."""
    zero = np.zeros(network.n_neurons)
    before = network.noise or Noise(zero, zero)
    given = noise._asdict() if isinstance(noise, Noise) else noise
    given = given if isinstance(given, Mapping) else {"sigma": given}
    if not given or not set(given) <= set(Noise._fields):
        raise HamsimError(f"noise is {shown(noise)}; allowed are numbers and {{'sigma':, 'tau':}}")
    found = {}
    for key, held in before._asdict().items():
        found[key] = held
        if key in given:
            found[key] = _of_neurons(network, f"noise.{key}", given[key], held)
            _require_not_negative(network, f"noise.{key}", found[key])
    return Noise(**found) if found["sigma"].any() else None


def _refuse_infinite_variance(network: Network, tau: Floats, noise: Noise | None) -> None:
    bad = white_at_once(tau, noise)
    if bad.any():
        raise HamsimError(
            f"neuron {network.label(int(np.argmax(bad)))} has tau = 0: white noise would give it "
            "infinite variance; give the noise a tau"
        )


def sharing(network: Network, said: Mapping[str, str], **changes: Any) -> Network:
    """A network with some other fields, which shares its pattern and all else with this one.

    Parameters
    ----------
    network : Network
    said : mapping of str to str
        What to say of the values that were replaced, beside the overrides.
    **changes
        Fields.
    """
    if not changes:
        return network
    origin = unread(network, "source") or unread(network, "origin")
    overrides = {**network.overrides, **said}
    made = copied(network, **{"source": "", "origin": origin, "overrides": overrides, **changes})
    vars(made)["pattern"] = network.pattern
    if "numbering" in vars(network):
        vars(made)["numbering"] = network.numbering
    return made


def copied(network: Network, **changes: Any) -> Network:
    """A network with some other fields, which shares nothing that was found out of this one."""
    kept = {field.name: vars(network)[field.name] for field in fields(network)}
    return type(network)(**{**kept, **changes})


def numbers(what: str, value: ArrayLike) -> Floats:
    """Numbers as a new array; what is not finite is refused."""
    try:
        if np.iscomplexobj(value):
            raise TypeError
        values: Floats = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise HamsimError(f"{what} must be numbers, not {shown(value)}") from None
    if not np.isfinite(values).all():
        raise HamsimError(f"{what} holds numbers that are not finite")
    return values


def frozen(array: Array) -> Array:
    """The same array, which cannot be written any more."""
    array.flags.writeable = False
    return array


def _of_neurons(network: Network, name: str, value: Any, before: Floats) -> Floats:
    n = network.n_neurons
    if isinstance(value, Mapping):
        return frozen(_by_name(network, name, value, before))
    values = numbers(name, value)
    fits = values.ndim <= (2 if name == "initial" else 1) and values.shape[-1:] in ((), (n,))
    if not fits or values.size == 0:
        raise HamsimError(
            f"{name} has shape {values.shape}; it must be one number or one for each of {n:,} "
            f"neurons{', or rows of these, one a trial' if name == 'initial' else ''}"
        )
    return frozen(np.full(n, values[()]) if values.ndim == 0 else values)


def _by_name(network: Network, name: str, value: Mapping[Any, Any], before: Floats) -> Floats:
    """Numbers of some neurons by name; those of the fewest neurons come last, and hold."""
    result = np.array(before)
    given = [(network.neurons([key]), key, part) for key, part in value.items()]
    for neurons, key, part in sorted(given, key=lambda each: -each[0].size):
        values = numbers(f"{name} of {key}", part)
        if values.shape not in ((), (1,), (neurons.size,)):
            raise HamsimError(
                f"{name} of {key} has shape {values.shape}; it must be one number or one for each "
                f"of {neurons.size:,} neurons"
            )
        result[..., neurons] = values
    return result
