"""Which boxes and arrows of a picture a certificate speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hamsim.certify.certificate import Certificate
from hamsim.certify.words import ASKED, TITLES
from hamsim.condition import Condition, Status, worst
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.plotting.graphs.outline import Arrow, owners

__all__ = ["Told", "told"]


class Told(NamedTuple):
    """What is said of groups, and of edges between two of them, by their numbers."""

    groups: dict[int, Status]
    edges: dict[tuple[int, int], Status]
    answers: tuple[tuple[str, Status], ...]
    # Between which groups synapses go one way: an edge that is not symmetric is one of these.
    one_way: dict[tuple[int, int], bool]

    def arrow(self, arrow: Arrow) -> Status | None:
        """What is said of an edge between the groups of an arrow."""
        low, high = sorted((arrow.sender, arrow.receiver))
        blamed = self.one_way.get((low, high), False) and arrow.kind != "one way"
        return None if blamed else self.edges.get((low, high))


def told(network: Network, certificate: Certificate, arrows: Sequence[Arrow]) -> Told:
    """Find the groups and edges of which conditions speak; of several the worst answer holds."""
    numbers = {group.name: k for k, group in enumerate(network.groups)}
    groups: dict[int, list[Status]] = {}
    edges: dict[tuple[int, int], list[Status]] = {}
    for condition in certificate.conditions:
        ends = _ends(network, condition)
        if len(ends) == 2:
            low, high = sorted(ends)
            edges.setdefault((low, high), []).append(condition.status)
            continue
        group = condition.where.get("group")
        here = {numbers[group]} if group in numbers else set(_owners(network, condition))
        for k in here:
            groups.setdefault(k, []).append(condition.status)
    return Told(
        {k: worst(*found) for k, found in groups.items()},
        {pair: worst(*found) for pair, found in edges.items()},
        answers=tuple((TITLES[name], getattr(certificate, name)) for name in ASKED),
        one_way={
            (min(arrow.sender, arrow.receiver), max(arrow.sender, arrow.receiver)): True
            for arrow in arrows
            if arrow.kind == "one way"
        },
    )


def _ends(network: Network, condition: Condition) -> list[int]:
    return _groups(network, condition.where.get("edge", ()))


def _owners(network: Network, condition: Condition) -> list[int]:
    return _groups(network, condition.where.get("neurons", ()))


def _groups(network: Network, labels: Any) -> list[int]:
    """Groups of named neurons; none where a network has other neurons than the certificate's."""
    try:
        return [int(k) for k in owners(network, network.neurons(list(labels)))]
    except HamsimError:
        return []
