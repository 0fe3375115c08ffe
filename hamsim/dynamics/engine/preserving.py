"""What the kernels need where neurons that share a Lagrangian have time constants of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.field.preserving import mean_rates, preserves, require_preserving, unequal
from hamsim.kernels.plan import COMMON, Preserving, Programs
from hamsim.kernels.preserving import preserve
from hamsim.kernels.works import address_of, advance
from hamsim.layout.arrange import Layout
from hamsim.layout.neurons import call_addresses
from hamsim.network import Network

__all__ = ["make_preserving", "with_preserving"]


def make_preserving(
    network: Network, layout: Layout, trials: int
) -> tuple[Layout, Preserving | None]:
    """The layout with what it needs, and the arrays; None for networks that move as all others.

    Raises
    ------
    SimulationError
        If no form is known in which the energy falls.
    """
    if not preserves(network):
        return layout, None
    require_preserving(network)
    order = np.arange(network.n_neurons) if layout.order is None else layout.order
    plan, differ = layout.plan, unequal(network)[order]
    pieces = zip(plan.chunk_start.tolist(), plan.chunk_stop.tolist(), strict=True)
    chunks = np.flatnonzero([differ[first:last].any() for first, last in pieces])
    calls = plan.chunk_calls.copy()
    orthogonal = np.zeros(chunks.size, dtype=np.int64)
    for place, chunk in enumerate(chunks.tolist()):
        group = network.groups[layout.chunk_group[chunk]]
        calls[COMMON, chunk] = call_addresses([group], "common")[0]
        orthogonal[place] = group.family.common == "orthogonal"
    room = (np.zeros((network.n_neurons, trials)) for _ in range(3))
    tau = np.where(network.tau > 0, network.tau, 1.0)[order]
    arrays = Preserving(chunks, orthogonal, tau, mean_rates(network)[order], *room)
    return replace(layout, plan=plan._replace(chunk_calls=calls)), arrays


def with_preserving(programs: Programs, chunks: int) -> Programs:
    """Programs of an explicit method whose stages find u replaced in so many chunks."""
    rows: list[tuple[int, int, int]] = []
    for work, argument, count in programs.advance.tolist():
        if work == address_of(advance):  # of a stage; those after the first are evaluated at y
            rows.append((address_of(preserve), int(argument > 0), chunks))
        rows.append((work, argument, count))
    return programs._replace(advance=np.array(rows, np.int64).reshape(-1, 3))
