"""A connection as a description states it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, model_validator

from hamsim.spec.messages import wrong
from hamsim.spec.named import Endpoint
from hamsim.spec.numbers import Count, Fraction, Number, Part
from hamsim.spec.signs import SignSpec
from hamsim.spec.values import Value
from hamsim.spec.weights import RULES, Weights, rule_name, rule_of

__all__ = ["ConnectionSpec"]


def _pair(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong("must be a list of two: [A, B]")
    return tuple(value)


# Ways of leaving synapses out.
_SPARSE = ("density", "degree", "probability")


class ConnectionSpec(Part):
    """Synapses between two sets of groups, inside one, one-way, or gated by a third.

    Parameters
    ----------
    name : str, optional
        By which cues, sweeps and training mean this connection.
    gate : str or tuple of str, optional
        Beside between: a third group, whose activations multiply the weights.
    between : (A, B), optional
        Two ends that are connected both ways by the same weights: the block W[A, B], rows for A and
        columns for B, and its transpose.
    within : str or tuple of str, optional
        Neurons that are connected among themselves by a symmetric block.
    from : str or tuple of str, optional
        Neurons that send; with to, a one-way connection.
    to : str or tuple of str, optional
        Neurons that receive: the block W[to, from], rows for those that receive.
    weights : value or rule
        One number for all pairs, a matrix, a file, a distribution, or a rule that makes weights.
    density : float, optional
        Keeps this part of the pairs, an exact number of them, which are drawn.
    degree : int, optional
        Keeps so many synapses of each neuron of the first end, or each one that receives; drawn.
    probability : float, optional
        Keeps each pair with this probability.
    self_connections : bool
        Whether neurons may be connected to themselves.
    scale : float
        Multiplies all weights.
    sign : SignSpec, optional
        Multiplies weights by what a column of a table says of the edge, or of the neuron that
        sends.
    delay : value, optional
        How long activations take: one for all synapses, a matrix, or one a synapse.

    Examples
    --------
    {between: [pixels, memory], weights: {memories: {file: digits.npz, key: patterns}}}
    {within: pixels, weights: {store: {patterns: [[1, -1, 1], [1, 1, -1]]}}}
    {from: exc, to: inh, weights: {normal: {mean: 1, std: 0.1}}, probability: 0.1, delay: 2}
    """

    name: StrictStr | None = None
    gate: Endpoint | None = None
    between: Annotated[tuple[Endpoint, Endpoint], BeforeValidator(_pair)] | None = None
    within: Endpoint | None = None
    from_: Endpoint | None = Field(default=None, alias="from")
    to: Endpoint | None = None
    weights: Weights
    density: Fraction | None = None
    degree: Count | None = None
    probability: Fraction | None = None
    self_connections: StrictBool = False
    scale: Number = 1.0
    sign: SignSpec | None = None
    delay: Value | None = None

    @model_validator(mode="after")
    def _one_way_of_saying(self) -> ConnectionSpec:
        ways = [
            self.between is not None,
            self.within is not None,
            self.from_ is not None or self.to is not None,
        ]
        if sum(ways) != 1:
            raise wrong("needs exactly one of between: [A, B], within: A, and from: A with to: B")
        if (self.from_ is None) != (self.to is None):
            missing = "from" if self.from_ is None else "to"
            raise wrong(f"one-way connections need from and to; '{missing}' is missing")
        given = [key for key in _SPARSE if getattr(self, key) is not None]
        if len(given) > 1:
            raise wrong(f"give {given[0]} or {given[1]}, not both", given[1])
        return self

    @model_validator(mode="after")
    def _gated(self) -> ConnectionSpec:
        weights = self.weights
        n_ends = 2 if self.gate is None else 3
        rule = rule_of(weights)
        if rule is not None and rule.valid is not None:
            rule.valid(weights, n_ends)
        if self.gate is None:
            return self
        if self.between is None:
            raise wrong("a gate stands beside between: [A, B]", "gate")
        if self.self_connections:
            raise wrong("does not apply to a gating connection", "self_connections")
        if self.delay is not None:
            raise wrong("does not apply to a gating connection", "delay")
        if self.degree is not None:
            raise wrong("a gating connection has no degree; give density or probability", "degree")
        if rule is not None and not rule.gates:
            *names, last = (name for name, rule in RULES.items() if rule.gates)
            raise wrong(
                f"{rule_name(weights)} is for two ends; a gating connection takes "
                f"{', '.join(['numbers', *names])} or {last}",
                "weights",
            )
        return self

    @property
    def kind(self) -> Literal["between", "within", "from", "gate"]:
        """Which of the ways of connecting this is."""
        if self.gate is not None:
            return "gate"
        if self.between is not None:
            return "between"
        return "within" if self.within is not None else "from"

    @property
    def ends(self) -> tuple[tuple[str, ...], ...]:
        """Groups of the block's rows, which receive, and of its columns, which send.

        Of a gating connection: the two groups that are connected, and the gate.
        """
        if self.between is not None:
            return self.between if self.gate is None else (*self.between, self.gate)
        if self.within is not None:
            return self.within, self.within
        return self.to or (), self.from_ or ()

    @property
    def end_keys(self) -> tuple[tuple[Any, ...], ...]:
        """Where in the file the ends stand."""
        if self.between is not None:
            two = ("between", 0), ("between", 1)
            return two if self.gate is None else (*two, ("gate",))
        if self.within is not None:
            return (("within",),) * 2
        return ("to",), ("from",)
