"""`check_gradient`: the methods of gradients beside finite differences, on a user's own network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import compile as compiled
from hamsim.draws.numbers import normals
from hamsim.draws.stream import Stream
from hamsim.draws.subsets import subset
from hamsim.errors import HamsimError
from hamsim.learning.asked import posed_of
from hamsim.learning.described import posed_by_examples
from hamsim.learning.differences import differences, loss_at_rest, loss_of_run
from hamsim.learning.found import Found
from hamsim.learning.gradient import RESIDUAL, THROUGH_TIME, left_out, method_of
from hamsim.learning.losses import Loss
from hamsim.learning.losses import loss as loss_of
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.slopes import require_slopes
from hamsim.learning.synapses.parts import Part, synapses_of
from hamsim.learning.unrolled.plan import unroll
from hamsim.network import Network
from hamsim.request import count_of
from hamsim.shown import Shown
from hamsim.spec.load import load
from hamsim.telling import telling

__all__ = ["CHECKED", "GradientCheck", "MethodCheck", "check_gradient"]

# Methods whose answer is the derivative of the loss itself; what contrastive learning descends is
# another function.
CHECKED = ("implicit", "equilibrium", THROUGH_TIME)
# What a gradient may be off, relative to its largest entry: differences are not much better.
ALLOWED = 1e-6
# Of methods that nudge: how much more than halving the nudge changes it.
NUDGED = 3.0
SETTINGS: dict[str, dict[str, Any]] = {"through_time": {"steps": 20}, "equilibrium": {"beta": 0.01}}
EXAMPLES = 8
_WEIGHTS = Wanted(input=False, lagrangian=False)


class MethodCheck(NamedTuple):
    """One method beside differences.

    Parameters
    ----------
    method : str
    refused : str
        Why it has no gradient; empty where it has, and all below is empty otherwise.
    weights : tuple of str
        Which were looked at: both neurons of an edge, or a place of a kernel.
    given, differences : ndarray, shape (k,)
        The method's derivatives, and those by differences.
    largest : float
        Size of the largest entry of the method's gradient by weights.
    apart : float
        The largest difference of the two, relative to that.
    allowed : float
        What it may be.
    trials : int
        So many counted.
    """

    method: str
    refused: str = ""
    weights: tuple[str, ...] = ()
    given: Floats = np.zeros(0)
    differences: Floats = np.zeros(0)
    largest: float = 0.0
    apart: float = 0.0
    allowed: float = 0.0
    trials: int = 0

    @property
    def agrees(self) -> bool:
        """Whether both are the same as far as can be told."""
        return not self.refused and self.apart <= self.allowed

    @property
    def worst(self) -> int:
        """The weight at which they are furthest apart."""
        return int(np.argmax(np.abs(self.given - self.differences)))


@dataclass(frozen=True, eq=False)
class GradientCheck(Shown):
    """What `check_gradient` found.

    Parameters
    ----------
    network : Network
    methods : tuple of MethodCheck
    loss : str
        What was differentiated.
    """

    network: Network
    methods: tuple[MethodCheck, ...]
    loss: str

    @property
    def agrees(self) -> bool:
        """Whether at least one method has a gradient, and all that have agree with differences."""
        answered = [each for each in self.methods if not each.refused]
        return bool(answered) and all(each.agrees for each in answered)

    def __repr__(self) -> str:
        told = [
            f"{each.method} {'refused' if each.refused else f'{each.apart:.2g}'}"
            for each in self.methods
        ]
        answered = any(not each.refused for each in self.methods)
        says = "agrees" if self.agrees else "DIFFERS" if answered else "no gradient"
        return f"<GradientCheck, {says}: {', '.join(told)}>"


def check_gradient(
    source: Network | Any,
    loss: Loss | None = None,
    *,
    initial: Any = None,
    clamp: Mapping[Any, Any] | None = None,
    input: Mapping[Any, Any] | None = None,
    methods: Sequence[str] | None = None,
    edges: int = 20,
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int], None] | bool | None = None,
) -> GradientCheck:
    """Compare methods of gradients with finite differences, at weights that are drawn.

    Parameters
    ----------
    source : Network, Spec, path or dict
    loss : Loss, optional
        Else that of the description's block ``training``, of its first examples; else the squared
        distance of all activations from targets that are drawn, in the first of the network's
        trials.
    initial, clamp, input
        As of `hamsim.gradient`, where a loss is given.
    methods : sequence of str, optional
        ``implicit``, ``equilibrium`` and ``through_time`` if nobody says.
    edges : int
        So many weights; a kernel's, or a gated synapse's, is one too.
    seed : int
        Of what is drawn.
    overrides : mapping of str to value, optional
        Values to put in place of the description's.
    progress : True or callable, optional
        Called with the method, how many weights are done, and of how many; True shows a bar.

    Returns
    -------
    GradientCheck

    Raises
    ------
    HamsimError
        There is no such method, or a name or shape is wrong.

    Notes
    -----
    Runs through time have 20 steps. Nudges are of strength 0.01; they have an error of their own,
    which is told by nudging half as much. Methods that have no gradient here say why.
    """
    count = count_of("edges", edges, 1)
    names = CHECKED if methods is None else tuple(methods)
    for name in names:
        if name not in CHECKED:
            method_of(name, {})  # which refuses what is no method
            raise HamsimError(f"method '{name}' is not the derivative of the loss")
    network, asks = _question(source, overrides, loss, initial, clamp, input, seed)
    found = []
    with telling(progress, "weights") as shown:
        for name in names:

            def tell(done: int, of: str = name) -> None:
                if shown is not None:
                    shown(of, done, count)

            try:
                found.append(_checked(name, asks(name), count, seed, tell))
            except HamsimError as error:
                found.append(MethodCheck(name, refused=str(error)))
    return GradientCheck(network, tuple(found), asks.what)


class _Question:
    """What is posed, for any method."""

    def __init__(self, what: str, pose: Callable[[str, bool], Posed]) -> None:
        self.what, self._pose = what, pose

    def __call__(self, name: str) -> Posed:
        return self._pose(name, name != THROUGH_TIME)


def _question(
    source: Any,
    overrides: Mapping[str, Any] | None,
    loss: Loss | None,
    initial: Any,
    clamp: Mapping[Any, Any] | None,
    input: Mapping[Any, Any] | None,
    seed: int,
) -> tuple[Network, _Question]:
    if loss is None and not isinstance(source, Network):
        spec = load(source, overrides)
        if spec.training is not None and spec.training.targets is not None:

            def by_examples(name: str, at_rest: bool) -> Posed:
                return _some(posed_by_examples(spec, RESIDUAL, name, at_rest).posed)

            group = spec.training.targets.group
            return compiled(spec), _Question(f"the loss of {group}, of examples", by_examples)
        source = spec
    network = source if isinstance(source, Network) else compiled(source, overrides)
    whole, own = network, loss
    if own is None:
        whole = _first(network)
        targets = normals(Stream(seed, "check_gradient", "targets"), network.n_neurons)
        own = loss_of("squared", [group.name for group in network.groups], targets)

    def by_loss(name: str, at_rest: bool) -> Posed:
        return posed_of(whole, initial, own, clamp, input, RESIDUAL, at_rest, name).posed

    what = "a squared loss of all activations" if loss is None else repr(loss)
    return network, _Question(what, by_loss)


def _first(network: Network) -> Network:
    """The network in the first of its trials."""
    stimuli = tuple(
        each if each.value.ndim == 1 else replace(each, value=each.value[0])
        for each in network.stimuli
    )
    return replace(network, initial=np.atleast_2d(network.initial)[0], stimuli=stimuli)


def _some(posed: Posed) -> Posed:
    rows = np.arange(min(EXAMPLES, len(posed.starts)))
    current = None if posed.current is None else posed.current[rows]
    return posed._replace(starts=posed.starts[rows], current=current, loss=posed.loss.rows(rows))


def _checked(
    name: str, posed: Posed, count: int, seed: int, tell: Callable[[int], None]
) -> MethodCheck:
    """One method beside differences.

    Raises
    ------
    HamsimError
        It has no gradient.
    """
    synapses = synapses_of(posed.network)
    if synapses.size == 0:
        raise HamsimError("the network has no weights")
    places = np.sort(
        subset(Stream(seed, "check_gradient"), min(count, synapses.size), synapses.size)
    )
    given, found, allowed = _given(name, posed)
    if name == THROUGH_TIME:
        module, options = _method(name)
        # The steps that were taken: automatic ones would be others with other weights.
        options = options._replace(dt=unroll(posed, options.steps, options.dt).dt)
        loss = loss_of_run(posed, module, options, found.counts)
    else:
        loss = loss_at_rest(posed, found.x, found.counts)
    largest = float(np.abs(given).max())
    told = differences(posed.network, places, loss, largest, tell)
    largest = max(largest, float(np.abs(told.values).max()))
    off = np.abs(given[places] - told.values)
    unit = largest or 1.0
    labels = tuple(_label(posed.network, synapses.parts, place) for place in places.tolist())
    return MethodCheck(
        *(name, "", labels, given[places], told.values, largest, float(off.max()) / unit),
        allowed=allowed + float(told.uncertain.max()) / unit,
        trials=int(np.count_nonzero(found.counts)),
    )


def _given(name: str, posed: Posed) -> tuple[Floats, Found, float]:
    """Derivatives by all weights, what was found, and how far it may be off."""
    module, options = _method(name)
    require_slopes(posed.network, posed.held)
    module.require(posed, options)
    found = module.gradient_of(posed, _WEIGHTS, options)
    if not found.counts.any():
        raise HamsimError(f"no trial has a gradient: {left_out(name, found, RESIDUAL)[0]}")
    flat = np.array(found.weights.flat)
    allowed = ALLOWED
    if hasattr(options, "beta"):
        half = options._replace(beta=0.5 * options.beta)
        closer = module.gradient_of(posed, _WEIGHTS, half).weights.flat
        size = float(np.abs(flat).max()) or 1.0
        allowed += NUDGED * float(np.abs(closer - flat).max()) / size
    return flat, found, allowed


def _method(name: str) -> tuple[ModuleType, Any]:
    """The method's file, and its settings."""
    return method_of(name, SETTINGS.get(name, {}))[1:]


def _label(network: Network, parts: Sequence[Part], place: int) -> str:
    """A weight as people name it."""
    part = next(each for each in parts if each.start <= place < each.stop)
    own = place - part.start
    if part.kernel is not None:
        at = np.argwhere(part.kernel == own)[0].tolist()
        return f"{part.name} kernel[{', '.join(map(str, at))}]"
    ends: list[Ints] = [part.receivers, part.senders]
    if part.gates is not None:
        ends.append(part.gates)
    return " - ".join(network.label(int(each[own])) for each in ends)
