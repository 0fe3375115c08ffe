"""`gradient`: how a loss changes with everything that a network is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.learning.asked import Asked, names_of, posed_of
from hamsim.learning.derivatives import Cost, Gradient
from hamsim.learning.described import posed_by_examples
from hamsim.learning.found import Found
from hamsim.learning.losses import Loss
from hamsim.learning.methods import contrastive, equilibrium, implicit, through_time
from hamsim.learning.posed import Wanted
from hamsim.learning.scalars import in_own_shape
from hamsim.learning.slopes import require_slopes
from hamsim.network import Network
from hamsim.operator.team import at_most
from hamsim.request import number_of
from hamsim.spec.load import load

__all__ = ["METHODS", "RESIDUAL", "THROUGH_TIME", "gradient", "left_out", "method_of"]

METHODS: dict[str, ModuleType] = {
    "implicit": implicit,
    "equilibrium": equilibrium,
    "contrastive": contrastive,
    "through_time": through_time,
}
THROUGH_TIME = "through_time"
# Why a trial that rests is left out: what is not stable, and all else.
_WHY_AT_REST = (
    "its rest state is not stable: deviations from it grow",
    "its loss, or a derivative of it, is not finite, or its adjoint equations were not solved",
)
_WHY = {
    "equilibrium": (
        "nudged states are not opposite and close: its rest state is not stable, or beta too large",
        "nudged, it did not come to rest; a smaller beta may help",
    ),
    "contrastive": (
        "with outputs held it went to another rest state",
        "with outputs held it did not come to rest",
    ),
    "through_time": ("it diverged", "its loss is not finite"),
}
# What a loss may be differentiated by.
BY = ("weights", "input", "initial", "tau", "lagrangian")
# Residual at which states rest where nobody says.
RESIDUAL = 1e-10


def gradient(
    network: Network | Any,
    initial: ArrayLike | Any = None,
    loss: Loss | None = None,
    method: str | Mapping[str, Any] = "implicit",
    *,
    clamp: Mapping[Any, ArrayLike] | None = None,
    input: Mapping[Any, ArrayLike] | None = None,
    by: Any = None,
    residual: float = RESIDUAL,
    threads: int | None = None,
    **settings: Any,
) -> Gradient:
    """Differentiate a loss of states or activations, averaged over trials.

    Parameters
    ----------
    network : Network, Spec, path or dict
    initial : array_like of shape (n,) or (trials, n), or mapping, optional
        Starts, as of `hamsim.simulate`; those of the file if nobody says. At rest they say which
        rest state is meant.
    loss : Loss
        As `hamsim.loss` makes it. Of a description with a block ``training`` it may be left out:
        then the trials are its examples, and the loss is its own.
    method : str or mapping
        ``"implicit"``: at the rest states that are reached, by the adjoint equations; exact.
        ``"equilibrium"``: at rest states too, by nudging them with strength `beta`; needs
        symmetric weights. ``"contrastive"``: the difference to rest states with outputs held.
        ``"through_time"``: of the state after some steps of Euler's method; exact. A mapping
        has the method's settings: ``{"equilibrium": {"beta": 0.1}}``.
    clamp : mapping of names to array_like, optional
        States at which neurons are held, by group or as `Network.index` names them: of shape
        (size,) or the group's, with an axis for trials in front where they differ. They hold in
        place of what the file's stimuli clamp.
    input : mapping of names to array_like, optional
        Currents that are added, in the same shapes.
    by : str or sequence of str, optional
        Some of ``weights``, ``input`` (and clamped states), ``initial``, ``tau``,
        ``lagrangian``; all if nobody says.
    residual : float
        max|W g + I - x| at which a state rests.
    threads : int, optional
        At most so many; they change no bit.
    **settings
        Those of the method by their names, as ``beta=0.1``.

    Returns
    -------
    Gradient

    Raises
    ------
    HamsimError
        A name, shape or setting is wrong; the gradient cannot be right (see Notes); or no trial
        has one.

    Notes
    -----
    At rest the loss is one of x = W g + I, so that its gradient by time constants and initial
    states is 0: a cue that is in initial states alone is refused. Trials that did not rest, or
    whose rest state is not stable, are left out of all means, and counted.
    """
    name, module, options = method_of(method, settings)
    tolerance = number_of(residual)
    if not 0.0 < tolerance < np.inf:
        raise HamsimError(f"residual is {given(residual)}; it must be a number above 0")
    names = names_of(by, BY)
    weights, input_too, first, tau, lagrangian = (each in names for each in BY)
    wanted = Wanted(weights, input_too, first, tau, lagrangian, edges=weights)
    at_rest = name != THROUGH_TIME
    with at_most(threads):
        if (
            loss is None
            and (initial, clamp, input) == (None, None, None)
            and _has_examples(network)
        ):
            asked = posed_by_examples(network, tolerance, name, at_rest)
        elif isinstance(loss, Loss):
            asked = posed_of(network, initial, loss, clamp, input, tolerance, at_rest, name)
        else:
            raise HamsimError(f"loss is {given(loss)}; make one by hamsim.loss(...)")
        require_slopes(asked.posed.network, asked.posed.held)
        module.require(asked.posed, options)
        found = module.gradient_of(asked.posed, wanted, options)
    without = left_out(name, found, tolerance)
    if not found.counts.any():
        raise HamsimError(f"no trial has a gradient: {without[0]}")
    return _given_back(name, asked, found, without)


def _has_examples(source: Any) -> bool:
    """Whether a description says on which examples it is trained, and for what."""
    if isinstance(source, Network):
        return False
    training = load(source).training
    return training is not None and training.targets is not None


def method_of(
    method: str | Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[str, ModuleType, Any]:
    """A method by its name, with its settings checked.

    Parameters
    ----------
    method : str or mapping of one name to settings
    settings : mapping of str to value
        Further ones.

    Returns
    -------
    name : str
    module : module
        Of `hamsim.learning.methods`.
    options : NamedTuple

    Raises
    ------
    HamsimError
    """
    name: Any = method
    if isinstance(method, Mapping) and len(method) == 1:
        ((name, own),) = method.items()
        if own is not None and not isinstance(own, Mapping):
            raise HamsimError(f"method: settings of {name} are a mapping, not {given(own)}")
        settings = {**(own or {}), **settings}
    if not isinstance(name, str) or name not in METHODS:
        wrong = name if isinstance(name, str) else ""
        raise HamsimError(f"method: no {given(name)}; {did_you_mean(wrong, METHODS)}")
    module = METHODS[name]
    allowed = module.Options._fields
    for key in settings:
        if key not in allowed:
            raise HamsimError(f"method '{name}' has no {key!r}; {did_you_mean(str(key), allowed)}")
    return name, module, module.Options(**settings)


def left_out(method: str, found: Found, tolerance: float) -> dict[int, str]:
    """Trials that do not count, and why.

    Parameters
    ----------
    method : str
    found : Found
    tolerance : float
        Residual at which a state rests.
    """
    result, (unstable, other) = {}, _WHY.get(method, _WHY_AT_REST)
    for k in np.flatnonzero(~found.counts).tolist():
        if not found.residual[k] <= 2.0 * tolerance:
            why = f"it did not come to rest: its residual is {found.residual[k]:.3g}"
            if not np.isfinite(found.residual[k]):
                why = "it diverged"
        elif not found.stable[k]:
            why = unstable
        else:
            why = other
        result[k] = f"trial {k}: {why}"
    return result


def _given_back(method: str, asked: Asked, found: Found, without: dict[int, str]) -> Gradient:
    weights, lagrangian = found.weights, found.lagrangian
    initial = found.initial
    if initial is not None and asked.alike:
        initial = found.mean(initial)
    return Gradient(
        method=method,
        connections=None if weights is None else weights.connections,
        edges=None if weights is None else weights.edges,
        input=None if found.input is None else found.mean(found.input),
        clamp=found.clamp,
        initial=initial,
        tau=found.tau,
        lagrangian=None if lagrangian is None else in_own_shape(asked.posed.network, lagrangian),
        loss=found.loss,
        stable=found.stable,
        counts=found.counts,
        residual=found.residual,
        cost=Cost(found.products_forward, found.products_backward),
        x=found.x,
        left_out=without,
        notes=asked.notes,
    )
