"""What a description says of training, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamsim.counted import counted
from hamsim.lazy import unread
from hamsim.network import Network
from hamsim.report.sections import Fact
from hamsim.report.words import named
from hamsim.spec.dump import stated

__all__ = ["TrainingFacts", "training_fact", "training_facts"]


@dataclass(frozen=True)
class TrainingFacts:
    """How a network is to be trained.

    Parameters
    ----------
    inputs : dict of str to str
        What is done with the values of a group: clamp, input or initial.
    target : str or None
        The group that is compared with targets.
    loss : str or None
    method, optimizer : str
    epochs : int
    """

    inputs: dict[str, str]
    target: str | None
    loss: str | None
    method: str
    optimizer: str
    epochs: int


def training_facts(network: Network) -> TrainingFacts | None:
    """What the description of a network says of training; None if it says nothing."""
    block: Mapping[str, Any] | None = stated(unread(network, "source"), "training").get("training")
    if not block:
        return None
    inputs, targets = block["inputs"], block.get("targets", {})
    inputs = inputs if isinstance(inputs, list) else [inputs]
    return TrainingFacts(
        inputs={each["group"]: each["mode"] for each in inputs},
        target=targets.get("group"),
        loss=targets.get("loss"),
        method=next(iter(block["method"])),
        optimizer=next(iter(block["optimizer"])),
        epochs=block["epochs"],
    )


def training_fact(facts: TrainingFacts) -> Fact:
    """The same in a line."""
    cues = ", ".join(f"{named(name)} ({mode})" for name, mode in facts.inputs.items())
    words = f"training: {cues}"
    if facts.target is None:
        words += f", by {facts.optimizer}"
    else:
        words += (
            f" -> {named(facts.target)}, {facts.loss}, by {facts.method} with {facts.optimizer}"
        )
    return Fact("training", facts, f"{words}, {counted(facts.epochs, 'epoch')}")
